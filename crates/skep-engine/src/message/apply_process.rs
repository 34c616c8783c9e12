//! Applies the events of subscriptions on the instance's partition.

use std::sync::Arc;

use skep_record::{
    ElementInstanceKey, Key, MessageKey, MessageName, ProcessInstanceKey,
    ProcessMessageSubscriptionEvent, ProcessMessageSubscriptionValue, RedeliveryTarget,
};

use crate::{
    apply::Facts,
    state::{
        State,
        instance::{ProcessMessageSubscription, SubscriptionState},
        instances::grow_sparingly,
        messages::DetachedSubscription,
    },
};

pub(crate) fn apply_process_subscription(
    state: &mut State,
    facts: &Facts<'_>,
    key: i64,
    event: ProcessMessageSubscriptionEvent,
    value: &ProcessMessageSubscriptionValue,
) -> Option<()> {
    match event {
        ProcessMessageSubscriptionEvent::Creating => creating(state, facts, key, value),
        ProcessMessageSubscriptionEvent::Created => opened(state, key, value),
        ProcessMessageSubscriptionEvent::Correlated => correlated(state, facts, key, value),
        ProcessMessageSubscriptionEvent::Deleting => {
            let taken = take_out(state, key, value)?.last_message_key;
            detach(state, facts, key, value, taken);
            Some(())
        }
        ProcessMessageSubscriptionEvent::Migrated => migrated(state, facts, key, value),
        ProcessMessageSubscriptionEvent::Deleted => {
            let detached = state.messages.detached.remove(&key)?;
            state.unacknowledged.remove(&(detached.sent_at, target(value, key)));
            Some(())
        }
    }
}

fn target(value: &ProcessMessageSubscriptionValue, key: i64) -> RedeliveryTarget {
    target_of(value.process_instance_key, value.element_instance_key, key)
}

fn target_of(
    process_instance_key: ProcessInstanceKey,
    element_instance_key: ElementInstanceKey,
    key: i64,
) -> RedeliveryTarget {
    RedeliveryTarget::ProcessMessageSubscription { process_instance_key, element_instance_key, key }
}

fn creating(
    state: &mut State,
    facts: &Facts<'_>,
    key: i64,
    value: &ProcessMessageSubscriptionValue,
) -> Option<()> {
    let definition = Arc::clone(&state.instances.get(value.process_instance_key)?.definition);
    let index = definition.process.find_inner(&value.element_id)?;
    let message_name = MessageName(state.names.share(&value.message_name.0));
    let element =
        state.instances.element_mut(value.process_instance_key, value.element_instance_key)?;
    let messages = &mut element.events_mut().messages;
    grow_sparingly(messages);
    messages.push(ProcessMessageSubscription {
        key,
        element: index.0,
        message_name,
        correlation_key: value.correlation_key.clone(),
        is_interrupting: value.interrupting,
        state: SubscriptionState::Opening,
        last_message_key: MessageKey(-1),
        sent_at: facts.now,
    });
    state.unacknowledged.insert((facts.now, target(value, key)));
    Some(())
}

/// The last message of a subscription that was migrated before it took any.
const NONE_BEFORE_MIGRATION: MessageKey = MessageKey(0);

/// The partition that has the messages is to be told, as if the subscription was to be opened.
fn migrated(
    state: &mut State,
    facts: &Facts<'_>,
    key: i64,
    value: &ProcessMessageSubscriptionValue,
) -> Option<()> {
    let definition = &state.instances.get(value.process_instance_key)?.definition;
    let index = definition.process.find_inner(&value.element_id)?;
    let subscription = subscription_mut(state, key, value)?;
    subscription.element = index.0;
    subscription.is_interrupting = value.interrupting;
    subscription.state = SubscriptionState::Opening;
    subscription.last_message_key = subscription.last_message_key.max(NONE_BEFORE_MIGRATION);
    let former = std::mem::replace(&mut subscription.sent_at, facts.now);
    state.unacknowledged.remove(&(former, target(value, key)));
    state.unacknowledged.insert((facts.now, target(value, key)));
    Some(())
}

