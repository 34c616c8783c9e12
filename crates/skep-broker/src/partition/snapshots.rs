//! Snapshots: written beside the partition's work, read when it starts.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use skep_engine::{Engine, EngineConfig, Frozen, ReplayError, RestoreError};
use skep_journal::{Journal, SnapshotError, Snapshots, WrittenSnapshot};
use skep_record::Batch;

use super::{Halt, Partition, chain, not_kept};
use crate::{
    cold::ColdPlace,
    inbox::{Inbox, Notice},
};

/// How a snapshot ended that was written in the background.
#[derive(Debug)]
pub(crate) struct SnapshotDone {
    position: u64,
    elapsed: Duration,
    /// Or what went wrong.
    result: Result<WrittenSnapshot, String>,
}

/// What it took to build an engine's state.
#[derive(Clone, Copy, Debug)]
pub(super) struct Replayed {
    pub(super) snapshot_position: u64,
    pub(super) n_records: u64,
    n_bytes: u64,
}

/// The snapshots of a partition, and when the next one is due.
#[derive(Debug)]
pub(super) struct Snapshotter {
    snapshots: Snapshots,
    every_bytes: u64,
    /// Whether a snapshot is written by a thread of its own.
    background: bool,
    since_bytes: u64,
    last_position: u64,
    running: Option<JoinHandle<()>>,
}

impl Snapshotter {
    pub(super) fn new(snapshots: Snapshots, every_bytes: u64, background: bool) -> Self {
        let (since_bytes, last_position) = (0, 0);
        Self { snapshots, every_bytes, background, since_bytes, last_position, running: None }
    }

    /// So much journal has been written.
    pub(super) fn written(&mut self, n_bytes: u64) {
        self.since_bytes += n_bytes;
    }

    /// Waits for the snapshot that is being written.
    pub(super) fn wait(&mut self) {
        if let Some(thread) = self.running.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread that writes a snapshot has panicked");
        }
    }

    /// Builds the engine's state from the newest good snapshot and the journal after it.
    pub(super) fn load_engine(
        &mut self,
        config: &EngineConfig,
        cold: &ColdPlace,
        journal: &Journal,
    ) -> Result<(Engine, Replayed), Halt> {
        self.wait();
        let (engine, snapshot_position) = self.newest(config, cold)?;
        self.last_position = snapshot_position;
        check_cover(journal, snapshot_position)?;
        let (engine, replayed) = replay(engine, journal, snapshot_position)?;
        // What had to be replayed now would have to be again.
        self.since_bytes = replayed.n_bytes;
        Ok((engine, replayed))
    }

    /// The state in the newest snapshot that is good, and its position.
    fn newest(&self, config: &EngineConfig, cold: &ColdPlace) -> Result<(Engine, u64), Halt> {
        let open = || cold.open().map_err(|error| Halt(chain(&error)));
        let positions = self.snapshots.positions().map_err(|error| Halt(chain(&error)))?;
        for position in positions {
            let snapshot = match self.snapshots.read(position) {
                Ok(snapshot) => snapshot,
                Err(error @ SnapshotError::Damaged { .. }) => {
                    tracing::error!(%error, "passing over a damaged snapshot");
                    continue;
                }
                Err(error) => return Err(Halt(chain(&error))),
            };
            let spill = open()?;
            let restored =
                catch_unwind(AssertUnwindSafe(|| Engine::restore(config.clone(), spill, snapshot)));
            match restored {
                Ok(Ok(engine)) if engine.last_position() == position => {
                    return Ok((engine, position));
                }
                Ok(Ok(_)) => {
                    tracing::error!(
                        position,
                        "passing over a snapshot with another position in it"
                    );
                }
                Ok(Err(error @ RestoreError::Io(_))) => return Err(Halt(chain(&error))),
                Ok(Err(error)) => {
                    let error = chain(&error);
                    tracing::error!(position, error, "passing over a snapshot");
                }
                Err(_) => {
                    tracing::error!(position, "passing over a snapshot: restoring it panicked");
                }
            }
        }
        let engine = Engine::new(config.clone());
        Ok((if let Some(spill) = open()? { engine.with_spill(spill) } else { engine }, 0))
    }
}

/// The journal must begin at or before the snapshot's end, and not end before it.
fn check_cover(journal: &Journal, snapshot_position: u64) -> Result<(), Halt> {
    let (first, last) = (journal.first_position(), journal.last_position());
    if last < snapshot_position {
        return Err(Halt(format!(
            "its journal ends at position {last}, but its snapshot is of position {snapshot_position}: acknowledged records are missing. Restore the partition's folder from a backup"
        )));
    }
    if first > snapshot_position + 1 {
        return Err(Halt(format!(
            "its journal begins at position {first}, but the newest good snapshot ends at position {snapshot_position}: the records between are missing. Restore the partition's folder from a backup"
        )));
    }
    Ok(())
}

