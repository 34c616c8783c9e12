//! One partition: its thread, and the loop that takes, decides, commits and delivers.

mod group;
mod push;
mod recovery;
mod room;
mod snapshots;
#[cfg(test)]
mod tests;

use std::{
    collections::{HashMap, VecDeque},
    fmt, io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, mpsc},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use skep_engine::{ColdError, Engine, EngineConfig};
use skep_journal::Journal;
use skep_record::{
    Command, JobKey, MessageKey, PartitionId, ProcessInstanceKey, Timestamp, UserTaskKey,
};

pub use self::recovery::RecoveryReport;
pub(crate) use self::snapshots::SnapshotDone;
use self::{group::Group, push::Streams, snapshots::Snapshotter};
use crate::{
    BrokerConfig,
    clock::Clock,
    cold::ColdPlace,
    export::Exports,
    inbox::{Inbox, Notice, Order, Request, Taken, Wait},
    notices::JobNotices,
    reply::Reply,
};

/// Longest sleep while something is due later, so that a moved system clock is noticed.
const SLEEP_MAX: Duration = Duration::from_secs(1);

/// Why a partition's thread ends without having been told to.
#[derive(Debug)]
pub(crate) struct Halt(String);

impl fmt::Display for Halt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a caller waits for.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
enum Awaited {
    /// The end of the instance that it created.
    Completion(ProcessInstanceKey),
    /// Somebody who takes the message that it sent.
    Correlation(MessageKey),
    /// What the listeners of a user task say to the step that it asked for.
    UserTaskStep(UserTaskKey),
}

/// Everything that the thread of a partition owns.
#[derive(Debug)]
pub(crate) struct Partition {
    id: PartitionId,
    engine_config: EngineConfig,
    cold: ColdPlace,
    /// Whether the store of idle instances has last taken none: they stay in memory.
    stays_warm: bool,
    clock: Clock,
    inbox: Arc<Inbox>,
    inboxes: Arc<[Arc<Inbox>]>,
    notices: Arc<JobNotices>,
    engine: Engine,
    journal: Journal,
    snapshots: Snapshotter,
    /// Who is told what can be exported.
    exports: Option<Arc<Exports>>,
    /// Taken from the inbox and not yet processed.
    queue: VecDeque<Request>,
    notes: Vec<Notice>,
    taken: Taken,
    /// Jobs that came back, and when their locks end.
    returned: Vec<(JobKey, Timestamp)>,
    streams: Streams,
    /// Who waits for something to happen, and the intent of what they asked for.
    awaiting: HashMap<Awaited, (&'static str, Reply)>,
    awaiting_sweep_at: usize,
    group: Group,
    encoded: Vec<u8>,
    /// Commands due by time in which the engine failed: they would fail again for ever.
    given_up: Vec<Command>,
    n_faults: u32,
    /// Since when the disk is full, and when it is tried again.
    full: Option<room::Full>,
}

/// Starts the thread of a partition, which begins with recovery and reports it when it works.
pub(crate) fn spawn(
    config: &BrokerConfig,
    inbox: Arc<Inbox>,
    inboxes: Arc<[Arc<Inbox>]>,
    notices: Arc<JobNotices>,
) -> io::Result<(JoinHandle<()>, mpsc::Receiver<RecoveryReport>)> {
    let config = config.clone();
    let (reporter, report) = mpsc::channel();
    let id = inbox.partition_id();
    let thread = thread::Builder::new().name(format!("skep-part-{id}")).spawn(move || {
        let span = tracing::error_span!("partition", partition_id = id.0);
        let _entered = span.enter();
        let ended = catch_unwind(AssertUnwindSafe(|| {
            let (partition, report) =
                Partition::recover(&config, Arc::clone(&inbox), inboxes, notices)?;
            tracing::info!(
                snapshot_position = report.snapshot_position,
                last_position = report.last_position,
                n_records = report.n_records,
                elapsed_ms = u64::try_from(report.elapsed.as_millis()).unwrap_or(u64::MAX),
                "partition is ready"
            );
            if let Some(torn) = &report.torn_tail {
                tracing::warn!(%torn, "cut off a commit that a crash had interrupted");
            }
            // Nobody listens any more only when the start has failed elsewhere.
            drop(reporter.send(report));
            let mut partition = partition;
            match partition.run() {
                Ok(with_snapshot) => partition.end(with_snapshot),
                Err(halt) => {
                    // Before the callers' replies are dropped, who are to be told the reason.
                    inbox.set_stopped(halt.0.clone());
                    Err(halt)
                }
            }
        }));
        let reason = match ended {
            Ok(Ok(())) => "it is shutting down".to_owned(),
            Ok(Err(halt)) => {
                tracing::error!(reason = %halt, "partition has stopped");
                halt.0
            }
            Err(_) => {
                tracing::error!("partition has stopped: its thread has panicked");
                "its thread has panicked".to_owned()
            }
        };
        inbox.set_stopped(reason);
    })?;
    Ok((thread, report))
}

impl Partition {
    /// Works until it is told to stop; says whether a snapshot is wanted.
    fn run(&mut self) -> Result<bool, Halt> {
        loop {
            let wait = self.wait();
            if let Some(with_snapshot) = self.turn(wait)? {
                return Ok(with_snapshot);
            }
        }
    }

