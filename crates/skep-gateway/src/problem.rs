//! The one mapping from everything that can go wrong to what clients see: a gRPC status and a
//! problem document, side by side.
//!
//! Source: camunda/camunda: zeebe/gateway-grpc `GrpcErrorMapper`, zeebe/gateway-rest
//! `RestErrorMapper`.

use std::borrow::Cow;

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use prost::Message as _;
use skep_api::{
    rest::ProblemDetail,
    rpc::{self, ErrorInfo},
};
use skep_auth::{TokenError, TokenFault};
use skep_broker::SubmitError;
use skep_projection::HistoryError;
use skep_record::{DocumentError, RejectionKind};
use tonic::Code;

/// Why a request is not carried out.
#[derive(Clone, Debug)]
pub(crate) struct Problem(Box<Parts>);

#[derive(Clone, Debug)]
struct Parts {
    kind: Kind,
    detail: Cow<'static, str>,
    /// Of failed authentication only.
    auth: Option<AuthParts>,
}

#[derive(Clone, Debug)]
struct AuthParts {
    reason: &'static str,
    www_authenticate: String,
}

/// The kinds of problems, each with its gRPC code, HTTP status and title.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    /// The content of the request is wrong.
    InvalidArgument,
    /// The body of the request cannot be read at all.
    BadRequest,
    /// The caller is not known.
    Unauthenticated,
    /// The caller is known but may not do this.
    PermissionDenied,
    /// What the request names does not exist.
    NotFound,
    /// What the request would create exists.
    AlreadyExists,
    /// What the request names is in a state that does not allow it.
    InvalidState,
    /// The path exists, the method does not.
    MethodNotAllowed,
    /// The body is larger than allowed.
    PayloadTooLarge,
    /// The body is of a type that is not read here.
    UnsupportedMediaType,
    /// A queue or a disk is full: try again later.
    ResourceExhausted,
    /// Something needed is not there now: try again later.
    Unavailable,
    /// The answer did not come in time.
    DeadlineExceeded,
    /// This part of the API does not exist yet.
    Unimplemented,
    /// The server failed.
    Internal,
    /// The server failed in a way that has no code of its own.
    Unknown,
}

impl Kind {
    /// gRPC code, HTTP status and title.
    const fn mapping(self) -> (Code, StatusCode, &'static str) {
        match self {
            Self::InvalidArgument => {
                (Code::InvalidArgument, StatusCode::BAD_REQUEST, "INVALID_ARGUMENT")
            }
            Self::BadRequest => (Code::InvalidArgument, StatusCode::BAD_REQUEST, "Bad Request"),
            Self::Unauthenticated => {
                (Code::Unauthenticated, StatusCode::UNAUTHORIZED, "UNAUTHORIZED")
            }
            Self::PermissionDenied => (Code::PermissionDenied, StatusCode::FORBIDDEN, "FORBIDDEN"),
            Self::NotFound => (Code::NotFound, StatusCode::NOT_FOUND, "NOT_FOUND"),
            Self::AlreadyExists => (Code::AlreadyExists, StatusCode::CONFLICT, "ALREADY_EXISTS"),
            Self::InvalidState => (Code::FailedPrecondition, StatusCode::CONFLICT, "INVALID_STATE"),
            Self::MethodNotAllowed => {
                (Code::Unimplemented, StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed")
            }
            Self::PayloadTooLarge => {
                (Code::ResourceExhausted, StatusCode::PAYLOAD_TOO_LARGE, "Payload Too Large")
            }
            Self::UnsupportedMediaType => (
                Code::InvalidArgument,
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "Unsupported Media Type",
            ),
            // Clients of 8.8 and later retry a 503 only when it has this title.
            Self::ResourceExhausted => {
                (Code::ResourceExhausted, StatusCode::SERVICE_UNAVAILABLE, "RESOURCE_EXHAUSTED")
            }
            Self::Unavailable => {
                (Code::Unavailable, StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE")
            }
            Self::DeadlineExceeded => {
                (Code::DeadlineExceeded, StatusCode::GATEWAY_TIMEOUT, "DEADLINE_EXCEEDED")
            }
            Self::Unimplemented => {
                (Code::Unimplemented, StatusCode::NOT_IMPLEMENTED, "UNIMPLEMENTED")
            }
            Self::Internal => (Code::Internal, StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL"),
            Self::Unknown => (Code::Unknown, StatusCode::INTERNAL_SERVER_ERROR, "UNKNOWN"),
        }
    }
}

impl Problem {
    /// A problem of this kind, in words for the caller.
    pub(crate) fn new(kind: Kind, detail: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Parts { kind, detail: detail.into(), auth: None }))
    }

    /// [`Kind::InvalidArgument`]
    pub(crate) fn invalid_argument(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::InvalidArgument, detail)
    }

