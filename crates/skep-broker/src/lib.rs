//! Skep's broker: partitions, each one thread with one bounded queue between the callers, the
//! journal and the engine.
//!
//! Nothing is answered or pushed before its records are on disk.

use std::path::PathBuf;

use skep_record::{ActivatedJob, Command, JobType, PartitionId, Rejection, Response, TenantId};

mod clock;

pub use clock::{Clock, ManualClock};

/// Where a broker keeps its partitions, how many there are, and their limits.
///
/// ```
/// let config = skep_broker::BrokerConfig::new("/var/lib/skep/broker");
/// assert_eq!(config.n_partitions, 1);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct BrokerConfig {
    /// Folder of this broker; each partition has its own folder inside.
    pub data_dir: PathBuf,
    /// From 1 to 8192; cannot change once data exists.
    pub n_partitions: u16,
    /// Most commands from outside that a partition has accepted and not yet processed; more
    /// are refused. What back-pressure must never refuse has as many places again.
    pub queue_capacity: usize,
    /// Most bytes of payload that those commands may hold together.
    pub queue_bytes_max: usize,
    /// Bytes of journal after which a partition writes its next snapshot.
    pub snapshot_every_bytes: u64,
    /// Size of a journal segment.
    pub segment_bytes: u64,
    /// Where the time comes from; replaced only by tests.
    pub clock: Clock,
}

impl BrokerConfig {
    /// One partition in this folder, and the default limits.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            n_partitions: 1,
            queue_capacity: 1024,
            queue_bytes_max: 64 << 20,
            snapshot_every_bytes: 256 << 20,
            segment_bytes: 64 << 20,
            clock: Clock::system(),
        }
    }
}

/// The running partitions; cheap to clone.
#[derive(Clone, Debug)]
pub struct Broker {
    config: std::sync::Arc<BrokerConfig>,
}

/// Why a broker does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Another process uses the data folder.
    #[error(
        "data directory {} is in use by another process{}; stop that process or choose another directory",
        data_dir.display(),
        pid.map_or_else(String::new, |pid| format!(" (pid {pid})")),
    )]
    Locked {
        /// The folder.
        data_dir: PathBuf,
        /// The process that holds it, when it left its number.
        pid: Option<u32>,
    },
    /// A setting is out of its range, or differs from what the data was made with.
    #[error("{0}")]
    Config(String),
    /// The folder cannot be made, read or written.
    #[error("cannot use data directory {}", data_dir.display())]
    Io {
        /// The folder.
        data_dir: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// Why a command was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// The engine refused it.
    #[error("Command '{intent}' rejected with code '{}': {}", rejection.kind.as_str(), rejection.reason)]
    Rejected {
        /// Intent of the command, for example `COMPLETE`.
        intent: &'static str,
        /// Why.
        rejection: Rejection,
    },
    /// The partition's queue is full, or its disk is.
    #[error("{0}")]
    ResourceExhausted(String),
    /// No such partition.
    #[error(
        "Expected to execute command on partition {0}, but either it does not exist, or the gateway is not yet aware of it"
    )]
    UnknownPartition(u16),
    /// The partition has stopped, for a reason an operator must look at.
    #[error("partition {partition_id} is not running: {reason}")]
    Unavailable {
        /// Which.
        partition_id: PartitionId,
        /// Why it stopped.
        reason: String,
    },
}

/// Health of one partition.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PartitionStatus {
    /// Which.
    pub id: PartitionId,
    /// `None` while it runs; else why it stopped.
    pub stopped: Option<String>,
}

/// What a worker wants pushed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct JobStreamRequest {
    /// Type of the jobs.
    pub job_type: JobType,
    /// Name to store on the jobs.
    pub worker: String,
    /// Lock of each job in milliseconds; at least 1.
    pub timeout_ms: i64,
    /// Names of the variables to send; empty means all visible ones.
    pub fetch_variables: Vec<String>,
    /// Tenants whose jobs may be pushed.
    pub tenant_ids: Vec<TenantId>,
    /// Most jobs buffered for a receiver that does not read; further jobs go elsewhere.
    pub buffer: usize,
}

/// Jobs pushed to one worker; dropping it closes the stream and gives undelivered jobs back.
#[derive(Debug)]
pub struct JobStream {
    receiver: tokio::sync::mpsc::Receiver<ActivatedJob>,
}

impl JobStream {
    /// The next job; `None` when the broker shuts down.
    ///
    /// Jobs whose lock has ended while they waited here are left out: they belong to others.
    pub async fn next(&mut self) -> Option<ActivatedJob> {
        std::future::poll_fn(|cx| self.poll_next(cx)).await
    }

    /// As [`JobStream::next`], for those who implement a stream on top.
    pub fn poll_next(
        &mut self,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<ActivatedJob>> {
        self.receiver.poll_recv(cx)
    }
}

impl Broker {
    /// Opens or creates the partitions, replays their journals and starts their threads.
    ///
    /// # Errors
    /// [`StartError`]
    pub fn start(config: BrokerConfig) -> Result<Self, StartError> {
        Ok(Self { config: config.into() })
    }

    /// Every partition and whether it runs.
    #[must_use]
    pub fn partitions(&self) -> Vec<PartitionStatus> {
        (1..=self.config.n_partitions)
            .map(|id| PartitionStatus { id: PartitionId(id), stopped: None })
            .collect()
    }

    /// Sends `command` to its partition (by key, correlation key, or round robin where any
    /// partition will do) and waits for the answer.
    ///
    /// `CreateProcessInstance` tries the other partitions when one is full or stopped. With
    /// `await_result` the answer may never come, as in Zeebe (the instance is cancelled, or has
    /// an incident): the caller sets the time limit.
    ///
    /// Dropping the future does not take the command back.
    ///
    /// # Errors
    /// [`SubmitError`]
    pub async fn submit(&self, command: Command) -> Result<Response, SubmitError> {
        let _ = command;
        Err(SubmitError::UnknownPartition(0))
    }

    /// As [`Broker::submit`], to one partition; `ActivateJobs` needs it.
    ///
    /// # Errors
    /// [`SubmitError`]
    pub async fn submit_to(
        &self,
        partition_id: PartitionId,
        command: Command,
    ) -> Result<Response, SubmitError> {
        let _ = (partition_id, command);
        Err(SubmitError::UnknownPartition(0))
    }

    /// Changes whenever a job of this type becomes activatable and no stream takes it.
    #[must_use]
    pub fn job_notifications(&self, job_type: &JobType) -> tokio::sync::watch::Receiver<u64> {
        let _ = job_type;
        tokio::sync::watch::channel(0).1
    }

    /// Hands jobs back that were activated but did not reach their worker: they become
    /// activatable again with unchanged retries, unless their lock has ended meanwhile.
    ///
    /// [`Broker::submit`] does so by itself when its future is dropped before the answer is
    /// taken, and so does [`JobStream`] for jobs not yet read.
    pub fn give_back(&self, jobs: &[ActivatedJob]) {
        let _ = jobs;
    }

    /// Opens a job stream on every partition.
    ///
    /// Jobs that are activatable already are pushed too, oldest first.
    #[must_use]
    pub fn open_job_stream(&self, request: JobStreamRequest) -> JobStream {
        let (_, receiver) = tokio::sync::mpsc::channel(request.buffer.max(1));
        JobStream { receiver }
    }

    /// Refuses new commands, finishes those accepted, writes snapshots and stops the threads.
    pub async fn shutdown(&self) {}
}
