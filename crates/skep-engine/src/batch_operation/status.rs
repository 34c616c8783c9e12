//! What batch operations have to do, and how far they are.

use skep_record::{
    BatchOperationCounts, BatchOperationKey, BatchOperationStatus, Command, PartitionId,
};

use crate::state::{State, batch_operations::Search};

/// Most steps of all batch operations that are due at once, so that other commands have their
/// turn in between.
const STEPS_MAX: usize = 32;

/// Left-over commands above which batch operations wait, so that they do not heap up what they
/// begin.
const PENDING_MAX: usize = 1_000;

/// Whether a batch operation has something to do now.
pub(crate) fn is_due(state: &State) -> bool {
    state.pending.entries().len() < PENDING_MAX
        && state.batch_operations.all_runnable().next().is_some()
}

/// The next steps of batch operations; each has its share.
pub(crate) fn due(state: &State) -> Vec<Command> {
    if !is_due(state) {
        return Vec::new();
    }
    let runnable: Vec<_> = state.batch_operations.all_runnable().take(STEPS_MAX).collect();
    let share = STEPS_MAX / runnable.len().max(1);
    let mut commands = Vec::new();
    for (key, operation) in runnable {
        if operation.search == Search::Done {
            let n = usize::try_from(operation.n_left()).unwrap_or(usize::MAX).min(share);
            commands.extend(std::iter::repeat_n(Command::ExecuteBatchOperation(key), n));
        } else {
            commands.push(Command::InitializeBatchOperation(key));
        }
    }
    commands
}

/// How far a batch operation is, as this partition knows it.
pub(crate) fn status(state: &State, key: BatchOperationKey) -> Option<BatchOperationStatus> {
    let operation = state.batch_operations.get(key)?;
    let own =
        if operation.has_ended_here() { BatchOperationCounts::default() } else { operation.counts };
    let reports = operation.reports.values();
    let counts = reports.clone().fold(own, |sum, report| sum.plus(report.counts));
    let errors = reports.filter_map(|report| Some((report.partition_id, report.error.clone()?)));
    let is_awaited = |id: &PartitionId| {
        operation.is_lead() && *id != operation.partition_id && !operation.reports.contains_key(id)
    };
    Some(BatchOperationStatus {
        key,
        state: operation.state(),
        tenant_ids: operation.order.tenant_ids.clone(),
        operation_type: operation.order.plan.operation_type(),
        started_at: operation.started_at,
        ended_at: operation.ended_at,
        counts,
        awaited: (1..=operation.n_partitions).map(PartitionId).filter(is_awaited).collect(),
        errors: errors.collect(),
    })
}
