//! Incidents of the past and of now.

use skep_api::rest::{self, IncidentFilter, KeyFormat, SearchRequest, SearchResult};
use skep_projection::{
    Condition, ElementInstance, Incident, IncidentCondition, IncidentField as Field, MessageTest,
    ProcessInstance,
};

use super::{
    batch_operation::date_time,
    body::{Answer, Keys, OptionalBody, PathKey},
    search::{self, Conditions},
};
use crate::{call::Call, problem::Problem};

/// What incidents can be ordered by.
const FIELDS: &[(&str, Field)] = &[
    ("incidentKey", Field::Key),
    ("processDefinitionKey", Field::ProcessDefinitionKey),
    ("processDefinitionId", Field::ProcessDefinitionId),
    ("processInstanceKey", Field::ProcessInstanceKey),
    ("errorType", Field::ErrorType),
    ("elementId", Field::ElementId),
    ("elementInstanceKey", Field::ElementInstanceKey),
    ("creationTime", Field::CreatedAt),
    ("state", Field::State),
    ("jobKey", Field::JobKey),
    ("tenantId", Field::TenantId),
];

const STATES: [&str; 5] = ["ACTIVE", "MIGRATED", "PENDING", "RESOLVED", "UNKNOWN"];

/// Source: camunda/camunda: zeebe/gateway-protocol/src/main/proto/rest-api.yaml
const ERROR_TYPES: [&str; 16] = [
    "AD_HOC_SUB_PROCESS_NO_RETRIES",
    "CALLED_DECISION_ERROR",
    "CALLED_ELEMENT_ERROR",
    "CONDITION_ERROR",
    "DECISION_EVALUATION_ERROR",
    "EXECUTION_LISTENER_NO_RETRIES",
    "EXTRACT_VALUE_ERROR",
    "FORM_NOT_FOUND",
    "IO_MAPPING_ERROR",
    "JOB_NO_RETRIES",
    "MESSAGE_SIZE_EXCEEDED",
    "RESOURCE_NOT_FOUND",
    "TASK_LISTENER_NO_RETRIES",
    "UNHANDLED_ERROR_EVENT",
    "UNKNOWN",
    "UNSPECIFIED",
];

type Found = Answer<SearchResult<rest::Incident>>;
type Request = OptionalBody<SearchRequest<IncidentFilter>>;

/// `POST /v2/incidents/search` — 200
///
/// # Errors
/// 400, 403 there is no history, 504.
pub(super) async fn search(
    call: Call,
    Keys(keys): Keys,
    OptionalBody(body): Request,
) -> Result<Found, Problem> {
    let written = |found| written(keys, found);
    Ok(Answer(keys, search::answer(&call, body, FIELDS, read, written).await?))
}

/// `POST /v2/process-instances/{processInstanceKey}/incidents/search` — 200, also those of the
/// instances that it has called
///
/// # Errors
/// As [`search`], and 404 no such instance.
pub(super) async fn search_of_instance(
    call: Call,
    Keys(keys): Keys,
    PathKey(key): PathKey,
    OptionalBody(body): Request,
) -> Result<Found, Problem> {
    call.find::<ProcessInstance>("Process Instance", key).await?;
    within(&call, keys, body, IncidentCondition::Within(key)).await
}

/// `POST /v2/element-instances/{elementInstanceKey}/incidents/search` — 200, also those of what it
/// contains or has called
///
/// # Errors
/// As [`search`], and 404 no such element instance.
pub(super) async fn search_of_element_instance(
    call: Call,
    Keys(keys): Keys,
    PathKey(key): PathKey,
    OptionalBody(body): Request,
) -> Result<Found, Problem> {
    call.find::<ElementInstance>("Element Instance", key).await?;
    within(&call, keys, body, IncidentCondition::WithinElement(key)).await
}

async fn within(
    call: &Call,
    keys: KeyFormat,
    body: SearchRequest<IncidentFilter>,
    scope: IncidentCondition,
) -> Result<Found, Problem> {
    let read = |filter, conditions: &mut Conditions<'_, Incident>| {
        conditions.0.push(Condition::Of(scope));
        read(filter, conditions)
    };
    let written = |found| written(keys, found);
    Ok(Answer(keys, search::answer(call, body, FIELDS, read, written).await?))
}

/// `GET /v2/incidents/{incidentKey}` — 200
///
/// # Errors
/// 400, 403 there is no history, 404 no such incident, 504.
pub(super) async fn get(
    call: Call,
    Keys(keys): Keys,
    PathKey(key): PathKey,
) -> Result<Answer<rest::Incident>, Problem> {
    let found = call.find::<Incident>("Incident", key).await?;
    Ok(Answer(keys, written(keys, found)))
}

fn read(filter: IncidentFilter, conditions: &mut Conditions<'_, Incident>) -> Result<(), Problem> {
    let definition_key = filter.process_definition_key;
    conditions.text(
        "processDefinitionId",
        Field::ProcessDefinitionId,
        filter.process_definition_id,
    )?;
    conditions.one_of_or_none("errorType", Field::ErrorType, filter.error_type, &ERROR_TYPES)?;
    conditions.text_of("errorMessage", filter.error_message, |test| {
        IncidentCondition::Message(MessageTest(test))
    })?;
    conditions.text("elementId", Field::ElementId, filter.element_id)?;
    conditions.time("creationTime", Field::CreatedAt, filter.creation_time)?;
    conditions.one_of_or_none("state", Field::State, filter.state, &STATES)?;
    conditions.text("tenantId", Field::TenantId, filter.tenant_id)?;
    conditions.key("incidentKey", Field::Key, filter.incident_key)?;
    conditions.key("processDefinitionKey", Field::ProcessDefinitionKey, definition_key)?;
    conditions.key("processInstanceKey", Field::ProcessInstanceKey, filter.process_instance_key)?;
    conditions.key("elementInstanceKey", Field::ElementInstanceKey, filter.element_instance_key)?;
    conditions.key("jobKey", Field::JobKey, filter.job_key)
}

fn written(keys: KeyFormat, found: Incident) -> rest::Incident {
    rest::Incident {
        process_definition_id: found.process_definition_id,
        error_type: found.error_type.to_owned(),
        error_message: found.error_message,
        element_id: found.element_id,
        creation_time: date_time(found.created_at),
        state: found.state.to_owned(),
        tenant_id: found.tenant_id,
        incident_key: keys.key(found.key),
        process_definition_key: keys.key(found.process_definition_key),
        process_instance_key: keys.key(found.process_instance_key),
        root_process_instance_key: Some(keys.key(found.root_process_instance_key)),
        element_instance_key: keys.key(found.element_instance_key),
        job_key: found.job_key.map(|key| keys.key(key)),
    }
}
