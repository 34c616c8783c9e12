//! Export: a thread hands the records of all partitions to an exporter, after they are on disk.
//!
//! It reads them from the journal, so that an exporter that falls behind holds nothing back and
//! takes no memory: the journal keeps what it has not taken for good.

mod run;

use std::{
    fmt, io,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    thread::{self, JoinHandle, Thread},
    time::Duration,
};

use skep_record::{Exporter, PartitionId};
use tokio::{sync::watch, time::timeout};

use self::run::Run;
use crate::BrokerConfig;

/// How far the records of a partition have come.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct ExportPosition {
    /// Position of the last record that is on disk.
    pub committed: u64,
    /// Position of the last record that whoever reads the exporter's data can see.
    pub exported: u64,
}

#[derive(Debug, Default)]
struct Progress {
    committed: AtomicU64,
    exported: AtomicU64,
    /// Exported, and safe from a loss of power.
    durable: AtomicU64,
}

/// How far the exporter has come, for the partitions and for those who wait for it.
pub(crate) struct Exports {
    partitions: Box<[Progress]>,
    /// Changes with each flush.
    flushed: watch::Sender<u64>,
    n_waiting: AtomicUsize,
    stopped: AtomicBool,
    /// Whether the thread sleeps until something is committed.
    is_idle: AtomicBool,
    thread: OnceLock<Thread>,
}

impl fmt::Debug for Exports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exports").field("partitions", &self.partitions).finish_non_exhaustive()
    }
}

/// Counts somebody who waits, as long as it lives.
struct Waiting<'e>(&'e Exports);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.n_waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Exports {
    /// Before the partitions start: nothing is known to be exported.
    pub(crate) fn new(n_partitions: u16) -> Arc<Self> {
        Arc::new(Self {
            partitions: (0..n_partitions).map(|_| Progress::default()).collect(),
            flushed: watch::Sender::new(0),
            n_waiting: AtomicUsize::new(0),
            stopped: AtomicBool::new(false),
            is_idle: AtomicBool::new(false),
            thread: OnceLock::new(),
        })
    }

    /// Starts the thread; the partitions have started.
    pub(crate) fn spawn(
        self: &Arc<Self>,
        config: &BrokerConfig,
        exporter: Box<dyn Exporter>,
    ) -> io::Result<JoinHandle<()>> {
        let run = Run::new(Arc::clone(self), config, exporter);
        let thread = thread::Builder::new()
            .name("skep-export".to_owned())
            .spawn(move || run.until_stopped())?;
        // It is set once, here.
        let _ = self.thread.set(thread.thread().clone());
        Ok(thread)
    }

    /// Everything up to `position` is on disk.
    pub(crate) fn committed(&self, partition_id: PartitionId, position: u64) {
        if let Some(progress) = self.of(partition_id) {
            progress.committed.store(position, Ordering::SeqCst);
            // Not at each commit while the thread has something to do.
            if self.is_idle.load(Ordering::SeqCst) {
                self.wake();
            }
        }
    }

    /// Up to where the journal of a partition is not needed for export any more.
    pub(crate) fn durable(&self, partition_id: PartitionId) -> u64 {
        self.of(partition_id).map_or(0, |progress| progress.durable.load(Ordering::Acquire))
    }

    pub(crate) fn position(&self, partition_id: PartitionId) -> ExportPosition {
        self.of(partition_id).map_or_else(ExportPosition::default, |progress| ExportPosition {
            committed: progress.committed.load(Ordering::SeqCst),
            exported: progress.exported.load(Ordering::Acquire),
        })
    }

    /// Waits until everything that is on disk now is exported; false if it is not in time.
    pub(crate) async fn caught_up(&self, at_most: Duration) -> bool {
        let wanted: Vec<u64> =
            self.partitions.iter().map(|one| one.committed.load(Ordering::Acquire)).collect();
        let is_there = || {
            let exported = self.partitions.iter().map(|one| one.exported.load(Ordering::Acquire));
            exported.zip(&wanted).all(|(exported, wanted)| exported >= *wanted)
        };
        let mut flushed = self.flushed.subscribe();
        if is_there() {
            return true;
        }
        self.n_waiting.fetch_add(1, Ordering::Relaxed);
        let _waiting = Waiting(self);
        self.wake();
        let waiting = async {
            while !is_there() {
                if flushed.changed().await.is_err() {
                    return;
                }
            }
        };
        // Whether in time or not: what counts is what is there.
        let _ = timeout(at_most, waiting).await;
        is_there()
    }

    /// Has the thread end after one more flush.
    pub(crate) fn stop(&self) {
        self.stopped.store(true, Ordering::Release);
        self.wake();
    }

    fn of(&self, partition_id: PartitionId) -> Option<&Progress> {
        self.partitions.get(usize::from(partition_id.0).checked_sub(1)?)
    }

    fn wake(&self) {
        if let Some(thread) = self.thread.get() {
            thread.unpark();
        }
    }
}
