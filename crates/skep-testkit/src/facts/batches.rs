//! What the journals say about batch operations.

use std::collections::{BTreeMap, BTreeSet};

use skep_record::{
    BatchOperationAction, BatchOperationEvent, BatchOperationItem, BatchOperationKey, PartitionId,
};

/// How far a batch operation has come on one partition.
#[derive(Debug, Default)]
struct Part {
    found: BTreeSet<BatchOperationItem>,
    worked_on: BTreeSet<BatchOperationItem>,
    has_ended: bool,
}

/// All batch operations.
#[derive(Debug, Default)]
pub(crate) struct Batches {
    parts: BTreeMap<(BatchOperationKey, PartitionId), Part>,
    alive: BTreeSet<BatchOperationKey>,
    canceled: BTreeSet<BatchOperationKey>,
}

impl Batches {
    /// Those that have not ended.
    pub(crate) fn alive(&self) -> Vec<BatchOperationKey> {
        self.alive.iter().copied().collect()
    }

    pub(crate) fn has_begun(&self, key: BatchOperationKey) -> bool {
        self.parts.keys().any(|(known, _)| *known == key)
    }

    /// Takes in what happened on a partition; says what of it cannot be.
    pub(super) fn observe(
        &mut self,
        partition_id: Option<PartitionId>,
        key: i64,
        event: &BatchOperationEvent,
    ) -> Result<(), String> {
        let here = partition_id.ok_or("a batch operation on no partition")?;
        let key = BatchOperationKey(key);
        if let BatchOperationEvent::Created(created) = event {
            if created.lead == here {
                self.alive.insert(key);
            }
            return match self.parts.insert((key, here), Part::default()) {
                None => Ok(()),
                Some(_) => Err("a batch operation begins twice".to_owned()),
            };
        }
        let part = self.parts.get_mut(&(key, here)).ok_or("a batch operation never began")?;
        match event {
            BatchOperationEvent::ChunkCreated(items) => {
                if part.has_ended || !items.iter().all(|item| part.found.insert(*item)) {
                    return Err("a batch operation finds something twice, or too late".to_owned());
                }
            }
            BatchOperationEvent::Executed { item, .. } => {
                if part.has_ended || !part.found.contains(item) || !part.worked_on.insert(*item) {
                    return Err("something is worked on twice, or not to be".to_owned());
                }
            }
            BatchOperationEvent::Controlled { action: BatchOperationAction::Cancel, .. } => {
                self.canceled.insert(key);
                self.alive.remove(&key);
            }
            BatchOperationEvent::PartitionEnded(report) if report.partition_id == here => {
                part.has_ended = true;
                if let Some(error) = &report.error {
                    return Err(format!("a batch operation cannot select: {error}"));
                }
                if part.worked_on.len() != part.found.len() && !self.canceled.contains(&key) {
                    return Err("a batch operation leaves something out".to_owned());
                }
            }
            BatchOperationEvent::Ended { .. } => {
                if !self.alive.remove(&key) {
                    return Err("a batch operation ends twice".to_owned());
                }
            }
            BatchOperationEvent::Created(_)
            | BatchOperationEvent::Initializing(_)
            | BatchOperationEvent::Initialized
            | BatchOperationEvent::Controlled { .. }
            | BatchOperationEvent::PartitionEnded(_) => (),
        }
        Ok(())
    }
}
