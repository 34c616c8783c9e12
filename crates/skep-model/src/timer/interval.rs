//! ISO 8601 durations that may have calendar parts.

use jiff::{
    SignedDuration, Span, Timestamp,
    civil::DateTime,
    tz::{AmbiguousOffset, Offset, TimeZone},
};

use super::{TimerError, whole_ms};

/// A span of time with calendar parts (months, days) and an exact part.
///
/// Calendar parts are added in a time zone: a month has 28 to 31 days there, and a day 23 to 25
/// hours when the clock changes. The exact part is added as it is.
///
/// Source: camunda/zeebe: bpmn-model/util/time/Interval.java
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Interval {
    months: i32,
    days: i32,
    exact: SignedDuration,
}

impl Interval {
    /// An interval from its parts, for durations that FEEL computed.
    #[must_use]
    pub const fn from_parts(months: i32, days: i32, exact: SignedDuration) -> Self {
        Self { months, days, exact }
    }

    /// Reads `[+-]P[nY][nM][nW][nD][T[nH][nM][nS]]`; every number may have a sign of its own,
    /// and the seconds a fraction.
    ///
    /// # Errors
    /// [`TimerError::Interval`]
    pub fn parse(text: &str) -> Result<Self, TimerError> {
        read(text).ok_or_else(|| TimerError::Interval(text.into()))
    }

    /// Whether it leads to the future, from wherever.
    #[must_use]
    pub fn is_positive(&self) -> bool {
        let no_part_leads_back = self.months >= 0 && self.days >= 0 && !self.exact.is_negative();
        let parts_differ = !no_part_leads_back && !self.is_negative();
        if parts_differ {
            // Months have 28 days at least and 31 at most; the sum decides.
            let months = i64::from(self.months) * if self.months < 0 { 31 } else { 28 };
            let days = (months + i64::from(self.days)).saturating_mul(86_400);
            return self.exact.as_secs().saturating_add(days) > 0;
        }
        no_part_leads_back && !self.is_zero()
    }

    fn is_negative(&self) -> bool {
        self.months <= 0 && self.days <= 0 && (self.exact.is_negative() || self.exact.is_zero())
    }

    fn is_zero(&self) -> bool {
        self.months == 0 && self.days == 0 && self.exact.is_zero()
    }

    /// The point in time that lies this far from `from`, in whole milliseconds.
    ///
    /// # Errors
    /// [`TimerError::NoDate`] beyond the year 9999.
    pub fn after(&self, from: Timestamp, zone: &TimeZone) -> Result<Timestamp, TimerError> {
        self.checked_after(from, zone)
            .map(whole_ms)
            .map_err(|_| TimerError::NoDate(self.to_string()))
    }

    fn checked_after(&self, from: Timestamp, zone: &TimeZone) -> Result<Timestamp, jiff::Error> {
        let mut at = from;
        if self.months != 0 {
            at = add_calendar(at, Span::new().try_months(self.months)?, zone)?;
        }
        if self.days != 0 {
            at = add_calendar(at, Span::new().try_days(self.days)?, zone)?;
        }
        at.checked_add(self.exact)
    }
}

impl std::fmt::Display for Interval {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "P{}M{}DT{}S", self.months, self.days, self.exact.as_secs())
    }
}

fn add_calendar(from: Timestamp, span: Span, zone: &TimeZone) -> Result<Timestamp, jiff::Error> {
    let offset = zone.to_offset(from);
    let there = offset.to_datetime(from).checked_add(span)?;
    resolve(there, offset, zone)
}

/// A local time as an instant: in a gap the clock has gone forward, and of the two instants of a
/// fold the one with the offset that held before is kept.
///
/// Source: java.time.ZonedDateTime, "local time-line"
fn resolve(local: DateTime, before: Offset, zone: &TimeZone) -> Result<Timestamp, jiff::Error> {
    match zone.to_ambiguous_timestamp(local).offset() {
        AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(local),
        AmbiguousOffset::Gap { before, .. } => before.to_timestamp(local),
        AmbiguousOffset::Fold { after, .. } if after == before => after.to_timestamp(local),
        AmbiguousOffset::Fold { before, .. } => before.to_timestamp(local),
    }
}

fn read(text: &str) -> Option<Interval> {
    let (is_negative, rest) = match text.strip_prefix(['+', '-']) {
        Some(rest) => (text.starts_with('-'), rest),
        None => (false, text),
    };
    let rest = rest.strip_prefix(['P', 'p'])?;
    let (period, time) = match rest.split_once(['T', 't']) {
        Some((period, time)) => (period, Some(time)),
        None => (rest, None),
    };
    if (period.is_empty() && time.is_none()) || time.is_some_and(str::is_empty) {
        return None;
    }

    let [years, months, weeks, days] = components(period, ['Y', 'M', 'W', 'D'], false)?;
    let sign = if is_negative { -1 } else { 1 };
    let total_months = years.whole.checked_mul(12)?.checked_add(months.whole)?.checked_mul(sign)?;
    let total_days = weeks.whole.checked_mul(7)?.checked_add(days.whole)?.checked_mul(sign)?;

    let [hours, minutes, seconds] = components(time.unwrap_or(""), ['H', 'M', 'S'], true)?;
    let total_s = hours
        .whole
        .checked_mul(3600)?
        .checked_add(minutes.whole.checked_mul(60)?)?
        .checked_add(seconds.whole)?;
    let exact = SignedDuration::from_secs(total_s)
        .checked_add(SignedDuration::from_nanos(seconds.nanos))?;
    let exact = if is_negative { exact.checked_neg()? } else { exact };
    Some(Interval {
        months: i32::try_from(total_months).ok()?,
        days: i32::try_from(total_days).ok()?,
        exact,
    })
}

/// A number before a unit, and what stands behind its decimal point in billionths.
#[derive(Clone, Copy, Default)]
struct Component {
    whole: i64,
    nanos: i64,
}

/// Reads numbers with units, each unit at most once and in the given order.
fn components<const N: usize>(
    mut text: &str,
    units: [char; N],
    last_has_fraction: bool,
) -> Option<[Component; N]> {
    let mut read = [Component::default(); N];
    let mut next = 0;
    while !text.is_empty() {
        let end = text.find(|c: char| c.is_ascii_alphabetic())?;
        let unit = text[end..].chars().next()?.to_ascii_uppercase();
        let at = next + units[next..].iter().position(|known| *known == unit)?;
        read[at] = component(&text[..end], last_has_fraction && at == N - 1)?;
        next = at + 1;
        text = &text[end + 1..];
    }
    Some(read)
}

fn component(text: &str, may_have_fraction: bool) -> Option<Component> {
    let (whole, fraction) = match text.split_once(['.', ',']) {
        Some((whole, fraction)) if may_have_fraction => (whole, fraction),
        Some(_) => return None,
        None => (text, ""),
    };
    let digits = whole.strip_prefix(['+', '-']).unwrap_or(whole);
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if digits.is_empty() || !is_number(digits) || !is_number(fraction) || fraction.len() > 9 {
        return None;
    }
    let nanos: i64 = format!("{fraction:0<9}").parse().ok()?;
    let sign = if whole.starts_with('-') { -1 } else { 1 };
    Some(Component { whole: whole.parse().ok()?, nanos: sign * nanos })
}
