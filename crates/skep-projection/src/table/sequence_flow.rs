//! Sequence flows that process instances have taken.

use std::collections::BTreeMap;

use rusqlite::Connection;

pub(crate) const SCHEMA: &str = "
CREATE TABLE sequence_flow (
    process_instance_key INTEGER NOT NULL,
    element_no INTEGER NOT NULL,
    PRIMARY KEY (process_instance_key, element_no)
) WITHOUT ROWID;
";

/// What has changed since the last flush: whether a flow of an instance was taken, or is not to be
/// shown any more.
#[derive(Debug, Default)]
pub(crate) struct SequenceFlows(BTreeMap<(i64, i64), bool>);

impl SequenceFlows {
    pub(crate) fn taken(&mut self, process_instance_key: i64, element_no: i64) {
        self.0.insert((process_instance_key, element_no), true);
    }

    pub(crate) fn deleted(&mut self, process_instance_key: i64, element_no: i64) {
        self.0.insert((process_instance_key, element_no), false);
    }

    pub(crate) fn flush(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let mut insert = connection.prepare_cached(
            "INSERT OR IGNORE INTO sequence_flow (process_instance_key, element_no) \
             VALUES (?1, ?2)",
        )?;
        let mut delete = connection.prepare_cached(
            "DELETE FROM sequence_flow WHERE process_instance_key = ?1 AND element_no = ?2",
        )?;
        for ((process_instance_key, element_no), is_taken) in std::mem::take(&mut self.0) {
            let statement = if is_taken { &mut insert } else { &mut delete };
            statement.execute([process_instance_key, element_no])?;
        }
        Ok(())
    }
}
