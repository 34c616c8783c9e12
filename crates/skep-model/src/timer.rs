//! When timers fire: ISO 8601 dates, durations and repeating intervals, and Spring's cron.
//!
//! Pure arithmetic: the time and the zone come in as parameters, and the same input gives the
//! same answer live and on replay.
//!
//! ```
//! use jiff::tz::TimeZone;
//! use skep_model::timer::{TimerKind, due_date};
//!
//! let now = "2026-03-01T08:00:00Z".parse()?;
//! let due = due_date(TimerKind::Cycle, "R3/PT1H", now, &TimeZone::UTC)?;
//! assert_eq!(due.at.to_string(), "2026-03-01T09:00:00Z");
//! assert_eq!(due.repetitions, 3);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod cron;
mod interval;

use jiff::{Timestamp, tz::TimeZone};

pub use cron::Cron;
pub use interval::Interval;

use crate::graph::{StaticValue, TextOrFeel, TimerDefinition};
use crate::problem::quoted;

/// Repetitions of a timer that fires until its scope ends, as in Zeebe's records.
pub const INFINITE: i32 = -1;

/// Why a text says no point in time.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TimerError {
    /// Not an ISO 8601 duration or period.
    #[error("{} is no duration: write one like PT15M or P1DT12H", quoted(.0))]
    Interval(String),
    /// Not an ISO 8601 date-time, or one without an offset.
    #[error(
        "{} is no date-time with an offset: write one like 2026-01-31T08:00:00+01:00",
        quoted(.0)
    )]
    DateTime(String),
    /// Starts like a repeating interval, but is none.
    #[error("{} is no repeating interval: write one like R3/PT10M or R/P1D", quoted(.0))]
    RepeatingInterval(String),
    /// A repeating interval that would fire without end and without pause.
    #[error("{} repeats for ever without pause: write a positive interval", quoted(.0))]
    NoPause(String),
    /// Neither a repeating interval nor a cron expression.
    #[error(
        "{} is no cycle: {reason}; write a repeating interval like R/PT1H, or a cron expression \
         of six fields like '0 0 8 * * MON-FRI'",
        quoted(text)
    )]
    Cron {
        /// The whole text.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The years of the calendar are exceeded, or a cron expression matches no date.
    #[error("{} leads to no date of the calendar: it would never fire", quoted(.0))]
    NoDate(String),
}

/// The three ways to say when a timer fires.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TimerKind {
    /// `timeDate`
    Date,
    /// `timeDuration`
    Duration,
    /// `timeCycle`
    Cycle,
}

/// The next time at which a timer fires.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Due {
    /// When, in whole milliseconds.
    pub at: Timestamp,
    /// How often it fires from now on, this one included; [`INFINITE`] for no end.
    pub repetitions: i32,
}

impl TimerDefinition {
    /// Which of the three kinds it is.
    #[must_use]
    pub fn kind(&self) -> TimerKind {
        match self {
            Self::Date(_) => TimerKind::Date,
            Self::Duration(_) => TimerKind::Duration,
            Self::Cycle(_) => TimerKind::Cycle,
        }
    }
}

/// When a timer fires for the first time that is created at `now` with this text.
///
/// Durations that FEEL computed as values, not as texts, go through [`Interval::from_parts`].
///
/// # Errors
/// [`TimerError`]: the text has not the form that its kind needs, or leads out of the calendar.
///
/// Source: camunda/zeebe: engine/processing/common/CatchEventBehavior.java,
/// bpmn-model/util/time
pub fn due_date(
    kind: TimerKind,
    text: &str,
    now: Timestamp,
    zone: &TimeZone,
) -> Result<Due, TimerError> {
    match kind {
        TimerKind::Date => Ok(Due { at: whole_ms(parse_date_time(text)?), repetitions: 1 }),
        TimerKind::Duration => {
            let at = Interval::parse(text)?.after(now, zone)?;
            Ok(Due { at, repetitions: 1 })
        }
        TimerKind::Cycle => match Cycle::parse(text)? {
            Cycle::Repeating(repeating) => repeating.first(now, zone),
            Cycle::Cron(cron) => next_cron(&cron, text, now, zone),
        },
    }
}

