//! Getting tokens.

use std::sync::Arc;

use crate::AuthError;

/// Gives the `authorization` header of each call; cheap to clone, shared by all calls.
#[derive(Clone, Debug)]
pub struct TokenSource(());

impl TokenSource {
    /// No authentication.
    #[must_use]
    pub fn none() -> Self {
        Self(())
    }

    /// The header value, for example `Bearer …`; `None` when authentication is off.
    ///
    /// # Errors
    /// [`AuthError`]
    #[expect(clippy::unused_async, reason = "fetches a token when none is cached")]
    pub async fn authorization(&self) -> Result<Option<Arc<str>>, AuthError> {
        Ok(None)
    }

    /// Forgets `rejected`, a value that the server refused, so that the next call fetches anew.
    pub fn invalidate(&self, rejected: &str) {
        let _ = rejected;
    }
}
