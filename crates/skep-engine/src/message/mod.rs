//! Messages.

use skep_model::ElementIndex;
use skep_record::{
    CorrelationKey, MessageEvent, MessageName, MessageStartEventSubscriptionEvent,
    MessageStartEventSubscriptionValue, MessageSubscriptionEvent, MessageSubscriptionValue,
    ProcessMessageSubscriptionEvent, ProcessMessageSubscriptionValue,
};

use crate::{
    Ctx,
    apply::Facts,
    ctx::At,
    state::{State, messages::StartLock},
};

pub(crate) fn open(
    _ctx: &mut Ctx<'_>,
    _at: &At,
    _index: ElementIndex,
    _name: MessageName,
    _correlation_key: CorrelationKey,
) {
}

pub(crate) fn close_all(_ctx: &mut Ctx<'_>, _at: &At) {}

pub(crate) fn start_lock(_ctx: &Ctx<'_>, _at: &At) -> Option<StartLock> {
    None
}

pub(crate) fn start_next_buffered(_ctx: &mut Ctx<'_>, _lock: &StartLock) {}

pub(crate) fn apply(_state: &mut State, _key: i64, _event: &MessageEvent) -> Option<()> {
    None
}

pub(crate) fn apply_subscription(
    _state: &mut State,
    _facts: &Facts<'_>,
    _key: i64,
    _event: MessageSubscriptionEvent,
    _value: &MessageSubscriptionValue,
) -> Option<()> {
    None
}

pub(crate) fn apply_process_subscription(
    _state: &mut State,
    _facts: &Facts<'_>,
    _key: i64,
    _event: ProcessMessageSubscriptionEvent,
    _value: &ProcessMessageSubscriptionValue,
) -> Option<()> {
    None
}

pub(crate) fn apply_start_subscription(
    _state: &mut State,
    _key: i64,
    _event: MessageStartEventSubscriptionEvent,
    _value: &MessageStartEventSubscriptionValue,
) -> Option<()> {
    None
}
