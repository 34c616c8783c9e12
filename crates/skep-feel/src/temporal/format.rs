//! The texts of temporal values: `Display` is what FEEL's `string()` gives, `iso` what Zeebe
//! stores.
//!
//! Sources: camunda/feel-scala: src/main/scala/org/camunda/feel/syntaxtree/Val.scala;
//! camunda/zeebe: zeebe/feel/.../FeelToMessagePackTransformer.java

use std::fmt;

use super::{Date, DateTime, DaysTimeDuration, Time, YearsMonthsDuration, Zone};

/// An offset as `Z`, `+01:00` or `+01:00:30`.
pub(crate) struct OffsetText(i32);

impl Zone {
    pub(crate) fn offset_text(&self) -> OffsetText {
        OffsetText(self.offset())
    }
}

impl fmt::Display for OffsetText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.unsigned_abs();
        if seconds == 0 {
            return f.write_str("Z");
        }
        let sign = if self.0 < 0 { '-' } else { '+' };
        write!(f, "{sign}{:02}:{:02}", seconds / 3_600, seconds / 60 % 60)?;
        if seconds.is_multiple_of(60) { Ok(()) } else { write!(f, ":{:02}", seconds % 60) }
    }
}

/// A date; years beyond four digits have a plus sign, except inside a FEEL date-time.
fn write_date(f: &mut fmt::Formatter<'_>, date: Date, plus: bool) -> fmt::Result {
    let year = date.year();
    if year < 0 {
        f.write_str("-")?;
    } else if plus && year > 9_999 {
        f.write_str("+")?;
    }
    write!(f, "{:04}-{:02}-{:02}", year.unsigned_abs(), date.month(), date.day())
}

fn write_local_time(f: &mut fmt::Formatter<'_>, time: &Time) -> fmt::Result {
    write!(f, "{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second())?;
    let nanos = time.nanos_of_second();
    if nanos == 0 {
        return Ok(());
    }
    let (mut fraction, mut width) = (nanos, 9);
    while fraction % 10 == 0 {
        fraction /= 10;
        width -= 1;
    }
    write!(f, ".{fraction:0width$}")
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_date(f, *self, true)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_local_time(f, self)?;
        match self.zone() {
            None => Ok(()),
            Some(zone) => match zone.name() {
                Some(name) => write!(f, "@{name}"),
                None => write!(f, "{}", zone.offset_text()),
            },
        }
    }
}

impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_date(f, self.date(), false)?;
        f.write_str("T")?;
        write!(f, "{}", self.time())
    }
}

impl fmt::Display for YearsMonthsDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.months == 0 {
            return f.write_str("P0Y");
        }
        let magnitude = self.months.unsigned_abs();
        f.write_str(if self.months < 0 { "-P" } else { "P" })?;
        write_part(f, magnitude / 12, 'Y')?;
        write_part(f, magnitude % 12, 'M')
    }
}

/// Fractions of a second do not show.
impl fmt::Display for DaysTimeDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = self.whole_seconds();
        if total == 0 {
            return f.write_str("P0D");
        }
        let magnitude = total.unsigned_abs();
        f.write_str(if total < 0 { "-P" } else { "P" })?;
        write_part(f, magnitude / 86_400, 'D')?;
        let (hours, minutes, seconds) =
            (magnitude / 3_600 % 24, magnitude / 60 % 60, magnitude % 60);
        if !magnitude.is_multiple_of(86_400) {
            f.write_str("T")?;
        }
        write_part(f, hours, 'H')?;
        write_part(f, minutes, 'M')?;
        write_part(f, seconds, 'S')
    }
}

fn write_part(f: &mut fmt::Formatter<'_>, amount: u64, unit: char) -> fmt::Result {
    if amount == 0 { Ok(()) } else { write!(f, "{amount}{unit}") }
}

/// The ISO 8601 text of a date-time, with the zone in brackets.
pub(crate) struct IsoDateTime<'v>(&'v DateTime);

/// A time as stored: a local one without zero seconds, its fraction in groups of three.
pub(crate) struct StoredTime<'v>(&'v Time);

/// The ISO 8601 text of a time: always with seconds, the offset instead of the zone.
pub(crate) struct IsoTime<'v>(&'v Time);

impl DateTime {
    pub(crate) fn iso(&self) -> IsoDateTime<'_> {
        IsoDateTime(self)
    }
}

impl Time {
    pub(crate) fn stored(&self) -> StoredTime<'_> {
        StoredTime(self)
    }

    pub(crate) fn iso(&self) -> IsoTime<'_> {
        IsoTime(self)
    }
}

impl fmt::Display for IsoDateTime<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_date(f, self.0.date(), true)?;
        f.write_str("T")?;
        write!(f, "{}", IsoTime(&self.0.time()))?;
        match self.0.zone().and_then(|zone| zone.name()) {
            Some(name) => write!(f, "[{name}]"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for IsoTime<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_local_time(f, self.0)?;
        match self.0.zone() {
            Some(zone) => write!(f, "{}", zone.offset_text()),
            None => Ok(()),
        }
    }
}

impl fmt::Display for StoredTime<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = self.0;
        if time.zone().is_some() {
            return write!(f, "{time}");
        }
        write!(f, "{:02}:{:02}", time.hour(), time.minute())?;
        let nanos = time.nanos_of_second();
        if time.second() == 0 && nanos == 0 {
            return Ok(());
        }
        write!(f, ":{:02}", time.second())?;
        match (nanos, nanos % 1_000_000, nanos % 1_000) {
            (0, ..) => Ok(()),
            (_, 0, _) => write!(f, ".{:03}", nanos / 1_000_000),
            (_, _, 0) => write!(f, ".{:06}", nanos / 1_000),
            _ => write!(f, ".{nanos:09}"),
        }
    }
}
