//! Walking the frames of one segment, and judging what follows the last good one.

use std::{io, path::Path};

use crate::{
    DamageKind,
    disk::DiskFile,
    error::{Damage, JournalError},
    frame::{self, FrameHeader, HEADER_BYTES, KIND_RECORDS},
    journal::FRAME_BYTES_MAX,
    segment::{DATA_OFFSET, SegmentHeader},
};

const READ_BYTES: usize = 1 << 20;

/// Where a frame follows the one before it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chain {
    /// Position of the last record.
    pub(crate) position: u64,
    /// Checksum of the last frame.
    pub(crate) checksum: u32,
    /// Epoch of the last frame.
    pub(crate) epoch: u32,
}

/// Walks the frames of one segment.
#[derive(Debug)]
pub(crate) struct Scanner {
    file: Box<dyn DiskFile>,
    file_bytes: u64,
    buffer: Vec<u8>,
    /// Offset in the file of the buffer's first byte.
    buffer_offset: u64,
    /// Offset of the next frame.
    pub(crate) offset: u64,
    /// What the next frame must follow.
    pub(crate) chain: Chain,
}

/// One step of a [`Scanner`].
pub(crate) enum Step<'a> {
    /// The next frame: its header and its body.
    Frame(FrameHeader, &'a [u8]),
    /// No frame: nothing but zeros here, or no room for one.
    End,
    /// No frame: something else is here.
    Bad(DamageKind),
}

impl Scanner {
    pub(crate) fn new(file: Box<dyn DiskFile>, header: &SegmentHeader) -> Self {
        Self {
            file,
            file_bytes: header.file_bytes,
            buffer: Vec::new(),
            buffer_offset: DATA_OFFSET,
            offset: DATA_OFFSET,
            chain: Chain {
                position: header.first_position.saturating_sub(1),
                checksum: header.previous,
                epoch: header.epoch,
            },
        }
    }

    /// The file, to write on after the last frame.
    pub(crate) fn into_file(self) -> Box<dyn DiskFile> {
        self.file
    }

