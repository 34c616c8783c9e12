//! Subscriptions on the instance's partition: opening and closing them, and taking messages.

use skep_model::ElementIndex;
use skep_record::{
    AnswerCorrelation, Command, ConfirmMessageSubscription, CorrelateProcessMessageSubscription,
    CorrelationKey, CreateMessageSubscription, DeleteMessageSubscription, ElementInstanceKey,
    Event, MessageKey, MessageName, ProcessInstanceKey, ProcessMessageSubscriptionEvent,
    ProcessMessageSubscriptionValue, RedeliveryTarget, Rejection, RejectionKind, SubscriptionRef,
};

use super::apply_process::is_migrating;
use crate::{
    Ctx,
    ctx::At,
    element,
    state::{
        instance::{ProcessMessageSubscription, SubscriptionState},
        messages::DetachedSubscription,
    },
};

/// Begins to wait for a message.
pub(crate) fn open(
    ctx: &mut Ctx<'_>,
    at: &At,
    index: ElementIndex,
    message_name: MessageName,
    correlation_key: CorrelationKey,
) {
    let key = ctx.new_key();
    let is_interrupting = at.definition.is_interrupting(index);
    let subscription = ProcessMessageSubscription {
        key,
        element: index.0,
        message_name,
        correlation_key,
        is_interrupting,
        state: SubscriptionState::Opening,
        last_message_key: MessageKey(-1),
        sent_at: ctx.now(),
    };
    let value = value(ctx, at, &subscription, MessageKey(-1));
    ctx.emit(
        key,
        Event::ProcessMessageSubscription(ProcessMessageSubscriptionEvent::Creating, value),
    );
    send_open(ctx, at, &subscription);
}

/// Asks the partition that has the messages to open the subscription, or tells it that it was
/// migrated.
fn send_open(ctx: &mut Ctx<'_>, at: &At, subscription: &ProcessMessageSubscription) {
    let to = super::partition_of(ctx, &subscription.correlation_key);
    let facts = Box::new(facts(at, subscription));
    let command = if is_migrating(subscription) {
        Command::MigrateMessageSubscription(facts)
    } else {
        Command::CreateMessageSubscription(facts)
    };
    ctx.send(to, command);
}

/// What the partition that has the messages is to know.
fn facts(at: &At, subscription: &ProcessMessageSubscription) -> CreateMessageSubscription {
    CreateMessageSubscription {
        subscription: reference(at, subscription),
        bpmn_process_id: at.definition.bpmn_process_id.clone(),
        correlation_key: subscription.correlation_key.clone(),
        interrupting: subscription.is_interrupting,
        tenant_id: at.definition.tenant_id.clone(),
    }
}

fn reference(at: &At, subscription: &ProcessMessageSubscription) -> SubscriptionRef {
    SubscriptionRef {
        process_instance_key: at.process_instance_key,
        element_instance_key: at.key,
        message_name: subscription.message_name.clone(),
        key: subscription.key,
    }
}

fn value(
    ctx: &Ctx<'_>,
    at: &At,
    subscription: &ProcessMessageSubscription,
    message_key: MessageKey,
) -> Box<ProcessMessageSubscriptionValue> {
    let facts = at.definition.facts(ElementIndex(subscription.element));
    Box::new(ProcessMessageSubscriptionValue {
        process_instance_key: at.process_instance_key,
        element_instance_key: at.key,
        element_id: facts.reference.element_id.clone(),
        message_name: subscription.message_name.clone(),
        correlation_key: subscription.correlation_key.clone(),
        interrupting: subscription.is_interrupting,
        message_key,
        subscription_partition_id: super::partition_of(ctx, &subscription.correlation_key),
    })
}

/// No longer waits for any message.
pub(crate) fn close(ctx: &mut Ctx<'_>, at: &At, which: impl Fn(ElementIndex) -> bool) {
    let subscriptions: thin_vec::ThinVec<ProcessMessageSubscription> =
        ctx.events(at).map(|events| events.messages.clone()).unwrap_or_default();
    for subscription in subscriptions {
        if !which(ElementIndex(subscription.element)) {
            continue;
        }
        let value = value(ctx, at, &subscription, MessageKey(-1));
        ctx.emit(
            subscription.key,
            Event::ProcessMessageSubscription(ProcessMessageSubscriptionEvent::Deleting, value),
        );
        let to = super::partition_of(ctx, &subscription.correlation_key);
        let delete = DeleteMessageSubscription {
            subscription: reference(at, &subscription),
            taken: subscription.last_message_key,
        };
        ctx.send(to, Command::DeleteMessageSubscription(Box::new(delete)));
    }
}

