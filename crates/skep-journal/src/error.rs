//! What can go wrong with a journal.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Why a journal cannot be opened or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// The operating system refused.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was attempted, as a verb.
        action: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Bytes that were on disk are gone or changed.
    #[error("{0}")]
    Damaged(Damage),
    /// The configuration cannot work.
    #[error("{0}")]
    Config(String),
}

impl JournalError {
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }

    /// Whether the cause is a lack of space, which passes.
    #[must_use]
    pub fn is_disk_full(&self) -> bool {
        matches!(self, Self::Io { source, .. } if crate::disk::is_full(source))
    }
}

/// A place where the journal is not what was written.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{}, byte {offset}, position {position}: {kind}", file.display())]
pub struct Damage {
    /// The segment, or the folder when a whole segment is missing.
    pub file: PathBuf,
    /// Where in the file.
    pub offset: u64,
    /// Position of the first record that cannot be read.
    pub position: u64,
    /// What is wrong.
    pub kind: DamageKind,
}

/// What is wrong with a place in the journal.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DamageKind {
    /// The file was not written by a journal.
    #[error("not a segment of a Skep journal")]
    ForeignFile,
    /// The segment belongs to another journal.
    #[error(
        "segment of another journal (stream {found_stream}, id {found_id:016x}); expected stream {expected_stream}, id {expected_id:016x}"
    )]
    ForeignJournal {
        /// Stream in the header.
        found_stream: u32,
        /// Id in the header.
        found_id: u64,
        /// Stream of this journal.
        expected_stream: u32,
        /// Id of this journal.
        expected_id: u64,
    },
    /// Written by a newer version of Skep.
    #[error("segment format {0} is not known to this version of Skep")]
    NewerVersion(u32),
    /// The segment's header does not match its checksum.
    #[error("segment header does not match its checksum")]
    Header,
    /// The file has the name of one segment and the header of another.
    #[error("file is named as segment {named} but holds segment {found}")]
    WrongSegment {
        /// Number in the name.
        named: u64,
        /// Number in the header.
        found: u64,
    },
    /// A segment between two others, or the last ones, are not there.
    #[error("segment {0} is missing")]
    MissingSegment(u64),
    /// The file is not as long as its header says.
    #[error("segment has {found} bytes instead of {expected}")]
    TruncatedSegment {
        /// Length in the header.
        expected: u64,
        /// Length of the file.
        found: u64,
    },
    /// A frame's header or body does not match its checksum.
    #[error("frame does not match its checksum")]
    Checksum,
    /// A frame's header makes no sense.
    #[error("bytes are not a frame")]
    NotAFrame,
    /// A frame does not follow the one before it.
    #[error("frame starts at position {found} and does not follow the frame before it")]
    BrokenChain {
        /// Position of its first record.
        found: u64,
    },
    /// Zeros where frames have been.
    #[error(
        "frames are missing (zeros) although later ones, or the durable mark, show that they were on disk"
    )]
    Hole,
}

/// Why a frame is not accepted. Nothing was appended.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AppendError {
    /// Frames must follow each other without gap.
    #[error("positions {first} to {last} do not follow position {previous}")]
    OutOfOrder {
        /// First position offered.
        first: u64,
        /// Last position offered.
        last: u64,
        /// Last position appended.
        previous: u64,
    },
    /// The body is longer than a frame may be.
    #[error("frame of {n_bytes} bytes is larger than {max} bytes")]
    TooLarge {
        /// Length offered.
        n_bytes: u64,
        /// Longest length accepted.
        max: u64,
    },
    /// An earlier sync or write failed.
    #[error("journal is closed for ever: {0}")]
    Poisoned(Arc<str>),
}

/// Why a commit did not make the appended frames durable.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommitError {
    /// No room. The frames are still waiting: commit again when there is room.
    #[error("no room in the journal: {0}")]
    NoRoom(Arc<str>),
    /// The disk failed. What is on disk is unknown until the journal is opened again.
    #[error("journal is closed for ever: {0}")]
    Poisoned(Arc<str>),
}
