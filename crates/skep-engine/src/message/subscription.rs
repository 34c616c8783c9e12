//! Subscriptions on the message's partition: commands from the instance's partition.

use skep_record::{
    AnswerCorrelation, Command, ConfirmMessageSubscription, CreateMessageSubscription,
    DeleteMessageSubscription, Document, Event, MessageKey, MessageSubscriptionEvent,
    MessageSubscriptionValue, RedeliveryTarget, Rejection, RejectionKind, SubscriptionRef,
};

use super::correlate;
use crate::{Ctx, state::messages::Correlation};

/// No message.
const NONE: MessageKey = MessageKey(-1);

/// Handles `MESSAGE_SUBSCRIPTION:CREATE`; a buffered message is taken at once.
///
/// Source: camunda/zeebe: engine/processing/message/MessageSubscriptionCreateProcessor.java
pub(crate) fn create(ctx: &mut Ctx<'_>, create: &CreateMessageSubscription) {
    let id = &create.subscription;
    if ctx.state().messages.subscriptions.by_process_key(id.key).is_some() {
        ctx.reject(-1, redundant("open", id, "it is open"));
        confirm_open(ctx, create);
    } else {
        open(ctx, create);
    }
}

/// Handles `MESSAGE_SUBSCRIPTION:MIGRATE`: the process, or whether the first message is the last,
/// is another now. What is not known took a message that was to be its last one, and is opened
/// again.
pub(crate) fn migrate(ctx: &mut Ctx<'_>, migrate: &CreateMessageSubscription) {
    let found = ctx.state().messages.subscriptions.by_process_key(migrate.subscription.key);
    let Some((key, known)) = found else { return open(ctx, migrate) };
    let value = MessageSubscriptionValue {
        bpmn_process_id: migrate.bpmn_process_id.clone(),
        interrupting: migrate.interrupting,
        ..*correlate::value(&known, NONE, Document::empty())
    };
    ctx.emit(key, Event::MessageSubscription(MessageSubscriptionEvent::Migrated, Box::new(value)));
    confirm_open(ctx, migrate);
}

fn open(ctx: &mut Ctx<'_>, create: &CreateMessageSubscription) {
    let id = &create.subscription;
    let key = ctx.new_key();
    let value = MessageSubscriptionValue {
        process_instance_key: id.process_instance_key,
        element_instance_key: id.element_instance_key,
        process_subscription_key: id.key,
        bpmn_process_id: create.bpmn_process_id.clone(),
        message_name: id.message_name.clone(),
        correlation_key: create.correlation_key.clone(),
        interrupting: create.interrupting,
        tenant_id: create.tenant_id.clone(),
        message_key: NONE,
        variables: Document::empty(),
    };
    ctx.emit(key, Event::MessageSubscription(MessageSubscriptionEvent::Created, Box::new(value)));
    // A message on its way tells the instance's partition that the subscription is open.
    if !correlate::start_buffered(ctx, key) {
        confirm_open(ctx, create);
    }
}

fn confirm_open(ctx: &mut Ctx<'_>, create: &CreateMessageSubscription) {
    let open = ConfirmMessageSubscription {
        subscription: create.subscription.clone(),
        correlation_key: create.correlation_key.clone(),
    };
    confirm(ctx, &create.subscription, Command::ConfirmMessageSubscription(Box::new(open)));
}

fn confirm(ctx: &mut Ctx<'_>, id: &SubscriptionRef, command: Command) {
    let to = super::partition_of_instance(ctx, id.process_instance_key);
    ctx.send(to, command);
}

fn redundant(action: &str, id: &SubscriptionRef, found: &str) -> Rejection {
    Rejection::new(
        RejectionKind::InvalidState,
        format!(
            "Expected to {action} message subscription for element with key '{}' and message name '{}', but {found}",
            id.element_instance_key, id.message_name
        ),
    )
}

/// Handles `MESSAGE_SUBSCRIPTION:CORRELATE`: the instance has taken the message.
///
/// # Errors
/// `NotFound`: that message is not on its way to that subscription.
///
/// Source: camunda/zeebe: engine/processing/message/MessageSubscriptionCorrelateProcessor.java
pub(crate) fn correlated(ctx: &mut Ctx<'_>, answer: &AnswerCorrelation) -> Result<(), Rejection> {
    let id = &answer.subscription;
    let found = find_correlating(ctx, id, answer.message_key);
    // Another partition remembers that it took the message until it is told that this is known.
    let is_remote =
        super::partition_of_instance(ctx, id.process_instance_key) != ctx.config.partition_id;
    let Some((key, value)) = found else {
        if is_remote && ctx.state().messages.subscriptions.by_process_key(id.key).is_none() {
            confirm(ctx, id, Command::ConfirmMessageSubscriptionDeleted(Box::new(id.clone())));
        }
        ctx.reject(-1, not_found("correlate", id));
        return Ok(());
    };
    let is_interrupting = value.interrupting;
    ctx.emit(key, Event::MessageSubscription(MessageSubscriptionEvent::Correlated, value));
    super::answer::correlated(ctx, answer.message_key, id.process_instance_key);
    if !is_interrupting {
        correlate::start_buffered(ctx, key);
    } else if is_remote {
        confirm(ctx, id, Command::ConfirmMessageSubscriptionDeleted(Box::new(id.clone())));
    }
    Ok(())
}

