//! Process instances.

use serde::{Deserialize, Serialize};

use super::{JsonObject, Key};

/// `POST /v2/process-instances`
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct CreateProcessInstanceRequest {
    /// Definition to start; not together with `process_definition_id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process_definition_key: Option<Key>,
    /// Id of the definition to start; not together with `process_definition_key`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process_definition_id: Option<String>,
    /// Version of that id; -1 is the latest and the default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process_definition_version: Option<i32>,
    /// Variables of the root scope.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variables: Option<JsonObject>,
    /// Tenant of the definition and the instance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<String>,
    /// Copied to the resulting records; at least 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_reference: Option<i64>,
    /// Elements to start at; none means the none start event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_instructions: Option<Vec<StartInstruction>>,
    /// What to do while the instance runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runtime_instructions: Option<Vec<RuntimeInstruction>>,
    /// Whether to answer when the instance has completed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub await_completion: Option<bool>,
    /// With `await_completion`: root variables to return; none means all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fetch_variables: Option<Vec<String>>,
    /// With `await_completion`: how long to wait, in ms; 0 takes the gateway's default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_timeout: Option<i64>,
    /// At most 10.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    /// Names the instance in the user's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub business_id: Option<String>,
}

/// An element to start at.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StartInstruction {
    /// Its BPMN id.
    pub element_id: String,
}

/// Something to do while the instance runs.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RuntimeInstruction {
    /// `TERMINATE_PROCESS_INSTANCE`
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub instruction_type: Option<String>,
    /// The instance ends after this element has ended.
    pub after_element_id: String,
}

/// Answer to `POST /v2/process-instances`
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreatedProcessInstance {
    /// Id of the definition.
    pub process_definition_id: String,
    /// Version of the definition.
    pub process_definition_version: i32,
    /// Tenant of the instance.
    pub tenant_id: String,
    /// Root variables of the completed instance; `{}` when it was not awaited.
    pub variables: JsonObject,
    /// The definition.
    pub process_definition_key: Key,
    /// The instance.
    pub process_instance_key: Key,
    /// Tags of the instance.
    pub tags: Vec<String>,
    /// Name of the instance in the user's words.
    pub business_id: Option<String>,
}

/// A process instance, running or ended.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProcessInstance {
    /// Id of its process.
    pub process_definition_id: String,
    /// Name of its process.
    pub process_definition_name: Option<String>,
    /// Version of its definition.
    pub process_definition_version: i32,
    /// Version tag of its definition.
    pub process_definition_version_tag: Option<String>,
    /// When it began: RFC 3339.
    pub start_date: String,
    /// When it ended: RFC 3339.
    pub end_date: Option<String>,
    /// `ACTIVE`, `COMPLETED` or `TERMINATED`.
    pub state: String,
    /// Whether it, or one that it called, has an active incident.
    pub has_incident: bool,
    /// Its tenant.
    pub tenant_id: String,
    /// Its key.
    pub process_instance_key: Key,
    /// Its definition.
    pub process_definition_key: Key,
    /// The instance that called it.
    pub parent_process_instance_key: Option<Key>,
    /// The call activity's execution that called it.
    pub parent_element_instance_key: Option<Key>,
    /// The instance that nobody called; gateways before 8.9 do not say.
    #[serde(default)]
    pub root_process_instance_key: Option<Key>,
    /// Tags given by its creator.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Its name in the creator's words.
    #[serde(default)]
    pub business_id: Option<String>,
}

/// An instance in the answer to `GET /v2/process-instances/{processInstanceKey}/call-hierarchy`
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CallHierarchyEntry {
    /// Its key.
    pub process_instance_key: Key,
    /// Its definition.
    pub process_definition_key: Key,
    /// Name of its process, its id if it has none.
    pub process_definition_name: String,
}

/// A sequence flow that an instance has taken.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SequenceFlow {
    /// Key of the instance and id of the flow, joined by `_`.
    pub sequence_flow_id: String,
    /// The instance.
    pub process_instance_key: Key,
    /// The instance that nobody called; gateways before 8.9 do not say.
    #[serde(default)]
    pub root_process_instance_key: Option<Key>,
    /// Its definition.
    pub process_definition_key: Key,
    /// Id of its process.
    pub process_definition_id: String,
    /// BPMN id of the flow.
    pub element_id: String,
    /// Its tenant.
    pub tenant_id: String,
}

/// `POST /v2/process-instances/{processInstanceKey}/deletion`
#[derive(Clone, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct DeleteProcessInstanceRequest {
    /// Copied to the resulting records; at least 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_reference: Option<i64>,
}

/// `POST /v2/process-instances/{processInstanceKey}/cancellation`
#[derive(Clone, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct CancelProcessInstanceRequest {
    /// Copied to the resulting records; at least 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_reference: Option<i64>,
}
