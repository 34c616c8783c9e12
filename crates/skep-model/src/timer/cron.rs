//! Cron expressions of six fields, in the dialect of Spring 5.3.

use jiff::{
    Timestamp,
    civil::{Date, DateTime, Time},
    tz::TimeZone,
};

use super::TimerError;

/// How far ahead a match is looked for: more than the forty years that can lie between two
/// Mondays on a 29th of February.
const HORIZON_YEARS: i16 = 50;

const MACROS: [(&str, &str); 7] = [
    ("@YEARLY", "0 0 0 1 1 *"),
    ("@ANNUALLY", "0 0 0 1 1 *"),
    ("@MONTHLY", "0 0 0 1 * *"),
    ("@WEEKLY", "0 0 0 * * 0"),
    ("@DAILY", "0 0 0 * * *"),
    ("@MIDNIGHT", "0 0 0 * * *"),
    ("@HOURLY", "0 0 * * * *"),
];

const MONTHS: [&str; 12] =
    ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];

const WEEKDAYS: [&str; 7] = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"];

/// A cron expression: second, minute, hour, day of month, month, day of week.
///
/// A date must match both its day of month and its day of week. `?` is `*`; `L`, `L-n`, `LW` and
/// `nW` are known for days of the month, `nL` and `n#m` for days of the week; Sunday is 0 or 7.
///
/// Source: spring-projects/spring-framework: org.springframework.scheduling.support.CronExpression
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Cron {
    seconds: u64,
    minutes: u64,
    hours: u64,
    days_of_month: Vec<DayOfMonth>,
    months: u64,
    days_of_week: Vec<DayOfWeek>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum DayOfMonth {
    /// One bit for each day.
    Days(u64),
    /// So many days before the last.
    FromLast(i8),
    /// The last from Monday to Friday.
    LastWorkday,
    /// The day from Monday to Friday that is nearest to this one.
    WorkdayNear(i8),
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum DayOfWeek {
    /// One bit for each day, Monday is 1.
    Days(u64),
    /// The last such day of the month.
    Last(i8),
    /// The nth such day of the month.
    Nth(i8, i8),
}

impl Cron {
    /// Reads six fields separated by spaces, or a macro such as `@daily`.
    ///
    /// # Errors
    /// [`TimerError::Cron`] naming the field.
    pub fn parse(text: &str) -> Result<Self, TimerError> {
        Self::read(text).map_err(|reason| TimerError::Cron { text: text.into(), reason })
    }

    fn read(text: &str) -> Result<Self, String> {
        let upper = text.trim().to_ascii_uppercase();
        let expression = MACROS.iter().find(|(name, _)| *name == upper).map(|(_, fields)| *fields);
        let fields: Vec<_> = expression.unwrap_or(&upper).split_ascii_whitespace().collect();
        let [seconds, minutes, hours, days_of_month, months, days_of_week] = fields[..] else {
            return Err(format!("it has {} fields instead of six", fields.len()));
        };
        let months = with_numbers(months, &MONTHS);
        let days_of_week = with_numbers(days_of_week, &WEEKDAYS);
        Ok(Self {
            seconds: bits(seconds, &Field::SECONDS)?,
            minutes: bits(minutes, &Field::MINUTES)?,
            hours: bits(hours, &Field::HOURS)?,
            days_of_month: each(days_of_month, day_of_month)?,
            months: bits(&months, &Field::MONTHS)?,
            days_of_week: each(&days_of_week, day_of_week)?,
        })
    }

    /// The first match after `from`, in whole seconds; `None` if there is none for decades.
    ///
    /// Local times that a clock change leaves out are skipped; those it repeats match twice.
    #[must_use]
    pub fn next_after(&self, from: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let second = from.as_nanosecond().div_euclid(1_000_000_000) + 1;
        let mut start = Timestamp::from_second(i64::try_from(second).ok()?).ok()?;
        let last_year = zone.to_datetime(start).year().checked_add(HORIZON_YEARS)?;
        // Between two clock changes the offset holds, and local times are instants.
        loop {
            let offset = zone.to_offset(start);
            let end = zone.following(start).next().map(|change| change.timestamp());
            let local_start = offset.to_datetime(start);
            if local_start.year() > last_year {
                return None;
            }
            let local_end = end.map(|end| offset.to_datetime(end));
            let found = self.next_local(local_start, local_end, last_year);
            match (found, end) {
                (Some(local), _) => return offset.to_timestamp(local).ok(),
                (None, Some(end)) => start = end,
                (None, None) => return None,
            }
        }
    }

    /// The first match from `start` on and before `end`.
    fn next_local(
        &self,
        start: DateTime,
        end: Option<DateTime>,
        last_year: i16,
    ) -> Option<DateTime> {
        let mut date = start.date();
        let mut earliest = start.time();
        while date.year() <= last_year && end.is_none_or(|end| date <= end.date()) {
            if !has(self.months, date.month()) {
                date = date.last_of_month().tomorrow().ok()?;
            } else {
                if self.matches_day(date)
                    && let Some(time) = self.next_time(earliest)
                {
                    let found = date.to_datetime(time);
                    return end.is_none_or(|end| found < end).then_some(found);
                }
                date = date.tomorrow().ok()?;
            }
            earliest = Time::midnight();
        }
        None
    }

    fn matches_day(&self, date: Date) -> bool {
        self.days_of_month.iter().any(|rule| rule.matches(date))
            && self.days_of_week.iter().any(|rule| rule.matches(date))
    }

    /// The first matching time of a day from `earliest` on.
    fn next_time(&self, earliest: Time) -> Option<Time> {
        let hour = next_bit(self.hours, earliest.hour())?;
        if hour == earliest.hour() {
            if let Some(minute) = next_bit(self.minutes, earliest.minute()) {
                if minute == earliest.minute()
                    && let Some(second) = next_bit(self.seconds, earliest.second())
                {
                    return Time::new(hour, minute, second, 0).ok();
                }
                let later = if minute == earliest.minute() {
                    next_bit(self.minutes, minute + 1)
                } else {
                    Some(minute)
                };
                if let Some(minute) = later {
                    return Time::new(hour, minute, next_bit(self.seconds, 0)?, 0).ok();
                }
            }
            let hour = next_bit(self.hours, hour + 1)?;
            return Time::new(hour, next_bit(self.minutes, 0)?, next_bit(self.seconds, 0)?, 0).ok();
        }
        Time::new(hour, next_bit(self.minutes, 0)?, next_bit(self.seconds, 0)?, 0).ok()
    }
}

impl DayOfMonth {
    fn matches(self, date: Date) -> bool {
        let last = date.days_in_month();
        match self {
            Self::Days(days) => has(days, date.day()),
            Self::FromLast(before) => date.day() == last - before,
            Self::LastWorkday => {
                is_workday(date) && (date.day() + 1..=last).all(|day| !is_workday(on(date, day)))
            }
            Self::WorkdayNear(day) => {
                let weekday = date.weekday().to_monday_one_offset();
                let is_it = date.day() == day && is_workday(date);
                let is_saturday_after = weekday == 5 && date.day() == day - 1;
                let is_sunday_before = weekday == 1 && date.day() == day + 1;
                let is_first_saturday = weekday == 1 && day == 1 && date.day() == 3;
                is_it || is_saturday_after || is_sunday_before || is_first_saturday
            }
        }
    }
}

impl DayOfWeek {
    fn matches(self, date: Date) -> bool {
        let weekday = date.weekday().to_monday_one_offset();
        match self {
            Self::Days(days) => has(days, weekday),
            Self::Last(day) => weekday == day && date.day() + 7 > date.days_in_month(),
            Self::Nth(day, nth) => weekday == day && (date.day() - 1) / 7 + 1 == nth,
        }
    }
}

fn is_workday(date: Date) -> bool {
    date.weekday().to_monday_one_offset() <= 5
}

/// Another day of the same month.
fn on(date: Date, day: i8) -> Date {
    date.with().day(day).build().unwrap_or(date)
}

fn has(bits: u64, at: i8) -> bool {
    u32::try_from(at).is_ok_and(|at| bits >> at & 1 == 1)
}

fn next_bit(bits: u64, from: i8) -> Option<i8> {
    let from = u32::try_from(from).ok()?;
    let rest = bits.checked_shr(from).filter(|rest| *rest != 0)?;
    i8::try_from(from + rest.trailing_zeros()).ok()
}

/// What the values of a field may be.
struct Field {
    name: &'static str,
    min: u8,
    max: u8,
    /// Whether 0 stands for `max` as well, as for Sunday.
    zero_is_max: bool,
}

impl Field {
    const SECONDS: Self = Self { name: "seconds", min: 0, max: 59, zero_is_max: false };
    const MINUTES: Self = Self { name: "minutes", min: 0, max: 59, zero_is_max: false };
    const HOURS: Self = Self { name: "hours", min: 0, max: 23, zero_is_max: false };
    const DAYS: Self = Self { name: "days of the month", min: 1, max: 31, zero_is_max: false };
    const MONTHS: Self = Self { name: "months", min: 1, max: 12, zero_is_max: false };
    const WEEKDAYS: Self = Self { name: "days of the week", min: 1, max: 7, zero_is_max: true };

    fn error(&self, text: &str) -> String {
        format!("'{text}' does not say {} from {} to {}", self.name, self.min, self.max)
    }

    fn value(&self, text: &str) -> Result<u8, String> {
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let value = text.parse().ok().filter(|_| is_number).ok_or_else(|| self.error(text))?;
        let is_valid = (self.min..=self.max).contains(&value) || (self.zero_is_max && value == 0);
        if is_valid { Ok(value) } else { Err(self.error(text)) }
    }
}

/// A list of values, ranges and steps as one bit for each value.
fn bits(text: &str, field: &Field) -> Result<u64, String> {
    let mut bits = 0;
    for item in text.split(',') {
        let (range, step) = match item.split_once('/') {
            Some((range, step)) => {
                let step: u8 =
                    step.parse().ok().filter(|step| *step > 0).ok_or_else(|| {
                        format!("'{item}' has no positive step for {}", field.name)
                    })?;
                (range, Some(step))
            }
            None => (item, None),
        };
        let (from, to) = match range.split_once('-') {
            _ if range == "*" => (field.min, field.max),
            Some((from, to)) => {
                let from = field.value(from)?;
                let from = if field.zero_is_max && from == field.max { 0 } else { from };
                (from, field.value(to)?)
            }
            None => {
                let value = field.value(range)?;
                (value, if step.is_some() { field.max } else { value })
            }
        };
        if from > to {
            return Err(format!("the range '{range}' of {} runs backwards", field.name));
        }
        for value in (from..=to).step_by(step.unwrap_or(1).into()) {
            bits |= 1 << if field.zero_is_max && value == 0 { field.max } else { value };
        }
    }
    Ok(bits)
}

/// Reads each item of a list with `read`.
fn each<T>(text: &str, read: fn(&str) -> Result<T, String>) -> Result<Vec<T>, String> {
    text.split(',').map(read).collect()
}

fn day_of_month(text: &str) -> Result<DayOfMonth, String> {
    let field = &Field::DAYS;
    let number = |text: &str| {
        field.value(text).and_then(|day| i8::try_from(day).map_err(|_| field.error(text)))
    };
    match text {
        "?" => bits("*", field).map(DayOfMonth::Days),
        "L" => Ok(DayOfMonth::FromLast(0)),
        "LW" => Ok(DayOfMonth::LastWorkday),
        _ => match (text.strip_prefix("L-"), text.strip_suffix('W')) {
            (Some(before), _) => number(before).map(DayOfMonth::FromLast),
            (None, Some(day)) => number(day).map(DayOfMonth::WorkdayNear),
            (None, None) => bits(text, field).map(DayOfMonth::Days),
        },
    }
}

fn day_of_week(text: &str) -> Result<DayOfWeek, String> {
    let field = &Field::WEEKDAYS;
    let number = |text: &str| {
        let day = field.value(text)?;
        i8::try_from(if day == 0 { 7 } else { day }).map_err(|_| field.error(text))
    };
    if text == "?" {
        bits("*", field).map(DayOfWeek::Days)
    } else if let Some(day) = text.strip_suffix('L') {
        number(day).map(DayOfWeek::Last)
    } else if let Some((day, nth)) = text.split_once('#') {
        let day = number(day)?;
        match nth.parse() {
            Ok(nth @ 1..=5) => Ok(DayOfWeek::Nth(day, nth)),
            _ => Err(format!("'{text}' does not say which of the month's 1 to 5 such days")),
        }
    } else {
        bits(text, field).map(DayOfWeek::Days)
    }
}

/// Replaces names, in upper case by now, by their numbers from 1.
fn with_numbers(text: &str, names: &[&str]) -> String {
    names.iter().zip(1..).fold(text.to_owned(), |text, (name, number): (&&str, u8)| {
        text.replace(name, &number.to_string())
    })
}
