use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap()
}

#[test]
fn dates_follow_a_strict_calendar() {
    for text in ["2024-02-29", "0001-01-01", "-0044-03-15", "9999-12-31", "1970-01-01"] {
        assert_eq!(Date::parse(text).unwrap().to_string(), text);
    }
    assert_eq!(Date::parse("999999999-12-31").unwrap().to_string(), "+999999999-12-31");
    for text in [
        "2023-02-29",
        "2024-13-01",
        "2024-00-01",
        "2024-01-00",
        "2024-04-31",
        "24-01-01",
        "02024-01-01",
        "1234567890-01-01",
        "2024-1-1",
        "2024-01-01 ",
        "-0000-01-01",
        "",
        "2024-01-01T",
        "+2024-01-01",
        "2024-01-٣1",
    ] {
        assert!(Date::parse(text).is_none(), "{text}");
    }
}

#[test]
fn days_have_their_numbers() {
    let date = |text: &str| Date::parse(text).unwrap();
    assert_eq!(date("1970-01-01").epoch_day(), 0);
    assert_eq!(date("2000-03-01").epoch_day(), 11_017);
    assert_eq!(date("1970-01-01").weekday(), 4);
    assert_eq!(date("2024-07-29").weekday(), 1);
    assert_eq!(date("2024-12-31").day_of_year(), 366);
    for (text, week) in [
        ("2019-09-17", 38),
        ("2005-01-01", 53),
        ("2004-12-27", 53),
        ("2020-01-01", 1),
        ("2024-12-30", 1),
    ] {
        assert_eq!(date(text).week_of_year(), week, "{text}");
    }
    assert_eq!(date("2024-02-01").last_day_of_month(), date("2024-02-29"));
    assert_eq!(date("2024-01-31").plus_months(1), Some(date("2024-02-29")));
    assert_eq!(date("2024-01-31").plus_months(-11), Some(date("2023-02-28")));
    assert_eq!(date("999999999-01-01").plus_months(12), None);
}

#[test]
fn months_between_dates_are_whole() {
    let months =
        |from, to| Date::parse(from).unwrap().months_until(Date::parse(to).unwrap()).months;
    assert_eq!(months("2011-12-22", "2013-08-24"), 20);
    assert_eq!(months("2013-08-24", "2011-12-22"), -20);
    assert_eq!(months("2015-01-21", "2016-01-20"), 11);
    assert_eq!(months("2016-01-20", "2015-01-21"), -11);
    assert_eq!(months("2016-01-20", "2016-01-20"), 0);
}

proptest! {
    #[test]
    fn epoch_days_round_trip(day in -365_000_000_000i64..365_000_000_000) {
        let date = Date::from_epoch_day(day).unwrap();
        prop_assert_eq!(date.epoch_day(), day);
        let text = date.to_string();
        prop_assert_eq!(Date::parse(text.trim_start_matches('+')), Some(date));
    }

    #[test]
    fn dates_agree_with_jiff(day in -4_300_000i64..2_900_000) {
        let date = Date::from_epoch_day(day).unwrap();
        let other = jiff::civil::date(1970, 1, 1)
            .checked_add(jiff::Span::new().days(day)).unwrap();
        prop_assert_eq!(i32::from(other.year()), date.year());
        prop_assert_eq!(i64::from(other.day_of_year()), date.day_of_year());
        prop_assert_eq!(other.weekday().to_monday_one_offset(), i8::try_from(date.weekday()).unwrap());
        prop_assert_eq!(i64::from(other.iso_week_date().week()), date.week_of_year());
    }

    #[test]
    fn reading_never_panics(text in "[-+0-9TPYMDHSZ:.@\\[\\]A-Za-zé/]{0,30}") {
        let _ = Date::parse(&text);
        let _ = Time::parse(&text);
        let _ = DateTime::parse(&text);
        let _ = YearsMonthsDuration::parse(&text);
        let _ = DaysTimeDuration::parse(&text);
        let _ = Duration::parse(&text);
        let _ = Zone::parse(&text);
    }

    #[test]
    fn zoned_instants_agree_with_jiff(ms in -60_000_000_000_000i64..200_000_000_000_000) {
        let berlin = zone("Europe/Berlin");
        let ours = DateTime::from_unix_ms(ms, &berlin).unwrap();
        let theirs = jiff::Timestamp::from_millisecond(ms).unwrap().to_zoned_datetime(berlin.clone());
        prop_assert_eq!(i64::from(ours.date().year()), i64::from(theirs.year()));
        prop_assert_eq!(ours.time().hour(), u8::try_from(theirs.hour()).unwrap());
        prop_assert_eq!(ours.zone().unwrap().offset(), theirs.offset().seconds());
        prop_assert_eq!(ours.to_unix_ms(&berlin), Some(ms));
    }
}

