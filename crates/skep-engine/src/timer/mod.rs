//! Timers of element instances and of process start events.

mod start;
mod trigger;

use std::sync::Arc;

use skep_feel::{Kind, Value};
use skep_model::{
    ElementIndex, TextOrFeel, TimerDefinition,
    timer::{self, Due, TimerError, TimerKind},
};
use skep_record::{
    ErrorType, Event, ProcessInstanceKey, TimerIntent, TimerKey, TimerValue, Timestamp,
};
use thin_vec::ThinVec;

pub(crate) use self::{
    start::{cancel_start_timers, create_start_timers, start_timer_value},
    trigger::trigger,
};
use crate::{
    Ctx,
    ctx::At,
    expression::{self, Scope},
    failure::Failure,
    process_instance,
    state::{
        State, definition::Definition, instance::Timer, instances::grow_sparingly,
        timers::StartTimer,
    },
};

/// When a timer fires, and how often.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Schedule {
    pub(crate) due_at: Timestamp,
    /// Runs left, this one included; -1 is without end.
    pub(crate) repetitions: i32,
}

impl From<Due> for Schedule {
    fn from(due: Due) -> Self {
        Self { due_at: Timestamp(due.at.as_millisecond()), repetitions: due.repetitions }
    }
}

/// Evaluates when a timer fires that starts to run now.
pub(crate) fn evaluate(
    ctx: &mut Ctx<'_>,
    scope: Scope,
    definition: &TimerDefinition,
) -> Result<Schedule, Failure> {
    let text = match evaluate_text(ctx, scope, definition)? {
        Evaluated::At(due_at) => return Ok(Schedule { due_at, repetitions: 1 }),
        Evaluated::Text(text) => text,
    };
    let environment = ctx.environment();
    timer::due_date(definition.kind(), &text, environment.now, &environment.zone)
        .map(Schedule::from)
        .map_err(|error| invalid(scope, definition, &error))
}

/// Evaluates when a timer fires again that was due at `previous`; `None`: never.
fn evaluate_again(
    ctx: &mut Ctx<'_>,
    scope: Scope,
    definition: &TimerDefinition,
    previous: Schedule,
) -> Result<Option<Schedule>, Failure> {
    if definition.kind() != TimerKind::Cycle {
        return Ok(None);
    }
    let Evaluated::Text(text) = evaluate_text(ctx, scope, definition)? else { return Ok(None) };
    let environment = ctx.environment();
    let was_due = jiff::Timestamp::from_millisecond(previous.due_at.0).unwrap_or(environment.now);
    let (now, zone) = (environment.now, &environment.zone);
    timer::next_due(&text, was_due, previous.repetitions, now, zone)
        .map(|due| due.map(Schedule::from))
        .map_err(|error| invalid(scope, definition, &error))
}

enum Evaluated {
    Text(Arc<str>),
    At(Timestamp),
}

/// What the definition says now: a text to read, or a point in time.
fn evaluate_text(
    ctx: &mut Ctx<'_>,
    scope: Scope,
    definition: &TimerDefinition,
) -> Result<Evaluated, Failure> {
    let value = expression::value(ctx, scope, definition.text())?;
    let wrong = |expected: &str| {
        Failure::new(
            ErrorType::ExtractValueError,
            format!(
                "Expected result of the expression '{}' to be one of '{expected}', but was '{}'",
                text_of(definition),
                value.kind().as_str()
            ),
        )
        .in_scope(scope.key)
    };
    match (definition.kind(), &value) {
        (_, Value::String(text)) => Ok(Evaluated::Text((&**text).into())),
        (TimerKind::Duration, Value::DaysTimeDuration(_) | Value::YearsMonthsDuration(_)) => {
            Ok(Evaluated::Text(value.to_text().into()))
        }
        (TimerKind::Date, Value::DateTime(_)) => {
            let zone = ctx.environment().zone.clone();
            value
                .as_unix_ms(&zone)
                .map(|ms| Evaluated::At(Timestamp(ms)))
                .ok_or_else(|| wrong(Kind::DateTime.as_str()))
        }
        (TimerKind::Duration, _) => Err(wrong("[DURATION, PERIOD, STRING]")),
        (TimerKind::Date, _) => Err(wrong("[DATE_TIME, STRING]")),
        (TimerKind::Cycle, _) => Err(wrong("[STRING]")),
    }
}

fn invalid(scope: Scope, definition: &TimerDefinition, error: &TimerError) -> Failure {
    Failure::new(
        ErrorType::ExtractValueError,
        format!("Invalid timer expression '{}': {error}", text_of(definition)),
    )
    .in_scope(scope.key)
}

fn text_of(definition: &TimerDefinition) -> &str {
    match definition.text() {
        TextOrFeel::Static(skep_model::StaticValue::Number(_, text)) => text,
        TextOrFeel::Static(skep_model::StaticValue::Text(text)) => text,
        TextOrFeel::Feel(expression) => expression.text(),
    }
}

