//! Segment files: their names and headers.

use std::path::{Path, PathBuf};

use crate::{
    DamageKind,
    disk::DiskFile,
    error::{Damage, JournalError},
    frame::{Fields, Out},
};

/// Frames start here: the header has a block of its own, which is never written again.
pub(crate) const DATA_OFFSET: u64 = 4096;
const HEADER_BYTES: usize = 64;
const MAGIC: [u8; 8] = *b"SKEPJRNL";
const VERSION: u32 = 1;

/// A file being filled to become a segment: by the background thread, and by the writer for
/// one frame that is longer than a segment. Its first name is for while it is unfinished.
pub(crate) const SPARE: [&str; 2] = ["spare.tmp", "spare.skj"];
/// See [`SPARE`].
pub(crate) const LONG: [&str; 2] = ["long.tmp", "long.skj"];

/// What a segment's header says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct SegmentHeader {
    pub(crate) stream_id: u32,
    pub(crate) journal_id: u64,
    pub(crate) number: u64,
    pub(crate) first_position: u64,
    pub(crate) file_bytes: u64,
    pub(crate) previous: u32,
    pub(crate) epoch: u32,
}

impl SegmentHeader {
    /// The header's bytes.
    pub(crate) fn encode(&self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        let mut out = Out(&mut bytes);
        out.put(&MAGIC);
        out.put(&VERSION.to_le_bytes());
        out.put(&self.stream_id.to_le_bytes());
        out.put(&self.journal_id.to_le_bytes());
        out.put(&self.number.to_le_bytes());
        out.put(&self.first_position.to_le_bytes());
        out.put(&self.file_bytes.to_le_bytes());
        out.put(&self.previous.to_le_bytes());
        out.put(&self.epoch.to_le_bytes());
        let (head, tail) = bytes.split_at_mut(HEADER_BYTES - 4);
        tail.copy_from_slice(&crc32c::crc32c(head).to_le_bytes());
        bytes
    }

    fn decode(bytes: &[u8; HEADER_BYTES]) -> Result<Self, DamageKind> {
        let mut fields = Fields(bytes);
        if fields.bytes8() != MAGIC {
            return Err(DamageKind::ForeignFile);
        }
        let version = fields.u32();
        let (head, tail) = bytes.split_at(HEADER_BYTES - 4);
        if crc32c::crc32c(head) != Fields(tail).u32() {
            return Err(DamageKind::Header);
        }
        if version != VERSION {
            return Err(DamageKind::NewerVersion(version));
        }
        Ok(Self {
            stream_id: fields.u32(),
            journal_id: fields.u64(),
            number: fields.u64(),
            first_position: fields.u64(),
            file_bytes: fields.u64(),
            previous: fields.u32(),
            epoch: fields.u32(),
        })
    }
}

/// File name of segment `number`.
pub(crate) fn file_name(number: u64) -> String {
    format!("segment-{number:010}.skj")
}

/// Number of the segment with this file name.
pub(crate) fn number_of(file_name: &str) -> Option<u64> {
    file_name.strip_prefix("segment-")?.strip_suffix(".skj")?.parse().ok()
}

/// Numbers and paths of the segments among `file_names`, ascending.
pub(crate) fn list(dir: &Path, file_names: &[String]) -> Vec<(u64, PathBuf)> {
    let mut segments: Vec<_> = file_names
        .iter()
        .filter_map(|name| number_of(name).map(|number| (number, dir.join(name))))
        .collect();
    segments.sort_unstable();
    segments
}

/// Reads and checks the header of the segment that is named `number`.
pub(crate) fn read_header(
    file: &dyn DiskFile,
    path: &Path,
    number: u64,
) -> Result<SegmentHeader, JournalError> {
    let mut bytes = [0; HEADER_BYTES];
    let n = file.read_full_at(&mut bytes, 0).map_err(JournalError::io("read", path))?;
    let found = file.length().map_err(JournalError::io("read", path))?;
    let checked = match SegmentHeader::decode(&bytes) {
        Ok(header) if header.number != number => {
            Err(DamageKind::WrongSegment { named: number, found: header.number })
        }
        Ok(header) if header.file_bytes != found => {
            Err(DamageKind::TruncatedSegment { expected: header.file_bytes, found })
        }
        Err(_) if n < HEADER_BYTES => {
            Err(DamageKind::TruncatedSegment { expected: DATA_OFFSET, found })
        }
        other => other,
    };
    checked.map_err(|kind| {
        JournalError::Damaged(Damage { file: path.to_owned(), offset: 0, position: 0, kind })
    })
}
