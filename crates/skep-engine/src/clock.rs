//! `CLOCK:PIN` and `CLOCK:RESET`: a partition's time, where it can be controlled.
//!
//! The engine is told the time with each command. What is kept here is only where it shall stand
//! still, so that it does so again after a restart.

use skep_record::{Event, Response, Timestamp};

use crate::{Ctx, Effect, state::State};

/// Handles `CLOCK:PIN`.
///
/// Source: camunda/camunda: issue 21068
pub(crate) fn pin(ctx: &mut Ctx<'_>, at: Timestamp) {
    move_to(ctx, Event::ClockPinned(at), Some(at));
}

/// Handles `CLOCK:RESET`; a clock that is not pinned may be reset too.
pub(crate) fn reset(ctx: &mut Ctx<'_>) {
    move_to(ctx, Event::ClockReset, None);
}

fn move_to(ctx: &mut Ctx<'_>, event: Event, pinned_at: Option<Timestamp>) {
    let key = ctx.new_key();
    ctx.emit(key, event);
    ctx.effects.push(Effect::ClockMoved(pinned_at));
    ctx.reply(Response::Done);
}

pub(crate) fn apply(state: &mut State, pinned_at: Option<Timestamp>) -> Option<()> {
    state.pin_at(pinned_at);
    Some(())
}
