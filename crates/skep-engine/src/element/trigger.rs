//! Hands events from whatever caused them (a job, a message, a timer, …) to the element that
//! takes them.

use skep_model::ElementIndex;
use skep_record::{
    Document, ElementCommand, ElementInstanceKey, Event, ProcessEventEvent, ProcessInstanceIntent,
};

use crate::{
    Ctx,
    ctx::At,
    element::event_subprocess,
    state::instance::{EventTrigger, Variable},
    variable,
};

/// Stores an event at a scope for one of its elements; `at` is any element of the instance.
pub(crate) fn trigger(
    ctx: &mut Ctx<'_>,
    at: &At,
    scope_key: ElementInstanceKey,
    target: ElementIndex,
    variables: Document,
) {
    let key = ctx.new_key();
    let event = ProcessEventEvent::Triggering {
        instance: at.instance,
        scope_key,
        element: ctx.element_slot(&at.definition, target),
        variables,
        start_correlation_key: None,
    };
    ctx.emit(key, Event::ProcessEvent(event));
}

/// The oldest event stored at the element instance.
pub(super) fn first(ctx: &Ctx<'_>, at: &At) -> Option<EventTrigger> {
    ctx.events(at)?.triggers.first().cloned()
}

/// Takes the oldest event that is meant for the element itself.
pub(super) fn take(ctx: &mut Ctx<'_>, at: &At) -> Option<Document> {
    let event = of_itself(ctx, at)?;
    triggered(ctx, at, at.key, &event);
    Some(event.variables)
}

/// The oldest event that is meant for the element itself.
pub(super) fn of_itself(ctx: &Ctx<'_>, at: &At) -> Option<EventTrigger> {
    let triggers = &ctx.events(at)?.triggers;
    triggers.iter().find(|event| event.element == at.index.0).cloned()
}

/// The stored event of an interrupting boundary event.
pub(super) fn interrupting_boundary(ctx: &Ctx<'_>, at: &At) -> Option<EventTrigger> {
    let definition = &at.definition;
    let triggers = &ctx.events(at)?.triggers;
    triggers
        .iter()
        .find(|event| definition.interrupting_boundary(ElementIndex(event.element)) == Some(true))
        .cloned()
}

/// An event was taken from where it was stored.
pub(super) fn triggered(
    ctx: &mut Ctx<'_>,
    at: &At,
    scope_key: ElementInstanceKey,
    event: &EventTrigger,
) {
    let element = ctx.element_slot(&at.definition, ElementIndex(event.element));
    let triggered = ProcessEventEvent::Triggered { instance: at.instance, scope_key, element };
    ctx.emit(event.key, Event::ProcessEvent(triggered));
}

/// Starts the element that takes `event`, which was stored at `stored_at`, in `flow_scope`.
///
/// It has no input mappings and opens no subscriptions: it is activated at once, with the
/// event's variables as its own.
///
/// Source: camunda/zeebe: engine/processing/common/EventTriggerBehavior.java
pub(crate) fn activate_triggered(
    ctx: &mut Ctx<'_>,
    stored_at: ElementInstanceKey,
    flow_scope: &At,
    event: &EventTrigger,
) {
    triggered(ctx, flow_scope, stored_at, event);
    let key = ctx.new_key();
    let at = ctx.child(flow_scope, ElementIndex(event.element), key);
    ctx.emit_element(&at, ProcessInstanceIntent::ElementActivating);
    ctx.emit_element(&at, ProcessInstanceIntent::ElementActivated);
    variable::set_local(ctx, &at, at.key, event.variables.variables());
    ctx.follow_up_element(&at, ElementCommand::Complete);
}

/// Whether an event of `target` can still happen at the element instance.
///
/// A boundary event runs beside what it is attached to: it cannot where everything is about to be
/// terminated.
pub(crate) fn can_trigger(ctx: &Ctx<'_>, at: &At, target: ElementIndex) -> bool {
    let Some(element) = ctx.element(at) else { return false };
    if !element.is_active() {
        return false;
    }
    let is_boundary = at.definition.interrupting_boundary(target).is_some();
    if is_boundary
        && ctx.flow_scope(at).is_none_or(|scope| !scope.is_active() || scope.is_interrupted())
    {
        return false;
    }
    let Some(events) = &element.events else { return true };
    !events.is_closed && (events.interrupted_by.is_none() || is_boundary)
}

/// Lets an event of `target` happen at the element instance that waits for it.
///
/// Source: camunda/zeebe: engine/processing/common/EventHandle.java
pub(crate) fn deliver(ctx: &mut Ctx<'_>, at: &At, target: ElementIndex, variables: Document) {
    trigger(ctx, at, at.key, target, variables);
    match at.definition.interrupting_boundary(target) {
        Some(true) => ctx.follow_up_element(at, ElementCommand::Terminate),
        Some(false) => {
            let event = ctx
                .events(at)
                .and_then(|events| events.triggers.iter().rfind(|known| known.element == target.0))
                .cloned();
            let scope = ctx.at(at.process_instance_key, at.flow_scope_key);
            if let (Some(event), Some(scope)) = (event, scope) {
                activate_triggered(ctx, at.key, &scope, &event);
            }
        }
        None => match at.definition.event_subprocess_of(target) {
            Some((subprocess, interrupting)) => {
                event_subprocess::start(ctx, at, subprocess, interrupting);
            }
            None => ctx.follow_up_element(at, ElementCommand::Complete),
        },
    }
}

/// The variables that the element instance itself has.
pub(super) fn locals(ctx: &Ctx<'_>, at: &At) -> Document {
    match ctx.element(at) {
        Some(element) => Document::from_variables(element.variables.iter().map(Variable::entry)),
        None => Document::empty(),
    }
}
