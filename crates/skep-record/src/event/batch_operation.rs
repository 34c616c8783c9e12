//! Events of batch operations.

use serde::{Deserialize, Serialize};

use crate::{
    BatchOperationAction, BatchOperationKey, BatchOperationOrder, DeploymentKey, IncidentKey,
    PartitionId, ProcessInstanceKey, element::names,
};

names! {
    /// Where a batch operation is in its life.
    BatchOperationState {
        Created = "CREATED",
        Active = "ACTIVE",
        Suspended = "SUSPENDED",
        Completed = "COMPLETED",
        PartiallyCompleted = "PARTIALLY_COMPLETED",
        Failed = "FAILED",
        Canceled = "CANCELED",
    }
}

/// Steps in the life of a batch operation on one partition; the record's key is its key.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub enum BatchOperationEvent {
    /// `BATCH_OPERATION_CREATION:CREATED`
    Created(Box<BatchOperationCreated>),
    /// `BATCH_OPERATION_CHUNK:CREATED`: these are to be worked on.
    ChunkCreated(Vec<BatchOperationItem>),
    /// `BATCH_OPERATION_INITIALIZATION:INITIALIZING`: what comes up to here has been looked at.
    Initializing(BatchOperationItem),
    /// `BATCH_OPERATION_INITIALIZATION:INITIALIZED`: all instances have been looked at.
    Initialized,
    /// `BATCH_OPERATION_EXECUTION:EXECUTED`: the next item has been worked on.
    Executed {
        /// The item.
        item: BatchOperationItem,
        /// Whether it could not be done.
        failed: bool,
    },
    /// `BATCH_OPERATION_LIFECYCLE_MANAGEMENT:SUSPENDED`, `:RESUMED`, `:CANCELED`
    Controlled {
        /// What was asked.
        action: BatchOperationAction,
        /// The how-manieth such step it is, from 1.
        revision: u32,
    },
    /// `BATCH_OPERATION_PARTITION_LIFECYCLE:PARTITION_COMPLETED` and `:PARTITION_FAILED`: a
    /// partition does nothing more for it.
    PartitionEnded(BatchOperationReport),
    /// `BATCH_OPERATION_LIFECYCLE_MANAGEMENT:COMPLETED` and `:FAILED`, on the lead partition: all
    /// partitions have ended.
    Ended {
        /// Whether all have failed.
        failed: bool,
    },
}

/// A batch operation begins on a partition.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct BatchOperationCreated {
    /// What is done with which process instances.
    pub order: BatchOperationOrder,
    /// The partition where it began, which learns when the others have ended.
    pub lead: PartitionId,
    /// This partition.
    pub partition_id: PartitionId,
    /// How many partitions take part.
    pub n_partitions: u16,
    /// Instances from this key on began later and are left alone.
    pub instances_before: ProcessInstanceKey,
}

/// Something that a batch operation works on.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Deserialize, Serialize)]
pub struct BatchOperationItem {
    /// The process instance.
    pub process_instance_key: ProcessInstanceKey,
    /// Its incident, where that is what is worked on.
    pub incident_key: Option<IncidentKey>,
}

/// How far a batch operation has come.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
pub struct BatchOperationCounts {
    /// Items found.
    pub n_total: u64,
    /// Items that were done.
    pub n_completed: u64,
    /// Items that could not be done.
    pub n_failed: u64,
}

impl BatchOperationCounts {
    /// The sums.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            n_total: self.n_total.saturating_add(other.n_total),
            n_completed: self.n_completed.saturating_add(other.n_completed),
            n_failed: self.n_failed.saturating_add(other.n_failed),
        }
    }
}

/// What a partition has done for a batch operation in the end.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct BatchOperationReport {
    /// The partition.
    pub partition_id: PartitionId,
    /// How far it came.
    pub counts: BatchOperationCounts,
    /// Why it could not select process instances.
    pub error: Option<String>,
}

/// `BATCH_OPERATION_CREATION:CREATE`, as it goes to every other partition; its key is that of the
/// batch operation.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct DistributedBatchOperation {
    /// What is done with which process instances.
    pub order: BatchOperationOrder,
    /// A deployment that must have arrived before.
    pub after_deployment: Option<DeploymentKey>,
}

/// `BATCH_OPERATION_LIFECYCLE_MANAGEMENT:…`, as it goes to every other partition.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
pub struct DistributedBatchControl {
    /// The batch operation.
    pub batch_operation_key: BatchOperationKey,
    /// What to do about it.
    pub action: BatchOperationAction,
    /// As in [`BatchOperationEvent::Controlled`]: what is older than what is known has no effect.
    pub revision: u32,
}

/// `BATCH_OPERATION_PARTITION_LIFECYCLE:COMPLETE_PARTITION` and `:FAIL_PARTITION`, as it goes to
/// the lead partition.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct DistributedBatchReport {
    /// The batch operation.
    pub batch_operation_key: BatchOperationKey,
    /// What the partition has done.
    pub report: BatchOperationReport,
}
