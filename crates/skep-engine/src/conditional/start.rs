//! Conditional start events: they wait for a request to evaluate them.

use std::sync::Arc;

use skep_model::ElementIndex;
use skep_record::{ConditionalSubscriptionIntent, Event, ProcessDefinitionKey};

use crate::{Ctx, state::definition::Definition};

/// A conditional start event begins to wait.
pub(crate) fn open_start_subscription(
    ctx: &mut Ctx<'_>,
    definition: &Definition,
    index: ElementIndex,
) {
    let key = ctx.new_key();
    emit(ctx, key, ConditionalSubscriptionIntent::Created, definition, index);
}

/// The conditional start events of a version no longer wait.
pub(crate) fn close_start_subscriptions(
    ctx: &mut Ctx<'_>,
    process_definition_key: ProcessDefinitionKey,
) {
    let Some(definition) = ctx.state().definitions.get(process_definition_key).map(Arc::clone)
    else {
        return;
    };
    let open: Vec<(i64, ElementIndex)> = ctx
        .state()
        .conditions
        .starts
        .entries()
        .iter()
        .filter(|(_, start)| start.process_definition_key == process_definition_key)
        .map(|(key, start)| (*key, ElementIndex(start.element)))
        .collect();
    for (key, index) in open {
        emit(ctx, key, ConditionalSubscriptionIntent::Deleted, &definition, index);
    }
}

fn emit(
    ctx: &mut Ctx<'_>,
    key: i64,
    intent: ConditionalSubscriptionIntent,
    definition: &Definition,
    index: ElementIndex,
) {
    let value = super::start_value(definition, index);
    ctx.emit(key, Event::ConditionalSubscription(intent, Box::new(value)));
}
