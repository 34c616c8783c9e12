//! Waiting for events: which ones an element waits for, opening and closing subscriptions.

use std::sync::Arc;

use skep_model::{
    ElementIndex, ElementKind, MessageDefinition, TextOrFeel, TimerDefinition, Trigger,
};
use skep_record::{ErrorType, ProcessInstanceIntent};

use crate::{
    Ctx, conditional,
    ctx::At,
    expression::{self, Scope},
    failure::Failure,
    message, signal,
    state::instance::ElementInstance,
    timer::{self, Schedule},
};

/// Intermediate catch events and receive tasks: wait.
pub(super) fn activate(ctx: &mut Ctx<'_>, at: &At) -> Result<(), Failure> {
    subscribe(ctx, at)?;
    ctx.emit_element(at, ProcessInstanceIntent::ElementActivated);
    Ok(())
}

/// What an element waits for on its way.
enum Wait<'p> {
    Message(&'p MessageDefinition),
    Timer(&'p TimerDefinition),
    Signal(&'p TextOrFeel),
    Condition,
}

impl<'p> Wait<'p> {
    /// `None` for what comes unasked: errors, escalations and compensation.
    fn of(trigger: &'p Trigger) -> Option<Self> {
        match trigger {
            Trigger::Message(message) => Some(Self::Message(message)),
            Trigger::Timer(timer) => Some(Self::Timer(timer)),
            Trigger::Signal(name) => Some(Self::Signal(name)),
            Trigger::Conditional(_) => Some(Self::Condition),
            Trigger::Error(_) | Trigger::Escalation(_) | Trigger::Compensation(_) => None,
        }
    }
}

/// The events that an element instance waits for, by the element that takes each.
fn waits(at: &At) -> Vec<(ElementIndex, Wait<'_>)> {
    let process = &at.definition.process;
    let element = at.element();
    let mut waits = Vec::with_capacity(element.boundary_events.len());
    if let ElementKind::IntermediateCatchEvent(trigger) = &element.kind {
        waits.extend(Wait::of(trigger).map(|wait| (at.index, wait)));
    } else if let ElementKind::ReceiveTask(message) = &element.kind {
        waits.push((at.index, Wait::Message(message)));
    } else if matches!(element.kind, ElementKind::EventBasedGateway) {
        for flow in &element.outgoing {
            let target = process.flow(*flow).target;
            let wait = process.element(target).trigger().and_then(Wait::of);
            waits.extend(wait.map(|wait| (target, wait)));
        }
    }
    for index in &element.boundary_events {
        let wait = process.element(*index).trigger().and_then(Wait::of);
        waits.extend(wait.map(|wait| (*index, wait)));
    }
    waits
}

/// Evaluates and then opens all subscriptions: messages, timers, signals, conditions.
///
/// Nothing is opened when anything cannot be evaluated.
///
/// Source: camunda/zeebe: engine/processing/common/CatchEventBehavior.java
pub(crate) fn subscribe(ctx: &mut Ctx<'_>, at: &At) -> Result<(), Failure> {
    let waits = waits(at);
    if waits.is_empty() { Ok(()) } else { open(ctx, at, &waits) }
}

/// The same for those of its events that `which` names, with those of the event subprocesses in
/// it unless one of them has interrupted it.
pub(crate) fn subscribe_to(
    ctx: &mut Ctx<'_>,
    at: &At,
    which: impl Fn(ElementIndex) -> bool,
) -> Result<(), Failure> {
    let mut waits = waits(at);
    if !ctx.element(at).is_some_and(ElementInstance::is_interrupted) {
        waits.extend(waits_of_event_subprocesses(at));
    }
    waits.retain(|(index, _)| which(*index));
    open(ctx, at, &waits)
}

/// The same for the event subprocesses in the scope `at`.
pub(crate) fn subscribe_event_subprocesses(ctx: &mut Ctx<'_>, at: &At) -> Result<(), Failure> {
    let waits: Vec<_> = waits_of_event_subprocesses(at).collect();
    if waits.is_empty() { Ok(()) } else { open(ctx, at, &waits) }
}

fn waits_of_event_subprocesses(at: &At) -> impl Iterator<Item = (ElementIndex, Wait<'_>)> {
    let process = &at.definition.process;
    at.element().event_subprocesses.iter().filter_map(|subprocess| {
        let (start, _) = process.element(*subprocess).event_subprocess()?;
        Some((start, process.element(start).trigger().and_then(Wait::of)?))
    })
}

fn open(ctx: &mut Ctx<'_>, at: &At, waits: &[(ElementIndex, Wait<'_>)]) -> Result<(), Failure> {
    let own = Scope { process_instance_key: at.process_instance_key, key: at.key };
    let outer = Scope { key: at.flow_scope_key, ..own };
    let mut messages = Vec::new();
    let mut timers: Vec<(ElementIndex, Schedule)> = Vec::new();
    let mut signals: Vec<(ElementIndex, Arc<str>)> = Vec::new();
    let mut conditions: Vec<ElementIndex> = Vec::new();
    for (index, wait) in waits {
        // The activity's own variables are not in reach of its boundary events' keys.
        let is_boundary = at.element().boundary_events.contains(index);
        let key_scope = if is_boundary { outer } else { own };
        match wait {
            Wait::Message(message) => {
                messages.push((*index, evaluate_message(ctx, own, key_scope, message)?));
            }
            Wait::Timer(definition) => {
                timers.push((*index, timer::evaluate(ctx, own, definition)?));
            }
            Wait::Condition => conditions.push(*index),
            Wait::Signal(name) => {
                signals.push((*index, expression::string(ctx, own, name)?));
            }
        }
    }
    for (index, (name, correlation_key)) in messages {
        message::open(ctx, at, index, name.into(), correlation_key.into());
    }
    for (index, schedule) in timers {
        timer::open(ctx, at, index, schedule);
    }
    for (index, name) in signals {
        signal::open(ctx, at, index, &name);
    }
    for index in conditions {
        conditional::open(ctx, at, index);
    }
    Ok(())
}

