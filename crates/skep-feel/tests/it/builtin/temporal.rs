//! Functions on dates and the clock.

use crate::rig::{REFUSED, check, check_null};

#[test]
fn now() {
    check(&[
        ("now()", r#""2024-02-29T13:30:45.5@Europe/Berlin""#),
        (r#"now() - @"2024-02-29T12:30:45Z""#, r#""P0D""#),
        ("now().timezone", r#""Europe/Berlin""#),
        ("now().time offset", r#""PT1H""#),
        (r#"now() > @"2024-02-29T12:30:45Z""#, "true"),
        ("now() instance of date and time", "true"),
    ]);
}

#[test]
fn today() {
    check(&[
        ("today()", r#""2024-02-29""#),
        ("today() instance of date", "true"),
        (r#"today() - @"2024-02-28""#, r#""P1D""#),
    ]);
}

#[test]
fn day_of_year() {
    check(&[
        (r#"day of year(@"2019-09-17")"#, "260"),
        (r#"day of year(date: @"2024-12-31")"#, "366"),
        (r#"day of year(@"2024-01-01T00:00:00@Europe/Berlin")"#, "1"),
    ]);
    check_null(
        REFUSED,
        &["day of year(null)", r#"day of year("2024-01-01")"#, r#"day of year(@"PT1H")"#],
    );
}

#[test]
fn day_of_week() {
    check(&[
        (r#"day of week(@"2019-09-17")"#, r#""Tuesday""#),
        (r#"day of week(@"2024-07-28T10:00:00")"#, r#""Sunday""#),
        (r#"day of week(date: @"2024-01-01")"#, r#""Monday""#),
    ]);
    check_null(REFUSED, &[r#"day of week("2024-01-01")"#, "day of week(null)", "day of week(1)"]);
}

#[test]
fn month_of_year() {
    check(&[
        (r#"month of year(@"2019-09-17")"#, r#""September""#),
        (r#"month of year(date: @"2024-01-01T00:00:00Z")"#, r#""January""#),
        (r#"month of year(@"2024-12-01T00:00:00")"#, r#""December""#),
    ]);
    check_null(REFUSED, &["month of year(null)", "month of year(1)"]);
}

#[test]
fn week_of_year() {
    check(&[
        (r#"week of year(@"2019-09-17")"#, "38"),
        (r#"week of year(@"2005-01-01")"#, "53"),
        (r#"week of year(date: @"2024-12-30")"#, "1"),
        (r#"week of year(@"2021-01-03T10:00:00")"#, "53"),
    ]);
    check_null(REFUSED, &["week of year(null)", r#"week of year(@"10:00:00")"#]);
}

#[test]
fn last_day_of_month() {
    check(&[
        (r#"last day of month(@"2024-02-01")"#, r#""2024-02-29""#),
        (r#"last day of month(date: @"2023-02-01T10:00:00Z")"#, r#""2023-02-28""#),
        (r#"last day of month(@"2024-12-31T10:00:00")"#, r#""2024-12-31""#),
    ]);
    check_null(REFUSED, &["last day of month(null)", r#"last day of month("2024-01-01")"#]);
}
