//! The check of every call's token, in front of both servers.

use std::sync::Arc;

use http::{Extensions, HeaderMap, header::AUTHORIZATION};
use skep_auth::{Principal, TokenError, bearer_token};

use crate::{config::AuthMode, problem::Problem, tenant::MultiTenancy};

/// Checks the `authorization` header of a request.
#[derive(Clone, Debug)]
pub(crate) struct Authenticator {
    mode: AuthMode,
    multi_tenancy: MultiTenancy,
}

impl Authenticator {
    pub(crate) fn new(mode: AuthMode, multi_tenancy: MultiTenancy) -> Self {
        Self { mode, multi_tenancy }
    }

    /// Leaves the caller's tenants among the extensions of its request, where a
    /// [`crate::call::Call`] looks for them.
    pub(crate) fn note_tenants(&self, caller: Option<&Principal>, extensions: &mut Extensions) {
        match &self.multi_tenancy {
            MultiTenancy::Disabled => (),
            tenancy @ MultiTenancy::Enabled(_) => {
                extensions.insert(tenancy.tenants_of(caller));
            }
        }
    }

    /// Who is calling; `None` when authentication is off.
    ///
    /// A header that is there but empty is what `@camunda8/sdk` sends without authentication:
    /// the same as none.
    pub(crate) async fn authenticate(
        &self,
        headers: &HeaderMap,
    ) -> Result<Option<Arc<Principal>>, Problem> {
        let checked = match &self.mode {
            AuthMode::Off => return Ok(None),
            AuthMode::Basic(users) => {
                let value = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
                users.check(value).map(Arc::new)
            }
            AuthMode::Oidc(validator) => match token_of(headers) {
                Ok(token) => validator.validate(token).await,
                Err(error) => Err(error),
            },
        };
        checked.map(Some).map_err(|error| {
            // The full text: it names addresses that a caller is not told.
            tracing::debug!(code = error.code(), %error, "refused a token");
            Problem::from(&error)
        })
    }
}

fn token_of(headers: &HeaderMap) -> Result<&str, TokenError> {
    match headers.get(AUTHORIZATION) {
        None => bearer_token(None),
        // Faster than the header's own check, byte by byte, for visible ASCII; a token is long.
        Some(value) => match std::str::from_utf8(value.as_bytes()) {
            Ok(text) => bearer_token(Some(text)),
            Err(_) => Err(TokenError::Malformed {
                reason: "the header has characters that no token has".to_owned(),
            }),
        },
    }
}
