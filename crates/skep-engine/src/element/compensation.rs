//! Compensation: activities that were completed, and what undoes them.

use skep_model::{ElementIndex, ElementKind, Trigger};
use skep_record::{
    CompensationSubscriptionIntent, CompensationSubscriptionValue, ElementCommand,
    ElementInstanceKey, Event, ProcessInstanceIntent,
};

use crate::{
    Ctx,
    apply::Facts,
    ctx::At,
    failure::Failure,
    state::{State, compensations::CompensationSubscription},
};

/// Notes that an activity was completed that can be compensated, or a subprocess with such
/// activities in it.
///
/// Source: camunda/zeebe: engine/processing/bpmn/behavior/BpmnCompensationSubscriptionBehaviour.java
pub(super) fn subscribe(ctx: &mut Ctx<'_>, at: &At) {
    let process = &at.definition.process;
    let mut is_noted = false;
    for boundary in &at.element().boundary_events {
        if let Some(Trigger::Compensation(handler)) = process.element(*boundary).trigger() {
            create(ctx, at, Some(*handler));
            is_noted = true;
        }
    }
    let contains_some = !is_noted
        && is_container(&at.element().kind)
        && any(ctx, at, |known| known.scope_key == at.key);
    if contains_some {
        create(ctx, at, None);
    }
}

/// Whether completed activities can be inside.
fn is_container(kind: &ElementKind) -> bool {
    matches!(
        kind,
        ElementKind::SubProcess
            | ElementKind::MultiInstanceBody(_)
            | ElementKind::AdHocSubProcess(_)
            | ElementKind::AdHocInnerInstance
    )
}

fn create(ctx: &mut Ctx<'_>, at: &At, handler: Option<ElementIndex>) {
    let subscription = CompensationSubscription {
        activity: at.index.0,
        activity_key: at.key,
        scope_key: at.flow_scope_key,
        handler: handler.map(|handler| handler.0),
        handler_key: None,
        thrown_by: None,
    };
    let key = ctx.new_key();
    emit(ctx, at, key, &subscription, CompensationSubscriptionIntent::Created);
}

/// A throw or end event asks for compensation, and waits for all handlers that this starts.
pub(super) fn activate(
    ctx: &mut Ctx<'_>,
    at: &At,
    activity: Option<ElementIndex>,
) -> Result<(), Failure> {
    ctx.emit_element(at, ProcessInstanceIntent::ElementActivated);
    let scopes = scopes(ctx, at);
    let meant = matching(ctx, at, |known| {
        let is_meant = activity.is_none_or(|activity| activity.0 == known.activity);
        is_meant && scopes.contains(&known.scope_key)
    });
    for (key, _) in meant {
        trigger(ctx, at, key);
    }
    if !any(ctx, at, |known| is_thrown_by(known, at.key)) {
        ctx.follow_up_element(at, ElementCommand::Complete);
    }
    Ok(())
}

/// The scopes whose activities the event compensates: its own, and the one around it if that is
/// an event subprocess.
fn scopes(ctx: &mut Ctx<'_>, at: &At) -> Vec<ElementInstanceKey> {
    let mut scopes = vec![at.flow_scope_key];
    if let Some(scope) = ctx.at(at.process_instance_key, at.flow_scope_key)
        && scope.element().event_subprocess().is_some()
    {
        scopes.push(scope.flow_scope_key);
    }
    scopes
}

/// Starts the handler, and those of the activities inside. Subprocesses are nested no deeper than
/// XML elements are.
fn trigger(ctx: &mut Ctx<'_>, throw: &At, key: i64) {
    let Some(found) = find(ctx, throw, key).filter(|known| known.thrown_by.is_none()) else {
        return;
    };
    let handler_key = found.handler.and_then(|handler| invoke(ctx, throw, &found, handler));
    let triggered = CompensationSubscription {
        handler_key,
        thrown_by: Some((throw.index.0, throw.key)),
        ..found
    };
    emit(ctx, throw, key, &triggered, CompensationSubscriptionIntent::Triggered);
    let activity = throw.definition.process.element(ElementIndex(triggered.activity));
    if is_container(&activity.kind) {
        let inside = matching(ctx, throw, |known| known.scope_key == triggered.activity_key);
        for (nested, _) in inside {
            trigger(ctx, throw, nested);
        }
    }
    if handler_key.is_none() && !has_open_inside(ctx, throw, &triggered) {
        emit(ctx, throw, key, &triggered, CompensationSubscriptionIntent::Completed);
    }
}

