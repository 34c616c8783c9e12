//! One call: token, deadline, repetition.

use std::{
    error::Error as _,
    future::Future,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use prost::Message as _;
use skep_api::{gateway::gateway_client::GatewayClient, rpc};
use tokio::time::{Instant, sleep, timeout_at};
use tonic::{Code, Request, Response, Status, metadata::MetadataValue, transport::Channel};

use crate::{
    Client, Error,
    backoff::Backoff,
    diagnosis::{Cause, ConnectFault, connect_fault, never_sent, probe_plain},
};

/// Attempts of one call, the first included.
///
/// Source: camunda/zeebe: zeebe/gateway-protocol-impl/src/main/resources/gateway-service-config.json
const ATTEMPTS_MAX: u32 = 5;

/// When a call that failed may be made again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Repeat {
    /// Doing it twice is the same as doing it once.
    Always,
    /// Only when the gateway certainly did nothing.
    IfNothingHappened,
}

/// What a call is about to do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call {
    name: &'static str,
    repeat: Repeat,
    attempt_timeout: Option<Duration>,
    deadline: Option<Instant>,
    endless: bool,
}

impl Call {
    pub(crate) fn new(name: &'static str, repeat: Repeat) -> Self {
        Self { name, repeat, attempt_timeout: None, deadline: None, endless: false }
    }

    /// One attempt may take this long, instead of the client's request timeout.
    pub(crate) fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.attempt_timeout = Some(timeout);
        self
    }

    /// The call may go on until `deadline` if there is one, however many attempts that is.
    pub(crate) fn until(mut self, deadline: Option<Instant>) -> Self {
        self.deadline = deadline;
        self
    }

    /// The answer is a stream without end. Servers in Java send its headers with the first
    /// message only, so not even its opening can have a deadline.
    pub(crate) fn endless(mut self) -> Self {
        self.attempt_timeout = Some(ENDLESS);
        self.endless = true;
        self
    }
}

/// As long as a clock can count without overflow.
const ENDLESS: Duration = Duration::from_secs(30 * 365 * 86_400);

/// The attempts of one call so far.
struct Attempts {
    call: Call,
    attempt_timeout: Duration,
    deadline: Instant,
    n_attempts: u32,
    n_attempts_max: u32,
    replayed: bool,
    backoff: Backoff,
}

impl Attempts {
    fn new(client: &Client, call: Call) -> Self {
        let attempt_timeout = call.attempt_timeout.unwrap_or(client.shared.request_timeout);
        let first_deadline = Instant::now() + attempt_timeout;
        Self {
            call,
            attempt_timeout,
            deadline: call.deadline.map_or(first_deadline, |given| given.max(first_deadline)),
            n_attempts: 0,
            n_attempts_max: if call.deadline.is_some() { u32::MAX } else { ATTEMPTS_MAX },
            replayed: false,
            backoff: Backoff::for_calls(),
        }
    }

    fn attempt_deadline(&self) -> Instant {
        (Instant::now() + self.attempt_timeout).min(self.deadline)
    }
}

impl Client {
    /// Makes a unary call.
    pub(crate) async fn unary<Req, Res, F, Fut>(
        &self,
        call: Call,
        message: Req,
        send: F,
    ) -> Result<Res, Error>
    where
        Req: Clone,
        F: Fn(GatewayClient<Channel>, Request<Req>) -> Fut,
        Fut: Future<Output = Result<Response<Res>, Status>>,
    {
        self.start(call, message, send).await.map(Response::into_inner)
    }

    /// Makes a call until it is answered or opened, or must be given up.
    pub(crate) async fn start<Req, Res, F, Fut>(
        &self,
        call: Call,
        message: Req,
        send: F,
    ) -> Result<Response<Res>, Error>
    where
        Req: Clone,
        F: Fn(GatewayClient<Channel>, Request<Req>) -> Fut,
        Fut: Future<Output = Result<Response<Res>, Status>>,
    {
        let mut attempts = Attempts::new(self, call);
        loop {
            attempts.n_attempts += 1;
            let deadline = attempts.attempt_deadline();
            let authorization = self.authorization(&attempts).await?;
            let timeout = deadline.saturating_duration_since(Instant::now());
            let timeout = (!call.endless).then_some(timeout);
            let request = request(message.clone(), authorization.as_deref(), timeout)?;
            let status = match timeout_at(deadline, send(self.stub(), request)).await {
                Ok(Ok(response)) => {
                    self.shared.was_connected.store(true, Ordering::Relaxed);
                    return Ok(response);
                }
                Ok(Err(status)) => status,
                Err(_) => Status::deadline_exceeded(LOCAL_DEADLINE),
            };
            self.after_failure(&mut attempts, authorization, status).await?;
        }
    }

    async fn authorization(&self, attempts: &Attempts) -> Result<Option<Arc<str>>, Error> {
        match timeout_at(attempts.deadline, self.shared.token_source.authorization()).await {
            Ok(authorization) => authorization.map_err(Error::Token),
            Err(_) => Err(self.deadline_error(attempts.call.name, attempts.attempt_timeout)),
        }
    }

