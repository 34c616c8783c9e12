//! Deletion of what is known of the past.

use http::StatusCode;
use skep_api::rest::{
    self, BatchOperationRequest, CreatedBatchOperation, DecisionInstancesDeletionRequest,
    DeleteDecisionInstanceRequest, DeleteProcessInstanceRequest, KeyFormat,
};
use skep_projection::{
    Condition, DecisionInstance, DecisionInstanceField as DecisionField, Entity, ProcessInstance,
    ProcessInstanceField as Field, Search,
};
use skep_record::{
    BatchOperationPlan, Command, DeleteHistory, HistoryType, ProcessInstanceFilter, Test, TextTest,
};

use super::{
    batch_operation::create,
    body::{Answer, Body, Keys, OptionalBody, PathKey, operation_reference},
    decision_instance_search,
    filter::{is_required, is_required_in, no_filter, take_required},
    process_instance_search::{INSTANCE, conditions_of},
};
use crate::{
    call::{Call, no_such},
    problem::{Kind, Problem},
};

/// Most that is selected by what only the history knows.
const SELECTED_MAX: usize = 50_000;

/// `POST /v2/process-instances/{processInstanceKey}/deletion` — 204. What it has called, or what
/// has called it, stays.
///
/// # Errors
/// 400, 403 there is no history, 404 no such instance, 409 it has not ended, 503, 504.
///
/// Source: camunda/camunda-docs: docs/components/concepts/process-instance-deletion.md
pub(super) async fn delete_instance(
    call: Call,
    PathKey(key): PathKey,
    OptionalBody(body): OptionalBody<DeleteProcessInstanceRequest>,
) -> Result<StatusCode, Problem> {
    let operation_reference = operation_reference(body.operation_reference)?;
    let found = call.find::<ProcessInstance>(INSTANCE, key).await?;
    if found.end_at.is_none() {
        return Err(Problem::new(
            Kind::InvalidState,
            format!(
                "Process Instance with key '{key}' is not in a completed or terminated state and \
                 cannot be deleted. Cancel it first"
            ),
        ));
    }
    let history_type = HistoryType::ProcessInstance;
    let delete = DeleteHistory { resource_key: key, history_type, operation_reference };
    call.submit_done(Command::DeleteHistory(delete)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /v2/process-instances/deletion` — 200; what is selected and has not ended fails.
///
/// # Errors
/// 400 among others too many are selected, 403 there is no history, 409 too many batch operations
/// have not ended, 503, 504.
pub(super) async fn delete_instances(
    call: Call,
    Keys(keys): Keys,
    Body(body): Body<BatchOperationRequest>,
) -> Result<Answer<CreatedBatchOperation>, Problem> {
    let search = selecting(take_required(body.filter)?)?;
    let instances = keys_of(&call, search).await?;
    let history_type = HistoryType::ProcessInstance;
    let created = delete_all(&call, keys, history_type, instances, body.operation_reference);
    Ok(Answer(keys, created.await?))
}

/// `POST /v2/decision-instances/{decisionEvaluationKey}/deletion` — 204: with all decisions that
/// the evaluation needed.
///
/// # Errors
/// 400, 403 there is no history, 404 no such evaluation, 503, 504.
pub(super) async fn delete_evaluation(
    call: Call,
    PathKey(key): PathKey,
    OptionalBody(body): OptionalBody<DeleteDecisionInstanceRequest>,
) -> Result<StatusCode, Problem> {
    let operation_reference = operation_reference(body.operation_reference)?;
    let is_it = Condition::Number(DecisionField::EvaluationKey, Test::Equals(key));
    let search = Search::<DecisionInstance> { all: vec![is_it], ..Search::default() };
    if evaluations(&call, search).await?.is_empty() {
        return Err(no_such("Decision Evaluation", key));
    }
    let history_type = HistoryType::DecisionInstance;
    let delete = DeleteHistory { resource_key: key, history_type, operation_reference };
    call.submit_done(Command::DeleteHistory(delete)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /v2/decision-instances/deletion` — 200: the evaluations that a selected decision was part
/// of.
///
/// # Errors
/// As [`delete_instances`].
pub(super) async fn delete_evaluations(
    call: Call,
    Keys(keys): Keys,
    Body(body): Body<DecisionInstancesDeletionRequest>,
) -> Result<Answer<CreatedBatchOperation>, Problem> {
    let filter = body.filter.ok_or_else(no_filter)?;
    let all = decision_instance_search::conditions_of(filter)?;
    if all.is_empty() {
        return Err(Problem::invalid_argument("At least one of filter criteria is required"));
    }
    let evaluations = evaluations(&call, Search { all, ..Search::default() }).await?;
    let history_type = HistoryType::DecisionInstance;
    let created = delete_all(&call, keys, history_type, evaluations, body.operation_reference);
    Ok(Answer(keys, created.await?))
}

async fn evaluations(call: &Call, search: Search<DecisionInstance>) -> Result<Vec<i64>, Problem> {
    let which = "evaluated decisions, for example by evaluationDate";
    some_keys(call, DecisionField::EvaluationKey, search, which).await
}

/// The instances of a definition that have ended.
///
/// # Errors
/// As [`delete_instances`].
pub(super) async fn ended_instances_of(
    call: &Call,
    definition_key: i64,
) -> Result<Vec<i64>, Problem> {
    let has_ended = TextTest::Is(Test::Differs("ACTIVE".to_owned()));
    let search = Search {
        all: vec![
            Condition::Number(Field::ProcessDefinitionKey, Test::Equals(definition_key)),
            Condition::Text(Field::State, has_ended),
        ],
        ..Search::default()
    };
    keys_of(call, search).await
}

/// Creates the batch operation that deletes the history of these.
///
/// # Errors
/// 400, 409 too many batch operations have not ended, 503, 504.
pub(super) async fn delete_all(
    call: &Call,
    keys: KeyFormat,
    history_type: HistoryType,
    selected: Vec<i64>,
    reference: Option<i64>,
) -> Result<CreatedBatchOperation, Problem> {
    let plan =
        BatchOperationPlan::DeleteHistory { history_type, keys: selected.into_iter().collect() };
    let nothing_else = ProcessInstanceFilter { all: Vec::new(), any: Vec::new() };
    create(call, keys, plan, nothing_else, None, reference).await
}

/// The search for what a filter selects, which must say something.
///
/// # Errors
/// 400, naming the attribute that is missing or not as it should be.
pub(super) fn selecting(
    filter: rest::ProcessInstanceFilter,
) -> Result<Search<ProcessInstance>, Problem> {
    let (all, any) = conditions_of(filter)?;
    let search = Search { all, any, ..Search::default() };
    if let Some(n) = search.any.iter().position(Vec::is_empty) {
        return Err(is_required_in(&format!("filter.$or[{n}]")));
    }
    if search.all.is_empty() && search.any.is_empty() {
        return Err(is_required());
    }
    Ok(search)
}

/// The keys of the instances that fulfil a search, of the caller's tenants.
///
/// # Errors
/// 400 there are too many, and those of [`Call::read`].
pub(super) async fn keys_of(
    call: &Call,
    search: Search<ProcessInstance>,
) -> Result<Vec<i64>, Problem> {
    some_keys(call, Field::Key, search, "process instances, for example by startDate").await
}

/// The keys that a field has in what fulfils a search. `which` is what to select fewer of.
async fn some_keys<E>(
    call: &Call,
    field: E::Field,
    search: Search<E>,
    which: &str,
) -> Result<Vec<i64>, Problem>
where
    E: Entity + Send + 'static,
    E::Field: Send,
    E::Condition: Send,
{
    let keys = call
        .read(move |history, tenants| history.keys(field, &search, tenants, SELECTED_MAX + 1))
        .await?;
    if keys.len() > SELECTED_MAX {
        return Err(Problem::invalid_argument(format!(
            "The filter selects more than {SELECTED_MAX}; select fewer {which}"
        )));
    }
    Ok(keys)
}
