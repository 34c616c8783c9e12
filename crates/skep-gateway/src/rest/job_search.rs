//! Jobs of the past and of now.

use skep_api::rest::{self, JobFilter, KeyFormat, SearchRequest, SearchResult};
use skep_projection::{Job, JobCondition, JobField as Field};

use super::{
    batch_operation::date_time,
    body::{Answer, Keys, OptionalBody, json_object},
    search::{self, Conditions},
};
use crate::{call::Call, problem::Problem};

/// What jobs can be ordered by.
const FIELDS: &[(&str, Field)] = &[
    ("deadline", Field::Deadline),
    ("deniedReason", Field::DeniedReason),
    ("elementId", Field::ElementId),
    ("elementInstanceKey", Field::ElementInstanceKey),
    ("endTime", Field::EndedAt),
    ("errorCode", Field::ErrorCode),
    ("errorMessage", Field::ErrorMessage),
    ("hasFailedWithRetriesLeft", Field::HasFailedWithRetriesLeft),
    ("isDenied", Field::IsDenied),
    ("jobKey", Field::Key),
    ("kind", Field::Kind),
    ("listenerEventType", Field::ListenerEvent),
    ("processDefinitionId", Field::ProcessDefinitionId),
    ("processDefinitionKey", Field::ProcessDefinitionKey),
    ("processInstanceKey", Field::ProcessInstanceKey),
    ("retries", Field::Retries),
    ("state", Field::State),
    ("tenantId", Field::TenantId),
    ("type", Field::Type),
    ("worker", Field::Worker),
];

const STATES: [&str; 8] = [
    "CREATED",
    "COMPLETED",
    "FAILED",
    "RETRIES_UPDATED",
    "TIMED_OUT",
    "CANCELED",
    "ERROR_THROWN",
    "MIGRATED",
];

const KINDS: [&str; 4] =
    ["BPMN_ELEMENT", "EXECUTION_LISTENER", "TASK_LISTENER", "AD_HOC_SUB_PROCESS"];

const LISTENER_EVENTS: [&str; 8] =
    ["ASSIGNING", "CANCELING", "COMPLETING", "CREATING", "END", "START", "UNSPECIFIED", "UPDATING"];

/// `POST /v2/jobs/search` — 200
///
/// # Errors
/// 400, 403 there is no history, 504.
pub(super) async fn search(
    call: Call,
    Keys(keys): Keys,
    OptionalBody(body): OptionalBody<SearchRequest<JobFilter>>,
) -> Result<Answer<SearchResult<rest::Job>>, Problem> {
    let found = search::answer(&call, body, FIELDS, read, |found| found).await?;
    let items = found.items.into_iter().map(|found| written(keys, found));
    let items = items.collect::<Result<_, _>>()?;
    Ok(Answer(keys, SearchResult { items, page: found.page }))
}

fn read(filter: JobFilter, conditions: &mut Conditions<'_, Job>) -> Result<(), Problem> {
    if let Some(key) = filter.element_instance_key.as_ref().and_then(|property| property.equals) {
        conditions.of(JobCondition::NearElementInstance(key.raw));
    }
    conditions.key("elementInstanceKey", Field::ElementInstanceKey, filter.element_instance_key)?;
    conditions.key("jobKey", Field::Key, filter.job_key)?;
    conditions.key("processInstanceKey", Field::ProcessInstanceKey, filter.process_instance_key)?;
    let definition = filter.process_definition_key;
    conditions.key("processDefinitionKey", Field::ProcessDefinitionKey, definition)?;
    let id = filter.process_definition_id;
    conditions.text("processDefinitionId", Field::ProcessDefinitionId, id)?;
    conditions.text("elementId", Field::ElementId, filter.element_id)?;
    conditions.text("tenantId", Field::TenantId, filter.tenant_id)?;
    conditions.text("type", Field::Type, filter.job_type)?;
    conditions.text("worker", Field::Worker, filter.worker)?;
    conditions.text("errorCode", Field::ErrorCode, filter.error_code)?;
    conditions.text("errorMessage", Field::ErrorMessage, filter.error_message)?;
    conditions.text("deniedReason", Field::DeniedReason, filter.denied_reason)?;
    conditions.one_of("state", Field::State, filter.state, &STATES)?;
    conditions.one_of("kind", Field::Kind, filter.kind, &KINDS)?;
    let event = filter.listener_event_type;
    conditions.one_of("listenerEventType", Field::ListenerEvent, event, &LISTENER_EVENTS)?;
    conditions.number("retries", Field::Retries, filter.retries)?;
    conditions.is(Field::HasFailedWithRetriesLeft, filter.has_failed_with_retries_left);
    conditions.is(Field::IsDenied, filter.is_denied);
    conditions.time("deadline", Field::Deadline, filter.deadline)?;
    conditions.time("endTime", Field::EndedAt, filter.end_time)?;
    conditions.time("creationTime", Field::CreatedAt, filter.creation_time)?;
    conditions.time("lastUpdateTime", Field::UpdatedAt, filter.last_update_time)
}

fn written(keys: KeyFormat, found: Job) -> Result<rest::Job, Problem> {
    Ok(rest::Job {
        custom_headers: json_object(&found.headers)?,
        deadline: found.deadline.map(date_time),
        denied_reason: found.denied_reason,
        element_id: Some(found.element_id),
        element_instance_key: keys.key(found.element_instance_key),
        end_time: found.ended_at.map(date_time),
        error_code: found.error_code,
        error_message: found.error_message,
        has_failed_with_retries_left: found.has_failed_with_retries_left,
        is_denied: found.is_denied,
        job_key: keys.key(found.key),
        kind: found.kind.to_owned(),
        listener_event_type: found.listener_event.to_owned(),
        process_definition_id: found.process_definition_id,
        process_definition_key: keys.key(found.process_definition_key),
        process_instance_key: keys.key(found.process_instance_key),
        root_process_instance_key: Some(keys.key(found.root_process_instance_key)),
        retries: found.retries,
        state: found.state.to_owned(),
        tenant_id: found.tenant_id,
        job_type: found.job_type,
        worker: found.worker,
        creation_time: Some(date_time(found.created_at)),
        last_update_time: Some(date_time(found.updated_at)),
    })
}
