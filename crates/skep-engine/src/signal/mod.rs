//! Signals: everybody who waits for one takes it, on every partition.

mod broadcast;
mod start;

use std::sync::Arc;

use skep_model::ElementIndex;
use skep_record::{Event, SignalSubscriptionEvent, SignalSubscriptionValue};
use thin_vec::ThinVec;

pub(crate) use self::{
    broadcast::{broadcast, broadcast_here},
    start::{close_start_subscriptions, open_start_subscription},
};
use crate::{
    Ctx,
    ctx::At,
    state::{State, definition::Definition, instance::SignalWait, signals::SignalSubscription},
};

/// Begins to wait for a signal.
pub(crate) fn open(ctx: &mut Ctx<'_>, at: &At, index: ElementIndex, name: &str) {
    let key = ctx.new_key();
    let value = value(at, index, name);
    ctx.emit(key, Event::SignalSubscription(SignalSubscriptionEvent::Created, Box::new(value)));
}

fn value(at: &At, index: ElementIndex, name: &str) -> SignalSubscriptionValue {
    SignalSubscriptionValue {
        process_instance_key: Some(at.process_instance_key),
        element_instance_key: at.key,
        ..start_value(&at.definition, index, name)
    }
}

fn start_value(
    definition: &Definition,
    index: ElementIndex,
    name: &str,
) -> SignalSubscriptionValue {
    SignalSubscriptionValue {
        signal_name: name.to_owned(),
        process_definition_key: definition.key,
        bpmn_process_id: definition.bpmn_process_id.clone(),
        process_instance_key: None,
        element_instance_key: skep_record::ElementInstanceKey(-1),
        element_id: definition.facts(index).reference.element_id.clone(),
        tenant_id: definition.tenant_id.clone(),
    }
}

/// No longer waits for the signals of the events that `which` names.
pub(crate) fn close(ctx: &mut Ctx<'_>, at: &At, which: impl Fn(ElementIndex) -> bool) {
    let waits: ThinVec<SignalWait> =
        ctx.events(at).map(|events| events.signals.clone()).unwrap_or_default();
    for wait in waits.into_iter().filter(|wait| which(ElementIndex(wait.element))) {
        let value = value(at, ElementIndex(wait.element), &wait.signal_name);
        let event = Event::SignalSubscription(SignalSubscriptionEvent::Deleted, Box::new(value));
        ctx.emit(wait.key, event);
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
    let events = ctx.events(at);
    let waits = events.map(|events| events.signals.clone()).unwrap_or_default();
    for wait in waits.into_iter().filter(|wait| wait.key < since) {
        if let Some(index) = target(ElementIndex(wait.element)) {
            let value = Box::new(value(at, index, &wait.signal_name));
            ctx.emit(wait.key, Event::SignalSubscription(SignalSubscriptionEvent::Migrated, value));
        }
    }
}

pub(crate) fn apply(
    state: &mut State,
    key: i64,
    event: SignalSubscriptionEvent,
    value: &SignalSubscriptionValue,
) -> Option<()> {
    let name: Arc<str> = value.signal_name.as_str().into();
    let id = (value.tenant_id.clone(), Arc::clone(&name), key);
    let definition = Arc::clone(state.definitions.get(value.process_definition_key)?);
    let index = definition.process.find_inner(&value.element_id)?;
    let waiting = value
        .process_instance_key
        .and_then(|instance| state.instances.element_mut(instance, value.element_instance_key));
    match event {
        SignalSubscriptionEvent::Created => {
            if let Some(element) = waiting {
                element.events_mut().signals.push(SignalWait {
                    key,
                    element: index.0,
                    signal_name: name,
                });
            }
            state.signals.subscriptions.insert(
                id,
                SignalSubscription {
                    process_definition_key: value.process_definition_key,
                    process_instance_key: value.process_instance_key,
                    element_instance_key: value.element_instance_key,
                    element: index.0,
                },
            );
        }
        SignalSubscriptionEvent::Migrated => {
            let waits = &mut waiting?.events_mut().signals;
            waits.iter_mut().find(|wait| wait.key == key)?.element = index.0;
            state.signals.subscriptions.update(&id, |subscription| {
                subscription.process_definition_key = value.process_definition_key;
                subscription.element = index.0;
            });
        }
        SignalSubscriptionEvent::Deleted => {
            if let Some(element) = waiting {
                element.events_mut().signals.retain(|wait| wait.key != key);
            }
            state.signals.subscriptions.remove(&id);
        }
    }
    Some(())
}
