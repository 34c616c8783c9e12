//! Sends a message to an instance that waits for it.

use skep_record::{
    Command, CorrelateProcessMessageSubscription, Document, Event, MessageKey,
    MessageSubscriptionEvent, MessageSubscriptionValue, SubscriptionRef,
};

use crate::{Ctx, state::message_subscriptions::MessageSubscription};

/// The subscription as records describe it.
pub(super) fn value(
    subscription: &MessageSubscription,
    message_key: MessageKey,
    variables: Document,
) -> Box<MessageSubscriptionValue> {
    Box::new(MessageSubscriptionValue {
        process_instance_key: subscription.process_instance_key,
        element_instance_key: subscription.element_instance_key,
        process_subscription_key: subscription.process_subscription_key,
        bpmn_process_id: subscription.kind.bpmn_process_id.clone(),
        message_name: subscription.kind.message_name.clone(),
        correlation_key: subscription.correlation_key.clone(),
        interrupting: subscription.is_interrupting,
        tenant_id: subscription.kind.tenant_id.clone(),
        message_key,
        variables,
    })
}

pub(super) fn reference(subscription: &MessageSubscription) -> SubscriptionRef {
    SubscriptionRef {
        process_instance_key: subscription.process_instance_key,
        element_instance_key: subscription.element_instance_key,
        message_name: subscription.kind.message_name.clone(),
        key: subscription.process_subscription_key,
    }
}

/// Puts a message on its way to the subscription.
pub(super) fn start(ctx: &mut Ctx<'_>, key: i64, message_key: MessageKey, variables: Document) {
    if let Some(subscription) = begin(ctx, key, message_key, &variables) {
        send(ctx, &subscription, message_key, variables);
    }
}

/// Gives a message to the subscription, which is still to be told.
pub(super) fn begin(
    ctx: &mut Ctx<'_>,
    key: i64,
    message_key: MessageKey,
    variables: &Document,
) -> Option<MessageSubscription> {
    let subscription = ctx.state().messages.subscriptions.get(key)?;
    let value = value(&subscription, message_key, variables.clone());
    ctx.emit(key, Event::MessageSubscription(MessageSubscriptionEvent::Correlating, value));
    Some(subscription)
}

/// Tells the instance's partition about the message.
pub(super) fn send(
    ctx: &mut Ctx<'_>,
    subscription: &MessageSubscription,
    message_key: MessageKey,
    variables: Document,
) {
    let to = super::partition_of_instance(ctx, subscription.process_instance_key);
    let command = CorrelateProcessMessageSubscription {
        subscription: reference(subscription),
        bpmn_process_id: subscription.kind.bpmn_process_id.clone(),
        message_key,
        correlation_key: subscription.correlation_key.clone(),
        variables,
        tenant_id: subscription.kind.tenant_id.clone(),
    };
    ctx.send(to, Command::CorrelateProcessMessageSubscription(Box::new(command)));
}

/// Puts the oldest buffered message that the process has not taken, and that is newer than the
/// subscription's last, on its way to the subscription; false when there is none.
pub(super) fn start_buffered(ctx: &mut Ctx<'_>, key: i64) -> bool {
    let now = ctx.now();
    let messages = &ctx.state().messages;
    let Some(subscription) = messages.subscriptions.get(key) else { return false };
    let found = messages
        .buffered(&subscription.correlation())
        .find(|(key, message)| {
            *key > subscription.last_message_key
                && message.deadline > now
                && !message.correlated_to.contains(&subscription.kind.bpmn_process_id)
        })
        .map(|(key, message)| (key, message.variables.clone()));
    match found {
        Some((message_key, variables)) => {
            start(ctx, key, message_key, variables);
            true
        }
        None => false,
    }
}
