//! Why no token could be had, in words that help.

use std::{fmt, path::PathBuf, time::Duration};

use crate::{KeystoreError, aadsts};

/// Why no token could be had.
///
/// `Display` says what happened and how to mend it; it never holds a secret, an assertion or
/// a token.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum AuthError {
    /// The settings contradict each other or are half there; the text says which.
    Settings(String),
    /// The certificate cannot be used.
    Keystore(KeystoreError),
    /// The file with the federated token cannot be used.
    TokenFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The file with the client secret cannot be used.
    SecretFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A CA certificate cannot be used.
    Trust {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The provider answered that it gives no token.
    Refused(Box<Refusal>),
    /// The provider wants fewer requests.
    Throttled {
        /// What was asked.
        url: String,
        /// How long it wants to be left alone.
        retry_after: Duration,
    },
    /// No address, no route, refused, or cut off.
    Unreachable {
        /// What was asked.
        url: String,
        /// What the network said.
        reason: String,
    },
    /// No answer in time.
    Timeout {
        /// What was asked.
        url: String,
        /// What the network said.
        reason: String,
    },
    /// The TLS connection was refused, mostly because of an unknown CA.
    Tls {
        /// What was asked.
        url: String,
        /// What TLS said.
        reason: String,
    },
    /// An answer that is no OAuth error and no success, for example a proxy's page.
    Status {
        /// What was asked.
        url: String,
        /// Its HTTP status.
        status: u16,
    },
    /// Success, but no JSON: mostly a web page at a wrong address.
    NotJson {
        /// What was asked.
        url: String,
        /// Its content type.
        content_type: String,
    },
    /// JSON, but not with what it should have.
    Answer {
        /// What was asked.
        url: String,
        /// What is missing or wrong.
        reason: String,
    },
}

/// What a provider says when it refuses a token (RFC 6749 §5.2, and Entra's additions).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Refusal {
    /// The token endpoint.
    pub url: String,
    /// The client that asked.
    pub client_id: String,
    /// HTTP status.
    pub status: u16,
    /// `error`, for example `invalid_client`.
    pub error: String,
    /// The provider's description, without Entra's number and ids.
    pub description: String,
    /// Entra's number: 7000215 for `AADSTS7000215`.
    pub aadsts: Option<u32>,
    /// `suberror`.
    pub suberror: Option<String>,
    /// For Microsoft's support.
    pub correlation_id: Option<String>,
    /// For Microsoft's support.
    pub trace_id: Option<String>,
    /// How far the provider's clock is ahead of this machine's, in seconds, when it differs
    /// enough to matter.
    pub clock_ahead_s: Option<i64>,
}

impl Refusal {
    /// What the provider said, without its ids.
    #[must_use]
    pub fn message(&self) -> String {
        let Self { url, client_id, error, .. } = self;
        let mut text = match client_id.as_str() {
            "" => format!("{url} answered: {error}"),
            _ => format!("{url} refused a token to the client {client_id:?}: {error}"),
        };
        if let Some(suberror) = &self.suberror {
            text.push_str(&format!(" ({suberror})"));
        }
        if let Some(code) = self.aadsts {
            text.push_str(&format!(", AADSTS{code}"));
        }
        if !self.description.is_empty() {
            text.push_str(&format!(": {}", self.description));
        }
        text
    }

    /// What it is about, when that is known.
    #[must_use]
    pub fn topic(&self) -> Option<aadsts::Topic> {
        if let Some(explanation) = self.aadsts.and_then(aadsts::explain) {
            return Some(explanation.topic);
        }
        Some(match self.error.as_str() {
            "invalid_client" | "unauthorized_client" | "invalid_tenant" => aadsts::Topic::Client,
            "invalid_scope" | "invalid_target" | "invalid_resource" => aadsts::Topic::Scope,
            _ => return None,
        })
    }

