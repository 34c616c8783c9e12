//! Process definitions.

use serde::{Deserialize, Serialize};

use super::Key;

/// Answer to `GET /v2/process-definitions/{processDefinitionKey}`
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
    /// `ACTIVE`, or `DELETED` while instances of it are left; gateways before 8.9 do not say.
    #[serde(default)]
    pub state: String,
}
