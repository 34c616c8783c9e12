//! With what a client asks for a token, and where.

use std::{path::PathBuf, time::Duration};

use crate::{
    AssertionOptions, AuthError, ClientCertificate, KeystoreAccess, KeystoreError, Secret,
};

/// A client, its credential, and the token it wants (RFC 6749 §4.4).
#[derive(Clone, Debug)]
pub struct ClientCredentials {
    /// Where tokens are given.
    pub endpoint: TokenEndpoint,
    /// The application that asks.
    pub client_id: String,
    /// What proves that it is that application.
    pub credential: Credential,
    /// `audience`: Keycloak, Auth0 and Camunda's own provider want it, Entra ignores it.
    pub audience: Option<String>,
    /// `scope`; `None` is `{audience}/.default` at Entra, and nothing elsewhere.
    pub scope: Option<String>,
    /// `resource` (RFC 8707); never sent to Entra v2.0, which refuses it.
    pub resource: Option<String>,
    /// Patience and haste.
    pub policy: FetchPolicy,
}

/// Where tokens are given.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum TokenEndpoint {
    /// The token URL.
    Url(String),
    /// The URL of a discovery document, which has the token URL.
    Discovery(String),
}

impl TokenEndpoint {
    /// The endpoint that the discovery document of `issuer` names.
    #[must_use]
    pub fn of_issuer(issuer: &str) -> Self {
        let base = issuer.strip_suffix('/').unwrap_or(issuer);
        Self::Discovery(format!("{base}/.well-known/openid-configuration"))
    }

    /// The v2.0 endpoint of an Entra tenant on `authority`, for example
    /// `https://login.microsoftonline.com`.
    #[must_use]
    pub fn entra(authority: &str, tenant: &str) -> Self {
        let authority = authority.trim_end_matches('/');
        Self::Url(format!("{authority}/{tenant}/oauth2/v2.0/token"))
    }

    /// The URL that was configured.
    #[must_use]
    pub fn configured_url(&self) -> &str {
        match self {
            Self::Url(url) | Self::Discovery(url) => url,
        }
    }
}

/// What proves who a client is.
#[derive(Clone, Debug)]
pub enum Credential {
    /// A client secret.
    Secret(Secret),
    /// A file with a client secret; read again for each request, so that a new secret needs no
    /// restart.
    SecretFile(PathBuf),
    /// A certificate: each request carries an assertion signed with its key. The file is read
    /// again for each request, so a renewed certificate needs no restart.
    Certificate {
        /// Where certificate and key are.
        file: CertificateFile,
        /// What the assertion looks like.
        assertion: AssertionOptions,
    },
    /// A file with a token of another provider, which is the assertion (workload identity);
    /// read again for each request.
    FederatedTokenFile(PathBuf),
}

/// Where a certificate and its key are.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum CertificateFile {
    /// A PKCS#12 file.
    Pkcs12 {
        /// The file.
        path: PathBuf,
        /// How to open it.
        access: KeystoreAccess,
    },
    /// PEM files, which may be one and the same.
    Pem {
        /// The certificate, perhaps with its chain.
        certificate: PathBuf,
        /// The private key, not encrypted.
        key: PathBuf,
    },
}

impl CertificateFile {
    /// Reads it.
    ///
    /// # Errors
    /// [`KeystoreError`]
    pub fn load(&self) -> Result<ClientCertificate, KeystoreError> {
        match self {
            Self::Pkcs12 { path, access } => ClientCertificate::from_pkcs12_file(path, access),
            Self::Pem { certificate, key } => ClientCertificate::from_pem_files(certificate, key),
        }
    }
}

/// Patience and haste of token requests.
#[derive(Clone, Debug, PartialEq)]
pub struct FetchPolicy {
    /// Longest wait for one answer.
    pub request_timeout: Duration,
    /// A token is renewed in the background at least this long before it ends, or in the fifth
    /// that begins half-way through its life when that is later.
    pub refresh_before: Duration,
    /// Most requests for one token, the first included.
    pub attempts_max: u32,
    /// Wait before the second request.
    pub backoff: Duration,
    /// What each further wait is multiplied by.
    pub backoff_multiplier: f64,
    /// Longest wait a caller is put through; a provider that wants more is not asked again
    /// before that time, and the caller hears so at once.
    pub backoff_max: Duration,
    /// Statuses worth another request.
    pub retry_statuses: Vec<u16>,
    /// After a refusal that time does not heal, calls fail at once for a time that doubles
    /// from one second up to this.
    pub cool_down_max: Duration,
}

impl Default for FetchPolicy {
    fn default() -> Self {
        Self {
            request_timeout: Duration::from_secs(10),
            refresh_before: Duration::from_secs(30),
            attempts_max: 5,
            backoff: Duration::from_millis(250),
            backoff_multiplier: 2.0,
            backoff_max: Duration::from_secs(10),
            retry_statuses: vec![429, 500, 502, 503, 504],
            cool_down_max: Duration::from_secs(30),
        }
    }
}

