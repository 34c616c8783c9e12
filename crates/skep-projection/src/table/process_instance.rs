//! Process instances.

use rusqlite::{Connection, OptionalExtension as _, params};
use skep_record::{ProcessInstanceCreated, ProcessInstanceIntent, ProcessInstanceRef};

use super::{Row, definition, json_list};
use crate::{
    names::{ACTIVE, COMPLETED, TERMINATED},
    projector::At,
};

pub(crate) const SCHEMA: &str = "
CREATE TABLE process_instance (
    key INTEGER PRIMARY KEY,
    definition_key INTEGER NOT NULL,
    state INTEGER NOT NULL,
    start_at INTEGER NOT NULL,
    end_at INTEGER,
    parent_process_instance_key INTEGER,
    parent_element_instance_key INTEGER,
    root_process_instance_key INTEGER,
    -- Active incidents of it and of instances that it calls.
    n_incidents INTEGER NOT NULL,
    business_id TEXT,
    -- A JSON list.
    tags TEXT
);
CREATE INDEX process_instance_by_definition ON process_instance (definition_key);
CREATE INDEX process_instance_by_start ON process_instance (start_at);
CREATE INDEX process_instance_by_end ON process_instance (end_at) WHERE end_at IS NOT NULL;
CREATE INDEX process_instance_by_parent ON process_instance (parent_process_instance_key)
    WHERE parent_process_instance_key IS NOT NULL;
CREATE INDEX process_instance_by_business_id ON process_instance (business_id)
    WHERE business_id IS NOT NULL;
CREATE INDEX process_instance_active ON process_instance (definition_key) WHERE state = 0;
-- In the order that searches have unless they are told another: of many, the few are found.
CREATE INDEX process_instance_active_by_key ON process_instance (key) WHERE state = 0;
CREATE INDEX process_instance_with_incident_by_key ON process_instance (key)
    WHERE n_incidents > 0;
CREATE INDEX process_instance_active_by_start ON process_instance (start_at) WHERE state = 0;
CREATE INDEX process_instance_with_incident ON process_instance (definition_key)
    WHERE n_incidents > 0;
";

/// A process instance.
#[derive(Debug)]
pub(crate) struct ProcessInstanceRow {
    pub(crate) definition_key: i64,
    pub(crate) state: i64,
    pub(crate) start_at: i64,
    pub(crate) end_at: Option<i64>,
    pub(crate) parent_process_instance_key: Option<i64>,
    pub(crate) parent_element_instance_key: Option<i64>,
    /// `None` for a root instance.
    pub(crate) root_process_instance_key: Option<i64>,
    pub(crate) n_incidents: i64,
    pub(crate) business_id: Option<String>,
    pub(crate) tags: Option<String>,
}

impl Row for ProcessInstanceRow {
    fn load(connection: &Connection, key: i64) -> rusqlite::Result<Option<Self>> {
        let mut statement = connection.prepare_cached(
            "SELECT definition_key, state, start_at, end_at, parent_process_instance_key, \
             parent_element_instance_key, root_process_instance_key, n_incidents, business_id, \
             tags FROM process_instance WHERE key = ?1",
        )?;
        let row = statement.query_row([key], |row| {
            Ok(Self {
                definition_key: row.get(0)?,
                state: row.get(1)?,
                start_at: row.get(2)?,
                end_at: row.get(3)?,
                parent_process_instance_key: row.get(4)?,
                parent_element_instance_key: row.get(5)?,
                root_process_instance_key: row.get(6)?,
                n_incidents: row.get(7)?,
                business_id: row.get(8)?,
                tags: row.get(9)?,
            })
        });
        row.optional()
    }

