//! `FailJob`

use std::time::Duration;

use skep_api::gateway::FailJobRequest;
use tokio::time::Instant;

use super::{ms, with_variables};
use crate::{
    Client, Error,
    call::{Call, Repeat},
    variables::Variables,
};

/// A job about to be failed.
#[derive(Clone)]
#[must_use = "it is failed by `send`"]
pub struct FailJob {
    client: Client,
    request: FailJobRequest,
    variables: Variables,
    deadline: Option<Instant>,
}

with_variables!(FailJob);

impl FailJob {
    pub(crate) fn new(client: Client, job_key: i64, retries: i32) -> Self {
        let request = FailJobRequest { job_key, retries, ..Default::default() };
        Self { client, request, variables: Variables::None, deadline: None }
    }

    /// Why it failed.
    pub fn message(mut self, message: impl Into<String>) -> Self {
        self.request.error_message = message.into();
        self
    }

    /// How long the job waits before its next attempt.
    pub fn back_off(mut self, back_off: Duration) -> Self {
        self.request.retry_back_off = ms(back_off);
        self
    }

    /// Keeps trying until the lock of the job ends.
    pub(crate) fn until(mut self, deadline: Instant) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Fails it. An answer that is lost is not asked for again: the retry that the job got may
    /// have begun, and would be failed too.
    ///
    /// # Errors
    /// [`Error::Refused`] when it is gone or has failed, and the errors of every call.
    pub async fn send(mut self) -> Result<(), Error> {
        self.request.variables = self.variables.into_text()?;
        let call = Call::new("FailJob", Repeat::IfNothingHappened).until(self.deadline);
        self.client
            .unary(call, self.request, |mut stub, r| async move { stub.fail_job(r).await })
            .await
            .map(drop)
    }
}
