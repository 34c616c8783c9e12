//! Stores of idle instances in memory, which fail when they are told to.

use std::{
    collections::BTreeMap,
    fmt,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use skep_broker::ColdStores;
use skep_engine::{ColdError, ColdStore, ColdView};
use skep_record::{PartitionId, ProcessInstanceKey};

/// What a store can be asked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Ask {
    Put,
    Get,
    Remove,
    View,
}

/// The stores of all partitions, and what is to go wrong with them.
#[derive(Debug, Default)]
pub(crate) struct SimStores(Mutex<Faults>);

#[derive(Debug, Default)]
struct Faults {
    /// What fails from when on: so many more of its kind succeed.
    failing: Option<(Ask, u64)>,
    /// Whether all succeeds for now, uncounted.
    suspended: bool,
    counts: StoreCounts,
}

/// What was asked of all stores.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct StoreCounts {
    /// Idle instances put there.
    pub n_put: u64,
    /// Instances brought back.
    pub n_got: u64,
    /// Questions that were made to fail.
    pub n_failed: u64,
}

impl StoreCounts {
    /// Adds those of another simulation.
    pub fn add(&mut self, other: Self) {
        self.n_put += other.n_put;
        self.n_got += other.n_got;
        self.n_failed += other.n_failed;
    }
}

impl SimStores {
    /// Has all questions of one kind fail after `n` more.
    pub(crate) fn fail_after(&self, n: u64, ask: Ask) {
        self.lock().failing = Some((ask, n));
    }

    /// Nothing fails any more.
    pub(crate) fn heal(&self) {
        self.lock().failing = None;
    }

    /// Whether a partition has ended for this reason because a store was made to fail.
    pub(crate) fn explains(&self, halt: &str) -> bool {
        let has_failed = self.lock().failing.is_some_and(|(_, left)| left == 0);
        has_failed && halt.contains("store of idle process instances")
    }

    /// Does something that is no part of the simulation, such as looking at its state.
    pub(crate) fn undisturbed<T>(&self, look: impl FnOnce() -> T) -> T {
        self.lock().suspended = true;
        let seen = look();
        self.lock().suspended = false;
        seen
    }

    pub(crate) fn counts(&self) -> StoreCounts {
        self.lock().counts
    }

    fn lock(&self) -> MutexGuard<'_, Faults> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn check(&self, asked: Ask) -> Result<(), ColdError> {
        let mut faults = self.lock();
        if faults.suspended {
            return Ok(());
        }
        if let Some((ask, left)) = &mut faults.failing
            && *ask == asked
        {
            if *left == 0 {
                faults.counts.n_failed += 1;
                return Err(ColdError::Store("it is simulated to fail".into()));
            }
            *left -= 1;
        }
        match asked {
            Ask::Put => faults.counts.n_put += 1,
            Ask::Get => faults.counts.n_got += 1,
            Ask::Remove | Ask::View => (),
        }
        Ok(())
    }
}

/// [`SimStores`] as a broker takes them.
#[derive(Debug)]
pub(crate) struct Shelf(pub(crate) Arc<SimStores>);

impl ColdStores for Shelf {
    fn open(&self, _: PartitionId, _: &Path, _: u64) -> Result<Box<dyn ColdStore>, ColdError> {
        Ok(Box::new(SimStore { stores: Arc::clone(&self.0), images: BTreeMap::new() }))
    }
}

#[derive(Clone)]
struct SimStore {
    stores: Arc<SimStores>,
    images: BTreeMap<ProcessInstanceKey, Arc<[u8]>>,
}

/// Without the images, which hold variables.
impl fmt::Debug for SimStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimStore").field("n", &self.images.len()).finish_non_exhaustive()
    }
}

impl SimStore {
    fn find(&self, key: ProcessInstanceKey, ask: Ask) -> Result<Vec<u8>, ColdError> {
        self.stores.check(ask)?;
        self.images.get(&key).map(|image| image.to_vec()).ok_or(ColdError::Missing(key))
    }
}

impl ColdStore for SimStore {
    fn put(&mut self, key: ProcessInstanceKey, image: &[u8]) -> Result<(), ColdError> {
        self.stores.check(Ask::Put)?;
        self.images.insert(key, image.into());
        Ok(())
    }

    fn get(&self, key: ProcessInstanceKey) -> Result<Vec<u8>, ColdError> {
        self.find(key, Ask::Get)
    }

    fn remove(&mut self, key: ProcessInstanceKey) -> Result<(), ColdError> {
        self.stores.check(Ask::Remove)?;
        self.images.remove(&key);
        Ok(())
    }

    fn view(&self) -> Box<dyn ColdView> {
        Box::new(self.clone())
    }
}

impl ColdView for SimStore {
    fn get(&self, key: ProcessInstanceKey) -> Result<Vec<u8>, ColdError> {
        self.find(key, Ask::View)
    }
}
