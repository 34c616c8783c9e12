//! Exclusive gateways.

use skep_model::FlowIndex;
use skep_record::ErrorType;

use crate::{
    Ctx,
    ctx::At,
    element::{lifecycle, scope},
    expression::{self, Scope},
    failure::Failure,
};

/// Takes the first flow whose condition holds, else the default flow.
///
/// Source: camunda/zeebe: engine/processing/bpmn/gateway/ExclusiveGatewayProcessor.java
pub(super) fn activate(
    ctx: &mut Ctx<'_>,
    at: &At,
    default: Option<FlowIndex>,
) -> Result<(), Failure> {
    let flow = choose(ctx, at, default)?;
    lifecycle::pass_at_once(ctx, at);
    match flow {
        Some(flow) => lifecycle::take_flow(ctx, at, flow),
        None => scope::path_ended(ctx, at),
    }
    Ok(())
}

fn choose(
    ctx: &mut Ctx<'_>,
    at: &At,
    default: Option<FlowIndex>,
) -> Result<Option<FlowIndex>, Failure> {
    let process = &at.definition.process;
    let outgoing = &at.element().outgoing;
    if outgoing.is_empty() {
        return Ok(None);
    }
    if let [only] = outgoing.as_slice()
        && process.flow(*only).condition.is_none()
    {
        return Ok(Some(*only));
    }
    let scope = Scope { process_instance_key: at.process_instance_key, key: at.key };
    for flow in outgoing.iter().filter(|flow| Some(**flow) != default) {
        let Some(condition) = &process.flow(*flow).condition else { continue };
        if expression::boolean(ctx, scope, condition)? {
            return Ok(Some(*flow));
        }
    }
    default.map(Some).ok_or_else(|| {
        Failure::new(
            ErrorType::ConditionError,
            "Expected at least one condition to evaluate to true, or to have a default flow",
        )
    })
}
