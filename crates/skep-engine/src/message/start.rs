//! Message start events.

use std::{collections::BTreeSet, sync::Arc};

use skep_model::{ElementIndex, MessageDefinition};
use skep_record::{
    BpmnProcessId, CorrelationKey, Document, ElementId, Event, MessageKey,
    MessageStartEventSubscriptionEvent, MessageStartEventSubscriptionValue, ProcessInstanceKey,
    PublishMessage, Rejection, RejectionKind, TenantId,
};

use crate::{
    Ctx,
    ctx::At,
    expression::{self, Scope},
    process_instance,
    state::{
        definition::Definition,
        messages::{MessageStartSubscription, StartLock},
    },
};

/// A message start event begins to wait.
///
/// # Errors
/// `InvalidArgument`: the message name cannot be evaluated without variables.
pub(crate) fn open_start_subscription(
    ctx: &mut Ctx<'_>,
    definition: &Definition,
    index: ElementIndex,
    message: &MessageDefinition,
) -> Result<(), Rejection> {
    let name = expression::string(ctx, Scope::NONE, &message.name).map_err(|failure| {
        Rejection::new(
            RejectionKind::InvalidArgument,
            format!(
                "Expected the message name of start event '{}' to be known at deployment, but {}",
                definition.process.element(index).id,
                failure.message
            ),
        )
    })?;
    let key = ctx.new_key();
    let subscription = MessageStartSubscription {
        process_definition_key: definition.key,
        bpmn_process_id: definition.bpmn_process_id.clone(),
        element: index.0,
        message_name: name.into(),
        tenant_id: definition.tenant_id.clone(),
    };
    let value = value(ctx, &subscription);
    ctx.emit(
        key,
        Event::MessageStartEventSubscription(
            MessageStartEventSubscriptionEvent::Created,
            Box::new(value),
        ),
    );
    Ok(())
}

/// The message start events of a process id wait no longer.
pub(crate) fn close_start_subscriptions(
    ctx: &mut Ctx<'_>,
    tenant: &TenantId,
    process: &BpmnProcessId,
) {
    let open: Vec<(i64, Arc<MessageStartSubscription>)> = ctx
        .state()
        .messages
        .start_subscriptions_of(tenant, process)
        .map(|(key, subscription)| (key, Arc::clone(subscription)))
        .collect();
    for (key, subscription) in open {
        let value = value(ctx, &subscription);
        ctx.emit(
            key,
            Event::MessageStartEventSubscription(
                MessageStartEventSubscriptionEvent::Deleted,
                Box::new(value),
            ),
        );
    }
}

fn value(
    ctx: &Ctx<'_>,
    subscription: &MessageStartSubscription,
) -> MessageStartEventSubscriptionValue {
    let start_event_id =
        ctx.state().definitions.get(subscription.process_definition_key).map_or_else(
            || ElementId::from(""),
            |definition| {
                definition.facts(ElementIndex(subscription.element)).reference.element_id.clone()
            },
        );
    MessageStartEventSubscriptionValue {
        process_definition_key: subscription.process_definition_key,
        bpmn_process_id: subscription.bpmn_process_id.clone(),
        start_event_id,
        message_name: subscription.message_name.clone(),
        tenant_id: subscription.tenant_id.clone(),
        message_key: MessageKey(-1),
        correlation_key: CorrelationKey::from(""),
        process_instance_key: ProcessInstanceKey(-1),
    }
}

/// A message that was just published starts an instance of each process that waits for it.
pub(super) fn correlate_published(
    ctx: &mut Ctx<'_>,
    message_key: MessageKey,
    publish: &PublishMessage,
    taken_by: &BTreeSet<BpmnProcessId>,
) -> Vec<ProcessInstanceKey> {
    let mut started = Vec::new();
    let mut taken_by = taken_by.clone();
    let waiting: Vec<(i64, Arc<MessageStartSubscription>)> = ctx
        .state()
        .messages
        .start_subscriptions_to(&publish.tenant_id, &publish.name)
        .map(|(key, subscription)| (key, Arc::clone(subscription)))
        .collect();
    for (key, subscription) in waiting {
        if !is_held_back(ctx, &subscription, &publish.correlation_key)
            && taken_by.insert(subscription.bpmn_process_id.clone())
        {
            started.extend(start_instance(
                ctx,
                key,
                &subscription,
                message_key,
                publish.correlation_key.clone(),
                publish.variables.clone(),
            ));
        }
    }
    started
}

