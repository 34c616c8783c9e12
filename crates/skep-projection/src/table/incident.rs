//! Incidents.

use rusqlite::{Connection, OptionalExtension as _, params};
use skep_record::{ElementSlot, IncidentEvent, IncidentValue, InstanceSlot};

use super::{Row, process_instance};
use crate::{
    names::{ERROR_TYPES, INCIDENT_ACTIVE, INCIDENT_RESOLVED},
    projector::At,
};

pub(crate) const SCHEMA: &str = "
CREATE TABLE incident (
    key INTEGER PRIMARY KEY,
    process_instance_key INTEGER NOT NULL,
    element_instance_key INTEGER NOT NULL,
    -- Names the definition too.
    element_no INTEGER NOT NULL,
    job_key INTEGER,
    error_type INTEGER NOT NULL,
    error_message TEXT NOT NULL,
    error_hash INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    state INTEGER NOT NULL
);
CREATE INDEX incident_by_process_instance ON incident (process_instance_key);
CREATE INDEX incident_active ON incident (error_hash, process_instance_key) WHERE state = 0;
";

/// Scopes and callers that an incident is counted in: more than the engine nests.
const SCOPES_MAX: usize = 100_000;

/// Something that only a person can put right.
#[derive(Debug)]
pub(crate) struct IncidentRow {
    process_instance_key: i64,
    element_instance_key: i64,
    element_no: i64,
    job_key: Option<i64>,
    error_type: i64,
    /// Until it is written: nothing changes it.
    error: Option<ErrorText>,
    created_at: i64,
    state: i64,
}

/// What happened; it may quote variables.
struct ErrorText(String);

impl std::fmt::Debug for ErrorText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ErrorText({} bytes)", self.0.len())
    }
}

impl Row for IncidentRow {
    fn load(connection: &Connection, key: i64) -> rusqlite::Result<Option<Self>> {
        let mut statement = connection.prepare_cached(
            "SELECT process_instance_key, element_instance_key, element_no, job_key, error_type, \
             created_at, state FROM incident WHERE key = ?1",
        )?;
        let row = statement.query_row([key], |row| {
            Ok(Self {
                process_instance_key: row.get(0)?,
                element_instance_key: row.get(1)?,
                element_no: row.get(2)?,
                job_key: row.get(3)?,
                error_type: row.get(4)?,
                error: None,
                created_at: row.get(5)?,
                state: row.get(6)?,
            })
        });
        row.optional()
    }

    fn insert(&self, connection: &Connection, key: i64) -> rusqlite::Result<()> {
        let mut statement = connection.prepare_cached(
            "INSERT OR REPLACE INTO incident (key, process_instance_key, element_instance_key, \
             element_no, job_key, error_type, error_message, error_hash, created_at, state) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?;
        let error = self.error.as_ref().map_or("", |error| &error.0);
        statement.execute(params![
            key,
            self.process_instance_key,
            self.element_instance_key,
            self.element_no,
            self.job_key,
            self.error_type,
            error,
            error_hash(error),
            self.created_at,
            self.state,
        ])?;
        Ok(())
    }

    fn update(&self, connection: &Connection, key: i64) -> rusqlite::Result<()> {
        let mut statement = connection
            .prepare_cached("UPDATE incident SET element_no = ?2, state = ?3 WHERE key = ?1")?;
        statement.execute([key, self.element_no, self.state])?;
        Ok(())
    }

    fn forget_written(&mut self) {
        self.error = None;
    }
}

/// The hash of a message that Camunda calls `errorHashCode`: Java's of a text.
///
/// Source: Java SE API, `java.lang.String.hashCode`
pub(crate) fn error_hash(message: &str) -> i32 {
    message
        .encode_utf16()
        .fold(0_i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)))
}

/// `INCIDENT:…`
pub(crate) fn stepped(at: &mut At<'_>, event: &IncidentEvent) -> rusqlite::Result<()> {
    match event {
        IncidentEvent::Created(value) => created(at, value),
        IncidentEvent::Resolved { .. } => resolved(at),
        IncidentEvent::Migrated { instance, element, .. } => migrated(at, *instance, *element),
    }
}

