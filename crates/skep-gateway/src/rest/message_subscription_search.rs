//! Message subscriptions, and messages that they took.

use skep_api::rest::{
    self, CorrelatedMessageSubscription, CorrelatedMessageSubscriptionFilter, KeyFormat,
    MessageSubscriptionFilter, SearchRequest, SearchResult,
};
use skep_projection::{
    CorrelatedMessage, CorrelatedMessageField, MessageSubscription,
    MessageSubscriptionField as Field,
};

use super::{
    batch_operation::date_time,
    body::{Answer, Keys, OptionalBody},
    search::{self, Conditions},
};
use crate::{call::Call, problem::Problem};

const STATES: [&str; 4] = ["CORRELATED", "CREATED", "DELETED", "MIGRATED"];

/// What message subscriptions can be ordered by.
const FIELDS: &[(&str, Field)] = &[
    ("messageSubscriptionKey", Field::Key),
    ("processDefinitionId", Field::ProcessDefinitionId),
    ("processInstanceKey", Field::ProcessInstanceKey),
    ("elementId", Field::ElementId),
    ("elementInstanceKey", Field::ElementInstanceKey),
    ("messageSubscriptionState", Field::State),
    ("lastUpdatedDate", Field::UpdatedAt),
    ("messageName", Field::MessageName),
    ("correlationKey", Field::CorrelationKey),
    ("tenantId", Field::TenantId),
];

/// What correlated messages can be ordered by.
const CORRELATED_FIELDS: &[(&str, CorrelatedMessageField)] = &[
    ("correlationKey", CorrelatedMessageField::CorrelationKey),
    ("correlationTime", CorrelatedMessageField::CorrelatedAt),
    ("elementId", CorrelatedMessageField::ElementId),
    ("elementInstanceKey", CorrelatedMessageField::ElementInstanceKey),
    ("messageKey", CorrelatedMessageField::MessageKey),
    ("messageName", CorrelatedMessageField::MessageName),
    ("partitionId", CorrelatedMessageField::PartitionId),
    ("processDefinitionId", CorrelatedMessageField::ProcessDefinitionId),
    ("processDefinitionKey", CorrelatedMessageField::ProcessDefinitionKey),
    ("processInstanceKey", CorrelatedMessageField::ProcessInstanceKey),
    ("subscriptionKey", CorrelatedMessageField::SubscriptionKey),
    ("tenantId", CorrelatedMessageField::TenantId),
];

/// `POST /v2/message-subscriptions/search` — 200
///
/// # Errors
/// 400, 403 there is no history, 504.
pub(super) async fn search(
    call: Call,
    Keys(keys): Keys,
    OptionalBody(body): OptionalBody<SearchRequest<MessageSubscriptionFilter>>,
) -> Result<Answer<SearchResult<rest::MessageSubscription>>, Problem> {
    let written = |found| written(keys, found);
    Ok(Answer(keys, search::answer(&call, body, FIELDS, read, written).await?))
}

/// `POST /v2/correlated-message-subscriptions/search` — 200
///
/// # Errors
/// 400, 403 there is no history, 504.
pub(super) async fn search_correlated(
    call: Call,
    Keys(keys): Keys,
    OptionalBody(body): OptionalBody<SearchRequest<CorrelatedMessageSubscriptionFilter>>,
) -> Result<Answer<SearchResult<CorrelatedMessageSubscription>>, Problem> {
    let written = |found| correlated_written(keys, found);
    let found = search::answer(&call, body, CORRELATED_FIELDS, read_correlated, written);
    Ok(Answer(keys, found.await?))
}

