//! Batch operations: what each is to do, what it has found, and how far it is.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};
use skep_record::{
    BatchOperationCounts, BatchOperationItem, BatchOperationKey, BatchOperationOrder,
    BatchOperationReport, BatchOperationState, PartitionId, ProcessInstanceKey, Timestamp,
};

use crate::state::undo::{Map, Set, Table};

/// The items of one record, and the number of that record in its batch operation.
pub(crate) type ChunkId = (BatchOperationKey, u32);

/// Most batch operations that have ended and are still kept, so that what comes late from other
/// partitions is known to be about one that has.
pub(crate) const ENDED_MAX: usize = 1_000;

/// All batch operations that this partition takes part in, and the last that have ended.
#[derive(Debug, Default)]
pub(crate) struct BatchOperations {
    table: Map<BatchOperationKey, BatchOperation>,
    /// What is to be worked on; a chunk goes once all of it is done.
    pub(crate) chunks: Table<ChunkId, Arc<Vec<BatchOperationItem>>>,
    /// Index: those that have something to do here.
    runnable: Set<BatchOperationKey>,
    /// Index: those for which nothing more is done here, by when that was.
    ended: Set<(Timestamp, BatchOperationKey)>,
}

/// One batch operation, as a partition knows it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct BatchOperation {
    pub(crate) order: Arc<BatchOperationOrder>,
    /// The partition where it began.
    pub(crate) lead: PartitionId,
    /// This partition.
    pub(crate) partition_id: PartitionId,
    pub(crate) n_partitions: u16,
    /// Instances from this key on began later.
    pub(crate) instances_before: ProcessInstanceKey,
    pub(crate) ended_at: Option<Timestamp>,
    pub(crate) status: Status,
    /// How often it was suspended, resumed or cancelled.
    pub(crate) revision: u32,
    pub(crate) search: Search,
    /// Chunks found so far.
    pub(crate) n_chunks: u32,
    /// The chunk that is worked on, and the next item in it.
    pub(crate) next: (u32, u32),
    /// Of this partition.
    pub(crate) counts: BatchOperationCounts,
    /// What the partitions that have ended did; on a partition that does not lead only its own.
    pub(crate) reports: BTreeMap<PartitionId, BatchOperationReport>,
}

/// Whether a batch operation goes on.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub(crate) enum Status {
    Running,
    Suspended,
    /// Some partitions may have failed.
    Completed,
    /// All partitions have failed.
    Failed,
    Canceled,
}

/// How much of the partition has been looked at.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub(crate) enum Search {
    NotBegun,
    /// All up to here.
    UpTo(BatchOperationItem),
    Done,
}

impl BatchOperation {
    /// Whether nothing more is done for it on this partition.
    pub(crate) fn has_ended_here(&self) -> bool {
        self.reports.contains_key(&self.partition_id)
    }

    pub(crate) fn is_lead(&self) -> bool {
        self.lead == self.partition_id
    }

    /// Whether it can still be suspended, resumed or cancelled.
    pub(crate) fn is_alive(&self) -> bool {
        match self.status {
            Status::Running | Status::Suspended => true,
            Status::Completed | Status::Failed | Status::Canceled => false,
        }
    }

    fn is_runnable(&self) -> bool {
        self.status == Status::Running && !self.has_ended_here()
    }

    /// What is left of the items that were found.
    pub(crate) fn n_left(&self) -> u64 {
        let BatchOperationCounts { n_total, n_completed, n_failed } = self.counts;
        n_total.saturating_sub(n_completed).saturating_sub(n_failed)
    }

    /// Zeebe's name for where it is; on a partition that does not lead, as far as known there.
    pub(crate) fn state(&self) -> BatchOperationState {
        match self.status {
            Status::Running if self.search == Search::Done || self.has_ended_here() => {
                BatchOperationState::Active
            }
            Status::Running => BatchOperationState::Created,
            Status::Suspended => BatchOperationState::Suspended,
            Status::Completed if self.reports.values().any(|report| report.error.is_some()) => {
                BatchOperationState::PartiallyCompleted
            }
            Status::Completed => BatchOperationState::Completed,
            Status::Failed => BatchOperationState::Failed,
            Status::Canceled => BatchOperationState::Canceled,
        }
    }