/// Whether an instance that such a message started is still active.
fn is_held_back(
    ctx: &Ctx<'_>,
    subscription: &MessageStartSubscription,
    correlation_key: &CorrelationKey,
) -> bool {
    !correlation_key.is_empty() && {
        let lock = (
            subscription.tenant_id.clone(),
            subscription.bpmn_process_id.clone(),
            correlation_key.clone(),
        );
        ctx.state().messages.start_locks.contains(&lock)
    }
}

/// Whether the message would start an instance.
pub(super) fn would_start(ctx: &Ctx<'_>, publish: &PublishMessage) -> bool {
    let mut waiting =
        ctx.state().messages.start_subscriptions_to(&publish.tenant_id, &publish.name);
    waiting.any(|(_, subscription)| !is_held_back(ctx, subscription, &publish.correlation_key))
}

fn start_instance(
    ctx: &mut Ctx<'_>,
    key: i64,
    subscription: &MessageStartSubscription,
    message_key: MessageKey,
    correlation_key: CorrelationKey,
    variables: Document,
) -> Option<ProcessInstanceKey> {
    let definition = ctx.state().definitions.get(subscription.process_definition_key);
    let definition = definition.map(Arc::clone)?;
    let index = ElementIndex(subscription.element);
    let lock = (!correlation_key.is_empty()).then(|| correlation_key.clone());
    let value = value(ctx, subscription);
    let instance = ProcessInstanceKey(ctx.new_key());
    ctx.emit(
        key,
        Event::MessageStartEventSubscription(
            MessageStartEventSubscriptionEvent::Correlated,
            Box::new(MessageStartEventSubscriptionValue {
                message_key,
                correlation_key,
                process_instance_key: instance,
                ..value
            }),
        ),
    );
    process_instance::start(ctx, instance, &definition, index, variables, lock);
    Some(instance)
}

/// What the process instance held back while it was active.
pub(crate) fn start_lock(ctx: &Ctx<'_>, at: &At) -> Option<StartLock> {
    let instance = ctx.state().instances.get(at.process_instance_key)?;
    let correlation_key = instance.details.as_ref()?.start_correlation_key.clone()?;
    let definition = &at.definition;
    Some((definition.tenant_id.clone(), definition.bpmn_process_id.clone(), correlation_key))
}

/// The oldest message that was held back starts the next instance.
///
/// Source: camunda/zeebe: engine/processing/bpmn/behavior/BpmnBufferedMessageStartEventBehavior.java
pub(crate) fn start_next_buffered(ctx: &mut Ctx<'_>, lock: &StartLock) {
    let (tenant, process, correlation_key) = lock;
    let now = ctx.now();
    let messages = &ctx.state().messages;
    let oldest = messages
        .start_subscriptions_of(tenant, process)
        .filter_map(|(key, subscription)| {
            let correlation =
                (tenant.clone(), subscription.message_name.clone(), correlation_key.clone());
            messages
                .buffered(&correlation)
                .find(|(_, message)| {
                    message.deadline > now && !message.correlated_to.contains(process)
                })
                .map(|(message_key, message)| {
                    (message_key, key, Arc::clone(subscription), message.variables.clone())
                })
        })
        .min_by_key(|(message_key, ..)| *message_key);
    if let Some((message_key, key, subscription, variables)) = oldest {
        let correlation_key = correlation_key.clone();
        start_instance(ctx, key, &subscription, message_key, correlation_key, variables);
    }
}
