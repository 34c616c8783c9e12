//! Answers and errors in Graph's form.

use axum::{
    http::{HeaderValue, Method, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use serde_json::{Value, json};

use crate::{
    dates,
    error::Error,
    server::{RequestIds, Site, private_json},
};

/// What a call is answered with.
pub(super) enum Answer {
    Ok(Value),
    Created(Value),
    NoContent,
}

/// Why a call is refused.
#[derive(Debug)]
pub(crate) struct GraphError {
    status: StatusCode,
    code: &'static str,
    message: String,
}

impl Answer {
    pub(super) fn into_response(self, ids: RequestIds) -> Response {
        match self {
            Self::Ok(body) => private_json(StatusCode::OK, ids, &body),
            Self::Created(body) => private_json(StatusCode::CREATED, ids, &body),
            Self::NoContent => StatusCode::NO_CONTENT.into_response(),
        }
    }
}

impl GraphError {
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "Request_BadRequest", message)
    }

    pub(super) fn unauthenticated(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "InvalidAuthenticationToken", message)
    }

    pub(super) fn denied(needed: &[&str]) -> Self {
        let message = format!(
            "Insufficient privileges to complete the operation. One of these permissions is needed: {}.",
            needed.join(", ")
        );
        Self::new(StatusCode::FORBIDDEN, "Authorization_RequestDenied", message)
    }

    pub(super) fn not_found(what: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "Request_ResourceNotFound",
            format!("Resource '{what}' does not exist here."),
        )
    }

    pub(super) fn conflict(message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "Request_MultipleObjectsWithSameKeyValue", message)
    }

    pub(super) fn no_such_segment(method: &Method, path: &str) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "BadRequest",
            format!("This provider does not serve {method} {path}."),
        )
    }

    pub(super) fn too_large(bytes_max: usize) -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "RequestBodyTooLarge",
            format!("The body is larger than {bytes_max} bytes."),
        )
    }

    /// The cause goes to the log.
    pub(super) fn internal(error: &dyn std::error::Error) -> Self {
        let source = error.source().map(ToString::to_string);
        tracing::error!(source, "a directory request failed: {error}");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "InternalServerError",
            "The provider failed to answer; its log says why.",
        )
    }

    pub(crate) fn into_response(self, site: &Site, ids: RequestIds) -> Response {
        let Self { status, code, message } = self;
        tracing::debug!(code, trace_id = %ids.trace_id, "directory request refused: {message}");
        let date = dates::now(&site.core.clock).strftime("%Y-%m-%dT%H:%M:%S").to_string();
        let body = json!({"error": {
            "code": code,
            "message": message,
            "innerError": {
                "date": date,
                "request-id": ids.trace_id,
                "client-request-id": ids.correlation_id,
            },
        }});
        let mut response = private_json(status, ids, &body);
        if status == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Bearer error=\"invalid_token\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, scheme);
        }
        response
    }
}

impl From<Error> for GraphError {
    fn from(error: Error) -> Self {
        match error {
            Error::Invalid(message) => Self::bad_request(message),
            Error::UnknownApp(id) | Error::UnknownUser(id) | Error::UnknownGroup(id) => {
                Self::not_found(&id.to_string())
            }
            Error::UnknownCredential { key_id, .. } => Self::not_found(&key_id.to_string()),
            Error::File { .. }
            | Error::Damaged { .. }
            | Error::Create { .. }
            | Error::Listen { .. } => Self::internal(&error),
        }
    }
}