    /// Waits until the call may be made again.
    ///
    /// # Errors
    /// What the call failed with, when it may not.
    async fn after_failure(
        &self,
        attempts: &mut Attempts,
        authorization: Option<Arc<str>>,
        status: Status,
    ) -> Result<(), Error> {
        let name = attempts.call.name;
        tracing::debug!(
            call = name,
            attempt = attempts.n_attempts,
            code = crate::error::code_name(status.code()),
            "call failed"
        );
        let answered = status.source().is_none() && !is_deadline(&status);
        if answered {
            self.shared.was_connected.store(true, Ordering::Relaxed);
        }
        if status.code() == Code::Unauthenticated && !attempts.replayed {
            attempts.replayed = true;
            if let Some(rejected) = authorization
                && self.has_fresh_token(attempts, &rejected).await
            {
                return Ok(());
            }
        }
        let pause = attempts.backoff.pause();
        let in_time = Instant::now() + pause < attempts.deadline;
        let may_repeat = attempts.n_attempts < attempts.n_attempts_max
            && in_time
            && self.may_repeat(attempts.call.repeat, &status, answered);
        if !may_repeat {
            return Err(self.explain(name, attempts.attempt_timeout, status).await);
        }
        sleep(pause).await;
        Ok(())
    }

    /// Whether another token than the one just rejected can be had. Sending the same one again
    /// would get the same answer.
    async fn has_fresh_token(&self, attempts: &Attempts, rejected: &str) -> bool {
        self.shared.token_source.invalidate(rejected);
        self.authorization(attempts)
            .await
            .is_ok_and(|fresh| fresh.is_some_and(|fresh| *fresh != *rejected))
    }

    fn may_repeat(&self, repeat: Repeat, status: &Status, answered: bool) -> bool {
        match status.code() {
            // The gateway refused before it did anything.
            Code::ResourceExhausted => answered,
            Code::Unavailable if answered => true,
            _ if never_sent(status) => self.shared.was_connected.load(Ordering::Relaxed),
            // The call was sent and its answer lost.
            _ if is_deadline(status) => repeat == Repeat::Always,
            Code::Unavailable | Code::DeadlineExceeded => repeat == Repeat::Always,
            Code::Cancelled | Code::Unknown | Code::Internal => {
                repeat == Repeat::Always && !answered
            }
            Code::Ok
            | Code::InvalidArgument
            | Code::NotFound
            | Code::AlreadyExists
            | Code::PermissionDenied
            | Code::FailedPrecondition
            | Code::Aborted
            | Code::OutOfRange
            | Code::Unimplemented
            | Code::DataLoss
            | Code::Unauthenticated => false,
        }
    }

    /// Turns the status of a failed call into an error that names cause and fix.
    pub(crate) async fn explain(
        &self,
        call: &'static str,
        timeout: Duration,
        status: Status,
    ) -> Error {
        if is_deadline(&status) {
            return self.deadline_error(call, timeout);
        }
        let Some(fault) = connect_fault(&status) else {
            return refused(call, &status);
        };
        let ambiguous = fault == ConnectFault::Broken
            && !self.shared.address.tls
            && !self.shared.was_connected.load(Ordering::Relaxed);
        let fault = if ambiguous {
            let address = &self.shared.address;
            probe_plain(&address.host, address.port).await.unwrap_or(fault)
        } else {
            fault
        };
        Error::Connect {
            address: self.shared.address.to_string(),
            fault,
            source: Cause::of(&status).into(),
        }
    }

    pub(crate) fn deadline_error(&self, call: &'static str, timeout: Duration) -> Error {
        Error::Deadline { call, address: self.shared.address.to_string(), timeout }
    }
}

/// Whether this side gave up, or the other side because this side's time was over.
fn is_deadline(status: &Status) -> bool {
    // tonic ends a call whose time is over with CANCELLED and this text, on both sides.
    let expired = tonic::TimeoutExpired(()).to_string();
    status.message() == LOCAL_DEADLINE
        || (status.code() == Code::Cancelled && status.message() == expired)
}

/// Marks the status of a call that this side gave up; never sent nor shown.
const LOCAL_DEADLINE: &str = "given up by the client";

fn request<T>(
    message: T,
    authorization: Option<&str>,
    timeout: Option<Duration>,
) -> Result<Request<T>, Error> {
    let mut request = Request::new(message);
    if let Some(timeout) = timeout {
        request.set_timeout(timeout);
    }
    if let Some(authorization) = authorization {
        // Not marked as sensitive, though it is, so that an HTTP/2 library may send it once per
        // connection and then refer to it. (h2 does not: it spells out `authorization` always.)
        // No request is ever printed.
        let value: MetadataValue<_> = authorization.parse().map_err(|_| Error::TokenText)?;
        request.metadata_mut().insert("authorization", value);
    }
    Ok(request)
}

fn refused(call: &'static str, status: &Status) -> Error {
    let reason = rpc::Status::decode(status.details())
        .ok()
        .and_then(|details| details.error_info())
        .map(|info| info.reason);
    Error::Refused { call, code: status.code(), message: status.message().to_owned(), reason }
}
