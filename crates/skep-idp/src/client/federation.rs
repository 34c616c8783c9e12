//! Client assertions made by another issuer: federated identity credentials.
//!
//! Issuer, subject and audience must be those of a registered credential, byte for byte; then the
//! issuer's own keys decide. They are found by discovery over HTTPS, cached, and fetched again
//! when a token names a key that is not among them.
//!
//! Source: MicrosoftDocs/entra-docs: docs/workload-id/workload-identity-federation.md,
//! docs/workload-id/workload-identity-federation-considerations.md

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use skep_auth::{
    TokenError, Trust, TrustedIssuer, ValidationConfig, Validator,
    jose::{Algorithm, Claims, Jws},
};

use super::assertion::{check_dates, malformed};
use crate::{
    error::{BoxError, Error},
    refusal::{AssertionFault, FederationFault, Refusal, RequestFault},
    registry::{AppEntry, FederatedCredential, TOKEN_EXCHANGE, TOKEN_EXCHANGE_URI},
    server::Site,
};

/// Most issuers whose keys are remembered.
const ISSUERS_MAX: usize = 64;
/// How far the issuer's clock may differ.
const SKEW: Duration = Duration::from_secs(300);

/// The keys of other issuers, as far as they were needed.
#[derive(Default)]
pub(crate) struct Federation(Mutex<HashMap<(String, String), Validator>>);

impl Federation {
    /// Checks tokens of the credential's issuer for its audience.
    fn validator(&self, site: &Site, issuer: &str, audience: &str) -> Result<Validator, Refusal> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (issuer.to_owned(), audience.to_owned());
        if let Some(validator) = known.get(&key) {
            return Ok(validator.clone());
        }
        if known.len() >= ISSUERS_MAX {
            // Rare, and costs no more than fetching their keys again.
            known.clear();
        }
        let core = &site.core;
        let files = [Some(core.tls.ca_path()), core.config.ca_certificate_path.clone()];
        let http = Trust::with_ca_files(files.into_iter().flatten())
            .and_then(|trust| trust.http_client())
            .map_err(|error| internal(error.into()))?;
        let config = ValidationConfig {
            issuers: vec![TrustedIssuer::new(issuer)],
            audiences: vec![audience.to_owned()],
            leeway: SKEW,
            ..ValidationConfig::default()
        };
        let validator = Validator::with_clock(config, http, core.clock.clone());
        known.insert(key, validator.clone());
        Ok(validator)
    }
}

fn internal(error: BoxError) -> Refusal {
    let error = Error::create("client for other issuers", error);
    tracing::error!(source = std::error::Error::source(&error), "{error}");
    Refusal::internal()
}

/// Who the token says it is from, about and for.
struct Presented<'a> {
    issuer: &'a str,
    subject: &'a str,
    audiences: Vec<String>,
}

impl<'a> Presented<'a> {
    fn of(claims: &'a Claims) -> Result<Self, Refusal> {
        let missing = |name| RequestFault::MissingCredentialField { name };
        let audiences = claims.texts("aud").map_err(|error| malformed(&error))?;
        if audiences.is_empty() {
            return Err(missing("aud").into());
        }
        Ok(Self {
            issuer: claims.text("iss").ok_or_else(|| missing("iss"))?,
            subject: claims.text("sub").ok_or_else(|| missing("sub"))?,
            audiences,
        })
    }

    /// Whether it is for `audience`. A v2.0 token of Entra has the id of the resource there.
    fn is_for(&self, audience: &str) -> bool {
        let id = TOKEN_EXCHANGE.to_string();
        self.audiences.iter().any(|presented| {
            presented == audience || (audience == TOKEN_EXCHANGE_URI && *presented == id)
        })
    }

    /// The credential that the token is meant for, else what is next to it.
    fn find<'c>(
        &self,
        credentials: &'c [FederatedCredential],
    ) -> Result<&'c FederatedCredential, FederationFault> {
        let audiences = || self.audiences.join(" ");
        if credentials.is_empty() {
            return Err(FederationFault::None {
                issuer: self.issuer.to_owned(),
                subject: self.subject.to_owned(),
                audience: audiences(),
            });
        }
        let of_pair = |same: &dyn Fn(&str, &str) -> bool| {
            credentials.iter().find(|known| {
                same(&known.issuer, self.issuer) && same(&known.subject, self.subject)
            })
        };
        if let Some(known) = of_pair(&|a, b| a == b) {
            let audience = known.audiences.first().map_or("", String::as_str);
            if self.is_for(audience) {
                return Ok(known);
            }
            let (found, expected) = (audiences(), audience.to_owned());
            return Err(FederationFault::Audience { found, expected });
        }
        if let Some(known) = of_pair(&|a, b| a.eq_ignore_ascii_case(b)) {
            return Err(FederationFault::Case {
                found: format!("{} {}", self.issuer, self.subject),
                expected: format!("{} {}", known.issuer, known.subject),
            });
        }
        if credentials.iter().any(|known| known.issuer == self.issuer) {
            return Err(FederationFault::Subject { found: self.subject.to_owned() });
        }
        Err(FederationFault::Issuer { found: self.issuer.to_owned() })
    }
}

/// Accepts `token` as the proof of `entry`, on the word of the issuer it names.
pub(super) async fn check(
    site: &Site,
    entry: &AppEntry,
    jws: &Jws<'_>,
    token: &str,
) -> Result<(), Refusal> {
    let presented = Presented::of(&jws.claims)?;
    let credential = presented.find(&entry.app.federated_credentials)?;
    if jws.algorithm != Algorithm::Rs256 {
        return Err(AssertionFault::Algorithm { found: jws.algorithm.to_string() }.into());
    }
    check_dates(site, &jws.claims)?;
    let endpoints = site.endpoints();
    if [endpoints.issuer(), endpoints.issuer_v1()].iter().any(|own| own == presented.issuer) {
        check_own(site, jws, presented.issuer)?;
    } else {
        let audience = presented.audiences.first().map_or("", String::as_str);
        let validator = site.federation.validator(site, &credential.issuer, audience)?;
        validator.validate(token).await.map_err(|error| refusal(&error, presented.issuer))?;
    }
    if jws.claims.text("scp").is_some() {
        return Err(FederationFault::UserToken.into());
    }
    Ok(())
}

/// Checks a token of this provider, whose keys are at hand.
fn check_own(site: &Site, jws: &Jws<'_>, issuer: &str) -> Result<(), FederationFault> {
    let keys = site.core.keys.current();
    let kid = jws.header.kid.clone().unwrap_or_default();
    let key = keys.view.verifying.get(&kid);
    if key.is_some_and(|key| jws.verify(key).is_ok()) {
        return Ok(());
    }
    let reason = if key.is_some() { "the signature does not match" } else { "the key is unknown" };
    Err(FederationFault::Signature { issuer: issuer.to_owned(), reason: reason.to_owned() })
}

fn refusal(error: &TokenError, issuer: &str) -> Refusal {
    let issuer = issuer.to_owned();
    if let TokenError::Jwks { url, reason, .. } = error {
        let (url, reason) = (url.clone(), reason.clone());
        return FederationFault::Unreachable { issuer, url, reason }.into();
    }
    let of_key = matches!(error, TokenError::UnknownKey { .. } | TokenError::Signature { .. });
    if of_key {
        return FederationFault::Signature { issuer, reason: error.to_string() }.into();
    }
    AssertionFault::Malformed { why: error.to_string() }.into()
}

impl std::fmt::Debug for Federation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Federation")
    }
}
