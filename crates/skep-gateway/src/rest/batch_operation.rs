//! Batch operations: the same done with many process instances.

use http::StatusCode;
use skep_api::rest::{
    self, BatchMoveInstruction, BatchOperationRequest, CreatedBatchOperation, KeyFormat,
    MigrationBatchOperationRequest, ModificationBatchOperationRequest,
};
use skep_projection::{Condition, ProcessInstanceField};
use skep_record::{
    AncestorScope, BatchOperationAction, BatchOperationKey, BatchOperationOrder,
    BatchOperationPlan, Command, ControlBatchOperation, CreateBatchOperation,
    ElementInstanceSelector, InstanceCondition, MoveInstruction, NumberField, ProcessDefinitionKey,
    ProcessInstanceFilter, ProcessInstanceKey, Response, Test, TextTest, Timestamp,
};

use super::{
    body::{Answer, Body, Keys, PathKey, operation_reference},
    filter::{needs_history, required_filter, take_required},
    history_deletion::{keys_of, selecting},
    migration::mappings,
};
use crate::{call::Call, problem::Problem};

/// `POST /v2/process-instances/cancellation` — 200
///
/// # Errors
/// 400, 409 too many have not ended, 503, 504.
pub(super) async fn cancel_instances(
    call: Call,
    Keys(keys): Keys,
    Body(body): Body<BatchOperationRequest>,
) -> Result<Answer<CreatedBatchOperation>, Problem> {
    let filter = of_running(&call, body.filter).await?;
    let plan = BatchOperationPlan::CancelProcessInstance;
    let created = create(&call, keys, plan, filter, None, body.operation_reference).await?;
    Ok(Answer(keys, created))
}

/// `POST /v2/process-instances/incident-resolution` — 200
///
/// # Errors
/// As [`cancel_instances`].
pub(super) async fn resolve_incidents(
    call: Call,
    Keys(keys): Keys,
    Body(body): Body<BatchOperationRequest>,
) -> Result<Answer<CreatedBatchOperation>, Problem> {
    let filter = of_running(&call, body.filter).await?;
    let plan = BatchOperationPlan::ResolveIncidents;
    let created = create(&call, keys, plan, filter, None, body.operation_reference).await?;
    Ok(Answer(keys, created))
}

/// `POST /v2/process-instances/{processInstanceKey}/incident-resolution` — 200
///
/// # Errors
/// As [`cancel_instances`], and 404 no such instance.
pub(super) async fn resolve_incidents_of(
    call: Call,
    Keys(keys): Keys,
    PathKey(key): PathKey,
) -> Result<Answer<CreatedBatchOperation>, Problem> {
    let is = InstanceCondition::Number(NumberField::ProcessInstanceKey, Test::Equals(key));
    let filter = ProcessInstanceFilter { all: vec![is], any: Vec::new() };
    let plan = BatchOperationPlan::ResolveIncidents;
    let instance = Some(ProcessInstanceKey(key));
    Ok(Answer(keys, create(&call, keys, plan, filter, instance, None).await?))
}

/// `POST /v2/process-instances/migration` — 200
///
/// # Errors
/// As [`cancel_instances`], and 404 no such definition.
pub(super) async fn migrate_instances(
    call: Call,
    Keys(keys): Keys,
    Body(body): Body<MigrationBatchOperationRequest>,
) -> Result<Answer<CreatedBatchOperation>, Problem> {
    let filter = of_running(&call, body.filter).await?;
    let Some(plan) = body.migration_plan else {
        return Err(Problem::invalid_argument("No migrationPlan provided"));
    };
    if plan.mapping_instructions.is_empty() {
        return Err(Problem::invalid_argument("No migrationPlan.mappingInstructions provided"));
    }
    let plan = BatchOperationPlan::MigrateProcessInstance {
        target_process_definition_key: ProcessDefinitionKey(plan.target_process_definition_key.raw),
        mappings: mappings(plan.mapping_instructions),
    };
    let created = create(&call, keys, plan, filter, None, body.operation_reference).await?;
    Ok(Answer(keys, created))
}

/// `POST /v2/process-instances/modification` — 200
///
/// # Errors
/// As [`cancel_instances`].
pub(super) async fn modify_instances(
    call: Call,
    Keys(keys): Keys,
    Body(body): Body<ModificationBatchOperationRequest>,
) -> Result<Answer<CreatedBatchOperation>, Problem> {
    let filter = of_running(&call, body.filter).await?;
    let instructions = body.move_instructions.unwrap_or_default();
    if instructions.is_empty() {
        return Err(Problem::invalid_argument("No moveInstructions provided"));
    }
    let moves = instructions.into_iter().map(to_move).collect();
    let plan = BatchOperationPlan::ModifyProcessInstance { moves };
    let created = create(&call, keys, plan, filter, None, body.operation_reference).await?;
    Ok(Answer(keys, created))
}

