//! The tables: a module for each has its columns, its rows, and what events do to them.
//!
//! Events change rows in memory, and a flush writes each changed row once: most process instances
//! that are busy begin and end several elements between two flushes.

pub(crate) mod batch_operation;
pub(crate) mod batch_operation_item;
pub(crate) mod correlated_message;
pub(crate) mod decision;
pub(crate) mod decision_instance;
pub(crate) mod definition;
pub(crate) mod deletion;
pub(crate) mod element;
pub(crate) mod element_instance;
pub(crate) mod form;
pub(crate) mod incident;
pub(crate) mod job;
pub(crate) mod job_count;
pub(crate) mod label;
pub(crate) mod message_subscription;
pub(crate) mod process_instance;
pub(crate) mod sequence_flow;
pub(crate) mod user_task;
pub(crate) mod variable;

use std::collections::{HashMap, hash_map::Entry};

use rusqlite::Connection;
use skep_record::Document;

use self::{
    batch_operation::BatchOperationRow, batch_operation_item::BatchOperationItems,
    correlated_message::CorrelatedMessages, decision::Decisions,
    decision_instance::DecisionInstances, definition::DefinitionRow, deletion::Deletions,
    element::Elements, element_instance::ElementInstanceRow, form::Forms, incident::IncidentRow,
    job::JobRow, job_count::JobCounts, label::Labels, message_subscription::MessageSubscriptionRow,
    process_instance::ProcessInstanceRow, sequence_flow::SequenceFlows, user_task::UserTaskRow,
    variable::Variables,
};

/// The columns and indexes of all tables.
pub(crate) const SCHEMAS: &[&str] = &[
    batch_operation::SCHEMA,
    batch_operation_item::SCHEMA,
    correlated_message::SCHEMA,
    decision::SCHEMA,
    decision_instance::SCHEMA,
    definition::SCHEMA,
    element::SCHEMA,
    element_instance::SCHEMA,
    form::SCHEMA,
    job::SCHEMA,
    job_count::SCHEMA,
    label::SCHEMA,
    message_subscription::SCHEMA,
    incident::SCHEMA,
    process_instance::SCHEMA,
    sequence_flow::SCHEMA,
    user_task::SCHEMA,
    variable::SCHEMA,
];

/// Rows of one table that are kept in memory after they were written, because those that have
/// changed will change again.
const KEPT_ROWS_MAX: usize = 8 << 10;

/// A row of a table whose primary key is a key of the engine.
pub(crate) trait Row: Sized {
    fn load(connection: &Connection, key: i64) -> rusqlite::Result<Option<Self>>;
    /// Writes all columns; a row that is there already is replaced.
    fn insert(&self, connection: &Connection, key: i64) -> rusqlite::Result<()>;
    /// Writes the columns that can change.
    fn update(&self, connection: &Connection, key: i64) -> rusqlite::Result<()>;
    /// Lets go of what no change needs, after all columns were written.
    fn forget_written(&mut self) {}
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Change {
    None,
    Inserted,
    Updated,
}

/// Rows in memory in front of those in the file.
#[derive(Debug)]
pub(crate) struct Table<R> {
    rows: HashMap<i64, (R, Change)>,
    /// Keys of those that have changed since the last flush, in order.
    changed: Vec<i64>,
}

impl<R> Default for Table<R> {
    fn default() -> Self {
        Self { rows: HashMap::new(), changed: Vec::new() }
    }
}

impl<R: Row> Table<R> {
    /// Puts a new row, or another in place of one that was there.
    pub(crate) fn insert(&mut self, key: i64, row: R) {
        if self.rows.insert(key, (row, Change::Inserted)).is_none_or(|(_, c)| c == Change::None) {
            self.changed.push(key);
        }
    }

    /// The row with this key.
    pub(crate) fn get(
        &mut self,
        connection: &Connection,
        key: i64,
    ) -> rusqlite::Result<Option<&R>> {
        Ok(self.entry(connection, key)?.map(|(row, _)| &*row))
    }

