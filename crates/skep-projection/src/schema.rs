//! The file: how it is opened, and its tables.

use std::{path::Path, time::Duration};

use rusqlite::{Connection, OpenFlags, limits::Limit};

use crate::{error::HistoryError, table};

/// Changes with every change of a table. No version was released with an older one.
const FORMAT: i32 = 1;
/// Memory for pages that the projector has written or needs again, in KiB.
const WRITER_CACHE_KB: i64 = 16 << 10;
/// Memory for pages of each connection that reads, in KiB.
const READER_CACHE_KB: i64 = 4 << 10;
/// How long a connection waits for another that is just switching the log.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Longest pattern of a filter, in bytes.
const PATTERN_BYTES_MAX: i32 = 8 << 10;

const POSITIONS: &str = "
CREATE TABLE position (
    partition_id INTEGER PRIMARY KEY,
    position INTEGER NOT NULL
);";

/// The one connection that writes; makes the tables if the file is new.
pub(crate) fn open_writer(path: &Path) -> Result<Connection, HistoryError> {
    let open = |source| HistoryError::Open { path: path.to_owned(), source };
    make_private(path)?;
    let connection = Connection::open(path).map_err(open)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(open)?;
    let set = |name: &str, value: &dyn rusqlite::ToSql| connection.pragma_update(None, name, value);
    set("journal_mode", &"WAL").map_err(open)?;
    // The journal has everything: what a loss of power takes away is exported again.
    set("synchronous", &"NORMAL").map_err(open)?;
    // `Projector::sync` does it.
    set("wal_autocheckpoint", &0).map_err(open)?;
    set("cache_size", &-WRITER_CACHE_KB).map_err(open)?;
    set("temp_store", &"MEMORY").map_err(open)?;
    connection.set_prepared_statement_cache_capacity(128);
    let format: i32 =
        connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(open)?;
    match format {
        0 => create(&connection).map_err(open)?,
        FORMAT => (),
        found => return Err(HistoryError::Format { path: path.to_owned(), found }),
    }
    Ok(connection)
}

/// Variables of process instances are in the file: nobody else may read it. The files that the
/// database makes beside it get the same permissions.
pub(crate) fn make_private(path: &Path) -> Result<(), HistoryError> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let make = || {
        if let Some(dir) = path.parent() {
            std::fs::create_dir_all(dir)?;
        }
        std::fs::OpenOptions::new().append(true).create(true).mode(0o600).open(path)
    };
    make().map(drop).map_err(|source| HistoryError::File { path: path.to_owned(), source })
}

fn create(connection: &Connection) -> rusqlite::Result<()> {
    let tables = table::SCHEMAS.concat();
    connection.execute_batch(&format!(
        "BEGIN; {POSITIONS} {tables} PRAGMA user_version = {FORMAT}; COMMIT;"
    ))
}

/// A connection that only reads.
pub(crate) fn open_reader(path: &Path) -> Result<Connection, HistoryError> {
    let open = |source| HistoryError::Open { path: path.to_owned(), source };
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(open)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(open)?;
    let set = |name: &str, value: i64| connection.pragma_update(None, name, value);
    set("query_only", 1).map_err(open)?;
    set("cache_size", -READER_CACHE_KB).map_err(open)?;
    // Patterns tell upper from lower case, as Elasticsearch's do.
    set("case_sensitive_like", 1).map_err(open)?;
    connection
        .set_limit(Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, PATTERN_BYTES_MAX)
        .map_err(open)?;
    Ok(connection)
}

/// Removes every row.
pub(crate) fn clear(connection: &Connection) -> rusqlite::Result<()> {
    let mut names = connection.prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
    )?;
    let names: Vec<String> = names.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let deletes: String = names.iter().map(|name| format!("DELETE FROM {name};")).collect();
    connection.execute_batch(&format!("BEGIN; {deletes} COMMIT;"))
}
