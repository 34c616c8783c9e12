//! Event-based gateways.

use skep_record::ProcessInstanceIntent;

use crate::{
    Ctx,
    ctx::At,
    element::{catch, trigger},
    failure::Failure,
};

/// Waits for the events of all its targets, in its own scope.
pub(super) fn activate(ctx: &mut Ctx<'_>, at: &At) -> Result<(), Failure> {
    catch::subscribe(ctx, at)?;
    ctx.emit_element(at, ProcessInstanceIntent::ElementActivated);
    Ok(())
}

/// Activates the target whose event came first; the flow to it is not taken.
///
/// Source: camunda/zeebe: engine/processing/bpmn/gateway/EventBasedGatewayProcessor.java
pub(super) fn complete(ctx: &mut Ctx<'_>, at: &At) {
    let event = trigger::first(ctx, at);
    let scope = ctx.at(at.process_instance_key, at.flow_scope_key);
    catch::unsubscribe(ctx, at);
    ctx.emit_element(at, ProcessInstanceIntent::ElementCompleted);
    if let (Some(event), Some(scope)) = (event, scope) {
        trigger::activate_triggered(ctx, at.key, &scope, &event);
    }
}
