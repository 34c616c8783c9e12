//! Element instances.

use serde::{Deserialize, Serialize};

use super::{Key, PropertyFilter};

/// Selects element instances: everything given must hold.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ElementInstanceFilter {
    /// Id of its process.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process_definition_id: Option<String>,
    /// `ACTIVE`, `COMPLETED` or `TERMINATED`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<PropertyFilter<String>>,
    /// Type of its element, such as `SERVICE_TASK`.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub element_type: Option<String>,
    /// BPMN id of its element.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub element_id: Option<String>,
    /// Name of its element.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub element_name: Option<String>,
    /// Whether it, or something that it contains or calls, has an active incident.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub has_incident: Option<bool>,
    /// Its tenant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<String>,
    /// Its key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub element_instance_key: Option<Key>,
    /// Its process instance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process_instance_key: Option<Key>,
    /// Its process definition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process_definition_key: Option<Key>,
    /// Its own active incident.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incident_key: Option<Key>,
    /// When it began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_date: Option<PropertyFilter<String>>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_date: Option<PropertyFilter<String>>,
    /// The element instance or process instance that it runs in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub element_instance_scope_key: Option<Key>,
}

/// One execution of one element, running or ended.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ElementInstance {
    /// Id of its process.
    pub process_definition_id: String,
    /// When it began: RFC 3339.
    pub start_date: String,
    /// When it ended: RFC 3339.
    pub end_date: Option<String>,
    /// BPMN id of its element.
    pub element_id: String,
    /// Name of its element, its id if it has none.
    pub element_name: String,
    /// Type of its element, such as `SERVICE_TASK`.
    #[serde(rename = "type")]
    pub element_type: String,
    /// `ACTIVE`, `COMPLETED` or `TERMINATED`.
    pub state: String,
    /// Whether it, or something that it contains or calls, has an active incident.
    pub has_incident: bool,
    /// Its tenant.
    pub tenant_id: String,
    /// Its key.
    pub element_instance_key: Key,
    /// Its process instance.
    pub process_instance_key: Key,
    /// The instance that nobody called; gateways before 8.9 do not say.
    #[serde(default)]
    pub root_process_instance_key: Option<Key>,
    /// Its process definition.
    pub process_definition_key: Key,
    /// Its own active incident.
    pub incident_key: Option<Key>,
}
