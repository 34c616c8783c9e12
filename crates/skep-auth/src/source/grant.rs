//! From credentials to a token: which request, how often, and how long to wait in between.

use std::{fmt, path::Path, sync::Mutex, time::Duration};

use super::{
    managed_identity::ManagedIdentity,
    request::{Failed, Granted, TokenRequest},
};
use crate::{
    AuthError, ClientCertificate, Clock, Credential, Discovery, KeystoreError, Secret,
    TokenEndpoint, aadsts,
    credentials::{ClientCredentials, FetchPolicy},
};

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// Largest federated token; Kubernetes writes 1 to 2 KB.
const FEDERATED_TOKEN_BYTES_MAX: usize = 64 * 1024;
/// From how long before its end on a certificate is warned about.
const CERTIFICATE_WARNING_DAYS: i64 = 30;

/// Gets tokens, in one way or another.
pub(super) enum Grant {
    Client(Box<ClientGrant>),
    Identity { identity: Box<ManagedIdentity>, http: reqwest::Client, clock: Clock },
}

impl Grant {
    pub(super) fn policy(&self) -> &FetchPolicy {
        match self {
            Self::Client(client) => &client.credentials.policy,
            Self::Identity { identity, .. } => &identity.policy,
        }
    }

    /// The end of the certificate's validity, in seconds since the Unix epoch.
    pub(super) fn certificate_not_after_s(&self) -> Option<i64> {
        match self {
            Self::Client(client) => client.certificate_not_after_s(),
            Self::Identity { .. } => None,
        }
    }

    async fn request(&self, clock_offset_s: i64) -> Result<Granted, Failed> {
        match self {
            Self::Client(client) => client.request(clock_offset_s).await,
            Self::Identity { identity, http, clock } => identity.request(http, clock).await,
        }
    }

    /// A token, after as many requests as the policy allows.
    pub(super) async fn fetch(&self) -> Result<Granted, Failed> {
        let policy = self.policy();
        let mut wait = policy.backoff;
        let mut clock_offset_s = 0;
        let mut attempt = 1;
        loop {
            let failed = match self.request(clock_offset_s).await {
                Ok(granted) => return Ok(granted),
                Err(failed) => failed,
            };
            if attempt >= policy.attempts_max.max(1) {
                return Err(failed);
            }
            if let Some(offset_s) = offset_that_helps(&failed, clock_offset_s) {
                tracing::warn!(offset_s, "clocks differ: the assertion is dated by the provider's");
                clock_offset_s = offset_s;
            } else if self.is_worth_another(&failed) {
                let pause = failed.retry_after.unwrap_or(wait);
                if pause > policy.backoff_max {
                    return Err(throttled(failed, pause));
                }
                tracing::debug!(attempt, ?pause, error = %failed.error, "token request failed");
                tokio::time::sleep(pause).await;
                wait = multiplied(wait, policy.backoff_multiplier).min(policy.backoff_max);
            } else {
                return Err(failed);
            }
            attempt += 1;
        }
    }

    fn is_worth_another(&self, failed: &Failed) -> bool {
        match failed.status {
            Some(status) => self.policy().retry_statuses.contains(&status),
            None => failed.error.is_transient(),
        }
    }
}

impl fmt::Debug for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Client(client) => client.credentials.fmt(f),
            Self::Identity { identity, .. } => identity.fmt(f),
        }
    }
}

/// Gets tokens for a client.
pub(super) struct ClientGrant {
    pub(super) credentials: ClientCredentials,
    http: reqwest::Client,
    clock: Clock,
    /// The certificate as last read: it serves when the file is just being replaced.
    certificate: Mutex<Option<ClientCertificate>>,
    /// The token URL that discovery gave.
    discovered: Mutex<Option<String>>,
}

impl ClientGrant {
    /// Checks the settings and reads the certificate, so that what is wrong shows at once.
    pub(super) fn new(
        credentials: ClientCredentials,
        http: reqwest::Client,
        clock: Clock,
    ) -> Result<Self, AuthError> {
        credentials.check()?;
        let certificate = match &credentials.credential {
            Credential::Certificate { file, .. } => Some(file.load()?),
            Credential::Secret(_)
            | Credential::SecretFile(_)
            | Credential::FederatedTokenFile(_) => None,
        };
        match &credentials.credential {
            Credential::FederatedTokenFile(path) => drop(read_federated_token(path)?),
            Credential::SecretFile(path) => drop(Secret::from_file(path)?),
            Credential::Secret(_) | Credential::Certificate { .. } => {}
        }
        let url = credentials.endpoint.configured_url();
        if url.starts_with("http://") && !is_loopback(url) {
            tracing::warn!(url, "the token URL is not https: the credential is sent in clear");
        }
        Ok(Self {
            credentials,
            http,
            clock,
            certificate: Mutex::new(certificate),
            discovered: Mutex::new(None),
        })
    }

    /// The end of the certificate's validity, in seconds since the Unix epoch.
    fn certificate_not_after_s(&self) -> Option<i64> {
        let certificate = super::lock(&self.certificate);
        certificate.as_ref().map(|found| found.certificate().not_after_s())
    }

