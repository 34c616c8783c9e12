//! What can go wrong.

use std::path::PathBuf;

/// Why the history cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// The file cannot be opened.
    #[error("cannot open the history in {}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: rusqlite::Error,
    },
    /// The file cannot be made.
    #[error("cannot open the history in {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file was written by another version.
    #[error(
        "the history in {} has format {found}, which this version of Skep does not know: use the version that wrote it, or remove the file to have it made anew from what the journal still has",
        path.display()
    )]
    Format {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: i32,
    },
    /// The database refuses to do something.
    #[error("cannot {action} the history")]
    Database {
        /// What was attempted, as a verb.
        action: &'static str,
        /// Why.
        #[source]
        source: rusqlite::Error,
    },
    /// A search takes too long.
    #[error(
        "the search took longer than {seconds} s; narrow it by a filter on processDefinitionKey, processInstanceKey or another key, or sort by the key"
    )]
    TooSlow {
        /// How long a search may take.
        seconds: u64,
    },
    /// What is found is too long to be answered at once.
    #[error(
        "the values of this page are longer than {mib} MiB in all; ask for fewer items by page.limit, or for the beginning of each value"
    )]
    TooMuch {
        /// How long they may be.
        mib: usize,
    },
    /// A cursor is not one of this search.
    #[error("the value for page.{0} is no cursor of a search in this order")]
    Cursor(&'static str),
}

impl HistoryError {
    pub(crate) fn database(action: &'static str) -> impl FnOnce(rusqlite::Error) -> Self {
        move |source| Self::Database { action, source }
    }
}
