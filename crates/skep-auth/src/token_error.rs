//! Why a bearer token is refused, in words that help.

use crate::jose::JwsError;

/// Why a bearer token is not accepted.
///
/// `Display` says what was expected and what was received, never the token; texts taken from
/// a token are shortened and stripped of control characters.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// There is no token.
    #[error("expected a bearer token in the header [authorization], but found nothing")]
    Missing,
    /// The header has another scheme than `Bearer`.
    #[error("expected the header [authorization] to begin with \"Bearer \", but found {received}")]
    Scheme {
        /// The scheme found, or what stands in for it.
        received: String,
    },
    /// The server wants a user name and a password, and these are not a user's.
    #[error("expected user name and password in the header [authorization], but {reason}")]
    Password {
        /// What is wrong.
        reason: &'static str,
    },
    /// The token is longer than [`crate::jose::TOKEN_BYTES_MAX`].
    #[error("expected a token of at most {max} bytes, but found {bytes}")]
    TooLarge {
        /// Its length.
        bytes: usize,
        /// The limit.
        max: usize,
    },
    /// The token is no signed JWT, for example an opaque or a truncated one.
    #[error("expected a signed JWT, but {reason}")]
    Malformed {
        /// What is wrong with it.
        reason: String,
    },
    /// `alg` is not on the list: `none`, symmetric, or unknown.
    #[error("expected a token signed with one of {expected}, but its algorithm is {received:?}")]
    Algorithm {
        /// The names accepted.
        expected: String,
        /// The name found.
        received: String,
    },
    /// `typ` is not on the list.
    #[error("expected a token of type JWT or at+jwt, but its type is {received:?}")]
    Type {
        /// The type found.
        received: String,
    },
    /// The header demands an extension (`crit`).
    #[error("expected a token without critical extensions, but its header has \"crit\"")]
    Critical,
    /// A claim that every token needs is missing or has the wrong type.
    #[error("expected the claim {claim:?} to be {expected}")]
    Claim {
        /// The claim.
        claim: &'static str,
        /// What it must be.
        expected: &'static str,
    },
    /// `iss` is none of the configured issuers.
    #[error("expected the issuer {}, but the token's is {received:?}", any_of(.expected))]
    Issuer {
        /// Configured issuers.
        expected: Vec<String>,
        /// `iss`.
        received: String,
    },
    /// Entra: `tid` is not the tenant of the issuer, or the key belongs to another tenant.
    #[error("expected a token of the tenant in {issuer:?}, but its tenant is {received:?}")]
    Tenant {
        /// The token's issuer.
        issuer: String,
        /// `tid`.
        received: String,
    },
    /// `kid` names no key of the issuer, even after looking again.
    #[error("expected a key of the issuer {issuer:?}, but it publishes no key {kid:?}")]
    UnknownKey {
        /// The token's issuer.
        issuer: String,
        /// The token's `kid`; empty when it has none.
        kid: String,
    },
    /// The signature is not the key's: the token was altered or forged.
    #[error("expected the signature of the issuer {issuer:?}, but it does not match")]
    Signature {
        /// The token's issuer.
        issuer: String,
    },
    /// `exp` is past.
    #[error("the token expired {by_s} s ago (more than the {leeway_s} s allowed for clocks)")]
    Expired {
        /// Seconds since it expired.
        by_s: i64,
        /// The leeway.
        leeway_s: i64,
    },
    /// `nbf` or `iat` is yet to come.
    #[error("the token is valid in {by_s} s only (more than the {leeway_s} s allowed for clocks)")]
    NotYetValid {
        /// Seconds until it is valid.
        by_s: i64,
        /// The leeway.
        leeway_s: i64,
    },
    /// `aud` names none of the configured audiences.
    #[error("expected the audience {}, but the token's is {}", any_of(.expected), list(.received))]
    Audience {
        /// Configured audiences.
        expected: Vec<String>,
        /// `aud`.
        received: Vec<String>,
    },
    /// The token is valid, but says neither which application nor which user calls.
    #[error("expected one of the claims azp, appid, client_id, sub, but found none")]
    NoPrincipal,
    /// The token is valid, but its application is not on the list of those that may call.
    #[error("the client {received:?} is not one of those that may call")]
    Client {
        /// The token's client id; empty when it has none.
        received: String,
    },
    /// The token is valid, but has none of the roles that may call.
    #[error("expected the role {}, but the token has {}", any_of(.expected), list(.received))]
    Role {
        /// Roles that may call.
        expected: Vec<String>,
        /// `roles`.
        received: Vec<String>,
    },
    /// The issuer's keys cannot be had: not the caller's fault.
    #[error("cannot fetch the signing keys of {issuer:?} from {url}: {reason}")]
    Jwks {
        /// The issuer.
        issuer: String,
        /// What was fetched.
        url: String,
        /// What went wrong.
        reason: String,
    },
}

