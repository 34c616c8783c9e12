//! Start events and boundary events, as they complete: both only pass an event on.

use skep_model::Trigger;

use crate::{
    Ctx,
    ctx::At,
    element::{lifecycle, trigger},
    failure::Failure,
    variable::{self, mapping},
};

/// A start event hands its event's variables to the scope it starts.
pub(super) fn complete(ctx: &mut Ctx<'_>, at: &At) -> Result<(), Failure> {
    hand_over(ctx, at)?;
    lifecycle::finish(ctx, at);
    Ok(())
}

/// A boundary event hands its event's variables to the flow scope; that of an error only
/// through output mappings.
pub(super) fn complete_boundary(
    ctx: &mut Ctx<'_>,
    at: &At,
    trigger: &Trigger,
) -> Result<(), Failure> {
    match trigger {
        Trigger::Error(_) => mapping::apply_outputs(ctx, at, None)?,
        Trigger::Message(_) | Trigger::Timer(_) | Trigger::Signal(_) => hand_over(ctx, at)?,
    }
    lifecycle::finish(ctx, at);
    Ok(())
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
