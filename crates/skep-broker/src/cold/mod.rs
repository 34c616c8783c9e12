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

use std::{fmt, fs, io, path::Path};

use skep_engine::{ColdError, ColdStore, Spill};
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

/// Where a partition's engine keeps idle instances, and from how much on; `None` without a
/// budget, when all of them stay in memory.
#[expect(dead_code, reason = "partitions use it once the engine takes a store")]
pub(crate) fn spill(config: &BrokerConfig, id: PartitionId) -> Result<Option<Spill>, ColdError> {
    let dir = layout::cold_dir(&config.data_dir, id);
    let Some(budget_bytes) = config.memory_budget_bytes else {
        // An earlier start may have had a budget.
        empty(&dir)?;
        return Ok(None);
    };
    let share_bytes = budget_bytes / u64::from(config.n_partitions);
    let store = config.cold_stores.open(id, &dir, share_bytes)?;
    Ok(Some(Spill { store, images_bytes_max: Share::of(share_bytes).images_bytes_max }))
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
