//! What can be asked of a partition without changing anything.

use serde::{Deserialize, Serialize};

use crate::{
    BatchOperationCounts, BatchOperationItem, BatchOperationKey, BatchOperationType, Key as _,
    PartitionId, ResourceKey, TenantId, Timestamp, element::names,
};

/// A question to one partition; it leaves no record.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Query {
    /// How far a batch operation has come.
    BatchOperation(BatchOperationKey),
    /// What batch operations work on, and have worked on: of one of them, or of all.
    BatchOperationItems(Option<BatchOperationKey>),
    /// A file that was deployed and is not executed.
    Resource(ResourceKey),
}

impl Query {
    /// The partition that can answer best.
    #[must_use]
    pub fn partition(self) -> Option<PartitionId> {
        match self {
            Self::BatchOperation(key) => key.partition(),
            Self::BatchOperationItems(_) => None,
            Self::Resource(_) => Some(PartitionId::DEPLOYMENT),
        }
    }

    /// What it does, as the intent of a command is told in errors.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::BatchOperation(_) => "GET",
            Self::BatchOperationItems(_) => "SEARCH",
            Self::Resource(_) => "FETCH",
        }
    }
}

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

/// How far a batch operation has come, as one partition knows it.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchOperationStatus {
    /// The batch operation.
    pub key: BatchOperationKey,
    /// Where it is in its life; only the lead partition knows when all have ended.
    pub state: BatchOperationState,
    /// The tenants whose process instances it may change.
    pub tenant_ids: Vec<TenantId>,
    /// What it does.
    pub operation_type: BatchOperationType,
    /// When it was created.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Sums over the answering partition and those that have reported to it.
    pub counts: BatchOperationCounts,
    /// The other partitions, as far as the lead partition waits for their reports.
    pub awaited: Vec<PartitionId>,
    /// Why partitions could not select process instances.
    pub errors: Vec<(PartitionId, String)>,
}

names! {
    /// What has become of an item of a batch operation.
    BatchOperationItemState {
        Active = "ACTIVE",
        Completed = "COMPLETED",
        Failed = "FAILED",
    }
}

/// Items of batch operations on one partition.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BatchOperationItems {
    /// By batch operation.
    pub operations: Vec<OperationItems>,
    /// Whether there are more that are still to be worked on.
    pub is_cut: bool,
}

/// Items of one batch operation.
#[derive(Clone, Debug, PartialEq)]
pub struct OperationItems {
    /// The batch operation.
    pub key: BatchOperationKey,
    /// What it does.
    pub operation_type: BatchOperationType,
    /// The tenants whose process instances it may change.
    pub tenant_ids: Vec<TenantId>,
    /// What it works on.
    pub items: Vec<BatchOperationItemStatus>,
}

/// What has become of an item.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchOperationItemStatus {
    /// What it is.
    pub item: BatchOperationItem,
    /// Whether it was worked on.
    pub state: BatchOperationItemState,
    /// When it was.
    pub processed_at: Option<Timestamp>,
    /// Why it could not be done.
    pub error: Option<String>,
}
