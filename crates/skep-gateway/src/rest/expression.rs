//! Expressions.

use skep_api::rest::{
    ExpressionEvaluation, ExpressionEvaluationRequest, ExpressionWarning, JsonValue, ValueText,
};
use skep_record::{Command, EvaluateExpression, Response};

use super::body::{Answer, Body, Keys, required, variables};
use crate::{
    call::Call,
    problem::{Kind, Problem},
};

/// `POST /v2/expression/evaluation` — 200
///
/// # Errors
/// 400 it is not FEEL, or has no value; 503, 504.
pub(super) async fn evaluate(
    call: Call,
    Keys(keys): Keys,
    Body(body): Body<ExpressionEvaluationRequest>,
) -> Result<Answer<ExpressionEvaluation>, Problem> {
    let command = Command::EvaluateExpression(Box::new(EvaluateExpression {
        expression: required("expression", body.expression)?,
        variables: variables(body.variables.as_ref())?,
        tenant_id: call
            .tenant("request Evaluate Expression", body.tenant_id.as_deref().unwrap_or_default())?,
    }));
    let Response::ExpressionEvaluated(evaluated) = call.submit(command).await? else {
        return Err(Problem::unexpected_answer());
    };
    let result = JsonValue::new(evaluated.result.to_json()).map_err(|error| {
        tracing::error!(%error, "a value is not written as JSON");
        Problem::new(Kind::Internal, "Unexpected error: the result is not valid JSON")
    })?;
    let warnings = evaluated.warnings.into_iter();
    let warnings =
        warnings.map(|message| ExpressionWarning { message: ValueText(message) }).collect();
    Ok(Answer(keys, ExpressionEvaluation { expression: evaluated.expression, result, warnings }))
}
