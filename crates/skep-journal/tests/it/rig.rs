//! A journal in a folder of its own, filled with bodies that can be told apart.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use skep_journal::{
    Disk, Journal, JournalConfig, JournalError, OsDisk, Recovery, SnapshotError, Snapshots,
    WrittenSnapshot,
};
use tempfile::TempDir;

/// Small segments, so that tests meet their ends.
pub(crate) const SEGMENT_BYTES: u64 = 16 << 10;

pub(crate) struct Rig {
    pub(crate) dir: TempDir,
}

impl Rig {
    pub(crate) fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn try_open(&self) -> Result<(Journal, Recovery), JournalError> {
        Journal::open(self.path(), config(Arc::new(OsDisk)))
    }

    pub(crate) fn open(&self) -> Journal {
        self.try_open().unwrap().0
    }

    pub(crate) fn open_on(&self, disk: Arc<dyn Disk>) -> Journal {
        Journal::open(self.path(), config(disk)).unwrap().0
    }

    /// The segments, oldest first.
    pub(crate) fn segments(&self) -> Vec<PathBuf> {
        let mut paths: Vec<_> = fs::read_dir(self.path())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.file_name().unwrap().to_string_lossy().starts_with("segment-"))
            .collect();
        paths.sort();
        paths
    }

    /// A copy in another folder, as it would be found after a crash at this moment.
    pub(crate) fn copy(&self) -> Self {
        let copy = Self::new();
        for entry in fs::read_dir(self.path()).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), copy.path().join(entry.file_name())).unwrap();
        }
        copy
    }

    /// Every body the journal hands out after opening it, which must succeed.
    pub(crate) fn bodies(&self) -> Vec<Vec<u8>> {
        read_all(&self.open())
    }
}

pub(crate) fn config(disk: Arc<dyn Disk>) -> JournalConfig {
    JournalConfig { stream_id: 7, segment_bytes: SEGMENT_BYTES, disk, background: true }
}

/// The body that tests write at a position: its length and content depend on it.
pub(crate) fn body(position: u64) -> Vec<u8> {
    let n = usize::try_from(position * 37 % 300).unwrap();
    let mut body = position.to_le_bytes().to_vec();
    body.resize(8 + n, u8::try_from(position % 251).unwrap());
    body
}

/// Appends the bodies of these positions, and commits them together.
pub(crate) fn commit(journal: &mut Journal, positions: std::ops::RangeInclusive<u64>) {
    for position in positions {
        journal.append(position, position, &body(position)).unwrap();
    }
    journal.commit().unwrap();
}

pub(crate) fn read_all(journal: &Journal) -> Vec<Vec<u8>> {
    journal.read_from(0).unwrap().map(|frame| frame.unwrap().payload).collect()
}

/// The bodies of the positions up to `last`.
pub(crate) fn bodies_to(last: u64) -> Vec<Vec<u8>> {
    (1..=last).map(body).collect()
}

pub(crate) fn overwrite(path: &Path, offset: u64, bytes: &[u8]) {
    let file = OpenOptions::new().write(true).open(path).unwrap();
    file.write_all_at(bytes, offset).unwrap();
}

pub(crate) fn write_snapshot(
    snapshots: &Snapshots,
    position: u64,
    body: &[u8],
) -> Result<WrittenSnapshot, SnapshotError> {
    snapshots.write(position, |out| out.write_all(body))
}

pub(crate) fn flip_bit(path: &Path, offset: u64, bit: u8) {
    let file = OpenOptions::new().read(true).write(true).open(path).unwrap();
    let mut byte = [0];
    file.read_exact_at(&mut byte, offset).unwrap();
    file.write_all_at(&[byte[0] ^ (1 << bit)], offset).unwrap();
}
