//! Where a partition keeps the process instances that are idle and for which its share of the
//! memory budget has no room.
//!
//! ```text
//! partition-1/cold/   the store: made when it is first needed, emptied at each start
//! ```
//!
//! It is never the truth: what is in it can be made again from a snapshot and the journal.

mod batch;
mod share;
mod store;
mod tables;
#[cfg(test)]
mod tests;

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use skep_engine::{ColdError, ColdStore, READY_INSTANCES_MAX, Spill};
use skep_record::PartitionId;

use self::share::Share;
pub use self::store::FjallStore;
use crate::{BrokerConfig, layout};

/// Makes the stores of partitions; replaced only by tests.
pub trait ColdStores: fmt::Debug + Send + Sync {
    /// An empty store for a partition, in a folder that nobody else uses. `share_bytes` is the
    /// partition's part of the memory budget.
    ///
    /// # Errors
    /// [`ColdError`]: the folder cannot be emptied.
    fn open(
        &self,
        partition_id: PartitionId,
        dir: &Path,
        share_bytes: u64,
    ) -> Result<Box<dyn ColdStore>, ColdError>;
}

/// Stores on disk, in fjall.
#[derive(Clone, Copy, Debug)]
pub struct FjallStores;

impl ColdStores for FjallStores {
    fn open(
        &self,
        _: PartitionId,
        dir: &Path,
        share_bytes: u64,
    ) -> Result<Box<dyn ColdStore>, ColdError> {
        Ok(Box::new(FjallStore::open(dir, share_bytes)?))
    }
}

/// Where the engine of one partition keeps idle instances.
#[derive(Debug)]
pub(crate) struct ColdPlace {
    partition_id: PartitionId,
    dir: PathBuf,
    stores: Arc<dyn ColdStores>,
    /// The partition's part of the memory budget; `None` without one.
    share_bytes: Option<u64>,
}

impl ColdPlace {
    pub(crate) fn new(config: &BrokerConfig, partition_id: PartitionId) -> Self {
        let share = |budget_bytes| budget_bytes / u64::from(config.n_partitions);
        Self {
            partition_id,
            dir: layout::cold_dir(&config.data_dir, partition_id),
            stores: Arc::clone(&config.cold_stores),
            share_bytes: config.memory_budget_bytes.map(share),
        }
    }

    /// How many instances the engine keeps ready to be worked on.
    pub(crate) fn ready_instances_max(&self) -> usize {
        self.share_bytes.map_or(READY_INSTANCES_MAX, |bytes| Share::of(bytes).ready_instances_max)
    }

    /// A new and empty store, and from how much on it is used; `None` without a budget, when
    /// all instances stay in memory. The former store of the partition is of no use any more.
    pub(crate) fn open(&self) -> Result<Option<Spill>, ColdError> {
        let Some(share_bytes) = self.share_bytes else {
            // An earlier start may have had a budget.
            empty(&self.dir)?;
            return Ok(None);
        };
        let store = self.stores.open(self.partition_id, &self.dir, share_bytes)?;
        Ok(Some(Spill { store, images_bytes_max: Share::of(share_bytes).images_bytes_max }))
    }
}

/// Removes what a former process has left.
fn empty(dir: &Path) -> Result<(), ColdError> {
    let remove = |dir: &Path| none_if_missing(fs::remove_dir_all(dir));
    let aside = dir.with_extension("old");
    // Out of the way first: a store of this process that still works there cannot add to it.
    remove(&aside)
        .and_then(|_| none_if_missing(fs::rename(dir, &aside)))
        .and_then(|_| remove(&aside))
        .map(drop)
        .map_err(|error| {
            let dir = dir.display();
            let reason = format!("cannot remove {dir}, which holds nothing of value: {error}");
            ColdError::Store(reason.into())
        })
}

fn none_if_missing<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        other => other.map(Some),
    }
}