    async fn request(&self, clock_offset_s: i64) -> Result<Granted, Failed> {
        let url = self.token_url().await?;
        let mut form = self.credentials.fields(&url);
        tracing::debug!(url, fields = ?form, "requesting a token");
        let credential = self.credential(&url, clock_offset_s).await?;
        match &self.credentials.credential {
            Credential::Secret(_) | Credential::SecretFile(_) => {
                form.push(("client_secret", credential.clone()));
            }
            Credential::Certificate { .. } | Credential::FederatedTokenFile(_) => {
                form.push(("client_assertion_type", ASSERTION_TYPE.to_owned()));
                form.push(("client_assertion", credential.clone()));
            }
        }
        let client_id = &self.credentials.client_id;
        let request = TokenRequest { url: &url, client_id, credential: &credential };
        let timeout = self.credentials.policy.request_timeout;
        request.post(&form, timeout, &self.http, &self.clock).await
    }

    /// The secret or the assertion.
    async fn credential(&self, url: &str, clock_offset_s: i64) -> Result<String, AuthError> {
        match &self.credentials.credential {
            Credential::Secret(secret) => Ok(secret.expose().to_owned()),
            Credential::SecretFile(path) => Ok(Secret::from_file(path)?.expose().to_owned()),
            Credential::FederatedTokenFile(path) => read_federated_token(path),
            Credential::Certificate { file, assertion } => {
                let file = file.clone();
                // Deriving the key from the password takes milliseconds.
                let loaded = tokio::task::spawn_blocking(move || file.load()).await;
                let certificate = self.newest_certificate(loaded)?;
                self.warn_before_end(&certificate);
                let now_s = self.clock.now_s() + clock_offset_s;
                certificate
                    .assertion(assertion, &self.credentials.client_id, url, now_s)
                    .map_err(|error| AuthError::Settings(format!("client assertion: {error}")))
            }
        }
    }

    fn newest_certificate(
        &self,
        loaded: Result<Result<ClientCertificate, KeystoreError>, tokio::task::JoinError>,
    ) -> Result<ClientCertificate, AuthError> {
        let mut kept = super::lock(&self.certificate);
        let error = match loaded {
            Ok(Ok(certificate)) => {
                *kept = Some(certificate.clone());
                return Ok(certificate);
            }
            Ok(Err(error)) => AuthError::Keystore(error),
            Err(_) => AuthError::Settings("reading the keystore was interrupted".to_owned()),
        };
        match &*kept {
            Some(certificate) => {
                tracing::warn!(%error, "the keystore cannot be read again, the old key is used");
                Ok(certificate.clone())
            }
            None => Err(error),
        }
    }

    fn warn_before_end(&self, certificate: &ClientCertificate) {
        let certificate = certificate.certificate();
        let days = (certificate.not_after_s() - self.clock.now_s()).div_euclid(24 * 3600);
        if days < CERTIFICATE_WARNING_DAYS {
            let subject = certificate.subject();
            tracing::warn!(subject, days, "the client certificate ends soon: renew and upload it");
        }
    }

    async fn token_url(&self) -> Result<String, AuthError> {
        let discovery_url = match &self.credentials.endpoint {
            TokenEndpoint::Url(url) => return Ok(url.clone()),
            TokenEndpoint::Discovery(url) => url,
        };
        if let Some(url) = super::lock(&self.discovered).clone() {
            return Ok(url);
        }
        let url = discover(&self.http, discovery_url, &self.clock).await?;
        *super::lock(&self.discovered) = Some(url.clone());
        Ok(url)
    }
}

async fn discover(http: &reqwest::Client, url: &str, clock: &Clock) -> Result<String, AuthError> {
    let document = Discovery::ask(http, url, clock).await.document?;
    let endpoint = document.token_endpoint(url);
    endpoint
        .map(str::to_owned)
        .map_err(|reason| AuthError::Answer { url: url.to_owned(), reason: reason.to_owned() })
}

fn read_federated_token(path: &Path) -> Result<String, AuthError> {
    let wrong = |reason: String| AuthError::TokenFile { path: path.to_owned(), reason };
    let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    let token = text.trim();
    if token.is_empty() {
        return Err(wrong("it is empty".to_owned()));
    }
    if token.len() > FEDERATED_TOKEN_BYTES_MAX || token.split('.').count() != 3 {
        return Err(wrong("it holds no JWT".to_owned()));
    }
    Ok(token.to_owned())
}

/// The offset to date a second assertion by, when the provider complained about the first
/// one's time and its clock differs.
fn offset_that_helps(failed: &Failed, used_s: i64) -> Option<i64> {
    let AuthError::Refused(refusal) = &failed.error else { return None };
    let offset_s = failed.clock_ahead_s?;
    let is_about_time = refusal.aadsts.is_some_and(aadsts::is_about_time);
    (is_about_time && used_s == 0 && offset_s.abs() > 30).then_some(offset_s)
}

fn throttled(failed: Failed, retry_after: Duration) -> Failed {
    let error = if let AuthError::Status { url, .. } = failed.error {
        AuthError::Throttled { url, retry_after }
    } else {
        failed.error
    };
    Failed { error, retry_after: Some(retry_after), ..failed }
}

fn multiplied(wait: Duration, factor: f64) -> Duration {
    Duration::try_from_secs_f64(wait.as_secs_f64() * factor.max(1.0)).unwrap_or(Duration::MAX)
}

fn is_loopback(url: &str) -> bool {
    reqwest::Url::parse(url).is_ok_and(|url| match url.host_str() {
        Some("localhost" | "127.0.0.1" | "[::1]") => true,
        Some(_) | None => false,
    })
}