#[test]
fn times_and_offsets_are_read_as_java_does() {
    for (text, expected) in [
        ("10:30:00", "10:30:00"),
        ("T10:30:00", "10:30:00"),
        ("10:30", "10:30:00"),
        ("10:30:00.5", "10:30:00.5"),
        ("10:30:00.123456789", "10:30:00.123456789"),
        ("10:30:00Z", "10:30:00Z"),
        ("10:30:00+00:00", "10:30:00Z"),
        ("10:30:00-05:30", "10:30:00-05:30"),
        ("10:30:00@Europe/Berlin", "10:30:00@Europe/Berlin"),
        ("10:30:00@Etc/UTC", "10:30:00@Etc/UTC"),
        ("24:00:00", "00:00:00"),
        ("10:30:00@+02:00", "10:30:00+02:00"),
    ] {
        assert_eq!(
            Time::parse(text).map(|time| time.to_string()).as_deref(),
            Some(expected),
            "{text}"
        );
    }
    for text in [
        "25:00:00",
        "10:60:00",
        "10:30:60",
        "1:30:00",
        "10:30Z",
        "10:30:00+19:00",
        "10:30:00+1:00",
        "10:30:00@Europe/Nowhere",
        "10:30:00@europe/berlin",
        "10:30:00.1234567890",
        "10",
        "",
        "10:30:00+01:00[Europe/Berlin]",
    ] {
        assert!(Time::parse(text).is_none(), "{text}");
    }
    // The standard offset, not that of summer.
    assert_eq!(Time::parse("10:30:00@Europe/Berlin").unwrap().iso().to_string(), "10:30:00+01:00");
    assert_eq!(Time::parse("10:30:00").unwrap().stored().to_string(), "10:30");
    assert_eq!(Time::parse("10:30:00.5").unwrap().stored().to_string(), "10:30:00.500");
}

#[test]
fn date_times_know_gaps_and_overlaps() {
    for (text, feel, iso) in [
        ("2024-01-01T10:00:00", "2024-01-01T10:00:00", "2024-01-01T10:00:00"),
        ("2024-01-01T10:00", "2024-01-01T10:00:00", "2024-01-01T10:00:00"),
        ("2024-01-01T10:00:00Z", "2024-01-01T10:00:00Z", "2024-01-01T10:00:00Z"),
        ("2024-01-01T10:00:00+02:00", "2024-01-01T10:00:00+02:00", "2024-01-01T10:00:00+02:00"),
        (
            "2024-01-01T10:00:00@Europe/Berlin",
            "2024-01-01T10:00:00@Europe/Berlin",
            "2024-01-01T10:00:00+01:00[Europe/Berlin]",
        ),
        (
            "2024-07-01T10:00:00+02:00[Europe/Berlin]",
            "2024-07-01T10:00:00@Europe/Berlin",
            "2024-07-01T10:00:00+02:00[Europe/Berlin]",
        ),
        // The offset decides, so the clock is set to the zone's.
        (
            "2024-07-01T10:00:00+00:00[Europe/Berlin]",
            "2024-07-01T12:00:00@Europe/Berlin",
            "2024-07-01T12:00:00+02:00[Europe/Berlin]",
        ),
        // A gap: clocks went from 02:00 to 03:00.
        (
            "2024-03-31T02:30:00@Europe/Berlin",
            "2024-03-31T03:30:00@Europe/Berlin",
            "2024-03-31T03:30:00+02:00[Europe/Berlin]",
        ),
        // An overlap: the first of the two.
        (
            "2024-10-27T02:30:00@Europe/Berlin",
            "2024-10-27T02:30:00@Europe/Berlin",
            "2024-10-27T02:30:00+02:00[Europe/Berlin]",
        ),
        (
            "99999-07-01T10:00:00@Europe/Berlin",
            "99999-07-01T10:00:00@Europe/Berlin",
            "+99999-07-01T10:00:00+02:00[Europe/Berlin]",
        ),
        ("2024-02-29T24:00:00", "2024-03-01T00:00:00", "2024-03-01T00:00:00"),
        ("2024-12-31T24:00Z", "2025-01-01T00:00:00Z", "2025-01-01T00:00:00Z"),
        ("999999999-01-01T10:00:00Z", "999999999-01-01T10:00:00Z", "+999999999-01-01T10:00:00Z"),
        (
            "-99999-07-01T10:00:00+01:00",
            "-99999-07-01T10:00:00+01:00",
            "-99999-07-01T10:00:00+01:00",
        ),
    ] {
        let value = DateTime::parse(text).unwrap();
        assert_eq!(value.to_string(), feel, "{text}");
        assert_eq!(value.iso().to_string(), iso, "{text}");
    }
    for text in [
        "2024-01-01",
        "2024-01-01T",
        "2024-01-01T24:00:01",
        "999999999-12-31T24:00:00",
        "2024-01-01 10:00:00",
        "2024-01-01T10:00:00+02:00[Nowhere]",
        "2024-01-01T10:00:00@",
        "2024-01-01T10:00:00[UTC]",
        "2024-02-30T10:00:00",
        "2024-01-01T10:00:00+02:00[Europe/Berlin",
    ] {
        assert!(DateTime::parse(text).is_none(), "{text}");
    }
}