/// The conditions of a filter.
pub(super) fn read(
    filter: MessageSubscriptionFilter,
    conditions: &mut Conditions<'_, MessageSubscription>,
) -> Result<(), Problem> {
    for (name, field, property) in [
        ("messageSubscriptionKey", Field::Key, filter.message_subscription_key),
        ("processDefinitionKey", Field::ProcessDefinitionKey, filter.process_definition_key),
        ("processInstanceKey", Field::ProcessInstanceKey, filter.process_instance_key),
        ("elementInstanceKey", Field::ElementInstanceKey, filter.element_instance_key),
    ] {
        conditions.key(name, field, property)?;
    }
    for (name, field, property) in [
        ("processDefinitionId", Field::ProcessDefinitionId, filter.process_definition_id),
        ("elementId", Field::ElementId, filter.element_id),
        ("messageName", Field::MessageName, filter.message_name),
        ("correlationKey", Field::CorrelationKey, filter.correlation_key),
        ("tenantId", Field::TenantId, filter.tenant_id),
    ] {
        conditions.text(name, field, property)?;
    }
    let state = filter.message_subscription_state;
    conditions.one_of("messageSubscriptionState", Field::State, state, &STATES)?;
    conditions.time("lastUpdatedDate", Field::UpdatedAt, filter.last_updated_date)
}

fn read_correlated(
    filter: CorrelatedMessageSubscriptionFilter,
    conditions: &mut Conditions<'_, CorrelatedMessage>,
) -> Result<(), Problem> {
    use CorrelatedMessageField as Field;
    for (name, field, property) in [
        ("elementInstanceKey", Field::ElementInstanceKey, filter.element_instance_key),
        ("messageKey", Field::MessageKey, filter.message_key),
        ("processDefinitionKey", Field::ProcessDefinitionKey, filter.process_definition_key),
        ("processInstanceKey", Field::ProcessInstanceKey, filter.process_instance_key),
        ("subscriptionKey", Field::SubscriptionKey, filter.subscription_key),
    ] {
        conditions.key(name, field, property)?;
    }
    for (name, field, property) in [
        ("correlationKey", Field::CorrelationKey, filter.correlation_key),
        ("elementId", Field::ElementId, filter.element_id),
        ("messageName", Field::MessageName, filter.message_name),
        ("processDefinitionId", Field::ProcessDefinitionId, filter.process_definition_id),
        ("tenantId", Field::TenantId, filter.tenant_id),
    ] {
        conditions.text(name, field, property)?;
    }
    conditions.number("partitionId", Field::PartitionId, filter.partition_id)?;
    conditions.time("correlationTime", Field::CorrelatedAt, filter.correlation_time)
}

fn written(keys: KeyFormat, found: MessageSubscription) -> rest::MessageSubscription {
    rest::MessageSubscription {
        message_subscription_key: keys.key(found.key),
        process_definition_id: found.process_definition_id,
        process_definition_key: Some(keys.key(found.process_definition_key)),
        process_instance_key: Some(keys.key(found.process_instance_key)),
        root_process_instance_key: Some(keys.key(found.root_process_instance_key)),
        element_id: found.element_id,
        element_instance_key: Some(keys.key(found.element_instance_key)),
        message_subscription_state: found.state.to_owned(),
        last_updated_date: date_time(found.updated_at),
        message_name: found.message_name,
        correlation_key: Some(found.correlation_key),
        tenant_id: found.tenant_id,
    }
}

fn correlated_written(keys: KeyFormat, found: CorrelatedMessage) -> CorrelatedMessageSubscription {
    CorrelatedMessageSubscription {
        correlation_key: Some(found.correlation_key),
        correlation_time: date_time(found.correlated_at),
        element_id: found.element_id,
        element_instance_key: found.element_instance_key.map(|key| keys.key(key)),
        message_key: keys.key(found.message_key),
        message_name: found.message_name,
        partition_id: found.partition_id,
        process_definition_id: found.process_definition_id,
        process_definition_key: keys.key(found.process_definition_key),
        process_instance_key: keys.key(found.process_instance_key),
        root_process_instance_key: Some(keys.key(found.root_process_instance_key)),
        subscription_key: keys.key(found.subscription_key),
        tenant_id: found.tenant_id,
    }
}
