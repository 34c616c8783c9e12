//! `SIGNAL:BROADCAST`

use std::sync::Arc;

use skep_model::ElementIndex;
use skep_record::{
    BroadcastSignal, DistributedCommand, Event, ProcessInstanceKey, Response, SignalBroadcasted,
    SignalKey,
};

use crate::{Ctx, distribution, element, process_instance, state::signals::SignalSubscription};

/// Handles `SIGNAL:BROADCAST`: start events take it on this partition, waiting elements on all.
///
/// Source: camunda/zeebe: engine/processing/signal/SignalBroadcastProcessor.java
pub(crate) fn broadcast(ctx: &mut Ctx<'_>, key: i64, signal: &BroadcastSignal) {
    let key = if key == -1 { ctx.new_key() } else { key };
    ctx.reply(Response::Broadcast(SignalKey(key)));
    trigger(ctx, key, signal, true);
    distribution::distribute(ctx, key, DistributedCommand::Signal(signal.clone()));
}

/// Carries out a broadcast that began on another partition.
pub(crate) fn broadcast_here(ctx: &mut Ctx<'_>, key: i64, signal: &BroadcastSignal) {
    trigger(ctx, key, signal, false);
}

fn trigger(ctx: &mut Ctx<'_>, key: i64, signal: &BroadcastSignal, with_start_events: bool) {
    ctx.emit(
        key,
        Event::SignalBroadcasted(Box::new(SignalBroadcasted {
            signal_name: signal.signal_name.clone(),
            variables: signal.variables.clone(),
            tenant_id: signal.tenant_id.clone(),
        })),
    );
    let waiting: Vec<SignalSubscription> = ctx
        .state()
        .signals
        .waiting_for(&signal.tenant_id, &signal.signal_name)
        .map(|(_, subscription)| subscription.clone())
        .collect();
    for subscription in waiting {
        let target = ElementIndex(subscription.element);
        match subscription.process_instance_key {
            None if with_start_events => {
                let definition = ctx
                    .state()
                    .definitions
                    .get(subscription.process_definition_key)
                    .map(Arc::clone);
                if let Some(definition) = definition {
                    let variables = signal.variables.clone();
                    let key = ProcessInstanceKey(ctx.new_key());
                    process_instance::start(ctx, key, &definition, target, variables, None);
                }
            }
            None => (),
            Some(instance) => {
                // One that was interrupted meanwhile, by this very signal perhaps, is passed by.
                let at = ctx.at(instance, subscription.element_instance_key);
                if let Some(at) = at
                    && !ctx.state().is_banned(instance)
                    && element::can_trigger(ctx, &at, target)
                {
                    element::deliver(ctx, &at, target, signal.variables.clone());
                }
            }
        }
    }
}
