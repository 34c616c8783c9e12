//! Evaluations of decisions as text.

use std::fmt;

use crate::DecisionEvaluationValue;

/// Which decision, and what was evaluated for it; values and messages `with_texts` only.
pub(super) fn details(
    f: &mut dyn fmt::Write,
    value: &DecisionEvaluationValue,
    with_texts: bool,
) -> fmt::Result {
    write!(f, " {:?} v{}", value.decision_id, value.decision_version)?;
    for evaluated in &value.evaluated_decisions {
        write!(f, " [{} {:?}", evaluated.decision_type, evaluated.decision_id)?;
        for input in &evaluated.evaluated_inputs {
            write!(f, " in:{}", input.input_name)?;
            if with_texts {
                write!(f, "={}", input.input_value.to_json())?;
            }
        }
        for rule in &evaluated.matched_rules {
            write!(f, " rule:{}", rule.rule_index)?;
            for output in &rule.evaluated_outputs {
                write!(f, " out:{}", output.output_name)?;
                if with_texts {
                    write!(f, "={}", output.output_value.to_json())?;
                }
            }
        }
        if with_texts {
            write!(f, " -> {}", evaluated.decision_output.to_json())?;
        }
        f.write_char(']')?;
    }
    match &value.failure {
        Some(failure) => {
            write!(f, " failed={:?}", failure.failed_decision_id)?;
            if with_texts { write!(f, " message={:?}", failure.message) } else { Ok(()) }
        }
        None if with_texts => write!(f, " output={}", value.decision_output.to_json()),
        None => Ok(()),
    }
}
