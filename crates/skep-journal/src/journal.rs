//! The writer: frames are buffered, then committed as one write and one sync.

use std::{
    io,
    path::{Path, PathBuf},
    sync::{Arc, atomic::AtomicBool},
};

use crate::{
    AppendError, CommitError, JournalError, Reader, Recovery,
    begin::{activate, create, existing_spare},
    disk::{Disk, DiskFile, OsDisk, is_full},
    filler::{Done, Filler, Spare, make_spare},
    frame::{self, FrameHeader, HEADER_BYTES, KIND_RECORDS},
    mark::{MARK, Mark},
    recover::recover,
    scan::Chain,
    segment::{DATA_OFFSET, LONG, SegmentHeader},
};

/// Longest body of a frame.
pub const FRAME_BYTES_MAX: u32 = 16 << 20;
/// Smallest segment that makes sense.
const SEGMENT_BYTES_MIN: u64 = 2 * DATA_OFFSET;

/// How a journal is kept.
#[derive(Clone, Debug)]
pub struct JournalConfig {
    /// Which journal of a set this is, 0 when there is only one. Segments of another stream
    /// are refused.
    pub stream_id: u32,
    /// Size of a segment in bytes, at least 8192. A longer frame gets a segment of its own.
    pub segment_bytes: u64,
    /// The disk; replaced only by tests.
    pub disk: Arc<dyn Disk>,
    /// Whether segments are prepared and removed on a thread of their own, as they should be.
    /// Simulations say no, so that the same things happen in the same order every time.
    pub background: bool,
}

impl Default for JournalConfig {
    fn default() -> Self {
        let disk = Arc::new(OsDisk);
        Self { stream_id: 0, segment_bytes: 64 << 20, disk, background: true }
    }
}

/// A segment that is part of the journal.
#[derive(Clone, Debug)]
pub(crate) struct Segment {
    pub(crate) number: u64,
    pub(crate) path: PathBuf,
    pub(crate) first_position: u64,
    pub(crate) file_bytes: u64,
}

/// What a commit wrote.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Commit {
    /// Position of the last durable record.
    pub last_position: u64,
    /// Bytes written.
    pub n_bytes: u64,
}

/// One journal, open for writing by this process alone.
///
/// Dropping it without [`Journal::close`] is what a crash does: committed frames stay.
#[derive(Debug)]
pub struct Journal {
    dir: PathBuf,
    config: JournalConfig,
    journal_id: u64,
    epoch: u32,
    segments: Vec<Segment>,
    file: Box<dyn DiskFile>,
    /// Where the next commit is written, and what its first frame follows.
    offset: u64,
    durable: Chain,
    /// Frames not yet durable, and what the next one follows.
    pending: Vec<u8>,
    appended: Chain,
    /// Position at which the commit being built begins.
    commit_first: u64,
    mark: Box<dyn DiskFile>,
    filler: Filler,
    spare: Option<Spare>,
    poison: Option<Arc<str>>,
    warnings: Vec<JournalError>,
}

