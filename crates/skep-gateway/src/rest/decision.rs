//! Decisions.

use skep_api::rest::{
    DecisionEvaluation, DecisionEvaluationRequest, EvaluatedDecision, EvaluatedDecisionInput,
    EvaluatedDecisionOutput, KeyFormat, MatchedDecisionRule, ValueText,
};
use skep_record::{
    Command, DecisionEvaluationKey, DecisionEvaluationValue, DecisionKey, DecisionRef,
    EvaluateDecision, EvaluatedDecisionValue, MatchedRuleValue, Response,
};

use super::body::{Answer, Body, Keys, required, variables};
use crate::{call::Call, problem::Problem};

/// `POST /v2/decision-definitions/evaluation` — 200, also when the decision has no result
///
/// # Errors
/// 400, 404 no such decision, 503, 504.
pub(super) async fn evaluate(
    call: Call,
    Keys(keys): Keys,
    Body(body): Body<DecisionEvaluationRequest>,
) -> Result<Answer<DecisionEvaluation>, Problem> {
    let decision = match (body.decision_definition_id, body.decision_definition_key) {
        (Some(_), Some(_)) => {
            return Err(Problem::invalid_argument(
                "Only one of [decisionDefinitionId, decisionDefinitionKey] is allowed",
            ));
        }
        (None, None) => {
            return Err(Problem::invalid_argument(
                "At least one of [decisionDefinitionId, decisionDefinitionKey] is required",
            ));
        }
        (None, Some(key)) => DecisionRef::Key(DecisionKey(key.raw)),
        (id, None) => DecisionRef::Latest(required("decisionDefinitionId", id)?.into()),
    };
    let command = Command::EvaluateDecision(Box::new(EvaluateDecision {
        decision,
        variables: variables(body.variables.as_ref())?,
        tenant_id: call
            .tenant("request Evaluate Decision", body.tenant_id.as_deref().unwrap_or_default())?,
    }));
    let Response::DecisionEvaluated(key, value) = call.submit(command).await? else {
        return Err(Problem::unexpected_answer());
    };
    Ok(Answer(keys, answer(keys, key, *value)))
}

fn answer(
    keys: KeyFormat,
    key: DecisionEvaluationKey,
    value: DecisionEvaluationValue,
) -> DecisionEvaluation {
    let tenant_id = value.tenant_id.to_string();
    let evaluated = value.evaluated_decisions.iter().zip(1..).map(|(decision, index)| {
        evaluated_decision(keys, decision, &tenant_id, format!("{key}-{index}"))
    });
    let evaluated_decisions = evaluated.collect();
    let (failed_decision_definition_id, failure_message) = match value.failure {
        Some(failure) => {
            (Some(failure.failed_decision_id.to_string()), Some(ValueText(failure.message)))
        }
        None => (None, None),
    };
    DecisionEvaluation {
        decision_definition_id: value.decision_id.to_string(),
        decision_definition_key: keys.key(value.decision_key.0),
        decision_definition_name: value.decision_name,
        decision_definition_version: value.decision_version,
        decision_evaluation_key: keys.key(key.0),
        decision_instance_key: keys.key(key.0),
        decision_requirements_id: value.decision_requirements_id.to_string(),
        decision_requirements_key: keys.key(value.decision_requirements_key.0),
        evaluated_decisions,
        failed_decision_definition_id,
        failure_message,
        output: ValueText(value.decision_output.to_json()),
        tenant_id,
    }
}

fn evaluated_decision(
    keys: KeyFormat,
    decision: &EvaluatedDecisionValue,
    tenant_id: &str,
    instance_key: String,
) -> EvaluatedDecision {
    let inputs = decision.evaluated_inputs.iter().map(|input| EvaluatedDecisionInput {
        input_id: input.input_id.clone(),
        input_name: input.input_name.clone(),
        input_value: ValueText(input.input_value.to_json()),
    });
    EvaluatedDecision {
        decision_definition_id: decision.decision_id.to_string(),
        decision_definition_name: decision.decision_name.clone(),
        decision_definition_version: decision.decision_version,
        decision_definition_type: decision.decision_type.as_str().to_owned(),
        output: ValueText(decision.decision_output.to_json()),
        tenant_id: tenant_id.to_owned(),
        matched_rules: decision.matched_rules.iter().map(matched_rule).collect(),
        evaluated_inputs: inputs.collect(),
        decision_definition_key: keys.key(decision.decision_key.0),
        decision_evaluation_instance_key: instance_key,
    }
}

fn matched_rule(rule: &MatchedRuleValue) -> MatchedDecisionRule {
    let outputs = rule.evaluated_outputs.iter().map(|output| EvaluatedDecisionOutput {
        output_id: output.output_id.clone(),
        output_name: output.output_name.clone(),
        output_value: ValueText(output.output_value.to_json()),
        rule_id: None,
        rule_index: None,
    });
    MatchedDecisionRule {
        rule_id: rule.rule_id.clone(),
        rule_index: i32::try_from(rule.rule_index).unwrap_or(i32::MAX),
        evaluated_outputs: outputs.collect(),
    }
}
