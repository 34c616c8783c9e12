//! Events that broadcast a signal.

use skep_model::TextOrFeel;
use skep_record::{BroadcastSignal, Command};

use crate::{
    Ctx,
    ctx::At,
    element::{lifecycle, trigger},
    expression::{self, Scope},
    failure::Failure,
};

/// Broadcasts the signal with the event's own variables: those of its input mappings.
///
/// Source: camunda/zeebe: engine/processing/bpmn/behavior/BpmnSignalBehavior.java
pub(super) fn activate_signal(
    ctx: &mut Ctx<'_>,
    at: &At,
    signal: &TextOrFeel,
) -> Result<(), Failure> {
    let scope = Scope { process_instance_key: at.process_instance_key, key: at.key };
    let signal_name = expression::string(ctx, scope, signal)?.to_string();
    let broadcast = BroadcastSignal {
        signal_name,
        variables: trigger::locals(ctx, at),
        tenant_id: at.tenant_id().clone(),
    };
    let key = ctx.new_key();
    ctx.follow_up(key, Command::BroadcastSignal(broadcast));
    lifecycle::pass(ctx, at);
    Ok(())
}