/// Starts a timer of an element instance.
pub(crate) fn open(ctx: &mut Ctx<'_>, at: &At, index: ElementIndex, schedule: Schedule) {
    let key = TimerKey(ctx.new_key());
    let value = value(at, index, schedule);
    ctx.emit(key.0, Event::Timer(TimerIntent::Created, value));
}

fn value(at: &At, index: ElementIndex, schedule: Schedule) -> TimerValue {
    TimerValue {
        process_definition_key: at.definition.key,
        process_instance_key: Some(at.process_instance_key),
        element_instance_key: at.key,
        target_element_id: at.definition.facts(index).reference.element_id.clone(),
        due_at: schedule.due_at,
        repetitions: schedule.repetitions,
        tenant_id: at.definition.tenant_id.clone(),
    }
}

/// The definition of the timer event at `index`.
fn definition(definition: &Definition, index: ElementIndex) -> Option<&TimerDefinition> {
    match definition.process.element(index).trigger()? {
        skep_model::Trigger::Timer(timer) => Some(timer),
        skep_model::Trigger::Message(_)
        | skep_model::Trigger::Signal(_)
        | skep_model::Trigger::Error(_)
        | skep_model::Trigger::Escalation(_)
        | skep_model::Trigger::Compensation(_)
        | skep_model::Trigger::Conditional(_) => None,
    }
}

/// Cancels the timers of an element instance whose events `which` names.
pub(crate) fn close(ctx: &mut Ctx<'_>, at: &At, which: impl Fn(ElementIndex) -> bool) {
    let timers: ThinVec<Timer> =
        ctx.events(at).map(|events| events.timers.clone()).unwrap_or_default();
    for timer in timers.into_iter().filter(|timer| which(ElementIndex(timer.element))) {
        cancel(ctx, at, &timer);
    }
}

/// The timers of a migrated element instance that are older than `since` belong to the events
/// that `target` names, and are due as before.
pub(crate) fn migrate(
    ctx: &mut Ctx<'_>,
    at: &At,
    since: i64,
    target: impl Fn(ElementIndex) -> Option<ElementIndex>,
) {
    let events = ctx.events(at);
    let timers = events.map(|events| events.timers.clone()).unwrap_or_default();
    for timer in timers.into_iter().filter(|timer| timer.key.0 < since) {
        if let Some(index) = target(ElementIndex(timer.element)) {
            let schedule = Schedule { due_at: timer.due_at, repetitions: timer.repetitions };
            let event = Event::Timer(TimerIntent::Migrated, value(at, index, schedule));
            ctx.emit(timer.key.0, event);
        }
    }
}

fn cancel(ctx: &mut Ctx<'_>, at: &At, timer: &Timer) {
    let schedule = Schedule { due_at: timer.due_at, repetitions: timer.repetitions };
    let value = value(at, ElementIndex(timer.element), schedule);
    ctx.emit(timer.key.0, Event::Timer(TimerIntent::Canceled, value));
}

pub(crate) fn apply(
    state: &mut State,
    key: i64,
    intent: TimerIntent,
    timer: &TimerValue,
) -> Option<()> {
    let key = TimerKey(key);
    let element_instance_key = timer.element_instance_key;
    match (intent, timer.process_instance_key) {
        (TimerIntent::Created, process_instance_key) => {
            let definition = Arc::clone(state.definitions.get(timer.process_definition_key)?);
            let index = definition.process.find_inner(&timer.target_element_id)?;
            match process_instance_key {
                Some(instance) => {
                    let element = state.instances.element_mut(instance, element_instance_key)?;
                    let timers = &mut element.events_mut().timers;
                    grow_sparingly(timers);
                    timers.push(Timer {
                        key,
                        element: index.0,
                        due_at: timer.due_at,
                        repetitions: timer.repetitions,
                    });
                }
                None => state.timers.start.insert(
                    key,
                    StartTimer {
                        process_definition_key: timer.process_definition_key,
                        element: index.0,
                        due_at: timer.due_at,
                        repetitions: timer.repetitions,
                    },
                ),
            }
            state.timers.due.insert((timer.due_at, key), element_instance_key);
        }
        (TimerIntent::Migrated, owner) => {
            let definition = state.definitions.get(timer.process_definition_key)?;
            let index = definition.process.find_inner(&timer.target_element_id)?;
            let element = state.instances.element_mut(owner?, element_instance_key)?;
            let timers = &mut element.events_mut().timers;
            timers.iter_mut().find(|known| known.key == key)?.element = index.0;
        }
        (TimerIntent::Triggered | TimerIntent::Canceled, owner) => {
            state.timers.due.remove(&(timer.due_at, key));
            match owner {
                Some(instance) => {
                    let element = state.instances.element_mut(instance, element_instance_key)?;
                    element.events_mut().timers.retain(|known| known.key != key);
                }
                None => drop(state.timers.start.remove(&key)),
            }
        }
    }
    Some(())
}

/// Starts an instance for a start event that happened.
fn start_instance(ctx: &mut Ctx<'_>, definition: &Arc<Definition>, start: ElementIndex) {
    let key = ProcessInstanceKey(ctx.new_key());
    process_instance::start(ctx, key, definition, start, skep_record::Document::empty(), None);
}