fn evaluate_message(
    ctx: &mut Ctx<'_>,
    own: Scope,
    key_scope: Scope,
    message: &MessageDefinition,
) -> Result<(Arc<str>, Arc<str>), Failure> {
    let name = expression::string(ctx, own, &message.name)?;
    let Some(correlation_key) = &message.correlation_key else {
        return Err(Failure::new(
            ErrorType::ExtractValueError,
            format!("message '{name}' has no correlation key"),
        ));
    };
    let correlation_key = expression::correlation_key(ctx, key_scope, correlation_key)?;
    Ok((name, correlation_key))
}

/// Closes whatever the element instance still waits for: timers, messages, signals.
pub(crate) fn unsubscribe(ctx: &mut Ctx<'_>, at: &At) {
    if ctx.element(at).is_none_or(|element| element.events.is_none()) {
        return;
    }
    unsubscribe_from(ctx, at, |_| true);
}

/// Closes what the element instance waits for at the events that `which` names.
pub(crate) fn unsubscribe_from(ctx: &mut Ctx<'_>, at: &At, which: impl Fn(ElementIndex) -> bool) {
    timer::close(ctx, at, &which);
    message::close(ctx, at, &which);
    signal::close(ctx, at, &which);
    conditional::close(ctx, at, &which);
}

/// The same as an element instance is migrated, in the order of that.
///
/// Source: camunda/camunda: zeebe/engine/processing/processinstance/migration/ProcessInstanceMigrationCatchEventBehaviour.java
pub(crate) fn unsubscribe_unmapped(
    ctx: &mut Ctx<'_>,
    at: &At,
    which: impl Fn(ElementIndex) -> bool,
) {
    message::close(ctx, at, &which);
    timer::close(ctx, at, &which);
    signal::close(ctx, at, &which);
    conditional::close(ctx, at, &which);
}

/// What the element instance has waited for since before the key `since` was given out is for the
/// events that `target` names.
pub(crate) fn migrate(
    ctx: &mut Ctx<'_>,
    at: &At,
    since: i64,
    target: impl Fn(ElementIndex) -> Option<ElementIndex>,
) {
    message::migrate(ctx, at, since, &target);
    timer::migrate(ctx, at, since, &target);
    signal::migrate(ctx, at, since, &target);
    conditional::migrate(ctx, at, since, &target);
}

/// Closes what the event subprocesses in the scope `at` wait for.
pub(super) fn unsubscribe_event_subprocesses(ctx: &mut Ctx<'_>, at: &At) {
    unsubscribe_from(ctx, at, |index| at.definition.event_subprocess_of(index).is_some());
}
