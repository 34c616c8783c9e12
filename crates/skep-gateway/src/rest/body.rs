//! Reading requests and writing responses.

use std::{convert::Infallible, sync::Arc};

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Query, Request, path::Path},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts};
use serde::{Serialize, de::DeserializeOwned};
use skep_api::rest::{JsonObject, Key, KeyFormat};
use skep_record::Document;

use crate::{
    problem::{Kind, Problem},
    shared::Shared,
};

/// The JSON body of a request that must have one.
pub(super) struct Body<T>(pub(super) T);

/// The JSON body of a request; none, or an empty one, is as good as `{}`.
pub(super) struct OptionalBody<T>(pub(super) T);

/// The key in the path of a request.
pub(super) struct PathKey(pub(super) i64);

/// What stands behind the `?` of a request.
pub(super) struct UrlQuery<T>(pub(super) T);

/// How the client wants keys written.
pub(super) struct Keys(pub(super) KeyFormat);

/// A JSON response in the media type that goes with its keys.
pub(super) struct Answer<T>(pub(super) KeyFormat, pub(super) T);

impl<T: DeserializeOwned> FromRequest<Arc<Shared>> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, shared: &Arc<Shared>) -> Result<Self, Problem> {
        let bytes = read(request, shared).await?;
        if bytes.is_empty() {
            return Err(Problem::new(Kind::BadRequest, "Required request body is missing"));
        }
        parse(&bytes).map(Self)
    }
}

impl<T: DeserializeOwned + Default> FromRequest<Arc<Shared>> for OptionalBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, shared: &Arc<Shared>) -> Result<Self, Problem> {
        let bytes = read(request, shared).await?;
        if bytes.is_empty() { Ok(Self(T::default())) } else { parse(&bytes).map(Self) }
    }
}

async fn read(request: Request, shared: &Arc<Shared>) -> Result<Bytes, Problem> {
    check_media_type(request.headers())?;
    let bytes_max = shared.limits.message_bytes_max;
    Bytes::from_request(request, shared).await.map_err(|rejection| {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            too_large(bytes_max)
        } else {
            Problem::new(Kind::BadRequest, format!("Request body cannot be read: {rejection}"))
        }
    })
}

/// The answer to a body above the limit.
pub(super) fn too_large(bytes_max: usize) -> Problem {
    Problem::new(
        Kind::PayloadTooLarge,
        format!(
            "Expected a request body of at most {bytes_max} bytes, but it is larger; send less at \
             once (for example deploy resources one by one), or raise the server's maxMessageSize"
        ),
    )
}

fn check_media_type(headers: &HeaderMap) -> Result<(), Problem> {
    const ACCEPTED: [&str; 3] =
        ["application/json", KeyFormat::NUMBER_MEDIA_TYPE, KeyFormat::TEXT_MEDIA_TYPE];
    // Some clients send no media type together with an empty body.
    let Some(media_type) = headers.get(header::CONTENT_TYPE) else {
        return Ok(());
    };
    let media_type = media_type.to_str().unwrap_or("(not text)");
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    if ACCEPTED.iter().any(|accepted| essence.eq_ignore_ascii_case(accepted)) {
        return Ok(());
    }
    Err(Problem::new(
        Kind::UnsupportedMediaType,
        format!("Content-Type '{media_type}' is not supported; send 'application/json'"),
    ))
}

/// Reads JSON; the error names the attribute, never its value.
fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    // The library would also take an array for an object's attributes in order.
    if bytes.trim_ascii_start().first() == Some(&b'[') {
        return Err(Problem::new(
            Kind::BadRequest,
            "Request body cannot be parsed: expected an object, but it is an array",
        ));
    }
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        let cause = error.inner();
        let detail = if cause.is_data() && path != "." {
            format!("Request property [{path}] cannot be parsed{}", hint(cause))
        } else if cause.is_data() {
            format!("Request body cannot be parsed{}", hint(cause))
        } else {
            format!(
                "Request body cannot be parsed: it is not valid JSON at line {} column {}{}",
                cause.line(),
                cause.column(),
                hint(cause)
            )
        };
        Problem::new(Kind::BadRequest, detail)
    })?;
    json.end().map_err(|error| {
        Problem::new(
            Kind::BadRequest,
            format!(
                "Request body cannot be parsed: there is more after the JSON value, at line {} \
                 column {}",
                error.line(),
                error.column()
            ),
        )
    })?;
    Ok(value)
}

/// What was expected or is missing, out of the parser's words: all others can quote the value.
fn hint(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let start = if text.starts_with("missing field ") { Some(0) } else { text.find("expected ") };
    let Some(start) = start else {
        return String::new();
    };
    let end = text.rfind(" at line ").unwrap_or(text.len());
    match text.get(start..end) {
        Some(expected) => format!(": {expected}"),
        None => String::new(),
    }
}

impl<S: Send + Sync> FromRequestParts<S> for PathKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let text = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|rejection| Problem::new(Kind::BadRequest, rejection.to_string()))?;
        text.parse::<Key>().map(|key| Self(key.raw)).map_err(|error| {
            Problem::new(
                Kind::BadRequest,
                format!("Expected a key in the path, but '{}' is none: {error}", text.0),
            )
        })
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for UrlQuery<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Query::try_from_uri(&parts.uri).map(|Query(query)| Self(query)).map_err(|rejection| {
            let cause = std::error::Error::source(&rejection).map(ToString::to_string);
            let cause = cause.unwrap_or_else(|| rejection.to_string());
            Problem::new(Kind::BadRequest, format!("Query of the URL cannot be parsed: {cause}"))
        })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Keys {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let number = parts.headers.get_all(header::ACCEPT).iter().any(|accept| {
            accept.to_str().is_ok_and(|accept| accept.contains(KeyFormat::NUMBER_MEDIA_TYPE))
        });
        Ok(Self(if number { KeyFormat::Number } else { KeyFormat::Text }))
    }
}

impl<T: Serialize> IntoResponse for Answer<T> {
    fn into_response(self) -> Response {
        let mut response = axum::Json(self.1).into_response();
        if self.0 == KeyFormat::Number {
            response.headers_mut().insert(
                header::CONTENT_TYPE,
                HeaderValue::from_static(KeyFormat::NUMBER_MEDIA_TYPE),
            );
        }
        response
    }
}

/// The variables of a request; none are as good as `{}`.
pub(super) fn variables(object: Option<&JsonObject>) -> Result<Document, Problem> {
    let Some(object) = object else {
        return Ok(Document::empty());
    };
    Document::from_json(object.as_str()).map_err(Problem::from)
}

/// A document of ours as part of a response.
pub(super) fn json_object(document: &Document) -> Result<JsonObject, Problem> {
    JsonObject::new(document.to_json()).map_err(|error| {
        tracing::error!(%error, "a stored document is not written as JSON");
        Problem::new(Kind::Internal, "Unexpected error: stored variables are not valid JSON")
    })
}

/// The reference of a command: absent is 0, else at least 1.
pub(super) fn operation_reference(reference: Option<i64>) -> Result<u64, Problem> {
    match reference {
        None => Ok(0),
        Some(reference) => match u64::try_from(reference) {
            Ok(value) if value > 0 => Ok(value),
            _ => Err(Problem::invalid_argument(format!(
                "The value for operationReference is '{reference}' but must be > 0"
            ))),
        },
    }
}

/// An attribute that must be there and not empty.
pub(super) fn required(name: &str, value: Option<String>) -> Result<String, Problem> {
    value
        .filter(|text| !text.trim().is_empty())
        .ok_or_else(|| Problem::invalid_argument(format!("No {name} provided")))
}