impl ClientCredentials {
    /// Checks what can be checked before anything is asked.
    pub(crate) fn check(&self) -> Result<(), AuthError> {
        let missing = |what: &str| Err(AuthError::Settings(what.to_owned()));
        if self.client_id.is_empty() {
            return missing("the client id is empty");
        }
        if let Credential::Secret(secret) = &self.credential
            && secret.is_empty()
        {
            return missing("the client secret is empty");
        }
        let url = self.endpoint.configured_url();
        match reqwest::Url::parse(url) {
            Ok(parsed) if parsed.has_host() && matches!(parsed.scheme(), "http" | "https") => {}
            Ok(_) | Err(_) => {
                return missing(&format!(
                    "{url:?} is no token URL; fix: give one that begins with https://, for Entra \
                     https://login.microsoftonline.com/TENANT_ID/oauth2/v2.0/token"
                ));
            }
        }
        if is_entra_v2(url) && self.scope.is_none() && self.audience.is_none() {
            return missing(
                "Entra needs a scope; fix: set ZEEBE_TOKEN_SCOPE to API_APPLICATION_ID/.default, \
                 or ZEEBE_TOKEN_AUDIENCE to the API's application id",
            );
        }
        Ok(())
    }

    /// The fields of a token request to `url`, apart from the credential.
    #[must_use]
    pub fn fields(&self, url: &str) -> Vec<(&'static str, String)> {
        let mut fields = vec![
            ("grant_type", "client_credentials".to_owned()),
            ("client_id", self.client_id.clone()),
        ];
        let is_entra = is_entra_v2(url);
        if let Some(audience) = &self.audience {
            fields.push(("audience", audience.clone()));
        }
        match (&self.scope, &self.audience) {
            (Some(scope), _) => fields.push(("scope", scope.clone())),
            (None, Some(audience)) if is_entra => fields.push(("scope", default_scope(audience))),
            (None, _) => {}
        }
        if let Some(resource) = self.resource.as_ref().filter(|_| !is_entra) {
            fields.push(("resource", resource.clone()));
        }
        fields
    }
}

/// The scope that stands for everything a client was granted at the API `audience`.
pub(crate) fn default_scope(audience: &str) -> String {
    if audience.ends_with("/.default") {
        audience.to_owned()
    } else {
        // An App ID URI that ends in a slash keeps it: Entra takes `uri//.default` for `uri/`.
        format!("{audience}/.default")
    }
}

/// True for a v2.0 token endpoint of Entra or of a provider that is laid out like it.
#[must_use]
pub fn is_entra_v2(url: &str) -> bool {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    path.ends_with("/oauth2/v2.0/token") || path.ends_with("/v2.0/.well-known/openid-configuration")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials(url: &str) -> ClientCredentials {
        ClientCredentials {
            endpoint: TokenEndpoint::Url(url.to_owned()),
            client_id: "app".into(),
            credential: Credential::Secret(Secret::new("s")),
            audience: Some("api".into()),
            scope: None,
            resource: Some("r".into()),
            policy: FetchPolicy::default(),
        }
    }

    fn names_and_values(credentials: &ClientCredentials) -> String {
        let fields = credentials.fields(credentials.endpoint.configured_url());
        let text: Vec<_> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
        text.join("&")
    }

    const ENTRA: &str = "https://login.microsoftonline.com/t/oauth2/v2.0/token";

    #[test]
    fn entra_gets_a_scope_and_no_resource() {
        assert_eq!(
            names_and_values(&credentials(ENTRA)),
            "grant_type=client_credentials&client_id=app&audience=api&scope=api/.default"
        );
        let explicit = ClientCredentials { scope: Some("x y".into()), ..credentials(ENTRA) };
        assert!(names_and_values(&explicit).ends_with("&scope=x y"));
        let ready = ClientCredentials { audience: Some("a/.default".into()), ..credentials(ENTRA) };
        assert!(names_and_values(&ready).ends_with("&scope=a/.default"));
    }

    #[test]
    fn other_providers_get_what_is_set() {
        assert_eq!(
            names_and_values(&credentials("https://idp.example/oauth/token")),
            "grant_type=client_credentials&client_id=app&audience=api&resource=r"
        );
    }

    #[test]
    fn what_is_missing_is_named() {
        let text = |credentials: &ClientCredentials| credentials.check().unwrap_err().to_string();
        assert!(credentials(ENTRA).check().is_ok());
        let nothing = ClientCredentials { audience: None, ..credentials(ENTRA) };
        assert!(text(&nothing).contains("ZEEBE_TOKEN_SCOPE"));
        assert!(text(&credentials("login.example")).contains("is no token URL"));
        assert!(text(&credentials("ftp://login.example/t")).contains("is no token URL"));
        let empty = ClientCredentials {
            credential: Credential::Secret(Secret::default()),
            ..credentials(ENTRA)
        };
        assert_eq!(text(&empty), "the client secret is empty");
    }
}
