use crate::rig::{check, check_null, check_with};

#[test]
fn arithmetic_has_its_precedence() {
    check(&[
        ("1 + 2 * 3", "7"),
        ("(1 + 2) * 3", "9"),
        ("10 - 4 - 3", "3"),
        ("100 / 10 / 5", "2"),
        ("2 * 3 ** 2", "18"),
        // Powers go to the left, and a sign binds tighter.
        ("2 ** 3 ** 2", "64"),
        ("-2 ** 2", "4"),
        ("2 ** -1", "0.5"),
        ("1 - -1", "2"),
        ("5-3", "2"),
        ("10 / 4", "2.5"),
        ("1 / 3", "0.3333333333333333333333333333333333"),
        ("4 ** 0.5", "2.0"),
        (r#""a" + "b" + "c""#, r#""abc""#),
    ]);
}

#[test]
fn arithmetic_on_other_types_is_null() {
    check_null(
        "INVALID_TYPE",
        &[
            "1 + true",
            "1 - \"a\"",
            "null * 2",
            "1 / 0",
            "1 / 0.0",
            "\"a\" - \"b\"",
            "[1] + 1",
            "true ** 2",
            "-\"a\"",
            "-@\"P1D\"",
            "0 ** -1",
            "2 ** 9999999999",
            "1 + null",
            "@\"2024-01-01\" + 1",
            "@\"10:00:00\" * 2",
        ],
    );
}

#[test]
fn equality_compares_types() {
    check(&[
        ("1 = 1.0", "true"),
        ("1 != 2", "true"),
        (r#""a" = "a""#, "true"),
        ("null = null", "true"),
        ("null != null", "false"),
        ("1 = null", "false"),
        ("null = \"a\"", "false"),
        ("1 != null", "true"),
        ("[1, 2] = [1, 2.0]", "true"),
        ("[1, 2] = [2, 1]", "false"),
        ("[1] = [\"1\"]", "false"),
        ("{a: 1, b: [2]} = {b: [2], a: 1}", "true"),
        ("{a: 1} = {a: 1, b: 2}", "false"),
        ("{a: null} = {b: null}", "false"),
        (r#"@"PT24H" = @"P1D""#, "true"),
        (r#"@"P12M" = @"P1Y""#, "true"),
        // One instant, but not the same date-time.
        (r#"@"2024-01-01T10:00:00Z" = @"2024-01-01T11:00:00+01:00""#, "false"),
        (r#"@"10:00:00Z" = @"10:00:00Z""#, "true"),
    ]);
    check_null(
        "NOT_COMPARABLE",
        &[
            "1 = true",
            "[] = {}",
            "\"1\" = 1",
            r#"@"2024-01-01T10:00:00Z" = @"2024-01-01T10:00:00""#,
        ],
    );
}

#[test]
fn in_needs_no_space_behind_it() {
    check(&[
        ("5 in[1..10]", "true"),
        ("5 in(1, 5)", "true"),
        ("null included", "true"),
        ("5 included", "false"),
    ]);
}

#[test]
fn order_needs_one_type() {
    check(&[
        ("1 < 2", "true"),
        ("2 <= 2.0", "true"),
        ("3 > 4", "false"),
        ("4 >= 4", "true"),
        (r#""a" < "b""#, "true"),
        (r#""a" < "aa""#, "true"),
        // By UTF-16 units: a surrogate is below U+FF5E.
        (r#""😀" < "～""#, "true"),
        (r#"@"2024-01-01" < @"2024-01-02""#, "true"),
        (r#"@"10:00:00Z" > @"10:30:00+01:00""#, "true"),
        (r#"@"2024-01-01T10:00:00Z" < @"2024-01-01T11:00:01+01:00""#, "true"),
        (r#"@"P1Y" > @"P11M""#, "true"),
        (r#"@"PT1H" >= @"PT60M""#, "true"),
    ]);
    check_null(
        "NOT_COMPARABLE",
        &[
            "1 < null",
            "null < 1",
            "null >= null",
            "1 < \"2\"",
            "true < false",
            "[1] < [2]",
            "@\"P1Y\" < @\"P1D\"",
            "@\"10:00:00\" < @\"10:00:00Z\"",
            "{} > {}",
        ],
    );
}

#[test]
fn logic_has_three_values() {
    check(&[
        ("true and true", "true"),
        ("true and false", "false"),
        ("false and null", "false"),
        ("null and false", "false"),
        ("true and null", "null"),
        ("null and true", "null"),
        ("1 and true", "null"),
        ("1 and false", "false"),
        ("true or false", "true"),
        ("true or null", "true"),
        ("null or true", "true"),
        ("false or null", "null"),
        ("false or false", "false"),
        ("\"x\" or true", "true"),
        ("not(true)", "false"),
        ("not(null)", "null"),
        ("not(1)", "null"),
        ("false or true and false", "false"),
        ("true and false or true", "true"),
        ("1 < 2 and 2 < 3 and 3 < 4", "true"),
    ]);
}

#[test]
fn logic_stops_once_decided() {
    // What is not evaluated cannot warn, and an assertion in it cannot fail.
    check(&[
        ("false and assert(1, false)", "false"),
        ("true or assert(1, false)", "true"),
        ("if true then 1 else assert(1, false)", "1"),
        ("5 between 6 and assert(1, false)", "false"),
    ]);
}

#[test]
fn between_and_in_include_their_ends() {
    check(&[
        ("5 between 5 and 7", "true"),
        ("7 between 5 and 7", "true"),
        ("8 between 5 and 7", "false"),
        ("5 between 1 and 10 and true", "true"),
        ("1 + 4 between 2 + 3 and 7", "true"),
        ("null between 1 and 2", "null"),
        ("8 between \"a\" and 7", "false"),
        ("5 in [1..5]", "true"),
        ("5 in [1..5)", "false"),
        ("5 in (5..7]", "false"),
        ("5 in ]4..6[", "true"),
        ("5 in (1..10)", "true"),
        ("5 in (2+2 .. 3*2)", "true"),
        ("5 in < 6", "true"),
        ("5 in >= 5", "true"),
        ("5 in (< 3, > 4)", "true"),
        ("5 in (1, 2, 5)", "true"),
        ("5 in [1, 2, 5]", "true"),
        ("5 in ([1, 2], [5])", "true"),
        ("5 in 5", "true"),
        ("5 in (? > 4)", "true"),
        ("5 in (? > 7)", "false"),
        ("\"b\" in [\"a\"..\"c\"]", "true"),
        ("null in (null)", "true"),
        ("@\"2024-06-01\" in [@\"2024-01-01\"..@\"2024-12-31\"]", "true"),
        ("3 in [1, 2]", "false"),
    ]);
}

#[test]
fn instance_of_knows_all_types() {
    check_with(
        r#"{"missing": null}"#,
        &[
            ("1 instance of number", "true"),
            ("\"a\" instance of string", "true"),
            ("true instance of boolean", "true"),
            ("@\"2024-01-01\" instance of date", "true"),
            ("@\"10:00:00\" instance of time", "true"),
            ("@\"10:00:00Z\" instance of time", "true"),
            ("@\"2024-01-01T10:00:00\" instance of date and time", "true"),
            ("@\"2024-01-01T10:00:00Z\" instance of date and time", "true"),
            ("@\"P1Y\" instance of years and months duration", "true"),
            ("@\"P1D\" instance of days and time duration", "true"),
            ("@\"P1D\" instance of years and months duration", "false"),
            ("[1] instance of list", "true"),
            ("{} instance of context", "true"),
            ("(function(x) x) instance of function", "true"),
            ("null instance of null", "true"),
            ("1 instance of Any", "true"),
            ("null instance of Any", "false"),
            ("missing instance of string", "false"),
            ("1 instance of nonsense", "false"),
            ("if 1 instance of number then \"n\" else \"o\"", "\"n\""),
            ("1 + 1 instance of number", "true"),
        ],
    );
}