fn replay(
    engine: Engine,
    journal: &Journal,
    snapshot_position: u64,
) -> Result<(Engine, Replayed), Halt> {
    let mut engine = engine;
    let (mut n_records, mut n_bytes) = (0, 0);
    let reader = journal.read_from(snapshot_position + 1).map_err(|error| Halt(chain(&error)))?;
    for frame in reader {
        let frame = frame.map_err(|error| Halt(chain(&error)))?;
        let place = || format!("{}, byte {}", frame.file.display(), frame.offset);
        let batch = Batch::decode(&frame.payload).map_err(|error| {
            Halt(format!("cannot read the records at {}: {}", place(), chain(&error)))
        })?;
        if batch.first_position() != engine.last_position() + 1
            || batch.last_position() != frame.last_position
        {
            return Err(Halt(format!("the records at {} do not follow those before", place())));
        }
        match catch_unwind(AssertUnwindSafe(|| engine.replay(&batch))) {
            Ok(Ok(())) => (),
            Ok(Err(ReplayError::Cold(error))) => return Err(not_kept(&error)),
            Ok(Err(error)) => {
                return Err(Halt(format!(
                    "cannot replay the records at {}: {}",
                    place(),
                    chain(&error)
                )));
            }
            Err(_) => {
                return Err(Halt(format!(
                    "the engine panicked replaying the records at {}",
                    place()
                )));
            }
        }
        // What the store does not take stays in memory; the partition says so when it works.
        drop(engine.tidy());
        n_records += batch.records.len() as u64;
        n_bytes += frame.payload.len() as u64;
    }
    if engine.last_position() != journal.last_position() {
        return Err(Halt(format!(
            "replay ends at position {}, the journal at {}",
            engine.last_position(),
            journal.last_position()
        )));
    }
    Ok((engine, Replayed { snapshot_position, n_records, n_bytes }))
}

impl Partition {
    /// Starts a snapshot in the background when enough has been written since the last.
    pub(super) fn snapshot_if_due(&mut self) {
        let snapshotter = &mut self.snapshots;
        if snapshotter.since_bytes < snapshotter.every_bytes || snapshotter.running.is_some() {
            return;
        }
        snapshotter.since_bytes = 0;
        let frozen = self.engine.freeze();
        let snapshots = snapshotter.snapshots.clone();
        let inbox = Arc::clone(&self.inbox);
        if !snapshotter.background {
            write_and_tell(&snapshots, frozen, &inbox);
            return;
        }
        let span = tracing::Span::current();
        let spawned = thread::Builder::new().name("skep-snapshot".to_owned()).spawn(move || {
            let _entered = span.enter();
            give_way();
            write_and_tell(&snapshots, frozen, &inbox);
        });
        match spawned {
            Ok(thread) => snapshotter.running = Some(thread),
            Err(error) => tracing::warn!(%error, "cannot start a thread to write a snapshot"),
        }
    }

    pub(super) fn snapshot_done(&mut self, done: SnapshotDone) {
        // Its thread has nothing left to do, but may wait long for a processor to end on.
        self.snapshots.running = None;
        match done.result {
            Ok(WrittenSnapshot { n_bytes, older }) => {
                self.snapshots.last_position = done.position;
                tracing::info!(
                    position = done.position,
                    n_bytes,
                    elapsed_ms = done.elapsed.as_secs_f64() * 1e3,
                    "snapshot written"
                );
                self.trim(older);
            }
            Err(error) => {
                tracing::error!(error, position = done.position, "cannot write a snapshot");
                // Not at once again: what failed is likely to fail again.
                let snapshotter = &mut self.snapshots;
                snapshotter.since_bytes = snapshotter.since_bytes.max(snapshotter.every_bytes / 2);
            }
        }
    }

    /// The journal is needed from the older snapshot on, in case the newer one is damaged, and
    /// from what is not exported on.
    fn trim(&mut self, older: Option<u64>) {
        if let Some(older) = older {
            let exported = self.exports.as_ref().map(|exports| exports.durable(self.id));
            let older = exported.map_or(older, |exported| older.min(exported));
            let n_segments = self.journal.trim_below(older + 1);
            tracing::debug!(n_segments, below = older + 1, "journal trimmed");
        }
    }

    /// Writes a snapshot on this thread, for a quick start next time.
    pub(super) fn write_last_snapshot(&mut self) {
        if self.engine.last_position() == self.snapshots.last_position {
            return;
        }
        let frozen = self.engine.freeze();
        match write(&self.snapshots.snapshots, &frozen) {
            Ok(written) => self.trim(written.older),
            // The journal has everything: the next start only takes longer.
            Err(error) => tracing::warn!(error = chain(&error), "cannot write the last snapshot"),
        }
    }
}

/// Leaves the processors to the partitions and to those who call them, where all are busy: a
/// snapshot may take its time, and commands may not wait for it.
#[cfg(target_os = "linux")]
fn give_way() {
    /// Of 19: a thread with it gets a tenth of what one without gets.
    const NICENESS: i32 = 10;
    // Linux counts each thread by itself here.
    let this_thread = rustix::thread::gettid();
    if let Err(error) = rustix::process::setpriority_process(Some(this_thread), NICENESS) {
        tracing::debug!(%error, "a snapshot is written with the priority of everything else");
    }
}

/// Elsewhere all threads of a process have the same priority.
#[cfg(not(target_os = "linux"))]
fn give_way() {}

fn write(snapshots: &Snapshots, frozen: &Frozen) -> Result<WrittenSnapshot, SnapshotError> {
    snapshots.write(frozen.position(), |out| Ok(frozen.write(out)?))
}

fn write_and_tell(snapshots: &Snapshots, frozen: Frozen, inbox: &Inbox) {
    let began = Instant::now();
    let position = frozen.position();
    let written = catch_unwind(AssertUnwindSafe(|| write(snapshots, &frozen)));
    let result = match written {
        Ok(written) => written.map_err(|error| chain(&error)),
        Err(_) => Err("encoding it panicked".to_owned()),
    };
    // Before the next one begins: the view may be the last to have what has changed since.
    drop(frozen);
    let elapsed = began.elapsed();
    inbox.notify(Notice::Snapshot(SnapshotDone { position, elapsed, result }));
}
