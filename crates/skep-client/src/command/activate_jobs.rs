//! `ActivateJobs`

use std::time::Duration;

use skep_api::gateway::ActivateJobsRequest;
use tokio::time::{Instant, timeout_at};

use super::ms;
use crate::{
    Client, Error, Job,
    call::{Call, Repeat},
};

/// How long the answer may come after the gateway's own time-out.
///
/// Source: camunda/zeebe: clients/java/src/main/java/io/camunda/zeebe/client/impl/command
const ANSWER_SLACK: Duration = Duration::from_secs(10);

/// Source: camunda/zeebe: clients/java/src/main/java/io/camunda/zeebe/client/impl/ZeebeClientBuilderImpl.java
const JOB_TIMEOUT: Duration = Duration::from_secs(5 * 60);

/// What the protocol calls not waiting for jobs.
const ONE_ROUND: i64 = -1;

/// Jobs about to be activated.
#[derive(Clone, Debug)]
#[must_use = "they are activated by `send`"]
pub struct ActivateJobs {
    client: Client,
    request: ActivateJobsRequest,
    wait: Option<Duration>,
}

impl ActivateJobs {
    pub(crate) fn new(client: Client, job_type: String) -> Self {
        let request = ActivateJobsRequest {
            r#type: job_type,
            max_jobs_to_activate: 1,
            timeout: ms(JOB_TIMEOUT),
            tenant_ids: client.shared.worker_tenant_ids.clone(),
            ..Default::default()
        };
        let wait = Some(client.shared.request_timeout);
        Self { client, request, wait }
    }

    /// At most this many; 1 unless said.
    pub fn max_jobs(mut self, max_jobs: i32) -> Self {
        self.request.max_jobs_to_activate = max_jobs;
        self
    }

    /// How long the jobs stay locked; 5 min unless said.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.request.timeout = ms(timeout);
        self
    }

    /// Name of the worker, kept with the jobs.
    pub fn worker_name(mut self, name: impl Into<String>) -> Self {
        self.request.worker = name.into();
        self
    }

    /// Only these variables; all that the job sees unless said.
    pub fn fetch_variables<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.request.fetch_variable.extend(names.into_iter().map(Into::into));
        self
    }

    /// Of these tenants.
    pub fn tenant_ids<S: Into<String>>(mut self, ids: impl IntoIterator<Item = S>) -> Self {
        self.request.tenant_ids = ids.into_iter().map(Into::into).collect();
        self
    }

    /// Waits this long for jobs when there are none; `None` does not wait.
    pub fn wait(mut self, wait: Option<Duration>) -> Self {
        self.wait = wait;
        self
    }

    /// Activates them; an empty list when there are none.
    ///
    /// # Errors
    /// The errors of every call.
    pub async fn send(mut self) -> Result<Vec<Job>, Error> {
        self.request.request_timeout = self.wait.map_or(ONE_ROUND, ms);
        let timeout = self.wait.unwrap_or_default() + ANSWER_SLACK;
        let deadline = Instant::now() + timeout;
        let lock = Duration::from_millis(u64::try_from(self.request.timeout).unwrap_or_default());
        let call = Call::new("ActivateJobs", Repeat::IfNothingHappened).attempt_timeout(timeout);
        let mut answers = self
            .client
            .start(call, self.request, |mut stub, r| async move { stub.activate_jobs(r).await })
            .await?
            .into_inner();
        let mut jobs = Vec::new();
        loop {
            let answer = timeout_at(deadline, answers.message())
                .await
                .map_err(|_| self.client.deadline_error("ActivateJobs", timeout))?;
            match answer {
                Ok(Some(answer)) => {
                    jobs.extend(answer.jobs.into_iter().map(|job| Job::new(job, lock)));
                }
                Ok(None) => return Ok(jobs),
                // What has arrived is locked for us: working it beats reporting an error.
                Err(status) if !jobs.is_empty() => {
                    tracing::debug!(code = ?status.code(), "activation ended early");
                    return Ok(jobs);
                }
                Err(status) => {
                    return Err(self.client.explain("ActivateJobs", timeout, status).await);
                }
            }
        }
    }
}
