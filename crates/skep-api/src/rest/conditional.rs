//! Bodies of conditional start events.

use serde::{Deserialize, Serialize};

use super::{JsonObject, Key};

/// `POST /v2/conditionals/evaluation`
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ConditionalEvaluationRequest {
    /// Tenant whose processes are evaluated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<String>,
    /// Evaluate this definition only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process_definition_key: Option<Key>,
    /// What the conditions are evaluated on, and what the instances start with; required.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variables: Option<JsonObject>,
}

/// Answer to `POST /v2/conditionals/evaluation`
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConditionalEvaluation {
    /// The evaluation.
    pub conditional_evaluation_key: Key,
    /// Its tenant.
    pub tenant_id: String,
    /// What was started.
    pub process_instances: Vec<StartedProcessInstance>,
}

/// A process instance that a condition started.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StartedProcessInstance {
    /// Its definition.
    pub process_definition_key: Key,
    /// The instance.
    pub process_instance_key: Key,
}
