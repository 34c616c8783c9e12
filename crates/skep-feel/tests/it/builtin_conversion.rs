use crate::rig::{check, check_null};

#[test]
fn to_numbers() {
    check(&[
        ("number(\"1500.5\")", "1500.5"),
        ("number(\"-1.50\")", "-1.50"),
        ("number(\"1 500.5\", \" \")", "1500.5"),
        ("number(\"1,500.5\", \",\", \".\")", "1500.5"),
        ("number(\"1.500,5\", \".\", \",\")", "1500.5"),
        ("number(\"1,5\", null, \",\")", "1.5"),
        ("number(\"1,500\", \",\", null)", "1500"),
        ("number(\"1E3\") = 1000", "true"),
    ]);
    check_null(
        "FUNCTION_INVOCATION_FAILURE",
        &[
            "number(\"one\")",
            "number(\"\")",
            "number(null)",
            "number(1)",
            "number(\"1\", \"x\")",
            "number(\"1\", \".\", \".\")",
            "number(\"1\", \",\", \" \")",
            "number(\"1 000\")",
        ],
    );
}

#[test]
fn to_strings() {
    check(&[
        ("string(1.10)", "\"1.10\""),
        ("string(1.10 + 1)", "\"2.10\""),
        ("string(\"a\")", "\"a\""),
        ("string(true)", "\"true\""),
        ("string(null)", "null"),
        ("string([1, 2, \"a\", null])", r#""[1, 2, \"a\", null]""#),
        ("string({a: 1, b: {c: \"x\"}})", r#""{a:1, b:{c:\"x\"}}""#),
        ("string(@\"2024-01-01\")", "\"2024-01-01\""),
        ("string(@\"10:00:00+01:00\")", "\"10:00:00+01:00\""),
        ("string(@\"2024-01-01T10:00:00@Europe/Berlin\")", "\"2024-01-01T10:00:00@Europe/Berlin\""),
        ("string(@\"PT24H\")", "\"P1D\""),
        ("string(@\"PT0S\")", "\"P0D\""),
        ("string(@\"P0M\")", "\"P0Y\""),
        ("string(function(a, b) a)", "\"function(a, b)\""),
        ("string(0.0000001)", "\"1E-7\""),
        ("string(10 ** 20)", "\"100000000000000000000\""),
    ]);
}

#[test]
fn to_and_from_json() {
    check(&[
        (
            r#"to json({a: 1.50, b: [true, null], c: "x\"y"})"#,
            r#""{\"a\":1.50,\"b\":[true,null],\"c\":\"x\\\"y\"}""#,
        ),
        (
            r#"to json(@"2024-01-01T10:00:00@Europe/Berlin")"#,
            r#""\"2024-01-01T10:00:00+01:00[Europe/Berlin]\"""#,
        ),
        (r#"to json(@"10:00:00@Europe/Berlin")"#, r#""\"10:00:00+01:00\"""#),
        (
            r#"to json([@"P1DT1H", @"P14M", @"PT0S", @"P0Y", @"-PT0.5S"])"#,
            r#""[\"PT25H\",\"P1Y2M\",\"PT0S\",\"P0D\",\"PT-0.5S\"]""#,
        ),
        (r#"to json(function(a) a)"#, r#""\"function(a)\"""#),
        (r#"to json([1..2])"#, r#""\"[1..2]\"""#),
        (r#"to json("\n")"#, r#""\"\\n\"""#),
        (
            r#"from json("{\"b\": 1.25, \"a\": [1, \"x\", null, true]}")"#,
            r#"{"b":1.25,"a":[1,"x",null,true]}"#,
        ),
        (r#"from json("1e2") = 100"#, "true"),
        (r#"from json("\"x\"")"#, "\"x\""),
        ("from json(null)", "null"),
        ("from json(\"null\")", "null"),
    ]);
    check_null(
        "FUNCTION_INVOCATION_FAILURE",
        &["from json(\"{\")", "from json(\"invalid\")", "from json(1)", "from json(\"1 2\")"],
    );
}
