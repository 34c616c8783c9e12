//! The store itself: batches in memory, written by a thread of its own.

use std::{
    collections::VecDeque,
    error::Error,
    fmt, io,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use skep_engine::{ColdError, ColdStore, ColdView};
use skep_record::ProcessInstanceKey;

use super::{
    batch::{Batch, KeyBytes, key_bytes},
    empty,
    share::Share,
    tables::{Tables, TablesSnapshot},
};

/// Full batches that may wait to be written. With more the partition waits, as for a slow disk.
/// One large batch is better than several small ones: each costs the same syncs.
pub(super) const SEALED_MAX: usize = 1;
/// While nothing can be written, images are refused, but removals are noted: up to so many
/// times the size of a batch.
const REMOVALS_MAX: usize = 8;
/// How long after a failure writing is tried again.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// A [`ColdStore`] in a folder, with fjall.
///
/// What is put goes to a batch in memory; a thread writes full ones. Thread, files and folder
/// are made for the first full batch, so a store that is not needed costs nothing. Nothing of it
/// is meant to outlive the process.
///
/// While the thread cannot write (a full disk, say) nothing more is taken than there is room for
/// in batches. What was taken stays readable, and writing is tried again.
#[derive(Debug)]
pub struct FjallStore {
    dir: PathBuf,
    share: Share,
    growing: Arc<Batch>,
    shared: Arc<Shared>,
    writer: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Full, and not yet written; the oldest first.
    sealed: VecDeque<Arc<Batch>>,
    /// Everything older.
    tables: Option<Tables>,
    /// Why the last attempt to write has failed.
    failed: Option<Failed>,
    closed: bool,
}

/// Why nothing is written; for as many callers as ask.
#[derive(Clone, Debug)]
struct Failed(Arc<dyn Error + Send + Sync>);

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot be written: {}", self.0)
    }
}

impl Error for Failed {}

fn unreadable(error: fjall::Error) -> ColdError {
    ColdError::Store(error.into())
}

impl FjallStore {
    /// An empty store in `dir`, which is removed first. It takes its own memory from a
    /// partition's share of the budget.
    ///
    /// A store opened in the same folder before loses its files: it gives errors from then on,
    /// and never what is in the files of the other.
    ///
    /// # Errors
    /// [`ColdError`]: the folder cannot be removed.
    pub fn open(dir: impl Into<PathBuf>, share_bytes: u64) -> Result<Self, ColdError> {
        let dir = dir.into();
        empty(&dir)?;
        let share = Share::of(share_bytes);
        Ok(Self { dir, share, growing: Arc::default(), shared: Arc::default(), writer: None })
    }

    /// Hands the growing batch over to the thread if it is full, once there is room.
    fn seal_if_full(&mut self) -> Result<(), ColdError> {
        if self.growing.n_bytes() < self.share.batch_bytes {
            return Ok(());
        }
        if self.writer.is_none() {
            self.writer = Some(self.spawn().map_err(|error| ColdError::Store(error.into()))?);
        }
        let must_wait =
            |state: &mut State| state.failed.is_none() && state.sealed.len() >= SEALED_MAX;
        let state = self.shared.changed.wait_while(self.shared.lock(), must_wait);
        let mut state = state.unwrap_or_else(PoisonError::into_inner);
        if let Some(failed) = &state.failed
            && state.sealed.len() >= SEALED_MAX
        {
            return Err(ColdError::Store(Box::new(failed.clone())));
        }
        state.sealed.push_back(std::mem::take(&mut self.growing));
        self.shared.changed.notify_all();
        Ok(())
    }

