//! Process definitions.

use serde::{Deserialize, Serialize};

use super::{Key, PropertyFilter};

/// Selects process definitions: everything given must hold.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ProcessDefinitionFilter {
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<PropertyFilter<String>>,
    /// If true, only the newest version of each id and tenant that is not deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_latest_version: Option<bool>,
    /// File it came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_name: Option<String>,
    /// Its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<i32>,
    /// Its version tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_tag: Option<String>,
    /// Its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process_definition_id: Option<PropertyFilter<String>>,
    /// Its tenant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<String>,
    /// Its key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process_definition_key: Option<Key>,
    /// Whether its start event has a form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub has_start_form: Option<bool>,
    /// `ACTIVE` or `DELETED`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
}

/// A version of a process, deployed now or once.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProcessDefinition {
    /// Name from the BPMN file.
    pub name: Option<String>,
    /// File it came from.
    pub resource_name: String,
    /// Counts the versions of the id, from 1.
    pub version: i32,
    /// `versionTag` of the BPMN file.
    pub version_tag: Option<String>,
    /// Id from the BPMN file.
    pub process_definition_id: String,
    /// Its owner.
    pub tenant_id: String,
    /// Identifies the definition.
    pub process_definition_key: Key,
    /// Whether its start event has a form.
    #[serde(default)]
    pub has_start_form: bool,
    /// `ACTIVE` or `DELETED`; gateways before 8.9 do not say.
    #[serde(default)]
    pub state: String,
}

/// A version of a form.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Form {
    /// Its tenant.
    pub tenant_id: String,
    /// Its id in its file.
    pub form_id: String,
    /// Its file.
    pub schema: String,
    /// Counts from 1 for each id and tenant.
    pub version: i64,
    /// Its key.
    pub form_key: Key,
}
