//! What was evaluated, for the report.

use std::sync::{Arc, Mutex, PoisonError};

use skep_feel::{SessionError, Val, Value};

use super::super::result::{
    EVALUATED_DECISIONS_MAX, EvaluatedDecision, EvaluatedInput, MatchedRule,
};
use super::{Element, Evaluated};

/// The log of one evaluation; functions hold on to it too.
#[derive(Clone, Default)]
pub(super) struct Log(Arc<Mutex<Vec<EvaluatedDecision>>>);

/// What the log says about a decision table besides its result.
#[derive(Default)]
pub(super) struct Details {
    pub(super) inputs: Vec<EvaluatedInput>,
    pub(super) rules: Vec<MatchedRule>,
}

impl Log {
    /// Adds a line.
    pub(super) fn push(
        &self,
        element: Element<'_>,
        outcome: &Evaluated,
        details: Details,
    ) -> Result<(), SessionError> {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() >= EVALUATED_DECISIONS_MAX {
            return Err(SessionError {
                message: format!("it evaluates more than {EVALUATED_DECISIONS_MAX} decisions"),
                is_limit: true,
            });
        }
        let output: Value = match outcome {
            Ok(value) => value.clone(),
            Err(_) => Val::Null,
        };
        lines.push(EvaluatedDecision {
            id: element.id.clone(),
            name: element.name.clone(),
            decision_type: element.logic.decision_type(),
            output,
            evaluated_inputs: details.inputs,
            matched_rules: details.rules,
        });
        Ok(())
    }

    /// All lines. The log is empty then, whoever still holds on to it.
    pub(super) fn take(&self) -> Vec<EvaluatedDecision> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
