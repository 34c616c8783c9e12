//! Process instances of the past and of now.

use skep_api::rest::{
    self, CallHierarchyEntry, Items, KeyFormat, ProcessElementStatistics, ProcessInstanceFilter,
    SearchRequest, SearchResult, SequenceFlow,
};
use skep_projection::{
    Condition, ElementStatistics, MessageTest, ProcessInstance, ProcessInstanceCondition,
    ProcessInstanceField as Field,
};
use skep_record::{InstanceCondition, NumberField, TextField};

use super::{
    batch_operation::date_time,
    body::{Answer, Keys, OptionalBody, PathKey},
    filter::{conditions, groups},
    search::{self, Conditions},
};
use crate::{
    call::{Call, no_such},
    problem::Problem,
};

/// What is looked for, in words.
pub(super) const INSTANCE: &str = "Process Instance";

/// What instances can be ordered by.
const FIELDS: &[(&str, Field)] = &[
    ("processInstanceKey", Field::Key),
    ("processDefinitionId", Field::ProcessDefinitionId),
    ("processDefinitionName", Field::ProcessDefinitionName),
    ("processDefinitionVersion", Field::ProcessDefinitionVersion),
    ("processDefinitionVersionTag", Field::ProcessDefinitionVersionTag),
    ("processDefinitionKey", Field::ProcessDefinitionKey),
    ("parentProcessInstanceKey", Field::ParentProcessInstanceKey),
    ("parentElementInstanceKey", Field::ParentElementInstanceKey),
    ("startDate", Field::StartAt),
    ("endDate", Field::EndAt),
    ("state", Field::State),
    ("hasIncident", Field::HasIncident),
    ("tenantId", Field::TenantId),
    ("businessId", Field::BusinessId),
];

/// `POST /v2/process-instances/search` — 200
///
/// # Errors
/// 400, 403 there is no history, 504.
pub(super) async fn search(
    call: Call,
    Keys(keys): Keys,
    OptionalBody(body): OptionalBody<SearchRequest<ProcessInstanceFilter>>,
) -> Result<Answer<SearchResult<rest::ProcessInstance>>, Problem> {
    let (all, any) = conditions_of(body.filter.unwrap_or_default())?;
    let mut search = search::search::<ProcessInstance>(FIELDS, all, body.sort, body.page)?;
    search.any = any;
    let found = call.search(search).await?;
    Ok(Answer(keys, search::result(found, |instance| written(keys, instance))))
}

/// `GET /v2/process-instances/{processInstanceKey}` — 200
///
/// # Errors
/// 400, 403 there is no history, 404 no such instance, 504.
pub(super) async fn get(
    call: Call,
    Keys(keys): Keys,
    PathKey(key): PathKey,
) -> Result<Answer<rest::ProcessInstance>, Problem> {
    let found = call.find::<ProcessInstance>(INSTANCE, key).await?;
    Ok(Answer(keys, written(keys, found)))
}

/// `GET /v2/process-instances/{processInstanceKey}/call-hierarchy` — 200, the root first and the
/// instance itself last
///
/// # Errors
/// As [`get`].
pub(super) async fn call_hierarchy(
    call: Call,
    Keys(keys): Keys,
    PathKey(key): PathKey,
) -> Result<Answer<Vec<CallHierarchyEntry>>, Problem> {
    let found = call.read(move |history, tenants| history.call_hierarchy(key, tenants)).await?;
    let hierarchy = found.ok_or_else(|| no_such(INSTANCE, key))?;
    let entry = |instance: ProcessInstance| CallHierarchyEntry {
        process_instance_key: keys.key(instance.key),
        process_definition_key: keys.key(instance.process_definition_key),
        process_definition_name: instance
            .process_definition_name
            .unwrap_or(instance.process_definition_id),
    };
    Ok(Answer(keys, hierarchy.into_iter().map(entry).collect()))
}

/// `GET /v2/process-instances/{processInstanceKey}/sequence-flows` — 200, also of an instance that
/// is not there
///
/// # Errors
/// 400, 403 there is no history, 504.
pub(super) async fn sequence_flows(
    call: Call,
    Keys(keys): Keys,
    PathKey(key): PathKey,
) -> Result<Answer<Items<SequenceFlow>>, Problem> {
    let found = call.read(move |history, tenants| history.sequence_flows(key, tenants)).await?;
    let item = |flow: skep_projection::SequenceFlow| SequenceFlow {
        sequence_flow_id: format!("{}_{}", flow.process_instance_key, flow.element_id),
        process_instance_key: keys.key(flow.process_instance_key),
        root_process_instance_key: Some(keys.key(flow.root_process_instance_key)),
        process_definition_key: keys.key(flow.process_definition_key),
        process_definition_id: flow.process_definition_id,
        element_id: flow.element_id,
        tenant_id: flow.tenant_id,
    };
    Ok(Answer(keys, Items { items: found.into_iter().map(item).collect() }))
}

