//! The store itself: batches in memory, written by a thread of its own.

use std::{
    collections::VecDeque,
    error::Error,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
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
pub(super) const SEALED_MAX: usize = 2;

/// A [`ColdStore`] in a folder, with fjall.
///
/// What is put goes to a batch in memory; a thread writes full ones. Thread, files and folder
/// are made for the first full batch, so a store that is not needed costs nothing. Nothing of it
/// is meant to outlive the process.
///
/// What goes wrong in the thread is the answer to the next put or removal.
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
    failed: Option<Failed>,
    closed: bool,
}

/// Why nothing is written any more; for as many callers as ask.
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
    /// A store opened in the same folder before gives errors from then on, at the latest when
    /// it writes.
    ///
    /// # Errors
    /// [`ColdError`]: the folder cannot be removed.
    pub fn open(dir: impl Into<PathBuf>, share_bytes: u64) -> Result<Self, ColdError> {
        let dir = dir.into();
        empty(&dir)?;
        let share = Share::of(share_bytes);
        Ok(Self { dir, share, growing: Arc::default(), shared: Arc::default(), writer: None })
    }

    fn set(&mut self, key: ProcessInstanceKey, image: Option<&[u8]>) -> Result<(), ColdError> {
        self.shared.lock().check()?;
        // Copied only if a view has it too.
        Arc::make_mut(&mut self.growing).set(key, image);
        if self.growing.n_bytes() >= self.share.batch_bytes {
            self.seal()?;
        }
        Ok(())
    }

    /// Hands the growing batch over to the thread, once there is room.
    fn seal(&mut self) -> Result<(), ColdError> {
        if self.writer.is_none() {
            self.writer = Some(self.spawn().map_err(|error| ColdError::Store(error.into()))?);
        }
        let is_full =
            |state: &mut State| state.failed.is_none() && state.sealed.len() >= SEALED_MAX;
        let state = self.shared.changed.wait_while(self.shared.lock(), is_full);
        let mut state = state.unwrap_or_else(PoisonError::into_inner);
        state.check()?;
        state.sealed.push_back(std::mem::take(&mut self.growing));
        self.shared.changed.notify_all();
        Ok(())
    }

    fn spawn(&self) -> std::io::Result<JoinHandle<()>> {
        /// Tells apart what this process opens, so that none ever reads the files of another.
        static OPENED: AtomicU64 = AtomicU64::new(0);
        let n = OPENED.fetch_add(1, Ordering::Relaxed);
        let dir = self.dir.join(format!("{}-{n}", std::process::id()));
        let (shared, cache_bytes) = (Arc::clone(&self.shared), self.share.cache_bytes);
        thread::Builder::new().name("skep-cold".to_owned()).spawn(move || {
            let wrote = catch_unwind(AssertUnwindSafe(|| shared.write(&dir, cache_bytes)));
            let error: Box<dyn Error + Send + Sync> = match wrote {
                Ok(Ok(())) => return,
                Ok(Err(error)) => error.into(),
                Err(_) => "writing it panicked".into(),
            };
            shared.lock().failed = Some(Failed(error.into()));
            shared.changed.notify_all();
        })
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes full batches until the store is closed.
    fn write(&self, dir: &Path, cache_bytes: u64) -> Result<(), fjall::Error> {
        let tables = Tables::create(dir, cache_bytes)?;
        self.lock().tables = Some(tables.clone());
        loop {
            let is_idle = |state: &mut State| !state.closed && state.sealed.is_empty();
            let state = self.changed.wait_while(self.lock(), is_idle);
            let state = state.unwrap_or_else(PoisonError::into_inner);
            let next = state.sealed.front().filter(|_| !state.closed).cloned();
            drop(state);
            let Some(batch) = next else { return Ok(()) };
            tables.write(&batch)?;
            // Only now: until then readers find it among the batches.
            self.lock().sealed.pop_front();
            self.changed.notify_all();
        }
    }
}

impl State {
    fn check(&self) -> Result<(), ColdError> {
        match &self.failed {
            None => Ok(()),
            Some(failed) => Err(ColdError::Store(Box::new(failed.clone()))),
        }
    }

    fn find(&self, key: KeyBytes) -> Option<Option<Vec<u8>>> {
        let found = self.sealed.iter().rev().find_map(|batch| batch.get(key))?;
        Some(found.map(<[u8]>::to_vec))
    }
}

impl ColdStore for FjallStore {
    fn put(&mut self, key: ProcessInstanceKey, image: &[u8]) -> Result<(), ColdError> {
        self.set(key, Some(image))
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
        self.set(key, None)
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
