//! `CompleteJob`

use skep_api::gateway::{self as pb, CompleteJobRequest};
use tokio::time::Instant;

use super::with_variables;
use crate::{
    Client, Error, JobResult,
    call::{Call, Repeat},
    variables::Variables,
};

/// A job about to be completed.
#[derive(Clone)]
#[must_use = "it is completed by `send`"]
pub struct CompleteJob {
    client: Client,
    request: CompleteJobRequest,
    variables: Variables,
    result: Option<JobResult>,
    deadline: Option<Instant>,
}

with_variables!(CompleteJob);

impl CompleteJob {
    pub(crate) fn new(client: Client, job_key: i64) -> Self {
        let request = CompleteJobRequest { job_key, ..Default::default() };
        Self { client, request, variables: Variables::None, result: None, deadline: None }
    }

    /// The answer to a task listener's or an ad-hoc subprocess's job; other jobs ignore it. A
    /// mistake shows when the command is sent.
    pub fn result(mut self, result: JobResult) -> Self {
        self.result = Some(result);
        self
    }

    /// As [`CompleteJob::result`], already looked at.
    pub(crate) fn result_message(mut self, result: Option<pb::JobResult>) -> Self {
        self.request.result = result;
        self
    }

    /// Keeps trying until the lock of the job ends.
    pub(crate) fn until(mut self, deadline: Instant) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Completes it.
    ///
    /// # Errors
    /// [`Error::Refused`] when it is gone or has failed, and the errors of every call.
    pub async fn send(mut self) -> Result<(), Error> {
        self.request.variables = self.variables.into_text()?;
        if let Some(result) = self.result {
            self.request.result = Some(result.into_message()?);
        }
        let call = Call::new("CompleteJob", Repeat::Always).until(self.deadline);
        self.client
            .unary(call, self.request, |mut stub, r| async move { stub.complete_job(r).await })
            .await
            .map(drop)
    }
}
