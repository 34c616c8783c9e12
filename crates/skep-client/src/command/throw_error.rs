//! `ThrowError`

use skep_api::gateway::ThrowErrorRequest;
use tokio::time::Instant;

use super::with_variables;
use crate::{
    Client, Error,
    call::{Call, Repeat},
    variables::Variables,
};

/// A BPMN error about to be thrown.
#[derive(Clone)]
#[must_use = "it is thrown by `send`"]
pub struct ThrowError {
    client: Client,
    request: ThrowErrorRequest,
    variables: Variables,
    deadline: Option<Instant>,
}

with_variables!(ThrowError);

impl ThrowError {
    pub(crate) fn new(client: Client, job_key: i64, error_code: String) -> Self {
        let request = ThrowErrorRequest { job_key, error_code, ..Default::default() };
        Self { client, request, variables: Variables::None, deadline: None }
    }

    /// What happened, for people.
    pub fn message(mut self, message: impl Into<String>) -> Self {
        self.request.error_message = message.into();
        self
    }

    /// Keeps trying until the lock of the job ends.
    pub(crate) fn until(mut self, deadline: Instant) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Throws it. Without an event that catches the code, an incident arises.
    ///
    /// # Errors
    /// [`Error::Refused`] when the job is gone or has failed, and the errors of every call.
    pub async fn send(mut self) -> Result<(), Error> {
        self.request.variables = self.variables.into_text()?;
        let call = Call::new("ThrowError", Repeat::Always).until(self.deadline);
        self.client
            .unary(call, self.request, |mut stub, r| async move { stub.throw_error(r).await })
            .await
            .map(drop)
    }
}
