//! Signals.

use skep_model::ElementIndex;
use skep_record::{SignalSubscriptionEvent, SignalSubscriptionValue};

use crate::{Ctx, ctx::At, state::State};

pub(crate) fn open(_ctx: &mut Ctx<'_>, _at: &At, _index: ElementIndex, _name: &str) {}

pub(crate) fn close_all(_ctx: &mut Ctx<'_>, _at: &At) {}

pub(crate) fn apply(
    _state: &mut State,
    _key: i64,
    _event: SignalSubscriptionEvent,
    _value: &SignalSubscriptionValue,
) -> Option<()> {
    None
}
