//! Batch operations: the same done with many process instances.

use http::StatusCode;
use skep_api::rest::{
    BatchMoveInstruction, BatchOperationRequest, CreatedBatchOperation, KeyFormat,
    MigrationBatchOperationRequest, ModificationBatchOperationRequest,
};
use skep_record::{
    AncestorScope, BatchOperationAction, BatchOperationKey, BatchOperationOrder,
    BatchOperationPlan, Command, ControlBatchOperation, CreateBatchOperation,
    ElementInstanceSelector, InstanceCondition, MoveInstruction, NumberField, ProcessDefinitionKey,
    ProcessInstanceFilter, ProcessInstanceKey, Response, Test, Timestamp,
};

use super::{
    body::{Answer, Body, Keys, PathKey, operation_reference},
    filter::required_filter,
    migration::mappings,
};
use crate::{
    call::Call,
    problem::{Kind, Problem},
};

/// `POST /v2/process-instances/cancellation` — 200
///
/// # Errors
/// 400, 409 too many have not ended, 503, 504.
pub(super) async fn cancel_instances(
    call: Call,
    Keys(keys): Keys,
    Body(body): Body<BatchOperationRequest>,
) -> Result<Answer<CreatedBatchOperation>, Problem> {
    let filter = required_filter(body.filter)?;
    let plan = BatchOperationPlan::CancelProcessInstance;
    create(&call, keys, plan, filter, None, body.operation_reference).await
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
    let filter = required_filter(body.filter)?;
    let plan = BatchOperationPlan::ResolveIncidents;
    create(&call, keys, plan, filter, None, body.operation_reference).await
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
    create(&call, keys, plan, filter, Some(ProcessInstanceKey(key)), None).await
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
    let filter = required_filter(body.filter)?;
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
    create(&call, keys, plan, filter, None, body.operation_reference).await
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
    let filter = required_filter(body.filter)?;
    let instructions = body.move_instructions.unwrap_or_default();
    if instructions.is_empty() {
        return Err(Problem::invalid_argument("No moveInstructions provided"));
    }
    let moves = instructions.into_iter().map(to_move).collect();
    let plan = BatchOperationPlan::ModifyProcessInstance { moves };
    create(&call, keys, plan, filter, None, body.operation_reference).await
}

fn to_move(instruction: BatchMoveInstruction) -> MoveInstruction {
    MoveInstruction {
        source: ElementInstanceSelector::Element(instruction.source_element_id.into()),
        target_element_id: instruction.target_element_id.into(),
        ancestor: AncestorScope::Inferred,
        variables: Vec::new(),
    }
}

/// `POST /v2/process-instances/deletion` — 501: it is about the history of instances that have
/// ended, and none is kept.
///
/// # Errors
/// 400, 501.
pub(super) async fn delete_instances(
    Body(body): Body<BatchOperationRequest>,
) -> Result<StatusCode, Problem> {
    required_filter(body.filter)?;
    Err(Problem::new(
        Kind::Unimplemented,
        "The deletion of process instances deletes the history of those that have ended, and this \
         version of Skep keeps none. To end instances that run, use \
         POST /v2/process-instances/cancellation",
    ))
}

async fn create(
    call: &Call,
    keys: KeyFormat,
    plan: BatchOperationPlan,
    filter: ProcessInstanceFilter,
    process_instance_key: Option<ProcessInstanceKey>,
    reference: Option<i64>,
) -> Result<Answer<CreatedBatchOperation>, Problem> {
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
    let answer = CreatedBatchOperation {
        batch_operation_key: keys.key(key.0),
        batch_operation_type: operation_type.to_string(),
    };
    Ok(Answer(keys, answer))
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
