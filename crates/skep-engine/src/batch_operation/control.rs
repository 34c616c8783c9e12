//! `BATCH_OPERATION_LIFECYCLE_MANAGEMENT:SUSPEND`, `:RESUME` and `:CANCEL`

use skep_record::{
    BatchOperationAction, BatchOperationEvent, BatchOperationKey, ControlBatchOperation,
    DistributedBatchControl, DistributedCommand, Event, Rejection, RejectionKind, Response,
};

use super::{end, no_such};
use crate::{Ctx, distribution, state::batch_operations::Status};

/// Handles what is asked about a batch operation that began here; it goes to every other
/// partition. An item that is being worked on is finished first.
///
/// # Errors
/// - `NotFound`: no such batch operation, it is another tenant's, or it has ended.
/// - `InvalidState`: it is suspended already, or is to be resumed and is not suspended.
///
/// Source: camunda/camunda-docs: docs/components/operate/userguide/manage-batch-operations.md
pub(crate) fn control(ctx: &mut Ctx<'_>, control: &ControlBatchOperation) -> Result<(), Rejection> {
    let ControlBatchOperation { batch_operation_key: key, action } = *control;
    let verb = verb(action);
    let known = ctx.state().batch_operations.get(key);
    let operation = known
        .filter(|operation| operation.is_lead() && operation.is_alive())
        .filter(|operation| operation.order.tenant_ids.iter().all(|tenant| ctx.may_see(tenant)))
        .ok_or_else(|| no_such(verb, key))?;
    let is_possible = match action {
        BatchOperationAction::Suspend => operation.status == Status::Running,
        BatchOperationAction::Resume => operation.status == Status::Suspended,
        BatchOperationAction::Cancel => true,
    };
    if !is_possible {
        return Err(Rejection::new(
            RejectionKind::InvalidState,
            format!(
                "Expected to {verb} a batch operation with key '{key}', but it is in the state '{}'",
                operation.state()
            ),
        ));
    }
    let revision = operation.revision + 1;
    emit(ctx, key, action, revision);
    ctx.reply(Response::Done);
    let distributed = DistributedBatchControl { batch_operation_key: key, action, revision };
    let distribution_key = ctx.new_key();
    distribution::distribute(ctx, distribution_key, DistributedCommand::BatchControl(distributed));
    Ok(())
}

/// Does what was asked on the partition where the batch operation began.
///
/// # Errors
/// `InvalidState`: the batch operation has not arrived here yet; this will come again.
pub(crate) fn control_here(
    ctx: &mut Ctx<'_>,
    control: &DistributedBatchControl,
    is_created: bool,
) -> Result<(), Rejection> {
    let DistributedBatchControl { batch_operation_key: key, action, revision } = *control;
    let Some(operation) = ctx.state().batch_operations.get(key) else {
        // One that has ended here long ago is forgotten.
        return if is_created { Ok(()) } else { Err(not_here_yet(action, key)) };
    };
    // Whatever was asked later may have arrived before.
    if revision > operation.revision {
        emit(ctx, key, action, revision);
    }
    Ok(())
}

fn not_here_yet(action: BatchOperationAction, key: BatchOperationKey) -> Rejection {
    Rejection::new(
        RejectionKind::InvalidState,
        format!(
            "Expected to {} a batch operation with key '{key}', but it has not arrived yet",
            verb(action)
        ),
    )
}

fn verb(action: BatchOperationAction) -> &'static str {
    match action {
        BatchOperationAction::Suspend => "suspend",
        BatchOperationAction::Resume => "resume",
        BatchOperationAction::Cancel => "cancel",
    }
}

fn emit(ctx: &mut Ctx<'_>, key: BatchOperationKey, action: BatchOperationAction, revision: u32) {
    let controlled = BatchOperationEvent::Controlled { action, revision };
    ctx.emit(key.0, Event::BatchOperation(controlled));
    if action == BatchOperationAction::Cancel {
        end::end_here(ctx, key, None);
    }
}