/// What a migrated element instance has waited for since before the key `since` was given out is
/// for the events that `target` names, and the partition that has the messages is told.
pub(crate) fn migrate(
    ctx: &mut Ctx<'_>,
    at: &At,
    since: i64,
    target: impl Fn(ElementIndex) -> Option<ElementIndex>,
) {
    let events = ctx.events(at);
    let subscriptions = events.map(|events| events.messages.clone()).unwrap_or_default();
    for mut subscription in subscriptions.into_iter().filter(|known| known.key < since) {
        if let Some(index) = target(ElementIndex(subscription.element)) {
            subscription.element = index.0;
            subscription.is_interrupting = at.definition.is_interrupting(index);
            send_migrated(ctx, at, &subscription);
        }
    }
}

/// Says what is waited for from now on, until the partition that has the messages knows.
fn send_migrated(ctx: &mut Ctx<'_>, at: &At, subscription: &ProcessMessageSubscription) {
    let key = subscription.key;
    let value = value(ctx, at, subscription, subscription.last_message_key);
    let migrated = ProcessMessageSubscriptionEvent::Migrated;
    ctx.emit(key, Event::ProcessMessageSubscription(migrated, value));
    let events = ctx.events(at);
    let known = events.and_then(|events| events.messages.iter().find(|known| known.key == key));
    if let Some(subscription) = known.cloned() {
        send_open(ctx, at, &subscription);
    }
}

struct Waiting {
    at: At,
    subscription: ProcessMessageSubscription,
}

fn find_waiting(ctx: &mut Ctx<'_>, id: &SubscriptionRef) -> Option<Waiting> {
    let at = ctx.at(id.process_instance_key, id.element_instance_key)?;
    let events = ctx.events(&at)?;
    let subscription = events.messages.iter().find(|known| known.key == id.key)?.clone();
    Some(Waiting { at, subscription })
}

fn find_detached(ctx: &Ctx<'_>, id: &SubscriptionRef) -> Option<DetachedSubscription> {
    ctx.state().messages.detached.get(&id.key).cloned()
}

fn not_found(action: &str, id: &SubscriptionRef) -> Rejection {
    Rejection::new(
        RejectionKind::NotFound,
        format!(
            "Expected to {action} process message subscription with element key '{}' and message name '{}', but no such subscription was found",
            id.element_instance_key, id.message_name
        ),
    )
}

fn invalid_state(action: &str, id: &SubscriptionRef, found: &str) -> Rejection {
    Rejection::new(
        RejectionKind::InvalidState,
        format!(
            "Expected to {action} process message subscription with element key '{}' and message name '{}', but {found}",
            id.element_instance_key, id.message_name
        ),
    )
}

/// Handles `PROCESS_MESSAGE_SUBSCRIPTION:CREATE`: the message's partition knows of it.
///
/// If nothing waits any more, the request to open came after that to close, and is taken back.
///
/// # Errors
/// `InvalidState`: it was known already.
///
/// Source: camunda/zeebe: engine/processing/message/ProcessMessageSubscriptionCreateProcessor.java
pub(crate) fn confirm_open(
    ctx: &mut Ctx<'_>,
    confirm: &ConfirmMessageSubscription,
) -> Result<(), Rejection> {
    let id = &confirm.subscription;
    let Some(waiting) = find_waiting(ctx, id) else {
        ctx.reject(-1, not_found("open", id));
        send_close(ctx, &confirm.correlation_key, id);
        return Ok(());
    };
    match waiting.subscription.state {
        SubscriptionState::Opening => {
            let value = value(ctx, &waiting.at, &waiting.subscription, MessageKey(-1));
            ctx.emit(
                waiting.subscription.key,
                Event::ProcessMessageSubscription(ProcessMessageSubscriptionEvent::Created, value),
            );
            Ok(())
        }
        SubscriptionState::Open => Err(invalid_state("open", id, "it is open")),
    }
}

/// Handles `PROCESS_MESSAGE_SUBSCRIPTION:DELETE`: the message's partition has forgotten it.
///
/// If somebody still waits, it took the message before it was told that this is not the last one
/// any more, and is asked to open the subscription again.
///
/// # Errors
/// `NotFound`: it was forgotten already.
///
/// Source: camunda/zeebe: engine/processing/message/ProcessMessageSubscriptionDeleteProcessor.java
pub(crate) fn confirm_closed(ctx: &mut Ctx<'_>, id: &SubscriptionRef) -> Result<(), Rejection> {
    if let Some(Waiting { at, subscription }) = find_waiting(ctx, id) {
        send_migrated(ctx, &at, &subscription);
        return Ok(());
    }
    let detached = find_detached(ctx, id).ok_or_else(|| not_found("close", id))?;
    let value = ProcessMessageSubscriptionValue {
        process_instance_key: id.process_instance_key,
        element_instance_key: id.element_instance_key,
        element_id: detached.element_id,
        message_name: id.message_name.clone(),
        subscription_partition_id: super::partition_of(ctx, &detached.correlation_key),
        correlation_key: detached.correlation_key,
        interrupting: detached.is_interrupting,
        message_key: MessageKey(-1),
    };
    ctx.emit(
        id.key,
        Event::ProcessMessageSubscription(
            ProcessMessageSubscriptionEvent::Deleted,
            Box::new(value),
        ),
    );
    Ok(())
}

