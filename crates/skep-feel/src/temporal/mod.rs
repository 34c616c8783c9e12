//! Dates, times and durations.
//!
//! Years run from -999 999 999 to 999 999 999 as in `java.time`, which the nine-digit years of
//! FEEL need and jiff (±9999) does not offer; so the calendar is here, and jiff supplies the
//! rules of time zones only.
//!
//! Source: camunda/feel-scala: src/main/scala/org/camunda/package.scala, .../syntaxtree/{Val,ZonedTime}.scala

mod date;
mod date_time;
mod duration;
mod format;
mod scan;
mod time;
mod zone;

pub use date::Date;
pub use date_time::DateTime;
pub use duration::{DaysTimeDuration, Duration, YearsMonthsDuration};
pub use time::Time;
pub(crate) use zone::Zone;

/// Nanoseconds of a second.
pub(crate) const NANOS_PER_SECOND: u64 = 1_000_000_000;
/// Seconds of a day.
pub(crate) const SECONDS_PER_DAY: i64 = 86_400;

#[cfg(test)]
mod tests;
