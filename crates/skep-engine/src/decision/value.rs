//! An evaluation as records tell it.

use std::sync::Arc;

use skep_feel::Value;
use skep_model::{DecisionEvaluation, DecisionFailure, EvaluatedDecision, MatchedRule};
use skep_record::{
    DecisionCaller, DecisionEvaluationFailure, DecisionEvaluationValue, DecisionId, DecisionKey,
    DecisionType, DocumentError, EvaluatedDecisionValue, EvaluatedInputValue, EvaluatedOutputValue,
    MatchedRuleValue, StoredValue,
};

use super::Called;
use crate::state::State;

/// What a record says of a business knowledge model, which has neither key nor version.
const UNKNOWN: (DecisionKey, i32) = (DecisionKey(-1), -1);

/// What came of an evaluation of `called`.
pub(super) fn value(
    state: &State,
    called: &Called,
    caller: Option<DecisionCaller>,
    outcome: Result<DecisionEvaluation, Box<DecisionFailure>>,
) -> DecisionEvaluationValue {
    let (output, evaluated, failure) = match outcome {
        Ok(DecisionEvaluation { output, evaluated_decisions }) => {
            (output, evaluated_decisions, None)
        }
        Err(failure) => {
            let DecisionFailure { failed_decision_id, message, evaluated_decisions } = *failure;
            let failed_decision_id = failed_decision_id.into();
            let failure = DecisionEvaluationFailure { failed_decision_id, message };
            (Value::Null, evaluated_decisions, Some(Box::new(failure)))
        }
    };
    let stored = stored(&output).and_then(|output| {
        let evaluated: Result<Vec<_>, _> =
            evaluated.iter().map(|one| evaluated_decision(state, called, one)).collect();
        Ok((output, evaluated?))
    });
    let (decision_output, evaluated_decisions, failure) = match stored {
        Ok((output, evaluated)) => (output, evaluated, failure),
        Err(error) => {
            let failed_decision_id = called.decision.decision_id.clone();
            let message = format!(
                "Expected to evaluate decision '{failed_decision_id}', but a value cannot be stored: {error}"
            );
            let failure = DecisionEvaluationFailure { failed_decision_id, message };
            (StoredValue::null(), Vec::new(), Some(Box::new(failure)))
        }
    };
    let decision = &called.decision;
    DecisionEvaluationValue {
        decision_key: decision.key,
        decision_id: decision.decision_id.clone(),
        decision_name: decision.name.clone(),
        decision_version: decision.version,
        decision_requirements_key: decision.decision_requirements_key,
        decision_requirements_id: decision.decision_requirements_id.clone(),
        tenant_id: decision.tenant_id.clone(),
        caller,
        decision_output,
        evaluated_decisions,
        failure,
    }
}

fn evaluated_decision(
    state: &State,
    called: &Called,
    evaluated: &EvaluatedDecision,
) -> Result<EvaluatedDecisionValue, DocumentError> {
    let decision_id: DecisionId = Arc::clone(&evaluated.id).into();
    let (decision_key, decision_version) = state
        .decisions
        .decisions
        .versions_of(&called.decision.tenant_id, &decision_id)
        .rfind(|known| known.decision_requirements_key == called.graph.value.key)
        .map_or(UNKNOWN, |known| (known.key, known.version));
    let inputs = evaluated.evaluated_inputs.iter().map(|input| {
        Ok(EvaluatedInputValue {
            input_id: input.id.to_string(),
            input_name: input.name.to_string(),
            input_value: stored(&input.value)?,
        })
    });
    Ok(EvaluatedDecisionValue {
        decision_key,
        decision_id,
        decision_name: evaluated.name.to_string(),
        decision_version,
        decision_type: decision_type(evaluated.decision_type),
        decision_output: stored(&evaluated.output)?,
        evaluated_inputs: inputs.collect::<Result<_, _>>()?,
        matched_rules: evaluated
            .matched_rules
            .iter()
            .map(matched_rule)
            .collect::<Result<_, _>>()?,
    })
}

fn matched_rule(rule: &MatchedRule) -> Result<MatchedRuleValue, DocumentError> {
    let outputs = rule.evaluated_outputs.iter().map(|output| {
        Ok(EvaluatedOutputValue {
            output_id: output.id.to_string(),
            output_name: output.name.as_deref().unwrap_or_default().to_owned(),
            output_value: stored(&output.value)?,
        })
    });
    Ok(MatchedRuleValue {
        rule_id: rule.id.to_string(),
        rule_index: rule.index,
        evaluated_outputs: outputs.collect::<Result<_, _>>()?,
    })
}

fn stored(value: &Value) -> Result<StoredValue, DocumentError> {
    let mut bytes = Vec::new();
    value.write_msgpack(&mut bytes);
    StoredValue::from_msgpack(bytes)
}

fn decision_type(decision_type: skep_model::DecisionType) -> DecisionType {
    use skep_model::DecisionType as Model;
    match decision_type {
        Model::DecisionTable => DecisionType::DecisionTable,
        Model::LiteralExpression => DecisionType::LiteralExpression,
        Model::Context => DecisionType::Context,
        Model::Invocation => DecisionType::Invocation,
        Model::List => DecisionType::List,
        Model::Relation => DecisionType::Relation,
        Model::Unknown => DecisionType::Unknown,
    }
}
