//! The job worker: jobs are pushed to it and it polls as well, because what was activatable
//! before the stream opened, or came back after a push failed, is never pushed.
//!
//! Source: camunda/zeebe: zeebe/gateway-grpc (StreamJobsHandler);
//! clients/java/src/main/java/io/camunda/zeebe/client/impl/worker

mod feed;
mod outcome;
mod run;

use std::{
    fmt,
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{Notify, Semaphore},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

pub use outcome::{Completion, JobFailure};

use crate::{Client, Job};

/// Source: camunda/zeebe: clients/java/src/main/java/io/camunda/zeebe/client/impl/ZeebeClientBuilderImpl.java
const JOBS_ACTIVE_MAX: usize = 32;

/// Source: camunda/zeebe: clients/java/src/main/java/io/camunda/zeebe/client/impl/ZeebeClientBuilderImpl.java
const JOB_TIMEOUT: Duration = Duration::from_secs(5 * 60);

/// A worker to be.
#[derive(Clone, Debug)]
#[must_use = "it works once it is started"]
pub struct WorkerBuilder {
    client: Client,
    settings: Settings,
}

/// What a worker asks for.
#[derive(Clone, Debug)]
struct Settings {
    job_type: String,
    name: String,
    jobs_active_max: usize,
    timeout: Duration,
    poll_timeout: Duration,
    fetch_variables: Vec<String>,
    tenant_ids: Vec<String>,
    streaming: bool,
    polling: bool,
}

impl WorkerBuilder {
    pub(crate) fn new(client: Client, job_type: String) -> Self {
        let settings = Settings {
            job_type,
            name: "skep".to_owned(),
            jobs_active_max: JOBS_ACTIVE_MAX,
            timeout: JOB_TIMEOUT,
            poll_timeout: client.shared.request_timeout,
            fetch_variables: Vec::new(),
            tenant_ids: client.shared.worker_tenant_ids.clone(),
            streaming: client.shared.streaming,
            polling: true,
        };
        Self { client, settings }
    }

    /// Name of the worker, kept with its jobs.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.settings.name = name.into();
        self
    }

    /// At most this many jobs run at once, 32 unless said; at least 1.
    pub fn max_active_jobs(mut self, max: usize) -> Self {
        self.settings.jobs_active_max = max.clamp(1, Semaphore::MAX_PERMITS);
        self
    }

    /// How long a job stays locked for this worker; 5 min unless said.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.settings.timeout = timeout;
        self
    }

    /// How long one poll waits for jobs; the request timeout of the client unless said.
    pub fn poll_timeout(mut self, timeout: Duration) -> Self {
        self.settings.poll_timeout = timeout;
        self
    }

    /// Only these variables; all that a job sees unless said.
    pub fn fetch_variables<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.settings.fetch_variables.extend(names.into_iter().map(Into::into));
        self
    }

    /// Jobs of these tenants.
    pub fn tenant_ids<S: Into<String>>(mut self, ids: impl IntoIterator<Item = S>) -> Self {
        self.settings.tenant_ids = ids.into_iter().map(Into::into).collect();
        self
    }

    /// Whether jobs are pushed as they arise, as they are unless said. A gateway that cannot
    /// push is only polled.
    pub fn streaming(mut self, streaming: bool) -> Self {
        self.settings.streaming = streaming;
        self
    }

    /// Whether jobs are polled for, as they are unless said. Without, jobs that were there before
    /// this worker are left alone.
    pub fn polling(mut self, polling: bool) -> Self {
        self.settings.polling = polling;
        self
    }

    /// Starts working: `handler` runs for every job, and what it returns becomes the variables of
    /// the completed job (`()` for none). To answer the job of a task listener or an ad-hoc
    /// subprocess it returns a [`Completion`].
    ///
    /// An error fails the job and takes one of its retries; so does a panic.
    /// [`JobFailure::bpmn_error`] throws a BPMN error instead. Must be called inside a tokio
    /// runtime.
    pub fn start<H, F, V>(self, handler: H) -> Worker
    where
        H: Fn(Job) -> F + Send + Sync + 'static,
        F: Future<Output = Result<V, JobFailure>> + Send + 'static,
        V: Into<Completion> + Send + 'static,
    {
        let desk = Arc::new(Desk {
            permits: Arc::new(Semaphore::new(self.settings.jobs_active_max)),
            client: self.client,
            settings: self.settings,
            stopping: CancellationToken::new(),
            n_in_hand: AtomicUsize::new(0),
            changed: Notify::new(),
            counters: Counters::default(),
        });
        let handler = Arc::new(handler);
        let start_job = move |desk: &Arc<Desk>, job| run::start(desk, &handler, job);
        let start_job: StartJob = Arc::new(start_job);
        let mut feeds = Vec::new();
        if desk.settings.streaming {
            feeds.push(tokio::spawn(feed::stream(Arc::clone(&desk), Arc::clone(&start_job))));
        }
        if desk.settings.polling {
            feeds.push(tokio::spawn(feed::poll(Arc::clone(&desk), start_job)));
        }
        Worker { desk, feeds }
    }
}

