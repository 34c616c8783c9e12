//! What batch operations have to do, and how far they are.

use std::collections::BTreeMap;

use skep_record::{
    BatchOperationCounts, BatchOperationItemState, BatchOperationItemStatus, BatchOperationItems,
    BatchOperationKey, BatchOperationStatus, Command, OperationItems, PartitionId, Timestamp,
};

use crate::state::{State, batch_operations::Search};

/// Most steps of all batch operations that are due at once, so that other commands have their
/// turn in between.
const STEPS_MAX: usize = 32;

/// Left-over commands above which batch operations wait, so that they do not heap up what they
/// begin.
const PENDING_MAX: usize = 1_000;

/// Most items that are still to be worked on, of all batch operations, in one answer.
const OPEN_ITEMS_MAX: usize = 10_000;

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

/// What batch operations work on here, and what they have worked on, as far as it is kept.
pub(crate) fn items(state: &State, only: Option<BatchOperationKey>) -> BatchOperationItems {
    let operations = &state.batch_operations;
    let is_asked = |key: &BatchOperationKey| only.is_none_or(|only| only == *key);
    let mut found: BTreeMap<BatchOperationKey, Vec<BatchOperationItemStatus>> = BTreeMap::new();
    let finished = |at: Timestamp, item, state, error| BatchOperationItemStatus {
        item,
        state,
        processed_at: Some(at),
        error,
    };
    for (at, key, item) in operations.done.entries().keys().copied() {
        if is_asked(&key) {
            let status = finished(at, item, BatchOperationItemState::Completed, None);
            found.entry(key).or_default().push(status);
        }
    }
    for ((at, key, item), reason) in operations.failed.entries().iter() {
        if is_asked(key) {
            let reason = Some(reason.to_string());
            let status = finished(*at, *item, BatchOperationItemState::Failed, reason);
            found.entry(*key).or_default().push(status);
        }
    }
    let mut n_left = OPEN_ITEMS_MAX;
    let mut is_cut = false;
    for key in operations.table().keys().copied().filter(is_asked) {
        for item in operations.open_items(key) {
            if n_left == 0 {
                is_cut = true;
                break;
            }
            n_left -= 1;
            found.entry(key).or_default().push(BatchOperationItemStatus {
                item,
                state: BatchOperationItemState::Active,
                processed_at: None,
                error: None,
            });
        }
    }
    let operations = found.into_iter().filter_map(|(key, items)| {
        // One that is forgotten cannot say any more whose it was.
        let order = &operations.get(key)?.order;
        Some(OperationItems {
            key,
            operation_type: order.plan.operation_type(),
            tenant_ids: order.tenant_ids.clone(),
            items,
        })
    });
    BatchOperationItems { operations: operations.collect(), is_cut }
}
