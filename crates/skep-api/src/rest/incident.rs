//! Incidents, and the variables of element instances.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{JsonObject, Key, PropertyFilter, SearchPage, SearchSort};

/// `POST /v2/incidents/{incidentKey}/resolution`
#[derive(Clone, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct IncidentResolutionRequest {
    /// Copied to the resulting records; at least 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_reference: Option<i64>,
}

/// `PUT /v2/element-instances/{elementInstanceKey}/variables`
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SetVariablesRequest {
    /// What to set; required.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variables: Option<JsonObject>,
    /// Whether all go to that scope; else each goes to the nearest scope that has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local: Option<bool>,
    /// Copied to the resulting records; at least 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_reference: Option<i64>,
}

/// `POST /v2/element-instances/ad-hoc-activities/{adHocSubProcessInstanceKey}/activation`
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct AdHocActivationRequest {
    /// What to activate; required, at least one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub elements: Option<Vec<AdHocElement>>,
    /// Whether what is active in it is terminated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancel_remaining_instances: Option<bool>,
}

/// An element of an ad-hoc subprocess to activate.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct AdHocElement {
    /// Its id; required.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub element_id: Option<String>,
    /// Set in its own scope.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variables: Option<JsonObject>,
}

/// Selects incidents: everything given must hold.
#[derive(Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct IncidentFilter {
    /// Id of the process.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process_definition_id: Option<PropertyFilter<String>>,
    /// Its kind, such as `JOB_NO_RETRIES`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_type: Option<PropertyFilter<String>>,
    /// What happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_message: Option<PropertyFilter<String>>,
    /// BPMN id of the element.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub element_id: Option<PropertyFilter<String>>,
    /// When it was raised: date and time with offset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creation_time: Option<PropertyFilter<String>>,
    /// `ACTIVE` or `RESOLVED`; the API also names `MIGRATED`, `PENDING` and `UNKNOWN`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<PropertyFilter<String>>,
    /// Its tenant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<PropertyFilter<String>>,
    /// Its key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incident_key: Option<PropertyFilter<Key>>,
    /// The process definition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process_definition_key: Option<PropertyFilter<Key>>,
    /// Its process instance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process_instance_key: Option<PropertyFilter<Key>>,
    /// Where it was raised.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub element_instance_key: Option<PropertyFilter<Key>>,
    /// The job that raised it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job_key: Option<PropertyFilter<Key>>,
}

/// Shows no message: it may quote variables.
impl fmt::Debug for IncidentFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IncidentFilter")
            .field("error_type", &self.error_type)
            .field("state", &self.state)
            .field("incident_key", &self.incident_key)
            .field("process_instance_key", &self.process_instance_key)
            .finish_non_exhaustive()
    }
}

/// Something that only a person can put right, or that was.
#[derive(Clone, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Incident {
    /// Id of the process.
    pub process_definition_id: String,
    /// Its kind, such as `JOB_NO_RETRIES`.
    pub error_type: String,
    /// What happened.
    pub error_message: String,
    /// BPMN id of the element.
    pub element_id: String,
    /// When it was raised: RFC 3339.
    pub creation_time: String,
    /// `ACTIVE` or `RESOLVED`; other gateways also say `MIGRATED`, `PENDING` or `UNKNOWN`.
    pub state: String,
    /// Its tenant.
    pub tenant_id: String,
    /// Its key.
    pub incident_key: Key,
    /// The process definition.
    pub process_definition_key: Key,
    /// Its process instance.
    pub process_instance_key: Key,
    /// The instance that nobody called; gateways before 8.9 do not say.
    #[serde(default)]
    pub root_process_instance_key: Option<Key>,
    /// Where it was raised.
    pub element_instance_key: Key,
    /// The job that raised it.
    pub job_key: Option<Key>,
}

/// Shows no message: it may quote variables.
impl fmt::Debug for Incident {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Incident")
            .field("incident_key", &self.incident_key)
            .field("error_type", &self.error_type)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

/// `POST /v2/incidents/statistics/process-instances-by-error`
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct IncidentStatisticsByErrorRequest {
    /// In which order, the first counting most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sort: Option<Vec<SearchSort>>,
    /// Which part, by number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<SearchPage>,
}

/// An error, and how many process instances it stops.
#[derive(Clone, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IncidentStatisticsByError {
    /// Java's hash code of the message.
    pub error_hash_code: i32,
    /// What happened.
    pub error_message: String,
    /// Process instances that have an active incident with it.
    pub active_instances_with_error_count: u64,
}

/// Shows no message: it may quote variables.
impl fmt::Debug for IncidentStatisticsByError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IncidentStatisticsByError")
            .field("error_hash_code", &self.error_hash_code)
            .finish_non_exhaustive()
    }
}

/// Which error statistics are about.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct IncidentStatisticsFilter {
    /// Java's hash code of the message; required.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_hash_code: Option<i32>,
}

/// A process definition, and how many of its instances an error stops.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IncidentStatisticsByDefinition {
    /// Id of the process.
    pub process_definition_id: String,
    /// The process definition.
    pub process_definition_key: Key,
    /// Name of the process, its id if it has none.
    pub process_definition_name: String,
    /// Its version.
    pub process_definition_version: i32,
    /// Its tenant.
    pub tenant_id: String,
    /// Process instances that have an active incident with the error.
    pub active_instances_with_error_count: u64,
}
