//! Jobs as they are found.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{JsonObject, Key, PropertyFilter};

/// Selects jobs: everything given must hold.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct JobFilter {
    /// Until when a worker has it: date and time with offset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deadline: Option<PropertyFilter<String>>,
    /// Why a task listener has denied a step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub denied_reason: Option<PropertyFilter<String>>,
    /// BPMN id of its element.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub element_id: Option<PropertyFilter<String>>,
    /// The execution of its element.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub element_instance_key: Option<PropertyFilter<Key>>,
    /// When it ended: date and time with offset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_time: Option<PropertyFilter<String>>,
    /// Code of the BPMN error that a worker has thrown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_code: Option<PropertyFilter<String>>,
    /// What the worker said about the last failure or error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_message: Option<PropertyFilter<String>>,
    /// Whether the last attempt has failed and there are more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub has_failed_with_retries_left: Option<bool>,
    /// Whether a task listener has denied a step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_denied: Option<bool>,
    /// Its key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job_key: Option<PropertyFilter<Key>>,
    /// What made it, such as `BPMN_ELEMENT`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<PropertyFilter<String>>,
    /// What a listener's job is about, such as `START`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listener_event_type: Option<PropertyFilter<String>>,
    /// Id of its process.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process_definition_id: Option<PropertyFilter<String>>,
    /// Its process definition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process_definition_key: Option<PropertyFilter<Key>>,
    /// Its process instance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process_instance_key: Option<PropertyFilter<Key>>,
    /// Attempts left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retries: Option<PropertyFilter<i32>>,
    /// What was last done about it, such as `CREATED`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<PropertyFilter<String>>,
    /// Its tenant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<PropertyFilter<String>>,
    /// Type that workers ask for.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub job_type: Option<PropertyFilter<String>>,
    /// The worker that has it or had it last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worker: Option<PropertyFilter<String>>,
    /// When it was created: date and time with offset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creation_time: Option<PropertyFilter<String>>,
    /// When anything about it changed last: date and time with offset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_update_time: Option<PropertyFilter<String>>,
}

/// A job, open or ended.
#[derive(Clone, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    /// Task headers.
    pub custom_headers: JsonObject,
    /// Until when a worker has it, or had it last: RFC 3339.
    pub deadline: Option<String>,
    /// Why a task listener has denied a step.
    pub denied_reason: Option<String>,
    /// BPMN id of its element.
    pub element_id: Option<String>,
    /// The execution of its element.
    pub element_instance_key: Key,
    /// When it ended: RFC 3339.
    pub end_time: Option<String>,
    /// Code of the BPMN error that a worker has thrown.
    pub error_code: Option<String>,
    /// What the worker said about the last failure or error.
    pub error_message: Option<String>,
    /// Whether the last attempt has failed and there are more.
    pub has_failed_with_retries_left: bool,
    /// Of a task listener that is done: whether it has denied the step.
    pub is_denied: Option<bool>,
    /// Its key.
    pub job_key: Key,
    /// What made it, such as `BPMN_ELEMENT`.
    pub kind: String,
    /// What a listener's job is about; `UNSPECIFIED` for others.
    pub listener_event_type: String,
    /// Id of its process.
    pub process_definition_id: String,
    /// Its process definition.
    pub process_definition_key: Key,
    /// Its process instance.
    pub process_instance_key: Key,
    /// The instance that nobody called; gateways before 8.9 do not say.
    #[serde(default)]
    pub root_process_instance_key: Option<Key>,
    /// Attempts left.
    pub retries: i32,
    /// What was last done about it, such as `CREATED`.
    pub state: String,
    /// Its tenant.
    pub tenant_id: String,
    /// Type that workers ask for.
    #[serde(rename = "type")]
    pub job_type: String,
    /// The worker that has it or had it last; empty for none.
    pub worker: String,
    /// When it was created: RFC 3339; gateways before 8.9 do not say.
    #[serde(default)]
    pub creation_time: Option<String>,
    /// When anything about it changed last: RFC 3339; gateways before 8.9 do not say.
    #[serde(default)]
    pub last_update_time: Option<String>,
}

/// Shows nothing that a worker said.
impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job")
            .field("job_key", &self.job_key)
            .field("job_type", &self.job_type)
            .field("state", &self.state)
            .field("retries", &self.retries)
            .field("element_id", &self.element_id)
            .field("process_instance_key", &self.process_instance_key)
            .finish_non_exhaustive()
    }
}
