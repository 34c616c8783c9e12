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
    frame::{Fields, Out},
};

const HEADER_BYTES: usize = 64;
const MAGIC: [u8; 8] = *b"SKEPSNAP";
const VERSION: u32 = 1;
const UNFINISHED: &str = "snapshot.tmp";
const N_KEPT: usize = 2;
const CHUNK_BYTES: usize = 1 << 20;
/// How much may be waiting for the disk, so that the journal's syncs stay quick meanwhile.
const UNSYNCED_CHUNKS_MAX: usize = 8;

/// The snapshots of one journal.
#[derive(Clone, Debug)]
pub struct Snapshots {
    dir: PathBuf,
    stream_id: u32,
    disk: Arc<dyn Disk>,
}

/// The newest snapshot that can be read.
#[derive(Debug)]
pub struct LoadedSnapshot {
    /// Position of the last record in it.
    pub position: u64,
    /// What was written.
    pub body: Vec<u8>,
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

    /// Writes a snapshot and removes all but the last two; durable when this returns.
    ///
    /// Returns the position of the older one that is kept: the journal is needed from there on.
    /// `None` while there is only one.
    ///
    /// # Errors
    /// [`SnapshotError::Io`]; what was there before is still there.
    pub fn write(&self, position: u64, body: &[u8]) -> Result<Option<u64>, SnapshotError> {
        let unfinished = self.dir.join(UNFINISHED);
        let written = self.write_file(&unfinished, position, body);
        if let Err(source) = written {
            // Gives back the room it took; the next attempt would empty it anyway.
            drop(self.disk.remove(&unfinished));
            return Err(SnapshotError::io("write", &unfinished)(source));
        }
        let path = self.path(position);
        self.disk.rename(&unfinished, &path).map_err(SnapshotError::io("rename", &unfinished))?;
        self.disk.sync_dir(&self.dir).map_err(SnapshotError::io("sync", &self.dir))?;
        let positions = self.positions()?;
        for old in positions.iter().skip(N_KEPT) {
            let path = self.path(*old);
            self.disk.remove(&path).map_err(SnapshotError::io("remove", &path))?;
        }
        Ok(positions.get(N_KEPT - 1).copied())
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
        match self.load(snapshot.position) {
            Ok(_) => Ok(true),
            Err(SnapshotError::Damaged { .. }) => {
                self.disk.remove(&path).map_err(SnapshotError::io("remove", &path))?;
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// Reads the newest snapshot that is not damaged. Damaged ones that were passed over are
    /// returned beside it, newest first: say so loudly.
    ///
    /// # Errors
    /// [`SnapshotError::Io`]
    pub fn load_newest(
        &self,
    ) -> Result<(Option<LoadedSnapshot>, Vec<SnapshotError>), SnapshotError> {
        let mut passed_over = Vec::new();
        for position in self.positions()? {
            match self.load(position) {
                Ok(snapshot) => return Ok((Some(snapshot), passed_over)),
                Err(damaged @ SnapshotError::Damaged { .. }) => passed_over.push(damaged),
                Err(error @ SnapshotError::Io { .. }) => return Err(error),
            }
        }
        Ok((None, passed_over))
    }

    /// Reads the snapshot at `position`.
    ///
    /// # Errors
    /// [`SnapshotError`]
    pub fn load(&self, position: u64) -> Result<LoadedSnapshot, SnapshotError> {
        let path = self.path(position);
        let file = self.disk.open(&path, false).map_err(SnapshotError::io("open", &path))?;
        let length = file.length().map_err(SnapshotError::io("read", &path))?;
        let mut header = [0; HEADER_BYTES];
        file.read_full_at(&mut header, 0).map_err(SnapshotError::io("read", &path))?;
        let damaged = |reason| SnapshotError::Damaged { path: path.clone(), reason };
        let (body_bytes, checksum) = self.check_header(&header, position).map_err(damaged)?;
        if body_bytes.checked_add(HEADER_BYTES as u64) != Some(length) {
            return Err(damaged("its length is not what its header says"));
        }
        let mut body = vec![0; usize::try_from(body_bytes).unwrap_or(usize::MAX)];
        let n = file
            .read_full_at(&mut body, HEADER_BYTES as u64)
            .map_err(SnapshotError::io("read", &path))?;
        if n != body.len() || crc32c::crc32c(&body) != checksum {
            return Err(damaged("its body does not match its checksum"));
        }
        Ok(LoadedSnapshot { position, body })
    }

    pub(crate) fn path(&self, position: u64) -> PathBuf {
        self.dir.join(format!("snapshot-{position:020}.sks"))
    }

    /// Length and checksum of the body.
    fn check_header(
        &self,
        header: &[u8; HEADER_BYTES],
        position: u64,
    ) -> Result<(u64, u32), &'static str> {
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
        if ![fields.u32(), 0].contains(&self.stream_id) {
            return Err("it belongs to another partition");
        }
        if fields.u64() != position {
            return Err("its name and its header name different positions");
        }
        Ok((fields.u64(), fields.u32()))
    }

    fn write_file(&self, path: &Path, position: u64, body: &[u8]) -> io::Result<()> {
        let mut header = [0; HEADER_BYTES];
        let mut out = Out(&mut header);
        out.put(&MAGIC);
        out.put(&VERSION.to_le_bytes());
        out.put(&self.stream_id.to_le_bytes());
        out.put(&position.to_le_bytes());
        out.put(&(body.len() as u64).to_le_bytes());
        out.put(&crc32c::crc32c(body).to_le_bytes());
        let (head, tail) = header.split_at_mut(HEADER_BYTES - 4);
        tail.copy_from_slice(&crc32c::crc32c(head).to_le_bytes());

        let file = self.disk.create(path)?;
        file.write_all_at(&header, 0)?;
        let mut offset = HEADER_BYTES as u64;
        for (n, chunk) in body.chunks(CHUNK_BYTES).enumerate() {
            file.write_all_at(chunk, offset)?;
            offset += chunk.len() as u64;
            if n % UNSYNCED_CHUNKS_MAX == UNSYNCED_CHUNKS_MAX - 1 {
                file.sync_data()?;
            }
        }
        file.sync_data()
    }
}

fn position_of(file_name: &str) -> Option<u64> {
    file_name.strip_prefix("snapshot-")?.strip_suffix(".sks")?.parse().ok()
}
