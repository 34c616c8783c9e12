//! The thread that prepares the next segment and removes trimmed ones, so that the writer never
//! waits for either.

use std::{
    collections::VecDeque,
    fmt, io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, Sender, channel},
    },
    thread::{self, JoinHandle},
};

use crate::{
    disk::{Disk, DiskFile},
    segment::SPARE,
};

const CHUNK_BYTES: usize = 256 << 10;
/// How much may be waiting for the disk before the filler waits too: a burst of 64 MB would
/// slow down the syncs of the writer.
const UNSYNCED_BYTES_MAX: u64 = 4 << 20;

/// A file filled with zeros, synced, and not yet a segment.
#[derive(Debug)]
pub(crate) struct Spare {
    pub(crate) file: Box<dyn DiskFile>,
    pub(crate) file_bytes: u64,
    pub(crate) path: PathBuf,
}

enum Job {
    Fill(u64),
    Remove(Vec<PathBuf>),
}

pub(crate) enum Done {
    Filled(io::Result<Spare>),
    RemoveFailed(PathBuf, io::Error),
}

/// Handle of the thread; dropping it stops the thread and waits for it.
pub(crate) struct Filler {
    worker: Worker,
    filling: bool,
}

enum Worker {
    Thread(Thread),
    /// Everything is done at once, by whoever asks for it.
    Inline {
        disk: Arc<dyn Disk>,
        dir: PathBuf,
        done: VecDeque<Done>,
    },
}

struct Thread {
    jobs: Option<Sender<Job>>,
    done: Receiver<Done>,
    stop: Arc<AtomicBool>,
    handle: Option<JoinHandle<()>>,
}

impl Filler {
    /// A filler without a thread.
    pub(crate) fn inline(disk: Arc<dyn Disk>, dir: PathBuf) -> Self {
        Self { worker: Worker::Inline { disk, dir, done: VecDeque::new() }, filling: false }
    }

    pub(crate) fn start(disk: Arc<dyn Disk>, dir: PathBuf) -> io::Result<Self> {
        let (jobs, todo) = channel::<Job>();
        let (reports, done) = channel();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let handle = thread::Builder::new().name("skep-fill".to_owned()).spawn(move || {
            for job in todo {
                let report = job.carry_out(&*disk, &dir, &stopped);
                // The journal hears no more only when it is being dropped.
                if report.is_some_and(|report| reports.send(report).is_err()) {
                    return;
                }
            }
        })?;
        let thread = Thread { jobs: Some(jobs), done, stop, handle: Some(handle) };
        Ok(Self { worker: Worker::Thread(thread), filling: false })
    }

    /// Asks for a spare of this size, unless one is on its way.
    pub(crate) fn fill(&mut self, file_bytes: u64) {
        if !self.filling {
            self.filling = self.send(Job::Fill(file_bytes));
        }
    }

    pub(crate) fn remove(&mut self, paths: Vec<PathBuf>) {
        if !paths.is_empty() {
            self.send(Job::Remove(paths));
        }
    }

    fn send(&mut self, job: Job) -> bool {
        match &mut self.worker {
            Worker::Thread(thread) => {
                thread.jobs.as_ref().is_some_and(|jobs| jobs.send(job).is_ok())
            }
            Worker::Inline { disk, dir, done } => {
                let never = AtomicBool::new(false);
                done.extend(job.carry_out(&**disk, dir, &never));
                true
            }
        }
    }

    /// The next thing that was done; waits for it when a spare is on its way and `wait` is set.
    pub(crate) fn done(&mut self, wait: bool) -> Option<Done> {
        let done = match &mut self.worker {
            Worker::Thread(thread) if wait && self.filling => thread.done.recv().ok(),
            Worker::Thread(thread) => thread.done.try_recv().ok(),
            Worker::Inline { done, .. } => done.pop_front(),
        };
        match done {
            // A thread that is gone will fill nothing any more.
            None if wait => self.filling = false,
            Some(Done::Filled(_)) => self.filling = false,
            None | Some(Done::RemoveFailed(..)) => (),
        }
        done
    }
}

impl Job {
    fn carry_out(self, disk: &dyn Disk, dir: &Path, stop: &AtomicBool) -> Option<Done> {
        match self {
            Self::Fill(file_bytes) => {
                Some(Done::Filled(make_spare(disk, dir, SPARE, file_bytes, stop)))
            }
            Self::Remove(paths) => remove(disk, dir, paths),
        }
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.jobs = None;
        if let Some(handle) = self.handle.take() {
            // Nothing to do about a panic over there: it has been printed.
            drop(handle.join());
        }
    }
}

impl fmt::Debug for Filler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Filler").field("filling", &self.filling).finish_non_exhaustive()
    }
}

/// Makes a file of zeros; durable when this returns.
pub(crate) fn make_spare(
    disk: &dyn Disk,
    dir: &Path,
    [unfinished, finished]: [&str; 2],
    file_bytes: u64,
    stop: &AtomicBool,
) -> io::Result<Spare> {
    let unfinished = dir.join(unfinished);
    let path = dir.join(finished);
    let filled = fill(disk, &unfinished, file_bytes, stop).and_then(|file| {
        disk.rename(&unfinished, &path)?;
        disk.sync_dir(dir)?;
        Ok(Spare { file, file_bytes, path })
    });
    if filled.is_err() {
        // Gives back the room it took. When even that fails, the next attempt empties it.
        drop(disk.remove(&unfinished));
    }
    filled
}

fn fill(
    disk: &dyn Disk,
    path: &Path,
    file_bytes: u64,
    stop: &AtomicBool,
) -> io::Result<Box<dyn DiskFile>> {
    let file = disk.create(path)?;
    let zeros = vec![0; CHUNK_BYTES];
    let (mut offset, mut unsynced) = (0, 0);
    while offset < file_bytes {
        if stop.load(Ordering::Relaxed) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let n = usize::try_from(file_bytes - offset).unwrap_or(usize::MAX).min(CHUNK_BYTES);
        file.write_all_at(zeros.get(..n).unwrap_or_default(), offset)?;
        offset += n as u64;
        unsynced += n as u64;
        if unsynced >= UNSYNCED_BYTES_MAX {
            file.sync_data()?;
            unsynced = 0;
        }
    }
    file.sync_data()?;
    Ok(file)
}

/// Removes files oldest first, and stops at the first failure, so that no gap can arise.
fn remove(disk: &dyn Disk, dir: &Path, paths: Vec<PathBuf>) -> Option<Done> {
    for path in paths {
        if let Err(error) = disk.remove(&path) {
            return Some(Done::RemoveFailed(path, error));
        }
    }
    let error = disk.sync_dir(dir).err()?;
    Some(Done::RemoveFailed(dir.to_owned(), error))
}
