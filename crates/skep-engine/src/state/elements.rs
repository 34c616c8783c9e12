//! The index from element instances to their process instances.

use skep_record::{ElementInstanceKey, ProcessInstanceKey};

use crate::state::{dense::Dense, undo::Table};

/// The process instance of each element instance.
///
/// Most element instances come and go within one batch: they never reach the table.
#[derive(Debug, Default)]
pub(crate) struct ElementOwners {
    table: Table<ElementInstanceKey, ProcessInstanceKey>,
    /// What this batch added.
    fresh: Vec<(ElementInstanceKey, ProcessInstanceKey)>,
}

impl ElementOwners {
    pub(crate) fn get(&self, key: ElementInstanceKey) -> Option<ProcessInstanceKey> {
        match self.fresh.iter().rfind(|(known, _)| *known == key) {
            Some((_, instance)) => Some(*instance),
            None => self.table.get(&key).copied(),
        }
    }

    /// All of it, between batches.
    pub(crate) fn table(&self) -> &Dense<ElementInstanceKey, ProcessInstanceKey> {
        self.table.entries()
    }

    pub(crate) fn insert(&mut self, key: ElementInstanceKey, instance: ProcessInstanceKey) {
        self.fresh.push((key, instance));
    }

    pub(crate) fn remove(&mut self, key: ElementInstanceKey) {
        match self.fresh.iter().rposition(|(known, _)| *known == key) {
            Some(at) => drop(self.fresh.swap_remove(at)),
            None => drop(self.table.remove(&key)),
        }
    }

    pub(crate) fn commit(&mut self) {
        for (key, instance) in self.fresh.drain(..) {
            self.table.insert(key, instance);
        }
        self.table.commit();
    }

    pub(crate) fn rollback(&mut self) {
        self.fresh.clear();
        self.table.rollback();
    }
}
