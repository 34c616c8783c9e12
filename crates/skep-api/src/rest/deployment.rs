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
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeploymentItem {
    /// A process definition.
    pub process_definition: Option<DeploymentProcess>,
    /// A decision.
    pub decision_definition: Option<DeploymentDecision>,
    /// A decision requirements graph.
    pub decision_requirements: Option<DeploymentDecisionRequirements>,
    /// A form.
    pub form: Option<DeploymentForm>,
    /// Another file.
    pub resource: Option<DeploymentResource>,
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

/// A deployed decision.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeploymentDecision {
    /// Id from the DMN file.
    pub decision_definition_id: String,
    /// Counts the versions of that id, from 1.
    pub version: i32,
    /// Name from the DMN file.
    pub name: String,
    /// Its owner.
    pub tenant_id: String,
    /// Id of the graph it is part of.
    pub decision_requirements_id: String,
    /// Identifies the decision.
    pub decision_definition_key: Key,
    /// Identifies the graph it is part of.
    pub decision_requirements_key: Key,
}

/// A deployed decision requirements graph.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeploymentDecisionRequirements {
    /// Id from the DMN file.
    pub decision_requirements_id: String,
    /// Name from the DMN file.
    pub decision_requirements_name: String,
    /// Counts the versions of that id, from 1.
    pub version: i32,
    /// File it came from.
    pub resource_name: String,
    /// Its owner.
    pub tenant_id: String,
    /// Identifies the graph.
    pub decision_requirements_key: Key,
}

/// A deployed form.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeploymentForm {
    /// Id from the form file.
    pub form_id: String,
    /// Counts the versions of that id, from 1.
    pub version: i32,
    /// File it came from.
    pub resource_name: String,
    /// Its owner.
    pub tenant_id: String,
    /// Identifies the form.
    pub form_key: Key,
}

/// A deployed file that is kept and not executed.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeploymentResource {
    /// Id from the file.
    pub resource_id: String,
    /// File it came from.
    pub resource_name: String,
    /// Counts the versions of that id, from 1.
    pub version: i32,
    /// Its owner.
    pub tenant_id: String,
    /// Identifies the file.
    pub resource_key: Key,
}