/// Passes the boundary event and starts its handler, both in the scope of the throw event.
fn invoke(
    ctx: &mut Ctx<'_>,
    throw: &At,
    subscription: &CompensationSubscription,
    handler: u32,
) -> Option<ElementInstanceKey> {
    let handler = ElementIndex(handler);
    let process = &throw.definition.process;
    let activity = process.element(ElementIndex(subscription.activity));
    let boundary = activity.boundary_events.iter().copied().find(|event| {
        matches!(process.element(*event).trigger(), Some(Trigger::Compensation(known)) if *known == handler)
    })?;
    let scope = ctx.at(throw.process_instance_key, throw.flow_scope_key)?;
    let key = ctx.new_key();
    let boundary = ctx.child(&scope, boundary, key);
    ctx.emit_element(&boundary, ProcessInstanceIntent::ElementActivating);
    ctx.emit_element(&boundary, ProcessInstanceIntent::ElementActivated);
    ctx.emit_element(&boundary, ProcessInstanceIntent::ElementCompleting);
    ctx.emit_element(&boundary, ProcessInstanceIntent::ElementCompleted);
    let key = ctx.new_key();
    let handler = ctx.child(&scope, handler, key);
    ctx.follow_up_element(&handler, ElementCommand::Activate);
    Some(handler.key)
}

/// A handler has completed; when it was the last one, so does the event that started it.
pub(super) fn handler_completed(ctx: &mut Ctx<'_>, at: &At) {
    let of_handler = matching(ctx, at, |known| known.handler_key == Some(at.key));
    let Some((mut key, mut subscription)) = of_handler.into_iter().next() else { return };
    let Some((_, throw_key)) = subscription.thrown_by else { return };
    loop {
        emit(ctx, at, key, &subscription, CompensationSubscriptionIntent::Completed);
        // The subprocess around it has been compensated once everything in it has.
        let around = matching(ctx, at, |known| {
            known.activity_key == subscription.scope_key
                && known.handler.is_none()
                && is_thrown_by(known, throw_key)
        });
        match around.into_iter().next() {
            Some((outer_key, outer)) if !has_open_inside(ctx, at, &outer) => {
                (key, subscription) = (outer_key, outer);
            }
            Some(_) | None => break,
        }
    }
    let waits = any(ctx, at, |known| is_thrown_by(known, throw_key));
    if !waits && let Some(throw) = ctx.at(at.process_instance_key, throw_key) {
        ctx.follow_up_element(&throw, ElementCommand::Complete);
    }
}

fn is_thrown_by(subscription: &CompensationSubscription, throw_key: ElementInstanceKey) -> bool {
    subscription.thrown_by.is_some_and(|(_, key)| key == throw_key)
}

/// Whether something inside is being compensated by the same event.
fn has_open_inside(ctx: &Ctx<'_>, at: &At, outer: &CompensationSubscription) -> bool {
    any(ctx, at, |known| {
        known.scope_key == outer.activity_key && known.thrown_by == outer.thrown_by
    })
}

/// What was completed in a scope that ends cannot be compensated any more: in a process nothing
/// at all, in a subprocess what is in it. What an event subprocess leaves behind, the process
/// forgets.
pub(super) fn forget(ctx: &mut Ctx<'_>, scope: &At) {
    if scope.is_process() {
        for (key, subscription) in matching(ctx, scope, |_| true) {
            emit(ctx, scope, key, &subscription, CompensationSubscriptionIntent::Deleted);
        }
    } else if !matches!(scope.element().kind, ElementKind::EventSubProcess { .. }) {
        forget_inside(ctx, scope, scope.key);
    }
}

