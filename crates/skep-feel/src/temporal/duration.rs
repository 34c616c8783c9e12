//! Durations.

use jiff::tz::TimeZone;

use super::scan::Scanner;
use super::{DateTime, NANOS_PER_SECOND};

/// A duration of years and months.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct YearsMonthsDuration {
    /// All of it in months.
    pub months: i64,
}

/// A duration of days, hours, minutes and seconds.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct DaysTimeDuration {
    /// Whole seconds, rounded down.
    pub seconds: i64,
    /// The rest, below 1 000 000 000.
    pub nanos: u32,
}

/// Either duration, or both together, for timers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Duration {
    /// Calendar months.
    pub months: i64,
    /// Milliseconds beside them.
    pub millis: i64,
}

/// The parts of an ISO 8601 duration; `None` where the text has no such part.
#[derive(Default)]
struct Parts {
    years: Option<i64>,
    months: Option<i64>,
    weeks: Option<i64>,
    days: Option<i64>,
    /// Everything behind `T`, in nanoseconds.
    time: Option<i128>,
}

impl Parts {
    /// Reads `-P1Y2M3DT4H5M6.7S`; signs are allowed before each part, as in `java.time`.
    fn parse(text: &str) -> Option<Self> {
        let mut scanner = Scanner::new(text);
        let negative = scanner.eat(b'-');
        scanner.expect(b'P')?;
        let mut parts = Self::default();
        let mut order = 0;
        while !scanner.at_end() && scanner.peek() != Some(b'T') {
            let amount = amount(&mut scanner, negative)?;
            let (position, part) = match scanner.peek()? {
                b'Y' => (1, &mut parts.years),
                b'M' => (2, &mut parts.months),
                b'W' => (3, &mut parts.weeks),
                b'D' => (4, &mut parts.days),
                _ => return None,
            };
            if position <= order {
                return None;
            }
            order = position;
            *part = Some(amount);
            let unit = scanner.peek()?;
            scanner.expect(unit)?;
        }
        if scanner.eat(b'T') {
            parts.time = Some(time_nanos(&mut scanner, negative)?);
        }
        (order > 0 || parts.time.is_some()).then_some(parts)
    }

    fn total_months(&self) -> Option<i64> {
        self.years.unwrap_or(0).checked_mul(12)?.checked_add(self.months.unwrap_or(0))
    }

    fn total_nanos(&self) -> Option<i128> {
        let days = i128::from(self.weeks.unwrap_or(0)) * 7 + i128::from(self.days.unwrap_or(0));
        days.checked_mul(86_400 * i128::from(NANOS_PER_SECOND))?.checked_add(self.time.unwrap_or(0))
    }
}

fn amount(scanner: &mut Scanner<'_>, negative: bool) -> Option<i64> {
    let negative = scanner.eat(b'-') != negative;
    let amount: i64 = scanner.digits(1, 18)?.parse().ok()?;
    Some(if negative { -amount } else { amount })
}

/// Hours, minutes and seconds, in this order, at least one of them.
fn time_nanos(scanner: &mut Scanner<'_>, negative: bool) -> Option<i128> {
    let mut total = 0i128;
    let mut order = 0;
    while !scanner.at_end() {
        let negative_part = (scanner.peek() == Some(b'-')) != negative;
        let amount = i128::from(amount(scanner, negative)?);
        let mut nanos = 0;
        let has_fraction = scanner.eat(b'.');
        if has_fraction && scanner.peek() != Some(b'S') {
            let digits = scanner.digits(1, 9)?;
            let shift = 9 - u32::try_from(digits.len()).ok()?;
            nanos = digits.parse::<i128>().ok()? * i128::from(10u32.pow(shift));
        }
        let (position, seconds) = match scanner.peek()? {
            b'H' if !has_fraction => (1, 3_600),
            b'M' if !has_fraction => (2, 60),
            b'S' => (3, 1),
            _ => return None,
        };
        if position <= order {
            return None;
        }
        order = position;
        let unit = scanner.peek()?;
        scanner.expect(unit)?;
        total += amount * seconds * i128::from(NANOS_PER_SECOND);
        total += if negative_part { -nanos } else { nanos };
    }
    (order > 0).then_some(total)
}

impl YearsMonthsDuration {
    /// Reads `P1Y2M`, `P1Y`, `P14M`, with a sign where present.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let parts = Parts::parse(text)?;
        if parts.weeks.is_some() || parts.days.is_some() || parts.time.is_some() {
            return None;
        }
        Some(Self { months: parts.total_months()? })
    }
}

impl DaysTimeDuration {
    /// Reads `P1DT2H3M4.5S` or any part of it, with a sign where present.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let parts = Parts::parse(text)?;
        if parts.years.is_some() || parts.months.is_some() || parts.weeks.is_some() {
            return None;
        }
        Self::from_nanos(parts.total_nanos()?)
    }

    /// `None` when it is too long.
    pub(crate) fn from_nanos(nanos: i128) -> Option<Self> {
        let second = i128::from(NANOS_PER_SECOND);
        Some(Self {
            seconds: i64::try_from(nanos.div_euclid(second)).ok()?,
            nanos: u32::try_from(nanos.rem_euclid(second)).ok()?,
        })
    }

    pub(crate) fn from_seconds(seconds: i64) -> Self {
        Self { seconds, nanos: 0 }
    }

    pub(crate) fn from_millis(millis: i64) -> Option<Self> {
        Self::from_nanos(i128::from(millis) * 1_000_000)
    }

    pub(crate) fn total_nanos(self) -> i128 {
        i128::from(self.seconds) * i128::from(NANOS_PER_SECOND) + i128::from(self.nanos)
    }

    /// All of it in milliseconds, rounded down; `None` beyond 292 million years.
    #[must_use]
    pub fn millis(self) -> Option<i64> {
        i64::try_from(self.total_nanos().div_euclid(1_000_000)).ok()
    }

    /// Seconds rounded towards zero, as the properties and the text count them.
    pub(crate) fn whole_seconds(self) -> i64 {
        if self.seconds < 0 && self.nanos > 0 { self.seconds + 1 } else { self.seconds }
    }
}

impl Duration {
    /// Reads any ISO 8601 duration, weeks and both kinds together included: `P1Y2M3DT4H`, `P2W`.
    ///
    /// Days count 24 hours.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let parts = Parts::parse(text)?;
        let millis = parts.total_nanos()?.div_euclid(1_000_000);
        Some(Self { months: parts.total_months()?, millis: i64::try_from(millis).ok()? })
    }

    /// The instant this long after `unix_ms`; months are counted on the calendar of `zone`.
    ///
    /// `None` when the result is beyond what a date can express.
    #[must_use]
    pub fn after(&self, unix_ms: i64, zone: &TimeZone) -> Option<i64> {
        let start = if self.months == 0 {
            unix_ms
        } else {
            DateTime::from_unix_ms(unix_ms, zone)?.plus_months(self.months)?.to_unix_ms(zone)?
        };
        start.checked_add(self.millis)
    }

    /// Whether it is no time at all, or leads backwards.
    #[must_use]
    pub fn is_positive(&self) -> bool {
        (self.months, self.millis) > (0, 0) && self.months >= 0 && self.millis >= 0
    }
}
