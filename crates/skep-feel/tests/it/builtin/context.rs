//! Functions on contexts.

use crate::rig::{REFUSED, check_null, check_with};

const VARIABLES: &str = r#"{"c": {"b": 1, "a": {"x": 2}}}"#;

#[test]
fn get_value() {
    check_with(
        VARIABLES,
        &[
            (r#"get value(c, "b")"#, "1"),
            (r#"get value(c, "none")"#, "null"),
            (r#"get value(c, ["a", "x"])"#, "2"),
            (r#"get value(c, ["a", "none", "x"])"#, "null"),
            ("get value(c, [])", "null"),
            ("get value(c, [1])", "null"),
            (r#"get value(m: c, key: "b")"#, "1"),
            (r#"get value(context: c, keys: ["a", "x"])"#, "2"),
            (r#"get value({`a b`: 1}, "a b")"#, "1"),
            (r#"get value({a: null}, "a")"#, "null"),
            (r#"get value(context: c, key: "b")"#, "1"),
            (r#"get value(c, ["b", "x"])"#, "null"),
        ],
    );
    check_null(
        REFUSED,
        &[
            r#"get value(1, "a")"#,
            "get value({}, 1)",
            r#"get value(null, "a")"#,
            "get value({}, null)",
        ],
    );
}

#[test]
fn get_entries() {
    check_with(
        VARIABLES,
        &[
            ("get entries(c)", r#"[{"key":"b","value":1},{"key":"a","value":{"x":2}}]"#),
            ("get entries(m: {})", "[]"),
            (r#"get entries({k: 1})[key = "k"].value"#, "[1]"),
            ("get entries(context: {a: null})", r#"[{"key":"a","value":null}]"#),
        ],
    );
    check_null(REFUSED, &["get entries([])", "get entries(null)", r#"get entries("a")"#]);
}

#[test]
fn context_put() {
    check_with(
        VARIABLES,
        &[
            (r#"context put(c, "b", 9)"#, r#"{"b":9,"a":{"x":2}}"#),
            (r#"context put(c, "z", 9)"#, r#"{"b":1,"a":{"x":2},"z":9}"#),
            (r#"context put(c, ["a", "x"], 9)"#, r#"{"b":1,"a":{"x":9}}"#),
            (r#"context put(c, ["n", "m"], 9)"#, r#"{"b":1,"a":{"x":2},"n":{"m":9}}"#),
            (r#"context put(c, ["b", "m"], 9)"#, r#"{"b":{"m":9},"a":{"x":2}}"#),
            ("context put(c, [], 9)", "null"),
            (r#"context put(context: {}, key: "a", value: 1)"#, r#"{"a":1}"#),
            (r#"context put(context: {a: 1}, keys: ["b"], value: 2)"#, r#"{"a":1,"b":2}"#),
            (r#"context put({a: 1}, "a", [{}])"#, r#"{"a":[{}]}"#),
            (r#"context put({}, ["a", "b", "c"], null)"#, r#"{"a":{"b":{"c":null}}}"#),
        ],
    );
    check_null(
        REFUSED,
        &[
            r#"context put(null, "a", 1)"#,
            r#"context put(1, ["a"], 1)"#,
            "context put({}, null, 1)",
            "context put({}, [1], 1)",
        ],
    );
}

#[test]
fn put() {
    check_with(
        VARIABLES,
        &[
            (r#"put({a: 1}, "b", null)"#, r#"{"a":1,"b":null}"#),
            (r#"put(c, ["a", "x"], 3)"#, r#"{"b":1,"a":{"x":3}}"#),
            (r#"put(context: {}, key: "a", value: 1)"#, r#"{"a":1}"#),
        ],
    );
    check_null(REFUSED, &[r#"put(null, "a", 1)"#]);
}

#[test]
fn context_merge() {
    check_with(
        VARIABLES,
        &[
            ("context merge({a: 1, b: 2}, {b: 3, c: 4})", r#"{"a":1,"b":3,"c":4}"#),
            ("context merge([{a: 1}, {b: 2}])", r#"{"a":1,"b":2}"#),
            ("context merge({a: 1}, 2)", "null"),
            ("context merge({a: {x: 1}}, {a: {y: 2}})", r#"{"a":{"y":2}}"#),
            ("context merge(contexts: [{a: 1}, {a: 2}])", r#"{"a":2}"#),
            ("context merge({})", "{}"),
            ("context merge([])", "{}"),
            ("context merge(null)", "null"),
            ("context merge({a: 1}, null)", "null"),
        ],
    );
}

#[test]
fn put_all() {
    check_with(
        VARIABLES,
        &[
            ("put all({a: 1}, {b: 2})", r#"{"a":1,"b":2}"#),
            ("put all([{a: 1}, {b: 2}, {a: 3}])", r#"{"a":3,"b":2}"#),
            ("put all(1)", "null"),
        ],
    );
}

#[test]
fn context() {
    check_with(
        VARIABLES,
        &[
            (r#"context([{key: "a", value: 1}, {key: "b", value: null}])"#, r#"{"a":1,"b":null}"#),
            (r#"context([{key: "a", value: 1}, {key: "a", value: 2}])"#, r#"{"a":2}"#),
            (r#"context([{key: "a"}])"#, "null"),
            ("context([{key: 1, value: 1}])", "null"),
            ("context([])", "{}"),
            ("context(entries: get entries(c))", r#"{"b":1,"a":{"x":2}}"#),
            ("context(null)", "null"),
            ("context([1])", "null"),
            (r#"context({key: "a", value: 1})"#, "null"),
        ],
    );
}
