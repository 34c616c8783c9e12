//! The running partitions, seen from outside.

use std::{
    fs, io,
    path::Path,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicUsize, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use skep_journal::{DataDirLock, LockError};
use skep_record::{
    ActivatedJob, AuthorizedCommand, Command, Exporter, JobType, PartitionId, Query, ResourceKey,
    ResourceValue, Response, Timestamp,
};
use tokio::sync::watch;

use crate::{
    BrokerConfig, ExportPosition, JobStream, JobStreamRequest, StartError, SubmitError,
    clock::Wake,
    export::Exports,
    inbox::{Inbox, Notice, Request},
    layout,
    notices::JobNotices,
    partition::{self, RecoveryReport},
    reply,
    route::{Route, route},
    stream::{StreamShared, inbox_of, return_jobs},
};

/// The running partitions; cheap to clone.
///
/// Dropping the last clone stops the threads as [`Broker::shutdown`] does, but without
/// snapshots.
#[derive(Clone, Debug)]
pub struct Broker(Arc<Running>);

#[derive(Debug)]
struct Running {
    config: BrokerConfig,
    inboxes: Arc<[Arc<Inbox>]>,
    notices: Arc<JobNotices>,
    next_partition: AtomicUsize,
    threads: Mutex<Vec<JoinHandle<()>>>,
    /// The thread of the exporter.
    exporting: Mutex<Option<JoinHandle<()>>>,
    streams: Mutex<Vec<Weak<StreamShared>>>,
    recoveries: Vec<RecoveryReport>,
    /// Released when the threads have ended.
    lock: Mutex<Option<DataDirLock>>,
}

/// Health of one partition.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PartitionStatus {
    /// Which.
    pub id: PartitionId,
    /// `None` while it runs; else why it stopped.
    pub stopped: Option<String>,
}

impl Broker {
    /// Opens or creates the partitions, replays their journals and starts their threads.
    ///
    /// A partition whose journal is damaged does not start, and says why in
    /// [`Broker::partitions`]; the others do.
    ///
    /// # Errors
    /// [`StartError`]
    pub fn start(config: BrokerConfig) -> Result<Self, StartError> {
        Self::start_all(config, None)
    }

    /// As [`Broker::start`], and hands all records to this exporter, from where it has come to.
    /// The journal keeps what it has not taken.
    ///
    /// # Errors
    /// As [`Broker::start`].
    pub fn start_exporting(
        mut config: BrokerConfig,
        exporter: Box<dyn Exporter>,
    ) -> Result<Self, StartError> {
        config.exports = Some(Exports::new(config.n_partitions));
        Self::start_all(config, Some(exporter))
    }

    fn start_all(
        config: BrokerConfig,
        exporter: Option<Box<dyn Exporter>>,
    ) -> Result<Self, StartError> {
        config.check()?;
        let lock = DataDirLock::acquire(&config.data_dir).map_err(|error| match error {
            LockError::Held { dir: data_dir, pid } => StartError::Locked { data_dir, pid },
            LockError::Io { dir: data_dir, source } => StartError::Io { data_dir, source },
            other => {
                let data_dir = config.data_dir.clone();
                StartError::Io { data_dir, source: io::Error::other(other.to_string()) }
            }
        })?;
        restrict(&config.data_dir).map_err(io_error(&config.data_dir))?;
        layout::check(&config)?;
        let inboxes: Arc<[Arc<Inbox>]> = (1..=config.n_partitions)
            .map(|id| Inbox::new(PartitionId(id), config.queue_capacity, config.queue_bytes_max))
            .map(Arc::new)
            .collect();
        let notices = Arc::new(JobNotices::default());
        let mut threads = Vec::with_capacity(inboxes.len());
        let mut starting = Vec::with_capacity(inboxes.len());
        for inbox in inboxes.iter() {
            let sleeper: Weak<Inbox> = Arc::downgrade(inbox);
            config.clock.wake_on_change(sleeper as Weak<dyn Wake>);
            let started = partition::spawn(
                &config,
                Arc::clone(inbox),
                Arc::clone(&inboxes),
                Arc::clone(&notices),
            );
            let (thread, report) = started.map_err(io_error(&config.data_dir))?;
            threads.push(thread);
            starting.push(report);
        }
        // All partitions recover at the same time; each reports exactly once.
        let recoveries = starting.into_iter().filter_map(|report| report.recv().ok()).collect();
        let exporting = match (&config.exports, exporter) {
            (Some(exports), Some(exporter)) => {
                Some(exports.spawn(&config, exporter).map_err(io_error(&config.data_dir))?)
            }
            _ => None,
        };
        Ok(Self(Arc::new(Running {
            config,
            inboxes,
            notices,
            next_partition: AtomicUsize::new(0),
            threads: Mutex::new(threads),
            exporting: Mutex::new(exporting),
            streams: Mutex::default(),
            recoveries,
            lock: Mutex::new(Some(lock)),
        })))
    }

