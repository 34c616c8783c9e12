//! The token endpoint, v2.0 and v1.0.

use std::sync::Arc;

use axum::{
    extract::{Path, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    Site,
    form::Form,
    reply::{self, RequestIds},
    tenant::Tenant,
};
use crate::{
    grant::{TokenRequest, authorization_code, client_credentials, device_code, refresh_token},
    refusal::{Refusal, RequestFault},
};

/// Which generation of the endpoint was called. It decides about the request's and the reply's
/// form; the token's version is the resource's choice.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) enum ApiVersion {
    /// `/oauth2/token`, with `resource`.
    V1,
    /// `/oauth2/v2.0/token`, with `scope`.
    V2,
}

/// `POST /{tenant}/oauth2/v2.0/token`
pub(super) async fn token_v2(
    State(site): State<Arc<Site>>,
    Path(segment): Path<String>,
    request: Request,
) -> Response {
    token(&site, ApiVersion::V2, &segment, request).await
}

/// `POST /{tenant}/oauth2/token`
pub(super) async fn token_v1(
    State(site): State<Arc<Site>>,
    Path(segment): Path<String>,
    request: Request,
) -> Response {
    token(&site, ApiVersion::V1, &segment, request).await
}

/// `POST /{tenant}/oauth2/v2.0/devicecode`
pub(super) async fn device_code(
    State(site): State<Arc<Site>>,
    Path(segment): Path<String>,
    request: Request,
) -> Response {
    respond(&site, ApiVersion::V2, &segment, request, async |request| device_code::begin(request))
        .await
}

/// `POST /{tenant}/oauth2/devicecode`
pub(super) async fn device_code_v1(
    State(site): State<Arc<Site>>,
    Path(segment): Path<String>,
    request: Request,
) -> Response {
    let begin = async |request: TokenRequest<'_>| device_code::begin(request);
    respond(&site, ApiVersion::V1, &segment, request, begin).await
}

/// `OPTIONS` of the token endpoint: pages of any origin may ask, and are then told whether theirs
/// may redeem.
pub(super) async fn preflight(headers: HeaderMap) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let answered = response.headers_mut();
    allow_origin(&headers, answered);
    answered.insert(
        header::ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static("GET, POST, OPTIONS"),
    );
    if let Some(asked) = headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
        answered.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, asked.clone());
    }
    answered.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
    response
}

fn allow_origin(request: &HeaderMap, response: &mut HeaderMap) {
    if let Some(origin) = request.get(header::ORIGIN) {
        response.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        response.insert(header::VARY, HeaderValue::from_static("Origin"));
    }
}

async fn token(site: &Site, version: ApiVersion, segment: &str, request: Request) -> Response {
    respond(site, version, segment, request, answer).await
}

async fn respond(
    site: &Site,
    version: ApiVersion,
    segment: &str,
    request: Request,
    answer: impl AsyncFnOnce(TokenRequest<'_>) -> Result<Value, Refusal>,
) -> Response {
    let (parts, body) = request.into_parts();
    let mut ids = RequestIds::of(&parts.headers, parts.uri.query());
    let bytes_max = site.core.config.limits.body_bytes_max;
    let result = async {
        let form = Form::read(&parts.headers, body, bytes_max).await?;
        // msal-node puts its correlation id into the body.
        if let Ok(Some(id)) = form.optional("client-request-id") {
            ids.correlation_id = id.parse().unwrap_or(ids.correlation_id);
        }
        let tenant = Tenant::parse(site, segment)?;
        answer(TokenRequest { site, tenant, version, headers: &parts.headers, form: &form }).await
    }
    .await;
    // A page reads every answer but the one that says it is of the wrong platform.
    let cross_origin = Refusal::from(RequestFault::CrossOrigin).code;
    let is_readable = result.as_ref().err().is_none_or(|refusal| refusal.code != cross_origin);
    let mut response = match result {
        Ok(body) => reply::private_json(StatusCode::OK, ids, &body),
        Err(refusal) => reply::refused(site, ids, &refusal),
    };
    if is_readable {
        allow_origin(&parts.headers, response.headers_mut());
    }
    response
}

/// The request is looked at from the outside in: address, form, grant, client, resource.
async fn answer(request: TokenRequest<'_>) -> Result<Value, Refusal> {
    let grant = request.form.required("grant_type")?;
    if request.version == ApiVersion::V2 && request.form.optional("resource")?.is_some() {
        return Err(RequestFault::ResourceOnV2.into());
    }
    match grant {
        "client_credentials" => client_credentials::answer(request).await,
        "authorization_code" => authorization_code::answer(request).await,
        "refresh_token" => refresh_token::answer(request).await,
        // msal-node says it the short way.
        "urn:ietf:params:oauth:grant-type:device_code" | "device_code" => {
            device_code::answer(request).await
        }
        other => Err(RequestFault::UnsupportedGrant { grant: other.to_owned() }.into()),
    }
}