    /// What usually causes it, when it is known.
    #[must_use]
    pub fn cause(&self) -> Option<&'static str> {
        match self.aadsts.and_then(aadsts::explain) {
            Some(explanation) => Some(explanation.cause),
            None => generic(&self.error).map(|(cause, _)| cause),
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn fix(&self) -> &'static str {
        match self.aadsts.and_then(aadsts::explain) {
            Some(explanation) => explanation.fix,
            None => {
                generic(&self.error).map_or("see the provider's log for the reason", |(_, fix)| fix)
            }
        }
    }
}

/// What RFC 6749 §5.2 says about a code.
fn generic(error: &str) -> Option<(&'static str, &'static str)> {
    Some(match error {
        "invalid_client" => (
            "the provider does not know the client, or its credential is wrong",
            "check client id and secret (or certificate) against the registration",
        ),
        "unauthorized_client" => (
            "the client may not use client credentials",
            "allow the client_credentials grant in the registration",
        ),
        "invalid_scope" => (
            "the scope is unknown or not granted to the client",
            "check the scope; many providers want none at all",
        ),
        "invalid_target" | "invalid_resource" => {
            ("the provider does not know the API asked for", "check audience, resource and scope")
        }
        "unsupported_grant_type" => (
            "the provider gives no tokens for client credentials at this address",
            "check the token URL",
        ),
        "invalid_request" => (
            "the provider lacks a field or does not take one",
            "check audience, scope and resource",
        ),
        "access_denied" => (
            "the client may not have a token for this API",
            "authorise the client for the API at the provider",
        ),
        "authorization_declined" => {
            ("the sign-in was declined in the browser", "run the command again, and accept")
        }
        "expired_token" | "bad_verification_code" => (
            "nobody has entered the code in time",
            "run the command again, and enter its code within a quarter of an hour",
        ),
        _ => return None,
    })
}

