//! Conditional start events.

use skep_api::rest::{ConditionalEvaluation, ConditionalEvaluationRequest, StartedProcessInstance};
use skep_record::{Command, EvaluateConditionals, ProcessDefinitionKey, Response};

use super::body::{Answer, Body, Keys, variables};
use crate::{call::Call, problem::Problem};

/// `POST /v2/conditionals/evaluation` — 200, also when no condition holds
///
/// # Errors
/// 400, 404 no such definition with conditional start events, 503, 504.
pub(super) async fn evaluate(
    call: Call,
    Keys(keys): Keys,
    Body(body): Body<ConditionalEvaluationRequest>,
) -> Result<Answer<ConditionalEvaluation>, Problem> {
    let given = body
        .variables
        .as_ref()
        .ok_or_else(|| Problem::invalid_argument("No variables provided"))?;
    let command = EvaluateConditionals {
        process_definition_key: body
            .process_definition_key
            .map(|key| ProcessDefinitionKey(key.raw)),
        variables: variables(Some(given))?,
        tenant_id: call.tenant(
            "request Evaluate Conditionals",
            body.tenant_id.as_deref().unwrap_or_default(),
        )?,
    };
    let answer = call.submit(Command::EvaluateConditionals(command)).await?;
    let Response::ConditionalsEvaluated(evaluated) = answer else {
        return Err(Problem::unexpected_answer());
    };
    let instances =
        evaluated.instances.iter().map(|(definition, instance)| StartedProcessInstance {
            process_definition_key: keys.key(definition.0),
            process_instance_key: keys.key(instance.0),
        });
    let answer = ConditionalEvaluation {
        conditional_evaluation_key: keys.key(evaluated.key),
        tenant_id: evaluated.tenant_id.to_string(),
        process_instances: instances.collect(),
    };
    Ok(Answer(keys, answer))
}
