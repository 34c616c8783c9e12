use skep_feel::{Expression, Value};

use crate::rig::{environment, failure};

/// A thread with little stack: what passes here passes in any server thread.
fn on_small_stack(run: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(1 << 20).spawn(run).unwrap();
    thread.join().unwrap();
}

#[test]
fn deep_nesting_is_an_error_of_parsing() {
    on_small_stack(|| {
        for (open, close) in [
            ("(", ")"),
            ("[", "]"),
            ("{a:", "}"),
            ("f(", ")"),
            ("if ", " then 1 else 2"),
            ("if true then ", " else 2"),
            ("for x in (", ") return x"),
            ("for x in [] return ", ""),
            ("function() ", ""),
            ("1 in (", ")"),
            ("1 in ", ""),
            ("x[", "]"),
            ("1 + (", ")"),
            ("not(", ")"),
            ("]1..(", ")["),
            ("a.b(", ")"),
        ] {
            for depth in [30, 1_000, 50_000] {
                let text = format!("{}1{}", open.repeat(depth), close.repeat(depth));
                match Expression::parse(&text) {
                    Ok(expression) => {
                        assert!(depth == 30, "{open} {depth}");
                        let _ = expression.evaluate(&(), &environment());
                    }
                    Err(error) if depth > 30 => {
                        assert!(error.message.contains("nests deeper"), "{open}: {error}");
                    }
                    Err(error) => panic!("{open}: {error}"),
                }
            }
        }
    });
}

#[test]
fn the_deepest_expression_that_parses_evaluates() {
    on_small_stack(|| {
        for (open, close) in
            [("-(1 + 2 * 3 ** (", "))"), ("[", "]"), ("1 in (", ")"), ("abs(", ")")]
        {
            let deepest = (1..=100)
                .rev()
                .find_map(|depth| {
                    let text = format!("{}1{}", open.repeat(depth), close.repeat(depth));
                    Expression::parse(&text).ok()
                })
                .unwrap();
            let _ = deepest.evaluate(&(), &environment());
        }
    });
}

#[test]
fn long_chains_are_not_deep() {
    on_small_stack(|| {
        let value = |text: String| {
            let expression = Expression::parse(&text).unwrap();
            expression.evaluate(&(), &environment()).unwrap().value.to_json()
        };
        assert_eq!(value(format!("1{}", " + 1".repeat(10_000))), "10001");
        assert_eq!(value(format!("false{}", " or false".repeat(10_000))), "false");
        assert_eq!(value(format!("1{}", " * 1".repeat(10_000))), "1");
        assert_eq!(value(format!("{{}}{}", ".a".repeat(10_000))), "null");
        let chain = "if false then 1 else ".repeat(10_000);
        assert_eq!(value(format!("{chain}2")), "2");
        assert_eq!(value(format!("[1]{}", "[1]".repeat(80))), "null");
    });
}

#[test]
fn a_text_has_a_limit() {
    let error = Expression::parse(&"1".repeat(2 << 20)).unwrap_err();
    assert!(error.message.contains("bytes"), "{error}");
    let many_digits = Expression::parse(&"1".repeat(100_000)).unwrap();
    let value = many_digits.evaluate(&(), &environment()).unwrap().value;
    assert_eq!(value.to_text(), "1.111111111111111111111111111111111E+99999");
}

#[test]
fn recursion_has_a_limit() {
    on_small_stack(|| {
        // A function that is handed to itself.
        let text = "{f: function(g, n) if n = 0 then 0 else 1 + g(g, n - 1), r: f(f, 20)}.r";
        let value = Expression::parse(text).unwrap().evaluate(&(), &environment()).unwrap().value;
        assert_eq!(value.to_text(), "20");
        let text = text.replace("f, 20", "f, 1000000");
        assert!(failure(&text, "{}").contains("nests deeper"));
    });
}

#[test]
fn work_and_memory_have_limits() {
    for (text, expected) in [
        ("count(for a in 1..3000, b in 1..3000, c in 1..3000 return a)", "MiB"),
        ("every a in 1..3000, b in 1..3000, c in 1..3000 satisfies a > 0", "steps"),
        ("for i in 1..99999999999999999999 return i", "MiB"),
        ("for i in 1..60 return if i = 1 then \"ab\" else partial[-1] + partial[-1]", "MiB"),
        (
            "for i in 1..40 return if i = 1 then [1] else concatenate(partial[-1], partial[-1])",
            "MiB",
        ),
    ] {
        let message = failure(text, "{}");
        assert!(message.contains(expected), "{text}: {message}");
    }
}

#[test]
fn deep_values_are_refused() {
    on_small_stack(|| {
        let text = "for i in 1..100000 return [partial[-1]]";
        assert!(failure(text, "{}").contains("nests deeper"));
        let text = "for i in 1..100000 return function() partial";
        assert!(failure(text, "{}").contains("a value is longer"));
        let text = "for i in 1..100 return [partial[-1], partial[-1]]";
        assert!(failure(text, "{}").contains("a value is longer"));
        // Stored data may be as deep as it likes.
        let depth = 20_000;
        let mut bytes = vec![0x91; depth];
        bytes.push(1);
        let variables = vec![("deep", bytes.clone())];
        let evaluate = |text: &str| {
            Expression::parse(text).unwrap().evaluate(&variables, &environment()).unwrap().value
        };
        assert_eq!(evaluate("deep = deep").as_bool(), Some(false));
        assert_eq!(evaluate("count(flatten(deep))").as_i64(), Some(1));
        assert_eq!(evaluate("count(distinct values([deep, deep]))").as_i64(), Some(2));
        assert!(evaluate("string(deep)").to_text().contains('…'));
        assert!(evaluate("to json(deep)").to_text().contains("null"));
        let mut out = Vec::new();
        evaluate("deep").write_msgpack(&mut out);
        assert_eq!(out, bytes);
        assert!(Value::from_json(&"[".repeat(100_000)).is_none());
    });
}
