//! `EvaluateDecision`

use skep_api::gateway as pb;
use skep_record::{
    Command, DecisionEvaluationKey, DecisionEvaluationValue, DecisionKey, DecisionRef, Document,
    EvaluateDecision, EvaluatedDecisionValue, MatchedRuleValue, Response,
};

use crate::{call::Call, problem::Problem};

/// The id wins over the key; without both, the engine says what is missing.
pub(super) async fn evaluate(
    call: &Call,
    request: pb::EvaluateDecisionRequest,
) -> Result<pb::EvaluateDecisionResponse, Problem> {
    let decision = if request.decision_id.is_empty() {
        DecisionRef::Key(DecisionKey(request.decision_key))
    } else {
        DecisionRef::Latest(request.decision_id.into())
    };
    let command = Command::EvaluateDecision(Box::new(EvaluateDecision {
        decision,
        variables: Document::from_json(&request.variables)?,
        tenant_id: call.tenant("gRPC request EvaluateDecision", &request.tenant_id)?,
    }));
    let Response::DecisionEvaluated(key, value) = call.submit(command).await? else {
        return Err(Problem::unexpected_answer());
    };
    Ok(response(key, *value))
}

#[expect(deprecated, reason = "clients before 8.8 read the evaluation's key under its old name")]
fn response(
    key: DecisionEvaluationKey,
    value: DecisionEvaluationValue,
) -> pb::EvaluateDecisionResponse {
    let tenant_id = value.tenant_id.to_string();
    let evaluated = value.evaluated_decisions.iter().zip(1..);
    let evaluated_decisions = evaluated
        .map(|(decision, index)| evaluated_decision(decision, &tenant_id, format!("{key}-{index}")))
        .collect();
    let (decision_output, failed_decision_id, failure_message) = match value.failure {
        None => (value.decision_output.to_json(), String::new(), String::new()),
        Some(failure) => (String::new(), failure.failed_decision_id.to_string(), failure.message),
    };
    pb::EvaluateDecisionResponse {
        decision_key: value.decision_key.0,
        decision_id: value.decision_id.to_string(),
        decision_name: value.decision_name,
        decision_version: value.decision_version,
        decision_requirements_id: value.decision_requirements_id.to_string(),
        decision_requirements_key: value.decision_requirements_key.0,
        decision_output,
        evaluated_decisions,
        failed_decision_id,
        failure_message,
        tenant_id,
        decision_instance_key: key.0,
        decision_evaluation_key: key.0,
    }
}

fn evaluated_decision(
    decision: &EvaluatedDecisionValue,
    tenant_id: &str,
    instance_key: String,
) -> pb::EvaluatedDecision {
    let inputs = decision.evaluated_inputs.iter().map(|input| pb::EvaluatedDecisionInput {
        input_id: input.input_id.clone(),
        input_name: input.input_name.clone(),
        input_value: input.input_value.to_json(),
    });
    pb::EvaluatedDecision {
        decision_key: decision.decision_key.0,
        decision_id: decision.decision_id.to_string(),
        decision_name: decision.decision_name.clone(),
        decision_version: decision.decision_version,
        decision_type: decision.decision_type.as_str().to_owned(),
        decision_output: decision.decision_output.to_json(),
        matched_rules: decision.matched_rules.iter().map(matched_rule).collect(),
        evaluated_inputs: inputs.collect(),
        tenant_id: tenant_id.to_owned(),
        decision_evaluation_instance_key: instance_key,
    }
}

fn matched_rule(rule: &MatchedRuleValue) -> pb::MatchedDecisionRule {
    let outputs = rule.evaluated_outputs.iter().map(|output| pb::EvaluatedDecisionOutput {
        output_id: output.output_id.clone(),
        output_name: output.output_name.clone(),
        output_value: output.output_value.to_json(),
    });
    pb::MatchedDecisionRule {
        rule_id: rule.rule_id.clone(),
        rule_index: i32::try_from(rule.rule_index).unwrap_or(i32::MAX),
        evaluated_outputs: outputs.collect(),
    }
}
