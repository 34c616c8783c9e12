//! The files of a store, in fjall.
//!
//! Images reach them in sorted batches, past fjall's own journal and memtable: there is nothing
//! to recover, so nothing is written twice.

use std::{fmt, path::Path, sync::Arc};

use fjall::{
    CompressionType, Database, Keyspace, KeyspaceCreateOptions, PersistMode, Readable as _,
    Snapshot,
    compaction::Leveled,
    config::{BlockSizePolicy, CompressionPolicy, PartitioningPolicy},
};

use super::{
    batch::{Batch, KeyBytes},
    none_if_missing,
};

/// Merges files. One is enough: the partition never waits for it.
const WORKERS: usize = 1;
/// Files kept open; least that fjall accepts is 10.
const OPEN_FILES_MAX: usize = 64;
/// Size of files. Small ones make merges short, for whose end a stop waits.
const TABLE_BYTES: u64 = 16 << 20;
/// An image is read with the block that it is in.
const BLOCK_BYTES: u32 = 4 << 10;
const KEYSPACE: &str = "instances";

/// The open files; cheap to clone. The folder is removed with the last clone.
#[derive(Clone)]
pub(super) struct Tables {
    keyspace: Keyspace,
    // After the keyspace: it waits for what works on the files, and removes them.
    database: Database,
}

impl Tables {
    /// Makes the files, in a folder of which nothing is kept.
    pub(super) fn create(dir: &Path, cache_bytes: u64) -> Result<Self, fjall::Error> {
        none_if_missing(std::fs::remove_dir_all(dir))?;
        let database = Database::builder(dir)
            .cache_size(cache_bytes)
            .manual_journal_persist(true)
            .max_cached_files(Some(OPEN_FILES_MAX))
            .temporary(true)
            .worker_threads(WORKERS)
            .open()?;
        let options = || {
            // Indexes and filters in blocks of their own leave memory as others do; whole ones
            // would grow with the number of instances.
            KeyspaceCreateOptions::default()
                .compaction_strategy(Arc::new(
                    Leveled::default().with_table_target_size(TABLE_BYTES),
                ))
                .data_block_size_policy(BlockSizePolicy::all(BLOCK_BYTES))
                .data_block_compression_policy(CompressionPolicy::all(CompressionType::Lz4))
                .index_block_partitioning_policy(PartitioningPolicy::all(true))
                .filter_block_partitioning_policy(PartitioningPolicy::all(true))
                .manual_journal_persist(true)
        };
        let keyspace = database.keyspace(KEYSPACE, options)?;
        Ok(Self { keyspace, database })
    }

    /// Writes a batch; readers see all of it at once.
    pub(super) fn write(&self, batch: &Batch) -> Result<(), fjall::Error> {
        // Nothing is waiting there: this only says whether merging has failed.
        self.database.persist(PersistMode::Buffer)?;
        let mut ingestion = self.keyspace.start_ingestion()?;
        for (key, image) in batch.entries() {
            match image {
                Some(image) => ingestion.write(key, image)?,
                None => ingestion.write_tombstone(key)?,
            }
        }
        ingestion.finish()
    }

    pub(super) fn get(&self, key: KeyBytes) -> Result<Option<Vec<u8>>, fjall::Error> {
        Ok(self.keyspace.get(key)?.map(|image| image.to_vec()))
    }

    /// What has been written until now.
    pub(super) fn snapshot(&self) -> TablesSnapshot {
        TablesSnapshot { snapshot: self.database.snapshot(), tables: self.clone() }
    }
}

impl fmt::Debug for Tables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tables").field("path", &self.keyspace.path()).finish_non_exhaustive()
    }
}

/// [`Tables`] as they were.
pub(super) struct TablesSnapshot {
    snapshot: Snapshot,
    tables: Tables,
}

impl TablesSnapshot {
    pub(super) fn get(&self, key: KeyBytes) -> Result<Option<Vec<u8>>, fjall::Error> {
        let image = self.snapshot.get(&self.tables.keyspace, key)?;
        Ok(image.map(|image| image.to_vec()))
    }
}

impl fmt::Debug for TablesSnapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TablesSnapshot").field("tables", &self.tables).finish_non_exhaustive()
    }
}
