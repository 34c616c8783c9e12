//! What can be asked of a partition without changing anything.

use crate::{PartitionId, ResourceKey};

/// A question to one partition; it leaves no record.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Query {
    /// A file that was deployed and is not executed.
    Resource(ResourceKey),
}

impl Query {
    /// The partition that can answer best.
    #[must_use]
    pub fn partition(self) -> Option<PartitionId> {
        match self {
            Self::Resource(_) => Some(PartitionId::DEPLOYMENT),
        }
    }

    /// What it does, as the intent of a command is told in errors.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Resource(_) => "FETCH",
        }
    }
}
