//! Opening a journal that may have seen a crash.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use crate::{
    DamageKind,
    disk::{Disk, DiskFile},
    error::{Damage, JournalError},
    journal::{JournalConfig, Segment},
    mark::Mark,
    scan::{Chain, Scanner, Step, Tail},
    segment::{self, DATA_OFFSET, SegmentHeader},
};

/// What [`crate::Journal::open`] found.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Recovery {
    /// Whether there was no journal and an empty one was made.
    pub created: bool,
    /// Position of the first record that is still there, or will be the first.
    pub first_position: u64,
    /// Position of the last record; `first_position - 1` when there is none.
    pub last_position: u64,
    /// Segments read.
    pub n_segments: usize,
    /// Frames read and checked.
    pub n_frames: u64,
    /// Bytes of frames read and checked.
    pub n_bytes: u64,
    /// The commit that a crash cut short, now removed. Nobody was told that it succeeded.
    pub torn_tail: Option<TornTail>,
}

/// Remains of a commit that was never acknowledged.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TornTail {
    /// The segment.
    pub file: PathBuf,
    /// Where they begin.
    pub offset: u64,
    /// Their length.
    pub n_bytes: u64,
}

impl fmt::Display for TornTail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, byte {}: {} bytes", self.file.display(), self.offset, self.n_bytes)
    }
}

/// Everything a writer needs to go on.
pub(crate) struct Recovered {
    pub(crate) report: Recovery,
    pub(crate) journal_id: u64,
    pub(crate) segments: Vec<Segment>,
    pub(crate) file: Box<dyn DiskFile>,
    pub(crate) offset: u64,
    pub(crate) chain: Chain,
}

/// Reads all segments in `dir`; `None` when there is no journal yet.
///
/// Repairs nothing but a torn tail.
pub(crate) fn recover(
    disk: &dyn Disk,
    dir: &Path,
    config: &JournalConfig,
) -> Result<Option<Recovered>, JournalError> {
    let names = disk.file_names(dir).map_err(JournalError::io("list", dir))?;
    let files = segment::list(dir, &names);
    let mark = Mark::read(disk, dir)?;
    let Some((newest, _)) = files.last() else {
        return match mark {
            Some(mark) => Err(missing(dir, mark.segment, mark.position)),
            None => Ok(None),
        };
    };
    let mut walk = Walk::new(config.stream_id);
    let mut last = None;
    for (number, path) in &files {
        let file = disk.open(path, number == newest).map_err(JournalError::io("open", path))?;
        let header = walk.enter(dir, path, &*file, *number)?;
        let mut scanner = Scanner::new(file, &header);
        let bad = walk.frames(path, &mut scanner)?;
        if number == newest {
            last = Some((scanner, bad, path, header));
        } else {
            walk.leave(path, &scanner, bad);
        }
    }
    let Some((scanner, bad, path, header)) = last else { return Ok(None) };
    let durable_to = walk.durable_to(dir, &scanner, header.number, mark)?;
    let tail = scanner.judge_tail(path, bad, durable_to)?;
    let (offset, chain) = (scanner.offset, scanner.chain);
    let file = scanner.into_file();
    walk.report.last_position = chain.position;
    if let Tail::Torn { end } = tail {
        let torn = TornTail { file: path.clone(), offset, n_bytes: end - offset };
        erase(&*file, offset, end).map_err(JournalError::io("erase the torn tail of", path))?;
        walk.report.torn_tail = Some(torn);
    }
    // The last commit may be whole and yet only in the page cache.
    file.sync_data().map_err(JournalError::io("sync", path))?;
    let journal_id = header.journal_id;
    Ok(Some(Recovered {
        report: walk.report,
        journal_id,
        segments: walk.segments,
        file,
        offset,
        chain,
    }))
}

/// Checks that the segments belong together, one after the other.
#[derive(Default)]
pub(crate) struct Walk {
    pub(crate) stream_id: u32,
    pub(crate) report: Recovery,
    pub(crate) segments: Vec<Segment>,
    previous: Option<SegmentHeader>,
    /// Path of the segment just left, where its frames end, and their chain.
    end: Option<(PathBuf, u64, Chain, Option<DamageKind>)>,
}

impl Walk {
    /// Starts before the first segment of this stream.
    pub(crate) fn new(stream_id: u32) -> Self {
        Self { stream_id, ..Self::default() }
    }

