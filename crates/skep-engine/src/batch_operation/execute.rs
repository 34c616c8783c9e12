//! `BATCH_OPERATION_EXECUTION:EXECUTE`

use std::sync::Arc;

use skep_record::{
    BatchOperationEvent, BatchOperationItem, BatchOperationKey, BatchOperationPlan,
    CancelProcessInstance, DeleteHistory, ElementInstanceSelector, Event, MigrateProcessInstance,
    ModifyProcessInstance, MoveInstruction, ProcessInstanceKey, Rejection, ResolveIncident,
};

use super::{end, no_such};
use crate::{
    Ctx, history, incident, process_instance,
    state::{State, batch_operations::Search},
};

/// Handles `BATCH_OPERATION_EXECUTION:EXECUTE`: does with the next item what a client would do
/// with a command. When it is refused, so is this, and [`super::give_up`] goes on.
///
/// # Errors
/// - `NotFound`: the batch operation has nothing to do here.
/// - Whatever the command of the item can be refused with.
pub(crate) fn execute(ctx: &mut Ctx<'_>, key: BatchOperationKey) -> Result<(), Rejection> {
    let operations = &ctx.state().batch_operations;
    let not_here = || no_such("work on", key);
    let plan = Arc::clone(&operations.runnable(key).ok_or_else(not_here)?.order);
    let item = operations.next_item(key).ok_or_else(not_here)?;
    carry_out(ctx, &plan.plan, item)?;
    finish_item(ctx, key, false);
    Ok(())
}

fn carry_out(
    ctx: &mut Ctx<'_>,
    plan: &BatchOperationPlan,
    item: BatchOperationItem,
) -> Result<(), Rejection> {
    let process_instance_key = item.process_instance_key;
    let operation_reference = 0;
    match plan {
        BatchOperationPlan::CancelProcessInstance => {
            let cancel = CancelProcessInstance { process_instance_key, operation_reference };
            process_instance::cancel(ctx, &cancel)
        }
        BatchOperationPlan::ResolveIncidents => match item.incident_key {
            Some(incident_key) => {
                incident::resolve(ctx, &ResolveIncident { incident_key, operation_reference })
            }
            None => Ok(()),
        },
        BatchOperationPlan::MigrateProcessInstance { target_process_definition_key, mappings } => {
            let migrate = MigrateProcessInstance {
                process_instance_key,
                target_process_definition_key: *target_process_definition_key,
                mappings: mappings.clone(),
                operation_reference,
            };
            process_instance::migrate(ctx, &migrate)
        }
        BatchOperationPlan::ModifyProcessInstance { moves } => {
            let modify = ModifyProcessInstance {
                process_instance_key,
                activate: Vec::new(),
                moves: possible_moves(ctx.state(), process_instance_key, moves),
                terminate: Vec::new(),
                operation_reference,
            };
            process_instance::modify(ctx, &modify)
        }
        BatchOperationPlan::DeleteHistory { history_type, .. } => {
            let delete = DeleteHistory {
                resource_key: process_instance_key.0,
                history_type: *history_type,
                operation_reference,
            };
            history::delete(ctx, &delete)
        }
    }
}

/// The moves whose source runs in this instance; all, to be refused, if there is none.
fn possible_moves(
    state: &State,
    key: ProcessInstanceKey,
    moves: &[MoveInstruction],
) -> Vec<MoveInstruction> {
    let Some(instance) = state.instances.get(key) else { return moves.to_vec() };
    let runs = |to_move: &&MoveInstruction| match &to_move.source {
        ElementInstanceSelector::Key(key) => instance.element(*key).is_some(),
        ElementInstanceSelector::Element(id) => {
            let index = instance.definition.process.find(id);
            index.is_some_and(|index| instance.elements.iter().any(|one| one.index() == index))
        }
    };
    let possible: Vec<MoveInstruction> = moves.iter().filter(runs).cloned().collect();
    if possible.is_empty() { moves.to_vec() } else { possible }
}

/// The next item has been worked on; after the last the batch operation ends here.
pub(super) fn finish_item(ctx: &mut Ctx<'_>, key: BatchOperationKey, failed: bool) {
    let Some(item) = ctx.state().batch_operations.next_item(key) else { return };
    let executed = BatchOperationEvent::Executed { item, failed };
    ctx.emit(key.0, Event::BatchOperation(executed));
    let operation = ctx.state().batch_operations.get(key);
    if operation.is_some_and(|one| one.search == Search::Done && one.n_left() == 0) {
        end::end_here(ctx, key, None);
    }
}