/// `GET /v2/process-instances/{processInstanceKey}/statistics/element-instances` — 200, also of an
/// instance that is not there
///
/// # Errors
/// As [`sequence_flows`].
pub(super) async fn element_statistics(
    call: Call,
    Keys(keys): Keys,
    PathKey(key): PathKey,
) -> Result<Answer<Items<ProcessElementStatistics>>, Problem> {
    let found = call.read(move |history, tenants| history.element_statistics(key, tenants)).await?;
    Ok(Answer(keys, Items { items: found.into_iter().map(counts).collect() }))
}

/// The counts of an element's instances, as they are written.
pub(super) fn counts(found: ElementStatistics) -> ProcessElementStatistics {
    ProcessElementStatistics {
        element_id: found.element_id,
        active: found.active,
        canceled: found.canceled,
        incidents: found.incidents,
        completed: found.completed,
    }
}

/// Conditions that must all hold, and groups of them, of which one must hold as a whole.
pub(super) type AllAndAny = (Vec<Condition<ProcessInstance>>, Vec<Vec<Condition<ProcessInstance>>>);

/// The conditions of a filter.
///
/// # Errors
/// 400, naming the attribute that is not as it should be.
pub(super) fn conditions_of(mut filter: ProcessInstanceFilter) -> Result<AllAndAny, Problem> {
    let groups = groups(&mut filter)?;
    let all = read("filter", filter)?;
    let any = groups.into_iter().map(|(path, group)| read(&path, group));
    Ok((all, any.collect::<Result<_, _>>()?))
}

/// The conditions of a filter or of one of its alternatives.
fn read(
    path: &str,
    mut filter: ProcessInstanceFilter,
) -> Result<Vec<Condition<ProcessInstance>>, Problem> {
    let mut of_history = Conditions::new(path);
    of_history.time("startDate", Field::StartAt, filter.start_date.take())?;
    of_history.time("endDate", Field::EndAt, filter.end_date.take())?;
    of_history.text_of("errorMessage", filter.error_message.take(), |test| {
        ProcessInstanceCondition::ErrorMessage(MessageTest(test))
    })?;
    of_history.number_of(
        "incidentErrorHashCode",
        filter.incident_error_hash_code.take(),
        ProcessInstanceCondition::ErrorHash,
    )?;
    // The same under two names.
    let batch_operations = [
        ("batchOperationId", filter.batch_operation_id.take()),
        ("batchOperationKey", filter.batch_operation_key.take()),
    ];
    for (name, property) in batch_operations {
        of_history.key_of(name, property, ProcessInstanceCondition::BatchOperation)?;
    }
    if let Some(wanted) = filter.has_retries_left.take() {
        of_history.of(ProcessInstanceCondition::HasRetriesLeft(wanted));
    }
    let of_running = conditions(path, filter)?.into_iter().map(condition);
    Ok(of_running.chain(of_history.0).collect())
}

/// A condition of the engine's in the history's words.
fn condition(condition: InstanceCondition) -> Condition<ProcessInstance> {
    match condition {
        InstanceCondition::Number(field, test) => {
            let field = match field {
                NumberField::ProcessInstanceKey => Field::Key,
                NumberField::ParentProcessInstanceKey => Field::ParentProcessInstanceKey,
                NumberField::ParentElementInstanceKey => Field::ParentElementInstanceKey,
                NumberField::ProcessDefinitionKey => Field::ProcessDefinitionKey,
                NumberField::ProcessDefinitionVersion => Field::ProcessDefinitionVersion,
            };
            Condition::Number(field, test)
        }
        InstanceCondition::Text(field, test) => {
            let field = match field {
                TextField::ProcessDefinitionId => Field::ProcessDefinitionId,
                TextField::ProcessDefinitionName => Field::ProcessDefinitionName,
                TextField::ProcessDefinitionVersionTag => Field::ProcessDefinitionVersionTag,
                TextField::BusinessId => Field::BusinessId,
                TextField::TenantId => Field::TenantId,
                TextField::State => Field::State,
            };
            Condition::Text(field, test)
        }
        InstanceCondition::HasIncident(wanted) => Condition::Is(Field::HasIncident, wanted),
        InstanceCondition::Tags(tags) => Condition::Of(ProcessInstanceCondition::Tags(tags)),
        InstanceCondition::Element(element) => {
            Condition::Of(ProcessInstanceCondition::Element(element))
        }
        InstanceCondition::Variable(variable) => {
            Condition::Of(ProcessInstanceCondition::Variable(variable))
        }
    }
}

fn written(keys: KeyFormat, found: ProcessInstance) -> rest::ProcessInstance {
    rest::ProcessInstance {
        process_definition_id: found.process_definition_id,
        process_definition_name: found.process_definition_name,
        process_definition_version: found.process_definition_version,
        process_definition_version_tag: found.process_definition_version_tag,
        start_date: date_time(found.start_at),
        end_date: found.end_at.map(date_time),
        state: found.state.to_owned(),
        has_incident: found.has_incident,
        tenant_id: found.tenant_id,
        process_instance_key: keys.key(found.key),
        process_definition_key: keys.key(found.process_definition_key),
        parent_process_instance_key: found.parent_process_instance_key.map(|key| keys.key(key)),
        parent_element_instance_key: found.parent_element_instance_key.map(|key| keys.key(key)),
        root_process_instance_key: Some(keys.key(found.root_process_instance_key)),
        tags: found.tags,
        business_id: found.business_id,
    }
}
