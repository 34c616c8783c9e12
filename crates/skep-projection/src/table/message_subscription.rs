//! Element instances that wait, or have waited, for a message.

use rusqlite::{Connection, OptionalExtension as _, params};
use skep_record::{ProcessMessageSubscriptionEvent, ProcessMessageSubscriptionValue};

use super::Row;
use crate::{names::SUBSCRIPTION_STATES, projector::At, table::correlated_message};

pub(crate) const SCHEMA: &str = "
CREATE TABLE message_subscription (
    key INTEGER PRIMARY KEY,
    process_instance_key INTEGER NOT NULL,
    element_instance_key INTEGER NOT NULL,
    element_id TEXT NOT NULL,
    message_name TEXT NOT NULL,
    correlation_key TEXT NOT NULL,
    state INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    -- Whether a message can still come.
    is_open INTEGER NOT NULL
);
CREATE INDEX message_subscription_by_process_instance
    ON message_subscription (process_instance_key);
CREATE INDEX message_subscription_by_message
    ON message_subscription (message_name, correlation_key);
CREATE INDEX message_subscription_open ON message_subscription (process_instance_key)
    WHERE is_open = 1;
";

/// An element instance that waits, or has waited, for a message.
#[derive(Debug)]
pub(crate) struct MessageSubscriptionRow {
    process_instance_key: i64,
    element_instance_key: i64,
    element_id: String,
    message_name: String,
    correlation_key: String,
    state: i64,
    updated_at: i64,
    is_open: bool,
}

impl Row for MessageSubscriptionRow {
    fn load(connection: &Connection, key: i64) -> rusqlite::Result<Option<Self>> {
        let mut statement = connection.prepare_cached(
            "SELECT process_instance_key, element_instance_key, element_id, message_name, \
             correlation_key, state, updated_at, is_open FROM message_subscription WHERE key = ?1",
        )?;
        let row = statement.query_row([key], |row| {
            Ok(Self {
                process_instance_key: row.get(0)?,
                element_instance_key: row.get(1)?,
                element_id: row.get(2)?,
                message_name: row.get(3)?,
                correlation_key: row.get(4)?,
                state: row.get(5)?,
                updated_at: row.get(6)?,
                is_open: row.get(7)?,
            })
        });
        row.optional()
    }

    fn insert(&self, connection: &Connection, key: i64) -> rusqlite::Result<()> {
        let mut statement = connection.prepare_cached(
            "INSERT OR REPLACE INTO message_subscription (key, process_instance_key, \
             element_instance_key, element_id, message_name, correlation_key, state, updated_at, \
             is_open) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?;
        statement.execute(params![
            key,
            self.process_instance_key,
            self.element_instance_key,
            self.element_id,
            self.message_name,
            self.correlation_key,
            self.state,
            self.updated_at,
            self.is_open,
        ])?;
        Ok(())
    }

    fn update(&self, connection: &Connection, key: i64) -> rusqlite::Result<()> {
        let mut statement = connection.prepare_cached(
            "UPDATE message_subscription SET element_id = ?2, state = ?3, updated_at = ?4, \
             is_open = ?5 WHERE key = ?1",
        )?;
        statement.execute(params![
            key,
            self.element_id,
            self.state,
            self.updated_at,
            self.is_open
        ])?;
        Ok(())
    }
}

/// `PROCESS_MESSAGE_SUBSCRIPTION:…`
///
/// Source: camunda/camunda: zeebe/exporters/rdbms-exporter, `MessageSubscriptionExportHandler`
pub(crate) fn stepped(
    at: &mut At<'_>,
    event: ProcessMessageSubscriptionEvent,
    value: &ProcessMessageSubscriptionValue,
) -> rusqlite::Result<()> {
    let is_open = match event {
        ProcessMessageSubscriptionEvent::Created | ProcessMessageSubscriptionEvent::Migrated => {
            true
        }
        ProcessMessageSubscriptionEvent::Correlated => !value.interrupting,
        ProcessMessageSubscriptionEvent::Deleted => false,
        // The other partition is still to hear of it.
        ProcessMessageSubscriptionEvent::Creating | ProcessMessageSubscriptionEvent::Deleting => {
            return Ok(());
        }
    };
    // Of an instance that was created before the history began, the definition is not known.
    let process_instance_key = value.process_instance_key.0;
    if at.tables.process_instances.get(at.connection, process_instance_key)?.is_none() {
        return Ok(());
    }
    if event == ProcessMessageSubscriptionEvent::Correlated {
        correlated_message::by_element(at, value);
    }
    let (key, now) = (at.key, at.timestamp.0);
    let state = SUBSCRIPTION_STATES.number(event.as_str());
    let rows = &mut at.tables.message_subscriptions;
    if rows.get(at.connection, key)?.is_none() {
        rows.insert(
            key,
            MessageSubscriptionRow {
                process_instance_key,
                element_instance_key: value.element_instance_key.0,
                element_id: value.element_id.to_string(),
                message_name: value.message_name.to_string(),
                correlation_key: value.correlation_key.to_string(),
                state,
                updated_at: now,
                is_open,
            },
        );
        return Ok(());
    }
    // After a migration the other partition says once more that it knows of it.
    if event != ProcessMessageSubscriptionEvent::Created {
        rows.change(at.connection, key, |row| {
            row.element_id = value.element_id.to_string();
            row.state = state;
            row.updated_at = now;
            row.is_open = is_open;
        })?;
    }
    Ok(())
}
