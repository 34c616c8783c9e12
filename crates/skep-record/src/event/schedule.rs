//! Events of timers and of redelivery.

use serde::{Deserialize, Serialize};

use crate::{
    ElementId, ElementInstanceKey, PartitionId, ProcessDefinitionKey, ProcessInstanceKey, TenantId,
    Timestamp, element::names,
};

names! {
    /// Steps in the life of a timer.
    TimerIntent {
        Created = "CREATED",
        Triggered = "TRIGGERED",
        Canceled = "CANCELED",
        Migrated = "MIGRATED",
    }
}

/// A timer.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct TimerValue {
    /// Definition that has the timer event.
    pub process_definition_key: ProcessDefinitionKey,
    /// Instance that waits; `None` for a process start event.
    pub process_instance_key: Option<ProcessInstanceKey>,
    /// Element instance that waits; -1 for a process start event.
    pub element_instance_key: ElementInstanceKey,
    /// The timer event.
    pub target_element_id: ElementId,
    /// When it fires.
    pub due_at: Timestamp,
    /// Runs left, this one included; -1 is without end.
    pub repetitions: i32,
    /// Its tenant.
    pub tenant_id: TenantId,
}

/// What was sent to another partition again.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Deserialize, Serialize)]
pub enum RedeliveryTarget {
    /// The opening or closing of a message subscription, by the waiting element instance.
    ProcessMessageSubscription {
        /// The instance that waits.
        process_instance_key: ProcessInstanceKey,
        /// The element instance that waits.
        element_instance_key: ElementInstanceKey,
        /// Key of the subscription.
        key: i64,
    },
    /// A correlation, by the message subscription's key.
    MessageSubscription(i64),
    /// A distributed command to one partition.
    Distribution {
        /// Key of the command.
        key: i64,
        /// The partition that has not acknowledged it.
        partition_id: PartitionId,
    },
}
