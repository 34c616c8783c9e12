use jiff::tz::TimeZone;
use skep_feel::{Duration, Value};

use crate::rig::{check, evaluate};

#[test]
fn arithmetic_follows_the_calendar() {
    check(&[
        ("@\"2024-01-31\" + @\"P1M\"", "\"2024-02-29\""),
        ("@\"P1M\" + @\"2024-01-31\"", "\"2024-02-29\""),
        ("@\"2024-01-31\" - @\"P1Y\"", "\"2023-01-31\""),
        ("@\"2024-01-31\" + @\"PT36H\"", "\"2024-02-01\""),
        ("@\"2024-01-31\" - @\"PT1S\"", "\"2024-01-30\""),
        ("@\"2024-03-01\" - @\"2024-02-01\"", "\"P29D\""),
        ("@\"2024-01-31T10:00:00\" + @\"PT14H\"", "\"2024-02-01T00:00:00\""),
        ("@\"2024-01-31T10:00:00Z\" + @\"P1M\"", "\"2024-02-29T10:00:00Z\""),
        ("@\"2024-01-31T10:00:00Z\" - @\"2024-01-31T10:00:00+01:00\"", "\"PT1H\""),
        ("@\"2024-01-31T10:00:00\" - @\"2024-01-30T10:00:00\"", "\"P1D\""),
        ("@\"10:00:00\" + @\"PT15H\"", "\"01:00:00\""),
        ("@\"10:00:00Z\" - @\"PT11H\"", "\"23:00:00Z\""),
        ("@\"10:00:00\" - @\"11:00:00\"", "\"-PT1H\""),
        ("@\"10:00:00Z\" - @\"11:00:00Z\"", "\"PT1H\""),
        ("@\"P1Y\" + @\"P1M\"", "\"P1Y1M\""),
        ("@\"P1Y\" - @\"P13M\"", "\"-P1M\""),
        ("@\"PT1H\" - @\"PT90M\"", "\"-PT30M\""),
        ("@\"P1D\" * 2.9", "\"P2D\""),
        ("3 * @\"P1M\"", "\"P3M\""),
        ("@\"P1Y\" / 2", "\"P6M\""),
        ("@\"P5M\" / 2", "\"P2M\""),
        ("@\"PT1H\" / 4", "\"PT15M\""),
        ("@\"P60D\" / 2", "\"P30D\""),
        ("@\"P1Y\" / @\"P5M\"", "2"),
        ("@\"PT1H\" / @\"PT25M\"", "2"),
    ]);
}

#[test]
fn what_cannot_be_computed_is_null() {
    check(&[
        ("@\"2024-01-31\" + 1", "null"),
        ("@\"2024-01-31\" + @\"2024-01-31\"", "null"),
        ("@\"2024-01-31T10:00:00\" - @\"2024-01-31T10:00:00Z\"", "null"),
        ("@\"10:00:00\" + @\"P1M\"", "null"),
        ("@\"P1D\" + @\"P1M\"", "null"),
        ("@\"P1D\" - @\"2024-01-31\"", "null"),
        ("@\"P1D\" / 0", "null"),
        ("@\"P1D\" / @\"PT0S\"", "null"),
        ("@\"P1M\" / @\"P1D\"", "null"),
        ("2 / @\"P1D\"", "null"),
        ("@\"999999999-12-31\" + @\"P1D\"", "null"),
        ("@\"P100000000000000Y\" * 9223372036854775807", "null"),
        ("@\"P99999999999999D\" * 99999999999999", "null"),
    ]);
}

#[test]
fn properties_are_numbers_zones_and_offsets() {
    check(&[
        ("@\"2024-02-29\".year", "2024"),
        ("@\"2024-02-29\".month", "2"),
        ("@\"2024-02-29\".day", "29"),
        ("@\"2024-02-29\".weekday", "4"),
        ("@\"10:11:12.5\".second", "12"),
        ("@\"10:11:12\".hour + @\"10:11:12\".minute", "21"),
        ("@\"10:11:12\".time offset", "null"),
        ("@\"10:11:12+02:00\".time offset", "\"PT2H\""),
        ("@\"10:11:12+02:00\".timezone", "null"),
        ("@\"10:11:12@Europe/Berlin\".timezone", "\"Europe/Berlin\""),
        ("@\"2024-07-01T10:00:00@Europe/Berlin\".time offset", "\"PT2H\""),
        ("{d: @\"2024-02-29T10:11:12\"}.d.minute", "11"),
        ("@\"P3Y14M\".years", "4"),
        ("@\"P3Y14M\".months", "2"),
        ("@\"-P3Y14M\".months", "-2"),
        ("@\"P1DT25H61M61S\".days", "2"),
        ("@\"P1DT25H61M61S\".hours", "2"),
        ("@\"P1DT25H61M61S\".minutes", "2"),
        ("@\"P1DT25H61M61S\".seconds", "1"),
        ("@\"-PT90M\".minutes", "-30"),
    ]);
}

#[test]
fn years_beyond_four_digits_work() {
    check(&[
        ("@\"123456-01-31\" + @\"P1M\"", "\"+123456-02-29\""),
        ("@\"123456-01-31T10:00:00Z\"", "\"123456-01-31T10:00:00Z\""),
        ("(@\"999999999-01-01\" - @\"-999999999-01-01\").days", "730484999269"),
        ("@\"99999-07-01T10:00:00@Europe/Berlin\".time offset", "\"PT2H\""),
    ]);
}

#[test]
fn the_engine_gets_instants_and_durations() {
    let value = |text: &str| evaluate(text, "{}").value;
    let berlin = TimeZone::get("Europe/Berlin").unwrap();
    assert_eq!(value("@\"1970-01-01T00:00:01.5Z\"").as_unix_ms(&berlin), Some(1_500));
    assert_eq!(value("@\"1970-01-01T01:00:00\"").as_unix_ms(&berlin), Some(0));
    assert_eq!(value("@\"1970-01-01\"").as_unix_ms(&berlin), None);
    assert_eq!(value("@\"P1Y2M\"").as_duration(), Some(Duration { months: 14, millis: 0 }));
    assert_eq!(value("@\"PT1.5S\"").as_duration(), Some(Duration { months: 0, millis: 1_500 }));
    assert_eq!(value("\"PT1S\"").as_duration(), None);
    let kinds: Vec<_> = [
        "1",
        "\"a\"",
        "@\"P1Y\"",
        "@\"P1D\"",
        "@\"2024-01-01\"",
        "@\"10:00:00\"",
        "@\"2024-01-01T10:00:00\"",
        "[]",
        "{}",
        "null",
        "true",
    ]
    .into_iter()
    .map(|text| value(text).kind().as_str())
    .collect();
    assert_eq!(
        kinds.join(" "),
        "NUMBER STRING PERIOD DURATION DATE UNKNOWN DATE_TIME ARRAY OBJECT NULL BOOLEAN"
    );
    assert_eq!(Value::parse_temporal("PT1H").unwrap().to_text(), "PT1H");
    assert!(Value::parse_temporal("soon").is_none());
}
