//! Times of day.

use std::cmp::Ordering;
use std::sync::Arc;

use super::scan::Scanner;
use super::zone::Zone;
use super::{Date, DateTime, DaysTimeDuration, NANOS_PER_SECOND};

const NANOS_PER_DAY: i128 = 86_400 * NANOS_PER_SECOND as i128;

/// A time of day, local or with an offset, which may be that of a zone.
#[derive(Clone, Debug, PartialEq)]
pub struct Time {
    nanos: u64,
    zone: Option<Arc<Zone>>,
}

impl Time {
    /// Midnight without offset.
    pub const MIDNIGHT: Self = Self { nanos: 0, zone: None };

    /// A local time; `None` when there is no such time.
    #[must_use]
    pub fn new(hour: i64, minute: i64, second: i64, nano: u32) -> Option<Self> {
        let in_range = (0..24).contains(&hour)
            && (0..60).contains(&minute)
            && (0..60).contains(&second)
            && u64::from(nano) < NANOS_PER_SECOND;
        let seconds = u64::try_from((hour * 60 + minute) * 60 + second).ok()?;
        in_range.then(|| Self { nanos: seconds * NANOS_PER_SECOND + u64::from(nano), zone: None })
    }

    pub(super) fn from_nanos(nanos: u64, zone: Option<Arc<Zone>>) -> Self {
        Self { nanos, zone }
    }

    pub(crate) fn with_zone(self, zone: Option<Arc<Zone>>) -> Self {
        Self { zone, ..self }
    }

    /// Reads `10:30:00`, with a leading `T`, fraction, offset or `@` zone where present.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut scanner = Scanner::new(text);
        scanner.eat(b'T');
        let (time, has_seconds) = Self::scan(&mut scanner)?;
        if scanner.at_end() {
            return Some(time);
        }
        // With an offset the seconds are required.
        let zone = Zone::scan_of_time(&mut scanner)?;
        (has_seconds && scanner.at_end()).then(|| time.with_zone(Some(Arc::new(zone))))
    }

    /// Reads the local part, and tells whether it had seconds; the end of the day is midnight.
    pub(super) fn scan(scanner: &mut Scanner<'_>) -> Option<(Self, bool)> {
        let hour = scanner.two_digits()?;
        scanner.expect(b':')?;
        let minute = scanner.two_digits()?;
        let has_seconds = scanner.eat(b':');
        let second = if has_seconds { scanner.two_digits()? } else { 0 };
        let mut nano = 0;
        if scanner.eat(b'.') {
            let digits = scanner.digits(1, 9)?;
            let shift = 9 - u32::try_from(digits.len()).ok()?;
            nano = digits.parse::<u32>().ok()? * 10u32.pow(shift);
        }
        if (hour, minute, second, nano) == (24, 0, 0, 0) {
            return Some((Self::MIDNIGHT, has_seconds));
        }
        let time = Self::new(i64::from(hour), i64::from(minute), i64::from(second), nano)?;
        Some((time, has_seconds))
    }

    /// The hour.
    #[must_use]
    pub fn hour(&self) -> u8 {
        u8::try_from(self.second_of_day() / 3_600).unwrap_or(0)
    }

    /// The minute.
    #[must_use]
    pub fn minute(&self) -> u8 {
        u8::try_from(self.second_of_day() / 60 % 60).unwrap_or(0)
    }

    /// The second, without its fraction.
    #[must_use]
    pub fn second(&self) -> u8 {
        u8::try_from(self.second_of_day() % 60).unwrap_or(0)
    }

    /// The fraction of the second.
    #[must_use]
    pub fn nanos_of_second(&self) -> u32 {
        u32::try_from(self.nanos % NANOS_PER_SECOND).unwrap_or(0)
    }

    pub(super) fn second_of_day(&self) -> u64 {
        self.nanos / NANOS_PER_SECOND
    }

    pub(crate) fn zone(&self) -> Option<&Arc<Zone>> {
        self.zone.as_ref()
    }

    /// The time of day this much later, going round at midnight.
    pub(crate) fn plus(&self, duration: DaysTimeDuration) -> Self {
        let nanos = (i128::from(self.nanos) + duration.total_nanos()).rem_euclid(NANOS_PER_DAY);
        Self { nanos: u64::try_from(nanos).unwrap_or(0), zone: self.zone.clone() }
    }

    /// Nanoseconds since midnight UTC (or local midnight without an offset).
    fn comparable(&self) -> i128 {
        let offset = self.zone.as_ref().map_or(0, |zone| zone.offset());
        i128::from(self.nanos) - i128::from(offset) * i128::from(NANOS_PER_SECOND)
    }

    /// `self - other`; between times with offset, its magnitude.
    ///
    /// Source: camunda/feel-scala: src/main/scala/org/camunda/feel/syntaxtree/ZonedTime.scala
    pub(crate) fn difference(&self, other: &Self) -> Option<DaysTimeDuration> {
        if self.zone.is_some() != other.zone.is_some() {
            return None;
        }
        let nanos = self.comparable() - other.comparable();
        DaysTimeDuration::from_nanos(if self.zone.is_some() { nanos.abs() } else { nanos })
    }

    /// `None` for a local time and one with offset.
    pub(crate) fn compare(&self, other: &Self) -> Option<Ordering> {
        (self.zone.is_some() == other.zone.is_some())
            .then(|| self.comparable().cmp(&other.comparable()))
    }

    /// This time on `date`.
    pub(crate) fn on(&self, date: Date) -> Option<DateTime> {
        let local = DateTime::local(date, self);
        match self.zone.as_deref() {
            None => Some(local),
            Some(zone) => local.in_zone(zone),
        }
    }
}
