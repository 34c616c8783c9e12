//! Activities that were completed and can be compensated.

use serde::{Deserialize, Serialize};
use skep_record::{ElementInstanceKey, ProcessInstanceKey};

use crate::state::undo::Table;

/// The compensation subscriptions of all process instances.
#[derive(Debug, Default)]
pub(crate) struct Compensations {
    pub(crate) table: Table<(ProcessInstanceKey, i64), CompensationSubscription>,
}

/// One completed activity.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct CompensationSubscription {
    pub(crate) activity: u32,
    pub(crate) activity_key: ElementInstanceKey,
    /// The element instance that the activity ran in.
    pub(crate) scope_key: ElementInstanceKey,
    /// `None` for a subprocess that only contains activities with handlers.
    pub(crate) handler: Option<u32>,
    /// The handler that runs.
    pub(crate) handler_key: Option<ElementInstanceKey>,
    /// The event that waits for the handler, with its element instance.
    pub(crate) thrown_by: Option<(u32, ElementInstanceKey)>,
}

impl Compensations {
    pub(crate) fn get(
        &self,
        instance: ProcessInstanceKey,
        key: i64,
    ) -> Option<&CompensationSubscription> {
        self.table.get(&(instance, key))
    }

    /// Those of one process instance, oldest first.
    pub(crate) fn of_instance(
        &self,
        instance: ProcessInstanceKey,
    ) -> impl Iterator<Item = (i64, &CompensationSubscription)> {
        self.table
            .entries()
            .range((instance, i64::MIN)..=(instance, i64::MAX))
            .map(|((_, key), subscription)| (*key, subscription))
    }

    pub(crate) fn insert(
        &mut self,
        instance: ProcessInstanceKey,
        key: i64,
        subscription: CompensationSubscription,
    ) {
        self.table.insert((instance, key), subscription);
    }

    pub(crate) fn remove(&mut self, instance: ProcessInstanceKey, key: i64) {
        self.table.remove(&(instance, key));
    }

    pub(crate) fn commit(&mut self) {
        self.table.commit();
    }

    pub(crate) fn rollback(&mut self) {
        self.table.rollback();
    }
}