impl Journal {
    /// Opens the journal in `dir`, or makes an empty one whose first position is 1.
    ///
    /// Every frame is read and checked; a torn tail is cut off and reported. The caller sees to
    /// it that no other process does the same ([`crate::DataDirLock`]).
    ///
    /// # Errors
    /// - [`JournalError::Damaged`]: something that was on disk is gone or changed. Nothing has
    ///   been altered.
    /// - [`JournalError::Config`], [`JournalError::Io`]
    pub fn open(
        dir: impl AsRef<Path>,
        config: JournalConfig,
    ) -> Result<(Self, Recovery), JournalError> {
        let dir = dir.as_ref();
        if config.segment_bytes < SEGMENT_BYTES_MIN {
            let n = config.segment_bytes;
            let text = format!("segment size {n} is less than {SEGMENT_BYTES_MIN} bytes");
            return Err(JournalError::Config(text));
        }
        let disk = Arc::clone(&config.disk);
        disk.create_dir_all(dir).map_err(JournalError::io("create", dir))?;
        let recovered = match recover(&*disk, dir, &config)? {
            Some(recovered) => recovered,
            None => create(&*disk, dir, &config)?,
        };
        let mark_path = dir.join(MARK);
        let mark = match disk.open(&mark_path, true) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => disk.create(&mark_path),
            other => other,
        };
        let mark = mark.map_err(JournalError::io("open", &mark_path))?;
        let filler = if config.background {
            Filler::start(Arc::clone(&disk), dir.to_owned())
                .map_err(JournalError::io("start the thread that fills segments in", dir))?
        } else {
            Filler::inline(Arc::clone(&disk), dir.to_owned())
        };
        let spare = existing_spare(&*disk, dir, config.segment_bytes)?;
        let chain = recovered.chain;
        let mut journal = Self {
            dir: dir.to_owned(),
            journal_id: recovered.journal_id,
            epoch: chain.epoch.saturating_add(1),
            segments: recovered.segments,
            file: recovered.file,
            offset: recovered.offset,
            durable: chain,
            pending: Vec::new(),
            appended: chain,
            commit_first: 0,
            mark,
            filler,
            spare,
            poison: None,
            warnings: Vec::new(),
            config,
        };
        if journal.spare.is_none() {
            journal.filler.fill(journal.next_segment_bytes());
        }
        journal.write_mark();
        Ok((journal, recovered.report))
    }

    /// Position of the last durable record; one less than the first position when there is none.
    #[must_use]
    pub fn last_position(&self) -> u64 {
        self.durable.position
    }

    /// Position of the first record that is still there, or will be the first.
    #[must_use]
    pub fn first_position(&self) -> u64 {
        self.segments.first().map_or(1, |segment| segment.first_position)
    }

    /// Bytes of the segment files.
    #[must_use]
    pub fn disk_bytes(&self) -> u64 {
        self.segments.iter().map(|segment| segment.file_bytes).sum()
    }

    /// Buffers one frame with the records `first` to `last`.
    ///
    /// # Errors
    /// [`AppendError`]; nothing has been buffered then.
    pub fn append(&mut self, first: u64, last: u64, body: &[u8]) -> Result<(), AppendError> {
        if let Some(cause) = &self.poison {
            return Err(AppendError::Poisoned(Arc::clone(cause)));
        }
        let previous = self.appended.position;
        let n_positions = last.checked_sub(first).and_then(|n| u32::try_from(n + 1).ok());
        let (Some(n_positions), true) = (n_positions, first == previous + 1) else {
            return Err(AppendError::OutOfOrder { first, last, previous });
        };
        let body_bytes = u32::try_from(body.len()).ok().filter(|n| *n <= FRAME_BYTES_MAX);
        let Some(body_bytes) = body_bytes else {
            let (n_bytes, max) = (body.len() as u64, u64::from(FRAME_BYTES_MAX));
            return Err(AppendError::TooLarge { n_bytes, max });
        };
        if self.pending.is_empty() {
            self.commit_first = first;
        }
        let header = FrameHeader {
            body_bytes,
            checksum: 0,
            previous: self.appended.checksum,
            epoch: self.epoch,
            first_position: first,
            n_positions,
            // Cut off at 4 billion, a later commit could only pass for part of a torn one.
            commit_back: u32::try_from(first - self.commit_first).unwrap_or(u32::MAX),
            kind: KIND_RECORDS,
        };
        let start = self.pending.len();
        let end = start + frame::frame_bytes(body.len());
        self.pending.reserve(end - start);
        self.pending.resize(start + HEADER_BYTES, 0);
        self.pending.extend_from_slice(body);
        self.pending.resize(end, 0);
        let head = self.pending.get_mut(start..start + HEADER_BYTES).unwrap_or_default();
        let checksum = header.seal(body, head);
        self.appended = Chain { position: last, checksum, epoch: self.epoch };
        Ok(())
    }

    /// Bytes that wait for [`Journal::commit`].
    #[must_use]
    pub fn pending_bytes(&self) -> usize {
        self.pending.len()
    }

    /// Makes sure that commits of `n_bytes` in total will find room, before there is anything
    /// to commit. Cheap while the current segment has room.
    ///
    /// # Errors
    /// [`CommitError`]
    pub fn reserve(&mut self, n_bytes: u64) -> Result<(), CommitError> {
        self.check_poison()?;
        let room = self.room();
        if room >= n_bytes || self.spare.is_some() {
            return Ok(());
        }
        self.await_spare()?;
        Ok(())
    }

    /// Writes the buffered frames and returns when they are on disk.
    ///
    /// # Errors
    /// - [`CommitError::NoRoom`]: the frames stay buffered, in order; commit again later.
    /// - [`CommitError::Poisoned`]: this journal accepts nothing any more. After a failed sync
    ///   nobody knows what is on disk until it is read again, so the process must open it anew.
    pub fn commit(&mut self) -> Result<Commit, CommitError> {
        self.check_poison()?;
        let mut n_bytes = 0;
        while !self.pending.is_empty() {
            let n = self.fitting();
            if n == 0 {
                self.roll()?;
                continue;
            }
            self.write_pending(n)?;
            n_bytes += n as u64;
        }
        if n_bytes > 0 {
            self.write_mark();
            self.notice_background();
        }
        Ok(Commit { last_position: self.durable.position, n_bytes })
    }

    /// Removes segments in which every record is below `position`; says how many.
    ///
    /// The files are removed by a background thread; what it could not remove is named by
    /// [`Journal::take_warnings`], and does no harm.
    pub fn trim_below(&mut self, position: u64) -> usize {
        let n = self
            .segments
            .windows(2)
            .take_while(|pair| matches!(pair, [_, next] if next.first_position <= position))
            .count();
        let removed: Vec<_> = self.segments.drain(..n).map(|segment| segment.path).collect();
        self.filler.remove(removed);
        n
    }

    /// Reads the durable frames that hold `position` or later ones.
    ///
    /// # Errors
    /// [`JournalError`]
    pub fn read_from(&self, position: u64) -> Result<Reader, JournalError> {
        let reader = Reader::open_with(&self.dir, position, Arc::clone(&self.config.disk))?;
        Ok(reader.until(self.durable.position))
    }

    /// Things that failed in the background and lose nothing: the mark could not be written, a
    /// trimmed segment not removed.
    pub fn take_warnings(&mut self) -> Vec<JournalError> {
        std::mem::take(&mut self.warnings)
    }

    /// Closes the journal; frames that were not committed are dropped.
    ///
    /// After this the durable mark is exact even if the power fails.
    ///
    /// # Errors
    /// [`JournalError::Io`]
    pub fn close(mut self) -> Result<(), JournalError> {
        if self.poison.is_none() {
            self.write_mark();
        }
        let path = self.dir.join(MARK);
        self.mark.sync_data().map_err(JournalError::io("sync", &path))
    }

    fn room(&self) -> u64 {
        self.segments.last().map_or(0, |segment| segment.file_bytes.saturating_sub(self.offset))
    }

    /// Size of the segment after the current one: the first is small, so that a journal is there
    /// at once, and the next ones grow, so that the writer never has to wait for one.
    fn next_segment_bytes(&self) -> u64 {
        let current = self.segments.last().map_or(0, |segment| segment.file_bytes);
        current.saturating_mul(4).min(self.config.segment_bytes)
    }

    /// Size of the spare that is there, or on its way.
    fn spare_bytes(&self) -> u64 {
        self.spare.as_ref().map_or_else(|| self.next_segment_bytes(), |spare| spare.file_bytes)
    }

    /// Length of the pending frames that fit into the current segment.
    fn fitting(&self) -> usize {
        let room = usize::try_from(self.room()).unwrap_or(usize::MAX);
        if self.pending.len() <= room {
            return self.pending.len();
        }
        let mut end = 0;
        while let Some(header) = self.pending_header(end) {
            let next = end + header.frame_bytes();
            if next > room {
                break;
            }
            end = next;
        }
        end
    }

    fn pending_header(&self, start: usize) -> Option<FrameHeader> {
        self.pending.get(start..)?.first_chunk().and_then(FrameHeader::decode)
    }

    /// Writes and syncs the first `n` pending bytes, which are whole frames.
    fn write_pending(&mut self, n: usize) -> Result<(), CommitError> {
        let data = self.pending.get(..n).unwrap_or_default();
        if let Err(error) = self.file.write_all_at(data, self.offset) {
            // The part that was written is overwritten by the next attempt, or cut off as a
            // torn tail.
            return Err(self.failed("write", &error));
        }
        if let Err(error) = self.file.sync_data() {
            // Even "no space" is final here: the kernel may have dropped the pages.
            return Err(self.poisoned("sync", &error));
        }
        if n == self.pending.len() {
            self.durable = self.appended;
            self.pending.clear();
        } else {
            let mut end = 0;
            while end < n
                && let Some(header) = self.pending_header(end)
            {
                let (position, checksum) = (header.last_position(), header.checksum);
                self.durable = Chain { position, checksum, epoch: header.epoch };
                end += header.frame_bytes();
            }
            self.pending.drain(..n);
        }
        self.offset += n as u64;
        Ok(())
    }

    /// Goes on in a new segment, after the current one has been synced to its end.
    fn roll(&mut self) -> Result<(), CommitError> {
        let frame_bytes = self.pending_header(0).map_or(0, |header| header.frame_bytes());
        let file_bytes = DATA_OFFSET + frame_bytes as u64;
        let is_long = file_bytes > self.spare_bytes();
        let spare = if is_long {
            // Too long for any spare. Rare enough to be made on this thread.
            let never = AtomicBool::new(false);
            make_spare(&*self.config.disk, &self.dir, LONG, file_bytes, &never)
                .map_err(|error| self.failed("prepare a segment in", &error))?
        } else {
            self.await_spare()?;
            match self.spare.take() {
                Some(spare) => spare,
                None => return Err(CommitError::NoRoom("no segment could be prepared".into())),
            }
        };
        let previous = self.segments.last().map_or(0, |segment| segment.number);
        let header = SegmentHeader {
            stream_id: self.config.stream_id,
            journal_id: self.journal_id,
            number: previous + 1,
            first_position: self.durable.position + 1,
            file_bytes: spare.file_bytes,
            previous: self.durable.checksum,
            epoch: self.epoch,
        };
        let segment = match activate(&*self.config.disk, &self.dir, &spare, &header) {
            Ok(segment) => segment,
            Err(error) => {
                if !is_long {
                    self.spare = Some(spare);
                }
                return Err(self.failed("begin a segment in", &error));
            }
        };
        self.segments.push(segment);
        self.file = spare.file;
        self.offset = DATA_OFFSET;
        // A long segment has left the spare unused. Another one would take its name, and then
        // what is written to the first could not be found any more.
        if self.spare.is_none() {
            self.filler.fill(self.next_segment_bytes());
        }
        Ok(())
    }

    /// Has a spare ready, and waits for it if need be.
    fn await_spare(&mut self) -> Result<(), CommitError> {
        let mut asked = false;
        while self.spare.is_none() {
            match self.filler.done(true) {
                Some(Done::Filled(Ok(spare))) => self.spare = Some(spare),
                // One failure may be old news; the second is an answer to our own question.
                Some(Done::Filled(Err(error))) if asked => {
                    // Whatever the cause, nothing has been written yet that could be lost.
                    let dir = self.dir.display();
                    let text = format!("cannot prepare a segment in {dir}: {error}");
                    return Err(CommitError::NoRoom(text.into()));
                }
                Some(Done::RemoveFailed(path, source)) => {
                    self.warnings.push(JournalError::Io { action: "remove", path, source });
                }
                None if asked => {
                    let error = io::Error::other("the thread that prepares segments is gone");
                    return Err(self.poisoned("prepare a segment in", &error));
                }
                Some(Done::Filled(Err(_))) | None => {
                    asked = true;
                    self.filler.fill(self.next_segment_bytes());
                }
            }
        }
        Ok(())
    }

    /// Picks up what the background thread has to say, without waiting.
    fn notice_background(&mut self) {
        while let Some(done) = self.filler.done(false) {
            match done {
                Done::Filled(Ok(spare)) => self.spare = Some(spare),
                // Tried again when the room is needed.
                Done::Filled(Err(error)) => self.background("prepare a segment in", error),
                Done::RemoveFailed(path, source) => {
                    self.warnings.push(JournalError::Io { action: "remove", path, source });
                }
            }
        }
    }

    fn background(&mut self, action: &'static str, source: io::Error) {
        self.warnings.push(JournalError::Io { action, path: self.dir.clone(), source });
    }

    fn write_mark(&mut self) {
        let mark = Mark {
            journal_id: self.journal_id,
            segment: self.segments.last().map_or(0, |segment| segment.number),
            offset: self.offset,
            position: self.durable.position,
        };
        if let Err(source) = mark.write(&*self.mark) {
            let path = self.dir.join(MARK);
            self.warnings.push(JournalError::Io { action: "write", path, source });
        }
    }

    fn check_poison(&self) -> Result<(), CommitError> {
        match &self.poison {
            Some(cause) => Err(CommitError::Poisoned(Arc::clone(cause))),
            None => Ok(()),
        }
    }

    /// A failure after which nothing is lost: final, unless it is a lack of room.
    fn failed(&mut self, action: &str, error: &io::Error) -> CommitError {
        if is_full(error) {
            let text = format!("cannot {action} {}: {error}", self.dir.display());
            CommitError::NoRoom(text.into())
        } else {
            self.poisoned(action, error)
        }
    }

    fn poisoned(&mut self, action: &str, error: &io::Error) -> CommitError {
        let text = format!("cannot {action} {}: {error}", self.dir.display());
        let cause: Arc<str> = text.into();
        self.poison = Some(Arc::clone(&cause));
        CommitError::Poisoned(cause)
    }
}