    /// The broker answered something else than was asked for: a bug.
    pub(crate) fn unexpected_answer() -> Self {
        tracing::error!("the broker's answer does not belong to the command");
        Self::new(
            Kind::Internal,
            "Unexpected error occurred during the request processing: the answer does not belong \
             to the command",
        )
    }

    /// The kind.
    pub(crate) fn kind(&self) -> Kind {
        self.0.kind
    }

    /// The words for the caller.
    pub(crate) fn detail(&self) -> &str {
        &self.0.detail
    }

    /// The code of a failed authentication, such as `SKEP-AUTH-EXPIRED`.
    pub(crate) fn reason(&self) -> Option<&'static str> {
        self.0.auth.as_ref().map(|auth| auth.reason)
    }

    /// The gRPC form, with `google.rpc.Status` as details.
    pub(crate) fn into_status(self) -> tonic::Status {
        let (code, ..) = self.0.kind.mapping();
        let mut details = rpc::Status {
            code: code.into(),
            message: self.0.detail.clone().into_owned(),
            details: Vec::new(),
        };
        if let Some(reason) = self.reason() {
            details = details.with_error_info(&ErrorInfo::skep(reason));
        }
        let encoded = details.encode_to_vec().into();
        tonic::Status::with_details(code, self.0.detail.into_owned(), encoded)
    }

    /// The REST form, for a request to `path`.
    pub(crate) fn into_response_for(self, path: &str) -> Response {
        let Parts { kind, detail, auth } = *self.0;
        let (_, status, title) = kind.mapping();
        let body = ProblemDetail {
            type_uri: Cow::Borrowed("about:blank"),
            title: Cow::Borrowed(title),
            status: status.as_u16(),
            detail: detail.into_owned(),
            instance: path.to_owned(),
        };
        let mut response = (status, axum::Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(ProblemDetail::MEDIA_TYPE));
        if kind == Kind::Unauthenticated || kind == Kind::PermissionDenied {
            let challenge = auth.and_then(|auth| HeaderValue::try_from(auth.www_authenticate).ok());
            if let Some(challenge) = challenge {
                headers.insert(header::WWW_AUTHENTICATE, challenge);
            }
        }
        response
    }
}

impl From<Problem> for tonic::Status {
    fn from(problem: Problem) -> Self {
        problem.into_status()
    }
}

/// Leaves the problem in the response's extensions: the outermost layer knows the path and
/// writes the body.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (_, status, _) = self.0.kind.mapping();
        let mut response = status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<SubmitError> for Problem {
    fn from(error: SubmitError) -> Self {
        let kind = match &error {
            SubmitError::Rejected { rejection, .. } => match rejection.kind {
                RejectionKind::InvalidArgument => Kind::InvalidArgument,
                RejectionKind::NotFound => Kind::NotFound,
                RejectionKind::AlreadyExists => Kind::AlreadyExists,
                RejectionKind::InvalidState => Kind::InvalidState,
                RejectionKind::ProcessingError => Kind::Internal,
                RejectionKind::ExceededBatchRecordSize => Kind::Unknown,
            },
            SubmitError::ResourceExhausted(_) => Kind::ResourceExhausted,
            SubmitError::NoResult { .. } => Kind::DeadlineExceeded,
            SubmitError::UnknownPartition(_) | SubmitError::Unavailable { .. } => Kind::Unavailable,
        };
        Self::new(kind, error.to_string())
    }
}

impl From<HistoryError> for Problem {
    fn from(error: HistoryError) -> Self {
        let kind = match &error {
            HistoryError::Cursor(_) | HistoryError::TooMuch { .. } => Kind::InvalidArgument,
            HistoryError::TooSlow { .. } => Kind::DeadlineExceeded,
            HistoryError::Open { .. }
            | HistoryError::File { .. }
            | HistoryError::Format { .. }
            | HistoryError::Database { .. } => {
                let source = std::error::Error::source(&error).map(ToString::to_string);
                tracing::error!(%error, source, "the history cannot be searched");
                return Self::new(Kind::Internal, "Unexpected error occurred during the search");
            }
        };
        Self::new(kind, error.to_string())
    }
}

impl From<DocumentError> for Problem {
    fn from(error: DocumentError) -> Self {
        Self::invalid_argument(error.to_string())
    }
}

impl From<&TokenError> for Problem {
    fn from(error: &TokenError) -> Self {
        let kind = match error.fault() {
            TokenFault::Unauthenticated => Kind::Unauthenticated,
            TokenFault::Forbidden => Kind::PermissionDenied,
            TokenFault::Unavailable => Kind::Unavailable,
        };
        let auth = AuthParts { reason: error.code(), www_authenticate: error.www_authenticate() };
        Self(Box::new(Parts { kind, detail: error.public_message().into(), auth: Some(auth) }))
    }
}

#[cfg(test)]
mod tests;
