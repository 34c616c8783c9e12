//! What batch operations work on.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};
use skep_record::{BatchOperationItem, PartitionId};

use crate::names::{BATCH_OPERATION_ITEM_STATES, BATCH_OPERATION_TYPES};

pub(crate) const SCHEMA: &str = "
CREATE TABLE batch_operation_item (
    batch_operation_key INTEGER NOT NULL,
    -- Of the incident where one is resolved, of the evaluation where one is deleted, else of
    -- the process instance.
    item_key INTEGER NOT NULL,
    process_instance_key INTEGER NOT NULL,
    state INTEGER NOT NULL,
    processed_at INTEGER,
    error TEXT,
    PRIMARY KEY (batch_operation_key, item_key)
) WITHOUT ROWID;
CREATE INDEX batch_operation_item_by_process_instance
    ON batch_operation_item (process_instance_key);
";

/// Key of the process instance of what belongs to none.
const NO_INSTANCE: i64 = -1;

/// What a batch operation works on.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// Process instances or their incidents.
    OfInstances,
    /// Evaluations of decisions.
    OfEvaluations,
}

impl Kind {
    pub(crate) fn of(operation_type: i64) -> Self {
        if BATCH_OPERATION_TYPES.name(operation_type) == "DELETE_DECISION_INSTANCE" {
            Self::OfEvaluations
        } else {
            Self::OfInstances
        }
    }
}

/// An item that was worked on.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) processed_at: i64,
    /// Why it could not be done.
    pub(crate) error: Option<String>,
}

#[derive(Debug)]
struct Item {
    process_instance_key: i64,
    state: i64,
    outcome: Option<Outcome>,
}

/// What has changed since the last flush.
#[derive(Debug, Default)]
pub(crate) struct BatchOperationItems {
    /// By batch operation and key of the item.
    items: BTreeMap<(i64, i64), Item>,
    /// Batch operations that have ended on a partition.
    ended: Vec<(i64, PartitionId)>,
}

impl BatchOperationItems {
    /// Something is to be worked on.
    pub(crate) fn found(&mut self, operation: i64, kind: Kind, item: BatchOperationItem) {
        self.put(operation, kind, item, "ACTIVE", None);
    }

    /// Something was worked on.
    pub(crate) fn worked_on(
        &mut self,
        operation: i64,
        kind: Kind,
        item: BatchOperationItem,
        outcome: Outcome,
    ) {
        let state = if outcome.error.is_some() { "FAILED" } else { "COMPLETED" };
        self.put(operation, kind, item, state, Some(outcome));
    }

    fn put(
        &mut self,
        operation: i64,
        kind: Kind,
        item: BatchOperationItem,
        state: &str,
        outcome: Option<Outcome>,
    ) {
        let key = item.process_instance_key.0;
        let item_key = item.incident_key.map_or(key, |key| key.0);
        let process_instance_key = match kind {
            Kind::OfInstances => key,
            Kind::OfEvaluations => NO_INSTANCE,
        };
        let state = BATCH_OPERATION_ITEM_STATES.number(state);
        self.items.insert((operation, item_key), Item { process_instance_key, state, outcome });
    }

    /// What was not worked on by a partition never will be.
    pub(crate) fn ended(&mut self, batch_operation_key: i64, partition_id: PartitionId) {
        let [active, canceled] = open_and_canceled();
        let (first, last) = items_of(partition_id);
        for (_, item) in
            self.items.range_mut((batch_operation_key, first)..=(batch_operation_key, last))
        {
            if item.state == active {
                item.state = canceled;
            }
        }
        self.ended.push((batch_operation_key, partition_id));
    }

    pub(crate) fn flush(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let mut cancel = connection.prepare_cached(
            "UPDATE batch_operation_item SET state = ?5 WHERE batch_operation_key = ?1 AND \
             item_key BETWEEN ?2 AND ?3 AND state = ?4",
        )?;
        let [active, canceled] = open_and_canceled();
        for (batch_operation_key, partition_id) in self.ended.drain(..) {
            let (first, last) = items_of(partition_id);
            cancel.execute([batch_operation_key, first, last, active, canceled])?;
        }
        // What was worked on before the end is among these.
        let mut insert = connection.prepare_cached(
            "INSERT OR REPLACE INTO batch_operation_item (batch_operation_key, item_key, \
             process_instance_key, state, processed_at, error) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?;
        for ((batch_operation_key, item_key), item) in std::mem::take(&mut self.items) {
            let outcome = item.outcome.as_ref();
            insert.execute(params![
                batch_operation_key,
                item_key,
                item.process_instance_key,
                item.state,
                outcome.map(|outcome| outcome.processed_at),
                outcome.and_then(|outcome| outcome.error.as_deref()),
            ])?;
        }
        Ok(())
    }
}

fn open_and_canceled() -> [i64; 2] {
    ["ACTIVE", "CANCELED"].map(|name| BATCH_OPERATION_ITEM_STATES.number(name))
}

/// The first and the last key that a partition can make.
fn items_of(partition_id: PartitionId) -> (i64, i64) {
    (partition_id.key(0), PartitionId(partition_id.0.saturating_add(1)).key(0) - 1)
}
