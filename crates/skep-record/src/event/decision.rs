//! The event of a decision's evaluation.

use serde::{Deserialize, Serialize};

use crate::{
    DecisionId, DecisionKey, DecisionRequirementsId, DecisionRequirementsKey, ElementInstanceKey,
    ElementSlot, InstanceSlot, StoredValue, TenantId, element::names,
};

names! {
    /// How an evaluation ended.
    DecisionEvaluationIntent {
        Evaluated = "EVALUATED",
        Failed = "FAILED",
    }

    /// The kinds of decision logic.
    DecisionType {
        DecisionTable = "DECISION_TABLE",
        LiteralExpression = "LITERAL_EXPRESSION",
        Context = "CONTEXT",
        Invocation = "INVOCATION",
        List = "LIST",
        Relation = "RELATION",
        Unknown = "UNKNOWN",
    }
}

/// A decision was evaluated, or could not be.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct DecisionEvaluationValue {
    /// The decision.
    pub decision_key: DecisionKey,
    /// Its id.
    pub decision_id: DecisionId,
    /// Its name.
    pub decision_name: String,
    /// Its version.
    pub decision_version: i32,
    /// Its graph.
    pub decision_requirements_key: DecisionRequirementsKey,
    /// Id of its graph.
    pub decision_requirements_id: DecisionRequirementsId,
    /// Its tenant.
    pub tenant_id: TenantId,
    /// The element that called it; `None` when a client did.
    pub caller: Option<DecisionCaller>,
    /// Its result; null when it failed.
    pub decision_output: StoredValue,
    /// It and what it requires, in the order of evaluation.
    pub evaluated_decisions: Vec<EvaluatedDecisionValue>,
    /// Why it has no result.
    pub failure: Option<Box<DecisionEvaluationFailure>>,
}

/// The element instance that called a decision.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
pub struct DecisionCaller {
    /// Its process instance.
    pub instance: InstanceSlot,
    /// The element.
    pub element: ElementSlot,
    /// The execution of the element.
    pub element_instance_key: ElementInstanceKey,
}

/// Why a decision has no result.
#[derive(Clone, PartialEq, Deserialize, Serialize)]
pub struct DecisionEvaluationFailure {
    /// The last decision that was evaluated.
    pub failed_decision_id: DecisionId,
    /// What went wrong; it may quote variable values.
    pub message: String,
}

/// Shows everything but the message, which is for those who may read the variables.
impl std::fmt::Debug for DecisionEvaluationFailure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DecisionEvaluationFailure")
            .field("failed_decision_id", &self.failed_decision_id)
            .finish_non_exhaustive()
    }
}

/// A decision, or a business knowledge model, that was evaluated.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct EvaluatedDecisionValue {
    /// The decision; -1 for a business knowledge model.
    pub decision_key: DecisionKey,
    /// Its id.
    pub decision_id: DecisionId,
    /// Its name.
    pub decision_name: String,
    /// Its version; -1 for a business knowledge model.
    pub decision_version: i32,
    /// What kind of logic it has.
    pub decision_type: DecisionType,
    /// Its result; null when it failed.
    pub decision_output: StoredValue,
    /// The input values of a decision table.
    pub evaluated_inputs: Vec<EvaluatedInputValue>,
    /// The rules of a decision table that contribute to the result.
    pub matched_rules: Vec<MatchedRuleValue>,
}

/// The value of a decision table's input column.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct EvaluatedInputValue {
    /// Id of the column.
    pub input_id: String,
    /// Label of the column, else the beginning of its expression.
    pub input_name: String,
    /// The value.
    pub input_value: StoredValue,
}

/// A rule whose input entries all hold.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct MatchedRuleValue {
    /// Id of the rule.
    pub rule_id: String,
    /// Its place in the table, from 1.
    pub rule_index: u32,
    /// The values of its output entries.
    pub evaluated_outputs: Vec<EvaluatedOutputValue>,
}

/// The value of a rule's output entry.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct EvaluatedOutputValue {
    /// Id of the column.
    pub output_id: String,
    /// Label of the column, else its name.
    pub output_name: String,
    /// The value.
    pub output_value: StoredValue,
}

impl DecisionEvaluationValue {
    /// Whether the decision has a result.
    #[must_use]
    pub fn intent(&self) -> DecisionEvaluationIntent {
        if self.failure.is_some() {
            DecisionEvaluationIntent::Failed
        } else {
            DecisionEvaluationIntent::Evaluated
        }
    }
}
