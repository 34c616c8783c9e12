//! Functions that make one type of another.

use crate::rig::{REFUSED, check, check_null};

#[test]
fn date() {
    check(&[
        ("date(now()) = today()", "true"),
        ("date(2024, 2, 29)", r#""2024-02-29""#),
        ("date(year: 2024, month: 1, day: 31)", r#""2024-01-31""#),
        (r#"date(@"2024-01-31T10:00:00Z")"#, r#""2024-01-31""#),
        (r#"date("2024-" + "01-31")"#, r#""2024-01-31""#),
        (r#"date("2024-02-29")"#, r#""2024-02-29""#),
        (r#"date(from: "2023-01-31")"#, r#""2023-01-31""#),
        (r#"date("2023-02-29")"#, "null"),
        (r#"date("999999999-12-31").year"#, "999999999"),
        ("date(day: 1, month: 2, year: 2024)", r#""2024-02-01""#),
        ("date(2024.9, 2.9, 1.9)", r#""2024-02-01""#),
        (r#"date(@"2024-01-31T23:59:59@Europe/Berlin")"#, r#""2024-01-31""#),
    ]);
    check_null(
        REFUSED,
        &[
            "date(2024, 2, 30)",
            "date(2024, 99999999999999999999, 1)",
            r#"date("x" + "y")"#,
            "date(null)",
            "date(1)",
            "date(2024, null, 1)",
            r#"date("a", "b", "c")"#,
            "date(2024, 13, 1)",
            r#"date(@"PT1H")"#,
        ],
    );
}

#[test]
fn time() {
    check(&[
        ("time(10, 30, 0)", r#""10:30:00""#),
        ("time(10, 30, 1.25)", r#""10:30:01.25""#),
        (r#"time(10, 30, 0, @"PT2H")"#, r#""10:30:00+02:00""#),
        (r#"time(10, 30, 0, @"-PT5H30M")"#, r#""10:30:00-05:30""#),
        ("time(10, 30, 0, null)", r#""10:30:00""#),
        (r#"time(@"2024-01-31T10:00:00@Europe/Berlin")"#, r#""10:00:00@Europe/Berlin""#),
        (r#"time(@"2024-01-31")"#, r#""00:00:00Z""#),
        (r#"time("10:30:00")"#, r#""10:30:00""#),
        (r#"time(from: "10:30:00+01:00")"#, r#""10:30:00+01:00""#),
        (r#"time("10:30:00@Europe/Berlin")"#, r#""10:30:00@Europe/Berlin""#),
        (r#"time("25:00:00")"#, "null"),
        ("time(second: 1, minute: 2, hour: 3)", r#""03:02:01""#),
        (r#"time(@"2024-01-31T10:30:00")"#, r#""10:30:00""#),
        (r#"time(hour: 1, minute: 2, second: 3, offset: @"PT0S")"#, r#""01:02:03Z""#),
    ]);
    check_null(
        REFUSED,
        &[
            "time(25, 0, 0)",
            r#"time(10, 0, 0, @"PT20H")"#,
            r#"time("x" + "y")"#,
            "time(null)",
            "time(1)",
            "time(24, 0, 0)",
            "time(10, 60, 0)",
            r#"time(10, 0, 0, "Z")"#,
        ],
    );
}

#[test]
fn date_and_time() {
    check(&[
        (r#"date and time(@"2024-01-31", @"10:00:00")"#, r#""2024-01-31T10:00:00""#),
        (r#"date and time(@"2024-01-31", @"10:00:00+02:00")"#, r#""2024-01-31T10:00:00+02:00""#),
        (r#"date and time(@"2024-07-31", @"10:00:00@Europe/Berlin").time offset"#, r#""PT2H""#),
        (r#"date and time(@"2024-01-31T08:00:00Z", @"10:00:00")"#, r#""2024-01-31T10:00:00""#),
        (
            r#"date and time(@"2024-01-31T10:00:00Z", "Europe/Berlin")"#,
            r#""2024-01-31T11:00:00@Europe/Berlin""#,
        ),
        (
            r#"date and time(@"2024-01-31T10:00:00", "Europe/Berlin")"#,
            r#""2024-01-31T10:00:00@Europe/Berlin""#,
        ),
        (r#"date and time("2024-01-31" + "T10:00:00")"#, r#""2024-01-31T10:00:00""#),
        (r#"date and time("2024-01-31T10:00:00")"#, r#""2024-01-31T10:00:00""#),
        (r#"date and time(from: "2024-01-31T10:00:00Z")"#, r#""2024-01-31T10:00:00Z""#),
        (r#"date and time("2024-01-31")"#, r#""2024-01-31T00:00:00""#),
        (r#"date and time("2024-01-31T10:00:00[Europe/Berlin]")"#, "null"),
        (
            r#"date and time("2024-01-31T10:00:00+01:00[Europe/Berlin]")"#,
            r#""2024-01-31T10:00:00@Europe/Berlin""#,
        ),
        (r#"date and time("2024-01-31T25:00:00")"#, "null"),
        (r#"date and time(date: @"2024-01-31", time: @"10:00:00")"#, r#""2024-01-31T10:00:00""#),
        (
            r#"date and time(timezone: "Europe/Berlin", date: @"2024-07-31T10:00:00Z")"#,
            r#""2024-07-31T12:00:00@Europe/Berlin""#,
        ),
        (r#"date and time(@"2024-01-31T10:00:00", @"08:00:00Z")"#, r#""2024-01-31T08:00:00Z""#),
    ]);
    check_null(
        REFUSED,
        &[
            r#"date and time("x" + "y")"#,
            r#"date and time(@"2024-01-31T10:00:00", "Nowhere")"#,
            "date and time(null)",
            "date and time(1)",
            r#"date and time(@"2024-01-31")"#,
            r#"date and time(@"2024-01-31", null)"#,
            r#"date and time(@"2024-01-31", "Europe/Berlin")"#,
        ],
    );
}

#[test]
fn duration() {
    check(&[
        (r#"duration("P" + "1D")"#, r#""P1D""#),
        (r#"duration("P1Y2M")"#, r#""P1Y2M""#),
        (r#"duration("P14M")"#, r#""P1Y2M""#),
        (r#"duration(from: "PT90M")"#, r#""PT1H30M""#),
        (r#"duration("-P1DT1H")"#, r#""-P1DT1H""#),
        (r#"duration("P1Y1D")"#, "null"),
        (r#"duration("1 day")"#, "null"),
    ]);
    check_null(
        REFUSED,
        &[r#"duration("x" + "y")"#, "duration(1)", "duration(null)", r#"duration(@"P1D")"#],
    );
}

#[test]
fn years_and_months_duration() {
    check(&[
        (r#"years and months duration(@"2011-12-22", @"2013-08-24")"#, r#""P1Y8M""#),
        (r#"years and months duration(@"2013-08-24T00:00:00", @"2011-12-22")"#, r#""-P1Y8M""#),
        (r#"years and months duration(from: @"2024-01-31", to: @"2024-02-29")"#, r#""P0Y""#),
        (r#"years and months duration(@"2024-01-31", @"2024-03-31")"#, r#""P2M""#),
        (r#"years and months duration(@"2024-01-31T10:00:00Z", @"2025-01-31")"#, r#""P1Y""#),
        (r#"years and months duration(@"2024-01-31", @"2025-02-28T00:00:00")"#, r#""P1Y""#),
    ]);
    check_null(
        REFUSED,
        &[
            "years and months duration(1, 2)",
            r#"years and months duration(null, @"2024-01-01")"#,
            r#"years and months duration(@"10:00:00", @"11:00:00")"#,
        ],
    );
}

#[test]
fn number() {
    check(&[
        (r#"number("1500.5")"#, "1500.5"),
        (r#"number("-1.50")"#, "-1.50"),
        (r#"number("1 500.5", " ")"#, "1500.5"),
        (r#"number("1,500.5", ",", ".")"#, "1500.5"),
        (r#"number("1.500,5", ".", ",")"#, "1500.5"),
        (r#"number("1,5", null, ",")"#, "1.5"),
        (r#"number("1,500", ",", null)"#, "1500"),
        (r#"number("1E3") = 1000"#, "true"),
        (r#"number(from: "007")"#, "7"),
        (r#"number("1.500.000,25", ".", ",")"#, "1500000.25"),
        (r#"number(from: "1,000", grouping separator: ",")"#, "1000"),
        (r#"number("123456789012345678901234567890.5")"#, "123456789012345678901234567890.5"),
    ]);
    check_null(
        REFUSED,
        &[
            r#"number("one")"#,
            r#"number("")"#,
            "number(null)",
            "number(1)",
            r#"number("1", "x")"#,
            r#"number("1", ".", ".")"#,
            r#"number("1", ",", " ")"#,
            r#"number("1 000")"#,
            "number(true)",
            r#"number("1", null)"#,
            r#"number("1", null, null)"#,
            r#"number("1", 1, 2)"#,
            r#"number("1 000", "-")"#,
        ],
    );
}

#[test]
fn string() {
    check(&[
        ("string(1.10)", r#""1.10""#),
        ("string(1.10 + 1)", r#""2.10""#),
        (r#"string("a")"#, r#""a""#),
        ("string(true)", r#""true""#),
        ("string(null)", "null"),
        (r#"string([1, 2, "a", null])"#, r#""[1, 2, \"a\", null]""#),
        (r#"string({a: 1, b: {c: "x"}})"#, r#""{a:1, b:{c:\"x\"}}""#),
        (r#"string(@"2024-01-01")"#, r#""2024-01-01""#),
        (r#"string(@"10:00:00+01:00")"#, r#""10:00:00+01:00""#),
        (
            r#"string(@"2024-01-01T10:00:00@Europe/Berlin")"#,
            r#""2024-01-01T10:00:00@Europe/Berlin""#,
        ),
        (r#"string(@"PT24H")"#, r#""P1D""#),
        (r#"string(@"PT0S")"#, r#""P0D""#),
        (r#"string(@"P0M")"#, r#""P0Y""#),
        ("string(function(a, b) a)", r#""function(a, b)""#),
        ("string(0.0000001)", r#""1E-7""#),
        ("string(10 ** 20)", r#""100000000000000000000""#),
        ("string(from: 5)", r#""5""#),
        ("string(-0.50)", r#""-0.50""#),
        (r#"string(@"10:00:00")"#, r#""10:00:00""#),
        (r#"string(@"2024-01-01T10:00:00Z")"#, r#""2024-01-01T10:00:00Z""#),
        ("string([])", r#""[]""#),
        ("string({})", r#""{}""#),
        (r#"string("")"#, r#""""#),
    ]);
}

#[test]
fn from_json() {
    check(&[
        (
            r#"from json("{\"b\": 1.25, \"a\": [1, \"x\", null, true]}")"#,
            r#"{"b":1.25,"a":[1,"x",null,true]}"#,
        ),
        (r#"from json("1e2") = 100"#, "true"),
        (r#"from json("\"x\"")"#, r#""x""#),
        ("from json(null)", "null"),
        (r#"from json("null")"#, "null"),
        (r#"from json(json: "[]")"#, "[]"),
        (r#"from json("{\"a\": {\"b\": []}}")"#, r#"{"a":{"b":[]}}"#),
        (r#"from json("9223372036854775807")"#, "9223372036854775807"),
        (r#"from json("[]") = []"#, "true"),
    ]);
    check_null(
        REFUSED,
        &[r#"from json("{")"#, r#"from json("invalid")"#, "from json(1)", r#"from json("1 2")"#],
    );
}

#[test]
fn to_json() {
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
        ("to json(function(a) a)", r#""\"function(a)\"""#),
        ("to json([1..2])", r#""\"[1..2]\"""#),
        (r#"to json("\n")"#, r#""\"\\n\"""#),
        ("to json(value: null)", r#""null""#),
        ("to json({})", r#""{}""#),
        (r#"from json(to json({a: [1, {b: "ü"}]}))"#, r#"{"a":[1,{"b":"ü"}]}"#),
        (r#"to json(@"2024-01-01")"#, r#""\"2024-01-01\"""#),
        (r#"to json(@"2024-01-01T10:00:00")"#, r#""\"2024-01-01T10:00:00\"""#),
    ]);
}
