//! Statistics: how many there are, of what.

use serde::{Deserialize, Serialize};

use super::{Key, MessageSubscriptionFilter, ProcessInstanceFilter, SearchPage, SearchSort};

/// A list that has no pages.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Items<T> {
    /// All of it.
    pub items: Vec<T>,
}

/// How many there are of an element, by state.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProcessElementStatistics {
    /// BPMN id of the element.
    pub element_id: String,
    /// Active without an incident.
    pub active: u64,
    /// Terminated.
    pub canceled: u64,
    /// Active with an incident.
    pub incidents: u64,
    /// Completed.
    pub completed: u64,
}

/// `POST /v2/process-definitions/{processDefinitionKey}/statistics/element-instances`
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ElementStatisticsRequest {
    /// Which process instances; its attributes about the definition are not allowed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<ProcessInstanceFilter>,
}

/// `POST /v2/process-definitions/statistics/process-instances`
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct DefinitionInstanceStatisticsRequest {
    /// In which order, the first counting most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sort: Option<Vec<SearchSort>>,
    /// Which part, by number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<SearchPage>,
}

/// How many active instances a process has, in all its versions.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DefinitionInstanceStatistics {
    /// Id of the process.
    pub process_definition_id: String,
    /// Its tenant.
    pub tenant_id: String,
    /// Its name in the latest version that has active instances.
    pub latest_process_definition_name: Option<String>,
    /// Whether more than one version has active instances.
    pub has_multiple_versions: bool,
    /// Active instances without an incident.
    pub active_instances_without_incident_count: u64,
    /// Active instances with an incident.
    pub active_instances_with_incident_count: u64,
}

/// Selects versions of one process.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct VersionInstanceStatisticsFilter {
    /// Id of the process; required.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process_definition_id: Option<String>,
    /// Its tenant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<String>,
}

/// How many active instances a version of a process has.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VersionInstanceStatistics {
    /// Id of the process.
    pub process_definition_id: String,
    /// The version.
    pub process_definition_key: Key,
    /// Name of the process in this version.
    pub process_definition_name: Option<String>,
    /// Its tenant.
    pub tenant_id: String,
    /// The version's number.
    pub process_definition_version: i32,
    /// Active instances with an incident.
    pub active_instances_with_incident_count: u64,
    /// Active instances without an incident.
    pub active_instances_without_incident_count: u64,
}

/// `POST /v2/process-definitions/statistics/message-subscriptions`
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct MessageSubscriptionStatisticsRequest {
    /// Which subscriptions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<MessageSubscriptionFilter>,
    /// Which part: the first, or what comes after a cursor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<SearchPage>,
}

/// How many open message subscriptions the instances of a definition have.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MessageSubscriptionStatistics {
    /// Id of the process.
    pub process_definition_id: String,
    /// Its tenant.
    pub tenant_id: String,
    /// The definition.
    pub process_definition_key: Key,
    /// Process instances that have an open subscription.
    pub process_instances_with_active_subscriptions: u64,
    /// Open subscriptions.
    pub active_subscriptions: u64,
}
