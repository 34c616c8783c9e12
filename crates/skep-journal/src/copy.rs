//! Copying a journal up to a position, also while another process writes it.

use std::{
    io,
    path::{Path, PathBuf},
};

use crate::{
    JournalError,
    disk::{Disk, DiskFile, OsDisk},
    recover::Walk,
    scan::{Scanner, Step},
    segment::{self, DATA_OFFSET},
};

const CHUNK_BYTES: usize = 1 << 20;

/// What was copied.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Copied {
    /// Position of the first record.
    pub first_position: u64,
    /// Position of the last record; one less than the first when there is none.
    pub last_position: u64,
    /// Bytes of frames.
    pub n_bytes: u64,
}

/// The segments of a journal, opened: what a running writer trims from now on is still there.
#[derive(Debug)]
pub struct OpenSegments {
    dir: PathBuf,
    files: Vec<(u64, PathBuf, Box<dyn DiskFile>)>,
    first_position: u64,
}

impl OpenSegments {
    /// Opens the segments of the journal in `dir`, which may be written meanwhile.
    ///
    /// # Errors
    /// [`JournalError`]
    pub fn open(dir: &Path) -> Result<Self, JournalError> {
        let disk = OsDisk;
        let names = disk.file_names(dir).map_err(JournalError::io("list", dir))?;
        let mut files: Vec<(u64, PathBuf, Box<dyn DiskFile>)> = Vec::new();
        for (number, path) in segment::list(dir, &names) {
            match disk.open(&path, false) {
                Ok(file) => files.push((number, path, file)),
                // Trimmed since it was listed, and so were all before it.
                Err(error) if error.kind() == io::ErrorKind::NotFound => files.clear(),
                Err(error) => return Err(JournalError::io("open", &path)(error)),
            }
        }
        let first_position = match files.first() {
            Some((number, path, file)) => {
                segment::read_header(&**file, path, *number)?.first_position
            }
            None => 1,
        };
        Ok(Self { dir: dir.to_owned(), files, first_position })
    }

    /// Position of the first record.
    #[must_use]
    pub fn first_position(&self) -> u64 {
        self.first_position
    }

    /// Copies the frames into the folder `to`, which exists and is empty, as far as `keep` says
    /// yes to the position of the last record in a frame, and its body. The copy is a journal
    /// that ends there.
    ///
    /// Every frame is checked. What a running writer has not finished writing is left out.
    ///
    /// # Errors
    /// - [`JournalError::Damaged`]: the journal is damaged before that.
    /// - [`JournalError::Io`]
    pub fn copy(
        self,
        to: &Path,
        mut keep: impl FnMut(u64, &[u8]) -> bool,
    ) -> Result<Copied, JournalError> {
        let first_position = self.first_position;
        let mut copied =
            Copied { first_position, last_position: first_position - 1, ..Copied::default() };
        let mut walk = Walk::new(0);
        for (number, path, file) in self.files {
            if walk.stream_id == 0 {
                walk.stream_id = segment::read_header(&*file, &path, number)?.stream_id;
            }
            let header = walk.enter(&self.dir, &path, &*file, number)?;
            let mut scanner = Scanner::new(file, &header);
            let (mut end, mut is_cut) = (DATA_OFFSET, false);
            let bad = loop {
                match scanner.step().map_err(JournalError::io("read", &path))? {
                    Step::Frame(frame, body) if keep(frame.last_position(), body) => {
                        copied.last_position = frame.last_position();
                        copied.n_bytes += frame.frame_bytes() as u64;
                        end += frame.frame_bytes() as u64;
                    }
                    Step::Frame(..) => {
                        is_cut = true;
                        break None;
                    }
                    Step::End => break None,
                    Step::Bad(kind) => break Some(kind),
                }
            };
            walk.leave(&path, &scanner, bad);
            let target = to.join(segment::file_name(number));
            copy(&*scanner.into_file(), &target, end, header.file_bytes)
                .map_err(JournalError::io("write", &target))?;
            if is_cut {
                break;
            }
        }
        OsDisk.sync_dir(to).map_err(JournalError::io("sync", to))?;
        Ok(copied)
    }
}

/// Copies the first bytes of a file; the rest of the copy is zeros.
pub(crate) fn copy(from: &dyn DiskFile, to: &Path, end: u64, file_bytes: u64) -> io::Result<()> {
    let target = OsDisk.create(to)?;
    let mut buffer = vec![0; CHUNK_BYTES];
    let mut offset = 0;
    while offset < end {
        let n = usize::try_from(end - offset).unwrap_or(usize::MAX).min(CHUNK_BYTES);
        let chunk = buffer.get_mut(..n).unwrap_or_default();
        if from.read_full_at(chunk, offset)? < n {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        target.write_all_at(chunk, offset)?;
        offset += n as u64;
    }
    if end < file_bytes {
        target.write_all_at(&[0], file_bytes - 1)?;
    }
    target.sync_data()
}
