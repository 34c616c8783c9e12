use std::time::Duration;

use crate::ClaimMapping;

/// Which tokens are accepted.
#[derive(Clone, Debug)]
pub struct ValidationConfig {
    /// Issuers, compared byte for byte with `iss`.
    pub issuers: Vec<TrustedIssuer>,
    /// A token must name one of them in `aud`. A GUID stands for `api://GUID` as well, and the
    /// other way round: which of the two an Entra token has depends on its version.
    pub audiences: Vec<String>,
    /// Client ids that may call; empty allows every client of the issuers.
    pub allowed_clients: Vec<String>,
    /// The caller needs one of these roles; empty asks for none.
    pub required_roles: Vec<String>,
    /// Which claims say who is calling.
    pub claims: ClaimMapping,
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
            claims: ClaimMapping::default(),
            leeway: Duration::from_secs(60),
            cached_results_max: 10_000,
            keys: KeyRefresh::default(),
        }
    }
}

/// How the keys of an issuer are kept up to date.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct KeyRefresh {
    /// Tokens with an unknown `kid` make the keys be fetched at most this often, unless the keys
    /// have changed indeed: rolling them soon again is the issuer's right.
    pub unknown_kid_interval: Duration,
    /// Keys older than this are fetched again in the background.
    pub max_age: Duration,
    /// Keys older than this are no longer trusted, however long the provider is unreachable.
    pub max_stale: Duration,
    /// After a failed fetch the next one waits this long, doubling up to 30 s.
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
    /// `host` is for example `login.microsoftonline.com`, with the port when it is not 443;
    /// `tenant` is the tenant's GUID, which Entra writes in lower case.
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

/// Every spelling of the configured audiences that a token may have: a GUID stands for
/// `api://GUID` as well, and the other way round.
#[must_use]
pub fn audience_forms(audiences: &[String]) -> Vec<String> {
    let mut forms: Vec<String> = Vec::new();
    let mut add = |form: String| {
        if !forms.contains(&form) {
            forms.push(form);
        }
    };
    for audience in audiences.iter().filter(|audience| !audience.is_empty()) {
        add(audience.clone());
        let bare = audience.strip_prefix("api://").unwrap_or(audience).trim_end_matches('/');
        if uuid::Uuid::try_parse(bare).is_ok() {
            let guid = bare.to_ascii_lowercase();
            add(format!("api://{guid}"));
            add(format!("api://{guid}/"));
            add(guid);
        }
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guid_stands_for_its_application_id_uri() {
        let guid = "0f6e0f6e-0f6e-4f6e-8f6e-0f6e0f6e0f6e";
        let uri = format!("api://{guid}");
        let expected = [guid.to_owned(), uri.clone(), format!("{uri}/")];
        for given in [guid.to_owned(), uri, guid.to_uppercase()] {
            let forms = audience_forms(std::slice::from_ref(&given));
            assert!(expected.iter().all(|form| forms.contains(form)), "{given}: {forms:?}");
        }
    }

    #[test]
    fn other_audiences_stand_for_themselves() {
        assert_eq!(audience_forms(&["zeebe-api".into(), String::new()]), ["zeebe-api"]);
    }
}
