//! Answers: JSON with the headers and the error body of the real service.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::Response,
};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::Site;
use crate::{dates, refusal::Refusal};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-ms-request-id");

/// The ids that a request is found by, on both sides.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RequestIds {
    /// Made here.
    pub(crate) trace_id: Uuid,
    /// The caller's, when it sent one.
    pub(crate) correlation_id: Uuid,
}

impl RequestIds {
    /// Takes the correlation id from the header `client-request-id`, else from the query.
    pub(crate) fn of(headers: &HeaderMap, query: Option<&str>) -> Self {
        let header = headers.get("client-request-id").and_then(|value| value.to_str().ok());
        let correlation_id = header.and_then(|text| Uuid::parse_str(text).ok()).or_else(|| {
            form_urlencoded::parse(query?.as_bytes())
                .find(|(name, _)| name == "client-request-id")
                .and_then(|(_, value)| Uuid::parse_str(&value).ok())
        });
        Self {
            trace_id: Uuid::new_v4(),
            correlation_id: correlation_id.unwrap_or_else(Uuid::new_v4),
        }
    }
}

/// A JSON answer that nobody may keep.
pub(crate) fn private_json(status: StatusCode, ids: RequestIds, body: &impl Serialize) -> Response {
    let mut response = json_response(status, body);
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store, no-cache"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    headers.insert(header::EXPIRES, HeaderValue::from_static("-1"));
    if let Ok(id) = HeaderValue::from_str(&ids.trace_id.to_string()) {
        headers.insert(REQUEST_ID, id);
    }
    response
}

/// A JSON document for every origin, kept for at most `max_age_s`.
pub(crate) fn public_json(max_age_s: u32, body: &impl Serialize) -> Response {
    let mut response = json_response(StatusCode::OK, body);
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&format!("max-age={max_age_s}, private")) {
        headers.insert(header::CACHE_CONTROL, value);
    }
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}

fn json_response(status: StatusCode, body: &impl Serialize) -> Response {
    let (status, json) = match serde_json::to_vec(body) {
        Ok(json) => (status, json),
        Err(error) => {
            tracing::error!("an answer cannot be written as JSON: {error}");
            (StatusCode::INTERNAL_SERVER_ERROR, b"{\"error\":\"server_error\"}".to_vec())
        }
    };
    let mut response = Response::new(Body::from(json));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// The text of a refusal, as pages and redirects carry it.
pub(crate) fn describe(site: &Site, ids: RequestIds, refusal: &Refusal) -> String {
    described(ids, refusal, &dates::entra(dates::now(&site.core.clock)))
}

/// Every refusal passes here once, so this is where it is logged.
fn described(ids: RequestIds, refusal: &Refusal, timestamp: &str) -> String {
    let RequestIds { trace_id, correlation_id } = ids;
    let Refusal { code, error, text, .. } = refusal;
    tracing::debug!(
        aadsts = code,
        error = error.as_str(),
        %trace_id,
        %correlation_id,
        "request refused: {text}"
    );
    format!(
        "AADSTS{code}: {text} Trace ID: {trace_id} Correlation ID: {correlation_id} Timestamp: {timestamp}"
    )
}

/// The answer to a refused request.
///
/// Source: MicrosoftDocs/entra-docs: docs/identity-platform/reference-error-codes.md, and replies
/// of the real service of 2023 to 2026: the trailer's fields are separated by single spaces.
pub(crate) fn refused(site: &Site, ids: RequestIds, refusal: &Refusal) -> Response {
    let timestamp = dates::entra(dates::now(&site.core.clock));
    let RequestIds { trace_id, correlation_id } = ids;
    let Refusal { code, error, status, text: _, suberror, has_page } = refusal;
    let description = described(ids, refusal, &timestamp);
    let mut body = json!({
        "error": error.as_str(),
        "error_description": description,
        "error_codes": [code],
        "timestamp": timestamp,
        "trace_id": trace_id,
        "correlation_id": correlation_id,
    });
    if let Some(suberror) = suberror {
        body["suberror"] = json!(suberror);
    }
    if *has_page {
        body["error_uri"] = json!(format!("{}/error?code={code}", site.origin));
    }
    private_json(*status, ids, &body)
}