impl AuthError {
    /// Stable code for documentation and logs, for example `SKEP-AUTH-REFUSED`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Settings(_) => "SKEP-AUTH-SETTINGS",
            Self::Keystore(error) => error.code(),
            Self::TokenFile { .. } => "SKEP-AUTH-TOKEN-FILE",
            Self::SecretFile { .. } => "SKEP-AUTH-SECRET-FILE",
            Self::Trust { .. } => "SKEP-AUTH-CA",
            Self::Refused(_) => "SKEP-AUTH-REFUSED",
            Self::Throttled { .. } => "SKEP-AUTH-THROTTLED",
            Self::Unreachable { .. } => "SKEP-AUTH-UNREACHABLE",
            Self::Timeout { .. } => "SKEP-AUTH-TIMEOUT",
            Self::Tls { .. } => "SKEP-AUTH-TLS",
            Self::Status { .. } => "SKEP-AUTH-STATUS",
            Self::NotJson { .. } => "SKEP-AUTH-NOT-JSON",
            Self::Answer { .. } => "SKEP-AUTH-ANSWER",
        }
    }

    /// What happened, without cause and fix.
    #[must_use]
    pub fn message(&self) -> String {
        if let Self::Refused(refusal) = self {
            return refusal.message();
        }
        Described(self).to_string()
    }

    /// What usually causes it, when the message does not say so already.
    #[must_use]
    pub fn cause(&self) -> Option<&'static str> {
        if let Self::Refused(refusal) = self { refusal.cause() } else { None }
    }

    /// What to do about it; empty when the text says so already.
    #[must_use]
    pub fn fix(&self) -> &'static str {
        match self {
            Self::Settings(_) => "",
            Self::Keystore(error) => error.fix(),
            Self::TokenFile { .. } => {
                "check AZURE_FEDERATED_TOKEN_FILE and that the workload identity is mounted"
            }
            Self::SecretFile { .. } => {
                "put the client secret, and nothing else, into the file that \
                 SKEP_CLIENT_SECRET_PATH names, and let this user read it"
            }
            Self::Trust { .. } => {
                "give a readable PEM file with the CA certificate, or unset the variable"
            }
            Self::Refused(refusal) => refusal.fix(),
            Self::Throttled { .. } => "share one token among the calls of a process, or wait",
            Self::Unreachable { .. } => {
                "check the token URL, DNS, and HTTPS_PROXY / NO_PROXY, or start the provider"
            }
            Self::Timeout { .. } => {
                "check firewall and HTTPS_PROXY, or raise CAMUNDA_AUTH_READ_TIMEOUT"
            }
            Self::Tls { .. } => {
                "trust the provider's CA: put its certificate (PEM) into SSL_CERT_FILE or \
                 CAMUNDA_CA_CERTIFICATE_PATH; check that the URL has the certificate's host name"
            }
            Self::Status { .. } | Self::NotJson { .. } | Self::Answer { .. } => {
                "check that the token URL is the provider's token endpoint, for Entra \
                 https://login.microsoftonline.com/TENANT_ID/oauth2/v2.0/token"
            }
        }
    }

    /// True when nothing but time is needed: another try may succeed.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Throttled { .. } | Self::Unreachable { .. } | Self::Timeout { .. } => true,
            Self::Status { status, .. } => *status >= 500 || *status == 429,
            Self::Refused(refusal) => refusal.status >= 500 || refusal.status == 429,
            Self::Settings(_)
            | Self::Keystore(_)
            | Self::TokenFile { .. }
            | Self::SecretFile { .. }
            | Self::Trust { .. }
            | Self::Tls { .. }
            | Self::NotJson { .. }
            | Self::Answer { .. } => false,
        }
    }

    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Settings(text) => f.write_str(text),
            Self::Keystore(error) => error.describe(f),
            Self::TokenFile { path, reason } => {
                write!(f, "cannot use the federated token in {}: {reason}", path.display())
            }
            Self::SecretFile { path, reason } => {
                write!(f, "cannot use the client secret in {}: {reason}", path.display())
            }
            Self::Trust { path, reason } => {
                write!(f, "cannot use the CA certificates in {}: {reason}", path.display())
            }
            Self::Refused(refusal) => write!(f, "{refusal}"),
            Self::Throttled { url, retry_after } => write!(
                f,
                "{url} asks for fewer token requests, the next one in {} s",
                retry_after.as_secs().max(1)
            ),
            Self::Unreachable { url, reason } => write!(f, "cannot reach {url}: {reason}"),
            Self::Timeout { url, reason } => write!(f, "no answer from {url} in time: {reason}"),
            Self::Tls { url, reason } => {
                write!(f, "cannot make a trusted TLS connection to {url}: {reason}")
            }
            Self::Status { url, status } => {
                write!(
                    f,
                    "{url} answered the token request with status {status} and no OAuth error"
                )
            }
            Self::NotJson { url, content_type } => {
                write!(f, "{url} answered the token request with {content_type}, not with JSON")
            }
            Self::Answer { url, reason } => {
                write!(f, "{url} answered the token request with JSON that {reason}")
            }
        }
    }
}

/// An error without its fix.
struct Described<'a>(&'a AuthError);

impl fmt::Display for Described<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.describe(f)
    }
}

impl fmt::Display for AuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.describe(f)?;
        match self.fix() {
            "" => Ok(()),
            fix => write!(f, "; fix: {fix}"),
        }
    }
}

impl std::error::Error for AuthError {}

impl From<KeystoreError> for AuthError {
    fn from(error: KeystoreError) -> Self {
        Self::Keystore(error)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())?;
        for (name, id) in [("correlation id", &self.correlation_id), ("trace id", &self.trace_id)] {
            if let Some(id) = id {
                write!(f, ", {name} {id}")?;
            }
        }
        if let Some(ahead_s) = self.clock_ahead_s {
            let direction = if ahead_s > 0 { "ahead of" } else { "behind" };
            let by_s = ahead_s.unsigned_abs();
            write!(f, "; the provider's clock is {by_s} s {direction} this machine's")?;
        }
        match self.cause() {
            Some(cause) => write!(f, "; cause: {cause}"),
            None => Ok(()),
        }
    }
}
