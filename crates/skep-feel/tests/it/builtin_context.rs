use crate::rig::{check, check_null, check_with};

#[test]
fn entries_are_read_and_replaced() {
    check_with(
        r#"{"c": {"b": 1, "a": {"x": 2}}}"#,
        &[
            ("get value(c, \"b\")", "1"),
            ("get value(c, \"none\")", "null"),
            ("get value(c, [\"a\", \"x\"])", "2"),
            ("get value(c, [\"a\", \"none\", \"x\"])", "null"),
            ("get value(c, [])", "null"),
            ("get value(c, [1])", "null"),
            ("get value(m: c, key: \"b\")", "1"),
            ("get value(context: c, keys: [\"a\", \"x\"])", "2"),
            ("get entries(c)", r#"[{"key":"b","value":1},{"key":"a","value":{"x":2}}]"#),
            ("get entries(m: {})", "[]"),
            ("get entries({k: 1})[key = \"k\"].value", "[1]"),
            ("context put(c, \"b\", 9)", r#"{"b":9,"a":{"x":2}}"#),
            ("context put(c, \"z\", 9)", r#"{"b":1,"a":{"x":2},"z":9}"#),
            ("context put(c, [\"a\", \"x\"], 9)", r#"{"b":1,"a":{"x":9}}"#),
            ("context put(c, [\"n\", \"m\"], 9)", r#"{"b":1,"a":{"x":2},"n":{"m":9}}"#),
            ("context put(c, [\"b\", \"m\"], 9)", r#"{"b":{"m":9},"a":{"x":2}}"#),
            ("context put(c, [], 9)", "null"),
            ("put({a: 1}, \"b\", null)", r#"{"a":1,"b":null}"#),
            ("context merge({a: 1, b: 2}, {b: 3, c: 4})", r#"{"a":1,"b":3,"c":4}"#),
            ("context merge([{a: 1}, {b: 2}])", r#"{"a":1,"b":2}"#),
            ("context merge({a: 1}, 2)", "null"),
            ("put all({a: 1}, {b: 2})", r#"{"a":1,"b":2}"#),
            ("context([{key: \"a\", value: 1}, {key: \"b\", value: null}])", r#"{"a":1,"b":null}"#),
            ("context([{key: \"a\", value: 1}, {key: \"a\", value: 2}])", r#"{"a":2}"#),
            ("context([{key: \"a\"}])", "null"),
            ("context([{key: 1, value: 1}])", "null"),
            ("context([])", "{}"),
        ],
    );
    check_null(
        "FUNCTION_INVOCATION_FAILURE",
        &[
            "get value(1, \"a\")",
            "get entries([])",
            "context put(null, \"a\", 1)",
            "get value({}, 1)",
        ],
    );
}

#[test]
fn nulls_have_their_functions() {
    check(&[
        ("is defined(null)", "false"),
        ("is defined(x)", "false"),
        ("is defined({a: null}.a)", "false"),
        ("is defined(1)", "true"),
        ("get or else(null, 2)", "2"),
        ("get or else(x.y, \"none\")", "\"none\""),
        ("get or else(false, true)", "false"),
    ]);
}
