//! Timers of element instances and of process start events.

use skep_model::{ElementIndex, TimerDefinition};
use skep_record::{ErrorType, TimerIntent, TimerValue, Timestamp};

use crate::{Ctx, ctx::At, expression::Scope, failure::Failure, state::State};

/// When a timer fires, and how often.
pub(crate) struct Schedule {
    pub(crate) due_at: Timestamp,
    /// Runs left; -1 is without end.
    pub(crate) repetitions: i32,
}

pub(crate) fn evaluate(
    _ctx: &mut Ctx<'_>,
    _scope: Scope,
    _definition: &TimerDefinition,
) -> Result<Schedule, Failure> {
    Err(Failure::new(ErrorType::ExtractValueError, "timers are not supported yet"))
}

pub(crate) fn open(_ctx: &mut Ctx<'_>, _at: &At, _index: ElementIndex, _schedule: Schedule) {}

pub(crate) fn close_all(_ctx: &mut Ctx<'_>, _at: &At) {}

pub(crate) fn apply(
    _state: &mut State,
    _key: i64,
    _intent: TimerIntent,
    _timer: &TimerValue,
) -> Option<()> {
    None
}

pub(crate) fn start_timer_value(_state: &State, _key: skep_record::TimerKey) -> Option<TimerValue> {
    None
}
