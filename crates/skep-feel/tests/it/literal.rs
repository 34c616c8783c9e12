use crate::rig::{check, check_with};

#[test]
fn numbers_keep_their_text() {
    check(&[
        ("0", "0"),
        ("42", "42"),
        ("1.50", "1.50"),
        (".5", "0.5"),
        ("-3", "-3"),
        ("--3", "3"),
        ("- 3", "-3"),
        ("9223372036854775807", "9223372036854775807"),
        ("9223372036854775808", "9223372036854775808"),
        ("0.1 + 0.2", "0.3"),
    ]);
}

#[test]
fn strings_have_escapes() {
    check(&[
        (r#""""#, r#""""#),
        (r#""a\nb""#, r#""a\nb""#),
        (r#""a\tb\r""#, r#""a\tb\r""#),
        (r#""say \"hi\"""#, r#""say \"hi\"""#),
        (r#""it\'s""#, r#""it's""#),
        (r#""back\\slash""#, r#""back\\slash""#),
        (r#""\\n""#, r#""\\n""#),
        (r#""\u00e9\u20ac""#, r#""é€""#),
        (r#""\uD83D\uDE00""#, r#""😀""#),
        // What is no escape stays, for regular expressions.
        (r#""\d+\w""#, r#""\\d+\\w""#),
        (r#""\u12""#, r#""\\u12""#),
        ("\"two\nlines\"", r#""two\nlines""#),
        ("\"ünï\"", r#""ünï""#),
    ]);
}

#[test]
fn words_are_literals_only_as_a_whole() {
    check_with(
        r#"{"nullable": 1, "truest": 2, "orders": 3, "inner": 4, "thenX": 5, "if": 6, "some": 7,
            "not": 8, "of": 9, "date": 10}"#,
        &[
            ("null", "null"),
            ("true", "true"),
            ("false", "false"),
            ("[nullable, truest, orders, inner, thenX]", "[1,2,3,4,5]"),
            ("if", "6"),
            ("if + 1", "7"),
            ("some = 7", "true"),
            ("not + of", "17"),
            ("date", "10"),
        ],
    );
}

#[test]
fn names_are_one_token_or_in_backticks() {
    check_with(
        r#"{"a b": 1, "a-b": 2, "größe": 3, "_x$1": 4, "a": 10, "b": 4, "then": 5}"#,
        &[
            ("`a b`", "1"),
            ("`a-b`", "2"),
            ("a-b", "6"),
            ("größe", "3"),
            ("_x$1", "4"),
            ("`then`", "5"),
            ("{`a b`: 7}.`a b`", "7"),
        ],
    );
}

#[test]
fn white_space_and_comments_go_anywhere() {
    check(&[
        ("1 // one\n + 2", "3"),
        ("/* a */ 1 /* b * c ** */ + /**/ 2 // end", "3"),
        ("\u{a0}1\u{2003}+\u{feff}2\t\r\n", "3"),
        ("string length /* the length */ (\"abc\")", "3"),
        ("[1 /*x*/, // y\n 2]", "[1,2]"),
        ("6 / 3 // /* not a comment", "2"),
    ]);
}

#[test]
fn temporal_literals_are_read_at_once() {
    check(&[
        (r#"date("2024-02-29")"#, r#""2024-02-29""#),
        (r#"date ( "2024-02-30" )"#, "null"),
        (r#"@"2024-02-29""#, r#""2024-02-29""#),
        (r#"time("10:00:00@Europe/Berlin")"#, r#""10:00:00@Europe/Berlin""#),
        (r#"date and time("2024-02-29T10:00:00Z")"#, r#""2024-02-29T10:00:00Z""#),
        (r#"date and time("2024-02-29")"#, r#""2024-02-29T00:00:00""#),
        (r#"duration("P14M")"#, r#""P1Y2M""#),
        (r#"@"PT36H""#, r#""P1DT12H""#),
        (r#"@"10:00""#, r#""10:00:00""#),
        (r#"@"nonsense""#, "null"),
        (r#"duration("P")"#, "null"),
        (r#"[@"2024-01-01", @"P1D"]"#, r#"["2024-01-01","P1D"]"#),
    ]);
}