/// Handles `PROCESS_MESSAGE_SUBSCRIPTION:CORRELATE`: a message is here.
///
/// One that comes again was taken, and is acknowledged again; messages come in the order of their
/// keys, so one older than the last comes again. One that cannot be taken is given
/// back, for another instance; if nothing waits any more, by closing the subscription: it may have
/// been opened again by a request that came late.
///
/// Source: camunda/zeebe: engine/processing/message/ProcessMessageSubscriptionCorrelateProcessor.java
pub(crate) fn correlate(ctx: &mut Ctx<'_>, correlate: &CorrelateProcessMessageSubscription) {
    let id = &correlate.subscription;
    let message_key = correlate.message_key;
    let was_taken_by_detached =
        find_detached(ctx, id).is_some_and(|detached| detached.taken == message_key);
    let waiting = find_waiting(ctx, id);
    let was_taken = was_taken_by_detached
        || waiting
            .as_ref()
            .is_some_and(|waiting| waiting.subscription.last_message_key >= message_key);
    if was_taken {
        ctx.reject(-1, invalid_state("correlate", id, "it has taken that message already"));
        acknowledge(ctx, correlate);
        return;
    }
    let Some(Waiting { at, subscription }) = waiting else {
        ctx.reject(-1, not_found("correlate", id));
        send_close(ctx, &correlate.correlation_key, id);
        return;
    };
    let target = ElementIndex(subscription.element);
    if ctx.state().is_banned(at.process_instance_key) || !element::can_trigger(ctx, &at, target) {
        ctx.reject(-1, invalid_state("correlate", id, "the element can take no event any more"));
        refuse(ctx, correlate);
        return;
    }
    let value = value(ctx, &at, &subscription, message_key);
    ctx.emit(
        subscription.key,
        Event::ProcessMessageSubscription(ProcessMessageSubscriptionEvent::Correlated, value),
    );
    element::deliver(ctx, &at, target, correlate.variables.clone());
    acknowledge(ctx, correlate);
}

/// Closes a subscription of an element instance that no longer waits. It says what was taken: the
/// acknowledgement of that may be lost.
fn send_close(ctx: &mut Ctx<'_>, correlation_key: &CorrelationKey, id: &SubscriptionRef) {
    let to = super::partition_of(ctx, correlation_key);
    let taken = find_detached(ctx, id).map_or(MessageKey(-1), |detached| detached.taken);
    let delete = DeleteMessageSubscription { subscription: id.clone(), taken };
    ctx.send(to, Command::DeleteMessageSubscription(Box::new(delete)));
}

fn answer(correlate: &CorrelateProcessMessageSubscription) -> Box<AnswerCorrelation> {
    Box::new(AnswerCorrelation {
        subscription: correlate.subscription.clone(),
        bpmn_process_id: correlate.bpmn_process_id.clone(),
        message_key: correlate.message_key,
        correlation_key: correlate.correlation_key.clone(),
        tenant_id: correlate.tenant_id.clone(),
    })
}

fn acknowledge(ctx: &mut Ctx<'_>, correlate: &CorrelateProcessMessageSubscription) {
    let to = super::partition_of(ctx, &correlate.correlation_key);
    ctx.send(to, Command::CorrelateMessageSubscription(answer(correlate)));
}

fn refuse(ctx: &mut Ctx<'_>, correlate: &CorrelateProcessMessageSubscription) {
    let to = super::partition_of(ctx, &correlate.correlation_key);
    ctx.send(to, Command::RejectMessageSubscription(answer(correlate)));
}

/// Sends the request to open or close a subscription again.
pub(crate) fn redeliver(
    ctx: &mut Ctx<'_>,
    process_instance_key: ProcessInstanceKey,
    element_instance_key: ElementInstanceKey,
    key: i64,
) -> Option<()> {
    let target = RedeliveryTarget::ProcessMessageSubscription {
        process_instance_key,
        element_instance_key,
        key,
    };
    if let Some(at) = ctx.at(process_instance_key, element_instance_key) {
        let opening = ctx
            .events(&at)
            .and_then(|events| events.messages.iter().find(|known| known.key == key))
            .filter(|subscription| subscription.state == SubscriptionState::Opening)
            .cloned();
        if let Some(subscription) = opening {
            ctx.emit(-1, Event::Redelivered(target));
            send_open(ctx, &at, &subscription);
            return Some(());
        }
    }
    let detached = ctx.state().messages.detached.get(&key).cloned()?;
    ctx.emit(-1, Event::Redelivered(target));
    let to = super::partition_of(ctx, &detached.correlation_key);
    let subscription = SubscriptionRef {
        process_instance_key,
        element_instance_key,
        message_name: detached.message_name,
        key,
    };
    let delete = DeleteMessageSubscription { subscription, taken: detached.taken };
    ctx.send(to, Command::DeleteMessageSubscription(Box::new(delete)));
    Some(())
}
