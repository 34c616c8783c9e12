//! Element instances. The process itself is not among them: it is a process instance.

use rusqlite::{Connection, OptionalExtension as _, params};
use skep_record::{ElementValue, ProcessInstanceIntent, ProcessInstanceRef};

use super::{Row, process_instance};
use crate::{
    names::{ACTIVE, COMPLETED, TERMINATED},
    projector::At,
};

pub(crate) const SCHEMA: &str = "
CREATE TABLE element_instance (
    key INTEGER PRIMARY KEY,
    process_instance_key INTEGER NOT NULL,
    element_no INTEGER NOT NULL,
    flow_scope_key INTEGER NOT NULL,
    state INTEGER NOT NULL,
    start_at INTEGER NOT NULL,
    end_at INTEGER,
    -- Active incidents of it and of what it contains or calls.
    n_incidents INTEGER NOT NULL,
    incident_key INTEGER
);
CREATE INDEX element_instance_by_process_instance ON element_instance (process_instance_key);
CREATE INDEX element_instance_active ON element_instance (element_no) WHERE state = 0;
CREATE INDEX element_instance_active_by_key ON element_instance (key) WHERE state = 0;
";

/// One execution of one element.
#[derive(Debug)]
pub(crate) struct ElementInstanceRow {
    pub(crate) process_instance_key: i64,
    pub(crate) element_no: i64,
    pub(crate) flow_scope_key: i64,
    pub(crate) state: i64,
    pub(crate) start_at: i64,
    pub(crate) end_at: Option<i64>,
    pub(crate) n_incidents: i64,
    pub(crate) incident_key: Option<i64>,
}

impl Row for ElementInstanceRow {
    fn load(connection: &Connection, key: i64) -> rusqlite::Result<Option<Self>> {
        let mut statement = connection.prepare_cached(
            "SELECT process_instance_key, element_no, flow_scope_key, state, start_at, end_at, \
             n_incidents, incident_key FROM element_instance WHERE key = ?1",
        )?;
        let row = statement.query_row([key], |row| {
            Ok(Self {
                process_instance_key: row.get(0)?,
                element_no: row.get(1)?,
                flow_scope_key: row.get(2)?,
                state: row.get(3)?,
                start_at: row.get(4)?,
                end_at: row.get(5)?,
                n_incidents: row.get(6)?,
                incident_key: row.get(7)?,
            })
        });
        row.optional()
    }

    fn insert(&self, connection: &Connection, key: i64) -> rusqlite::Result<()> {
        let mut statement = connection.prepare_cached(
            "INSERT OR REPLACE INTO element_instance (key, process_instance_key, element_no, \
             flow_scope_key, state, start_at, end_at, n_incidents, incident_key) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?;
        statement.execute(params![
            key,
            self.process_instance_key,
            self.element_no,
            self.flow_scope_key,
            self.state,
            self.start_at,
            self.end_at,
            self.n_incidents,
            self.incident_key,
        ])?;
        Ok(())
    }

    fn update(&self, connection: &Connection, key: i64) -> rusqlite::Result<()> {
        let mut statement = connection.prepare_cached(
            "UPDATE element_instance SET element_no = ?2, flow_scope_key = ?3, state = ?4, \
             end_at = ?5, n_incidents = ?6, incident_key = ?7 WHERE key = ?1",
        )?;
        statement.execute(params![
            key,
            self.element_no,
            self.flow_scope_key,
            self.state,
            self.end_at,
            self.n_incidents,
            self.incident_key,
        ])?;
        Ok(())
    }
}

/// `PROCESS_INSTANCE:ELEMENT_…`, of everything but processes and sequence flows.
pub(crate) fn stepped(
    at: &mut At<'_>,
    instance: &ProcessInstanceRef,
    element_no: i64,
    intent: ProcessInstanceIntent,
    value: &ElementValue,
) -> rusqlite::Result<()> {
    if intent == ProcessInstanceIntent::ElementActivating {
        // It may have been created before the history began.
        process_instance::ensure(at, instance)?;
    }
    let (key, now) = (at.key, at.timestamp.0);
    let rows = &mut at.tables.element_instances;
    let end = |state: i64| {
        move |row: &mut ElementInstanceRow| {
            row.state = state;
            row.end_at = Some(now);
        }
    };
    match intent {
        ProcessInstanceIntent::ElementActivating => rows.insert(
            key,
            ElementInstanceRow {
                process_instance_key: instance.process_instance_key.0,
                element_no,
                flow_scope_key: value.flow_scope_key.0,
                state: ACTIVE,
                start_at: now,
                end_at: None,
                n_incidents: 0,
                incident_key: None,
            },
        ),
        ProcessInstanceIntent::ElementCompleted => {
            rows.change(at.connection, key, end(COMPLETED))?;
        }
        ProcessInstanceIntent::ElementTerminated => {
            rows.change(at.connection, key, end(TERMINATED))?;
        }
        ProcessInstanceIntent::ElementMigrated => {
            rows.change(at.connection, key, |row| {
                row.element_no = element_no;
                row.flow_scope_key = value.flow_scope_key.0;
            })?;
        }
        ProcessInstanceIntent::ElementActivated
        | ProcessInstanceIntent::ElementCompleting
        | ProcessInstanceIntent::ElementTerminating
        | ProcessInstanceIntent::SequenceFlowTaken
        | ProcessInstanceIntent::SequenceFlowDeleted => (),
    }
    Ok(())
}
