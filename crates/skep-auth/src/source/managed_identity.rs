//! Tokens of a managed identity: the platform knows who asks, nobody keeps a secret.

use std::path::{Path, PathBuf};

use crate::{
    AuthError, Clock, Secret,
    credentials::FetchPolicy,
    network::Failure,
    source::request::{Failed, Granted, TokenRequest, network_error},
};

/// Where the metadata service of a virtual machine is.
const IMDS_HOST: &str = "http://169.254.169.254";

/// The identity of the platform that a client runs on.
///
/// Source: MicrosoftDocs/entra-docs: docs/identity/managed-identities-azure-resources/how-to-use-vm-token.md;
/// AzureAD/microsoft-authentication-library-for-python: msal/managed_identity.py
#[derive(Clone, Debug)]
pub struct ManagedIdentity {
    /// Where tokens are given.
    pub endpoint: IdentityEndpoint,
    /// The API that the token is for: an application id or App ID URI without `/.default`.
    pub resource: String,
    /// Client id of a user-assigned identity; `None` is the one assigned by the system.
    pub client_id: Option<String>,
    /// Patience and haste.
    pub policy: FetchPolicy,
}

/// Where the platform gives tokens.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum IdentityEndpoint {
    /// The metadata service of a virtual machine (IMDS).
    VirtualMachine {
        /// For example `http://169.254.169.254`.
        host: String,
    },
    /// App Service, Functions, Container Apps.
    AppService {
        /// `IDENTITY_ENDPOINT`.
        url: String,
        /// `IDENTITY_HEADER`.
        header: Secret,
    },
    /// Service Fabric, whose endpoint has a certificate that nobody signed.
    ServiceFabric {
        /// `IDENTITY_ENDPOINT`.
        url: String,
        /// `IDENTITY_HEADER`.
        header: Secret,
        /// `IDENTITY_SERVER_THUMBPRINT`: SHA-1 of that certificate.
        thumbprint: String,
    },
    /// Machine Learning, and App Service of old.
    MachineLearning {
        /// `MSI_ENDPOINT`.
        url: String,
        /// `MSI_SECRET`.
        secret: Secret,
    },
    /// A machine that Azure Arc manages: who can read a file that the agent names may ask.
    Arc {
        /// `IDENTITY_ENDPOINT`.
        url: String,
        /// The only folder in which that file may be.
        tokens_dir: PathBuf,
    },
}

/// Where the agent of Azure Arc leaves its files on Linux.
pub(crate) const ARC_TOKENS_DIR: &str = "/var/opt/azcmagent/tokens";
/// Largest file of the agent that is sent back to it.
const ARC_KEY_BYTES_MAX: u64 = 4096;

impl Default for IdentityEndpoint {
    fn default() -> Self {
        Self::VirtualMachine { host: IMDS_HOST.to_owned() }
    }
}

impl IdentityEndpoint {
    /// The address that is asked, without its query.
    #[must_use]
    pub fn url(&self) -> String {
        match self {
            Self::VirtualMachine { host } => {
                format!("{}/metadata/identity/oauth2/token", host.trim_end_matches('/'))
            }
            Self::AppService { url, .. }
            | Self::ServiceFabric { url, .. }
            | Self::MachineLearning { url, .. }
            | Self::Arc { url, .. } => url.clone(),
        }
    }

    /// The thumbprint of the one certificate that it may show, where it is told by that.
    #[must_use]
    pub fn thumbprint(&self) -> Option<&str> {
        match self {
            Self::ServiceFabric { thumbprint, .. } => Some(thumbprint),
            Self::VirtualMachine { .. }
            | Self::AppService { .. }
            | Self::MachineLearning { .. }
            | Self::Arc { .. } => None,
        }
    }

    /// The version of its protocol, and the header that it wants.
    fn protocol(&self) -> (&'static str, &'static str, &str) {
        match self {
            Self::VirtualMachine { .. } => ("2018-02-01", "metadata", "true"),
            Self::AppService { header, .. } => ("2019-08-01", "x-identity-header", header.expose()),
            Self::ServiceFabric { header, .. } => ("2019-07-01-preview", "secret", header.expose()),
            Self::MachineLearning { secret, .. } => ("2017-09-01", "secret", secret.expose()),
            Self::Arc { .. } => ("2020-06-01", "metadata", "true"),
        }
    }
}

impl ManagedIdentity {
    pub(super) async fn request(
        &self,
        http: &reqwest::Client,
        clock: &Clock,
    ) -> Result<Granted, Failed> {
        let base = self.endpoint.url();
        let (version, header, value) = self.endpoint.protocol();
        let mut query = vec![("api-version", version), ("resource", &self.resource)];
        query.extend(self.client_id.as_deref().map(|id| ("client_id", id)));
        let url = reqwest::Url::parse_with_params(&base, &query).map_err(|error| {
            AuthError::Settings(format!("{base:?} is no identity endpoint: {error}"))
        })?;
        tracing::debug!(%url, "requesting a token of the managed identity");
        let ask = |proof: Option<String>| {
            let mut asking = http
                .get(url.clone())
                .header(header, value)
                .header("accept", "application/json")
                .timeout(self.policy.request_timeout);
            if let Some(proof) = proof {
                asking = asking.header("authorization", format!("Basic {proof}"));
            }
            asking.send()
        };
        let unanswered = |error: reqwest::Error| network_error(&base, &Failure::of(&error));
        let mut credential = value.to_owned();
        let mut response = ask(None).await.map_err(unanswered)?;
        if let IdentityEndpoint::Arc { tokens_dir, .. } = &self.endpoint
            && response.status() == reqwest::StatusCode::UNAUTHORIZED
        {
            credential = arc_key(&base, &response, tokens_dir)?;
            response = ask(Some(credential.clone())).await.map_err(unanswered)?;
        }
        let request = TokenRequest {
            url: &base,
            client_id: self.client_id.as_deref().unwrap_or("system-assigned identity"),
            credential: &credential,
        };
        request.read(response, clock).await
    }
}

/// What is in the file that the agent of Azure Arc names in its challenge.
///
/// Source: AzureAD/microsoft-authentication-library-for-python: msal/managed_identity.py
fn arc_key(
    url: &str,
    challenge: &reqwest::Response,
    tokens_dir: &Path,
) -> Result<String, AuthError> {
    let wrong = |reason: &str| AuthError::Answer { url: url.to_owned(), reason: reason.to_owned() };
    let named = challenge
        .headers()
        .get("www-authenticate")
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Basic realm="))
        .ok_or_else(|| wrong("names no file in WWW-Authenticate (Basic realm=…)"))?;
    let path = Path::new(named.trim_matches('"'));
    // Whoever answers at the endpoint must not be sent any other file of this machine.
    let is_ours = path.parent() == Some(tokens_dir) && path.extension().is_some_and(|e| e == "key");
    if !is_ours {
        let reason = format!("names a file that is no key in {}", tokens_dir.display());
        return Err(wrong(&reason));
    }
    let unreadable = |reason: String| AuthError::TokenFile { path: path.to_owned(), reason };
    let about = std::fs::metadata(path).map_err(|error| unreadable(error.to_string()))?;
    if about.len() > ARC_KEY_BYTES_MAX {
        return Err(unreadable(format!("it has more than {ARC_KEY_BYTES_MAX} bytes")));
    }
    let key = std::fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))?;
    Ok(key.trim().to_owned())
}
