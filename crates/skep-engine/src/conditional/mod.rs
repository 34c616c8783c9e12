//! Conditional events: they wait until a condition on variables holds.

mod evaluate;
mod start;

use std::sync::Arc;

use skep_model::{ConditionDefinition, ElementIndex, Trigger};
use skep_record::{
    Command, ConditionalSubscriptionIntent, ConditionalSubscriptionValue, Document,
    ElementInstanceKey, Event, ProcessInstanceKey, Rejection, RejectionKind, TriggerConditional,
    VariableIntent,
};
use thin_vec::ThinVec;

pub(crate) use self::{
    evaluate::evaluate,
    start::{close_start_subscriptions, open_start_subscription},
};
use crate::{
    Ctx,
    ctx::At,
    element,
    expression::{self, Scope},
    state::{
        State,
        conditions::StartCondition,
        definition::Definition,
        instance::{ConditionWait, ProcessInstance},
    },
    variable::Change,
};

/// The condition of the event at `index`.
fn definition(definition: &Definition, index: ElementIndex) -> Option<&ConditionDefinition> {
    if let Some(Trigger::Conditional(condition)) = definition.process.element(index).trigger() {
        Some(condition)
    } else {
        None
    }
}

/// Begins to wait for a condition; it may hold already.
///
/// Source: camunda/camunda: engine/processing/bpmn/behavior/BpmnConditionalBehavior.java
pub(crate) fn open(ctx: &mut Ctx<'_>, at: &At, index: ElementIndex) {
    let key = ctx.new_key();
    let value = value(at, index);
    let created = ConditionalSubscriptionIntent::Created;
    ctx.emit(key, Event::ConditionalSubscription(created, Box::new(value)));
    if holds(ctx, at, index) {
        request(ctx, at, key);
    }
}

fn request(ctx: &mut Ctx<'_>, at: &At, key: i64) {
    let trigger = TriggerConditional {
        process_instance_key: at.process_instance_key,
        element_instance_key: at.key,
    };
    ctx.follow_up(key, Command::TriggerConditional(trigger));
}

/// What fails, or is neither true nor false, does not hold: a variable may still be missing.
fn holds(ctx: &mut Ctx<'_>, at: &At, index: ElementIndex) -> bool {
    let scope = Scope { process_instance_key: at.process_instance_key, key: at.key };
    let process = Arc::clone(&at.definition);
    definition(&process, index)
        .is_some_and(|known| expression::boolean(ctx, scope, &known.condition) == Ok(true))
}

fn value(at: &At, index: ElementIndex) -> ConditionalSubscriptionValue {
    ConditionalSubscriptionValue {
        process_instance_key: Some(at.process_instance_key),
        element_instance_key: at.key,
        interrupting: at.definition.is_interrupting(index),
        ..start_value(&at.definition, index)
    }
}

fn start_value(definition: &Definition, index: ElementIndex) -> ConditionalSubscriptionValue {
    ConditionalSubscriptionValue {
        process_definition_key: definition.key,
        bpmn_process_id: definition.bpmn_process_id.clone(),
        process_instance_key: None,
        element_instance_key: ElementInstanceKey(-1),
        catch_element_id: definition.facts(index).reference.element_id.clone(),
        interrupting: true,
        tenant_id: definition.tenant_id.clone(),
    }
}

/// No longer waits for the conditions of the events that `which` names.
pub(crate) fn close(ctx: &mut Ctx<'_>, at: &At, which: impl Fn(ElementIndex) -> bool) {
    if !at.definition.has_conditions {
        return;
    }
    for wait in waits(ctx, at) {
        let index = ElementIndex(wait.element);
        if which(index) {
            let value = value(at, index);
            let deleted = ConditionalSubscriptionIntent::Deleted;
            ctx.emit(wait.key, Event::ConditionalSubscription(deleted, Box::new(value)));
        }
    }
}

/// What a migrated element instance has waited for since before the key `since` was given out is
/// for the events that `target` names.
pub(crate) fn migrate(
    ctx: &mut Ctx<'_>,
    at: &At,
    since: i64,
    target: impl Fn(ElementIndex) -> Option<ElementIndex>,
) {
    for wait in waits(ctx, at).into_iter().filter(|wait| wait.key < since) {
        if let Some(index) = target(ElementIndex(wait.element)) {
            let value = Box::new(value(at, index));
            let migrated = ConditionalSubscriptionIntent::Migrated;
            ctx.emit(wait.key, Event::ConditionalSubscription(migrated, value));
        }
    }
}

fn waits(ctx: &Ctx<'_>, at: &At) -> ThinVec<ConditionWait> {
    let events = ctx.events(at);
    events.map(|events| events.conditions.clone()).unwrap_or_default()
}

/// Handles `CONDITIONAL_SUBSCRIPTION:TRIGGER`: the event happens.
///
/// # Errors
/// - `NotFound`: nothing waits any more.
/// - `InvalidState`: the element can take no event any more.
pub(crate) fn trigger(
    ctx: &mut Ctx<'_>,
    key: i64,
    trigger: &TriggerConditional,
) -> Result<(), Rejection> {
    let found = ctx.at(trigger.process_instance_key, trigger.element_instance_key).and_then(|at| {
        let wait = waits(ctx, &at).into_iter().find(|wait| wait.key == key)?;
        Some((at, ElementIndex(wait.element)))
    });
    let Some((at, index)) = found else {
        return Err(Rejection::new(
            RejectionKind::NotFound,
            format!(
                "Expected to trigger conditional subscription with key '{key}', but no such subscription was found"
            ),
        ));
    };
    if ctx.state().is_banned(at.process_instance_key) || !element::can_trigger(ctx, &at, index) {
        return Err(Rejection::new(
            RejectionKind::InvalidState,
            format!(
                "Expected to trigger conditional subscription with key '{key}', but the element can take no event any more"
            ),
        ));
    }
    let value = value(&at, index);
    let triggered = ConditionalSubscriptionIntent::Triggered;
    ctx.emit(key, Event::ConditionalSubscription(triggered, Box::new(value)));
    element::deliver(ctx, &at, index, Document::empty());
    Ok(())
}

