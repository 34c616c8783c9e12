//! Sends again what another partition has not acknowledged.

use std::sync::Arc;

use skep_record::{Event, PartitionId, RedeliveryTarget, Rejection, RejectionKind};

use super::distribute;
use crate::{Ctx, message};

/// Sends one step again.
///
/// # Errors
/// `NotFound`: it was acknowledged meanwhile.
pub(crate) fn redeliver(ctx: &mut Ctx<'_>, target: &RedeliveryTarget) -> Result<(), Rejection> {
    let sent = match target {
        RedeliveryTarget::ProcessMessageSubscription {
            process_instance_key,
            element_instance_key,
            key,
        } => message::redeliver_process(ctx, *process_instance_key, *element_instance_key, *key),
        RedeliveryTarget::MessageSubscription(key) => message::redeliver(ctx, *key),
        RedeliveryTarget::Distribution { key, partition_id } => {
            redeliver_distribution(ctx, *key, *partition_id)
        }
    };
    sent.ok_or_else(|| {
        Rejection::new(
            RejectionKind::NotFound,
            "Expected to send a step to another partition again, but it was acknowledged meanwhile",
        )
    })
}

fn redeliver_distribution(ctx: &mut Ctx<'_>, key: i64, partition_id: PartitionId) -> Option<()> {
    let outgoing = ctx.state().distributions.outgoing.get(&key)?;
    outgoing.sent_at.get(&partition_id)?;
    let command = Arc::clone(&outgoing.command);
    ctx.emit(-1, Event::Redelivered(RedeliveryTarget::Distribution { key, partition_id }));
    distribute::send(ctx, key, partition_id, &command);
    Some(())
}
