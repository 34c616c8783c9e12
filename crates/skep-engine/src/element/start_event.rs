//! Start events and boundary events, as they complete: both only pass an event on.

use skep_model::Trigger;

use crate::{
    Ctx,
    ctx::At,
    element::{catch, lifecycle, trigger},
    failure::Failure,
    variable::{self, mapping},
};

/// A start event hands its event's variables to the scope it starts.
///
/// Source: camunda/zeebe: engine/processing/bpmn/event/StartEventProcessor.java
pub(super) fn complete(ctx: &mut Ctx<'_>, at: &At) -> Result<(), Failure> {
    if at.definition.event_subprocess_of(at.index).is_some() {
        let brought = trigger::take(ctx, at);
        mapping::apply_outputs(ctx, at, brought.as_ref())
    } else {
        hand_over(ctx, at)
    }
}

/// The event subprocesses of the scope begin to wait.
pub(super) fn finish(ctx: &mut Ctx<'_>, at: &At) -> Result<(), Failure> {
    let process = &at.definition.process;
    let has_event_subprocesses = at
        .element()
        .scope
        .is_some_and(|scope| !process.element(scope).event_subprocesses.is_empty());
    if has_event_subprocesses
        && let Some(scope) = ctx.at(at.process_instance_key, at.flow_scope_key)
    {
        catch::subscribe_event_subprocesses(ctx, &scope)?;
    }
    lifecycle::finish(ctx, at)
}

/// A boundary event hands its event's variables to the flow scope; that of an error only
/// through output mappings.
pub(super) fn complete_boundary(
    ctx: &mut Ctx<'_>,
    at: &At,
    trigger: &Trigger,
) -> Result<(), Failure> {
    match trigger {
        Trigger::Error(_) | Trigger::Compensation(_) => mapping::apply_outputs(ctx, at, None),
        Trigger::Message(_)
        | Trigger::Timer(_)
        | Trigger::Signal(_)
        | Trigger::Escalation(_)
        | Trigger::Conditional(_) => hand_over(ctx, at),
    }
}

/// The event's variables are locals of the event: without output mappings they all travel on.
pub(super) fn hand_over(ctx: &mut Ctx<'_>, at: &At) -> Result<(), Failure> {
    if at.element().outputs.is_empty() {
        let locals = trigger::locals(ctx, at);
        variable::propagate(ctx, at, at.flow_scope_key, &locals);
        Ok(())
    } else {
        mapping::apply_outputs(ctx, at, None)
    }
}