/// Each activity goes before those in it. Subprocesses are nested no deeper than XML elements are.
fn forget_inside(ctx: &mut Ctx<'_>, at: &At, scope_key: ElementInstanceKey) {
    for (key, subscription) in matching(ctx, at, |known| known.scope_key == scope_key) {
        emit(ctx, at, key, &subscription, CompensationSubscriptionIntent::Deleted);
        let activity = at.definition.process.element(ElementIndex(subscription.activity));
        if is_container(&activity.kind) {
            forget_inside(ctx, at, subscription.activity_key);
        }
    }
}

/// A completed activity becomes one of the definition that the instance runs now, with another
/// handler; `source` and `at` are the process before and after. `None`: it is forgotten.
pub(crate) fn migrate(
    ctx: &mut Ctx<'_>,
    source: &At,
    at: &At,
    key: i64,
    target: Option<(ElementIndex, Option<ElementIndex>)>,
) {
    let Some(known) = find(ctx, at, key) else { return };
    let Some((activity, handler)) = target else {
        emit(ctx, source, key, &known, CompensationSubscriptionIntent::Deleted);
        return;
    };
    let migrated = CompensationSubscription {
        activity: activity.0,
        handler: handler.map(|handler| handler.0),
        ..known
    };
    emit(ctx, at, key, &migrated, CompensationSubscriptionIntent::Migrated);
}

/// The subscriptions of the process instance that `which` names, oldest first.
fn matching(
    ctx: &Ctx<'_>,
    at: &At,
    which: impl Fn(&CompensationSubscription) -> bool,
) -> Vec<(i64, CompensationSubscription)> {
    let known = ctx.state().compensations.of_instance(at.process_instance_key);
    let chosen = known.filter(|(_, subscription)| which(subscription));
    chosen.map(|(key, subscription)| (key, subscription.clone())).collect()
}

fn any(ctx: &Ctx<'_>, at: &At, which: impl Fn(&CompensationSubscription) -> bool) -> bool {
    let mut known = ctx.state().compensations.of_instance(at.process_instance_key);
    known.any(|(_, subscription)| which(subscription))
}

fn find(ctx: &Ctx<'_>, at: &At, key: i64) -> Option<CompensationSubscription> {
    ctx.state().compensations.get(at.process_instance_key, key).cloned()
}

fn emit(
    ctx: &mut Ctx<'_>,
    at: &At,
    key: i64,
    subscription: &CompensationSubscription,
    intent: CompensationSubscriptionIntent,
) {
    let definition = &at.definition;
    let value = CompensationSubscriptionValue {
        instance: at.instance,
        activity: ctx.element_slot(definition, ElementIndex(subscription.activity)),
        activity_key: subscription.activity_key,
        scope_key: subscription.scope_key,
        handler: subscription
            .handler
            .map(|handler| ctx.element_slot(definition, ElementIndex(handler))),
        handler_key: subscription.handler_key,
        thrown_by: subscription
            .thrown_by
            .map(|(throw, key)| (ctx.element_slot(definition, ElementIndex(throw)), key)),
    };
    ctx.emit(key, Event::CompensationSubscription(intent, Box::new(value)));
}

pub(crate) fn apply(
    state: &mut State,
    facts: &Facts<'_>,
    key: i64,
    intent: CompensationSubscriptionIntent,
    value: &CompensationSubscriptionValue,
) -> Option<()> {
    let instance = facts.instance(value.instance)?;
    let process_instance_key = instance.process_instance_key;
    match intent {
        CompensationSubscriptionIntent::Created
        | CompensationSubscriptionIntent::Triggered
        | CompensationSubscriptionIntent::Migrated => {
            let definition = state.definitions.get(instance.process_definition_key)?;
            let index = |slot| Some(definition.index_of(facts.element(slot)?)?.0);
            let subscription = CompensationSubscription {
                activity: index(value.activity)?,
                activity_key: value.activity_key,
                scope_key: value.scope_key,
                handler: value.handler.and_then(index),
                handler_key: value.handler_key,
                thrown_by: match value.thrown_by {
                    Some((throw, key)) => Some((index(throw)?, key)),
                    None => None,
                },
            };
            state.compensations.insert(process_instance_key, key, subscription);
        }
        CompensationSubscriptionIntent::Completed | CompensationSubscriptionIntent::Deleted => {
            state.compensations.remove(process_instance_key, key);
        }
    }
    Some(())
}
