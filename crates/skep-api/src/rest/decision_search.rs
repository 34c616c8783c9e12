//! Decisions, their graphs and their evaluations, as they are searched.

use serde::{Deserialize, Serialize};

use super::{EvaluatedDecisionInput, Key, MatchedDecisionRule, PropertyFilter, ValueText};

/// Selects decisions: everything given must hold.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct DecisionDefinitionFilter {
    /// Its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision_definition_id: Option<String>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// If true, only the newest version of each id and tenant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_latest_version: Option<bool>,
    /// Its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<i32>,
    /// Id of its graph.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision_requirements_id: Option<String>,
    /// Its tenant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<String>,
    /// Its key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision_definition_key: Option<Key>,
    /// Its graph.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision_requirements_key: Option<Key>,
    /// Name of its graph.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision_requirements_name: Option<String>,
    /// Version of its graph.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision_requirements_version: Option<i32>,
}

/// A version of a decision, deployed now or once.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DecisionDefinition {
    /// Id from the DMN file.
    pub decision_definition_id: String,
    /// Identifies the decision.
    pub decision_definition_key: Key,
    /// Id of its graph.
    pub decision_requirements_id: String,
    /// Its graph.
    pub decision_requirements_key: Key,
    /// Name of its graph.
    pub decision_requirements_name: String,
    /// Version of its graph.
    pub decision_requirements_version: i32,
    /// Name from the DMN file.
    pub name: String,
    /// Its tenant.
    pub tenant_id: String,
    /// Counts the versions of the id, from 1.
    pub version: i32,
}

/// Selects decision requirements graphs: everything given must hold.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct DecisionRequirementsFilter {
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision_requirements_name: Option<String>,
    /// Its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision_requirements_id: Option<String>,
    /// Its key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision_requirements_key: Option<Key>,
    /// Its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<i32>,
    /// Its tenant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<String>,
    /// File it came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_name: Option<String>,
}

/// A version of a decision requirements graph, deployed now or once.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DecisionRequirements {
    /// Id from the DMN file.
    pub decision_requirements_id: String,
    /// Identifies the graph.
    pub decision_requirements_key: Key,
    /// Name from the DMN file.
    pub decision_requirements_name: String,
    /// File it came from.
    pub resource_name: String,
    /// Its tenant.
    pub tenant_id: String,
    /// Counts the versions of the id, from 1.
    pub version: i32,
}

/// Selects evaluated decisions: everything given must hold.
#[derive(Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct DecisionInstanceFilter {
    /// Key of the evaluation, a hyphen, and its place in the evaluation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision_evaluation_instance_key: Option<PropertyFilter<String>>,
    /// `EVALUATED` or `FAILED`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<PropertyFilter<String>>,
    /// Why it has no result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evaluation_failure: Option<String>,
    /// When it was evaluated: date and time with offset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evaluation_date: Option<PropertyFilter<String>>,
    /// Id of the decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision_definition_id: Option<String>,
    /// Name of the decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision_definition_name: Option<String>,
    /// Version of the decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision_definition_version: Option<i32>,
    /// Kind of its logic, such as `DECISION_TABLE`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision_definition_type: Option<String>,
    /// Its tenant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<String>,
    /// The evaluation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision_evaluation_key: Option<Key>,
    /// The definition of the process instance that called it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process_definition_key: Option<Key>,
    /// The process instance that called it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process_instance_key: Option<Key>,
    /// The decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision_definition_key: Option<PropertyFilter<Key>>,
    /// The element instance that called it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub element_instance_key: Option<PropertyFilter<Key>>,
    /// The decision that was called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub root_decision_definition_key: Option<PropertyFilter<Key>>,
    /// The graph of the decision that was called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision_requirements_key: Option<PropertyFilter<Key>>,
}

/// Shows no failure: it may quote values.
impl std::fmt::Debug for DecisionInstanceFilter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DecisionInstanceFilter")
            .field("decision_definition_id", &self.decision_definition_id)
            .field("decision_definition_key", &self.decision_definition_key)
            .field("process_instance_key", &self.process_instance_key)
            .finish_non_exhaustive()
    }
}

/// A decision that was evaluated, because it was called or because another one requires it.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DecisionInstance {
    /// Id of the decision.
    pub decision_definition_id: String,
    /// The decision; -1 for a business knowledge model.
    pub decision_definition_key: Key,
    /// Name of the decision.
    pub decision_definition_name: String,
    /// `DECISION_TABLE`, `LITERAL_EXPRESSION` or `UNKNOWN`.
    pub decision_definition_type: String,
    /// Version of the decision; -1 for a business knowledge model.
    pub decision_definition_version: i32,
    /// Key of the evaluation, a hyphen, and its place in the evaluation, from 1.
    pub decision_evaluation_instance_key: String,
    /// The evaluation.
    pub decision_evaluation_key: Key,
    /// The element instance that called it.
    pub element_instance_key: Option<Key>,
    /// When it was evaluated: RFC 3339.
    pub evaluation_date: String,
    /// Why it has no result.
    pub evaluation_failure: Option<ValueText>,
    /// The definition of the process instance that called it.
    pub process_definition_key: Option<Key>,
    /// The process instance that called it.
    pub process_instance_key: Option<Key>,
    /// Its result as JSON text.
    pub result: ValueText,
    /// The decision that was called.
    pub root_decision_definition_key: Key,
    /// The instance that nobody called, at the root of the call hierarchy.
    #[serde(default)]
    pub root_process_instance_key: Option<Key>,
    /// `EVALUATED` or `FAILED`.
    pub state: String,
    /// Its tenant.
    pub tenant_id: String,
}

/// Answer to `GET /v2/decision-instances/{decisionEvaluationInstanceKey}`
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DecisionInstanceDetails {
    /// The evaluated decision.
    #[serde(flatten)]
    pub instance: DecisionInstance,
    /// Inputs of a decision table.
    pub evaluated_inputs: Vec<EvaluatedDecisionInput>,
    /// Rules of a decision table that contribute to the result.
    pub matched_rules: Vec<MatchedDecisionRule>,
}