/// Whose fault a [`TokenError`] is, and with it the status of the answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TokenFault {
    /// No valid token: 401, `UNAUTHENTICATED`.
    Unauthenticated,
    /// A valid token that may not call: 403, `PERMISSION_DENIED`.
    Forbidden,
    /// The server cannot tell: 503, `UNAVAILABLE`.
    Unavailable,
}

impl TokenError {
    /// Stable code for documentation and logs, for example `SKEP-AUTH-AUDIENCE`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing => "SKEP-AUTH-MISSING",
            Self::Scheme { .. } => "SKEP-AUTH-SCHEME",
            Self::Password { .. } => "SKEP-AUTH-PASSWORD",
            Self::TooLarge { .. } => "SKEP-AUTH-TOO-LARGE",
            Self::Malformed { .. } => "SKEP-AUTH-MALFORMED",
            Self::Algorithm { .. } => "SKEP-AUTH-ALGORITHM",
            Self::Type { .. } => "SKEP-AUTH-TYPE",
            Self::Critical => "SKEP-AUTH-CRITICAL",
            Self::Claim { .. } => "SKEP-AUTH-CLAIM",
            Self::Issuer { .. } => "SKEP-AUTH-ISSUER",
            Self::Tenant { .. } => "SKEP-AUTH-TENANT",
            Self::UnknownKey { .. } => "SKEP-AUTH-KEY",
            Self::Signature { .. } => "SKEP-AUTH-SIGNATURE",
            Self::Expired { .. } => "SKEP-AUTH-EXPIRED",
            Self::NotYetValid { .. } => "SKEP-AUTH-NOT-YET-VALID",
            Self::Audience { .. } => "SKEP-AUTH-AUDIENCE",
            Self::NoPrincipal => "SKEP-AUTH-PRINCIPAL",
            Self::Client { .. } => "SKEP-AUTH-CLIENT",
            Self::Role { .. } => "SKEP-AUTH-ROLE",
            Self::Jwks { .. } => "SKEP-AUTH-JWKS",
        }
    }

    /// Whose fault it is.
    #[must_use]
    pub fn fault(&self) -> TokenFault {
        match self {
            Self::Missing
            | Self::Scheme { .. }
            | Self::Password { .. }
            | Self::TooLarge { .. }
            | Self::Malformed { .. }
            | Self::Algorithm { .. }
            | Self::Type { .. }
            | Self::Critical
            | Self::Claim { .. }
            | Self::Issuer { .. }
            | Self::Tenant { .. }
            | Self::UnknownKey { .. }
            | Self::Signature { .. }
            | Self::Expired { .. }
            | Self::NotYetValid { .. }
            | Self::Audience { .. }
            | Self::NoPrincipal => TokenFault::Unauthenticated,
            Self::Client { .. } | Self::Role { .. } => TokenFault::Forbidden,
            Self::Jwks { .. } => TokenFault::Unavailable,
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn fix(&self) -> String {
        match self {
            Self::Missing => "set the client id with a secret or a certificate, so that the \
                 client sends \"authorization: Bearer <token>\""
                .into(),
            Self::Scheme { .. } => "send \"authorization: Bearer <token>\"".into(),
            Self::Password { .. } => {
                "send \"authorization: Basic <base64 of NAME:PASSWORD>\" of a \
                 user that the server is configured with; clients read CAMUNDA_AUTH_STRATEGY=basic \
                 with CAMUNDA_BASIC_AUTH_USERNAME and CAMUNDA_BASIC_AUTH_PASSWORD"
                    .into()
            }
            Self::TooLarge { .. } => "have the provider put less into the token, for example \
                 roles or assigned groups instead of all groups"
                .into(),
            Self::Malformed { .. } => "request an access token for this API (the scope decides); \
                 tokens for other APIs can be opaque"
                .into(),
            Self::Algorithm { .. } => {
                "have the provider sign access tokens with an asymmetric key, for example RS256"
                    .into()
            }
            Self::Type { .. } => "send the access token, not another token of the provider".into(),
            Self::Critical => "have the provider issue access tokens without \"crit\"".into(),
            Self::Claim { .. } => "have the provider issue the claim in access tokens".into(),
            Self::Issuer { received, .. } if received.contains("sts.windows.net") => {
                "set api.requestedAccessTokenVersion to 2 in the manifest of the app registration, \
                 or check that the token comes from the right tenant"
                    .into()
            }
            Self::Issuer { .. } => "request the token from the issuer expected here, or add the \
                 token's issuer to the server's list (it is compared character by character)"
                .into(),
            Self::Tenant { .. } => "request the token from the tenant expected here".into(),
            Self::UnknownKey { .. } => "request a new token; if it is new, check that the \
                 server's JWKS address belongs to the provider that issued it"
                .into(),
            Self::Signature { .. } => "request a new token and send it unaltered".into(),
            Self::Expired { .. } => "request a new token; if it is new, set the clocks of \
                 client and server (NTP)"
                .into(),
            Self::NotYetValid { .. } => {
                "set the clocks of provider, client and server (NTP)".into()
            }
            Self::Audience { expected, .. } => match expected.first() {
                Some(audience) => format!(
                    "request the token with the scope {:?}, or add the token's audience to the \
                     server's list",
                    format!("{}/.default", audience.trim_end_matches('/'))
                ),
                None => "configure an audience on the server".into(),
            },
            Self::NoPrincipal => {
                "have the provider issue azp (or appid, client_id) in access tokens".into()
            }
            Self::Client { .. } => {
                "add the client id to the list of clients that may call, on the server".into()
            }
            Self::Role { .. } => "assign one of these app roles to the client and request a new \
                 token (an administrator has to consent)"
                .into(),
            Self::Jwks { .. } => "check that the server reaches the provider: address, DNS, \
                 proxy, and the CA of its certificate"
                .into(),
        }
    }

    /// The text for the caller: code, expected and received, fix; on one line, without the
    /// token. A caller learns nothing about the network behind the server.
    #[must_use]
    pub fn public_message(&self) -> String {
        let what = if let Self::Jwks { issuer, .. } = self {
            format!("cannot check tokens of {issuer:?}: its signing keys cannot be fetched")
        } else {
            self.to_string()
        };
        format!("{}: {what}; fix: {}", self.code(), self.fix())
    }

    /// The value for the header `WWW-Authenticate` (RFC 6750 §3).
    #[must_use]
    pub fn www_authenticate(&self) -> String {
        if *self == Self::Missing {
            // RFC 6750 §3.1: no error code when the request has no credentials at all.
            return "Bearer".to_owned();
        }
        if matches!(self, Self::Password { .. }) {
            return "Basic realm=\"Skep\", charset=\"UTF-8\"".to_owned();
        }
        let error = match self.fault() {
            TokenFault::Forbidden => "insufficient_scope",
            TokenFault::Unauthenticated | TokenFault::Unavailable => "invalid_token",
        };
        let text: String = self
            .public_message()
            .chars()
            .map(|c| match c {
                '"' | '\\' => '\'',
                c if c.is_ascii_graphic() || c == ' ' => c,
                _ => '?',
            })
            .collect();
        format!("Bearer error=\"{error}\", error_description=\"{text}\"")
    }
}

impl From<JwsError> for TokenError {
    fn from(error: JwsError) -> Self {
        match error {
            JwsError::TooLarge { bytes } => {
                Self::TooLarge { bytes, max: crate::jose::TOKEN_BYTES_MAX }
            }
            JwsError::Malformed(reason) => Self::Malformed { reason: shown(&reason) },
            JwsError::Algorithm(received) => Self::Algorithm {
                expected: crate::jose::Algorithm::ALL.map(|alg| alg.as_str()).join(", "),
                received: shown(&received),
            },
            JwsError::Critical => Self::Critical,
            JwsError::Signature => Self::Signature { issuer: String::new() },
        }
    }
}

/// Longest text of a token that an error repeats.
const SHOWN_CHARS_MAX: usize = 120;

/// Text from a token as an error may show it.
pub(crate) fn shown(text: &str) -> String {
    let mut shown: String = text
        .chars()
        .take(SHOWN_CHARS_MAX)
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect();
    if text.chars().nth(SHOWN_CHARS_MAX).is_some() {
        shown.push('…');
    }
    shown
}

/// Texts from a token as an error may show them.
pub(crate) fn shown_list(texts: &[String]) -> Vec<String> {
    texts.iter().take(8).map(|text| shown(text)).collect()
}

fn any_of(values: &[String]) -> String {
    match values {
        [] => "(none configured)".to_owned(),
        values => values.iter().map(|v| format!("{v:?}")).collect::<Vec<_>>().join(" or "),
    }
}

fn list(values: &[String]) -> String {
    match values {
        [] => "absent".to_owned(),
        values => values.iter().map(|v| format!("{v:?}")).collect::<Vec<_>>().join(", "),
    }
}
