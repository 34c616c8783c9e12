//! Copies of a history, for backups.

use std::{collections::BTreeMap, fs, path::Path};

use skep_record::PartitionId;

use crate::{error::HistoryError, schema};

/// Copies the history in the file `from`, which may be written meanwhile, to the file `to`, which
/// must not be there: as it is at one moment.
///
/// # Errors
/// [`HistoryError`]: a file cannot be read or written, or `to` has something in it.
pub fn copy_history(from: &Path, to: &Path) -> Result<(), HistoryError> {
    let connection = schema::open_reader(from)?;
    schema::make_private(to)?;
    // Reading only is what all other connections are for; this one writes another file.
    connection.pragma_update(None, "query_only", 0).map_err(HistoryError::database("copy"))?;
    let Some(target) = to.to_str() else {
        let source = std::io::Error::other("its path is no text");
        return Err(HistoryError::File { path: to.to_owned(), source });
    };
    connection.execute("VACUUM INTO ?1", [target]).map_err(HistoryError::database("copy"))?;
    let synced = fs::File::open(to).and_then(|file| file.sync_all());
    synced.map_err(|source| HistoryError::File { path: to.to_owned(), source })
}

/// The positions up to which the history in a file has the records of each partition.
///
/// # Errors
/// [`HistoryError`]: the file cannot be read.
pub fn history_positions(path: &Path) -> Result<BTreeMap<PartitionId, u64>, HistoryError> {
    let read = HistoryError::database;
    let connection = schema::open_reader(path)?;
    let mut statement =
        connection.prepare("SELECT partition_id, position FROM position").map_err(read("read"))?;
    let rows = statement
        .query_map([], |row| Ok((PartitionId(row.get(0)?), row.get::<_, i64>(1)?.cast_unsigned())));
    rows.and_then(Iterator::collect).map_err(read("read"))
}