    /// Takes what has come in, decides, commits and delivers it. Once it is told to stop and has
    /// nothing left to do, says whether a snapshot is wanted.
    pub(crate) fn turn(&mut self, wait: Wait) -> Result<Option<bool>, Halt> {
        let order = self.inbox.take(&mut self.queue, &mut self.notes, wait);
        self.heed_notes();
        self.return_stalled();
        if !self.has_room()? {
            self.refuse_queue();
        }
        let is_idle = self.queue.is_empty() && self.returned.is_empty();
        if let Order::Stop { with_snapshot } = order
            && is_idle
        {
            return Ok(Some(with_snapshot));
        }
        if self.full.is_none() {
            self.fill_group()?;
            self.deliver()?;
            self.snapshot_if_due();
        }
        Ok(None)
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }

    pub(crate) fn journal(&self) -> &Journal {
        &self.journal
    }

    /// How long there is certainly nothing to do.
    pub(crate) fn wait(&self) -> Wait {
        if let Some(full) = &self.full {
            return Wait::AtMost(full.retry_at.saturating_duration_since(Instant::now()));
        }
        if !self.queue.is_empty() || !self.returned.is_empty() || self.streams.has_work() {
            return Wait::No;
        }
        let due = match (self.engine.next_due(), self.streams.check_at()) {
            (Some(a), Some(b)) => a.min(b),
            (Some(at), None) | (None, Some(at)) => at,
            (None, None) => return Wait::ForEver,
        };
        let now = self.clock.now();
        if due <= now {
            // What cannot be carried out stays due: it must not keep the thread awake.
            return if self.given_up.is_empty() { Wait::No } else { Wait::AtMost(SLEEP_MAX) };
        }
        if self.clock.is_manual() {
            return Wait::ForEver;
        }
        let ms = u64::try_from(due.0.saturating_sub(now.0)).unwrap_or(0);
        Wait::AtMost(Duration::from_millis(ms).min(SLEEP_MAX))
    }

    fn heed_notes(&mut self) {
        for note in std::mem::take(&mut self.notes) {
            match note {
                Notice::Opened(stream) => self.streams.opened(stream),
                Notice::Closed(stream) => self.streams.closed(&stream),
                Notice::Room(job_type) => self.streams.look_again(&job_type),
                Notice::Snapshot(done) => self.snapshot_done(done),
            }
        }
    }

    /// Takes back what streams have not read for too long.
    fn return_stalled(&mut self) {
        let now = self.clock.now();
        for job in self.streams.take_stalled(self.id, now) {
            tracing::debug!(job_key = job.key.0, "taking a job back that its stream does not read");
            self.returned.push((job.key, job.deadline));
        }
    }

    /// Leaves everything on disk as a start wants to find it.
    pub(crate) fn end(mut self, with_snapshot: bool) -> Result<(), Halt> {
        self.snapshots.wait();
        if with_snapshot {
            self.write_last_snapshot();
        }
        let closed = self.journal.close();
        closed.map_err(|error| Halt(format!("cannot close the journal: {}", chain(&error))))
    }
}

/// The store of idle instances cannot give back what it was given.
fn not_kept(error: &ColdError) -> Halt {
    Halt(format!("{}. Nothing is lost: a restart makes the store anew", chain(error)))
}

/// An error with what caused it.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

/// Bits for values that need no secrecy but must differ between processes.
fn random() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    // Each state is keyed anew from the system's random source of this thread.
    RandomState::new().hash_one(0_u8)
}
