use crate::rig::{check, check_with};

#[test]
fn lists_hold_anything() {
    check(&[
        ("[]", "[]"),
        ("[1, \"a\", null, [2], {b: 3}]", r#"[1,"a",null,[2],{"b":3}]"#),
        ("[ 1 ,2 ]", "[1,2]"),
        ("[1 + 1, 2 * 2]", "[2,4]"),
        ("[x]", "[null]"),
    ]);
}

#[test]
fn contexts_keep_order_and_see_earlier_entries() {
    check_with(
        r#"{"x": 5}"#,
        &[
            ("{}", "{}"),
            ("{b: 1, a: 2}", r#"{"b":1,"a":2}"#),
            ("{a: 1, b: a + 1, c: b * 2}", r#"{"a":1,"b":2,"c":4}"#),
            ("{x: 1, y: x}", r#"{"x":1,"y":1}"#),
            ("{y: x, x: 1}", r#"{"y":5,"x":1}"#),
            ("{\"a b\": 1}", r#"{"a b":1}"#),
            (
                "{a b: 1, c-d: 2, e/f: 3, g.h: 4, date and time: 5}",
                r#"{"a b":1,"c-d":2,"e/f":3,"g.h":4,"date and time":5}"#,
            ),
            ("{`x y`: 1, z: `x y` + 1}", r#"{"x y":1,"z":2}"#),
            ("{a: 1, a: 2}", r#"{"a":2}"#),
            ("{a: x, b: 1, a: 3}", r#"{"a":3,"b":1}"#),
            ("{a: {b: {c: x}}}.a.b.c", "5"),
            ("{null: 1, and: 2}", r#"{"null":1,"and":2}"#),
        ],
    );
}

#[test]
fn ranges_are_values_of_arguments_only() {
    check(&[
        ("includes([1..5], 3)", "true"),
        ("includes(range: [1..5], point: 3)", "true"),
        ("get or else((1..2], 0)", "\"(1..2]\""),
        ("get or else([@\"2024-01-01\"..@\"2024-12-31\"), 0)", "\"[2024-01-01..2024-12-31)\""),
        // Elsewhere a range asks for the input value, and there is none.
        ("[1..5]", "null"),
    ]);
}