    /// Changes a row; false if there is none, because its first record came before the history
    /// began.
    pub(crate) fn change(
        &mut self,
        connection: &Connection,
        key: i64,
        change: impl FnOnce(&mut R),
    ) -> rusqlite::Result<bool> {
        let Some((row, state)) = self.entry(connection, key)? else { return Ok(false) };
        change(row);
        if *state == Change::None {
            *state = Change::Updated;
            self.changed.push(key);
        }
        Ok(true)
    }

    /// Those that have changed since the last flush.
    pub(crate) fn changed(&self) -> impl Iterator<Item = (i64, &R)> {
        self.changed.iter().filter_map(|key| Some((*key, &self.rows.get(key)?.0)))
    }

    fn entry(
        &mut self,
        connection: &Connection,
        key: i64,
    ) -> rusqlite::Result<Option<&mut (R, Change)>> {
        Ok(match self.rows.entry(key) {
            Entry::Occupied(kept) => Some(kept.into_mut()),
            Entry::Vacant(place) => {
                R::load(connection, key)?.map(|row| place.insert((row, Change::None)))
            }
        })
    }

    /// Writes what has changed.
    pub(crate) fn flush(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        for key in self.changed.drain(..) {
            let Some((row, change)) = self.rows.get_mut(&key) else { continue };
            match std::mem::replace(change, Change::None) {
                Change::Inserted => {
                    row.insert(connection, key)?;
                    row.forget_written();
                }
                Change::Updated => row.update(connection, key)?,
                Change::None => (),
            }
        }
        if self.rows.len() > KEPT_ROWS_MAX {
            self.rows.clear();
        }
        Ok(())
    }
}

/// All tables.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    pub(crate) batch_operations: Table<BatchOperationRow>,
    pub(crate) batch_operation_items: BatchOperationItems,
    pub(crate) correlated_messages: CorrelatedMessages,
    pub(crate) decisions: Decisions,
    pub(crate) decision_instances: DecisionInstances,
    pub(crate) definitions: Table<DefinitionRow>,
    /// What is to be deleted, after all else was written.
    pub(crate) deletions: Deletions,
    pub(crate) elements: Elements,
    pub(crate) element_instances: Table<ElementInstanceRow>,
    pub(crate) forms: Forms,
    pub(crate) job_counts: JobCounts,
    pub(crate) jobs: Table<JobRow>,
    pub(crate) labels: Labels,
    pub(crate) message_subscriptions: Table<MessageSubscriptionRow>,
    pub(crate) incidents: Table<IncidentRow>,
    pub(crate) process_instances: Table<ProcessInstanceRow>,
    pub(crate) sequence_flows: SequenceFlows,
    pub(crate) user_tasks: Table<UserTaskRow>,
    pub(crate) variables: Variables,
}

impl Tables {
    /// Writes everything that has changed; part of one transaction.
    pub(crate) fn flush(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        self.batch_operations.flush(connection)?;
        self.batch_operation_items.flush(connection)?;
        self.correlated_messages.flush(connection)?;
        self.decisions.flush(connection)?;
        self.decision_instances.flush(connection)?;
        self.definitions.flush(connection)?;
        self.elements.flush(connection)?;
        self.element_instances.flush(connection)?;
        self.forms.flush(connection)?;
        self.job_counts.flush(connection)?;
        self.jobs.flush(connection)?;
        self.labels.flush(connection)?;
        self.message_subscriptions.flush(connection)?;
        self.incidents.flush(connection)?;
        self.process_instances.flush(connection)?;
        self.sequence_flows.flush(connection)?;
        self.user_tasks.flush(connection)?;
        self.variables.flush(connection)?;
        self.deletions.flush(connection)
    }
}

/// A JSON list of these texts; `None` for no texts.
pub(crate) fn json_list(texts: &[String]) -> Option<String> {
    (!texts.is_empty()).then(|| serde_json::Value::from(texts).to_string())
}

/// Task headers as the MessagePack map that they are; `None` for no headers.
pub(crate) fn headers(headers: &Document) -> Option<Vec<u8>> {
    (!headers.is_empty()).then(|| headers.as_msgpack().to_vec())
}

/// A text, where an empty one stands for none.
pub(crate) fn text(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}
