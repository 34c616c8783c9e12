//! `BATCH_OPERATION_CREATION:CREATE`

use skep_record::{
    BatchOperationCreated, BatchOperationEvent, BatchOperationKey, BatchOperationOrder,
    BatchOperationPlan, CreateBatchOperation, DeploymentKey, DistributedBatchOperation,
    DistributedCommand, Event, PartitionId, ProcessInstanceKey, Rejection, RejectionKind, Response,
};

use crate::{Ctx, distribution};

/// Most batch operations that began on one partition and have not ended.
const ALIVE_MAX: usize = 100;
/// Largest size of what a batch operation is to do, filter and plan.
const ORDER_BYTES_MAX: usize = 1024 * 1024;

/// Handles `BATCH_OPERATION_CREATION:CREATE`: the batch operation begins here and goes to every
/// other partition.
///
/// # Errors
/// - `NotFound`: the instance or the target definition that it is about does not exist.
/// - `InvalidArgument`: filter and plan are too large.
/// - `InvalidState`: too many batch operations have not ended.
///
/// Source: camunda/camunda-docs: docs/components/zeebe/technical-concepts/batch-operations.md
pub(crate) fn create(ctx: &mut Ctx<'_>, create: &CreateBatchOperation) -> Result<(), Rejection> {
    let order = &create.order;
    check(ctx, create)?;
    let after_deployment = target_deployment(ctx, &order.plan)?;
    let key = BatchOperationKey(ctx.new_key());
    begin(ctx, key, ctx.config.partition_id, order);
    ctx.reply(Response::BatchOperationCreated(key));
    let distributed = DistributedBatchOperation { order: order.clone(), after_deployment };
    let command = DistributedCommand::BatchOperation(Box::new(distributed));
    distribution::distribute(ctx, key.0, command);
    Ok(())
}

fn check(ctx: &Ctx<'_>, create: &CreateBatchOperation) -> Result<(), Rejection> {
    let size = create.order.len_bytes();
    if size > ORDER_BYTES_MAX {
        return Err(Rejection::new(
            RejectionKind::InvalidArgument,
            format!(
                "Expected to create a batch operation whose filter and plan take at most {ORDER_BYTES_MAX} bytes, but they take {size}. Select fewer instances at once."
            ),
        ));
    }
    if let Some(key) = create.process_instance_key {
        let instance = ctx.state().instances.get(key);
        let tenants = &create.order.tenant_ids;
        if !instance.is_some_and(|found| tenants.contains(&found.definition.tenant_id)) {
            return Err(Rejection::new(
                RejectionKind::NotFound,
                format!(
                    "Expected to create a batch operation for the process instance with key '{key}', but no such process instance was found"
                ),
            ));
        }
    }
    if ctx.state().batch_operations.n_alive() >= ALIVE_MAX {
        return Err(Rejection::new(
            RejectionKind::InvalidState,
            format!(
                "Expected to create a batch operation, but {ALIVE_MAX} that began on this partition have not ended. Wait for them, or cancel some."
            ),
        ));
    }
    Ok(())
}

/// The deployment of the definition that instances are to run, so that it is there before them.
fn target_deployment(
    ctx: &Ctx<'_>,
    plan: &BatchOperationPlan,
) -> Result<Option<DeploymentKey>, Rejection> {
    let BatchOperationPlan::MigrateProcessInstance { target_process_definition_key: key, .. } =
        plan
    else {
        return Ok(None);
    };
    match ctx.state().definitions.offered(*key) {
        // Only where it began is known where it has arrived.
        Some(target) => {
            Ok((ctx.config.partition_id == PartitionId::DEPLOYMENT)
                .then_some(target.deployment_key))
        }
        None => Err(Rejection::new(
            RejectionKind::NotFound,
            format!(
                "Expected to migrate process instances to process definition but no process definition found with key '{key}'"
            ),
        )),
    }
}

/// Begins a batch operation that was created on another partition.
///
/// # Errors
/// `InvalidState`: what it needs has not arrived here yet; it will come again.
pub(crate) fn create_here(
    ctx: &mut Ctx<'_>,
    key: BatchOperationKey,
    lead: PartitionId,
    distributed: &DistributedBatchOperation,
    is_deployed: bool,
) -> Result<(), Rejection> {
    if let Some(deployment) = distributed.after_deployment
        && !is_deployed
    {
        return Err(Rejection::new(
            RejectionKind::InvalidState,
            format!(
                "Expected to begin batch operation with key '{key}', but its deployment '{deployment}' has not arrived yet"
            ),
        ));
    }
    begin(ctx, key, lead, &distributed.order);
    Ok(())
}

fn begin(
    ctx: &mut Ctx<'_>,
    key: BatchOperationKey,
    lead: PartitionId,
    order: &BatchOperationOrder,
) {
    let created = BatchOperationCreated {
        order: order.clone(),
        lead,
        partition_id: ctx.config.partition_id,
        n_partitions: ctx.config.n_partitions,
        instances_before: ProcessInstanceKey(ctx.new_key()),
    };
    ctx.emit(key.0, Event::BatchOperation(BatchOperationEvent::Created(Box::new(created))));
}
