//! Calendar dates.

use super::scan::Scanner;
use super::{DaysTimeDuration, SECONDS_PER_DAY, YearsMonthsDuration};

/// A date of the proleptic ISO calendar.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Date {
    year: i32,
    month: u8,
    day: u8,
}

/// Largest magnitude of a year, as in `java.time`.
const YEAR_MAX: i64 = 999_999_999;

/// Days of 400 years, after which the calendar repeats, weekdays included.
const DAYS_PER_CYCLE: i64 = 146_097;

impl Date {
    /// `None` when there is no such day.
    #[must_use]
    pub fn new(year: i64, month: i64, day: i64) -> Option<Self> {
        if year.abs() > YEAR_MAX || !(1..=12).contains(&month) {
            return None;
        }
        let (year, month) = (i32::try_from(year).ok()?, u8::try_from(month).ok()?);
        let day = u8::try_from(day).ok()?;
        (1..=days_of_month(year, month)).contains(&day).then_some(Self { year, month, day })
    }

    /// The day this many days after 1970-01-01.
    #[must_use]
    pub fn from_epoch_day(epoch_day: i64) -> Option<Self> {
        // Counting from a 1 March, leap days come last and months follow one formula.
        let from_march = epoch_day.checked_add(719_468)?;
        let cycle = from_march.div_euclid(DAYS_PER_CYCLE);
        let day_of_cycle = from_march.rem_euclid(DAYS_PER_CYCLE);
        let year_of_cycle = (day_of_cycle - day_of_cycle / 1_460 + day_of_cycle / 36_524
            - day_of_cycle / 146_096)
            / 365;
        let day_of_year =
            day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        let year = year_of_cycle + cycle * 400 + i64::from(month <= 2);
        Self::new(year, month, day)
    }

    /// Days since 1970-01-01.
    #[must_use]
    pub fn epoch_day(self) -> i64 {
        let month = i64::from(self.month);
        let year = i64::from(self.year) - i64::from(month <= 2);
        let cycle = year.div_euclid(400);
        let year_of_cycle = year.rem_euclid(400);
        let month_from_march = (month + 9) % 12;
        let day_of_year = (153 * month_from_march + 2) / 5 + i64::from(self.day) - 1;
        let day_of_cycle =
            year_of_cycle * 365 + year_of_cycle / 4 - year_of_cycle / 100 + day_of_year;
        cycle * DAYS_PER_CYCLE + day_of_cycle - 719_468
    }

    /// Reads `2024-02-29`; the year has four to nine digits and may be negative.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut scanner = Scanner::new(text);
        let date = Self::scan(&mut scanner)?;
        scanner.at_end().then_some(date)
    }

    pub(super) fn scan(scanner: &mut Scanner<'_>) -> Option<Self> {
        let negative = scanner.eat(b'-');
        let digits = scanner.digits(4, 9)?;
        if digits.len() > 4 && digits.starts_with('0') {
            return None;
        }
        let year: i64 = digits.parse().ok()?;
        if negative && year == 0 {
            return None;
        }
        scanner.expect(b'-')?;
        let month = scanner.two_digits()?;
        scanner.expect(b'-')?;
        let day = scanner.two_digits()?;
        Self::new(if negative { -year } else { year }, i64::from(month), i64::from(day))
    }

    /// The year.
    #[must_use]
    pub fn year(self) -> i32 {
        self.year
    }

    /// The month, from 1.
    #[must_use]
    pub fn month(self) -> u8 {
        self.month
    }

    /// The day of the month, from 1.
    #[must_use]
    pub fn day(self) -> u8 {
        self.day
    }

    /// 1 for Monday to 7 for Sunday.
    #[must_use]
    pub fn weekday(self) -> u8 {
        // 1970-01-01 was a Thursday.
        u8::try_from((self.epoch_day() + 3).rem_euclid(7) + 1).unwrap_or(7)
    }

    /// The day of the year, from 1.
    #[must_use]
    pub fn day_of_year(self) -> i64 {
        let first = Self { month: 1, day: 1, ..self };
        self.epoch_day() - first.epoch_day() + 1
    }

    /// The ISO 8601 week of the week-based year.
    #[must_use]
    pub fn week_of_year(self) -> i64 {
        // The week belongs to the year its Thursday is in.
        let thursday = self.epoch_day() + 4 - i64::from(self.weekday());
        Self::from_epoch_day(thursday).map_or(1, |day| (day.day_of_year() - 1) / 7 + 1)
    }

    /// The last day of its month.
    #[must_use]
    pub fn last_day_of_month(self) -> Self {
        Self { day: days_of_month(self.year, self.month), ..self }
    }

    /// The date this many months later; the day is cut to the length of the month.
    #[must_use]
    pub fn plus_months(self, months: i64) -> Option<Self> {
        let month = self.months_since_year_zero().checked_add(months)?;
        let year = month.div_euclid(12);
        if year.abs() > YEAR_MAX {
            return None;
        }
        let (year, month) =
            (i32::try_from(year).ok()?, u8::try_from(month.rem_euclid(12) + 1).ok()?);
        Some(Self { year, month, day: self.day.min(days_of_month(year, month)) })
    }

    fn months_since_year_zero(self) -> i64 {
        i64::from(self.year) * 12 + i64::from(self.month) - 1
    }

    /// Whole months from `self` to `other`, negative when `other` is earlier.
    #[must_use]
    pub fn months_until(self, other: Self) -> YearsMonthsDuration {
        let months = other.months_since_year_zero() - self.months_since_year_zero();
        let unfinished = match months.signum() {
            1 if other.day < self.day => 1,
            -1 if other.day > self.day => -1,
            _ => 0,
        };
        YearsMonthsDuration { months: months - unfinished }
    }

    /// The date reached from the start of this day, its time cut off.
    pub(crate) fn plus(self, duration: DaysTimeDuration) -> Option<Self> {
        let days = duration.seconds.div_euclid(SECONDS_PER_DAY);
        Self::from_epoch_day(self.epoch_day().checked_add(days)?)
    }

    /// The day of the same year of an equal 400-year cycle that jiff knows.
    pub(super) fn within_jiff(self) -> Self {
        if (-9_900..=9_900).contains(&self.year) {
            return self;
        }
        // Behind the last rule change zones repeat it for ever; before the first, nothing changes.
        let base = if self.year > 0 { 2_400 } else { -9_600 };
        Self { year: base + self.year.rem_euclid(400), ..self }
    }
}

fn is_leap_year(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_of_month(year: i32, month: u8) -> u8 {
    match month {
        2 if is_leap_year(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}
