//! Decisions.

use serde::{Deserialize, Serialize};

use super::{JsonObject, Key, ValueText};

/// `POST /v2/decision-definitions/evaluation`
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct DecisionEvaluationRequest {
    /// Decision to evaluate in its latest version; not together with `decision_definition_key`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision_definition_id: Option<String>,
    /// Decision to evaluate; not together with `decision_definition_id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision_definition_key: Option<Key>,
    /// What it may use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variables: Option<JsonObject>,
    /// Tenant of the decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<String>,
}

/// Answer to `POST /v2/decision-definitions/evaluation`, also when the decision has no result.
///
/// Outputs are JSON text.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DecisionEvaluation {
    /// Id of the decision.
    pub decision_definition_id: String,
    /// The decision.
    pub decision_definition_key: Key,
    /// Name of the decision.
    pub decision_definition_name: String,
    /// Version of the decision.
    pub decision_definition_version: i32,
    /// Identifies the evaluation.
    pub decision_evaluation_key: Key,
    /// The same, under the name of before 8.8.
    pub decision_instance_key: Key,
    /// Id of its graph.
    pub decision_requirements_id: String,
    /// Its graph.
    pub decision_requirements_key: Key,
    /// It and what it requires, in the order of evaluation.
    pub evaluated_decisions: Vec<EvaluatedDecision>,
    /// The decision that failed.
    pub failed_decision_definition_id: Option<String>,
    /// Why it failed.
    pub failure_message: Option<ValueText>,
    /// The result; `null` when it failed.
    pub output: ValueText,
    /// Tenant of the decision.
    pub tenant_id: String,
}

/// A decision that was evaluated.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EvaluatedDecision {
    /// Id of the decision.
    pub decision_definition_id: String,
    /// Name of the decision.
    pub decision_definition_name: String,
    /// Version of the decision; -1 for a business knowledge model.
    pub decision_definition_version: i32,
    /// Kind of its logic, such as `DECISION_TABLE`.
    pub decision_definition_type: String,
    /// Its result.
    pub output: ValueText,
    /// Tenant of the decision.
    pub tenant_id: String,
    /// Rules of a decision table that contribute to the result.
    pub matched_rules: Vec<MatchedDecisionRule>,
    /// Inputs of a decision table.
    pub evaluated_inputs: Vec<EvaluatedDecisionInput>,
    /// The decision; -1 for a business knowledge model.
    pub decision_definition_key: Key,
    /// Identifies this decision in this evaluation.
    pub decision_evaluation_instance_key: String,
}

/// A rule whose input entries all hold.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MatchedDecisionRule {
    /// Id of the rule.
    pub rule_id: String,
    /// Its place in the table, from 1.
    pub rule_index: i32,
    /// Its outputs.
    pub evaluated_outputs: Vec<EvaluatedDecisionOutput>,
}

/// The value of a rule's output.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EvaluatedDecisionOutput {
    /// Id of the output.
    pub output_id: String,
    /// Label or name of the output.
    pub output_name: String,
    /// The value.
    pub output_value: ValueText,
    /// Id of the rule; only where outputs stand without their rule.
    pub rule_id: Option<String>,
    /// Place of the rule; only where outputs stand without their rule.
    pub rule_index: Option<i32>,
}

/// The value of a table's input.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EvaluatedDecisionInput {
    /// Id of the input.
    pub input_id: String,
    /// Label or expression of the input.
    pub input_name: String,
    /// The value.
    pub input_value: ValueText,
}
