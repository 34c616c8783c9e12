//! Events of conditional events.

use serde::{Deserialize, Serialize};

use crate::{
    BpmnProcessId, ElementId, ElementInstanceKey, ProcessDefinitionKey, ProcessInstanceKey,
    TenantId, element::names,
};

names! {
    /// Steps in the life of a conditional subscription.
    ConditionalSubscriptionIntent {
        Created = "CREATED",
        Triggered = "TRIGGERED",
        Deleted = "DELETED",
        Migrated = "MIGRATED",
    }
}

/// An event that waits for its condition to hold.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct ConditionalSubscriptionValue {
    /// Definition that has the event.
    pub process_definition_key: ProcessDefinitionKey,
    /// Id of that definition.
    pub bpmn_process_id: BpmnProcessId,
    /// Instance that waits; `None` for a process start event.
    pub process_instance_key: Option<ProcessInstanceKey>,
    /// The scope in which the condition is evaluated; -1 for a process start event.
    pub element_instance_key: ElementInstanceKey,
    /// The event.
    pub catch_element_id: ElementId,
    /// Whether the first time ends the subscription.
    pub interrupting: bool,
    /// Its tenant.
    pub tenant_id: TenantId,
}