fn to_move(instruction: BatchMoveInstruction) -> MoveInstruction {
    MoveInstruction {
        source: ElementInstanceSelector::Element(instruction.source_element_id.into()),
        target_element_id: instruction.target_element_id.into(),
        ancestor: AncestorScope::Inferred,
        variables: Vec::new(),
    }
}

/// The filter of a batch operation over what runs. Each partition selects by it; what only the
/// history knows selects here, and each partition leaves out what has ended since.
///
/// # Errors
/// 400, naming the attribute that is missing or not as it should be; those of [`keys_of`].
///
/// Source: camunda/camunda: gateways/gateway-mapping-http, `toRequiredProcessInstanceFilter`
async fn of_running(
    call: &Call,
    filter: Option<rest::ProcessInstanceFilter>,
) -> Result<ProcessInstanceFilter, Problem> {
    let filter = take_required(filter)?;
    if !needs_history(&filter) {
        return required_filter(filter);
    }
    let mut search = selecting(filter)?;
    let is_active = TextTest::Is(Test::Equals("ACTIVE".to_owned()));
    search.all.push(Condition::Text(ProcessInstanceField::State, is_active));
    let keys = keys_of(call, search).await?.into_iter().collect();
    let is_selected = InstanceCondition::Number(NumberField::ProcessInstanceKey, Test::OneOf(keys));
    Ok(ProcessInstanceFilter { all: vec![is_selected], any: Vec::new() })
}

/// Creates a batch operation.
///
/// # Errors
/// 400, 404 what it is about is not there, 409 too many have not ended, 503, 504.
pub(super) async fn create(
    call: &Call,
    keys: KeyFormat,
    plan: BatchOperationPlan,
    filter: ProcessInstanceFilter,
    process_instance_key: Option<ProcessInstanceKey>,
    reference: Option<i64>,
) -> Result<CreatedBatchOperation, Problem> {
    let operation_type = plan.operation_type();
    let tenant_ids = call.caller_tenants().all();
    let command = CreateBatchOperation {
        order: BatchOperationOrder { plan, filter, tenant_ids },
        process_instance_key,
        operation_reference: operation_reference(reference)?,
    };
    let command = Command::CreateBatchOperation(Box::new(command));
    let Response::BatchOperationCreated(key) = call.submit(command).await? else {
        return Err(Problem::unexpected_answer());
    };
    Ok(CreatedBatchOperation {
        batch_operation_key: keys.key(key.0),
        batch_operation_type: operation_type.to_string(),
    })
}

/// In UTC, with milliseconds.
pub(super) fn date_time(at: Timestamp) -> String {
    let at = jiff::Timestamp::from_millisecond(at.0).unwrap_or_default();
    format!("{at:.3}")
}

/// `POST /v2/batch-operations/{batchOperationKey}/cancellation` — 204
///
/// # Errors
/// 400, 404 there is none that goes on, 503, 504.
pub(super) async fn cancel(call: Call, key: PathKey) -> Result<StatusCode, Problem> {
    control(&call, key, BatchOperationAction::Cancel).await
}

/// `POST /v2/batch-operations/{batchOperationKey}/suspension` — 204
///
/// # Errors
/// As [`cancel`], and 409 it is suspended.
pub(super) async fn suspend(call: Call, key: PathKey) -> Result<StatusCode, Problem> {
    control(&call, key, BatchOperationAction::Suspend).await
}

/// `POST /v2/batch-operations/{batchOperationKey}/resumption` — 204
///
/// # Errors
/// As [`cancel`], and 409 it is not suspended.
pub(super) async fn resume(call: Call, key: PathKey) -> Result<StatusCode, Problem> {
    control(&call, key, BatchOperationAction::Resume).await
}

async fn control(
    call: &Call,
    PathKey(key): PathKey,
    action: BatchOperationAction,
) -> Result<StatusCode, Problem> {
    let control = ControlBatchOperation { batch_operation_key: BatchOperationKey(key), action };
    call.submit_done(Command::ControlBatchOperation(control)).await?;
    Ok(StatusCode::NO_CONTENT)
}
