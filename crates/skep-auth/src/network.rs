//! Requests to a provider, and why they fail, in words that name the cause.

use std::{error::Error as _, time::Duration};

/// Longest wait for one document of a provider.
pub const TIMEOUT: Duration = Duration::from_secs(10);
/// Largest document that is read from a provider.
const DOCUMENT_BYTES_MAX: usize = 1024 * 1024;

/// What kept a request from being answered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FailureKind {
    /// No address, no route, refused, or cut off.
    Unreachable,
    /// No answer in time.
    Timeout,
    /// The certificate was not accepted, or the two sides agree on no version or cipher.
    Tls,
    /// The address is no URL that can be asked.
    Address,
}

/// Why a request was not answered.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Failure {
    /// What kind of failure it is.
    pub kind: FailureKind,
    /// What the network said.
    pub reason: String,
}

impl Failure {
    /// Why a request failed, without its URL.
    #[must_use]
    pub fn of(error: &reqwest::Error) -> Self {
        // The outermost text repeats the URL, which may hold a tenant's name in a query.
        let mut reason = String::new();
        let mut source = error.source();
        while let Some(inner) = source {
            let text = inner.to_string();
            if !reason.ends_with(&text) {
                if !reason.is_empty() {
                    reason.push_str(": ");
                }
                reason.push_str(&text);
            }
            source = inner.source();
        }
        if reason.is_empty() {
            reason = error.to_string();
        }
        let lower = reason.to_ascii_lowercase();
        let kind = if error.is_builder() {
            FailureKind::Address
        } else if error.is_timeout() {
            FailureKind::Timeout
        } else if ["certificate", "tls", "handshake", "corrupt message", "invalidcontenttype"]
            .iter()
            .any(|word| lower.contains(word))
        {
            FailureKind::Tls
        } else {
            FailureKind::Unreachable
        };
        if kind == FailureKind::Timeout && !lower.contains("timed out") {
            reason = format!("timed out ({reason})");
        }
        Self { kind, reason }
    }
}

/// The body of `GET url` when it is answered with 200, else why not.
pub(crate) async fn document(http: &reqwest::Client, url: &str) -> Result<Vec<u8>, String> {
    let response = http
        .get(url)
        .header("accept", "application/json")
        .timeout(TIMEOUT)
        .send()
        .await
        .map_err(|error| Failure::of(&error).reason)?;
    let status = response.status();
    if !status.is_success() {
        return Err(format!("answered with status {status}"));
    }
    body(response).await
}

/// The body of a response, at most 1 MiB of it.
///
/// # Errors
/// Why it was cut off, for people.
pub async fn body(mut response: reqwest::Response) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| Failure::of(&error).reason)? {
        if body.len() + chunk.len() > DOCUMENT_BYTES_MAX {
            return Err(format!("answered with more than {DOCUMENT_BYTES_MAX} bytes"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
