//! `EXPRESSION:EVALUATE`

use skep_feel::Expression;
use skep_record::{
    EvaluateExpression, Event, ExpressionEvaluated, Rejection, RejectionKind, Response, StoredValue,
};

use crate::{Ctx, decision::ByName};

/// Handles `EXPRESSION:EVALUATE`: FEEL with or without the `=` before it, on the given variables.
///
/// # Errors
/// `InvalidArgument`: it is not FEEL, or has no value.
pub(crate) fn evaluate(ctx: &mut Ctx<'_>, evaluate: &EvaluateExpression) -> Result<(), Rejection> {
    let text = &evaluate.expression;
    let invalid = |reason: String| {
        Rejection::new(
            RejectionKind::InvalidArgument,
            format!("Expected to evaluate expression '{text}', but {reason}"),
        )
    };
    let source = text.strip_prefix('=').unwrap_or(text);
    let expression =
        Expression::parse(source).map_err(|error| invalid(format!("it is not FEEL: {error}")))?;
    let environment = ctx.environment().clone();
    let found = expression
        .evaluate(&ByName::of(&evaluate.variables), &environment)
        .map_err(|error| invalid(error.to_string()))?;
    let mut bytes = Vec::new();
    found.value.write_msgpack(&mut bytes);
    let result = StoredValue::from_msgpack(bytes).map_err(|error| invalid(error.to_string()))?;
    let evaluated = ExpressionEvaluated {
        expression: text.clone(),
        tenant_id: evaluate.tenant_id.clone(),
        result,
        warnings: found
            .warnings
            .iter()
            .map(|warning| format!("[{}] {}", warning.kind, warning.message))
            .collect(),
    };
    let key = ctx.new_key();
    ctx.emit(key, Event::ExpressionEvaluated(Box::new(evaluated.clone())));
    ctx.reply(Response::ExpressionEvaluated(Box::new(evaluated)));
    Ok(())
}