    /// Checks a segment's header, and that it follows the segment before it.
    pub(crate) fn enter(
        &mut self,
        dir: &Path,
        path: &Path,
        file: &dyn DiskFile,
        number: u64,
    ) -> Result<SegmentHeader, JournalError> {
        let expected_number = self.previous.as_ref().map(|previous| previous.number + 1);
        if let Some(expected) = expected_number
            && expected != number
        {
            let position = self.end.as_ref().map_or(0, |(_, _, chain, _)| chain.position + 1);
            return Err(missing(dir, expected, position));
        }
        let header = segment::read_header(file, path, number)?;
        let (expected_stream, expected_id) = self
            .previous
            .as_ref()
            .map_or((self.stream_id, header.journal_id), |p| (p.stream_id, p.journal_id));
        if (header.stream_id, header.journal_id) != (expected_stream, expected_id) {
            let kind = DamageKind::ForeignJournal {
                found_stream: header.stream_id,
                found_id: header.journal_id,
                expected_stream,
                expected_id,
            };
            let position = header.first_position;
            return Err(Damage { file: path.to_owned(), offset: 0, position, kind }.into());
        }
        if let Some((file, offset, chain, bad)) = self.end.take()
            && (chain.position + 1, chain.checksum) != (header.first_position, header.previous)
        {
            // This segment was only begun after the one before it was synced to its end.
            let kind = bad.unwrap_or(DamageKind::Hole);
            return Err(Damage { file, offset, position: chain.position + 1, kind }.into());
        }
        if self.previous.is_none() {
            self.report.first_position = header.first_position;
        }
        self.previous = Some(header);
        self.report.n_segments += 1;
        self.segments.push(Segment {
            number,
            path: path.to_owned(),
            first_position: header.first_position,
            file_bytes: header.file_bytes,
        });
        Ok(header)
    }

    /// Reads all frames of a segment; says why the one after the last was refused.
    pub(crate) fn frames(
        &mut self,
        path: &Path,
        scanner: &mut Scanner,
    ) -> Result<Option<DamageKind>, JournalError> {
        loop {
            match scanner.step().map_err(JournalError::io("read", path))? {
                Step::Frame(header, _) => {
                    self.report.n_frames += 1;
                    self.report.n_bytes += header.frame_bytes() as u64;
                }
                Step::End => return Ok(None),
                Step::Bad(kind) => return Ok(Some(kind)),
            }
        }
    }

    /// Notes where a segment that is not the newest ends.
    ///
    /// `bad` only matters if the next segment does not follow: else nothing is lost, and what
    /// was refused are stray bytes in a part that was never used.
    pub(crate) fn leave(&mut self, path: &Path, scanner: &Scanner, bad: Option<DamageKind>) {
        self.end = Some((path.to_owned(), scanner.offset, scanner.chain, bad));
    }

    /// How far the newest segment was certainly synced.
    pub(crate) fn durable_to(
        &self,
        dir: &Path,
        scanner: &Scanner,
        newest: u64,
        mark: Option<Mark>,
    ) -> Result<u64, JournalError> {
        let journal_id = self.previous.as_ref().map(|header| header.journal_id);
        let Some(mark) = mark.filter(|mark| Some(mark.journal_id) == journal_id) else {
            return Ok(DATA_OFFSET);
        };
        if mark.segment > newest {
            return Err(missing(dir, newest + 1, scanner.chain.position + 1));
        }
        Ok(if mark.segment == newest { mark.offset } else { DATA_OFFSET })
    }
}

impl From<Damage> for JournalError {
    fn from(damage: Damage) -> Self {
        Self::Damaged(damage)
    }
}

fn missing(dir: &Path, number: u64, position: u64) -> JournalError {
    let kind = DamageKind::MissingSegment(number);
    Damage { file: dir.to_owned(), offset: 0, position, kind }.into()
}

fn erase(file: &dyn DiskFile, from: u64, to: u64) -> std::io::Result<()> {
    let zeros = vec![0; 1 << 16];
    let mut offset = from;
    while offset < to {
        let n = usize::try_from(to - offset).unwrap_or(usize::MAX).min(zeros.len());
        file.write_all_at(zeros.get(..n).unwrap_or_default(), offset)?;
        offset += n as u64;
    }
    Ok(())
}
