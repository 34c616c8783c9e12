//! Snapshots: whole files, named by position, checked when read, the last two kept.
//!
//! A file `snapshot-POSITION.sks` is a header of 64 bytes (`SKEPSNAP`, u32 version, u32 stream
//! id, u64 position, u64 length of the body, u32 CRC-32C of the body, 24 bytes of zero, u32
//! CRC-32C of the header so far) and the body. All numbers are little-endian.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    disk::{Disk, DiskFile, OsDisk, is_full},
    snapshot_file::{Header, SnapshotReader, SnapshotWriter, Unreadable},
};

const UNFINISHED: &str = "snapshot.tmp";
const N_KEPT: usize = 2;

/// The snapshots of one journal.
#[derive(Clone, Debug)]
pub struct Snapshots {
    dir: PathBuf,
    stream_id: u32,
    disk: Arc<dyn Disk>,
}

/// A snapshot that was written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct WrittenSnapshot {
    /// Length of its body.
    pub n_bytes: u64,
    /// Position of the older one that is kept: the journal is needed from there on. `None` while
    /// there is only one.
    pub older: Option<u64>,
}

/// A snapshot's file, opened: it can be read though it is removed meanwhile.
#[derive(Debug)]
pub struct OpenSnapshot {
    /// Position of the last record in it.
    pub position: u64,
    file: Box<dyn DiskFile>,
}

/// Why a snapshot cannot be written or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
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
    /// The file is not what was written.
    #[error("snapshot {} is damaged: {reason}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: &'static str,
    },
}

impl SnapshotError {
    fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }

    /// Whether the cause is a lack of space, which passes.
    #[must_use]
    pub fn is_disk_full(&self) -> bool {
        matches!(self, Self::Io { source, .. } if is_full(source))
    }
}

impl Snapshots {
    /// The snapshots in `dir`, which is made if it is not there.
    ///
    /// # Errors
    /// [`SnapshotError::Io`]
    pub fn open(
        dir: impl Into<PathBuf>,
        stream_id: u32,
        disk: Arc<dyn Disk>,
    ) -> Result<Self, SnapshotError> {
        let dir = dir.into();
        disk.create_dir_all(&dir).map_err(SnapshotError::io("create", &dir))?;
        Ok(Self { dir, stream_id, disk })
    }

    pub(crate) fn read_only(dir: &Path) -> Self {
        // Stream 0 stands for any: whoever only reads need not know it.
        Self { dir: dir.to_owned(), stream_id: 0, disk: Arc::new(OsDisk) }
    }

    /// Positions of the snapshots, newest first. They have not been read.
    ///
    /// # Errors
    /// [`SnapshotError::Io`]
    pub fn positions(&self) -> Result<Vec<u64>, SnapshotError> {
        let names =
            self.disk.file_names(&self.dir).map_err(SnapshotError::io("list", &self.dir))?;
        let mut positions: Vec<u64> = names.iter().filter_map(|name| position_of(name)).collect();
        positions.sort_unstable_by(|a, b| b.cmp(a));
        Ok(positions)
    }

    /// Writes a snapshot with the body that `fill` gives, and removes all but the last two;
    /// durable when this returns.
    ///
    /// # Errors
    /// [`SnapshotError::Io`], also if `fill` fails; what was there before is still there.
    pub fn write(
        &self,
        position: u64,
        fill: impl FnOnce(&mut SnapshotWriter) -> io::Result<()>,
    ) -> Result<WrittenSnapshot, SnapshotError> {
        let unfinished = self.dir.join(UNFINISHED);
        let written = self.write_file(&unfinished, position, fill);
        let n_bytes = written.map_err(|source| {
            // Gives back the room it took; the next attempt would empty it anyway.
            drop(self.disk.remove(&unfinished));
            SnapshotError::io("write", &unfinished)(source)
        })?;
        let path = self.path(position);
        self.disk.rename(&unfinished, &path).map_err(SnapshotError::io("rename", &unfinished))?;
        self.disk.sync_dir(&self.dir).map_err(SnapshotError::io("sync", &self.dir))?;
        let positions = self.positions()?;
        for old in positions.iter().skip(N_KEPT) {
            let path = self.path(*old);
            self.disk.remove(&path).map_err(SnapshotError::io("remove", &path))?;
        }
        Ok(WrittenSnapshot { n_bytes, older: positions.get(N_KEPT - 1).copied() })
    }

