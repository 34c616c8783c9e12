//! `DECISION_EVALUATION:EVALUATE`

use std::collections::BTreeMap;

use skep_feel::Variables;
use skep_record::{
    DecisionEvaluationKey, DecisionRef, Document, EvaluateDecision, Event, Rejection,
    RejectionKind, Response,
};

use super::Called;
use crate::Ctx;

/// Handles `DECISION_EVALUATION:EVALUATE`. A decision without a result is no rejection: the
/// answer says what failed, and what was evaluated up to there.
///
/// # Errors
/// - `InvalidArgument`: neither an id nor a key is named.
/// - `NotFound`: no such decision.
///
/// Source: camunda/zeebe: engine/processing/dmn/EvaluateDecisionProcessor.java
pub(crate) fn evaluate(ctx: &mut Ctx<'_>, evaluate: &EvaluateDecision) -> Result<(), Rejection> {
    let EvaluateDecision { decision, variables, tenant_id } = evaluate;
    let state = ctx.state();
    let (what, found) = match decision {
        DecisionRef::Latest(id) if !id.is_empty() => {
            (id.to_string(), Called::latest(state, tenant_id, id))
        }
        DecisionRef::Key(key) if key.0 > 0 => {
            (key.to_string(), Called::by_key(state, tenant_id, *key))
        }
        DecisionRef::Latest(_) | DecisionRef::Key(_) => {
            return Err(Rejection::new(
                RejectionKind::InvalidArgument,
                "Expected either a decision id or a valid decision key, but none provided",
            ));
        }
    };
    let called = found.map_err(|missing| {
        Rejection::new(
            RejectionKind::NotFound,
            format!("Expected to evaluate decision '{what}', but {missing}"),
        )
    })?;
    let environment = ctx.environment().clone();
    let variables = ByName::of(variables);
    let value = called.evaluate(ctx, &environment, &variables, None);
    let key = DecisionEvaluationKey(ctx.new_key());
    ctx.emit(key.0, Event::DecisionEvaluation(Box::new(value.clone())));
    ctx.reply(Response::DecisionEvaluated(key, Box::new(value)));
    Ok(())
}

/// The variables of a document; a table may ask for each many times.
pub(crate) struct ByName<'d>(BTreeMap<&'d str, &'d [u8]>);

impl<'d> ByName<'d> {
    pub(crate) fn of(variables: &'d Document) -> Self {
        Self(variables.iter().collect())
    }
}

impl Variables for ByName<'_> {
    fn variable(&self, name: &str) -> Option<&[u8]> {
        self.0.get(name).copied()
    }
}
