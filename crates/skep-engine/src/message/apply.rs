//! Applies the events of messages and of subscriptions on the message's partition.

use std::sync::Arc;

use skep_record::{
    MessageEvent, MessageKey, MessageStartEventSubscriptionEvent,
    MessageStartEventSubscriptionValue, MessageSubscriptionEvent, MessageSubscriptionValue,
    RedeliveryTarget,
};

use crate::{
    apply::Facts,
    state::{
        State,
        message_subscriptions::{Correlating, MessageSubscription, SubscriptionKind},
        messages::{Message, MessageStartSubscription},
    },
};

pub(crate) fn apply(state: &mut State, key: i64, event: &MessageEvent) -> Option<()> {
    let key = MessageKey(key);
    match event {
        MessageEvent::Published(message) => state.messages.insert_message(
            key,
            Arc::new(Message {
                name: message.name.clone(),
                correlation_key: message.correlation_key.clone(),
                message_id: message.message_id.as_str().into(),
                deadline: message.deadline,
                variables: message.variables.clone(),
                tenant_id: message.tenant_id.clone(),
                correlated_to: Vec::new(),
            }),
        ),
        MessageEvent::Expired => state.messages.remove_message(key),
    }
    Some(())
}

pub(crate) fn apply_subscription(
    state: &mut State,
    facts: &Facts<'_>,
    key: i64,
    event: MessageSubscriptionEvent,
    value: &MessageSubscriptionValue,
) -> Option<()> {
    match event {
        MessageSubscriptionEvent::Created => state.messages.subscriptions.insert(
            key,
            MessageSubscription {
                process_instance_key: value.process_instance_key,
                element_instance_key: value.element_instance_key,
                process_subscription_key: value.process_subscription_key,
                kind: kind(value),
                correlation_key: value.correlation_key.clone(),
                is_interrupting: value.interrupting,
                correlating: None,
                last_message_key: MessageKey(-1),
            },
        ),
        MessageSubscriptionEvent::Correlating => {
            let correlating = Correlating {
                message_key: value.message_key,
                variables: value.variables.clone(),
                sent_at: facts.now,
            };
            set_correlating(state, key, Some(correlating));
            state.messages.mark_correlated(value.message_key, &value.bpmn_process_id);
        }
        MessageSubscriptionEvent::Correlated => {
            set_correlating(state, key, None);
            if value.interrupting {
                state.messages.subscriptions.remove(key);
            } else {
                state.messages.subscriptions.update(key, |subscription| {
                    subscription.last_message_key = value.message_key;
                });
            }
        }
        MessageSubscriptionEvent::Rejected => {
            set_correlating(state, key, None);
            state.messages.unmark_correlated(value.message_key, &value.bpmn_process_id);
        }
        MessageSubscriptionEvent::Migrated => {
            let mut subscription = state.messages.subscriptions.get(key)?;
            subscription.is_interrupting = value.interrupting;
            subscription.kind = kind(value);
            state.messages.subscriptions.remove(key);
            state.messages.subscriptions.insert(key, subscription);
        }
        MessageSubscriptionEvent::Deleted => {
            set_correlating(state, key, None);
            state.messages.subscriptions.remove(key);
        }
    }
    Some(())
}

fn kind(value: &MessageSubscriptionValue) -> Arc<SubscriptionKind> {
    Arc::new(SubscriptionKind {
        bpmn_process_id: value.bpmn_process_id.clone(),
        message_name: value.message_name.clone(),
        tenant_id: value.tenant_id.clone(),
    })
}

/// Changes which message is on its way, and when to send it again.
fn set_correlating(state: &mut State, key: i64, to: Option<Correlating>) {
    let target = RedeliveryTarget::MessageSubscription(key);
    let Some(subscription) = state.messages.subscriptions.get(key) else { return };
    if let Some(former) = &subscription.correlating {
        state.unacknowledged.remove(&(former.sent_at, target.clone()));
    }
    if let Some(correlating) = &to {
        state.unacknowledged.insert((correlating.sent_at, target));
    }
    state.messages.subscriptions.update(key, |subscription| {
        subscription.correlating = to.map(Box::new);
    });
}

/// A message on its way was sent again.
pub(crate) fn apply_redelivered(state: &mut State, facts: &Facts<'_>, key: i64) -> Option<()> {
    let correlating = *state.messages.subscriptions.get(key)?.correlating?;
    set_correlating(state, key, Some(Correlating { sent_at: facts.now, ..correlating }));
    Some(())
}

pub(crate) fn apply_start_subscription(
    state: &mut State,
    key: i64,
    event: MessageStartEventSubscriptionEvent,
    value: &MessageStartEventSubscriptionValue,
) -> Option<()> {
    match event {
        MessageStartEventSubscriptionEvent::Created => {
            let definition = state.definitions.get(value.process_definition_key)?;
            let index = definition.process.find(&value.start_event_id)?;
            let subscription = MessageStartSubscription {
                process_definition_key: value.process_definition_key,
                bpmn_process_id: value.bpmn_process_id.clone(),
                element: index.0,
                message_name: value.message_name.clone(),
                tenant_id: value.tenant_id.clone(),
            };
            state.messages.insert_start(key, Arc::new(subscription));
        }
        MessageStartEventSubscriptionEvent::Correlated => {
            state.messages.mark_correlated(value.message_key, &value.bpmn_process_id);
        }
        MessageStartEventSubscriptionEvent::Deleted => state.messages.remove_start(key),
    }
    Some(())
}
