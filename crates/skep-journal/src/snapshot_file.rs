//! The file of one snapshot, written and read in pieces: it need not fit in memory.

use std::io::{self, ErrorKind, Read, Write};

use crate::{
    disk::DiskFile,
    frame::{Fields, Out},
};

pub(crate) const HEADER_BYTES: usize = 64;
const MAGIC: [u8; 8] = *b"SKEPSNAP";
const VERSION: u32 = 1;
const CHUNK_BYTES: usize = 1 << 20;
/// How much may be waiting for the disk, so that the journal's syncs stay quick meanwhile.
const UNSYNCED_CHUNKS_MAX: u32 = 8;

/// What the header says about the body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Header {
    pub(crate) stream_id: u32,
    pub(crate) position: u64,
    body_bytes: u64,
    checksum: u32,
}

impl Header {
    fn encode(&self) -> [u8; HEADER_BYTES] {
        let mut header = [0; HEADER_BYTES];
        let mut out = Out(&mut header);
        out.put(&MAGIC);
        out.put(&VERSION.to_le_bytes());
        out.put(&self.stream_id.to_le_bytes());
        out.put(&self.position.to_le_bytes());
        out.put(&self.body_bytes.to_le_bytes());
        out.put(&self.checksum.to_le_bytes());
        let (head, tail) = header.split_at_mut(HEADER_BYTES - 4);
        tail.copy_from_slice(&crc32c::crc32c(head).to_le_bytes());
        header
    }

    fn decode(header: &[u8; HEADER_BYTES]) -> Result<Self, &'static str> {
        let (head, tail) = header.split_at(HEADER_BYTES - 4);
        let mut fields = Fields(head);
        if fields.bytes8() != MAGIC {
            return Err("not a snapshot of Skep");
        }
        if crc32c::crc32c(head) != Fields(tail).u32() {
            return Err("its header does not match its checksum");
        }
        if fields.u32() != VERSION {
            return Err("its format is not known to this version of Skep");
        }
        Ok(Self {
            stream_id: fields.u32(),
            position: fields.u64(),
            body_bytes: fields.u64(),
            checksum: fields.u32(),
        })
    }
}

/// Takes the body of a snapshot that is being written.
#[derive(Debug)]
pub struct SnapshotWriter {
    file: Box<dyn DiskFile>,
    /// What comes next, less than a chunk.
    buffer: Vec<u8>,
    body_bytes: u64,
    checksum: u32,
    n_unsynced: u32,
}

impl SnapshotWriter {
    pub(crate) fn new(file: Box<dyn DiskFile>) -> io::Result<Self> {
        // What the header says is known at the end.
        file.write_all_at(&[0; HEADER_BYTES], 0)?;
        let buffer = Vec::with_capacity(CHUNK_BYTES);
        Ok(Self { file, buffer, body_bytes: 0, checksum: 0, n_unsynced: 0 })
    }

    fn write_chunk(&mut self) -> io::Result<()> {
        self.file.write_all_at(&self.buffer, HEADER_BYTES as u64 + self.body_bytes)?;
        self.checksum = crc32c::crc32c_append(self.checksum, &self.buffer);
        self.body_bytes += self.buffer.len() as u64;
        self.buffer.clear();
        self.n_unsynced += 1;
        if self.n_unsynced == UNSYNCED_CHUNKS_MAX {
            self.file.sync_data()?;
            self.n_unsynced = 0;
        }
        Ok(())
    }

    /// Writes what is left and the header; all of it is durable then. Answers the body's length.
    pub(crate) fn finish(mut self, stream_id: u32, position: u64) -> io::Result<u64> {
        self.write_chunk()?;
        let Self { body_bytes, checksum, .. } = self;
        let header = Header { stream_id, position, body_bytes, checksum };
        self.file.write_all_at(&header.encode(), 0)?;
        self.file.sync_data()?;
        Ok(body_bytes)
    }
}

impl Write for SnapshotWriter {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let room = CHUNK_BYTES - self.buffer.len();
        let n = data.len().min(room);
        self.buffer.extend_from_slice(data.get(..n).unwrap_or_default());
        if n == room {
            self.write_chunk()?;
        }
        Ok(n)
    }

    /// Does nothing: all is written when the snapshot is finished.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Reads the body of a snapshot. All of it was found to match its checksum.
#[derive(Debug)]
pub struct SnapshotReader {
    file: Box<dyn DiskFile>,
    position: u64,
    offset: u64,
    end: u64,
}

/// Why a snapshot cannot be read.
pub(crate) enum Unreadable {
    Io(io::Error),
    Damaged(&'static str),
}

impl From<io::Error> for Unreadable {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl SnapshotReader {
    /// Checks all of the file; what `check` finds wrong with the header is damage too.
    pub(crate) fn open(
        file: Box<dyn DiskFile>,
        check: impl FnOnce(&Header) -> Result<(), &'static str>,
    ) -> Result<Self, Unreadable> {
        let length = file.length()?;
        let mut header = [0; HEADER_BYTES];
        file.read_full_at(&mut header, 0)?;
        let header = Header::decode(&header).map_err(Unreadable::Damaged)?;
        check(&header).map_err(Unreadable::Damaged)?;
        if header.body_bytes.checked_add(HEADER_BYTES as u64) != Some(length) {
            return Err(Unreadable::Damaged("its length is not what its header says"));
        }
        let start = HEADER_BYTES as u64;
        let mut reader = Self { file, position: header.position, offset: start, end: length };
        if reader.checksum()? != header.checksum {
            return Err(Unreadable::Damaged("its body does not match its checksum"));
        }
        reader.offset = start;
        Ok(reader)
    }

    fn checksum(&mut self) -> io::Result<u32> {
        let mut buffer = vec![0; CHUNK_BYTES];
        let mut checksum = 0;
        loop {
            match self.read(&mut buffer) {
                Ok(0) => return Ok(checksum),
                Ok(n) => {
                    let read = buffer.get(..n).unwrap_or_default();
                    checksum = crc32c::crc32c_append(checksum, read);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => (),
                Err(error) => return Err(error),
            }
        }
    }

    /// Position of the last record in the snapshot.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Length of what has not been read.
    #[must_use]
    pub fn n_left(&self) -> u64 {
        self.end - self.offset
    }
}

impl Read for SnapshotReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = usize::try_from(self.n_left()).unwrap_or(usize::MAX).min(buffer.len());
        let n = self.file.read_at(buffer.get_mut(..n).unwrap_or_default(), self.offset)?;
        self.offset += n as u64;
        Ok(n)
    }
}
