//! Skep's journal: bytes on disk, in order, and back again after any crash.
//!
//! ```
//! # let dir = tempfile::tempdir().unwrap();
//! use skep_journal::{Journal, JournalConfig};
//!
//! let config = JournalConfig::default();
//! let (mut journal, _) = Journal::open(dir.path(), config.clone()).unwrap();
//! journal.append(1, 2, b"two records").unwrap();
//! journal.commit().unwrap();
//! drop(journal);
//!
//! let (journal, recovery) = Journal::open(dir.path(), config).unwrap();
//! assert_eq!(recovery.last_position, 2);
//! let frame = journal.read_from(1).unwrap().next().unwrap().unwrap();
//! assert_eq!(frame.payload, b"two records");
//! ```
//!
//! A journal knows positions and bytes, and nothing of what the bytes mean. One writer appends
//! [frames](Frame); [`Journal::commit`] returns only when they are on disk. Whatever was
//! committed comes back after a crash, unchanged and complete, or [`Journal::open`] says which
//! file is damaged where. It never hands out bytes that differ from those appended.
//!
//! # Format, version 1
//!
//! A journal is a folder of segments, `segment-NNNNNNNNNN.skj`, numbered without gaps. All
//! numbers are little-endian; every checksum is CRC-32C.
//!
//! | segment header, 64 bytes of a 4096-byte block | |
//! |---|---|
//! | 0 | `SKEPJRNL` |
//! | 8 | u32 version |
//! | 12 | u32 stream id: which journal of a set this is (the partition) |
//! | 16 | u64 journal id, random, the same in all segments |
//! | 24 | u64 number of the segment |
//! | 32 | u64 position of the first record in it |
//! | 40 | u64 size of the file |
//! | 48 | u32 checksum of the last frame before it; 0 in the first segment |
//! | 52 | u32 epoch in which it was made |
//! | 56 | 4 bytes of zero |
//! | 60 | u32 checksum of bytes 0 to 59 |
//!
//! Frames follow from byte 4096, each padded with zeros to a multiple of 8, up to the first
//! header of zeros. A segment is filled with zeros and synced before it is used, so that a
//! commit changes no file size and needs no metadata write.
//!
//! | frame header, 40 bytes | |
//! |---|---|
//! | 0 | u32 length of the body that follows the header |
//! | 4 | u32 checksum of the header without these 4 bytes, and the body |
//! | 8 | u32 checksum of the frame before it, across segments: the chain |
//! | 12 | u32 epoch: counts the openings of the journal, never goes down |
//! | 16 | u64 position of the first record in the body |
//! | 24 | u32 number of records in the body |
//! | 28 | u32 how many positions before it its commit began |
//! | 32 | u8 type, 1 = records |
//! | 33 | u8 zero |
//! | 34 | u16 0x4A53 |
//! | 36 | 4 bytes of zero |
//!
//! `durable.mark` (48 bytes) names the end of the last commit known to be synced. It is written
//! after each sync and itself not synced, so it may lag after a power loss, never lead.
//!
//! # A torn tail, or damage
//!
//! A crash may tear the last commit, which nobody was told about; it is cut off. Anything else
//! is damage, and stops the opening. The two are told apart so: what follows the last good
//! frame is a torn tail only if the mark does not lie beyond it, no later segment exists, and
//! no good frame of a later commit comes after it (a later commit only starts once the one
//! before it is synced).

mod begin;
mod copy;
mod disk;
mod error;
pub mod fault;
mod filler;
mod frame;
mod journal;
mod lock;
mod mark;
mod reader;
mod recover;
mod scan;
mod segment;
mod snapshot;
mod snapshot_file;
mod verify;

pub use copy::{Copied, OpenSegments};
pub use disk::{Disk, DiskFile, OsDisk};
pub use error::{AppendError, CommitError, Damage, DamageKind, JournalError};
pub use journal::{Commit, FRAME_BYTES_MAX, Journal, JournalConfig};
pub use lock::{DataDirLock, LockError};
pub use reader::{Frame, Reader};
pub use recover::{Recovery, TornTail};
pub use snapshot::{OpenSnapshot, SnapshotError, Snapshots, WrittenSnapshot};
pub use snapshot_file::{SnapshotReader, SnapshotWriter};
pub use verify::{SegmentReport, SnapshotReport, VerifyReport, verify, verify_snapshots};
