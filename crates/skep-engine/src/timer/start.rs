//! Timers of process start events: they run on the deployment partition.

use std::sync::Arc;

use skep_model::ElementIndex;
use skep_record::{
    BpmnProcessId, ElementInstanceKey, Event, Rejection, RejectionKind, TenantId, TimerIntent,
    TimerKey, TimerValue,
};

use super::Schedule;
use crate::{
    Ctx,
    expression::Scope,
    state::{State, definition::Definition, timers::StartTimer},
};

/// Starts the timers of a new version's timer start events.
///
/// # Errors
/// `ProcessingError`: when a timer fires cannot be computed.
pub(crate) fn create_start_timers(
    ctx: &mut Ctx<'_>,
    definition: &Arc<Definition>,
) -> Result<(), Rejection> {
    let process = &definition.process;
    for index in &process.element(ElementIndex::PROCESS).children {
        let is_start =
            matches!(process.element(*index).kind, skep_model::ElementKind::StartEvent(_));
        let Some(timer) = super::definition(definition, *index).filter(|_| is_start) else {
            continue;
        };
        let schedule = super::evaluate(ctx, Scope::NONE, timer).map_err(|failure| {
            Rejection::new(
                RejectionKind::ProcessingError,
                format!(
                    "Expected to start the timer of start event '{}' of process '{}', but {}",
                    process.element(*index).id,
                    process.id,
                    failure.message
                ),
            )
        })?;
        open_start(ctx, definition, *index, schedule);
    }
    Ok(())
}

pub(super) fn open_start(
    ctx: &mut Ctx<'_>,
    definition: &Definition,
    index: ElementIndex,
    schedule: Schedule,
) {
    let key = TimerKey(ctx.new_key());
    let timer = value(definition, index, schedule);
    ctx.emit(key.0, Event::Timer(TimerIntent::Created, timer));
}

fn value(definition: &Definition, index: ElementIndex, schedule: Schedule) -> TimerValue {
    TimerValue {
        process_definition_key: definition.key,
        process_instance_key: None,
        element_instance_key: ElementInstanceKey(-1),
        target_element_id: definition.facts(index).reference.element_id.clone(),
        due_at: schedule.due_at,
        repetitions: schedule.repetitions,
        tenant_id: definition.tenant_id.clone(),
    }
}

/// Cancels the timers of all versions of a process id.
pub(crate) fn cancel_start_timers(ctx: &mut Ctx<'_>, tenant: &TenantId, id: &BpmnProcessId) {
    let state = ctx.state();
    let timers: Vec<(TimerKey, TimerValue)> = state
        .timers
        .start
        .entries()
        .iter()
        .filter_map(|(key, timer)| {
            let definition = state.definitions.get(timer.process_definition_key)?;
            let is_same = definition.tenant_id == *tenant && definition.bpmn_process_id == *id;
            is_same.then(|| (*key, value_of(definition, timer)))
        })
        .collect();
    for (key, timer) in timers {
        ctx.emit(key.0, Event::Timer(TimerIntent::Canceled, timer));
    }
}

fn value_of(definition: &Definition, timer: &StartTimer) -> TimerValue {
    let schedule = Schedule { due_at: timer.due_at, repetitions: timer.repetitions };
    value(definition, ElementIndex(timer.element), schedule)
}

/// A running start timer as records describe it.
pub(crate) fn start_timer_value(state: &State, key: TimerKey) -> Option<TimerValue> {
    let timer = state.timers.start.get(&key)?;
    let definition = state.definitions.get(timer.process_definition_key)?;
    Some(value_of(definition, timer))
}