/// Evaluates the conditions that the changes of one document may have made true, from the
/// outermost scope inwards; each of them once.
///
/// Below a scope that is about to be interrupted nothing is evaluated.
pub(crate) fn variables_changed(ctx: &mut Ctx<'_>, at: &At, changes: &[Change<'_>]) {
    if changes.is_empty() {
        return;
    }
    let mut interrupted: Vec<ElementInstanceKey> = Vec::new();
    for (scope_key, wait) in concerned(ctx, at, changes) {
        let is_below = ctx.state().instances.get(at.process_instance_key).is_some_and(|instance| {
            instance.scopes(scope_key).skip(1).any(|outer| interrupted.contains(&outer.key))
        });
        let Some(scope) = ctx.at(at.process_instance_key, scope_key).filter(|_| !is_below) else {
            continue;
        };
        let index = ElementIndex(wait.element);
        if holds(ctx, &scope, index) {
            request(ctx, &scope, wait.key);
            if scope.definition.is_interrupting(index) {
                interrupted.push(scope_key);
            }
        }
    }
}

/// Who waits for a condition on something that changed, outermost scopes first.
fn concerned(
    ctx: &Ctx<'_>,
    at: &At,
    changes: &[Change<'_>],
) -> Vec<(ElementInstanceKey, ConditionWait)> {
    let Some(instance) = ctx.state().instances.get(at.process_instance_key) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let waiting = ctx.state().conditions.waiting(at.process_instance_key);
    for element in waiting.filter_map(|key| instance.element(key)) {
        let Some(events) = element.events.as_ref().filter(|_| element.is_active()) else {
            continue;
        };
        for wait in &events.conditions {
            let known = definition(&at.definition, ElementIndex(wait.element));
            let is_concerned = known.is_some_and(|known| {
                changes.iter().any(|change| is_reason(instance, element.key, known, change))
            });
            if is_concerned {
                let depth = instance.scopes(element.key).count();
                found.push((depth, element.key, *wait));
            }
        }
    }
    found.sort_by_key(|(depth, _, wait)| (*depth, wait.key));
    found.into_iter().map(|(_, scope_key, wait)| (scope_key, wait)).collect()
}

/// Whether the change is one that the condition of an event at `scope_key` depends on.
fn is_reason(
    instance: &ProcessInstance,
    scope_key: ElementInstanceKey,
    known: &ConditionDefinition,
    change: &Change<'_>,
) -> bool {
    let counts = match change.intent {
        VariableIntent::Created => known.on_create,
        VariableIntent::Updated => known.on_update,
        VariableIntent::Migrated => false,
    };
    counts
        && known.condition.names().any(|name| name == change.name)
        && instance.scopes(scope_key).any(|scope| scope.key == change.scope_key)
}

pub(crate) fn apply(
    state: &mut State,
    key: i64,
    intent: ConditionalSubscriptionIntent,
    value: &ConditionalSubscriptionValue,
) -> Option<()> {
    let definition = Arc::clone(state.definitions.get(value.process_definition_key)?);
    let index = definition.process.find(&value.catch_element_id)?;
    match value.process_instance_key {
        Some(instance) => apply_wait(state, instance, key, index, intent, value),
        None => {
            match intent {
                ConditionalSubscriptionIntent::Created => state.conditions.starts.insert(
                    key,
                    StartCondition {
                        process_definition_key: value.process_definition_key,
                        element: index.0,
                    },
                ),
                ConditionalSubscriptionIntent::Triggered
                | ConditionalSubscriptionIntent::Migrated => (),
                ConditionalSubscriptionIntent::Deleted => {
                    state.conditions.starts.remove(&key);
                }
            }
            Some(())
        }
    }
}

fn apply_wait(
    state: &mut State,
    instance: ProcessInstanceKey,
    key: i64,
    index: ElementIndex,
    intent: ConditionalSubscriptionIntent,
    value: &ConditionalSubscriptionValue,
) -> Option<()> {
    let element = state.instances.element_mut(instance, value.element_instance_key)?;
    let conditions = &mut element.events_mut().conditions;
    match intent {
        ConditionalSubscriptionIntent::Created => {
            conditions.push(ConditionWait { key, element: index.0 });
        }
        ConditionalSubscriptionIntent::Triggered if !value.interrupting => (),
        ConditionalSubscriptionIntent::Migrated => {
            conditions.iter_mut().find(|known| known.key == key)?.element = index.0;
        }
        ConditionalSubscriptionIntent::Triggered | ConditionalSubscriptionIntent::Deleted => {
            conditions.retain(|known| known.key != key);
        }
    }
    let waits = !conditions.is_empty();
    state.conditions.set_waiting(instance, value.element_instance_key, waits);
    Some(())
}
