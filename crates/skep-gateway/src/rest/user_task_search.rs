//! Native user tasks of the past and of now.

use skep_api::rest::{
    self, KeyFormat, SearchRequest, SearchResult, UserTaskFilter, UserTaskVariableFilter,
};
use skep_projection::{UserTask, UserTaskCondition, UserTaskField as Field, VariableTest};

use super::{
    batch_operation::date_time,
    body::{Answer, Keys, OptionalBody, PathKey, UrlQuery, json_object},
    filter::variable_conditions,
    search::{self, Conditions},
    variable_search::{self, ValueForm},
};
use crate::{call::Call, problem::Problem};

/// What user tasks can be ordered by.
const FIELDS: &[(&str, Field)] = &[
    ("creationDate", Field::CreatedAt),
    ("completionDate", Field::EndedAt),
    ("followUpDate", Field::FollowUpAt),
    ("dueDate", Field::DueAt),
    ("priority", Field::Priority),
    ("name", Field::Name),
];

const STATES: [&str; 9] = [
    "CREATING",
    "CREATED",
    "ASSIGNING",
    "UPDATING",
    "COMPLETING",
    "COMPLETED",
    "CANCELING",
    "CANCELED",
    "FAILED",
];

/// `POST /v2/user-tasks/search` — 200
///
/// # Errors
/// 400, 403 there is no history, 504.
pub(super) async fn search(
    call: Call,
    Keys(keys): Keys,
    OptionalBody(body): OptionalBody<SearchRequest<UserTaskFilter>>,
) -> Result<Answer<SearchResult<rest::UserTask>>, Problem> {
    let found = search::answer(&call, body, FIELDS, read, |found| found).await?;
    let items = found.items.into_iter().map(|found| written(keys, found));
    let items = items.collect::<Result<_, _>>()?;
    Ok(Answer(keys, SearchResult { items, page: found.page }))
}

/// `GET /v2/user-tasks/{userTaskKey}` — 200
///
/// # Errors
/// 400, 403 there is no history, 404 no such user task, 504.
pub(super) async fn get(
    call: Call,
    Keys(keys): Keys,
    PathKey(key): PathKey,
) -> Result<Answer<rest::UserTask>, Problem> {
    let found = call.find::<UserTask>("User Task", key).await?;
    Ok(Answer(keys, written(keys, found)?))
}

/// `POST /v2/user-tasks/{userTaskKey}/variables/search` — 200: the variables of its element
/// instance and of what that runs in, those that hide each other included
///
/// # Errors
/// 400, 403 there is no history, 404 no such user task, 504.
pub(super) async fn variables(
    call: Call,
    Keys(keys): Keys,
    PathKey(key): PathKey,
    UrlQuery(form): UrlQuery<ValueForm>,
    OptionalBody(body): OptionalBody<SearchRequest<UserTaskVariableFilter>>,
) -> Result<Answer<SearchResult<rest::Variable>>, Problem> {
    let task = call.find::<UserTask>("User Task", key).await?;
    let around = VariableTest::Around(task.element_instance_key);
    let found = variable_search::by_name(&call, keys, &form, body, around).await?;
    Ok(Answer(keys, found))
}

/// `POST /v2/user-tasks/{userTaskKey}/effective-variables/search` — 200: the same, of those of
/// one name only the innermost
///
/// # Errors
/// As [`variables`].
pub(super) async fn effective_variables(
    call: Call,
    Keys(keys): Keys,
    PathKey(key): PathKey,
    UrlQuery(form): UrlQuery<ValueForm>,
    OptionalBody(body): OptionalBody<SearchRequest<UserTaskVariableFilter>>,
) -> Result<Answer<SearchResult<rest::Variable>>, Problem> {
    // Source: camunda/camunda: zeebe/gateway-protocol/src/main/proto/rest-api.yaml, `OffsetPagination`
    if body.page.as_ref().is_some_and(|page| page.after.is_some() || page.before.is_some()) {
        return Err(Problem::invalid_argument(
            "page.after and page.before are not allowed here: use page.from and page.limit",
        ));
    }
    let task = call.find::<UserTask>("User Task", key).await?;
    let visible = VariableTest::VisibleFrom(task.element_instance_key);
    let found = variable_search::by_name(&call, keys, &form, body, visible).await?;
    Ok(Answer(keys, found))
}

fn read(filter: UserTaskFilter, conditions: &mut Conditions<'_, UserTask>) -> Result<(), Problem> {
    let raw = |key: Option<rest::Key>| key.map(|key| key.raw);
    conditions.same(Field::Key, raw(filter.user_task_key));
    conditions.same(Field::ProcessDefinitionKey, raw(filter.process_definition_key));
    conditions.same(Field::ProcessInstanceKey, raw(filter.process_instance_key));
    conditions.same(Field::ElementInstanceKey, raw(filter.element_instance_key));
    conditions.text_is(Field::ElementId, filter.element_id);
    conditions.text_is(Field::ProcessDefinitionId, filter.process_definition_id);
    conditions.one_of("state", Field::State, filter.state, &STATES)?;
    conditions.text("assignee", Field::Assignee, filter.assignee)?;
    conditions.text("name", Field::Name, filter.name)?;
    conditions.text("tenantId", Field::TenantId, filter.tenant_id)?;
    conditions.number("priority", Field::Priority, filter.priority)?;
    conditions.time("creationDate", Field::CreatedAt, filter.creation_date)?;
    conditions.time("completionDate", Field::EndedAt, filter.completion_date)?;
    conditions.time("followUpDate", Field::FollowUpAt, filter.follow_up_date)?;
    conditions.time("dueDate", Field::DueAt, filter.due_date)?;
    let (group, user) = (filter.candidate_group, filter.candidate_user);
    conditions.text_of("candidateGroup", group, UserTaskCondition::CandidateGroup)?;
    conditions.text_of("candidateUser", user, UserTaskCondition::CandidateUser)?;
    let variables = filter.process_instance_variables;
    for variable in variable_conditions("filter.processInstanceVariables", variables)? {
        conditions.of(UserTaskCondition::InstanceVariable(variable));
    }
    for variable in variable_conditions("filter.localVariables", filter.local_variables)? {
        conditions.of(UserTaskCondition::LocalVariable(variable));
    }
    conditions.tags(filter.tags, UserTaskCondition::Tags)
}

fn written(keys: KeyFormat, found: UserTask) -> Result<rest::UserTask, Problem> {
    Ok(rest::UserTask {
        name: found.name,
        state: found.state.to_owned(),
        assignee: found.assignee,
        element_id: found.element_id,
        candidate_groups: found.candidate_groups,
        candidate_users: found.candidate_users,
        process_definition_id: found.process_definition_id,
        creation_date: date_time(found.created_at),
        completion_date: found.ended_at.map(date_time),
        follow_up_date: found.follow_up_at.map(date_time),
        due_date: found.due_at.map(date_time),
        tenant_id: found.tenant_id,
        external_form_reference: found.external_form_reference,
        process_definition_version: found.process_definition_version,
        custom_headers: json_object(&found.headers)?,
        priority: found.priority,
        user_task_key: keys.key(found.key),
        element_instance_key: keys.key(found.element_instance_key),
        process_name: found.process_name,
        process_definition_key: keys.key(found.process_definition_key),
        process_instance_key: keys.key(found.process_instance_key),
        root_process_instance_key: Some(keys.key(found.root_process_instance_key)),
        form_key: found.form_key.map(|key| keys.key(key)),
        tags: found.tags,
    })
}