    fn insert(&self, connection: &Connection, key: i64) -> rusqlite::Result<()> {
        let mut statement = connection.prepare_cached(
            "INSERT OR REPLACE INTO process_instance (key, definition_key, state, start_at, \
             end_at, parent_process_instance_key, parent_element_instance_key, \
             root_process_instance_key, n_incidents, business_id, tags) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )?;
        statement.execute(params![
            key,
            self.definition_key,
            self.state,
            self.start_at,
            self.end_at,
            self.parent_process_instance_key,
            self.parent_element_instance_key,
            self.root_process_instance_key,
            self.n_incidents,
            self.business_id,
            self.tags,
        ])?;
        Ok(())
    }

    fn update(&self, connection: &Connection, key: i64) -> rusqlite::Result<()> {
        let mut statement = connection.prepare_cached(
            "UPDATE process_instance SET definition_key = ?2, state = ?3, end_at = ?4, \
             n_incidents = ?5, business_id = ?6, tags = ?7 WHERE key = ?1",
        )?;
        statement.execute(params![
            key,
            self.definition_key,
            self.state,
            self.end_at,
            self.n_incidents,
            self.business_id,
            self.tags,
        ])?;
        Ok(())
    }
}

/// `PROCESS_INSTANCE_CREATION:CREATED`
pub(crate) fn created(
    at: &mut At<'_>,
    instance: &ProcessInstanceRef,
    created: &ProcessInstanceCreated,
) -> rusqlite::Result<()> {
    ensure(at, instance)?;
    at.tables.process_instances.change(at.connection, instance.process_instance_key.0, |row| {
        row.business_id = created.business_id.as_deref().map(str::to_owned);
        row.tags = json_list(&created.tags);
    })?;
    Ok(())
}

/// `PROCESS_INSTANCE:ELEMENT_…` of the process itself.
pub(crate) fn stepped(
    at: &mut At<'_>,
    instance: &ProcessInstanceRef,
    intent: ProcessInstanceIntent,
) -> rusqlite::Result<()> {
    let (key, now) = (instance.process_instance_key.0, at.timestamp.0);
    let end = |state: i64| {
        move |row: &mut ProcessInstanceRow| {
            row.state = state;
            row.end_at = Some(now);
        }
    };
    match intent {
        ProcessInstanceIntent::ElementActivating => ensure(at, instance)?,
        ProcessInstanceIntent::ElementCompleted => {
            at.tables.process_instances.change(at.connection, key, end(COMPLETED))?;
        }
        ProcessInstanceIntent::ElementTerminated => {
            at.tables.process_instances.change(at.connection, key, end(TERMINATED))?;
        }
        ProcessInstanceIntent::ElementMigrated => {
            definition::ensure(at, instance)?;
            let definition_key = instance.process_definition_key.0;
            at.tables
                .process_instances
                .change(at.connection, key, |row| row.definition_key = definition_key)?;
        }
        ProcessInstanceIntent::ElementActivated
        | ProcessInstanceIntent::ElementCompleting
        | ProcessInstanceIntent::ElementTerminating
        | ProcessInstanceIntent::SequenceFlowTaken
        | ProcessInstanceIntent::SequenceFlowDeleted => (),
    }
    Ok(())
}

/// Has a row for an instance, also when it was created before the history began.
pub(crate) fn ensure(at: &mut At<'_>, instance: &ProcessInstanceRef) -> rusqlite::Result<()> {
    let key = instance.process_instance_key.0;
    if at.tables.process_instances.get(at.connection, key)?.is_some() {
        return Ok(());
    }
    definition::ensure(at, instance)?;
    let called_by = instance.called_by;
    let row = ProcessInstanceRow {
        definition_key: instance.process_definition_key.0,
        state: ACTIVE,
        start_at: at.timestamp.0,
        end_at: None,
        parent_process_instance_key: called_by.map(|by| by.process_instance_key.0),
        parent_element_instance_key: called_by.map(|by| by.element_instance_key.0),
        root_process_instance_key: called_by.map(|by| by.root_process_instance_key.0),
        n_incidents: 0,
        business_id: None,
        tags: None,
    };
    at.tables.process_instances.insert(key, row);
    Ok(())
}