    /// Starts writing to a folder of its own: should another store be opened here, neither ever
    /// reads the files of the other.
    fn spawn(&self) -> io::Result<JoinHandle<()>> {
        static N_SPAWNED: AtomicU64 = AtomicU64::new(0);
        let n = N_SPAWNED.fetch_add(1, Ordering::Relaxed);
        let dir = self.dir.join(format!("{}-{n}", std::process::id()));
        let (shared, cache_bytes) = (Arc::clone(&self.shared), self.share.cache_bytes);
        thread::Builder::new()
            .name("skep-cold".to_owned())
            .spawn(move || shared.write(&dir, cache_bytes))
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes full batches until the store is closed.
    fn write(&self, dir: &Path, cache_bytes: u64) {
        loop {
            let is_idle = |state: &mut State| !state.closed && state.sealed.is_empty();
            let state = self.changed.wait_while(self.lock(), is_idle);
            let state = state.unwrap_or_else(PoisonError::into_inner);
            let (next, tables) = (state.sealed.front().cloned(), state.tables.clone());
            let Some(batch) = next.filter(|_| !state.closed) else { return };
            drop(state);
            // A bug there must not leave the partition waiting.
            let written = catch_unwind(AssertUnwindSafe(|| {
                let tables = match tables {
                    Some(tables) => tables,
                    None => Tables::create(dir, cache_bytes)?,
                };
                tables.write(&batch)?;
                Ok(tables)
            }));
            let written: Result<_, Box<dyn Error + Send + Sync>> = match written {
                Ok(written) => written.map_err(|error: fjall::Error| error.into()),
                Err(_) => Err("writing it panicked".into()),
            };
            self.written(written.map_err(|error| Failed(error.into())));
        }
    }

    /// Makes known how writing the oldest batch went.
    fn written(&self, written: Result<Tables, Failed>) {
        let mut state = self.lock();
        state.failed = match written {
            Ok(tables) => {
                state.tables = Some(tables);
                // Only now: until then readers find it among the batches.
                state.sealed.pop_front();
                None
            }
            Err(failed) => Some(failed),
        };
        self.changed.notify_all();
        if state.failed.is_some() {
            let is_open = |state: &mut State| !state.closed;
            drop(self.changed.wait_timeout_while(state, RETRY_AFTER, is_open));
        }
    }
}

impl State {
    fn find(&self, key: KeyBytes) -> Option<Option<Vec<u8>>> {
        let found = self.sealed.iter().rev().find_map(|batch| batch.get(key))?;
        Some(found.map(<[u8]>::to_vec))
    }
}

impl ColdStore for FjallStore {
    fn put(&mut self, key: ProcessInstanceKey, image: &[u8]) -> Result<(), ColdError> {
        self.seal_if_full()?;
        // The batch is copied only if a view has it too.
        Arc::make_mut(&mut self.growing).set(key, Some(image));
        Ok(())
    }

    fn get(&self, key: ProcessInstanceKey) -> Result<Vec<u8>, ColdError> {
        let bytes = key_bytes(key);
        let found = match self.growing.get(bytes) {
            Some(found) => found.map(<[u8]>::to_vec),
            None => {
                let state = self.shared.lock();
                match (state.find(bytes), state.tables.clone()) {
                    (Some(found), _) => found,
                    (None, None) => None,
                    (None, Some(tables)) => {
                        drop(state);
                        tables.get(bytes).map_err(unreadable)?
                    }
                }
            }
        };
        found.ok_or(ColdError::Missing(key))
    }

    fn remove(&mut self, key: ProcessInstanceKey) -> Result<(), ColdError> {
        let sealed = self.seal_if_full();
        if self.growing.n_bytes() >= REMOVALS_MAX * self.share.batch_bytes {
            sealed?;
        }
        Arc::make_mut(&mut self.growing).set(key, None);
        Ok(())
    }

    fn view(&self) -> Box<dyn ColdView> {
        let state = self.shared.lock();
        let batches = state.sealed.iter().chain([&self.growing]).rev().cloned().collect();
        // Under the lock: what is not among the batches is in the tables.
        let tables = state.tables.as_ref().map(Tables::snapshot);
        Box::new(View { batches, tables })
    }
}

impl Drop for FjallStore {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.changed.notify_all();
        if let Some(writer) = self.writer.take()
            && writer.join().is_err()
        {
            tracing::error!("the thread that writes idle process instances has panicked");
        }
        // With the last view of it, the database removes its own folder.
        self.shared.lock().tables = None;
        // Fails while such a view is left; then the next start removes the folder around it.
        drop(std::fs::remove_dir(&self.dir));
    }
}

#[derive(Debug)]
struct View {
    /// The newest first.
    batches: Vec<Arc<Batch>>,
    tables: Option<TablesSnapshot>,
}

impl ColdView for View {
    fn get(&self, key: ProcessInstanceKey) -> Result<Vec<u8>, ColdError> {
        let bytes = key_bytes(key);
        let found = match self.batches.iter().find_map(|batch| batch.get(bytes)) {
            Some(found) => found.map(<[u8]>::to_vec),
            None => match &self.tables {
                Some(tables) => tables.get(bytes).map_err(unreadable)?,
                None => None,
            },
        };
        found.ok_or(ColdError::Missing(key))
    }
}