    /// Every partition and whether it runs.
    #[must_use]
    pub fn partitions(&self) -> Vec<PartitionStatus> {
        let status = |inbox: &Arc<Inbox>| PartitionStatus {
            id: inbox.partition_id(),
            stopped: inbox.stopped(),
        };
        self.0.inboxes.iter().map(status).collect()
    }

    /// How far the records of each partition have been exported, in the order of
    /// [`Broker::partitions`]; empty without an exporter.
    #[must_use]
    pub fn exported(&self) -> Vec<ExportPosition> {
        let Some(exports) = &self.0.config.exports else { return Vec::new() };
        self.0.inboxes.iter().map(|inbox| exports.position(inbox.partition_id())).collect()
    }

    /// Waits until everything that is on disk now is exported; false if that takes longer.
    pub async fn await_export(&self, at_most: Duration) -> bool {
        match &self.0.config.exports {
            Some(exports) => exports.caught_up(at_most).await,
            None => true,
        }
    }

    /// What each partition that runs found on disk, and how long it took.
    #[must_use]
    pub fn recoveries(&self) -> &[RecoveryReport] {
        &self.0.recoveries
    }

    /// Sends `command` to its partition (by key, correlation key, or round robin where any
    /// partition will do) and waits for the answer.
    ///
    /// `CreateProcessInstance` tries the other partitions when one is full or stopped. With
    /// `await_result` the answer may never come (the instance has an incident): the caller sets
    /// the time limit.
    ///
    /// Dropping the future does not take the command back.
    ///
    /// # Errors
    /// [`SubmitError`]
    pub async fn submit(
        &self,
        command: impl Into<AuthorizedCommand>,
    ) -> Result<Response, SubmitError> {
        let command = command.into();
        let inboxes = &self.0.inboxes;
        match route(&command.command, self.0.config.n_partitions) {
            Route::To(number) => match inbox_of(inboxes, PartitionId(number)) {
                Some(inbox) => call(inbox, command).await,
                None => Err(SubmitError::UnknownPartition(number)),
            },
            Route::Any => call(&inboxes[self.turn()], command).await,
            Route::AnyRetried => self.submit_to_any(command).await,
        }
    }

    /// As [`Broker::submit`], to one partition; `ActivateJobs` needs it.
    ///
    /// # Errors
    /// [`SubmitError`]
    pub async fn submit_to(
        &self,
        partition_id: PartitionId,
        command: impl Into<AuthorizedCommand>,
    ) -> Result<Response, SubmitError> {
        match inbox_of(&self.0.inboxes, partition_id) {
            Some(inbox) => call(inbox, command.into()).await,
            None => Err(SubmitError::UnknownPartition(partition_id.0)),
        }
    }

    /// Whether [`Broker::move_clock`] has an effect: it has with a [`crate::Clock::controlled`].
    #[must_use]
    pub fn is_clock_controlled(&self) -> bool {
        self.0.config.clock.is_controlled()
    }

    /// Lets time stand still at `pinned_at`, or go on as the system's, on all partitions, which
    /// have recorded it when this returns: it stays so over a restart.
    ///
    /// # Errors
    /// [`SubmitError`]: a partition does not run, or its queue is full. Others may have moved
    /// their clocks; repeat the call.
    pub async fn move_clock(&self, pinned_at: Option<Timestamp>) -> Result<(), SubmitError> {
        let command = pinned_at.map_or(Command::ResetClock, Command::PinClock);
        let mut answers = Vec::with_capacity(self.0.inboxes.len());
        for inbox in self.0.inboxes.iter() {
            let (reply, awaited) = reply::channel(inbox);
            let request = Request::Call(command.clone().into(), reply);
            inbox.offer(request).map_err(|(_, error)| error)?;
            answers.push(awaited);
        }
        for awaited in answers {
            awaited.answer().await?;
        }
        Ok(())
    }

    /// A file that was deployed and is not executed.
    ///
    /// # Errors
    /// [`SubmitError`], among others `NotFound`: there is none with this key.
    pub async fn resource(&self, key: ResourceKey) -> Result<Arc<ResourceValue>, SubmitError> {
        let query = Query::Resource(key);
        // All partitions have it; the one that deploys has it first.
        let inbox = &self.0.inboxes[0];
        if let Response::Resource(resource) = ask(inbox, query).await? {
            return Ok(resource);
        }
        Err(inbox.unavailable("its answer does not belong to the question"))
    }

    /// Changes whenever a job of this type becomes activatable and no stream takes it.
    #[must_use]
    pub fn job_notifications(&self, job_type: &JobType) -> watch::Receiver<u64> {
        self.0.notices.subscribe(job_type)
    }

    /// Hands jobs back that were activated but did not reach their worker: they become
    /// activatable again with unchanged retries, unless their lock has ended meanwhile.
    ///
    /// [`Broker::submit`] does so by itself when its future is dropped before the answer is
    /// taken, and so does [`JobStream`] for jobs not yet read.
    pub fn give_back(&self, jobs: &[ActivatedJob]) {
        return_jobs(&self.0.inboxes, jobs);
    }

