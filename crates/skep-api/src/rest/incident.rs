//! Incidents, and the variables of element instances.

use serde::{Deserialize, Serialize};

use super::JsonObject;

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
