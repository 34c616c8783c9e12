//! Reading frames, also while another process writes them.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    JournalError,
    disk::{Disk, OsDisk},
    error::Damage,
    scan::{Scanner, Step},
    segment::{self, SegmentHeader},
};

/// A body and where it was found.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Frame {
    /// Position of the first record in the body.
    pub first_position: u64,
    /// Position of the last record in the body.
    pub last_position: u64,
    /// Which opening of the journal wrote it.
    pub epoch: u32,
    /// The segment.
    pub file: Arc<Path>,
    /// Where in the segment.
    pub offset: u64,
    /// The bytes that were appended.
    pub payload: Vec<u8>,
}

/// Iterates over frames in order, every one checked. Writes nothing, locks nothing.
///
/// It ends at the last whole frame, which in a journal that is being written is simply the
/// newest so far. Damage before that is an error, after which it ends.
#[derive(Debug)]
pub struct Reader {
    disk: Arc<dyn Disk>,
    dir: PathBuf,
    from: u64,
    until: u64,
    current: Option<Current>,
}

#[derive(Debug)]
struct Current {
    scanner: Scanner,
    header: SegmentHeader,
    path: Arc<Path>,
    /// Whether the next segment was seen before the end of this one was read.
    next_seen: bool,
}

impl Reader {
    /// Reads the journal in `dir`: frames that hold `position` or later ones.
    ///
    /// # Errors
    /// [`JournalError`]
    pub fn open(dir: impl AsRef<Path>, position: u64) -> Result<Self, JournalError> {
        Self::open_with(dir.as_ref(), position, Arc::new(OsDisk))
    }

    pub(crate) fn open_with(
        dir: &Path,
        position: u64,
        disk: Arc<dyn Disk>,
    ) -> Result<Self, JournalError> {
        let mut reader =
            Self { disk, dir: dir.to_owned(), from: position, until: u64::MAX, current: None };
        reader.seek()?;
        Ok(reader)
    }

    /// Leaves out frames that begin after `position`.
    pub(crate) fn until(mut self, position: u64) -> Self {
        self.until = position;
        self
    }

    /// Goes to the newest segment that begins at or before the wanted position.
    fn seek(&mut self) -> Result<(), JournalError> {
        let names = self.disk.file_names(&self.dir).map_err(JournalError::io("list", &self.dir))?;
        for (number, path) in segment::list(&self.dir, &names).into_iter().rev() {
            let opened = match self.enter(number, &path) {
                Ok(opened) => opened,
                // Trimmed since it was listed, and so are all before it.
                Err(JournalError::Io { source, .. })
                    if source.kind() == io::ErrorKind::NotFound =>
                {
                    break;
                }
                Err(error) => return Err(error),
            };
            let reached = opened.header.first_position <= self.from;
            self.current = Some(opened);
            if reached {
                break;
            }
        }
        Ok(())
    }

    fn enter(&self, number: u64, path: &Path) -> Result<Current, JournalError> {
        let file = self.disk.open(path, false).map_err(JournalError::io("open", path))?;
        let header = segment::read_header(&*file, path, number)?;
        Ok(Current {
            scanner: Scanner::new(file, &header),
            header,
            path: path.into(),
            next_seen: false,
        })
    }

    /// Position of the first record in the segment that is read; `None` while there is no segment.
    #[must_use]
    pub fn first_position(&self) -> Option<u64> {
        self.current.as_ref().map(|current| current.header.first_position)
    }

    /// The next frame of those up to position `committed`, which the journal's writer has told;
    /// `None` when it has read them all. More may come after that, unlike from the iterator.
    ///
    /// # Errors
    /// [`JournalError`]: what is committed cannot be read.
    pub fn tail(&mut self, committed: u64) -> Result<Option<Frame>, JournalError> {
        if self.current.is_none() {
            self.seek()?;
        }
        if let Some(frame) = self.step(committed)? {
            return Ok(Some(frame));
        }
        match &mut self.current {
            // What was read ahead is older than what was committed since.
            Some(current) if current.scanner.chain.position < committed => {
                current.scanner.refresh();
                self.step(committed)
            }
            Some(_) | None => Ok(None),
        }
    }

    /// The next frame of those that begin behind `from` and at `committed` at most: what is
    /// skipped on the way there must not lead behind it.
    fn step(&mut self, committed: u64) -> Result<Option<Frame>, JournalError> {
        while let Some(current) = &mut self.current {
            if current.scanner.chain.position >= committed {
                return Ok(None);
            }
            let offset = current.scanner.offset;
            let path = Arc::clone(&current.path);
            let bad = match current.scanner.step().map_err(JournalError::io("read", &path))? {
                Step::Frame(header, _) if header.last_position() < self.from => continue,
                Step::Frame(header, _) if header.first_position > self.until => return Ok(None),
                Step::Frame(header, body) => {
                    return Ok(Some(Frame {
                        first_position: header.first_position,
                        last_position: header.last_position(),
                        epoch: header.epoch,
                        file: path,
                        offset,
                        payload: body.to_vec(),
                    }));
                }
                Step::End => None,
                Step::Bad(kind) => Some(kind),
            };
            if !self.next_segment(bad)? {
                return Ok(None);
            }
        }
        Ok(None)
    }

    /// At the end of a segment: goes on to the next, or looks at the end once more; false when
    /// this is the end of the journal.
    fn next_segment(&mut self, bad: Option<crate::DamageKind>) -> Result<bool, JournalError> {
        let Some(current) = &mut self.current else { return Ok(false) };
        let number = current.header.number + 1;
        let path = self.dir.join(segment::file_name(number));
        if !current.next_seen {
            match self.disk.open(&path, false) {
                Ok(_) => {
                    // The writer may have filled this segment after its end was read.
                    current.next_seen = true;
                    current.scanner.refresh();
                    return Ok(true);
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
                Err(error) => return Err(JournalError::io("open", &path)(error)),
            }
        }
        let (offset, chain) = (current.scanner.offset, current.scanner.chain);
        let file = current.path.to_path_buf();
        let next = self.enter(number, &path)?;
        if (chain.position + 1, chain.checksum)
            != (next.header.first_position, next.header.previous)
        {
            let kind = bad.unwrap_or(crate::DamageKind::Hole);
            return Err(Damage { file, offset, position: chain.position + 1, kind }.into());
        }
        self.current = Some(next);
        Ok(true)
    }
}

impl Iterator for Reader {
    type Item = Result<Frame, JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        let step = self.step(u64::MAX);
        if step.is_err() {
            self.current = None;
        }
        step.transpose()
    }
}