fn not_found(action: &str, id: &SubscriptionRef) -> Rejection {
    Rejection::new(
        RejectionKind::NotFound,
        format!(
            "Expected to {action} message subscription for element with key '{}' and message name '{}', but no such message subscription exists",
            id.element_instance_key, id.message_name
        ),
    )
}

type Correlating = (i64, Box<MessageSubscriptionValue>);

fn find_correlating(
    ctx: &Ctx<'_>,
    id: &SubscriptionRef,
    message_key: MessageKey,
) -> Option<Correlating> {
    let (key, subscription) = ctx.state().messages.subscriptions.by_process_key(id.key)?;
    let correlating = subscription.correlating.as_ref()?;
    (correlating.message_key == message_key)
        .then(|| (key, correlate::value(&subscription, message_key, Document::empty())))
}

/// Handles `MESSAGE_SUBSCRIPTION:REJECT`: the instance could not take the message, so another
/// one of the same process id may have it.
///
/// # Errors
/// `NotFound`: that message is not on its way to that subscription, or no longer.
///
/// Source: camunda/zeebe: engine/processing/message/MessageSubscriptionRejectProcessor.java
pub(crate) fn reject(ctx: &mut Ctx<'_>, answer: &AnswerCorrelation) -> Result<(), Rejection> {
    let id = &answer.subscription;
    let (key, mut value) = find_correlating(ctx, id, answer.message_key)
        .ok_or_else(|| not_found("reject the correlation of", id))?;
    // The instance may have been migrated to another process since it was sent.
    value.bpmn_process_id.clone_from(&answer.bpmn_process_id);
    give_to_other(ctx, key, value);
    Ok(())
}

/// Gives a message that was on its way to this subscription to the next one of the same process.
fn give_to_other(ctx: &mut Ctx<'_>, key: i64, value: Box<MessageSubscriptionValue>) {
    let correlation: Correlation =
        (value.tenant_id.clone(), value.message_name.clone(), value.correlation_key.clone());
    let (message_key, process) = (value.message_key, value.bpmn_process_id.clone());
    ctx.emit(key, Event::MessageSubscription(MessageSubscriptionEvent::Rejected, value));
    super::answer::refused(ctx, message_key);
    let messages = &ctx.state().messages;
    let Some(message) = messages.messages.get(&message_key) else { return };
    if message.deadline <= ctx.now() {
        return;
    }
    let variables = message.variables.clone();
    let next = messages
        .subscriptions
        .to(&correlation)
        .find(|(other, subscription)| {
            subscription.kind.bpmn_process_id == process
                && subscription.correlating.is_none()
                && subscription.last_message_key < message_key
                && *other != key
        })
        .map(|(other, _)| other);
    if let Some(next) = next {
        correlate::start(ctx, next, message_key, variables);
    }
}

/// Handles `MESSAGE_SUBSCRIPTION:DELETE`: the instance no longer waits. It says what it took
/// last, so a message on its way to it is known to be taken or not, whatever gets lost.
///
/// Source: camunda/zeebe: engine/processing/message/MessageSubscriptionDeleteProcessor.java
pub(crate) fn delete(ctx: &mut Ctx<'_>, delete: &DeleteMessageSubscription) {
    let id = &delete.subscription;
    let found = ctx.state().messages.subscriptions.by_process_key(id.key);
    let Some((key, subscription)) = found else {
        ctx.reject(-1, not_found("close", id));
        confirm(ctx, id, Command::ConfirmMessageSubscriptionDeleted(Box::new(id.clone())));
        return;
    };
    if let Some(correlating) = &subscription.correlating {
        let message_key = correlating.message_key;
        let value = correlate::value(&subscription, message_key, Document::empty());
        if delete.taken == message_key {
            let event = MessageSubscriptionEvent::Correlated;
            ctx.emit(key, Event::MessageSubscription(event, value));
            super::answer::correlated(ctx, message_key, id.process_instance_key);
        } else {
            give_to_other(ctx, key, value);
        }
    }
    let value = correlate::value(&subscription, NONE, Document::empty());
    ctx.emit(key, Event::MessageSubscription(MessageSubscriptionEvent::Deleted, value));
    confirm(ctx, id, Command::ConfirmMessageSubscriptionDeleted(Box::new(id.clone())));
}

/// Sends a message on its way again.
pub(crate) fn redeliver(ctx: &mut Ctx<'_>, key: i64) -> Option<()> {
    let subscription = ctx.state().messages.subscriptions.get(key)?;
    let correlating = subscription.correlating.as_ref()?;
    ctx.emit(-1, Event::Redelivered(RedeliveryTarget::MessageSubscription(key)));
    correlate::send(ctx, &subscription, correlating.message_key, correlating.variables.clone());
    Some(())
}
