//! `MESSAGE:PUBLISH`

use std::collections::BTreeSet;

use skep_record::{
    BpmnProcessId, Event, MessageEvent, MessageKey, MessagePublished, ProcessInstanceKey,
    PublishMessage, Rejection, RejectionKind, Response,
};

use super::{correlate, start};
use crate::{Ctx, state::messages::Correlation};

/// Handles `MESSAGE:PUBLISH`: one subscription of each process id takes the message, then start
/// events do; with time to live it stays for later subscriptions.
///
/// # Errors
/// `AlreadyExists`: a buffered message has the same id, name and correlation key.
///
/// Source: camunda/zeebe: engine/processing/message/MessagePublishProcessor.java
pub(crate) fn publish(ctx: &mut Ctx<'_>, publish: &PublishMessage) -> Result<(), Rejection> {
    let correlation: Correlation =
        (publish.tenant_id.clone(), publish.name.clone(), publish.correlation_key.clone());
    let id = &publish.message_id;
    if !id.is_empty() && ctx.state().messages.has_id(correlation, id) {
        return Err(Rejection::new(
            RejectionKind::AlreadyExists,
            format!(
                "Expected to publish a new message with id '{id}', but a message with that id was already published"
            ),
        ));
    }
    let key = MessageKey(ctx.new_key());
    emit(ctx, key, publish);
    ctx.reply(Response::Published(key));

    give(ctx, key, publish);
    if publish.time_to_live_ms <= 0 {
        ctx.emit(key.0, Event::Message(MessageEvent::Expired));
    }
    Ok(())
}

/// Writes that the message is published.
pub(super) fn emit(ctx: &mut Ctx<'_>, key: MessageKey, publish: &PublishMessage) {
    let message = MessagePublished {
        name: publish.name.clone(),
        correlation_key: publish.correlation_key.clone(),
        message_id: publish.message_id.clone(),
        deadline: ctx.now().plus_ms(publish.time_to_live_ms),
        variables: publish.variables.clone(),
        tenant_id: publish.tenant_id.clone(),
    };
    ctx.emit(key.0, Event::Message(MessageEvent::Published(Box::new(message))));
}

/// Gives a message that was just published to what waits for it; answers the instances that it
/// has started.
pub(super) fn give(
    ctx: &mut Ctx<'_>,
    key: MessageKey,
    publish: &PublishMessage,
) -> Vec<ProcessInstanceKey> {
    let correlation: Correlation =
        (publish.tenant_id.clone(), publish.name.clone(), publish.correlation_key.clone());
    let mut taken_by: BTreeSet<BpmnProcessId> = BTreeSet::new();
    let waiting: Vec<(i64, BpmnProcessId)> = ctx
        .state()
        .messages
        .subscriptions
        .to(&correlation)
        .filter(|(_, subscription)| subscription.correlating.is_none())
        .map(|(key, subscription)| (key, subscription.kind.bpmn_process_id.clone()))
        .collect();
    let mut taking = Vec::new();
    for (subscription, process) in waiting {
        if taken_by.insert(process) {
            taking.extend(correlate::begin(ctx, subscription, key, &publish.variables));
        }
    }
    let started = start::correlate_published(ctx, key, publish, &taken_by);
    for subscription in taking {
        correlate::send(ctx, &subscription, key, publish.variables.clone());
    }
    started
}
