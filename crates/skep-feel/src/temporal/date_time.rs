//! Date-times.

use std::cmp::Ordering;
use std::sync::Arc;

use jiff::tz::TimeZone;

use super::scan::Scanner;
use super::zone::Zone;
use super::{Date, DaysTimeDuration, NANOS_PER_SECOND, SECONDS_PER_DAY, Time};

/// A date and time, local or with an offset, which may be that of a zone.
#[derive(Clone, Debug, PartialEq)]
pub struct DateTime {
    date: Date,
    // Beside the date, so that a value stays small.
    nanos: u64,
    zone: Option<Arc<Zone>>,
}

impl DateTime {
    /// A local date-time; an offset of `time` does not count.
    #[must_use]
    pub fn local(date: Date, time: &Time) -> Self {
        let nanos = time.second_of_day() * NANOS_PER_SECOND + u64::from(time.nanos_of_second());
        Self { date, nanos, zone: None }
    }

    /// Reads `2024-01-31T10:30:00` with fraction, offset, `[zone]` or `@zone` where present.
    ///
    /// Seconds may be missing. `24:00:00` is the end of the day: the DMN standard has it, and
    /// feel-scala has it up to 1.17 (later versions read null, which no model can be after).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut scanner = Scanner::new(text);
        let date = Date::scan(&mut scanner)?;
        scanner.expect(b'T')?;
        let ends_day = scanner.rest().starts_with("24");
        let (time, _) = Time::scan(&mut scanner)?;
        let date = if ends_day { Date::from_epoch_day(date.epoch_day() + 1)? } else { date };
        let local = Self::local(date, &time);
        let rest = scanner.rest();
        if rest.is_empty() {
            return Some(local);
        }
        if let Some(name) = rest.strip_prefix('@') {
            return local.in_zone(&Zone::parse(name)?);
        }
        let (offset, name) = match rest.split_once('[') {
            Some((offset, name)) => (offset, Some(name.strip_suffix(']')?)),
            None => (rest, None),
        };
        let with_offset = local.in_zone(&Zone::strict_offset(offset)?)?;
        match name {
            None => Some(with_offset),
            // The offset names the instant; the zone only how it is shown.
            Some(name) => with_offset.with_zone_same_instant(&Zone::parse(name)?),
        }
    }

    /// The instant `unix_ms` as shown in a zone.
    #[must_use]
    pub fn from_unix_ms(unix_ms: i64, zone: &TimeZone) -> Option<Self> {
        let seconds = unix_ms.div_euclid(1_000);
        let nanos = u32::try_from(unix_ms.rem_euclid(1_000)).ok()? * 1_000_000;
        Self::from_instant(seconds, nanos, &Zone::of(zone, seconds))
    }

    pub(crate) fn from_timestamp(instant: jiff::Timestamp, zone: &TimeZone) -> Option<Self> {
        let nanos = instant.as_nanosecond();
        let second = i64::try_from(nanos.div_euclid(i128::from(NANOS_PER_SECOND))).ok()?;
        let nano = u32::try_from(nanos.rem_euclid(i128::from(NANOS_PER_SECOND))).ok()?;
        Self::from_instant(second, nano, &Zone::of(zone, second))
    }

    fn from_instant(unix_seconds: i64, nanos: u32, zone: &Zone) -> Option<Self> {
        let zone = zone.at(unix_seconds);
        let local = unix_seconds.checked_add(i64::from(zone.offset()))?;
        let date = Date::from_epoch_day(local.div_euclid(SECONDS_PER_DAY))?;
        let second = u64::try_from(local.rem_euclid(SECONDS_PER_DAY)).ok()?;
        let nanos = second * NANOS_PER_SECOND + u64::from(nanos);
        Some(Self { date, nanos, zone: Some(Arc::new(zone)) })
    }

    /// The same local date-time in a zone; inside a gap it moves behind it.
    pub(crate) fn in_zone(&self, zone: &Zone) -> Option<Self> {
        self.resolved(zone, None)
    }

    fn resolved(&self, zone: &Zone, preferred: Option<i32>) -> Option<Self> {
        let offset = zone.offset_of_local(self.date, self.second_of_day(), preferred);
        Self::from_instant(self.local_seconds() - i64::from(offset), self.nano(), zone)
    }

    /// The same instant in another zone; `None` for a local date-time.
    pub(crate) fn with_zone_same_instant(&self, zone: &Zone) -> Option<Self> {
        let seconds = self.zone.as_ref().map(|own| self.local_seconds() - i64::from(own.offset()));
        Self::from_instant(seconds?, self.nano(), zone)
    }

    /// The date.
    #[must_use]
    pub fn date(&self) -> Date {
        self.date
    }

    /// The time of day, with the offset or zone.
    #[must_use]
    pub fn time(&self) -> Time {
        Time::from_nanos(self.nanos, self.zone.clone())
    }

    pub(crate) fn zone(&self) -> Option<&Arc<Zone>> {
        self.zone.as_ref()
    }

    fn second_of_day(&self) -> u64 {
        self.nanos / NANOS_PER_SECOND
    }

    fn nano(&self) -> u32 {
        u32::try_from(self.nanos % NANOS_PER_SECOND).unwrap_or(0)
    }

    fn local_seconds(&self) -> i64 {
        self.date.epoch_day() * SECONDS_PER_DAY + i64::try_from(self.second_of_day()).unwrap_or(0)
    }

    /// Nanoseconds since 1970-01-01T00:00, in UTC for one with an offset.
    fn total_nanos(&self) -> i128 {
        let offset = self.zone.as_ref().map_or(0, |zone| i64::from(zone.offset()));
        let seconds = i128::from(self.local_seconds() - offset);
        seconds * i128::from(NANOS_PER_SECOND) + i128::from(self.nano())
    }

    /// Milliseconds since 1970, UTC; `zone` is that of a local date-time.
    #[must_use]
    pub fn to_unix_ms(&self, zone: &TimeZone) -> Option<i64> {
        let nanos = match self.zone {
            Some(_) => self.total_nanos(),
            None => self.in_zone(&Zone::of(zone, self.local_seconds()))?.total_nanos(),
        };
        i64::try_from(nanos.div_euclid(1_000_000)).ok()
    }

    /// The date-time this much later on the time line.
    pub(crate) fn plus(&self, duration: DaysTimeDuration) -> Option<Self> {
        let nanos = self.total_nanos().checked_add(duration.total_nanos())?;
        let seconds = i64::try_from(nanos.div_euclid(i128::from(NANOS_PER_SECOND))).ok()?;
        let nano = u32::try_from(nanos.rem_euclid(i128::from(NANOS_PER_SECOND))).ok()?;
        match &self.zone {
            Some(zone) => Self::from_instant(seconds, nano, zone),
            None => {
                let zoned = Self::from_instant(seconds, nano, &Zone::UTC)?;
                Some(Self { zone: None, ..zoned })
            }
        }
    }

    /// The same local time this many months later, moved out of a gap of the zone.
    pub(crate) fn plus_months(&self, months: i64) -> Option<Self> {
        let date = self.date.plus_months(months)?;
        let moved = Self { date, nanos: self.nanos, zone: None };
        match &self.zone {
            None => Some(moved),
            Some(zone) => moved.resolved(zone, Some(zone.offset())),
        }
    }

    /// `self - other`; `None` for a local one and one with offset.
    pub(crate) fn difference(&self, other: &Self) -> Option<DaysTimeDuration> {
        if self.zone.is_some() != other.zone.is_some() {
            return None;
        }
        DaysTimeDuration::from_nanos(self.total_nanos() - other.total_nanos())
    }

    /// By instant, then by local time, then by zone, as `ZonedDateTime.compareTo`; `None` for a
    /// local one and one with offset.
    pub(crate) fn compare(&self, other: &Self) -> Option<Ordering> {
        if self.zone.is_some() != other.zone.is_some() {
            return None;
        }
        let name = |value: &Self| value.zone.as_ref().map(|zone| zone.id());
        Some(
            self.total_nanos()
                .cmp(&other.total_nanos())
                .then_with(|| (self.date, self.nanos).cmp(&(other.date, other.nanos)))
                .then_with(|| name(self).cmp(&name(other))),
        )
    }
}
