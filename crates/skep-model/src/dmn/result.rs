//! What an evaluation reports.

use std::fmt;
use std::sync::Arc;

use skep_feel::Value;

use super::model::DecisionType;

/// Most decisions and business knowledge models that one evaluation may report.
///
/// A required decision is evaluated for each decision that requires it, and a business knowledge
/// model for each call, so a small file can ask for very many.
pub const EVALUATED_DECISIONS_MAX: usize = 50_000;

/// The result of a decision, and how it came about.
///
/// Values are those of the evaluation's variables, so they are not for a log; `Debug` shows
/// their types alone.
#[derive(Clone, Debug, PartialEq)]
pub struct DecisionEvaluation {
    /// The result of the decision that was asked for.
    pub output: Value,
    /// Everything that was evaluated, in the order in which it was finished: what is required
    /// comes before what requires it. Business knowledge models are among them.
    pub evaluated_decisions: Vec<EvaluatedDecision>,
}

/// Why a decision has no result.
///
/// Its message may quote variable values, so it is for the one who may read them (an incident),
/// not for a log.
#[derive(Clone, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct DecisionFailure {
    /// The last decision that was evaluated, which is the one that failed; the one that was
    /// asked for when none was.
    pub failed_decision_id: Arc<str>,
    /// What went wrong, as Zeebe words it.
    pub message: String,
    /// What was evaluated up to there, what failed included.
    pub evaluated_decisions: Vec<EvaluatedDecision>,
}

/// A decision or business knowledge model that was evaluated.
#[derive(Clone, Debug, PartialEq)]
pub struct EvaluatedDecision {
    /// Its id.
    pub id: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// What kind of logic it has.
    pub decision_type: DecisionType,
    /// Its result; null if it failed.
    pub output: Value,
    /// The input values of a decision table.
    pub evaluated_inputs: Vec<EvaluatedInput>,
    /// The rules of a decision table that contribute to the result.
    pub matched_rules: Vec<MatchedRule>,
}

/// The value of a decision table's input column.
#[derive(Clone, Debug, PartialEq)]
pub struct EvaluatedInput {
    /// Id of the column; empty if it has none.
    pub id: Arc<str>,
    /// Label of the column, else the first 30 characters of its expression.
    pub name: Arc<str>,
    /// The value.
    pub value: Value,
}

/// A rule whose input entries all hold.
#[derive(Clone, Debug, PartialEq)]
pub struct MatchedRule {
    /// Id of the rule; empty if it has none.
    pub id: Arc<str>,
    /// Its place in the table, from 1.
    pub index: u32,
    /// The values of its output entries.
    pub evaluated_outputs: Vec<EvaluatedOutput>,
}

/// The value of a rule's output entry.
#[derive(Clone, Debug, PartialEq)]
pub struct EvaluatedOutput {
    /// Id of the column; empty if it has none.
    pub id: Arc<str>,
    /// Label of the column, else its name.
    pub name: Option<Arc<str>>,
    /// The value.
    pub value: Value,
}

impl fmt::Debug for DecisionFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DecisionFailure")
            .field("failed_decision_id", &self.failed_decision_id)
            .field("evaluated_decisions", &self.evaluated_decisions)
            .finish_non_exhaustive()
    }
}
