//! `CompleteJob`

use skep_api::gateway::CompleteJobRequest;
use tokio::time::Instant;

use super::with_variables;
use crate::{
    Client, Error,
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
    deadline: Option<Instant>,
}

with_variables!(CompleteJob);

impl CompleteJob {
    pub(crate) fn new(client: Client, job_key: i64) -> Self {
        let request = CompleteJobRequest { job_key, ..Default::default() };
        Self { client, request, variables: Variables::None, deadline: None }
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
        let call = Call::new("CompleteJob", Repeat::Always).until(self.deadline);
        self.client
            .unary(call, self.request, |mut stub, r| async move { stub.complete_job(r).await })
            .await
            .map(drop)
    }
}
