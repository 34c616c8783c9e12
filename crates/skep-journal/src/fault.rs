//! A disk that fails on demand, for tests of whatever keeps files through [`Disk`].

use std::{
    collections::{BTreeMap, HashMap},
    fs::{File, OpenOptions},
    io,
    os::unix::fs::FileExt,
    path::Path,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use crate::disk::{Disk, DiskFile, OsDisk};

/// What a disk writes as a whole.
const SECTOR_BYTES: u64 = 512;

/// The operating system's disk, with a limit to its room, failing syncs and power losses.
#[derive(Debug, Default)]
pub struct FaultDisk {
    state: Arc<Mutex<State>>,
    next_id: AtomicU64,
}

#[derive(Debug, Default)]
struct State {
    room: Option<u64>,
    refuse_writes: bool,
    fail_syncs: bool,
    power_off: bool,
    n_syncs: u64,
    unsynced: HashMap<u64, Unsynced>,
}

/// What the sectors of a file held before they were written without a sync.
#[derive(Debug)]
struct Unsynced {
    file: Arc<File>,
    sectors: BTreeMap<u64, Vec<u8>>,
}

impl FaultDisk {
    /// A disk without faults so far.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Lets files grow by `n_bytes` more in total; `None` for as much as they like.
    ///
    /// The write that meets the limit writes what fits, as a real one does, and the next fails
    /// with "no space left".
    pub fn limit_room(&self, n_bytes: Option<u64>) {
        self.lock().room = n_bytes;
    }

    /// Has writes fail with "no space left" even inside a file, as copy-on-write file systems do.
    pub fn refuse_writes(&self, refuse: bool) {
        self.lock().refuse_writes = refuse;
    }

    /// Has syncs fail with an I/O error.
    pub fn fail_syncs(&self, fail: bool) {
        self.lock().fail_syncs = fail;
    }

    /// How many syncs of files have succeeded.
    #[must_use]
    pub fn n_syncs(&self) -> u64 {
        self.lock().n_syncs
    }

    /// Cuts the power: of every sector that was written and not synced, `survives` decides
    /// whether the disk has the new content or still the old one. From now on every operation
    /// fails.
    ///
    /// # Panics
    /// When the old content cannot be written back.
    pub fn cut_power(&self, mut survives: impl FnMut() -> bool) {
        let mut state = self.lock();
        state.power_off = true;
        let mut files: Vec<_> = state.unsynced.drain().collect();
        files.sort_unstable_by_key(|(id, _)| *id);
        for (_, Unsynced { file, sectors }) in files {
            for (sector, old) in sectors {
                if !survives() {
                    let restored = file.write_all_at(&old, sector * SECTOR_BYTES);
                    assert!(restored.is_ok(), "cannot restore a sector: {restored:?}");
                }
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    fn powered(&self) -> io::Result<()> {
        self.lock().powered()
    }

    fn wrap(&self, file: File) -> Box<dyn DiskFile> {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        Box::new(FaultFile { file: Arc::new(file), id, state: Arc::clone(&self.state) })
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State {
    fn powered(&self) -> io::Result<()> {
        if self.power_off { Err(io::Error::other("the power is off")) } else { Ok(()) }
    }
}

impl Disk for FaultDisk {
    fn create_dir_all(&self, dir: &Path) -> io::Result<()> {
        self.powered()?;
        OsDisk.create_dir_all(dir)
    }

    fn file_names(&self, dir: &Path) -> io::Result<Vec<String>> {
        self.powered()?;
        OsDisk.file_names(dir)
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.powered()?;
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create(true).truncate(true).open(path)?;
        Ok(self.wrap(file))
    }

    fn open(&self, path: &Path, writable: bool) -> io::Result<Box<dyn DiskFile>> {
        self.powered()?;
        Ok(self.wrap(OpenOptions::new().read(true).write(writable).open(path)?))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.powered()?;
        OsDisk.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.powered()?;
        OsDisk.remove(path)
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        self.powered()?;
        OsDisk.sync_dir(dir)
    }
}

#[derive(Debug)]
struct FaultFile {
    file: Arc<File>,
    id: u64,
    state: Arc<Mutex<State>>,
}

impl FaultFile {
    /// Remembers what a write to these bytes replaces.
    fn remember(&self, state: &mut State, offset: u64, n: u64) -> io::Result<()> {
        let unsynced = state
            .unsynced
            .entry(self.id)
            .or_insert_with(|| Unsynced { file: Arc::clone(&self.file), sectors: BTreeMap::new() });
        for sector in offset / SECTOR_BYTES..(offset + n).div_ceil(SECTOR_BYTES) {
            if let std::collections::btree_map::Entry::Vacant(entry) =
                unsynced.sectors.entry(sector)
            {
                let mut old = vec![0; usize::try_from(SECTOR_BYTES).unwrap_or(0)];
                let file: &dyn DiskFile = &*self.file;
                let length = file.read_full_at(&mut old, sector * SECTOR_BYTES)?;
                old.truncate(length);
                entry.insert(old);
            }
        }
        Ok(())
    }
}

impl DiskFile for FaultFile {
    fn length(&self) -> io::Result<u64> {
        DiskFile::length(&*self.file)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        lock(&self.state).powered()?;
        DiskFile::read_at(&*self.file, buffer, offset)
    }

    fn write_at(&self, data: &[u8], offset: u64) -> io::Result<usize> {
        let mut state = lock(&self.state);
        state.powered()?;
        if state.refuse_writes {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let length = DiskFile::length(&*self.file)?;
        let growth = (offset + data.len() as u64).saturating_sub(length);
        let lacking = state.room.map_or(0, |room| growth.saturating_sub(room));
        let n = (data.len() as u64).saturating_sub(lacking);
        if n == 0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        if let Some(room) = &mut state.room {
            *room -= growth - lacking;
        }
        self.remember(&mut state, offset, n)?;
        let n = usize::try_from(n).unwrap_or(usize::MAX);
        self.file.write_all_at(data.get(..n).unwrap_or_default(), offset)?;
        Ok(n)
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut state = lock(&self.state);
        state.powered()?;
        if state.fail_syncs {
            return Err(io::Error::other("injected sync failure"));
        }
        state.n_syncs += 1;
        state.unsynced.remove(&self.id);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_power_loss_undoes_what_was_not_synced() {
        let dir = tempfile::tempdir().unwrap();
        let disk = FaultDisk::new();
        let file = disk.create(&dir.path().join("f")).unwrap();
        file.write_all_at(&[1; 1024], 0).unwrap();
        file.sync_data().unwrap();
        file.write_all_at(&[2; 1024], 0).unwrap();
        let mut first = true;
        disk.cut_power(|| std::mem::take(&mut first));
        let content = std::fs::read(dir.path().join("f")).unwrap();
        assert_eq!(content, [[2; 512], [1; 512]].concat());
        assert!(file.sync_data().is_err());
    }

    #[test]
    fn a_full_disk_takes_what_fits_and_then_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let disk = FaultDisk::new();
        let file = disk.create(&dir.path().join("f")).unwrap();
        disk.limit_room(Some(3));
        assert_eq!(file.write_at(b"hello", 0).unwrap(), 3);
        let error = file.write_at(b"lo", 3).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        assert_eq!(file.write_at(b"HE", 0).unwrap(), 2);
    }
}
