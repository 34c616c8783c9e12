//! What can go wrong, why, and what to do about it.

use std::{fmt, time::Duration};

use skep_auth::AuthError;
use tonic::Code;

use crate::diagnosis::ConnectFault;

/// Why a call or a setting did not work.
///
/// `Display` says what failed; [`std::error::Error::source`] says why; [`Error::fix`] says what
/// to do. None of them holds a token, a secret or a variable.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The address of the gateway cannot be read.
    #[error("{address:?} is not a gateway address: {reason}")]
    Address {
        /// As it was given.
        address: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The settings contradict each other, are half there, or name what cannot be used.
    #[error("the settings of the client cannot be used")]
    Settings(#[source] AuthError),
    /// The variables are not a JSON object.
    #[error("the variables cannot be sent: {reason}")]
    Variables {
        /// What they are instead.
        reason: String,
    },
    /// The result of a job is none.
    #[error("the job result cannot be sent: {reason}")]
    JobResult {
        /// What is wrong with it.
        reason: String,
    },
    /// The variables or headers of a job do not fit the type they were asked for as.
    #[error("the {what} of job {job_key} do not fit the type asked for: {reason}")]
    Job {
        /// Key of the job.
        job_key: i64,
        /// `variables` or `headers`.
        what: &'static str,
        /// The first thing that does not fit, without its value.
        reason: String,
    },
    /// A file to deploy cannot be read.
    #[error("cannot read the file {path}")]
    File {
        /// As it was given.
        path: String,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// No token could be had, so the call was not made.
    #[error("cannot get a token for the gateway")]
    Token(#[source] AuthError),
    /// The token cannot be sent as a header.
    #[error("the token has characters that no header can carry")]
    TokenText,
    /// The gateway cannot be reached, or the connection broke.
    #[error("cannot reach the gateway at {address}: {fault}")]
    Connect {
        /// Where it should be.
        address: String,
        /// What kind of trouble it is.
        fault: ConnectFault,
        /// What the network, TLS or HTTP/2 said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// No answer came in time. The command may have been carried out nevertheless.
    #[error("{call} got no answer from {address} within {} ms", timeout.as_millis())]
    Deadline {
        /// Name of the call.
        call: &'static str,
        /// Where the gateway is.
        address: String,
        /// How long was waited.
        timeout: Duration,
    },
    /// The gateway answered with an error.
    #[error("{call} was refused: {message} ({})", code_name(*code))]
    Refused {
        /// Name of the call.
        call: &'static str,
        /// The gRPC status code.
        code: Code,
        /// What the gateway says.
        message: String,
        /// Stable code of the reason if the gateway gave one, such as `SKEP-AUTH-AUDIENCE`.
        reason: Option<String>,
    },
    /// The REST API of the gateway cannot be reached, or the connection broke.
    #[error("cannot reach the REST API at {address}: {reason}")]
    RestUnreachable {
        /// Where it should be.
        address: String,
        /// What the network, TLS or HTTP said.
        reason: String,
    },
    /// The REST API answered with an error, or with what is no answer.
    #[error("{call} was refused: {message} ({status} {title})")]
    RestRefused {
        /// Name of the call.
        call: &'static str,
        /// The HTTP status.
        status: u16,
        /// The kind of problem in one word, such as `NOT_FOUND`.
        title: String,
        /// What the gateway says.
        message: String,
    },
}

/// The sort of an [`Error`], for deciding what to do next.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A setting or an argument is wrong; nothing was sent.
    Usage,
    /// The gateway or the token endpoint cannot be reached.
    Connect,
    /// No token could be had, or the gateway does not accept it.
    Auth,
    /// No answer came in time.
    Deadline,
    /// The gateway is there, but cannot do it now.
    Overloaded,
    /// The gateway refused the command.
    Refused,
}

impl Error {
    /// The sort of error.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Address { .. }
            | Self::Settings(_)
            | Self::Variables { .. }
            | Self::JobResult { .. }
            | Self::Job { .. }
            | Self::File { .. } => ErrorKind::Usage,
            Self::Token(error) => token_error_kind(error),
            Self::TokenText => ErrorKind::Auth,
            Self::Connect { .. } | Self::RestUnreachable { .. } => ErrorKind::Connect,
            Self::RestRefused { status, .. } => match status {
                401 | 403 => ErrorKind::Auth,
                429 | 503 => ErrorKind::Overloaded,
                504 => ErrorKind::Deadline,
                _ => ErrorKind::Refused,
            },
            Self::Deadline { .. } => ErrorKind::Deadline,
            Self::Refused { code, .. } => match code {
                Code::Unauthenticated | Code::PermissionDenied => ErrorKind::Auth,
                Code::ResourceExhausted | Code::Unavailable => ErrorKind::Overloaded,
                Code::DeadlineExceeded => ErrorKind::Deadline,
                Code::Ok
                | Code::Cancelled
                | Code::Unknown
                | Code::InvalidArgument
                | Code::NotFound
                | Code::AlreadyExists
                | Code::FailedPrecondition
                | Code::Aborted
                | Code::OutOfRange
                | Code::Unimplemented
                | Code::Internal
                | Code::DataLoss => ErrorKind::Refused,
            },
        }
    }

    /// The gRPC status code, when the gateway gave one.
    #[must_use]
    pub fn code(&self) -> Option<Code> {
        match self {
            Self::Refused { code, .. } => Some(*code),
            Self::Address { .. }
            | Self::Settings(_)
            | Self::Variables { .. }
            | Self::JobResult { .. }
            | Self::Job { .. }
            | Self::File { .. }
            | Self::Token(_)
            | Self::TokenText
            | Self::Connect { .. }
            | Self::RestUnreachable { .. }
            | Self::RestRefused { .. }
            | Self::Deadline { .. } => None,
        }
    }

    /// What the user can do about it, when that is known.
    #[must_use]
    pub fn fix(&self) -> Option<String> {
        match self {
            Self::Address { .. } => {
                Some("write host:port, http://host:port or https://host:port".to_owned())
            }
            Self::Settings(error) | Self::Token(error) => {
                Some(error.fix().to_owned()).filter(|fix| !fix.is_empty())
            }
            Self::Connect { address, fault, .. } => Some(fault.fix(address)),
            Self::RestUnreachable { address, .. } => Some(format!(
                "start the server (`skep start`), or set ZEEBE_REST_ADDRESS or --rest-address if \
                 its REST API is not at {address}"
            )),
            Self::RestRefused { status, .. } => rest_fix(*status),
            Self::Refused { code, reason, .. } => refusal_fix(*code, reason.as_deref()),
            Self::Deadline { .. } => {
                Some("allow more time, or look at the load of the gateway".to_owned())
            }
            Self::Variables { .. }
            | Self::JobResult { .. }
            | Self::Job { .. }
            | Self::File { .. }
            | Self::TokenText => None,
        }
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "what else comes will be about tokens too")]
fn token_error_kind(error: &AuthError) -> ErrorKind {
    match error {
        AuthError::Settings(_) | AuthError::Trust { .. } => ErrorKind::Usage,
        AuthError::Unreachable { .. } | AuthError::Timeout { .. } | AuthError::Tls { .. } => {
            ErrorKind::Connect
        }
        _ => ErrorKind::Auth,
    }
}

fn refusal_fix(code: Code, reason: Option<&str>) -> Option<String> {
    match (code, reason) {
        (Code::Unauthenticated, Some("SKEP-AUTH-MISSING")) => Some(
            "set ZEEBE_CLIENT_ID, a credential and ZEEBE_AUTHORIZATION_SERVER_URL; \
             `skep auth explain` shows what is missing"
                .to_owned(),
        ),
        (Code::Unauthenticated | Code::PermissionDenied, _) => Some(
            "compare `skep token` with what the gateway expects; `skep auth explain` shows where \
             each setting comes from"
                .to_owned(),
        ),
        (Code::Unavailable, _) => Some(
            "try again later; a key that is in the command must be one of this cluster".to_owned(),
        ),
        (Code::ResourceExhausted, _) => Some("try again later, or send less at once".to_owned()),
        _ => None,
    }
}

fn rest_fix(status: u16) -> Option<String> {
    match status {
        200 => Some(
            "set ZEEBE_REST_ADDRESS or --rest-address to the REST API of the gateway, and not to \
             that of a web application or a proxy"
                .to_owned(),
        ),
        401 => refusal_fix(Code::Unauthenticated, None),
        403 => refusal_fix(Code::PermissionDenied, None),
        429 | 503 => refusal_fix(Code::ResourceExhausted, None),
        501 => Some("this needs a server that can do it: Camunda 8.8 or later".to_owned()),
        _ => None,
    }
}

/// The name of a gRPC status code as the protocol writes it.
pub(crate) fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Usage => "usage",
            Self::Connect => "connect",
            Self::Auth => "auth",
            Self::Deadline => "deadline",
            Self::Overloaded => "overloaded",
            Self::Refused => "refused",
        })
    }
}