fn created(at: &mut At<'_>, value: &IncidentValue) -> rusqlite::Result<()> {
    let Some(instance) = at.instance(value.instance) else { return Ok(()) };
    process_instance::ensure(at, instance)?;
    let row = IncidentRow {
        process_instance_key: instance.process_instance_key.0,
        element_instance_key: value.element_instance_key.0,
        element_no: at.element_no(instance, value.element)?,
        job_key: value.job_key.map(|key| key.0),
        error_type: ERROR_TYPES.number(value.error_type.as_str()),
        error: Some(ErrorText(value.message.clone())),
        created_at: at.timestamp.0,
        state: INCIDENT_ACTIVE,
    };
    let (element, instance) = (row.element_instance_key, row.process_instance_key);
    let key = at.key;
    at.tables.incidents.insert(key, row);
    at.tables
        .element_instances
        .change(at.connection, element, |row| row.incident_key = Some(key))?;
    count(at, element, instance, 1)
}

/// Also of one whose element instance ends: the engine resolves what is still open then.
fn resolved(at: &mut At<'_>) -> rusqlite::Result<()> {
    let key = at.key;
    let mut raised_at = None;
    at.tables.incidents.change(at.connection, key, |row| {
        if row.state == INCIDENT_ACTIVE {
            row.state = INCIDENT_RESOLVED;
            raised_at = Some((row.element_instance_key, row.process_instance_key));
        }
    })?;
    let Some((element, instance)) = raised_at else { return Ok(()) };
    count(at, element, instance, -1)?;
    let Some(row) = at.tables.element_instances.get(at.connection, element)? else {
        return Ok(());
    };
    if row.incident_key != Some(key) {
        return Ok(());
    }
    let next = if row.n_incidents > 0 { other_active(at, element, instance)? } else { None };
    at.tables.element_instances.change(at.connection, element, |row| row.incident_key = next)?;
    Ok(())
}

/// The element instance runs another element of another definition; what is wrong with it stays.
///
/// Source: camunda/camunda: issue 55018 (a migrated incident is handled as a created one, which
/// is `ACTIVE`)
fn migrated(at: &mut At<'_>, instance: InstanceSlot, element: ElementSlot) -> rusqlite::Result<()> {
    let Some(instance) = at.instance(instance) else { return Ok(()) };
    let element_no = at.element_no(instance, element)?;
    at.tables.incidents.change(at.connection, at.key, |row| row.element_no = element_no)?;
    Ok(())
}

/// Counts active incidents of an element instance in it and in all that it runs in: its flow
/// scopes, its process instance, and those that have called it.
fn count(at: &mut At<'_>, element: i64, instance: i64, by: i64) -> rusqlite::Result<()> {
    let (mut next, mut instance) = (Some(element), instance);
    for _ in 0..SCOPES_MAX {
        let Some(key) = next else { break };
        // Of what began before the history did there may be no row.
        next = (key != instance).then_some(instance);
        let elements = &mut at.tables.element_instances;
        let is_element = elements.change(at.connection, key, |row| {
            row.n_incidents = (row.n_incidents + by).max(0);
            next = Some(row.flow_scope_key);
            instance = row.process_instance_key;
        })?;
        if !is_element {
            at.tables.process_instances.change(at.connection, key, |row| {
                row.n_incidents = (row.n_incidents + by).max(0);
                next = row.parent_element_instance_key;
                instance = row.parent_process_instance_key.unwrap_or(instance);
            })?;
        }
    }
    Ok(())
}

/// Another active incident of an element instance.
fn other_active(at: &mut At<'_>, element: i64, instance: i64) -> rusqlite::Result<Option<i64>> {
    let new = at.tables.incidents.changed();
    let new: Vec<i64> = new
        .filter(|(_, row)| row.element_instance_key == element && row.state == INCIDENT_ACTIVE)
        .map(|(key, _)| key)
        .collect();
    let mut statement = at.connection.prepare_cached(
        "SELECT key FROM incident WHERE process_instance_key = ?1 AND element_instance_key = ?2 \
         AND state = 0",
    )?;
    let written = statement.query_map([instance, element], |row| row.get(0))?;
    let written: Vec<i64> = written.collect::<rusqlite::Result<_>>()?;
    for key in new.into_iter().chain(written) {
        let row = at.tables.incidents.get(at.connection, key)?;
        if row.is_some_and(|row| row.state == INCIDENT_ACTIVE) {
            return Ok(Some(key));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_of_a_message_is_that_of_java() {
        // As `"…".hashCode()` says.
        for (message, hash) in [
            ("", 0),
            ("a", 97),
            ("Hello World", -862_545_276),
            ("polygenelubricants", i32::MIN),
            // Of UTF-16 units, of which the last has two.
            ("\u{e9}", 233),
            ("\u{1f600}", 0xd83d * 31 + 0xde00),
        ] {
            assert_eq!(error_hash(message), hash, "{message}");
        }
    }
}
