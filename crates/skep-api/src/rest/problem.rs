//! The body of every error (RFC 9457).

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// What went wrong, as `application/problem+json`.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub struct ProblemDetail {
    /// Always `about:blank`: the status says what kind of problem it is.
    #[serde(rename = "type")]
    pub type_uri: Cow<'static, str>,
    /// The kind of problem in one word, for example `NOT_FOUND`; clients decide by it.
    pub title: Cow<'static, str>,
    /// The HTTP status.
    pub status: u16,
    /// What was expected and what was found.
    pub detail: String,
    /// Path of the request.
    pub instance: String,
}

impl ProblemDetail {
    /// Media type of the body.
    pub const MEDIA_TYPE: &str = "application/problem+json";
}
