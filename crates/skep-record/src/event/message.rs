//! Events of messages, signals and their subscriptions.

use serde::{Deserialize, Serialize};

use crate::{
    BpmnProcessId, CorrelationKey, Document, ElementId, ElementInstanceKey, MessageKey,
    MessageName, PartitionId, ProcessDefinitionKey, ProcessInstanceKey, TenantId, Timestamp,
    element::names,
};

/// Steps in the life of a message.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub enum MessageEvent {
    /// `PUBLISHED`
    Published(Box<MessagePublished>),
    /// `EXPIRED`: gone.
    Expired,
}

/// A message.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct MessagePublished {
    /// Its name.
    pub name: MessageName,
    /// Joins it to instances; may be empty.
    pub correlation_key: CorrelationKey,
    /// Unique among buffered messages; empty means unchecked.
    pub message_id: String,
    /// Until when it is kept.
    pub deadline: Timestamp,
    /// What it brings.
    pub variables: Document,
    /// Its tenant.
    pub tenant_id: TenantId,
}

names! {
    /// Steps of a subscription on the partition that has the message.
    MessageSubscriptionEvent {
        Created = "CREATED",
        Correlating = "CORRELATING",
        Correlated = "CORRELATED",
        Rejected = "REJECTED",
        Deleted = "DELETED",
        Migrated = "MIGRATED",
    }

    /// Steps of a subscription on the partition that has the instance.
    ProcessMessageSubscriptionEvent {
        Creating = "CREATING",
        Created = "CREATED",
        Correlated = "CORRELATED",
        Deleting = "DELETING",
        Deleted = "DELETED",
        Migrated = "MIGRATED",
    }

    /// What became of a message whose sender wants to know who took it.
    MessageCorrelationIntent {
        Correlating = "CORRELATING",
        Correlated = "CORRELATED",
        NotCorrelated = "NOT_CORRELATED",
    }

    /// Steps of a message start event's subscription.
    MessageStartEventSubscriptionEvent {
        Created = "CREATED",
        Correlated = "CORRELATED",
        Deleted = "DELETED",
    }

    /// Steps of a signal subscription.
    SignalSubscriptionEvent {
        Created = "CREATED",
        Deleted = "DELETED",
        Migrated = "MIGRATED",
    }
}

/// An element instance that waits for a message, as the message's partition knows it.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct MessageSubscriptionValue {
    /// The instance.
    pub process_instance_key: ProcessInstanceKey,
    /// The element instance.
    pub element_instance_key: ElementInstanceKey,
    /// Key of the subscription on the instance's partition.
    pub process_subscription_key: i64,
    /// Id of the instance's definition: a message correlates once per id.
    pub bpmn_process_id: BpmnProcessId,
    /// The message's name.
    pub message_name: MessageName,
    /// The message's correlation key.
    pub correlation_key: CorrelationKey,
    /// Whether the first message ends the subscription.
    pub interrupting: bool,
    /// Its tenant.
    pub tenant_id: TenantId,
    /// The message that is being correlated; -1 when there is none.
    pub message_key: MessageKey,
    /// What that message brings.
    pub variables: Document,
}

/// An element instance that waits for a message, as its own partition knows it.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct ProcessMessageSubscriptionValue {
    /// The instance.
    pub process_instance_key: ProcessInstanceKey,
    /// The element instance.
    pub element_instance_key: ElementInstanceKey,
    /// The event or task that takes the message.
    pub element_id: ElementId,
    /// The message's name.
    pub message_name: MessageName,
    /// The message's correlation key.
    pub correlation_key: CorrelationKey,
    /// Whether the first message ends the subscription.
    pub interrupting: bool,
    /// The message that was correlated; -1 when there is none.
    pub message_key: MessageKey,
    /// The partition that has messages with this correlation key.
    pub subscription_partition_id: PartitionId,
}

/// A message start event that waits.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct MessageStartEventSubscriptionValue {
    /// The definition that would be started.
    pub process_definition_key: ProcessDefinitionKey,
    /// Id of that definition.
    pub bpmn_process_id: BpmnProcessId,
    /// The start event.
    pub start_event_id: ElementId,
    /// The message's name.
    pub message_name: MessageName,
    /// Its tenant.
    pub tenant_id: TenantId,
    /// When correlated: the message; else -1.
    pub message_key: MessageKey,
    /// When correlated: the message's correlation key.
    pub correlation_key: CorrelationKey,
    /// When correlated: the instance that was started; else -1.
    pub process_instance_key: ProcessInstanceKey,
}

/// A signal was broadcast.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct SignalBroadcasted {
    /// Its name.
    pub signal_name: String,
    /// What it brings.
    pub variables: Document,
    /// Its tenant.
    pub tenant_id: TenantId,
}

/// An element instance or a start event that waits for a signal.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct SignalSubscriptionValue {
    /// The signal's name.
    pub signal_name: String,
    /// Definition that has the event.
    pub process_definition_key: ProcessDefinitionKey,
    /// Id of that definition.
    pub bpmn_process_id: BpmnProcessId,
    /// Instance that waits; `None` for a process start event.
    pub process_instance_key: Option<ProcessInstanceKey>,
    /// Element instance that waits; -1 for a process start event.
    pub element_instance_key: ElementInstanceKey,
    /// The event that takes the signal.
    pub element_id: ElementId,
    /// Its tenant.
    pub tenant_id: TenantId,
}

/// A message whose sender wants to know who took it; the record's key is that of the message.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct MessageCorrelationValue {
    /// The message's name.
    pub name: MessageName,
    /// Its correlation key.
    pub correlation_key: CorrelationKey,
    /// Its tenant.
    pub tenant_id: TenantId,
    /// The instance that took it; -1 as long as none has.
    pub process_instance_key: ProcessInstanceKey,
}
