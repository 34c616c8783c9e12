use crate::rig::{check, check_null};

#[test]
fn the_clock_is_the_environments() {
    check(&[
        ("now()", "\"2024-02-29T13:30:45.5@Europe/Berlin\""),
        ("today()", "\"2024-02-29\""),
        ("now() - @\"2024-02-29T12:30:45Z\"", "\"P0D\""),
        ("now().timezone", "\"Europe/Berlin\""),
        ("now().time offset", "\"PT1H\""),
        ("date(now()) = today()", "true"),
    ]);
}

#[test]
fn days_have_names_and_numbers() {
    check(&[
        ("day of year(@\"2019-09-17\")", "260"),
        ("day of week(@\"2019-09-17\")", "\"Tuesday\""),
        ("day of week(@\"2024-07-28T10:00:00\")", "\"Sunday\""),
        ("month of year(@\"2019-09-17\")", "\"September\""),
        ("week of year(@\"2019-09-17\")", "38"),
        ("week of year(@\"2005-01-01\")", "53"),
        ("last day of month(@\"2024-02-01\")", "\"2024-02-29\""),
        ("last day of month(date: @\"2023-02-01T10:00:00Z\")", "\"2023-02-28\""),
    ]);
    check_null(
        "FUNCTION_INVOCATION_FAILURE",
        &["day of week(\"2024-01-01\")", "day of year(null)"],
    );
}

#[test]
fn temporal_values_are_built() {
    check(&[
        ("date(2024, 2, 29)", "\"2024-02-29\""),
        ("date(year: 2024, month: 1, day: 31)", "\"2024-01-31\""),
        ("date(@\"2024-01-31T10:00:00Z\")", "\"2024-01-31\""),
        ("date(\"2024-\" + \"01-31\")", "\"2024-01-31\""),
        ("time(10, 30, 0)", "\"10:30:00\""),
        ("time(10, 30, 1.25)", "\"10:30:01.25\""),
        ("time(10, 30, 0, @\"PT2H\")", "\"10:30:00+02:00\""),
        ("time(10, 30, 0, @\"-PT5H30M\")", "\"10:30:00-05:30\""),
        ("time(10, 30, 0, null)", "\"10:30:00\""),
        ("time(@\"2024-01-31T10:00:00@Europe/Berlin\")", "\"10:00:00@Europe/Berlin\""),
        ("time(@\"2024-01-31\")", "\"00:00:00Z\""),
        ("date and time(@\"2024-01-31\", @\"10:00:00\")", "\"2024-01-31T10:00:00\""),
        ("date and time(@\"2024-01-31\", @\"10:00:00+02:00\")", "\"2024-01-31T10:00:00+02:00\""),
        ("date and time(@\"2024-07-31\", @\"10:00:00@Europe/Berlin\").time offset", "\"PT2H\""),
        ("date and time(@\"2024-01-31T08:00:00Z\", @\"10:00:00\")", "\"2024-01-31T10:00:00\""),
        (
            "date and time(@\"2024-01-31T10:00:00Z\", \"Europe/Berlin\")",
            "\"2024-01-31T11:00:00@Europe/Berlin\"",
        ),
        (
            "date and time(@\"2024-01-31T10:00:00\", \"Europe/Berlin\")",
            "\"2024-01-31T10:00:00@Europe/Berlin\"",
        ),
        ("date and time(\"2024-01-31\" + \"T10:00:00\")", "\"2024-01-31T10:00:00\""),
        ("duration(\"P\" + \"1D\")", "\"P1D\""),
        ("years and months duration(@\"2011-12-22\", @\"2013-08-24\")", "\"P1Y8M\""),
        ("years and months duration(@\"2013-08-24T00:00:00\", @\"2011-12-22\")", "\"-P1Y8M\""),
    ]);
    check_null(
        "FUNCTION_INVOCATION_FAILURE",
        &[
            "date(2024, 2, 30)",
            "date(2024, 99999999999999999999, 1)",
            "date(\"x\" + \"y\")",
            "date(null)",
            "time(25, 0, 0)",
            "time(10, 0, 0, @\"PT20H\")",
            "time(\"x\" + \"y\")",
            "date and time(\"x\" + \"y\")",
            "date and time(@\"2024-01-31T10:00:00\", \"Nowhere\")",
            "duration(\"x\" + \"y\")",
            "duration(1)",
            "years and months duration(1, 2)",
        ],
    );
}

#[test]
fn timer_cycles_are_text() {
    check(&[
        ("cycle(@\"PT10S\")", "\"R/PT10S\""),
        ("cycle(3, duration(\"PT1M\"))", "\"R3/PT1M\""),
        ("cycle(null, @\"P1M\")", "\"R/P1M\""),
        ("cycle(repetitions: 2, interval: @\"P1D\")", "\"R2/P1D\""),
        ("fromAi(5)", "5"),
        ("fromAi(5, \"the amount\", \"number\")", "5"),
    ]);
    check_null("FUNCTION_INVOCATION_FAILURE", &["cycle(1)", "cycle(\"a\", @\"P1D\")"]);
}
