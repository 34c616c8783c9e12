//! What happens around every request: authentication, and the body of problems.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::header::AUTHORIZATION;

use crate::{auth::Authenticator, problem::Problem};

/// Lets only those through whose token is accepted; handlers find them as an
/// `Arc<Principal>` among the request's extensions.
pub(super) async fn authenticate(
    State(authenticator): State<Authenticator>,
    mut request: Request,
    next: Next,
) -> Response {
    match authenticator.authenticate(request.headers()).await {
        Ok(principal) => {
            request.headers_mut().remove(AUTHORIZATION);
            authenticator.note_tenants(principal.as_deref(), request.extensions_mut());
            if let Some(principal) = principal {
                request.extensions_mut().insert(principal);
            }
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    }
}

/// Writes the body of a problem, which names the path of the request.
pub(super) async fn write_problems(request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let mut response = next.run(request).await;
    match response.extensions_mut().remove::<Problem>() {
        None => response,
        Some(problem) => {
            tracing::debug!(path, detail = problem.detail(), "refused a request");
            problem.into_response_for(&path)
        }
    }
}