    /// Opens the snapshots, oldest first, unread.
    ///
    /// # Errors
    /// [`SnapshotError::Io`]
    pub fn open_all(&self) -> Result<Vec<OpenSnapshot>, SnapshotError> {
        let mut opened = Vec::new();
        for position in self.positions()?.into_iter().rev() {
            let path = self.path(position);
            match self.disk.open(&path, false) {
                Ok(file) => opened.push(OpenSnapshot { position, file }),
                // Removed since it was listed, because there are newer ones.
                Err(error) if error.kind() == io::ErrorKind::NotFound => (),
                Err(error) => return Err(SnapshotError::io("open", &path)(error)),
            }
        }
        Ok(opened)
    }

    /// Makes a copy of another folder's snapshot; says whether it is good.
    ///
    /// # Errors
    /// [`SnapshotError::Io`]
    pub fn adopt(&self, snapshot: &OpenSnapshot) -> Result<bool, SnapshotError> {
        let path = self.path(snapshot.position);
        let length = snapshot.file.length().map_err(SnapshotError::io("read", &path))?;
        crate::copy::copy(&*snapshot.file, &path, length, length)
            .map_err(SnapshotError::io("write", &path))?;
        self.disk.sync_dir(&self.dir).map_err(SnapshotError::io("sync", &self.dir))?;
        match self.read(snapshot.position) {
            Ok(_) => Ok(true),
            Err(SnapshotError::Damaged { .. }) => {
                self.disk.remove(&path).map_err(SnapshotError::io("remove", &path))?;
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// Opens the newest snapshot that is not damaged. Damaged ones that were passed over are
    /// returned beside it, newest first: say so loudly.
    ///
    /// # Errors
    /// [`SnapshotError::Io`]
    pub fn read_newest(
        &self,
    ) -> Result<(Option<SnapshotReader>, Vec<SnapshotError>), SnapshotError> {
        let mut passed_over = Vec::new();
        for position in self.positions()? {
            match self.read(position) {
                Ok(snapshot) => return Ok((Some(snapshot), passed_over)),
                Err(damaged @ SnapshotError::Damaged { .. }) => passed_over.push(damaged),
                Err(error @ SnapshotError::Io { .. }) => return Err(error),
            }
        }
        Ok((None, passed_over))
    }

    /// Opens the snapshot at `position` and checks all of it.
    ///
    /// # Errors
    /// [`SnapshotError`]
    pub fn read(&self, position: u64) -> Result<SnapshotReader, SnapshotError> {
        let path = self.path(position);
        let file = self.disk.open(&path, false).map_err(SnapshotError::io("open", &path))?;
        let opened = SnapshotReader::open(file, |header| self.check(header, position));
        opened.map_err(|error| match error {
            Unreadable::Io(source) => SnapshotError::io("read", &path)(source),
            Unreadable::Damaged(reason) => SnapshotError::Damaged { path, reason },
        })
    }

    pub(crate) fn path(&self, position: u64) -> PathBuf {
        self.dir.join(format!("snapshot-{position:020}.sks"))
    }

    fn check(&self, header: &Header, position: u64) -> Result<(), &'static str> {
        if ![header.stream_id, 0].contains(&self.stream_id) {
            return Err("it belongs to another partition");
        }
        if header.position != position {
            return Err("its name and its header name different positions");
        }
        Ok(())
    }

    fn write_file(
        &self,
        path: &Path,
        position: u64,
        fill: impl FnOnce(&mut SnapshotWriter) -> io::Result<()>,
    ) -> io::Result<u64> {
        let mut writer = SnapshotWriter::new(self.disk.create(path)?)?;
        fill(&mut writer)?;
        writer.finish(self.stream_id, position)
    }
}

fn position_of(file_name: &str) -> Option<u64> {
    file_name.strip_prefix("snapshot-")?.strip_suffix(".sks")?.parse().ok()
}
