//! The durable mark: where the last synced commit ended.

use std::path::Path;

use crate::{
    disk::{Disk, DiskFile},
    error::JournalError,
    frame::{Fields, Out},
};

pub(crate) const MARK: &str = "durable.mark";
const BYTES: usize = 48;
const MAGIC: [u8; 8] = *b"SKEPMARK";

/// The end of a synced commit.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Mark {
    pub(crate) journal_id: u64,
    pub(crate) segment: u64,
    pub(crate) offset: u64,
    pub(crate) position: u64,
}

impl Mark {
    fn encode(self) -> [u8; BYTES] {
        let mut bytes = [0; BYTES];
        let mut out = Out(&mut bytes);
        out.put(&MAGIC);
        out.put(&self.journal_id.to_le_bytes());
        out.put(&self.segment.to_le_bytes());
        out.put(&self.offset.to_le_bytes());
        out.put(&self.position.to_le_bytes());
        let (head, tail) = bytes.split_at_mut(BYTES - 8);
        tail[..4].copy_from_slice(&crc32c::crc32c(head).to_le_bytes());
        bytes
    }

    fn decode(bytes: &[u8; BYTES]) -> Option<Self> {
        let mut fields = Fields(bytes);
        let magic = fields.bytes8();
        let mark = Self {
            journal_id: fields.u64(),
            segment: fields.u64(),
            offset: fields.u64(),
            position: fields.u64(),
        };
        let (head, _) = bytes.split_at(BYTES - 8);
        (magic == MAGIC && crc32c::crc32c(head) == fields.u32()).then_some(mark)
    }

    /// Reads the mark in `dir`; `None` when there is none or a crash has torn it, which only
    /// weakens the check that it serves.
    pub(crate) fn read(disk: &dyn Disk, dir: &Path) -> Result<Option<Self>, JournalError> {
        let path = dir.join(MARK);
        let file = match disk.open(&path, false) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(JournalError::io("open", &path)(error)),
        };
        let mut bytes = [0; BYTES];
        file.read_full_at(&mut bytes, 0).map_err(JournalError::io("read", &path))?;
        Ok(Self::decode(&bytes))
    }

    /// Writes the mark without syncing it.
    pub(crate) fn write(self, file: &dyn DiskFile) -> std::io::Result<()> {
        file.write_all_at(&self.encode(), 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_with_any_bit_flipped_is_none() {
        let mark = Mark { journal_id: 9, segment: 2, offset: 4096, position: 17 };
        let bytes = mark.encode();
        assert_eq!(Mark::decode(&bytes), Some(mark));
        for bit in 0..(BYTES - 4) * 8 {
            let mut flipped = bytes;
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(Mark::decode(&flipped), None, "bit {bit}");
        }
    }
}
