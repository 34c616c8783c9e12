//! From records to rows.

mod dispatch;

use std::{
    collections::HashMap,
    fmt,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, OptionalExtension as _};
use skep_record::{Batch, ExportError, Exporter, PartitionId, Timestamp};

use crate::{error::HistoryError, retention, schema, table::Tables};

/// Keeps the tables of a file up to date with the records that it is handed as an [`Exporter`].
///
/// There must be one for a file at a time.
pub struct Projector {
    path: PathBuf,
    connection: Connection,
    tables: Tables,
    /// Positions taken since the last flush.
    taken: HashMap<PartitionId, u64>,
    /// How long what has ended is kept.
    keeps: Option<Duration>,
    /// Steps of forgetting since the last that was synced.
    n_steps: u32,
}

/// Most steps of forgetting before they are synced.
const STEPS_BETWEEN_SYNCS: u32 = 256;

/// Where an event happens.
pub(crate) struct At<'p> {
    pub(crate) connection: &'p Connection,
    pub(crate) tables: &'p mut Tables,
    pub(crate) batch: &'p Batch,
    pub(crate) timestamp: Timestamp,
    /// Place of the record in the log.
    pub(crate) position: u64,
    /// Key of the record.
    pub(crate) key: i64,
}

impl At<'_> {
    /// The partition whose records these are.
    pub(crate) fn partition_id(&self) -> Option<PartitionId> {
        PartitionId::of_key(self.batch.next_key)
    }
}

impl Projector {
    /// Opens the tables in the file at `path`, or makes them.
    ///
    /// # Errors
    /// [`HistoryError`]: the file cannot be written, or is of another version.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, HistoryError> {
        let path = path.into();
        let connection = schema::open_writer(&path)?;
        Ok(Self {
            path,
            connection,
            tables: Tables::default(),
            taken: HashMap::new(),
            keeps: None,
            n_steps: 0,
        })
    }

    /// The same, which forgets what ended longer ago than this: process instances with all that
    /// belongs to them, and batch operations.
    #[must_use]
    pub fn keeping(mut self, keeps: Option<Duration>) -> Self {
        self.keeps = keeps;
        self
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn apply(&mut self, batch: &Batch) -> rusqlite::Result<()> {
        for record in &batch.records {
            let mut at = At {
                connection: &self.connection,
                tables: &mut self.tables,
                batch,
                timestamp: batch.timestamp,
                position: record.position,
                key: record.key,
            };
            dispatch::apply(&mut at, &record.body)?;
        }
        Ok(())
    }

    fn write(&mut self) -> rusqlite::Result<()> {
        let transaction = self.connection.unchecked_transaction()?;
        self.tables.flush(&transaction)?;
        let mut statement = transaction.prepare_cached(
            "INSERT OR REPLACE INTO position (partition_id, position) VALUES (?1, ?2)",
        )?;
        for (partition_id, position) in &self.taken {
            statement.execute((partition_id.0, position.cast_signed()))?;
        }
        drop(statement);
        transaction.commit()
    }
}

impl Exporter for Projector {
    fn position(&mut self, partition_id: PartitionId) -> Result<u64, ExportError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT position FROM position WHERE partition_id = ?1")
            .map_err(HistoryError::database("read"))?;
        let position: Option<i64> = statement
            .query_row([partition_id.0], |row| row.get(0))
            .optional()
            .map_err(HistoryError::database("read"))?;
        Ok(position.map_or(0, i64::cast_unsigned))
    }

    fn export(&mut self, partition_id: PartitionId, batch: &Batch) -> Result<(), ExportError> {
        self.apply(batch).map_err(HistoryError::database("read"))?;
        self.taken.insert(partition_id, batch.last_position());
        Ok(())
    }

    fn flush(&mut self) -> Result<(), ExportError> {
        self.write().map_err(HistoryError::database("write"))?;
        self.taken.clear();
        Ok(())
    }

    fn forget(&mut self) {
        self.tables = Tables::default();
        self.taken.clear();
    }

    fn sync(&mut self) -> Result<(), ExportError> {
        // Syncs the log before anything of it goes into the file itself.
        self.connection
            .query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
            .map_err(HistoryError::database("sync"))?;
        Ok(())
    }

    fn tidy(&mut self, now: Timestamp) -> Result<bool, ExportError> {
        let Some(keeps) = self.keeps else { return Ok(false) };
        let keeps_ms = i64::try_from(keeps.as_millis()).unwrap_or(i64::MAX);
        let before = Timestamp(now.0.saturating_sub(keeps_ms));
        let step = retention::step(&self.connection, before);
        let step = step.map_err(HistoryError::database("remove what is old from"))?;
        self.n_steps += u32::from(step.has_removed);
        if self.n_steps >= STEPS_BETWEEN_SYNCS || (self.n_steps > 0 && !step.has_more) {
            // The log would grow while no records come that have it synced.
            self.sync()?;
            self.n_steps = 0;
        }
        Ok(step.has_more)
    }

    fn reset(&mut self) -> Result<(), ExportError> {
        self.forget();
        Ok(schema::clear(&self.connection).map_err(HistoryError::database("clear"))?)
    }
}

impl fmt::Debug for Projector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Projector").field("path", &self.path).finish_non_exhaustive()
    }
}
