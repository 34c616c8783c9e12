//! Which address is answered by what.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
    routing::{any, get, post},
};
use serde_json::json;

use super::{
    Site, metadata,
    reply::{self, RequestIds},
    signin, token,
};
use crate::{admin_page, faults::Fault, graph, refusal::RequestFault};

/// Every address of the provider.
pub(super) fn router(site: Arc<Site>) -> Router {
    let tokens = Router::new()
        .route("/{tenant}/oauth2/v2.0/token", post(token::token_v2).options(token::preflight))
        .route("/{tenant}/oauth2/token", post(token::token_v1).options(token::preflight))
        .route("/{tenant}/oauth2/v2.0/devicecode", post(token::device_code))
        .route("/{tenant}/oauth2/devicecode", post(token::device_code_v1))
        .route_layer(middleware::from_fn_with_state(Arc::clone(&site), with_faults));
    Router::new()
        .merge(tokens)
        .route("/ca.pem", get(ca))
        .route("/{tenant}/v2.0/.well-known/openid-configuration", get(metadata::discovery_v2))
        .route("/{tenant}/.well-known/openid-configuration", get(metadata::discovery_v1))
        .route("/{tenant}/discovery/v2.0/keys", get(metadata::keys_v2))
        .route("/{tenant}/discovery/keys", get(metadata::keys_v1))
        .route("/{tenant}/discovery/instance", get(metadata::instance))
        .route("/{tenant}/oauth2/v2.0/authorize", get(signin::authorize).post(signin::authorize))
        .route("/{tenant}/oauth2/authorize", get(signin::authorize_v1).post(signin::authorize_v1))
        .route("/{tenant}/oauth2/v2.0/logout", get(signin::logout).post(signin::logout))
        .route("/{tenant}/oauth2/logout", get(signin::logout).post(signin::logout))
        .route("/{tenant}/adminconsent", get(signin::admin_consent))
        .route("/{tenant}/v2.0/adminconsent", get(signin::admin_consent))
        .route("/{tenant}/userrealm/{user}", get(metadata::user_realm))
        .route("/error", get(signin::error))
        .route("/{tenant}/login", post(signin::login))
        .route("/{tenant}/consent", post(signin::consent))
        .route("/devicelogin", get(signin::device_login).post(signin::device_login))
        .route("/admin", get(admin_page::admin).post(admin_page::admin))
        .route("/signin.css", get(signin::style))
        .route("/v1.0/{*path}", any(graph::graph))
        .route("/{tenant}/openid/userinfo", get(graph::userinfo).post(graph::userinfo))
        .route("/oidc/userinfo", get(graph::userinfo).post(graph::userinfo))
        .fallback(not_found)
        .method_not_allowed_fallback(wrong_method)
        .layer(middleware::from_fn_with_state(Arc::clone(&site), in_time))
        .with_state(site)
}

/// `GET /ca.pem`: the CA certificate, to be trusted by clients.
async fn ca(State(site): State<Arc<Site>>) -> Response {
    match tokio::fs::read(site.core.tls.ca_path()).await {
        Ok(pem) => {
            let kind = HeaderValue::from_static("application/x-pem-file");
            ([(header::CONTENT_TYPE, kind)], pem).into_response()
        }
        Err(error) => {
            tracing::error!("cannot read the CA certificate: {error}");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

async fn not_found(State(site): State<Arc<Site>>, request: Request) -> Response {
    let ids = RequestIds::of(request.headers(), request.uri().query());
    let discovery = site.endpoints().discovery_uri();
    let body = json!({
        "error": "not_found",
        "error_description": format!("Nothing is served here. The addresses are listed at {discovery}."),
        "trace_id": ids.trace_id,
        "correlation_id": ids.correlation_id,
    });
    reply::private_json(StatusCode::NOT_FOUND, ids, &body)
}

async fn wrong_method(State(site): State<Arc<Site>>, request: Request) -> Response {
    let ids = RequestIds::of(request.headers(), request.uri().query());
    let fault = RequestFault::WrongMethod { method: request.method().to_string() };
    reply::refused(&site, ids, &fault.into())
}

/// Lets the faults happen that were asked for.
async fn with_faults(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    let (latency, fault) = site.core.faults.next();
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
    match fault {
        Fault::None => next.run(request).await,
        // The real service says this in plain text.
        Fault::Throttled { retry_after_s } => (
            StatusCode::TOO_MANY_REQUESTS,
            [(header::RETRY_AFTER, retry_after_s.to_string())],
            "Too Many Requests",
        )
            .into_response(),
        Fault::Unavailable => {
            let ids = RequestIds::of(request.headers(), request.uri().query());
            reply::refused(&site, ids, &RequestFault::Unavailable.into())
        }
    }
}

/// Gives up on a request that takes too long, wherever it hangs.
async fn in_time(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    let ids = RequestIds::of(request.headers(), request.uri().query());
    let limit = site.core.config.limits.request_timeout();
    match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => reply::refused(&site, ids, &RequestFault::TimedOut.into()),
    }
}
