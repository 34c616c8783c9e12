//! `TIMER:TRIGGER`

use std::sync::Arc;

use skep_model::ElementIndex;
use skep_record::{Document, Event, Rejection, RejectionKind, TimerIntent, TriggerTimer};

use super::Schedule;
use crate::{Ctx, ctx::At, element, expression::Scope, incident, state::instance::Timer};

/// Handles `TIMER:TRIGGER`: the timer's event happens, and a cycle's next timer starts.
///
/// A timer whose element instance can take no event any more never will: it is cancelled, so
/// that it does not stay due for ever.
///
/// # Errors
/// `NotFound`: no such timer, or it is not due.
///
/// Source: camunda/zeebe: engine/processing/timer/TimerTriggerProcessor.java
pub(crate) fn trigger(ctx: &mut Ctx<'_>, trigger: &TriggerTimer) -> Result<(), Rejection> {
    let found = match trigger.process_instance_key {
        Some(_) => trigger_element(ctx, trigger),
        None => trigger_start(ctx, trigger),
    };
    found.ok_or_else(|| {
        Rejection::new(
            RejectionKind::NotFound,
            format!(
                "Expected to trigger timer with key '{}', but no such timer was found",
                trigger.timer_key
            ),
        )
    })
}

fn trigger_element(ctx: &mut Ctx<'_>, trigger: &TriggerTimer) -> Option<()> {
    let at = ctx.at(trigger.process_instance_key?, trigger.element_instance_key)?;
    let events = ctx.events(&at)?;
    let timer = events.timers.iter().find(|timer| timer.key == trigger.timer_key)?.clone();
    if timer.due_at > ctx.now() {
        return None;
    }
    let target = ElementIndex(timer.element);
    if !element::can_trigger(ctx, &at, target) {
        super::cancel(ctx, &at, &timer);
        return Some(());
    }
    let schedule = Schedule { due_at: timer.due_at, repetitions: timer.repetitions };
    let value = super::value(&at, target, schedule);
    ctx.emit(timer.key.0, Event::Timer(TimerIntent::Triggered, value));
    element::deliver(ctx, &at, target, Document::empty());
    repeat(ctx, &at, &timer);
    Some(())
}

/// Starts the next timer of a cycle.
fn repeat(ctx: &mut Ctx<'_>, at: &At, timer: &Timer) {
    let definition = Arc::clone(&at.definition);
    let index = ElementIndex(timer.element);
    let Some(timer_definition) = super::definition(&definition, index) else { return };
    let scope = Scope { process_instance_key: at.process_instance_key, key: at.key };
    let previous = Schedule { due_at: timer.due_at, repetitions: timer.repetitions };
    match super::evaluate_again(ctx, scope, timer_definition, previous) {
        Ok(Some(schedule)) => super::open(ctx, at, index, schedule),
        Ok(None) => (),
        Err(failure) => incident::raise(ctx, at, failure, None),
    }
}

fn trigger_start(ctx: &mut Ctx<'_>, trigger: &TriggerTimer) -> Option<()> {
    let timer = ctx.state().timers.start.get(&trigger.timer_key)?.clone();
    if timer.due_at > ctx.now() {
        return None;
    }
    let definition = Arc::clone(ctx.state().definitions.get(timer.process_definition_key)?);
    let value = super::start_timer_value(ctx.state(), trigger.timer_key)?;
    let index = ElementIndex(timer.element);
    ctx.emit(trigger.timer_key.0, Event::Timer(TimerIntent::Triggered, value));
    super::start_instance(ctx, &definition, index);
    let timer_definition = super::definition(&definition, index)?;
    let previous = Schedule { due_at: timer.due_at, repetitions: timer.repetitions };
    // It was computed at deployment and reads no variables, so it can be computed again.
    if let Ok(Some(schedule)) = super::evaluate_again(ctx, Scope::NONE, timer_definition, previous)
    {
        super::start::open_start(ctx, &definition, index, schedule);
    }
    Some(())
}
