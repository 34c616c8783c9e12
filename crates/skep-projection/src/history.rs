//! Searches, from as many threads as there are connections.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Condvar, Mutex, PoisonError},
    time::{Duration, Instant},
};

use rusqlite::{Connection, ErrorCode};
use skep_record::AuthorizedTenants;

use crate::{
    error::HistoryError,
    schema,
    search::{self, Entity, Found, Search},
};

/// How long a search may take.
const SEARCH_TIME_MAX: Duration = Duration::from_secs(10);
/// Steps of the database's machine between two looks at the clock.
const STEPS_BETWEEN_LOOKS: i32 = 10_000;

/// The tables of a file, to be searched; cheap to clone.
#[derive(Clone, Debug)]
pub struct History(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    path: PathBuf,
    connections: Mutex<Connections>,
    returned: Condvar,
}

#[derive(Debug, Default)]
struct Connections {
    idle: Vec<Connection>,
    n_busy: usize,
}

impl History {
    /// Searches at the same time; more wait, and block their threads while they do.
    pub const SEARCHES_MAX: usize = 4;

    /// The history in the file at `path`, which a [`crate::Projector`] has made.
    ///
    /// # Errors
    /// [`HistoryError::Open`]
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, HistoryError> {
        let path = path.into();
        let first = schema::open_reader(&path)?;
        let connections = Mutex::new(Connections { idle: vec![first], n_busy: 0 });
        Ok(Self(Arc::new(Shared { path, connections, returned: Condvar::new() })))
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// What fulfils a search, of these tenants. Blocks the thread.
    ///
    /// # Errors
    /// [`HistoryError::Cursor`], [`HistoryError::TooSlow`] or [`HistoryError::Database`].
    pub fn search<E: Entity>(
        &self,
        search: &Search<E>,
        tenants: &AuthorizedTenants,
    ) -> Result<Found<E>, HistoryError> {
        self.read(|connection| search::run(connection, search, tenants))
    }

    /// What has this key, if it is of these tenants. Blocks the thread.
    ///
    /// # Errors
    /// As [`History::search`].
    pub fn get<E: Entity>(
        &self,
        key: i64,
        tenants: &AuthorizedTenants,
    ) -> Result<Option<E>, HistoryError> {
        self.read(|connection| search::get(connection, key, tenants))
    }

    /// The keys that `field` has in what fulfils a search, of these tenants: each once, in order,
    /// and at most `limit`. The order and the page of the search do not matter. Blocks the
    /// thread.
    ///
    /// # Errors
    /// As [`History::search`].
    pub fn keys<E: Entity>(
        &self,
        field: E::Field,
        search: &Search<E>,
        tenants: &AuthorizedTenants,
        limit: usize,
    ) -> Result<Vec<i64>, HistoryError> {
        self.read(|connection| search::keys(connection, field, search, tenants, limit))
    }

    /// Reads with a connection of its own, within the time that a search may take.
    pub(crate) fn read<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, HistoryError>,
    ) -> Result<T, HistoryError> {
        let mut borrowed = self.borrow()?;
        let connection = borrowed.connection();
        let began = Instant::now();
        let is_too_slow = move || began.elapsed() > SEARCH_TIME_MAX;
        connection
            .progress_handler(STEPS_BETWEEN_LOOKS, Some(is_too_slow))
            .map_err(HistoryError::database("search"))?;
        match read(connection) {
            Err(HistoryError::Database { source, .. })
                if source.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) =>
            {
                Err(HistoryError::TooSlow { seconds: SEARCH_TIME_MAX.as_secs() })
            }
            answer => answer,
        }
    }

    fn borrow(&self) -> Result<Borrowed<'_>, HistoryError> {
        let shared = &*self.0;
        let connections = shared.connections.lock().unwrap_or_else(PoisonError::into_inner);
        let all_busy = |connections: &mut Connections| {
            connections.idle.is_empty() && connections.n_busy >= Self::SEARCHES_MAX
        };
        let connections = shared.returned.wait_while(connections, all_busy);
        let mut connections = connections.unwrap_or_else(PoisonError::into_inner);
        let idle = connections.idle.pop();
        connections.n_busy += 1;
        drop(connections);
        // Counted as busy from here on, whatever becomes of it.
        let mut borrowed = Borrowed { shared, connection: idle };
        if borrowed.connection.is_none() {
            borrowed.connection = Some(schema::open_reader(&shared.path)?);
        }
        Ok(borrowed)
    }
}

/// A connection that goes back when this is dropped.
struct Borrowed<'s> {
    shared: &'s Shared,
    connection: Option<Connection>,
}

impl Borrowed<'_> {
    #[expect(clippy::expect_used, reason = "it is there from `borrow` until it is dropped")]
    fn connection(&mut self) -> &mut Connection {
        self.connection.as_mut().expect("a borrowed connection")
    }
}

impl Drop for Borrowed<'_> {
    fn drop(&mut self) {
        let connections = self.shared.connections.lock();
        let mut connections = connections.unwrap_or_else(PoisonError::into_inner);
        connections.n_busy -= 1;
        connections.idle.extend(self.connection.take());
        drop(connections);
        self.shared.returned.notify_one();
    }
}
