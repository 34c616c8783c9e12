//! Batch operations.
//!
//! Every partition counts what it finds and does. Where a batch operation is in its life is what
//! the partition says on which it was created: it leads, and learns when the others have ended.

use rusqlite::{Connection, OptionalExtension as _, params};
use skep_record::{
    BatchOperationAction, BatchOperationCreated, BatchOperationEvent, BatchOperationReport, Body,
    PartitionId,
};

use super::Row;
use crate::{
    names::{BATCH_OPERATION_STATES, BATCH_OPERATION_TYPES},
    projector::At,
    table::batch_operation_item::{Kind, Outcome},
};

pub(crate) const SCHEMA: &str = "
CREATE TABLE batch_operation (
    key INTEGER PRIMARY KEY,
    operation_type INTEGER NOT NULL,
    state INTEGER NOT NULL,
    start_at INTEGER NOT NULL,
    end_at INTEGER,
    n_total INTEGER NOT NULL,
    n_completed INTEGER NOT NULL,
    n_failed INTEGER NOT NULL,
    -- A JSON list.
    tenant_ids TEXT NOT NULL,
    -- A JSON list of lists of a partition and why it could not select.
    errors TEXT
);
CREATE INDEX batch_operation_by_end ON batch_operation (end_at) WHERE end_at IS NOT NULL;
";

/// Longest reason that is kept with an item that could not be done.
const REASON_BYTES_MAX: usize = 1_000;

/// A batch operation.
#[derive(Debug)]
pub(crate) struct BatchOperationRow {
    pub(crate) operation_type: i64,
    pub(crate) state: i64,
    pub(crate) start_at: i64,
    pub(crate) end_at: Option<i64>,
    pub(crate) n_total: i64,
    pub(crate) n_completed: i64,
    pub(crate) n_failed: i64,
    pub(crate) tenant_ids: String,
    pub(crate) errors: Option<String>,
}

impl Row for BatchOperationRow {
    fn load(connection: &Connection, key: i64) -> rusqlite::Result<Option<Self>> {
        let mut statement = connection.prepare_cached(
            "SELECT operation_type, state, start_at, end_at, n_total, n_completed, n_failed, \
             tenant_ids, errors FROM batch_operation WHERE key = ?1",
        )?;
        let row = statement.query_row([key], |row| {
            Ok(Self {
                operation_type: row.get(0)?,
                state: row.get(1)?,
                start_at: row.get(2)?,
                end_at: row.get(3)?,
                n_total: row.get(4)?,
                n_completed: row.get(5)?,
                n_failed: row.get(6)?,
                tenant_ids: row.get(7)?,
                errors: row.get(8)?,
            })
        });
        row.optional()
    }