    /// Opens a job stream on every partition.
    ///
    /// Jobs that are activatable already are pushed too, oldest first.
    #[must_use]
    pub fn open_job_stream(&self, request: JobStreamRequest) -> JobStream {
        let request = JobStreamRequest { buffer: request.buffer.max(1), ..request };
        let inboxes = Arc::clone(&self.0.inboxes);
        let (stream, shared) = JobStream::new(request, self.0.config.clock.clone(), inboxes);
        let mut streams = self.0.streams.lock().unwrap_or_else(PoisonError::into_inner);
        if streams.len() == streams.capacity() {
            streams.retain(|stream| stream.strong_count() > 0);
        }
        streams.push(Arc::downgrade(&shared));
        drop(streams);
        for inbox in self.0.inboxes.iter() {
            inbox.notify(Notice::Opened(Arc::clone(&shared)));
        }
        stream
    }

    /// Refuses new commands, finishes those accepted, writes snapshots, stops the threads and
    /// releases the data directory.
    pub async fn shutdown(&self) {
        self.0.stop(true);
        let running = Arc::clone(&self.0);
        let joined = tokio::task::spawn_blocking(move || running.join()).await;
        if let Err(error) = joined {
            tracing::error!(%error, "cannot wait for the partitions to end");
        }
    }

    fn turn(&self) -> usize {
        self.0.next_partition.fetch_add(1, Ordering::Relaxed) % self.0.inboxes.len()
    }

    async fn submit_to_any(&self, command: AuthorizedCommand) -> Result<Response, SubmitError> {
        let inboxes = &self.0.inboxes;
        let first = self.turn();
        let mut command = command;
        let mut refusals = Vec::new();
        for n in 0..inboxes.len() {
            let inbox = &inboxes[(first + n) % inboxes.len()];
            let (reply, awaited) = reply::channel(inbox);
            match inbox.offer(Request::Call(command, reply)) {
                Ok(()) => return awaited.answer().await,
                Err((Request::Call(refused, _), error)) => {
                    command = refused;
                    refusals.push((inbox.partition_id(), error));
                }
                Err((Request::Ask(..) | Request::Internal(_) | Request::Return(..), error)) => {
                    return Err(error);
                }
            }
        }
        Err(all_refused(refusals))
    }
}

/// Queues a command and waits for the answer.
async fn call(inbox: &Arc<Inbox>, command: AuthorizedCommand) -> Result<Response, SubmitError> {
    let (reply, awaited) = reply::channel(inbox);
    match inbox.offer(Request::Call(command, reply)) {
        Ok(()) => awaited.answer().await,
        Err((_, error)) => Err(error),
    }
}

/// Queues a question and waits for the answer.
async fn ask(inbox: &Arc<Inbox>, query: Query) -> Result<Response, SubmitError> {
    let (reply, awaited) = reply::channel(inbox);
    match inbox.offer(Request::Ask(query, reply)) {
        Ok(()) => awaited.answer().await,
        Err((_, error)) => Err(error),
    }
}

/// Source: camunda/zeebe: zeebe/gateway, `RequestRetryHandler`
fn all_refused(mut refusals: Vec<(PartitionId, SubmitError)>) -> SubmitError {
    let is_full = |error: &SubmitError| matches!(error, SubmitError::ResourceExhausted(_));
    if !refusals.iter().any(|(_, error)| is_full(error))
        && let Some((_, error)) = refusals.pop()
    {
        return error;
    }
    let reasons: Vec<_> =
        refusals.iter().map(|(id, error)| format!("partition {id}: {error}")).collect();
    SubmitError::ResourceExhausted(format!(
        "Expected to execute the command on one of the partitions, but all failed; {}",
        reasons.join("; ")
    ))
}

fn io_error(data_dir: &Path) -> impl FnOnce(io::Error) -> StartError {
    let data_dir = data_dir.to_owned();
    move |source| StartError::Io { data_dir, source }
}

/// Variables of process instances are in this folder: nobody else may read them.
pub(crate) fn restrict(data_dir: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(data_dir, fs::Permissions::from_mode(0o700))
}

impl Running {
    fn stop(&self, with_snapshot: bool) {
        let mut streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        for stream in streams.drain(..).filter_map(|stream| stream.upgrade()) {
            return_jobs(&self.inboxes, &stream.close());
        }
        drop(streams);
        for inbox in self.inboxes.iter() {
            inbox.stop(with_snapshot);
        }
    }

    fn join(&self) {
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        for thread in threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a partition's thread has panicked");
            }
        }
        if let Some(exports) = &self.config.exports {
            exports.stop();
        }
        let exporting = self.exporting.lock().unwrap_or_else(PoisonError::into_inner).take();
        if exporting.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the exporter's thread has panicked");
        }
        self.notices.close();
        *self.lock.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop(false);
        self.join();
    }
}