/// When a timer fires again that was due at `previous` and has just fired at `now`.
///
/// `repetitions` is what it was created with; `None` when that was the last time. The next due
/// date counts from the previous one, so there is no drift; when that is past already it counts
/// from `now`, so that missed runs are not made up for in a burst.
///
/// # Errors
/// [`TimerError`]: the text is no cycle, or leads out of the calendar.
///
/// Source: camunda/zeebe: engine/processing/timer/TimerTriggerProcessor.java
pub fn next_due(
    text: &str,
    previous: Timestamp,
    repetitions: i32,
    now: Timestamp,
    zone: &TimeZone,
) -> Result<Option<Due>, TimerError> {
    let repetitions = match repetitions {
        INFINITE => INFINITE,
        2.. => repetitions - 1,
        _ => return Ok(None),
    };
    match Cycle::parse(text)? {
        Cycle::Repeating(RepeatingInterval { interval, .. }) => {
            let next = interval.after(previous, zone)?;
            let at = if next < now { interval.after(now, zone)? } else { next };
            Ok(Some(Due { at, repetitions }))
        }
        Cycle::Cron(cron) => next_cron(&cron, text, now, zone).map(Some),
    }
}

fn next_cron(cron: &Cron, text: &str, now: Timestamp, zone: &TimeZone) -> Result<Due, TimerError> {
    let at = cron.next_after(now, zone).ok_or_else(|| TimerError::NoDate(text.into()))?;
    Ok(Due { at, repetitions: INFINITE })
}

/// Reads an ISO 8601 date-time with an offset, and optionally a zone in brackets behind it.
///
/// # Errors
/// [`TimerError::DateTime`]
pub fn parse_date_time(text: &str) -> Result<Timestamp, TimerError> {
    text.parse().map_err(|_| TimerError::DateTime(text.into()))
}

/// A repeating interval or a cron expression.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Cycle {
    /// `R[n]/[start/]interval`
    Repeating(RepeatingInterval),
    /// Six fields, or a macro.
    Cron(Cron),
}

impl Cycle {
    /// Reads a cycle: what starts with `R` is a repeating interval, all else is cron.
    ///
    /// # Errors
    /// [`TimerError`]
    pub fn parse(text: &str) -> Result<Self, TimerError> {
        if text.starts_with('R') {
            RepeatingInterval::parse(text).map(Self::Repeating)
        } else {
            Cron::parse(text).map(Self::Cron)
        }
    }
}

/// `R[n]/[start/]interval`
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RepeatingInterval {
    /// How often; [`INFINITE`] if the text does not say.
    pub repetitions: i32,
    /// When the first one is, if not after one interval.
    pub start: Option<Timestamp>,
    /// Between one and the next.
    pub interval: Interval,
}

impl RepeatingInterval {
    /// Reads a repeating interval.
    ///
    /// # Errors
    /// [`TimerError`]
    pub fn parse(text: &str) -> Result<Self, TimerError> {
        let error = || TimerError::RepeatingInterval(text.into());
        let (repetitions, rest) =
            text.strip_prefix('R').and_then(|rest| rest.split_once('/')).ok_or_else(error)?;
        let repetitions = match repetitions {
            "" | "-1" => INFINITE,
            digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                digits.parse().map_err(|_| error())?
            }
            _ => return Err(error()),
        };
        let (start, interval) = match rest.split_once('/') {
            Some((start, interval)) => (Some(parse_date_time(start)?), interval),
            None => (None, rest),
        };
        let interval = Interval::parse(interval)?;
        if repetitions == INFINITE && !interval.is_positive() {
            return Err(TimerError::NoPause(text.into()));
        }
        Ok(Self { repetitions, start, interval })
    }

    fn first(self, now: Timestamp, zone: &TimeZone) -> Result<Due, TimerError> {
        let at = match self.start {
            Some(start) if start >= now => whole_ms(start),
            Some(_) | None => self.interval.after(now, zone)?,
        };
        Ok(Due { at, repetitions: self.repetitions })
    }
}

/// Checks a static timer at deployment; expressions are left to the engine.
pub(crate) fn check_static(timer: &TimerDefinition) -> Result<(), TimerError> {
    let text = match timer.text() {
        TextOrFeel::Static(StaticValue::Text(text) | StaticValue::Number(_, text)) => text,
        TextOrFeel::Feel(_) => return Ok(()),
    };
    check_text(timer.kind(), text)
}

/// Checks the text of a timer without knowing when it will be evaluated.
pub(crate) fn check_text(kind: TimerKind, text: &str) -> Result<(), TimerError> {
    match kind {
        TimerKind::Date => parse_date_time(text).map(drop),
        TimerKind::Duration => Interval::parse(text).map(drop),
        // From any date a cron expression either fires within its horizon or never.
        TimerKind::Cycle => {
            due_date(TimerKind::Cycle, text, Timestamp::UNIX_EPOCH, &TimeZone::UTC).map(drop)
        }
    }
}

/// The start of the millisecond.
fn whole_ms(at: Timestamp) -> Timestamp {
    let ms = at.as_nanosecond().div_euclid(1_000_000);
    i64::try_from(ms).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok()).unwrap_or(at)
}