    /// Reads and checks the next frame.
    pub(crate) fn step(&mut self) -> io::Result<Step<'_>> {
        if !self.fill(HEADER_BYTES)? {
            return Ok(Step::End);
        }
        let Some(head) = self.window().first_chunk::<HEADER_BYTES>().copied() else {
            return Ok(Step::End);
        };
        if head == [0; HEADER_BYTES] {
            return Ok(Step::End);
        }
        let Some(header) = FrameHeader::decode(&head) else {
            return Ok(Step::Bad(DamageKind::NotAFrame));
        };
        let frame_bytes = header.frame_bytes();
        if header.body_bytes > FRAME_BYTES_MAX || !self.fill(frame_bytes)? {
            return Ok(Step::Bad(DamageKind::NotAFrame));
        }
        let start = usize::try_from(self.offset - self.buffer_offset).unwrap_or(usize::MAX);
        let body_start = start.saturating_add(HEADER_BYTES);
        let body_end = body_start.saturating_add(header.body_bytes as usize);
        let body = self.buffer.get(body_start..body_end).unwrap_or_default();
        if frame::checksum(&head, body) != header.checksum {
            return Ok(Step::Bad(DamageKind::Checksum));
        }
        if header.kind != KIND_RECORDS {
            return Ok(Step::Bad(DamageKind::NotAFrame));
        }
        if header.previous != self.chain.checksum
            || header.first_position != self.chain.position + 1
            || header.epoch < self.chain.epoch
        {
            return Ok(Step::Bad(DamageKind::BrokenChain { found: header.first_position }));
        }
        self.offset += frame_bytes as u64;
        self.chain = Chain {
            position: header.last_position(),
            checksum: header.checksum,
            epoch: header.epoch,
        };
        Ok(Step::Frame(header, body))
    }

    /// Forgets what was read ahead, to see what has been written since.
    pub(crate) fn refresh(&mut self) {
        self.buffer.clear();
        self.buffer_offset = self.offset;
    }

    fn window(&self) -> &[u8] {
        let start = usize::try_from(self.offset - self.buffer_offset).unwrap_or(usize::MAX);
        self.buffer.get(start..).unwrap_or_default()
    }

    /// Has `n` bytes from the current offset in the buffer; false when the file has not as many.
    fn fill(&mut self, n: usize) -> io::Result<bool> {
        if self.window().len() >= n {
            return Ok(true);
        }
        let left = self.file_bytes.saturating_sub(self.offset);
        if left < n as u64 {
            return Ok(false);
        }
        let start = usize::try_from(self.offset - self.buffer_offset).unwrap_or(usize::MAX);
        self.buffer.drain(..start.min(self.buffer.len()));
        self.buffer_offset = self.offset;
        let kept = self.buffer.len();
        let wanted = usize::try_from(left).unwrap_or(usize::MAX).min(n.max(READ_BYTES));
        self.buffer.resize(wanted, 0);
        let (_, fresh) = self.buffer.split_at_mut(kept);
        let read = self.file.read_full_at(fresh, self.offset + kept as u64)?;
        self.buffer.truncate(kept + read);
        Ok(self.buffer.len() >= n)
    }

    /// What lies behind the last good frame of the newest segment.
    ///
    /// `bad` is why the next frame was refused, if it was not just zeros; `durable_to` is the
    /// offset up to which this segment was certainly synced.
    pub(crate) fn judge_tail(
        &self,
        path: &Path,
        bad: Option<DamageKind>,
        durable_to: u64,
    ) -> Result<Tail, JournalError> {
        let damaged = |kind| {
            JournalError::Damaged(Damage {
                file: path.to_owned(),
                offset: self.offset,
                position: self.chain.position + 1,
                kind,
            })
        };
        if durable_to > self.offset {
            return Err(damaged(bad.unwrap_or(DamageKind::Hole)));
        }
        // A frame that is whole but follows something else cannot come from a torn commit: a
        // commit's frames lie one after the other from where the commit before it ended.
        if let Some(kind @ DamageKind::BrokenChain { .. }) = bad {
            return Err(damaged(kind));
        }
        let garbage_end = self.last_nonzero().map_err(JournalError::io("read", path))?;
        if garbage_end <= self.offset {
            return Ok(Tail::Clean);
        }
        if self.later_commit(garbage_end).map_err(JournalError::io("read", path))? {
            return Err(damaged(bad.unwrap_or(DamageKind::Hole)));
        }
        Ok(Tail::Torn { end: garbage_end })
    }

    /// Offset behind the last byte that is not zero.
    fn last_nonzero(&self) -> io::Result<u64> {
        let mut chunk = vec![0; READ_BYTES];
        let (mut offset, mut end) = (self.offset, self.offset);
        loop {
            let n = self.file.read_full_at(&mut chunk, offset)?;
            let read = chunk.get(..n).unwrap_or_default();
            if let Some(last) = last_nonzero_in(read) {
                end = offset + last as u64 + 1;
            }
            offset += n as u64;
            if n < READ_BYTES {
                return Ok(end);
            }
        }
    }

    /// Whether there is, up to `end`, a good frame of a commit after the one that was torn.
    fn later_commit(&self, end: u64) -> io::Result<bool> {
        let n = usize::try_from(end - self.offset).unwrap_or(usize::MAX);
        // The last frame's padding or zero bytes at its end may lie behind the last byte set.
        let slack = HEADER_BYTES + frame::ALIGN;
        let mut bytes = vec![0; n.saturating_add(slack)];
        self.file.read_full_at(&mut bytes, self.offset)?;
        for start in (0..n).step_by(frame::ALIGN) {
            let rest = bytes.get(start..).unwrap_or_default();
            if let Some((head, tail)) = rest.split_first_chunk::<HEADER_BYTES>()
                && let Some(header) = FrameHeader::decode(head)
                && header.commit_first_position() > self.chain.position + 1
                && self.whole(&header, head, tail, start)?
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether the frame at `start` behind the current offset matches its checksum.
    fn whole(
        &self,
        header: &FrameHeader,
        head: &[u8; HEADER_BYTES],
        tail: &[u8],
        start: usize,
    ) -> io::Result<bool> {
        let body_bytes = header.body_bytes as usize;
        if header.body_bytes > FRAME_BYTES_MAX {
            return Ok(false);
        }
        if let Some(body) = tail.get(..body_bytes) {
            return Ok(frame::checksum(head, body) == header.checksum);
        }
        // A body that ends with zeros reaches behind the last byte set.
        let mut body = vec![0; body_bytes];
        let offset = self.offset + (start + HEADER_BYTES) as u64;
        let n = self.file.read_full_at(&mut body, offset)?;
        Ok(n == body_bytes && frame::checksum(head, &body) == header.checksum)
    }
}

fn last_nonzero_in(bytes: &[u8]) -> Option<usize> {
    // Whole words first: this runs over the unused rest of a segment at every start.
    let (words, rest) = bytes.as_chunks::<64>();
    if let Some(last) = rest.iter().rposition(|byte| *byte != 0) {
        return Some(words.len() * 64 + last);
    }
    let word = words.iter().rposition(|word| *word != [0; 64])?;
    let last = words.get(word)?.iter().rposition(|byte| *byte != 0)?;
    Some(word * 64 + last)
}

/// What lies behind the last good frame.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Tail {
    /// Zeros.
    Clean,
    /// The remains of a commit that was never acknowledged, up to `end`.
    Torn {
        /// Offset behind its last byte that is not zero.
        end: u64,
    },
}
