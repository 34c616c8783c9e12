//! A disk in memory that loses what was not synced.

use std::{
    collections::BTreeMap,
    io,
    panic::resume_unwind,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use skep_journal::{Disk, DiskFile};

use crate::Rng;

/// What a disk writes as a whole.
const SECTOR_BYTES: usize = 512;

/// What a thread unwinds with when the power fails in the middle of one of its writes.
#[derive(Clone, Copy, Debug)]
pub struct PowerCut;

/// A disk in memory, with power cuts, failing syncs and syncs that lie.
#[derive(Debug)]
pub struct SimDisk {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    rng: Rng,
    names: BTreeMap<PathBuf, usize>,
    files: Vec<Content>,
    /// Changes of folders that are not durable yet, oldest first.
    unsynced: Vec<Change>,
    /// Changes left until the power fails.
    cut_in: Option<u64>,
    /// Syncs of files left until one fails.
    fail_sync_in: Option<u64>,
    lies: bool,
    n_changes: u64,
}

#[derive(Debug, Default)]
struct Content {
    bytes: Vec<u8>,
    /// Length at the last sync.
    synced_len: usize,
    /// What sectors held at the last sync that have been written since.
    old: BTreeMap<usize, Vec<u8>>,
}

#[derive(Debug)]
struct Change {
    dir: PathBuf,
    /// Names, and what they named before.
    before: Vec<(PathBuf, Option<usize>)>,
}

impl SimDisk {
    /// An empty disk whose faults are those of a seed.
    #[must_use]
    pub fn new(rng: Rng) -> Arc<Self> {
        let state = State {
            rng,
            names: BTreeMap::new(),
            files: Vec::new(),
            unsynced: Vec::new(),
            cut_in: None,
            fail_sync_in: None,
            lies: false,
            n_changes: 0,
        };
        Arc::new(Self { state: Mutex::new(state) })
    }

    /// Has the power fail at the `n`th change from now: the thread that makes it unwinds with
    /// [`PowerCut`], and [`SimDisk::cut_power`] is to be called. `None`: it does not fail.
    pub fn cut_in(&self, n: Option<u64>) {
        self.lock().cut_in = n;
    }

    /// Has the `n`th sync of a file from now fail. `None`: none fails.
    pub fn fail_sync_in(&self, n: Option<u64>) {
        self.lock().fail_sync_in = n;
    }

    /// From now on syncs succeed and do nothing.
    pub fn lie(&self) {
        self.lock().lies = true;
    }

    /// How many writes, syncs, creations, renames and removals there were.
    #[must_use]
    pub fn n_changes(&self) -> u64 {
        self.lock().n_changes
    }

    /// What is left after a power cut: of the folders' changes an arbitrary beginning, of every
    /// sector that was written and not synced the new content or the old.
    pub fn cut_power(&self) {
        let mut state = self.lock();
        let state = &mut *state;
        state.cut_in = None;
        state.fail_sync_in = None;
        let kept = state.rng.below(state.unsynced.len() + 1);
        for change in state.unsynced.drain(..).skip(kept).rev() {
            for (path, before) in change.before {
                match before {
                    Some(file) => state.names.insert(path, file),
                    None => state.names.remove(&path),
                };
            }
        }
        for file in &mut state.files {
            file.lose(&mut state.rng);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes a change, or lets the power fail before or after it.
    fn change<T>(&self, make: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.lock();
        state.n_changes += 1;
        if let Some(left) = &mut state.cut_in {
            *left = left.saturating_sub(1);
            if *left == 0 {
                if state.rng.one_in(2) {
                    make(&mut state);
                }
                drop(state);
                resume_unwind(Box::new(PowerCut));
            }
        }
        make(&mut state)
    }

    fn file(self: &Arc<Self>, id: usize) -> Box<dyn DiskFile> {
        Box::new(SimFile { disk: Arc::clone(self), id })
    }
}

impl Content {
    fn write(&mut self, data: &[u8], offset: usize) {
        let end = offset + data.len();
        for sector in offset / SECTOR_BYTES..end.div_ceil(SECTOR_BYTES) {
            let start = (sector * SECTOR_BYTES).min(self.bytes.len());
            let stop = (start + SECTOR_BYTES).min(self.bytes.len());
            let bytes = &self.bytes;
            self.old
                .entry(sector)
                .or_insert_with(|| bytes.get(start..stop).map(<[u8]>::to_vec).unwrap_or_default());
        }
        if self.bytes.len() < end {
            self.bytes.resize(end, 0);
        }
        if let Some(place) = self.bytes.get_mut(offset..end) {
            place.copy_from_slice(data);
        }
    }

    fn sync(&mut self) {
        self.synced_len = self.bytes.len();
        self.old.clear();
    }

    /// Loses some of what was not synced: everything, nothing, or sector by sector.
    fn lose(&mut self, rng: &mut Rng) {
        if self.old.is_empty() && self.synced_len == self.bytes.len() {
            return;
        }
        let chance = [0, 100, 50, 90][rng.below(4)];
        let mut end = self.synced_len;
        for (sector, old) in std::mem::take(&mut self.old) {
            let start = sector * SECTOR_BYTES;
            let stop = (start + SECTOR_BYTES).min(self.bytes.len());
            if rng.below(100) < chance {
                end = end.max(stop);
            } else if let Some(place) = self.bytes.get_mut(start..stop) {
                place.fill(0);
                if let Some(place) = place.get_mut(..old.len()) {
                    place.copy_from_slice(&old);
                }
            }
        }
        self.bytes.truncate(end);
        self.synced_len = end;
    }
}

impl State {
    fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        let file = self.names.remove(from).ok_or(io::ErrorKind::NotFound)?;
        let replaced = self.names.insert(to.to_owned(), file);
        self.changed(from, vec![(from.to_owned(), Some(file)), (to.to_owned(), replaced)]);
        Ok(())
    }

    fn changed(&mut self, path: &Path, before: Vec<(PathBuf, Option<usize>)>) {
        let dir = path.parent().map(Path::to_owned).unwrap_or_default();
        self.unsynced.push(Change { dir, before });
    }
}

/// A disk as journals and brokers take it: the trait's methods have no `Arc<Self>`, and open
/// files need one.
#[derive(Clone, Debug)]
pub struct Mounted(pub Arc<SimDisk>);

impl Disk for Mounted {
    fn create_dir_all(&self, _dir: &Path) -> io::Result<()> {
        Ok(())
    }

    fn file_names(&self, dir: &Path) -> io::Result<Vec<String>> {
        let state = self.0.lock();
        let in_dir = state.names.keys().filter(|path| path.parent() == Some(dir));
        Ok(in_dir.filter_map(|path| Some(path.file_name()?.to_str()?.to_owned())).collect())
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let id = self.0.change(|state| {
            let id = state.files.len();
            state.files.push(Content::default());
            let replaced = state.names.insert(path.to_owned(), id);
            state.changed(path, vec![(path.to_owned(), replaced)]);
            id
        });
        Ok(self.0.file(id))
    }

    fn open(&self, path: &Path, _writable: bool) -> io::Result<Box<dyn DiskFile>> {
        let id = self.0.lock().names.get(path).copied().ok_or(io::ErrorKind::NotFound)?;
        Ok(self.0.file(id))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.0.change(|state| state.rename(from, to))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.0.change(|state| {
            let file = state.names.remove(path).ok_or(io::ErrorKind::NotFound)?;
            state.changed(path, vec![(path.to_owned(), Some(file))]);
            Ok(())
        })
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        self.0.change(|state| {
            if !state.lies {
                state.unsynced.retain(|change| change.dir != dir);
            }
            Ok(())
        })
    }
}

#[derive(Debug)]
struct SimFile {
    disk: Arc<SimDisk>,
    id: usize,
}

impl SimFile {
    fn change<T>(&self, make: impl FnOnce(&mut Content, &mut Rng) -> T) -> io::Result<T> {
        self.disk.change(|state| {
            let State { files, rng, .. } = state;
            let content = files.get_mut(self.id).ok_or(io::ErrorKind::NotFound)?;
            Ok(make(content, rng))
        })
    }
}

impl DiskFile for SimFile {
    fn length(&self) -> io::Result<u64> {
        Ok(self.disk.lock().files.get(self.id).map_or(0, |file| file.bytes.len()) as u64)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let state = self.disk.lock();
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        let rest = state.files.get(self.id).and_then(|file| file.bytes.get(offset..));
        let rest = rest.unwrap_or_default();
        let n = rest.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..n), rest.get(..n)) {
            to.copy_from_slice(from);
        }
        Ok(n)
    }

    fn write_at(&self, data: &[u8], offset: u64) -> io::Result<usize> {
        let offset = usize::try_from(offset).map_err(|_| io::ErrorKind::StorageFull)?;
        self.change(|content, _| content.write(data, offset))?;
        Ok(data.len())
    }

    fn sync_data(&self) -> io::Result<()> {
        let fails = {
            let mut state = self.disk.lock();
            match state.fail_sync_in.take() {
                Some(n @ 2..) => {
                    state.fail_sync_in = Some(n - 1);
                    false
                }
                counted => counted.is_some(),
            }
        };
        if fails {
            // What a failed sync leaves on the disk is anybody's guess, and so is what a read
            // gives before the machine has been started anew.
            self.change(|content, rng| {
                if rng.one_in(2) {
                    content.lose(rng);
                }
            })?;
            return Err(io::Error::other("the disk cannot sync"));
        }
        if !self.disk.lock().lies {
            self.change(|content, _| content.sync())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disk() -> Mounted {
        Mounted(SimDisk::new(Rng::new(1)))
    }

    fn content(disk: &Mounted, path: &str) -> Option<Vec<u8>> {
        let file = disk.open(Path::new(path), false).ok()?;
        let mut bytes = vec![0; usize::try_from(file.length().unwrap()).unwrap()];
        file.read_at(&mut bytes, 0).unwrap();
        Some(bytes)
    }

    #[test]
    fn what_was_synced_survives_a_power_cut_and_what_was_not_may_go() {
        let mut lost = [false; 3];
        for seed in 0..50 {
            let disk = Mounted(SimDisk::new(Rng::new(seed)));
            let file = disk.create(Path::new("d/kept")).unwrap();
            file.write_at(&[1; 1000], 0).unwrap();
            file.sync_data().unwrap();
            disk.sync_dir(Path::new("d")).unwrap();
            file.write_at(&[2; 1024], 512).unwrap();
            disk.create(Path::new("d/new")).unwrap();
            disk.0.cut_power();
            let bytes = content(&disk, "d/kept").unwrap();
            assert!(bytes.len() >= 1000);
            assert_eq!(bytes[..512], [1; 512]);
            lost[0] |= bytes[512] == 1;
            lost[1] |= bytes[512] == 2 && bytes.len() < 1536;
            lost[2] |= content(&disk, "d/new").is_none();
        }
        assert_eq!(lost, [true; 3]);
    }

    #[test]
    fn a_removed_file_may_come_back_and_a_renamed_one_have_its_old_name() {
        let mut came_back = false;
        for seed in 0..50 {
            let disk = Mounted(SimDisk::new(Rng::new(seed)));
            for name in ["d/a", "d/b"] {
                let file = disk.create(Path::new(name)).unwrap();
                file.write_at(name.as_bytes(), 0).unwrap();
                file.sync_data().unwrap();
            }
            disk.sync_dir(Path::new("d")).unwrap();
            disk.rename(Path::new("d/a"), Path::new("d/b")).unwrap();
            disk.0.cut_power();
            let (a, b) = (content(&disk, "d/a"), content(&disk, "d/b").unwrap());
            match a {
                Some(a) => assert_eq!((a.as_slice(), b.as_slice()), (&b"d/a"[..], &b"d/b"[..])),
                None => assert_eq!(b, b"d/a"),
            }
            came_back |= disk.open(Path::new("d/a"), false).is_ok();
        }
        assert!(came_back);
    }

    #[test]
    fn the_power_fails_when_it_is_told_to() {
        let disk = disk();
        disk.0.cut_in(Some(2));
        let file = disk.create(Path::new("d/f")).unwrap();
        let unwound = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| file.sync_data()));
        assert!(unwound.unwrap_err().is::<PowerCut>());
    }
}
