//! Applies the events of batch operations.

use std::{collections::BTreeMap, sync::Arc};

use skep_record::{
    BatchOperationAction, BatchOperationCounts, BatchOperationCreated, BatchOperationEvent,
    BatchOperationItem, BatchOperationKey,
};

use crate::{
    apply::Facts,
    state::{
        State,
        batch_operations::{BatchOperation, BatchOperations, Search, Status},
    },
};

pub(crate) fn apply(
    state: &mut State,
    facts: &Facts<'_>,
    key: i64,
    event: &BatchOperationEvent,
) -> Option<()> {
    let key = BatchOperationKey(key);
    let operations = &mut state.batch_operations;
    match event {
        BatchOperationEvent::Created(created) => {
            operations.insert(key, begun(created));
            Some(())
        }
        BatchOperationEvent::ChunkCreated(items) => add_chunk(operations, key, items),
        BatchOperationEvent::Initializing(item) => {
            operations.update(key, |operation| operation.search = Search::UpTo(*item))
        }
        BatchOperationEvent::Initialized => {
            operations.update(key, |operation| operation.search = Search::Done)
        }
        BatchOperationEvent::Executed { failed, .. } => executed(operations, key, *failed),
        BatchOperationEvent::Controlled { action, revision } => {
            let ended_at = (*action == BatchOperationAction::Cancel).then_some(facts.now);
            operations.update(key, |operation| {
                operation.revision = *revision;
                // What has ended here is to be known as such even if the news comes late.
                operation.status = match action {
                    BatchOperationAction::Suspend => Status::Suspended,
                    BatchOperationAction::Resume => Status::Running,
                    BatchOperationAction::Cancel => Status::Canceled,
                };
                operation.ended_at = operation.ended_at.or(ended_at);
            })
        }
        BatchOperationEvent::PartitionEnded(report) => {
            operations.update(key, |operation| {
                operation.reports.insert(report.partition_id, report.clone());
                if !operation.is_lead() {
                    operation.ended_at = operation.ended_at.or(Some(facts.now));
                }
            })?;
            if operations.get(key).is_none_or(BatchOperation::has_ended_here) {
                operations.drop_chunks(key);
            }
            Some(())
        }
        BatchOperationEvent::Ended { failed } => operations.update(key, |operation| {
            operation.status = if *failed { Status::Failed } else { Status::Completed };
            operation.ended_at = Some(facts.now);
        }),
    }
}

fn begun(created: &BatchOperationCreated) -> BatchOperation {
    BatchOperation {
        order: Arc::new(created.order.clone()),
        lead: created.lead,
        partition_id: created.partition_id,
        n_partitions: created.n_partitions,
        instances_before: created.instances_before,
        ended_at: None,
        status: Status::Running,
        revision: 0,
        search: Search::NotBegun,
        n_chunks: 0,
        next: (0, 0),
        counts: BatchOperationCounts::default(),
        reports: BTreeMap::new(),
    }
}

fn add_chunk(
    operations: &mut BatchOperations,
    key: BatchOperationKey,
    items: &[BatchOperationItem],
) -> Option<()> {
    let number = operations.get(key)?.n_chunks;
    operations.chunks.insert((key, number), Arc::new(items.to_vec()));
    operations.update(key, |operation| {
        operation.n_chunks += 1;
        operation.counts.n_total += items.len() as u64;
    })
}

fn executed(operations: &mut BatchOperations, key: BatchOperationKey, failed: bool) -> Option<()> {
    let (chunk, at) = operations.get(key)?.next;
    let n_items = operations.chunks.get(&(key, chunk)).map_or(0, |items| items.len());
    let is_last = usize::try_from(at).is_ok_and(|at| at + 1 >= n_items);
    if is_last {
        operations.chunks.remove(&(key, chunk));
    }
    operations.update(key, |operation| {
        operation.next = if is_last { (chunk + 1, 0) } else { (chunk, at + 1) };
        if failed {
            operation.counts.n_failed += 1;
        } else {
            operation.counts.n_completed += 1;
        }
    })
}
