//! Messages whose sender waits to be told who took them.
//!
//! The sender is answered by the first instance that takes the message, or once none that it
//! was given to has.

use skep_record::{
    CorrelateMessage, CorrelatedMessage, Event, MessageCorrelationIntent, MessageCorrelationValue,
    MessageEvent, MessageKey, ProcessInstanceKey, PublishMessage, Rejection, RejectionKind,
    Response,
};

use super::{publish, start};
use crate::{
    Answer, Ctx, Effect,
    state::{State, messages::AwaitedCorrelation},
};

/// Handles `MESSAGE_CORRELATION:CORRELATE`: like a message without time to live, but refused
/// when nothing waits for it, and answered when an instance has taken it.
///
/// # Errors
/// `NotFound`: nothing waits for it.
///
/// Source: camunda/camunda-docs: docs/apis-tools/camunda-api-rest, `correlate-message`;
/// camunda/camunda: zeebe/protocol, `MessageCorrelationIntent`
pub(crate) fn correlate_for_sender(
    ctx: &mut Ctx<'_>,
    correlate: &CorrelateMessage,
) -> Result<(), Rejection> {
    let message = PublishMessage {
        name: correlate.name.clone(),
        correlation_key: correlate.correlation_key.clone(),
        time_to_live_ms: 0,
        message_id: String::new(),
        variables: correlate.variables.clone(),
        tenant_id: correlate.tenant_id.clone(),
    };
    let awaited = AwaitedCorrelation {
        name: correlate.name.clone(),
        correlation_key: correlate.correlation_key.clone(),
        tenant_id: correlate.tenant_id.clone(),
    };
    if !is_awaited(ctx, &awaited) && !start::would_start(ctx, &message) {
        return Err(not_found(&awaited));
    }
    let key = MessageKey(ctx.new_key());
    emit(ctx, key, MessageCorrelationIntent::Correlating, &awaited, NO_INSTANCE);
    publish::emit(ctx, key, &message);
    ctx.answer = Answer::WhenCorrelated(key);
    match publish::give(ctx, key, &message).first() {
        Some(started) => correlated(ctx, key, *started),
        None => refused(ctx, key),
    }
    ctx.emit(key.0, Event::Message(MessageEvent::Expired));
    Ok(())
}

const NO_INSTANCE: ProcessInstanceKey = ProcessInstanceKey(-1);

/// Whether an instance waits for the message and takes no other one just now.
fn is_awaited(ctx: &Ctx<'_>, awaited: &AwaitedCorrelation) -> bool {
    let correlation = awaited.correlation();
    let mut subscriptions = ctx.state().messages.subscriptions.to(&correlation);
    subscriptions.any(|(_, subscription)| subscription.correlating.is_none())
}

fn not_found(awaited: &AwaitedCorrelation) -> Rejection {
    Rejection::new(
        RejectionKind::NotFound,
        format!(
            "Expected to find subscription for message with name '{}' and correlation key '{}', but none was found.",
            awaited.name, awaited.correlation_key
        ),
    )
}

fn emit(
    ctx: &mut Ctx<'_>,
    key: MessageKey,
    intent: MessageCorrelationIntent,
    awaited: &AwaitedCorrelation,
    process_instance_key: ProcessInstanceKey,
) {
    let value = MessageCorrelationValue {
        name: awaited.name.clone(),
        correlation_key: awaited.correlation_key.clone(),
        tenant_id: awaited.tenant_id.clone(),
        process_instance_key,
    };
    ctx.emit(key.0, Event::MessageCorrelation(intent, Box::new(value)));
}

/// An instance has taken the message; its sender is told, if it still waits.
pub(super) fn correlated(ctx: &mut Ctx<'_>, key: MessageKey, instance: ProcessInstanceKey) {
    let Some(awaited) = ctx.state().messages.awaited.get(&key).cloned() else { return };
    emit(ctx, key, MessageCorrelationIntent::Correlated, &awaited, instance);
    let response = Response::Correlated(CorrelatedMessage {
        message_key: key,
        tenant_id: awaited.tenant_id,
        process_instance_key: instance,
    });
    ctx.effects.push(Effect::Correlated(key, Ok(response)));
}

/// An instance has not taken the message; unless another one still may, its sender is told.
pub(super) fn refused(ctx: &mut Ctx<'_>, key: MessageKey) {
    let Some(awaited) = ctx.state().messages.awaited.get(&key).cloned() else { return };
    let correlation = awaited.correlation();
    let may_be_taken = ctx.state().messages.subscriptions.to(&correlation).any(|(_, other)| {
        other.correlating.as_ref().is_some_and(|correlating| correlating.message_key == key)
    });
    if !may_be_taken {
        emit(ctx, key, MessageCorrelationIntent::NotCorrelated, &awaited, NO_INSTANCE);
        ctx.effects.push(Effect::Correlated(key, Err(not_found(&awaited))));
    }
}

pub(crate) fn apply_correlation(
    state: &mut State,
    key: i64,
    intent: MessageCorrelationIntent,
    value: &MessageCorrelationValue,
) -> Option<()> {
    let key = MessageKey(key);
    match intent {
        MessageCorrelationIntent::Correlating => {
            let awaited = AwaitedCorrelation {
                name: value.name.clone(),
                correlation_key: value.correlation_key.clone(),
                tenant_id: value.tenant_id.clone(),
            };
            state.messages.awaited.insert(key, awaited);
        }
        MessageCorrelationIntent::Correlated | MessageCorrelationIntent::NotCorrelated => {
            state.messages.awaited.remove(&key);
        }
    }
    Some(())
}