/// Starts one job that has arrived.
type StartJob = Arc<dyn Fn(&Arc<Desk>, Job) + Send + Sync>;

/// What the parts of one worker share.
struct Desk {
    client: Client,
    settings: Settings,
    /// One for every job that may run at once.
    permits: Arc<Semaphore>,
    stopping: CancellationToken,
    /// Jobs that run or wait for a permit.
    n_in_hand: AtomicUsize,
    /// `n_in_hand` went down.
    changed: Notify,
    counters: Counters,
}

impl Desk {
    /// Waits until at most `limit` jobs are in hand.
    async fn at_most(&self, limit: usize) {
        loop {
            let changed = self.changed.notified();
            if self.n_in_hand.load(Ordering::Acquire) <= limit {
                return;
            }
            changed.await;
        }
    }
}

#[derive(Debug, Default)]
struct Counters {
    completed: AtomicU64,
    failed: AtomicU64,
    errors_thrown: AtomicU64,
    unreported: AtomicU64,
}

/// What a worker has done so far.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct WorkerCounts {
    /// Jobs whose completion the gateway has acknowledged.
    pub completed: u64,
    /// Jobs failed, by the handler or a panic.
    pub failed: u64,
    /// Jobs that ended in a BPMN error.
    pub errors_thrown: u64,
    /// Jobs whose outcome the gateway did not take: their lock had ended, or it is gone.
    pub unreported: u64,
}

/// A running worker. Dropping it takes no more jobs, but waits for none.
pub struct Worker {
    desk: Arc<Desk>,
    feeds: Vec<JoinHandle<()>>,
}

impl Worker {
    /// Takes no more jobs, gives back those that have not begun, and returns when all that run
    /// have ended and their outcome is known to the gateway.
    pub async fn stop(mut self) -> WorkerCounts {
        self.desk.stopping.cancel();
        for feed in std::mem::take(&mut self.feeds) {
            if let Err(e) = feed.await
                && e.is_panic()
            {
                tracing::error!(job_type = self.desk.settings.job_type, "worker feed panicked");
            }
        }
        self.desk.at_most(0).await;
        self.counts()
    }

    /// What it has done so far.
    #[must_use]
    pub fn counts(&self) -> WorkerCounts {
        let counters = &self.desk.counters;
        WorkerCounts {
            completed: counters.completed.load(Ordering::Relaxed),
            failed: counters.failed.load(Ordering::Relaxed),
            errors_thrown: counters.errors_thrown.load(Ordering::Relaxed),
            unreported: counters.unreported.load(Ordering::Relaxed),
        }
    }

    /// Jobs that run or wait to run now.
    #[must_use]
    pub fn in_hand(&self) -> usize {
        self.desk.n_in_hand.load(Ordering::Relaxed)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.desk.stopping.cancel();
    }
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker")
            .field("settings", &self.desk.settings)
            .field("counts", &self.counts())
            .finish_non_exhaustive()
    }
}
