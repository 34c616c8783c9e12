//! Applies the events of distributed commands and of redelivery.

use std::{collections::BTreeMap, sync::Arc};

use skep_record::{CommandDistributionEvent, PartitionId, RedeliveryTarget, Timestamp};

use crate::{
    apply::Facts,
    message,
    state::{State, distribution::OutgoingDistribution},
};

pub(crate) fn apply(state: &mut State, key: i64, event: &CommandDistributionEvent) -> Option<()> {
    match event {
        CommandDistributionEvent::Started(command) => {
            let command = Arc::new((**command).clone());
            let outgoing = OutgoingDistribution { command, sent_at: BTreeMap::new() };
            state.distributions.outgoing.insert(key, outgoing);
        }
        CommandDistributionEvent::Distributing { partition_id, sent_at } => {
            set_sent_at(state, key, *partition_id, Some(*sent_at));
        }
        CommandDistributionEvent::Acknowledged { partition_id } => {
            set_sent_at(state, key, *partition_id, None);
        }
        CommandDistributionEvent::Finished => drop(state.distributions.outgoing.remove(&key)),
        CommandDistributionEvent::Received { origin, oldest_pending_key } => {
            state.distributions.received.insert((*origin, key));
            let known = state.distributions.finished_below.get(origin);
            if known.is_none_or(|known| known < oldest_pending_key) {
                state.distributions.finished_below.insert(*origin, *oldest_pending_key);
            }
            let received = &state.distributions.received;
            let finished: Vec<(PartitionId, i64)> = received
                .range((*origin, i64::MIN)..=(*origin, oldest_pending_key.saturating_sub(1)))
                .copied()
                .collect();
            for known in finished {
                state.distributions.received.remove(&known);
            }
        }
    }
    Some(())
}

/// Changes when a command was last sent to a partition, and when to send it again.
fn set_sent_at(state: &mut State, key: i64, partition_id: PartitionId, to: Option<Timestamp>) {
    let target = RedeliveryTarget::Distribution { key, partition_id };
    let Some(outgoing) = state.distributions.outgoing.get(&key) else { return };
    if let Some(former) = outgoing.sent_at.get(&partition_id) {
        state.unacknowledged.remove(&(*former, target.clone()));
    }
    if let Some(sent_at) = to {
        state.unacknowledged.insert((sent_at, target));
    }
    state.distributions.outgoing.update(&key, |outgoing| match to {
        Some(sent_at) => drop(outgoing.sent_at.insert(partition_id, sent_at)),
        None => drop(outgoing.sent_at.remove(&partition_id)),
    });
}

pub(crate) fn apply_redelivered(
    state: &mut State,
    facts: &Facts<'_>,
    target: &RedeliveryTarget,
) -> Option<()> {
    match target {
        RedeliveryTarget::ProcessMessageSubscription {
            process_instance_key,
            element_instance_key,
            key,
        } => message::apply_process_redelivered(
            state,
            facts,
            *process_instance_key,
            *element_instance_key,
            *key,
        ),
        RedeliveryTarget::MessageSubscription(key) => {
            message::apply_redelivered(state, facts, *key)
        }
        RedeliveryTarget::Distribution { key, partition_id } => {
            set_sent_at(state, *key, *partition_id, Some(facts.now));
            Some(())
        }
    }
}
