//! Messages: publishing, buffering, and correlating them with what waits for them.
//!
//! A message lives on the partition of its correlation key; what waits for it lives on the
//! partition of its instance. The two agree by commands to each other:
//!
//! ```text
//! instance's partition                          message's partition
//! PROCESS_MESSAGE_SUBSCRIPTION:CREATING    ──►  MESSAGE_SUBSCRIPTION:CREATE → CREATED
//! PROCESS_MESSAGE_SUBSCRIPTION:CREATED     ◄──
//! PROCESS_MESSAGE_SUBSCRIPTION:CORRELATE   ◄──  MESSAGE_SUBSCRIPTION:CORRELATING
//!   → CORRELATED                           ──►  MESSAGE_SUBSCRIPTION:CORRELATE → CORRELATED
//!   or refused                             ──►  MESSAGE_SUBSCRIPTION:REJECT → REJECTED
//! PROCESS_MESSAGE_SUBSCRIPTION:MIGRATED    ──►  MESSAGE_SUBSCRIPTION:MIGRATE → MIGRATED
//! PROCESS_MESSAGE_SUBSCRIPTION:CREATED     ◄──
//! PROCESS_MESSAGE_SUBSCRIPTION:DELETING    ──►  MESSAGE_SUBSCRIPTION:DELETE → DELETED
//! PROCESS_MESSAGE_SUBSCRIPTION:DELETED     ◄──
//! ```
//!
//! Each request is sent again until it is answered, so each step must bear to come twice: a
//! redundant command is rejected, and answered again.

mod answer;
mod apply;
mod apply_process;
mod correlate;
mod expire;
mod process_subscription;
mod publish;
mod start;
mod subscription;

use skep_record::{CorrelationKey, PartitionId, partition_for_correlation_key};

pub(crate) use self::{
    answer::{apply_correlation, correlate_for_sender},
    apply::{apply, apply_redelivered, apply_start_subscription, apply_subscription},
    apply_process::{apply_process_subscription, apply_redelivered as apply_process_redelivered},
    expire::expire,
    process_subscription::{
        close, confirm_closed, confirm_open, correlate as correlate_process, migrate, open,
        redeliver as redeliver_process,
    },
    publish::publish,
    start::{close_start_subscriptions, open_start_subscription, start_lock, start_next_buffered},
    subscription::{
        correlated, create, delete, migrate as migrate_subscription, redeliver, reject,
    },
};
use crate::Ctx;

/// The partition that has messages with this correlation key.
fn partition_of(ctx: &Ctx<'_>, correlation_key: &CorrelationKey) -> PartitionId {
    partition_for_correlation_key(correlation_key, ctx.config.n_partitions)
}

/// The partition that has the instance with this key.
fn partition_of_instance(ctx: &Ctx<'_>, key: skep_record::ProcessInstanceKey) -> PartitionId {
    PartitionId::of_key(key.0).unwrap_or(ctx.config.partition_id)
}
