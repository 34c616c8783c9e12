//! Element instances of the past and of now.

use skep_api::rest::{self, ElementInstanceFilter, KeyFormat, SearchRequest, SearchResult};
use skep_projection::{ElementInstance, ElementInstanceField as Field};

use super::{
    batch_operation::date_time,
    body::{Answer, Keys, OptionalBody, PathKey},
    filter::STATES,
    search::{self, Conditions},
};
use crate::{call::Call, problem::Problem};

/// What element instances can be ordered by.
const FIELDS: &[(&str, Field)] = &[
    ("elementInstanceKey", Field::Key),
    ("processInstanceKey", Field::ProcessInstanceKey),
    ("processDefinitionKey", Field::ProcessDefinitionKey),
    ("processDefinitionId", Field::ProcessDefinitionId),
    ("startDate", Field::StartAt),
    ("endDate", Field::EndAt),
    ("elementId", Field::ElementId),
    ("elementName", Field::ElementName),
    ("type", Field::ElementType),
    ("state", Field::State),
    ("incidentKey", Field::IncidentKey),
    ("tenantId", Field::TenantId),
];

/// `POST /v2/element-instances/search` — 200
///
/// # Errors
/// 400, 403 there is no history, 504.
pub(super) async fn search(
    call: Call,
    Keys(keys): Keys,
    OptionalBody(body): OptionalBody<SearchRequest<ElementInstanceFilter>>,
) -> Result<Answer<SearchResult<rest::ElementInstance>>, Problem> {
    let written = |found| written(keys, found);
    Ok(Answer(keys, search::answer(&call, body, FIELDS, read, written).await?))
}

/// `GET /v2/element-instances/{elementInstanceKey}` — 200
///
/// # Errors
/// 400, 403 there is no history, 404 no such element instance, 504.
pub(super) async fn get(
    call: Call,
    Keys(keys): Keys,
    PathKey(key): PathKey,
) -> Result<Answer<rest::ElementInstance>, Problem> {
    let found = call.find::<ElementInstance>("Element Instance", key).await?;
    Ok(Answer(keys, written(keys, found)))
}

fn read(
    filter: ElementInstanceFilter,
    conditions: &mut Conditions<'_, ElementInstance>,
) -> Result<(), Problem> {
    let raw = |key: Option<rest::Key>| key.map(|key| key.raw);
    conditions.same(Field::Key, raw(filter.element_instance_key));
    conditions.same(Field::ProcessInstanceKey, raw(filter.process_instance_key));
    conditions.same(Field::ProcessDefinitionKey, raw(filter.process_definition_key));
    conditions.same(Field::IncidentKey, raw(filter.incident_key));
    conditions.same(Field::FlowScopeKey, raw(filter.element_instance_scope_key));
    conditions.text_is(Field::ProcessDefinitionId, filter.process_definition_id);
    conditions.text_is(Field::ElementType, filter.element_type);
    conditions.text_is(Field::ElementId, filter.element_id);
    conditions.text_is(Field::ElementName, filter.element_name);
    conditions.text_is(Field::TenantId, filter.tenant_id);
    conditions.is(Field::HasIncident, filter.has_incident);
    conditions.one_of("state", Field::State, filter.state, &STATES)?;
    conditions.time("startDate", Field::StartAt, filter.start_date)?;
    conditions.time("endDate", Field::EndAt, filter.end_date)
}

fn written(keys: KeyFormat, found: ElementInstance) -> rest::ElementInstance {
    rest::ElementInstance {
        process_definition_id: found.process_definition_id,
        start_date: date_time(found.start_at),
        end_date: found.end_at.map(date_time),
        element_name: found.element_name.unwrap_or_else(|| found.element_id.clone()),
        element_id: found.element_id,
        element_type: found.element_type.to_owned(),
        state: found.state.to_owned(),
        has_incident: found.has_incident,
        tenant_id: found.tenant_id,
        element_instance_key: keys.key(found.key),
        process_instance_key: keys.key(found.process_instance_key),
        root_process_instance_key: Some(keys.key(found.root_process_instance_key)),
        process_definition_key: keys.key(found.process_definition_key),
        incident_key: found.incident_key.map(|key| keys.key(key)),
    }
}