#[test]
fn arithmetic_runs_on_the_time_line_and_months_on_the_calendar() {
    let berlin = DateTime::parse("2024-03-30T02:30:00@Europe/Berlin").unwrap();
    let day = DaysTimeDuration::parse("P1D").unwrap();
    assert_eq!(berlin.plus(day).unwrap().to_string(), "2024-03-31T03:30:00@Europe/Berlin");
    let january = DateTime::parse("2024-01-31T10:00:00@Europe/Berlin").unwrap();
    assert_eq!(
        january.plus_months(6).unwrap().iso().to_string(),
        "2024-07-31T10:00:00+02:00[Europe/Berlin]"
    );
    let local = DateTime::parse("2024-12-31T23:59:59.5").unwrap();
    let half = DaysTimeDuration::parse("PT0.5S").unwrap();
    assert_eq!(local.plus(half).unwrap().to_string(), "2025-01-01T00:00:00");
    assert!(local.difference(&january).is_none());
    let last = DateTime::parse("999999999-12-31T23:59:59").unwrap();
    assert!(last.plus(DaysTimeDuration::from_seconds(1)).is_none());
    assert!(
        DateTime::parse("-999999999-01-01T00:00:00Z")
            .unwrap()
            .plus(DaysTimeDuration::from_seconds(-1))
            .is_none()
    );
}

#[test]
fn durations_are_normalised() {
    for (text, expected) in [
        ("P1Y2M", "P1Y2M"),
        ("P14M", "P1Y2M"),
        ("P1Y", "P1Y"),
        ("P0M", "P0Y"),
        ("-P1Y2M", "-P1Y2M"),
        ("P-1Y", "-P1Y"),
        ("P1Y-2M", "P10M"),
        ("-P-1Y", "P1Y"),
    ] {
        let duration = YearsMonthsDuration::parse(text).map(|duration| duration.to_string());
        assert_eq!(duration.as_deref(), Some(expected), "{text}");
    }
    for (text, expected) in [
        ("P1D", "P1D"),
        ("PT24H", "P1D"),
        ("PT90M", "PT1H30M"),
        ("PT0S", "P0D"),
        ("-PT1H", "-PT1H"),
        ("P1DT2H3M4S", "P1DT2H3M4S"),
        ("PT3600.5S", "PT1H"),
        ("PT0.999S", "P0D"),
        ("PT-0.5S", "P0D"),
        ("PT1H-30M", "PT30M"),
        ("PT1.S", "PT1S"),
    ] {
        let duration = DaysTimeDuration::parse(text).map(|duration| duration.to_string());
        assert_eq!(duration.as_deref(), Some(expected), "{text}");
    }
    for text in
        ["P", "PT", "P1DT", "1D", "P1M1Y", "PT1S1M", "PT1.5H", "P1", "PT1", "P1YT1H", "P1W", ""]
    {
        let text_of = (YearsMonthsDuration::parse(text), DaysTimeDuration::parse(text));
        assert_eq!(text_of, (None, None), "{text}");
    }
    assert_eq!(Duration::parse("P1Y2M3DT4H"), Some(Duration { months: 14, millis: 273_600_000 }));
    assert_eq!(Duration::parse("P2W"), Some(Duration { months: 0, millis: 1_209_600_000 }));
    assert!(DaysTimeDuration::parse("P999999999999999999D").is_none());
}

#[test]
fn timers_end_on_the_calendar_of_their_zone() {
    let start = DateTime::parse("2024-01-31T10:00:00@Europe/Berlin").unwrap();
    let berlin = zone("Europe/Berlin");
    let start = start.to_unix_ms(&berlin).unwrap();
    let end = Duration { months: 6, millis: 1_500 }.after(start, &berlin).unwrap();
    let end = DateTime::from_unix_ms(end, &berlin).unwrap();
    assert_eq!(end.iso().to_string(), "2024-07-31T10:00:01.5+02:00[Europe/Berlin]");
    assert_eq!(Duration { months: 0, millis: i64::MAX }.after(start, &berlin), None);
    assert_eq!(Duration { months: i64::MAX, millis: 0 }.after(start, &berlin), None);
    let local = DateTime::parse("2024-07-01T00:00:00").unwrap();
    assert_eq!(local.to_unix_ms(&berlin), Some(1_719_784_800_000));
    assert_eq!(local.to_unix_ms(&TimeZone::UTC), Some(1_719_792_000_000));
}

#[test]
fn zones_are_what_java_understands() {
    for text in [
        "Z",
        "+2",
        "+02",
        "+0230",
        "+02:30",
        "-02:30:15",
        "UTC",
        "GMT",
        "UTC+2",
        "GMT-02:00",
        "Europe/Berlin",
        "America/New_York",
    ] {
        assert!(Zone::parse(text).is_some(), "{text}");
    }
    for text in [
        "", "+", "+25:00", "+1:00", "+02:60", "+02:30:1", "Berlin", "utc", "UTC+", "+022", "+02:",
        "+02:30:",
    ] {
        assert!(Zone::parse(text).is_none(), "{text}");
    }
}
