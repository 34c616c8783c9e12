//! Deployments. The request is a multipart form and has no type.

use serde::{Deserialize, Serialize};

use super::Key;

/// `POST /v2/deployments`
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Deployment {
    /// Identifies the deployment.
    pub deployment_key: Key,
    /// Owner of what was deployed.
    pub tenant_id: String,
    /// What was deployed.
    pub deployments: Vec<DeploymentItem>,
}

/// One deployed thing: exactly one attribute is not `null`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeploymentItem {
    /// A process definition.
    pub process_definition: Option<DeploymentProcess>,
    /// A decision; not supported yet, always `null`.
    pub decision_definition: (),
    /// A decision requirements graph; not supported yet, always `null`.
    pub decision_requirements: (),
    /// A form; not supported yet, always `null`.
    pub form: (),
    /// Another resource; not supported yet, always `null`.
    pub resource: (),
}

/// A deployed process definition.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeploymentProcess {
    /// Id from the BPMN file.
    pub process_definition_id: String,
    /// Counts the versions of that id, from 1.
    pub process_definition_version: i32,
    /// File it came from.
    pub resource_name: String,
    /// Its owner.
    pub tenant_id: String,
    /// Identifies the definition.
    pub process_definition_key: Key,
}