/// Whether the partition that has the messages may know the subscription only as it was before a
/// migration. One that is opened for the first time has taken no message.
pub(super) fn is_migrating(subscription: &ProcessMessageSubscription) -> bool {
    subscription.state == SubscriptionState::Opening
        && subscription.last_message_key >= NONE_BEFORE_MIGRATION
}

fn subscription_mut<'s>(
    state: &'s mut State,
    key: i64,
    value: &ProcessMessageSubscriptionValue,
) -> Option<&'s mut ProcessMessageSubscription> {
    let element =
        state.instances.element_mut(value.process_instance_key, value.element_instance_key)?;
    element.events.as_mut()?.messages.iter_mut().find(|known| known.key == key)
}

fn opened(state: &mut State, key: i64, value: &ProcessMessageSubscriptionValue) -> Option<()> {
    let subscription = subscription_mut(state, key, value)?;
    subscription.state = SubscriptionState::Open;
    let sent_at = subscription.sent_at;
    state.unacknowledged.remove(&(sent_at, target(value, key)));
    Some(())
}

fn correlated(
    state: &mut State,
    facts: &Facts<'_>,
    key: i64,
    value: &ProcessMessageSubscriptionValue,
) -> Option<()> {
    // A message that comes says that the subscription is known.
    if !is_migrating(subscription_mut(state, key, value)?) {
        opened(state, key, value)?;
    }
    if !value.interrupting {
        subscription_mut(state, key, value)?.last_message_key = value.message_key;
        return Some(());
    }
    take_out(state, key, value)?;
    // Within one partition, correlating is one batch: the message cannot come again.
    if value.element_instance_key.partition() != Some(value.subscription_partition_id) {
        detach(state, facts, key, value, value.message_key);
    }
    Some(())
}

/// Takes the subscription from its element instance.
fn take_out(
    state: &mut State,
    key: i64,
    value: &ProcessMessageSubscriptionValue,
) -> Option<ProcessMessageSubscription> {
    let element =
        state.instances.element_mut(value.process_instance_key, value.element_instance_key)?;
    let messages = &mut element.events.as_mut()?.messages;
    let at = messages.iter().position(|known| known.key == key)?;
    let subscription = messages.remove(at);
    state.unacknowledged.remove(&(subscription.sent_at, target(value, key)));
    Some(subscription)
}

/// Remembers the subscription until the message's partition has forgotten it.
fn detach(
    state: &mut State,
    facts: &Facts<'_>,
    key: i64,
    value: &ProcessMessageSubscriptionValue,
    taken: MessageKey,
) {
    state.unacknowledged.insert((facts.now, target(value, key)));
    state.messages.detached.insert(
        key,
        DetachedSubscription {
            process_instance_key: value.process_instance_key,
            element_instance_key: value.element_instance_key,
            message_name: value.message_name.clone(),
            element_id: value.element_id.clone(),
            correlation_key: value.correlation_key.clone(),
            is_interrupting: value.interrupting,
            taken,
            sent_at: facts.now,
        },
    );
}

/// A request to open or close was sent again.
pub(crate) fn apply_redelivered(
    state: &mut State,
    facts: &Facts<'_>,
    instance: ProcessInstanceKey,
    element: ElementInstanceKey,
    key: i64,
) -> Option<()> {
    let target = target_of(instance, element, key);
    let opening = state
        .instances
        .element_mut(instance, element)
        .and_then(|element| element.events.as_mut())
        .and_then(|events| events.messages.iter_mut().find(|known| known.key == key));
    if let Some(subscription) = opening {
        let former = std::mem::replace(&mut subscription.sent_at, facts.now);
        state.unacknowledged.remove(&(former, target.clone()));
    } else {
        let former = state.messages.detached.get(&key)?.sent_at;
        state.messages.detached.update(&key, |detached| detached.sent_at = facts.now);
        state.unacknowledged.remove(&(former, target.clone()));
    }
    state.unacknowledged.insert((facts.now, target));
    Some(())
}
