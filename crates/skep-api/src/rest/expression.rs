//! Expressions.

use serde::{Deserialize, Serialize};

use super::{JsonObject, JsonValue, ValueText};

/// `POST /v2/expression/evaluation`
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ExpressionEvaluationRequest {
    /// FEEL, with or without the `=` before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expression: Option<String>,
    /// What it may use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variables: Option<JsonObject>,
    /// Tenant it is evaluated for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<String>,
}

/// Answer to `POST /v2/expression/evaluation`
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExpressionEvaluation {
    /// The expression.
    pub expression: String,
    /// Its value.
    pub result: JsonValue,
    /// What was tolerated on the way.
    pub warnings: Vec<ExpressionWarning>,
}

/// Something that was tolerated during an evaluation.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExpressionWarning {
    /// What.
    pub message: ValueText,
}
