//! Functions on truth values and nulls.

use crate::rig::{check, failure};

#[test]
fn not() {
    check(&[
        ("not(true)", "false"),
        ("not(false)", "true"),
        ("not(negand: 1 > 2)", "true"),
        ("not(null)", "null"),
        (r#"not("a")"#, "null"),
        ("not(not(true))", "true"),
    ]);
}

#[test]
fn is_defined() {
    check(&[
        ("is defined(null)", "false"),
        ("is defined(x)", "false"),
        ("is defined({a: null}.a)", "false"),
        ("is defined(1)", "true"),
        ("is defined(value: 0)", "true"),
        ("is defined([])", "true"),
        (r#"is defined("")"#, "true"),
        ("is defined(function(x) x)", "true"),
    ]);
}

#[test]
fn get_or_else() {
    check(&[
        ("get or else(null, 2)", "2"),
        (r#"get or else(x.y, "none")"#, r#""none""#),
        ("get or else(false, true)", "false"),
        ("get or else(value: null, default: 1)", "1"),
        ("get or else(default: 1, value: 2)", "2"),
        ("get or else(null, null)", "null"),
        ("get or else(get or else(null, null), 3)", "3"),
        (r#"get or else(1 + "a", 0)"#, "0"),
        ("get or else([], [1])", "[]"),
    ]);
}

#[test]
fn assert() {
    check(&[
        ("assert(5, true)", "5"),
        (r#"assert(5, 1 < 2, "never")"#, "5"),
        ("assert(value: 5, condition: true)", "5"),
        (r#"assert(cause: "never", condition: true, value: null)"#, "null"),
    ]);
    for text in [
        "assert(1, false)",
        "assert(1, null)",
        "assert(1, \"true\")",
        "assert(1, false, null)",
        "assert(1, null, 5)",
        "assert(value: 1)",
    ] {
        assert!(failure(text, "{}").contains("assertion failed"), "{text}");
    }
    let message = failure("assert(value: x, condition: x != null, cause: \"x is missing\")", "{}");
    assert!(message.contains("x is missing"), "{message}");
}
