//! Checking bearer tokens.

mod config;
mod keys;
mod metrics;
mod results;

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

pub use config::{KeyRefresh, TrustedIssuer, ValidationConfig, audience_forms};
use keys::{KeySource, Keys, PublishedKey};
use metrics::Outcomes;
pub use metrics::{KeyMetrics, ValidatorMetrics};
use results::{Results, TokenHash};

use crate::{
    Clock, Principal, TokenError,
    jose::{Claims, Jws, TOKEN_BYTES_MAX},
    token_error::{shown, shown_list},
};

/// Most keys that are tried for a token that names none.
const KEYS_TRIED_MAX: usize = 10;

/// Checks bearer tokens; cheap to clone.
#[derive(Clone)]
pub struct Validator {
    shared: Arc<Shared>,
}

struct Shared {
    config: ValidationConfig,
    audiences: Vec<String>,
    sources: Vec<Arc<KeySource>>,
    results: Results,
    outcomes: Outcomes,
    epoch: Arc<AtomicU64>,
    clock: Clock,
    leeway_s: i64,
}

impl Validator {
    /// A validator that trusts `config.issuers` and reaches them with `http`.
    #[must_use]
    pub fn new(config: ValidationConfig, http: reqwest::Client) -> Self {
        Self::with_clock(config, http, Clock::system())
    }

    /// As [`Validator::new`], with a clock of the caller's.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "both are handles that it keeps")]
    pub fn with_clock(config: ValidationConfig, http: reqwest::Client, clock: Clock) -> Self {
        let epoch = Arc::new(AtomicU64::new(0));
        let source = |issuer: &TrustedIssuer| {
            Arc::new(KeySource::new(
                issuer.clone(),
                http.clone(),
                clock.clone(),
                config.keys,
                Arc::clone(&epoch),
            ))
        };
        Self {
            shared: Arc::new(Shared {
                audiences: audience_forms(&config.audiences),
                sources: config.issuers.iter().map(source).collect(),
                results: Results::new(config.cached_results_max),
                outcomes: Outcomes::default(),
                leeway_s: i64::try_from(config.leeway.as_secs()).unwrap_or(i64::MAX),
                config,
                epoch,
                clock,
            }),
        }
    }

    /// Fetches the keys of every issuer, so that the first call need not wait for them.
    ///
    /// A provider that is away is no reason not to start: what failed is logged, returned, and
    /// tried again when a token needs it.
    pub async fn warm_up(&self) -> Vec<TokenError> {
        let mut failed = Vec::new();
        for source in &self.shared.sources {
            if let Err(error) = source.warm_up().await {
                failed.push(error);
            }
        }
        failed
    }

    /// Checks `token` (without `Bearer `): a cached result costs a hash, else a signature.
    ///
    /// # Errors
    /// [`TokenError`]
    pub async fn validate(&self, token: &str) -> Result<Arc<Principal>, TokenError> {
        let shared = &*self.shared;
        let bytes = token.len();
        if bytes == 0 || bytes > TOKEN_BYTES_MAX {
            let too_large = TokenError::TooLarge { bytes, max: TOKEN_BYTES_MAX };
            let refused = Err(if bytes == 0 { TokenError::Missing } else { too_large });
            shared.outcomes.count(&refused);
            return refused;
        }
        let hash = TokenHash::of(token);
        // Read before the keys are: a result found while they change is void.
        let epoch = shared.epoch.load(Ordering::Acquire);
        let now_s = shared.clock.now_s();
        if let Some(principal) = shared.results.find(hash, now_s, epoch) {
            for source in &shared.sources {
                source.refresh_if_old();
            }
            return Ok(principal);
        }
        let checked = shared.check(token, now_s).await;
        shared.outcomes.count(&checked);
        let principal = checked?;
        let valid_until_s = principal.expires_at.saturating_add(shared.leeway_s);
        let principal = Arc::new(principal);
        shared.results.insert(hash, Arc::clone(&principal), valid_until_s, epoch, bytes);
        Ok(principal)
    }

    /// What it has done so far.
    #[must_use]
    pub fn metrics(&self) -> ValidatorMetrics {
        let shared = &*self.shared;
        let (n_accepted_checked, n_refused) = shared.outcomes.snapshot();
        ValidatorMetrics {
            n_accepted_kept: shared.results.n_found(),
            n_accepted_checked,
            n_refused,
            issuers: shared.sources.iter().map(|source| source.metrics()).collect(),
        }
    }
}

impl Shared {
    /// Checks everything, in the order in which a mistake is easiest to explain: a token for
    /// another API or from yesterday is that, even when its key is not known here.
    async fn check(&self, token: &str, now_s: i64) -> Result<Principal, TokenError> {
        let jws = Jws::parse(token)?;
        check_type(jws.header.typ.as_deref())?;
        let source = self.source(&jws.claims)?;
        let issuer = &source.issuer.issuer;
        check_tenant(issuer, &jws.claims)?;
        let expires_at = self.check_times(&jws.claims, now_s)?;
        self.check_audience(&jws.claims)?;

        let keys = source.for_kid(jws.header.kid.as_deref()).await?;
        match verify(&jws, &keys, issuer) {
            // Without a `kid` only the signature tells that the keys have changed.
            Err(TokenError::Signature { .. }) if jws.header.kid.is_none() => {
                let keys = source.other_than(keys).await?;
                verify(&jws, &keys, issuer)?;
            }
            verified => verified?,
        }

        let principal = Principal::from_claims(&jws.claims, &self.config.claims, expires_at)?;
        self.check_caller(&principal)?;
        Ok(principal)
    }