    /// When nothing more was to be done for it here.
    fn ended(&self) -> Option<Timestamp> {
        self.ended_at.filter(|_| !self.is_alive() || !self.is_lead())
    }
}

impl BatchOperations {
    pub(crate) fn get(&self, key: BatchOperationKey) -> Option<&BatchOperation> {
        self.table.get(&key)
    }

    /// One that has something to do here.
    pub(crate) fn runnable(&self, key: BatchOperationKey) -> Option<&BatchOperation> {
        self.get(key).filter(|operation| operation.is_runnable())
    }

    /// All that have something to do here, oldest first.
    pub(crate) fn all_runnable(
        &self,
    ) -> impl Iterator<Item = (BatchOperationKey, &BatchOperation)> + '_ {
        self.runnable.iter().filter_map(|key| Some((*key, self.get(*key)?)))
    }

    /// How many that began here go on.
    pub(crate) fn n_alive(&self) -> usize {
        let began_here = |one: &&BatchOperation| one.is_lead() && one.is_alive();
        self.table.entries().values().filter(began_here).count()
    }

    /// The item that is to be worked on next.
    pub(crate) fn next_item(&self, key: BatchOperationKey) -> Option<BatchOperationItem> {
        let (chunk, at) = self.get(key)?.next;
        self.chunks.get(&(key, chunk))?.get(usize::try_from(at).ok()?).copied()
    }

    /// Adds one, or puts one back that was restored.
    pub(crate) fn insert(&mut self, key: BatchOperationKey, operation: BatchOperation) {
        self.index(key, &operation);
        self.table.insert(key, operation);
    }

    /// Changes one; the oldest of those that have ended go when there are too many.
    pub(crate) fn update(
        &mut self,
        key: BatchOperationKey,
        change: impl FnOnce(&mut BatchOperation),
    ) -> Option<()> {
        let before = self.get(key)?;
        let (was_runnable, was_ended) = (before.is_runnable(), before.ended());
        self.table.update(&key, change);
        let after = self.table.get(&key)?;
        let (is_runnable, ended) = (after.is_runnable(), after.ended());
        if was_runnable && !is_runnable {
            self.runnable.remove(&key);
        } else if is_runnable {
            self.runnable.insert(key);
        }
        if was_ended != ended {
            if let Some(at) = was_ended {
                self.ended.remove(&(at, key));
            }
            if let Some(at) = ended {
                self.ended.insert((at, key));
                self.forget_oldest();
            }
        }
        Some(())
    }

    fn index(&mut self, key: BatchOperationKey, operation: &BatchOperation) {
        if operation.is_runnable() {
            self.runnable.insert(key);
        }
        if let Some(at) = operation.ended() {
            self.ended.insert((at, key));
        }
    }

    fn forget_oldest(&mut self) {
        while self.ended.len() > ENDED_MAX
            && let Some(oldest) = self.ended.first().copied()
        {
            self.ended.remove(&oldest);
            self.table.remove(&oldest.1);
            self.drop_chunks(oldest.1);
        }
    }

    /// Lets go of what was found and not worked on.
    pub(crate) fn drop_chunks(&mut self, key: BatchOperationKey) {
        let of_operation = self.chunks.entries().range((key, 0)..=(key, u32::MAX));
        let ids: Vec<ChunkId> = of_operation.map(|(id, _)| *id).collect();
        for id in ids {
            self.chunks.remove(&id);
        }
    }

    pub(crate) fn table(&self) -> &BTreeMap<BatchOperationKey, BatchOperation> {
        self.table.entries()
    }

    /// All that is derived from the table.
    pub(crate) fn indexes(&self) -> String {
        format!("runnable {:?}, ended {:?}", self.runnable.entries(), self.ended.entries())
    }

    pub(crate) fn commit(&mut self) {
        self.table.commit();
        self.chunks.commit();
        self.runnable.commit();
        self.ended.commit();
    }

    pub(crate) fn rollback(&mut self) {
        self.table.rollback();
        self.chunks.rollback();
        self.runnable.rollback();
        self.ended.rollback();
    }
}
