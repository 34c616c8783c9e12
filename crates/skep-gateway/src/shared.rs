//! What all handlers of one gateway share.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use skep_broker::{Broker, SubmitError};
use skep_projection::History;
use skep_record::{ActivateJobs, Command, PartitionId, Response};
use tokio::{sync::Semaphore, time::timeout};
use tokio_util::sync::CancellationToken;

use crate::{
    activation::Waiters,
    config::{AuthMode, Limits, LongPolling},
    problem::{Kind, Problem},
    tenant::MultiTenancy,
};

/// State of the running gateway; handlers hold it behind an [`Arc`].
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) broker: Broker,
    pub(crate) limits: Limits,
    pub(crate) long_polling: LongPolling,
    /// Job activations that wait for jobs.
    pub(crate) waiters: Waiters,
    /// One permit for each open job stream.
    pub(crate) job_streams: Arc<Semaphore>,
    /// Cancelled when the gateway begins to stop: what waits or streams must end.
    pub(crate) closing: CancellationToken,
    /// Host and port that the topology reports.
    pub(crate) advertised: (String, u16),
    /// How many commands came, and how many were turned away.
    pub(crate) commands: CommandCounts,
    /// What checks tokens, when authentication is on.
    pub(crate) auth: AuthMode,
    /// Whether there are tenants, and who may use which.
    pub(crate) multi_tenancy: MultiTenancy,
    /// What searches look in.
    pub(crate) history: Option<History>,
    /// One permit for each search that may run; those that wait for one take no thread.
    pub(crate) searches: Arc<Semaphore>,
}

/// Commands of all kinds, for monitoring.
#[derive(Debug, Default)]
pub(crate) struct CommandCounts {
    n_received: AtomicU64,
    n_dropped: AtomicU64,
}

impl CommandCounts {
    fn count<T>(&self, answer: &Result<T, SubmitError>) {
        self.n_received.fetch_add(1, Ordering::Relaxed);
        if matches!(answer, Err(SubmitError::ResourceExhausted(_))) {
            self.n_dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Handed to a partition.
    pub(crate) fn received(&self) -> u64 {
        self.n_received.load(Ordering::Relaxed)
    }

    /// Not taken by a full queue.
    pub(crate) fn dropped(&self) -> u64 {
        self.n_dropped.load(Ordering::Relaxed)
    }
}

impl Shared {
    /// The answer of the broker, counted.
    pub(crate) fn counted(
        &self,
        answer: Result<Response, SubmitError>,
    ) -> Result<Response, Problem> {
        self.commands.count(&answer);
        answer.map_err(Problem::from)
    }

    /// Activates jobs on one partition, of tenants that were checked before.
    pub(crate) async fn activate_on(
        &self,
        partition_id: PartitionId,
        activate: ActivateJobs,
    ) -> Result<Response, Problem> {
        let answer = self.broker.submit_to(partition_id, Command::ActivateJobs(activate));
        match timeout(self.limits.request_timeout, answer).await {
            Ok(answer) => self.counted(answer),
            Err(_) => Err(self.no_answer()),
        }
    }

    /// Whether some partition works.
    pub(crate) fn is_healthy(&self) -> bool {
        self.broker.partitions().iter().any(|status| status.stopped.is_none())
    }

    /// What a call is told that the stopping gateway ends.
    pub(crate) fn stopping() -> Problem {
        Problem::new(Kind::Unavailable, "The gateway is shutting down")
    }

    /// What a caller is told whose command has no answer in time.
    pub(crate) fn no_answer(&self) -> Problem {
        Problem::new(
            Kind::DeadlineExceeded,
            format!(
                "Time out between gateway and broker: no answer within {} ms; the command may \
                 still be carried out",
                self.limits.request_timeout.as_millis()
            ),
        )
    }
}
