//! Dates, durations, cycles and cron expressions.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use skep_model::timer::{
    Cron, Cycle, INFINITE, Interval, TimerKind, due_date, next_due, parse_date_time,
};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn berlin() -> TimeZone {
    TimeZone::get("Europe/Berlin").unwrap()
}

#[test]
fn intervals_are_added() {
    // Berlin goes to summer time on 2026-03-29 at 01:00 UTC and back on 2026-10-25 at 01:00 UTC.
    let table = [
        ("PT1H", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z"),
        ("PT0S", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
        ("PT0.5S", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00.5Z"),
        ("PT0,25S", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00.25Z"),
        ("PT1M30S", "2026-01-01T00:00:00Z", "2026-01-01T00:01:30Z"),
        ("-PT1H", "2026-01-01T00:00:00Z", "2025-12-31T23:00:00Z"),
        ("+PT1H", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z"),
        ("PT-1H", "2026-01-01T00:00:00Z", "2025-12-31T23:00:00Z"),
        ("PT-0.5S", "2026-01-01T00:00:00Z", "2025-12-31T23:59:59.5Z"),
        ("PT1H-5M", "2026-01-01T00:00:00Z", "2026-01-01T00:55:00Z"),
        ("pt1h", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z"),
        ("P1W", "2026-01-01T00:00:00Z", "2026-01-08T00:00:00Z"),
        ("P1W1D", "2026-01-01T00:00:00Z", "2026-01-09T00:00:00Z"),
        ("P1Y2M3DT4H5M6S", "2026-01-01T00:00:00Z", "2027-03-04T04:05:06Z"),
        ("-P1DT1H", "2026-01-02T01:00:00Z", "2026-01-01T00:00:00Z"),
        // The end of a month is kept.
        ("P1M", "2026-01-31T11:00:00Z", "2026-02-28T11:00:00Z"),
        ("P1Y", "2024-02-29T11:00:00Z", "2025-02-28T11:00:00Z"),
        // A day is a day of the calendar, 24 hours are exact.
        ("P1D", "2026-03-28T11:00:00Z", "2026-03-29T10:00:00Z"),
        ("PT24H", "2026-03-28T11:00:00Z", "2026-03-29T11:00:00Z"),
        ("P1D", "2026-10-24T10:00:00Z", "2026-10-25T11:00:00Z"),
        // 02:30 does not exist on the day the clock goes forward: it becomes 03:30.
        ("P1D", "2026-03-28T01:30:00Z", "2026-03-29T01:30:00Z"),
        // 02:30 exists twice on the day it goes back: the offset from before holds.
        ("P1D", "2026-10-24T00:30:00Z", "2026-10-25T00:30:00Z"),
        ("-P1D", "2026-10-26T01:30:00Z", "2026-10-25T01:30:00Z"),
    ];
    for (text, from, to) in table {
        let interval = Interval::parse(text).unwrap();
        assert_eq!(interval.after(at(from), &berlin()), Ok(at(to)), "{from} + {text}");
    }
}

#[test]
fn intervals_are_refused() {
    let table = [
        "",
        "P",
        "PT",
        "P1DT",
        "1D",
        "T1H",
        "PT1",
        "P1H",
        "PT1D",
        "P1D1Y",
        "PT1S1M",
        "PT1H1H",
        "P1.5D",
        "PT1.5H",
        "PT1.S1",
        "P 1D",
        " P1D",
        "P1D ",
        "PTS",
        "PT--1S",
        "PT1.1234567890S",
        "P99999999999D",
        "PT99999999999999999999S",
        "--PT1S",
        "PÄ",
        "P1Ä",
        "PT1e3S",
        "P1DTT1H",
    ];
    for text in table {
        let error = Interval::parse(text).expect_err(text);
        assert!(error.to_string().contains("is no duration"), "{error}");
    }
}

#[test]
fn intervals_beyond_the_calendar_are_errors() {
    for text in ["P9000Y", "P2000000000D", "PT999999999999999S", "-P20000Y"] {
        let interval = Interval::parse(text).unwrap();
        let error = interval.after(at("2026-01-01T00:00:00Z"), &TimeZone::UTC).expect_err(text);
        assert!(error.to_string().contains("would never fire"), "{error}");
    }
}

#[test]
fn date_times_need_an_offset() {
    let table = [
        ("2026-01-31T08:00:00Z", "2026-01-31T08:00:00Z"),
        ("2026-01-31T08:00:00+01:00", "2026-01-31T07:00:00Z"),
        ("2026-01-31T08:00+01:00", "2026-01-31T07:00:00Z"),
        ("2026-01-31T08:00:00.123456789Z", "2026-01-31T08:00:00.123Z"),
        ("2026-01-31T08:00:00+01:00[Europe/Berlin]", "2026-01-31T07:00:00Z"),
    ];
    for (text, instant) in table {
        let due = due_date(TimerKind::Date, text, Timestamp::UNIX_EPOCH, &berlin()).unwrap();
        assert_eq!((due.at, due.repetitions), (at(instant), 1), "{text}");
    }
    for text in ["", "tomorrow", "2026-01-31", "2026-01-31T08:00:00", "2026-02-30T08:00:00Z"] {
        assert!(parse_date_time(text).is_err(), "{text}");
    }
}

#[test]
fn cycles_start_and_go_on() {
    let now = at("2026-01-01T00:00:00Z");
    let table = [
        ("R/PT1H", "2026-01-01T01:00:00Z", INFINITE),
        ("R-1/PT1H", "2026-01-01T01:00:00Z", INFINITE),
        ("R3/PT1H", "2026-01-01T01:00:00Z", 3),
        ("R0/PT1H", "2026-01-01T01:00:00Z", 0),
        ("R2/PT0S", "2026-01-01T00:00:00Z", 2),
        ("R3/2026-06-01T00:00:00Z/P1M", "2026-06-01T00:00:00Z", 3),
        // A start in the past counts from now.
        ("R3/2020-06-01T00:00:00Z/PT1H", "2026-01-01T01:00:00Z", 3),
        ("@daily", "2026-01-02T00:00:00Z", INFINITE),
        ("0 30 8 * * MON-FRI", "2026-01-01T08:30:00Z", INFINITE),
    ];
    for (text, first, repetitions) in table {
        let due = due_date(TimerKind::Cycle, text, now, &TimeZone::UTC).unwrap();
        assert_eq!((due.at, due.repetitions), (at(first), repetitions), "{text}");
    }
}

#[test]
fn cycles_are_refused() {
    let table = [
        ("", "has 0 fields instead of six"),
        ("R", "no repeating interval"),
        ("R3", "no repeating interval"),
        ("Rx/PT1H", "no repeating interval"),
        ("R-2/PT1H", "no repeating interval"),
        ("R99999999999/PT1H", "no repeating interval"),
        ("R/", "no duration"),
        ("R/tomorrow/PT1H", "no date-time"),
        ("R/PT1H/2026-01-01T00:00:00Z", "no date-time"),
        ("R/PT0S", "without pause"),
        ("R/-PT1S", "without pause"),
        ("R/P1M-31D", "without pause"),
        ("PT1H", "1 fields instead of six"),
        ("* * * * *", "5 fields instead of six"),
        ("60 * * * * *", "seconds from 0 to 59"),
        ("* 60 * * * *", "minutes from 0 to 59"),
        ("* * 24 * * *", "hours from 0 to 23"),
        ("* * * 0 * *", "days of the month from 1 to 31"),
        ("* * * 32 * *", "days of the month from 1 to 31"),
        ("* * * * 13 *", "months from 1 to 12"),
        ("* * * * FOO *", "months from 1 to 12"),
        ("* * * * * 8", "days of the week from 1 to 7"),
        ("5-3 * * * * *", "runs backwards"),
        ("*/0 * * * * *", "no positive step"),
        ("*/x * * * * *", "no positive step"),
        ("1,, * * * * *", "seconds from 0 to 59"),
        ("-1 * * * * *", "seconds from 0 to 59"),
        ("? * * * * *", "seconds from 0 to 59"),
        ("* * * L-0 * *", "days of the month"),
        ("* * * XW * *", "days of the month"),
        ("* * * * * L", "days of the week"),
        ("* * * * * MON#6", "1 to 5"),
        ("* * * * * MON#0", "1 to 5"),
        ("@fortnightly", "1 fields instead of six"),
        ("0 0 0 30 2 *", "would never fire"),
        ("0 0 0 31 4,6,9,11 *", "would never fire"),
    ];
    for (text, reason) in table {
        let error = due_date(TimerKind::Cycle, text, Timestamp::UNIX_EPOCH, &TimeZone::UTC)
            .expect_err(text);
        assert!(error.to_string().contains(reason), "{text}: {error}");
    }
}

#[test]
fn rescheduling_neither_drifts_nor_bursts() {
    let due = at("2026-01-01T01:00:00Z");
    let next = |text: &str, repetitions: i32, now: &str| {
        next_due(text, due, repetitions, at(now), &TimeZone::UTC)
            .unwrap()
            .map(|due| (due.at, due.repetitions))
    };

    // Fired a little late: the next one is still on the hour.
    let on_time = Some((at("2026-01-01T02:00:00Z"), INFINITE));
    assert_eq!(next("R/PT1H", INFINITE, "2026-01-01T01:00:07Z"), on_time);
    // Three hours were missed: they are not made up for.
    let after_a_gap = Some((at("2026-01-01T05:30:00Z"), INFINITE));
    assert_eq!(next("R/PT1H", INFINITE, "2026-01-01T04:30:00Z"), after_a_gap);
    // Exactly then it is not past yet.
    let just_then = Some((at("2026-01-01T02:00:00Z"), INFINITE));
    assert_eq!(next("R/PT1H", INFINITE, "2026-01-01T02:00:00Z"), just_then);
    // The text's own number and start count for the first time only.
    let text = "R9/2026-01-01T01:00:00Z/PT1H";
    assert_eq!(next(text, 3, "2026-01-01T01:00:00Z"), Some((at("2026-01-01T02:00:00Z"), 2)));
    assert_eq!(next(text, 2, "2026-01-01T01:00:00Z"), Some((at("2026-01-01T02:00:00Z"), 1)));
    assert_eq!(next(text, 1, "2026-01-01T01:00:00Z"), None);
    assert_eq!(next(text, 0, "2026-01-01T01:00:00Z"), None);
    let cron = Some((at("2026-01-01T02:00:00Z"), INFINITE));
    assert_eq!(next("0 0 * * * *", INFINITE, "2026-01-01T01:00:00.004Z"), cron);
}

#[test]
fn days_of_cycles_follow_the_calendar() {
    let mut due = at("2026-03-27T07:00:00Z");
    let mut days = Vec::new();
    for _ in 0..3 {
        due = next_due("R/P1D", due, INFINITE, due, &berlin()).unwrap().unwrap().at;
        days.push(due.to_string());
    }
    // 08:00 in Berlin stays 08:00.
    assert_eq!(days, ["2026-03-28T07:00:00Z", "2026-03-29T06:00:00Z", "2026-03-30T06:00:00Z"]);
}

#[test]
fn cron_finds_the_next_time() {
    // 2026-01-01 is a Thursday.
    let table = [
        ("* * * * * *", "2026-01-01T00:00:00.999Z", "2026-01-01T00:00:01Z"),
        ("* * * * * *", "2026-12-31T23:59:59Z", "2027-01-01T00:00:00Z"),
        ("*/15 * * * * *", "2026-01-01T00:00:46Z", "2026-01-01T00:01:00Z"),
        ("5/20 * * * * *", "2026-01-01T00:00:05Z", "2026-01-01T00:00:25Z"),
        ("0 10-20/5 * * * *", "2026-01-01T00:15:00Z", "2026-01-01T00:20:00Z"),
        ("0 10-20/5 * * * *", "2026-01-01T00:20:00Z", "2026-01-01T01:10:00Z"),
        ("30 59 23 * * *", "2026-01-01T23:59:30Z", "2026-01-02T23:59:30Z"),
        ("0 0 9-17 * * *", "2026-01-01T17:00:00Z", "2026-01-02T09:00:00Z"),
        ("0 0 0 * * 7", "2026-01-01T00:00:00Z", "2026-01-04T00:00:00Z"),
        ("0 0 0 * * 0", "2026-01-01T00:00:00Z", "2026-01-04T00:00:00Z"),
        ("0 0 0 * * sun", "2026-01-01T00:00:00Z", "2026-01-04T00:00:00Z"),
        ("0 0 0 * * SUN-TUE", "2026-01-01T00:00:00Z", "2026-01-04T00:00:00Z"),
        ("0 0 0 * * SUN-TUE", "2026-01-04T00:00:00Z", "2026-01-05T00:00:00Z"),
        ("0 0 0 ? * MON,WED", "2026-01-01T00:00:00Z", "2026-01-05T00:00:00Z"),
        ("0 0 0 1 JAN,jul ?", "2026-01-01T00:00:00Z", "2026-07-01T00:00:00Z"),
        // Both days must match: Friday the 13th.
        ("0 0 0 13 * FRI", "2026-01-01T00:00:00Z", "2026-02-13T00:00:00Z"),
        ("0 0 0 29 2 *", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00Z"),
        ("0 0 0 29 2 MON", "2096-03-01T00:00:00Z", "2112-02-29T00:00:00Z"),
        ("0 0 0 L * *", "2026-02-01T00:00:00Z", "2026-02-28T00:00:00Z"),
        ("0 0 0 L-3 * *", "2026-02-01T00:00:00Z", "2026-02-25T00:00:00Z"),
        ("0 0 0 1,L * *", "2026-02-01T00:00:00Z", "2026-02-28T00:00:00Z"),
        // The 31st of January 2026 is a Saturday.
        ("0 0 0 LW * *", "2026-01-01T00:00:00Z", "2026-01-30T00:00:00Z"),
        ("0 0 0 31W * *", "2026-01-01T00:00:00Z", "2026-01-30T00:00:00Z"),
        // The 4th is a Sunday, the 1st of August 2026 a Saturday.
        ("0 0 0 4W * *", "2026-01-01T00:00:00Z", "2026-01-05T00:00:00Z"),
        ("0 0 0 1W 8 *", "2026-01-01T00:00:00Z", "2026-08-03T00:00:00Z"),
        ("0 0 0 15W 1 *", "2026-01-01T00:00:00Z", "2026-01-15T00:00:00Z"),
        ("0 0 0 * * FRIL", "2026-01-01T00:00:00Z", "2026-01-30T00:00:00Z"),
        ("0 0 0 * * 5L", "2026-01-30T00:00:00Z", "2026-02-27T00:00:00Z"),
        ("0 0 0 * * MON#1", "2026-01-01T00:00:00Z", "2026-01-05T00:00:00Z"),
        ("0 0 0 * * THU#5", "2026-01-01T00:00:00Z", "2026-01-29T00:00:00Z"),
        ("0 0 0 * * THU#5", "2026-01-29T00:00:00Z", "2026-04-30T00:00:00Z"),
        ("@hourly", "2026-01-01T00:30:00Z", "2026-01-01T01:00:00Z"),
        ("@midnight", "2026-01-01T00:30:00Z", "2026-01-02T00:00:00Z"),
        ("@weekly", "2026-01-01T00:30:00Z", "2026-01-04T00:00:00Z"),
        ("@monthly", "2026-01-01T00:30:00Z", "2026-02-01T00:00:00Z"),
        ("@yearly", "2026-01-01T00:30:00Z", "2027-01-01T00:00:00Z"),
        ("@Annually", "2026-01-01T00:30:00Z", "2027-01-01T00:00:00Z"),
    ];
    for (text, from, to) in table {
        let cron = Cron::parse(text).unwrap();
        assert_eq!(cron.next_after(at(from), &TimeZone::UTC), Some(at(to)), "{text} after {from}");
    }
}

#[test]
fn cron_follows_the_clock() {
    let table = [
        ("0 0 8 * * *", "2026-03-28T12:00:00Z", "2026-03-29T06:00:00Z"),
        ("0 0 8 * * *", "2026-10-24T12:00:00Z", "2026-10-25T07:00:00Z"),
        // 02:30 is left out when the clock goes forward.
        ("0 30 2 * * *", "2026-03-28T12:00:00Z", "2026-03-30T00:30:00Z"),
        ("0 0 * * * *", "2026-03-29T00:00:00Z", "2026-03-29T01:00:00Z"),
        // Each hour still fires when an hour comes twice.
        ("0 0 * * * *", "2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z"),
        ("0 0 * * * *", "2026-10-25T01:00:00Z", "2026-10-25T02:00:00Z"),
        ("0 30 2 * * *", "2026-10-25T00:00:00Z", "2026-10-25T00:30:00Z"),
        ("0 30 2 * * *", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"),
        ("0 30 2 * * *", "2026-10-25T01:30:00Z", "2026-10-26T01:30:00Z"),
    ];
    for (text, from, to) in table {
        let cron = Cron::parse(text).unwrap();
        assert_eq!(cron.next_after(at(from), &berlin()), Some(at(to)), "{text} after {from}");
    }
}

#[test]
fn computed_durations_are_intervals_too() {
    let interval = Interval::from_parts(1, 0, SignedDuration::from_secs(60));
    let from = at("2026-01-31T00:00:00Z");
    assert_eq!(interval.after(from, &TimeZone::UTC), Ok(at("2026-02-28T00:01:00Z")));
    assert!(
        matches!(Cycle::parse("R2/P1M"), Ok(Cycle::Repeating(cycle)) if cycle.repetitions == 2)
    );
}
