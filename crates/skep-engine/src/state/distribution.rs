//! Commands that every partition has to carry out.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};
use skep_record::{DistributedCommand, PartitionId, Timestamp};

use crate::state::undo::{Map, Set};

/// What this partition distributes, and what it has carried out for others.
#[derive(Debug, Default)]
pub(crate) struct Distributions {
    /// Commands that began here, until all partitions have acknowledged them.
    pub(crate) outgoing: Map<i64, OutgoingDistribution>,
    /// Commands from elsewhere that were carried out here and may come again.
    pub(crate) received: Set<(PartitionId, i64)>,
    /// Older commands of each partition are finished: one that comes late is not carried out
    /// again.
    pub(crate) finished_below: Map<PartitionId, i64>,
}

/// A command that some partitions have not acknowledged.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct OutgoingDistribution {
    pub(crate) command: Arc<DistributedCommand>,
    /// The partitions to wait for, with the time of the last sending.
    pub(crate) sent_at: BTreeMap<PartitionId, Timestamp>,
}

impl Distributions {
    /// Key of the oldest command that is not finished, or `i64::MAX`.
    pub(crate) fn oldest_pending_key(&self) -> i64 {
        self.outgoing.entries().keys().next().copied().unwrap_or(i64::MAX)
    }

    /// Whether a command from elsewhere was carried out here.
    pub(crate) fn has_received(&self, origin: PartitionId, key: i64) -> bool {
        self.received.contains(&(origin, key))
            || self.finished_below.get(&origin).is_some_and(|oldest| key < *oldest)
    }

    pub(crate) fn commit(&mut self) {
        self.finished_below.commit();
        self.outgoing.commit();
        self.received.commit();
    }

    pub(crate) fn rollback(&mut self) {
        self.finished_below.rollback();
        self.outgoing.rollback();
        self.received.rollback();
    }
}