    fn insert(&self, connection: &Connection, key: i64) -> rusqlite::Result<()> {
        let mut statement = connection.prepare_cached(
            "INSERT OR REPLACE INTO batch_operation (key, operation_type, state, start_at, \
             end_at, n_total, n_completed, n_failed, tenant_ids, errors) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?;
        statement.execute(params![
            key,
            self.operation_type,
            self.state,
            self.start_at,
            self.end_at,
            self.n_total,
            self.n_completed,
            self.n_failed,
            self.tenant_ids,
            self.errors,
        ])?;
        Ok(())
    }

    fn update(&self, connection: &Connection, key: i64) -> rusqlite::Result<()> {
        let mut statement = connection.prepare_cached(
            "UPDATE batch_operation SET state = ?2, start_at = ?3, end_at = ?4, n_total = ?5, \
             n_completed = ?6, n_failed = ?7, errors = ?8 WHERE key = ?1",
        )?;
        statement.execute(params![
            key,
            self.state,
            self.start_at,
            self.end_at,
            self.n_total,
            self.n_completed,
            self.n_failed,
            self.errors,
        ])?;
        Ok(())
    }
}

/// `BATCH_OPERATION_…`
pub(crate) fn apply(at: &mut At<'_>, event: &BatchOperationEvent) -> rusqlite::Result<()> {
    let (key, now) = (at.key, at.timestamp.0);
    if let BatchOperationEvent::Created(created) = event {
        return self::created(at, created);
    }
    // Its type and its tenants are not known if it began before the history.
    let Some(row) = at.tables.batch_operations.get(at.connection, key)? else { return Ok(()) };
    let kind = Kind::of(row.operation_type);
    let is_lead = at.partition_id() == PartitionId::of_key(key);
    match event {
        BatchOperationEvent::ChunkCreated(items) => {
            for item in items {
                at.tables.batch_operation_items.found(key, kind, *item);
            }
            let n = i64::try_from(items.len()).unwrap_or(i64::MAX);
            change(at, |row| row.n_total += n)
        }
        BatchOperationEvent::Executed { item, failed } => {
            let error = failed.then(|| why_refused(at));
            let outcome = Outcome { processed_at: now, error };
            at.tables.batch_operation_items.worked_on(key, kind, *item, outcome);
            change(at, |row| {
                if *failed {
                    row.n_failed += 1;
                } else {
                    row.n_completed += 1;
                }
            })
        }
        BatchOperationEvent::Initialized if is_lead => change(at, |row| {
            if row.state == state("CREATED") {
                row.state = state("ACTIVE");
            }
        }),
        BatchOperationEvent::Controlled { action, .. } if is_lead => {
            change(at, |row| match action {
                BatchOperationAction::Suspend => row.state = state("SUSPENDED"),
                BatchOperationAction::Resume => row.state = state("ACTIVE"),
                BatchOperationAction::Cancel => row.end("CANCELED", now),
            })
        }
        BatchOperationEvent::PartitionEnded(report) => {
            if Some(report.partition_id) == at.partition_id() {
                // Nothing more is worked on there.
                at.tables.batch_operation_items.ended(key, report.partition_id);
            }
            if is_lead { change(at, |row| row.note_error(report)) } else { Ok(()) }
        }
        BatchOperationEvent::Ended { failed } => change(at, |row| {
            let state = match row.errors {
                _ if *failed => "FAILED",
                Some(_) => "PARTIALLY_COMPLETED",
                None => "COMPLETED",
            };
            row.end(state, now);
        }),
        BatchOperationEvent::Created(_)
        | BatchOperationEvent::Initializing(_)
        | BatchOperationEvent::Initialized
        | BatchOperationEvent::Controlled { .. } => Ok(()),
    }
}

/// Any partition may be the first that tells of it; when it began, the one tells that leads.
fn created(at: &mut At<'_>, created: &BatchOperationCreated) -> rusqlite::Result<()> {
    let (key, now) = (at.key, at.timestamp.0);
    if at.tables.batch_operations.get(at.connection, key)?.is_some() {
        let is_lead = created.lead == created.partition_id;
        return if is_lead { change(at, |row| row.start_at = now) } else { Ok(()) };
    }
    let order = &created.order;
    let tenant_ids: serde_json::Value =
        order.tenant_ids.iter().map(|tenant| tenant.to_string()).collect();
    let row = BatchOperationRow {
        operation_type: BATCH_OPERATION_TYPES.number(order.plan.operation_type().as_str()),
        state: state("CREATED"),
        start_at: now,
        end_at: None,
        n_total: 0,
        n_completed: 0,
        n_failed: 0,
        tenant_ids: tenant_ids.to_string(),
        errors: None,
    };
    at.tables.batch_operations.insert(key, row);
    Ok(())
}

fn state(name: &str) -> i64 {
    BATCH_OPERATION_STATES.number(name)
}

fn change(at: &mut At<'_>, change: impl FnOnce(&mut BatchOperationRow)) -> rusqlite::Result<()> {
    at.tables.batch_operations.change(at.connection, at.key, change).map(drop)
}

impl BatchOperationRow {
    fn end(&mut self, name: &str, now: i64) {
        self.state = state(name);
        self.end_at = Some(now);
    }

    fn note_error(&mut self, report: &BatchOperationReport) {
        let Some(error) = &report.error else { return };
        let mut errors = read_errors(self.errors.as_deref());
        errors.push((report.partition_id.0, error.clone()));
        errors.sort();
        self.errors = Some(serde_json::json!(errors).to_string());
    }
}

/// Partitions and why each could not select.
pub(crate) fn read_errors(errors: Option<&str>) -> Vec<(u16, String)> {
    errors.and_then(|errors| serde_json::from_str(errors).ok()).unwrap_or_default()
}

/// Why the item of this batch could not be done: its command was refused, and nothing else.
fn why_refused(at: &At<'_>) -> String {
    let rejection = at.batch.records.iter().find_map(|record| match &record.body {
        Body::Rejection(rejection) => Some(rejection.to_string()),
        Body::Command(_) | Body::Event(_) => None,
    });
    let mut text = rejection.unwrap_or_default();
    if text.len() > REASON_BYTES_MAX {
        text.truncate(text.floor_char_boundary(REASON_BYTES_MAX));
        text.push('…');
    }
    text
}
