use proptest::prelude::*;
use skep_feel::{Expression, Value};

use crate::rig::{Stored, environment};

const VARIABLES: &str = r#"{"x": 5, "y": 2.5, "s": "abc", "b": true, "n": null, "xs": [1, 2, 3],
    "c": {"a": 1, "b": [1, {"k": "v"}]}, "rows": [{"p": 1}, {"p": 2}]}"#;

/// Texts that look like FEEL, well-formed or not.
fn feelish() -> impl Strategy<Value = String> {
    let token = prop::sample::select(vec![
        "1",
        "0",
        "2.5",
        "\"a\"",
        "x",
        "y",
        "s",
        "b",
        "n",
        "xs",
        "c",
        "rows",
        "null",
        "true",
        "false",
        "+",
        "-",
        "*",
        "/",
        "**",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ",",
        ":",
        ".",
        "..",
        "=",
        "!=",
        "<",
        "<=",
        ">",
        ">=",
        "and",
        "or",
        "not(",
        "in",
        "between",
        "instance of",
        "number",
        "if",
        "then",
        "else",
        "for",
        "some",
        "every",
        "return",
        "satisfies",
        "function(",
        "?",
        "@\"P1D\"",
        "@\"2024-01-01\"",
        "date(",
        "count(",
        "sum(",
        "string(",
        "substring(",
        "item",
        "partial",
        "a",
        "`a b`",
        "//",
        "/*",
        "*/",
        "time offset",
        "get value(",
        "sort(",
        "]1..2[",
        "[1..2)",
        "\n",
    ]);
    prop::collection::vec(token, 0..25).prop_map(|tokens| tokens.join(" "))
}

/// Well-formed expressions.
fn expression() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "1",
        "0",
        "-2",
        "2.5",
        "100000000000000000000",
        "\"a\"",
        "\"\"",
        "x",
        "y",
        "s",
        "b",
        "n",
        "xs",
        "c",
        "rows",
        "rows.p",
        "c.b[2].k",
        "null",
        "true",
        "false",
        "@\"P1D\"",
        "@\"P1M\"",
        "@\"2024-01-31\"",
        "@\"10:00:00\"",
        "@\"2024-01-31T10:00:00Z\"",
        "[]",
        "{}",
        "missing",
        "missing.key",
    ])
    .prop_map(str::to_owned);
    leaf.prop_recursive(5, 40, 3, |inner| {
        let function = prop::sample::select(vec![
            "count",
            "sum",
            "min",
            "max",
            "mean",
            "string",
            "number",
            "not",
            "abs",
            "floor",
            "flatten",
            "reverse",
            "distinct values",
            "string length",
            "upper case",
            "is defined",
            "date",
            "time",
            "duration",
            "all",
            "any",
            "mode",
            "stddev",
            "to json",
            "from json",
            "get entries",
            "trim",
            "context merge",
            "sqrt",
            "exp",
            "day of week",
            "cycle",
            "string join",
            "union",
        ]);
        let function2 = prop::sample::select(vec![
            "decimal",
            "append",
            "concatenate",
            "sublist",
            "remove",
            "index of",
            "list contains",
            "substring",
            "contains",
            "matches",
            "split",
            "extract",
            "modulo",
            "get value",
            "before",
            "coincides",
            "date and time",
            "years and months duration",
            "partition",
            "get or else",
        ]);
        let operator = prop::sample::select(vec![
            "+", "-", "*", "/", "**", "=", "!=", "<", "<=", ">", ">=", "and", "or", "in",
        ]);
        prop_oneof![
            (inner.clone(), operator, inner.clone())
                .prop_map(|(a, op, b)| format!("({a}) {op} ({b})")),
            (function, inner.clone()).prop_map(|(f, a)| format!("{f}({a})")),
            (function2, inner.clone(), inner.clone())
                .prop_map(|(f, a, b)| format!("{f}({a}, {b})")),
            (inner.clone(), inner.clone(), inner.clone())
                .prop_map(|(a, b, c)| format!("if {a} then {b} else {c}")),
            (inner.clone(), inner.clone())
                .prop_map(|(a, b)| format!("for i in [{a}] return [i, {b}]")),
            (inner.clone(), inner.clone())
                .prop_map(|(a, b)| format!("some i in {a} satisfies ({b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a})[{b}]")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{{k: {a}, l: [k, {b}]}}")),
            inner.clone().prop_map(|a| format!("({a}).p")),
            inner.clone().prop_map(|a| format!("-({a})")),
            (inner.clone(), inner)
                .prop_map(|(a, b)| format!("{{f: function(z) {a}, r: f({b})}}.r")),
        ]
        .prop_map(|text| format!("({text})"))
    })
}

proptest! {
    #[test]
    fn parsing_never_panics(text in "\\PC{0,60}") {
        let _ = Expression::parse(&text);
        let _ = Expression::parse_unary_tests(&text);
    }

    #[test]
    fn what_looks_like_feel_never_panics(text in feelish()) {
        let stored = Stored::json(VARIABLES);
        if let Ok(expression) = Expression::parse(&text) {
            let _ = expression.evaluate(&stored, &environment());
        }
        if let Ok(tests) = Expression::parse_unary_tests(&text) {
            let _ = tests.test(&Value::from(3i64), &stored, &environment());
        }
    }

    #[test]
    fn evaluation_never_panics_and_is_repeatable(text in expression()) {
        let stored = Stored::json(VARIABLES);
        let parsed = match Expression::parse(&text) {
            Ok(parsed) => parsed,
            // The only well-formed texts that are refused are too deep.
            Err(error) => return Err(TestCaseError::fail(format!("{text}: {error}"))),
        };
        let (first, second) =
            (parsed.evaluate(&stored, &environment()), parsed.evaluate(&stored, &environment()));
        match (first, second) {
            (Ok(first), Ok(second)) => {
                prop_assert_eq!(first.value.to_json(), second.value.to_json());
                prop_assert_eq!(&first.warnings, &second.warnings);
                let mut bytes = Vec::new();
                first.value.write_msgpack(&mut bytes);
                prop_assert!(Value::from_msgpack(&bytes).is_some());
                prop_assert!(serde_json::from_str::<serde_json::Value>(&first.value.to_json()).is_ok());
            }
            (first, second) => prop_assert_eq!(first.err(), second.err()),
        }
    }

    #[test]
    fn stored_bytes_of_any_kind_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        let variables = vec![("v", bytes)];
        let text = "[v, v.a, v[1], v[item = 1], count(v), for x in v return x, v = v, string(v),
            distinct values(v), flatten(v), to json(v), get entries(v), sort(v, function(a, b) a < b)]";
        let expression = Expression::parse(text).unwrap();
        let value = expression.evaluate(&variables, &environment()).unwrap().value;
        let mut out = Vec::new();
        value.write_msgpack(&mut out);
        let _ = value.to_json();
    }
}
