//! The token endpoint, v2.0 and v1.0.

use std::sync::Arc;

use axum::{
    extract::{Path, Request, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use serde_json::Value;

use super::{
    Site,
    form::Form,
    reply::{self, RequestIds},
    tenant::Tenant,
};
use crate::{
    grant::client_credentials,
    refusal::{Refusal, RequestFault},
};

/// Which generation of the endpoint was called. It decides about the request's and the reply's
/// form; the token's version is the resource's choice.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
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

async fn token(site: &Site, version: ApiVersion, segment: &str, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let mut ids = RequestIds::of(&parts.headers, parts.uri.query());
    let form = Form::read(&parts.headers, body, site.core.config.limits.body_bytes_max).await;
    let result = form.and_then(|form| {
        // msal-node puts its correlation id into the body.
        if let Ok(Some(id)) = form.optional("client-request-id") {
            ids.correlation_id = id.parse().unwrap_or(ids.correlation_id);
        }
        answer(site, version, segment, &parts.headers, &form)
    });
    match result {
        Ok(body) => reply::private_json(StatusCode::OK, ids, &body),
        Err(refusal) => reply::refused(site, ids, &refusal),
    }
}

/// The request is looked at from the outside in: address, form, grant, client, resource.
fn answer(
    site: &Site,
    version: ApiVersion,
    segment: &str,
    headers: &HeaderMap,
    form: &Form,
) -> Result<Value, Refusal> {
    let tenant = Tenant::parse(site, segment)?;
    let grant = form.required("grant_type")?;
    if version == ApiVersion::V2 && form.optional("resource")?.is_some() {
        return Err(RequestFault::ResourceOnV2.into());
    }
    match grant {
        "client_credentials" => client_credentials::answer(site, tenant, version, headers, form),
        other => Err(RequestFault::UnsupportedGrant { grant: other.to_owned() }.into()),
    }
}
