//! Messages that were correlated: one row for each subscription that took one.

use rusqlite::{Connection, params};
use skep_record::{
    Key as _, MessageStartEventSubscriptionValue, ProcessInstanceKey,
    ProcessMessageSubscriptionValue,
};

use crate::projector::At;

pub(crate) const SCHEMA: &str = "
CREATE TABLE correlated_message (
    no INTEGER PRIMARY KEY,
    subscription_key INTEGER NOT NULL,
    message_key INTEGER NOT NULL,
    message_name TEXT NOT NULL,
    correlation_key TEXT NOT NULL,
    correlated_at INTEGER NOT NULL,
    partition_id INTEGER NOT NULL,
    process_instance_key INTEGER NOT NULL,
    element_id TEXT NOT NULL,
    -- A start event has none yet.
    element_instance_key INTEGER
);
CREATE INDEX correlated_message_by_process_instance ON correlated_message (process_instance_key);
CREATE INDEX correlated_message_by_message ON correlated_message (message_key);
CREATE INDEX correlated_message_by_time ON correlated_message (correlated_at);
";

/// A message that was correlated.
#[derive(Debug)]
struct NewCorrelation {
    subscription_key: i64,
    message_key: i64,
    message_name: String,
    correlation_key: String,
    correlated_at: i64,
    partition_id: u16,
    process_instance_key: i64,
    element_id: String,
    element_instance_key: Option<i64>,
}

/// What was correlated since the last flush.
#[derive(Debug, Default)]
pub(crate) struct CorrelatedMessages(Vec<NewCorrelation>);

impl CorrelatedMessages {
    pub(crate) fn flush(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let mut statement = connection.prepare_cached(
            "INSERT INTO correlated_message (subscription_key, message_key, message_name, \
             correlation_key, correlated_at, partition_id, process_instance_key, element_id, \
             element_instance_key) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?;
        for new in self.0.drain(..) {
            statement.execute(params![
                new.subscription_key,
                new.message_key,
                new.message_name,
                new.correlation_key,
                new.correlated_at,
                new.partition_id,
                new.process_instance_key,
                new.element_id,
                new.element_instance_key,
            ])?;
        }
        Ok(())
    }
}

/// `PROCESS_MESSAGE_SUBSCRIPTION:CORRELATED`
pub(crate) fn by_element(at: &mut At<'_>, value: &ProcessMessageSubscriptionValue) {
    let new = NewCorrelation {
        subscription_key: at.key,
        message_key: value.message_key.0,
        message_name: value.message_name.to_string(),
        correlation_key: value.correlation_key.to_string(),
        correlated_at: at.timestamp.0,
        partition_id: partition_of(value.process_instance_key),
        process_instance_key: value.process_instance_key.0,
        element_id: value.element_id.to_string(),
        element_instance_key: Some(value.element_instance_key.0),
    };
    at.tables.correlated_messages.0.push(new);
}

/// `MESSAGE_START_EVENT_SUBSCRIPTION:CORRELATED`, which comes before the records of the instance.
pub(crate) fn by_start_event(at: &mut At<'_>, value: &MessageStartEventSubscriptionValue) {
    let new = NewCorrelation {
        subscription_key: at.key,
        message_key: value.message_key.0,
        message_name: value.message_name.to_string(),
        correlation_key: value.correlation_key.to_string(),
        correlated_at: at.timestamp.0,
        partition_id: partition_of(value.process_instance_key),
        process_instance_key: value.process_instance_key.0,
        element_id: value.start_event_id.to_string(),
        element_instance_key: None,
    };
    at.tables.correlated_messages.0.push(new);
}

/// Both events are written on the partition of the instance.
fn partition_of(process_instance_key: ProcessInstanceKey) -> u16 {
    process_instance_key.partition().map_or(0, |partition_id| partition_id.0)
}