    fn source(&self, claims: &Claims) -> Result<&Arc<KeySource>, TokenError> {
        let Some(issuer) = claims.text("iss") else {
            return Err(TokenError::Claim { claim: "iss", expected: "the issuer, a text" });
        };
        self.sources.iter().find(|source| source.issuer.issuer == issuer).ok_or_else(|| {
            TokenError::Issuer {
                expected: self.config.issuers.iter().map(|known| known.issuer.clone()).collect(),
                received: shown(issuer),
            }
        })
    }

    /// Checks `exp`, `nbf` and `iat`; gives the first.
    fn check_times(&self, claims: &Claims, now_s: i64) -> Result<i64, TokenError> {
        let Some(exp) = claims.numeric_date("exp")? else {
            return Err(TokenError::Claim { claim: "exp", expected: "a number of seconds" });
        };
        let leeway_s = self.leeway_s;
        let expires_at = whole_seconds(exp);
        if now_s >= expires_at.saturating_add(leeway_s) {
            return Err(TokenError::Expired { by_s: now_s.saturating_sub(expires_at), leeway_s });
        }
        for name in ["nbf", "iat"] {
            if let Some(time) = claims.numeric_date(name)? {
                let by_s = whole_seconds(time).saturating_sub(now_s);
                if by_s > leeway_s {
                    return Err(TokenError::NotYetValid { by_s, leeway_s });
                }
            }
        }
        Ok(expires_at)
    }

    fn check_audience(&self, claims: &Claims) -> Result<(), TokenError> {
        let received = claims.texts("aud")?;
        if received.iter().any(|audience| self.audiences.contains(audience)) {
            return Ok(());
        }
        Err(TokenError::Audience {
            expected: self.config.audiences.clone(),
            received: shown_list(&received),
        })
    }

    fn check_caller(&self, principal: &Principal) -> Result<(), TokenError> {
        let client_id = principal.client_id.as_deref();
        if client_id.is_none() && principal.username.is_none() {
            return Err(TokenError::NoPrincipal);
        }
        let clients = &self.config.allowed_clients;
        let is_allowed = |id: &str| clients.iter().any(|allowed| allowed.eq_ignore_ascii_case(id));
        if !clients.is_empty() && !client_id.is_some_and(is_allowed) {
            return Err(TokenError::Client { received: shown(client_id.unwrap_or_default()) });
        }
        let roles = &self.config.required_roles;
        if !roles.is_empty() && !principal.roles.iter().any(|role| roles.contains(role)) {
            return Err(TokenError::Role {
                expected: roles.clone(),
                received: shown_list(&principal.roles),
            });
        }
        Ok(())
    }
}

/// Checks the signature with the keys that may have made it.
fn verify(jws: &Jws<'_>, keys: &Keys, issuer: &str) -> Result<(), TokenError> {
    let kid = jws.header.kid.as_deref();
    let mut candidates = keys.candidates(kid, jws.algorithm).peekable();
    if candidates.peek().is_none() {
        let kid = shown(kid.unwrap_or_default());
        return Err(TokenError::UnknownKey { issuer: issuer.to_owned(), kid });
    }
    let signer = candidates
        .take(KEYS_TRIED_MAX)
        .find(|candidate| jws.verify(&candidate.key).is_ok())
        .ok_or_else(|| TokenError::Signature { issuer: issuer.to_owned() })?;
    check_key_issuer(signer, issuer, &jws.claims)
}

fn check_type(typ: Option<&str>) -> Result<(), TokenError> {
    let Some(typ) = typ else { return Ok(()) };
    // RFC 7515 §4.1.9: a media type whose prefix may be left out.
    let short = typ.get(..12).filter(|prefix| prefix.eq_ignore_ascii_case("application/"));
    let name = if short.is_some() { &typ[12..] } else { typ };
    if ["JWT", "at+jwt"].iter().any(|known| known.eq_ignore_ascii_case(name)) {
        Ok(())
    } else {
        Err(TokenError::Type { received: shown(typ) })
    }
}

/// Entra: the tenant that a token names must be the one in its issuer.
///
/// Source: MicrosoftDocs/entra-docs: docs/identity-platform/access-tokens.md
fn check_tenant(issuer: &str, claims: &Claims) -> Result<(), TokenError> {
    let Some(received) = claims.text("tid") else { return Ok(()) };
    let tenant = issuer.split('/').find(|segment| uuid::Uuid::try_parse(segment).is_ok());
    match tenant {
        Some(tenant) if tenant != received => {
            Err(TokenError::Tenant { issuer: issuer.to_owned(), received: shown(received) })
        }
        Some(_) | None => Ok(()),
    }
}

/// Entra: a key may be for the tokens of one issuer only, perhaps given as a template.
///
/// Source: MicrosoftDocs/entra-docs: docs/identity-platform/access-tokens.md
fn check_key_issuer(key: &PublishedKey, issuer: &str, claims: &Claims) -> Result<(), TokenError> {
    let Some(template) = &key.issuer else { return Ok(()) };
    let tenant = claims.text("tid").unwrap_or_default();
    if template.replace("{tenantid}", tenant) == issuer {
        return Ok(());
    }
    Err(TokenError::Tenant { issuer: issuer.to_owned(), received: shown(tenant) })
}

impl From<crate::jose::ClaimError> for TokenError {
    fn from(error: crate::jose::ClaimError) -> Self {
        Self::Claim { claim: error.name, expected: error.expected }
    }
}

/// A NumericDate without its fraction; what no clock shows is as far away as can be.
#[expect(clippy::cast_possible_truncation, reason = "the cast saturates, as it should here")]
fn whole_seconds(numeric_date: f64) -> i64 {
    // A hundred thousand years keep later sums from overflowing.
    (numeric_date.floor() as i64).clamp(-3_000_000_000_000, 3_000_000_000_000)
}

impl fmt::Debug for Validator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Validator").field("config", &self.shared.config).finish_non_exhaustive()
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
