//! Tokens of a managed identity: the platform knows who asks, nobody keeps a secret.

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
}

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
            Self::AppService { url, .. } => url.clone(),
        }
    }
}

impl ManagedIdentity {
    pub(super) async fn request(
        &self,
        http: &reqwest::Client,
        clock: &Clock,
    ) -> Result<Granted, Failed> {
        let (base, version, header, value) = match &self.endpoint {
            IdentityEndpoint::VirtualMachine { host } => {
                let base = format!("{}/metadata/identity/oauth2/token", host.trim_end_matches('/'));
                (base, "2018-02-01", "metadata", "true")
            }
            IdentityEndpoint::AppService { url, header } => {
                (url.clone(), "2019-08-01", "x-identity-header", header.expose())
            }
        };
        let mut query = vec![("api-version", version), ("resource", &self.resource)];
        query.extend(self.client_id.as_deref().map(|id| ("client_id", id)));
        let url = reqwest::Url::parse_with_params(&base, &query).map_err(|error| {
            AuthError::Settings(format!("{base:?} is no identity endpoint: {error}"))
        })?;
        tracing::debug!(%url, "requesting a token of the managed identity");
        let request = TokenRequest {
            url: &base,
            client_id: self.client_id.as_deref().unwrap_or("system-assigned identity"),
            credential: value,
        };
        let sent = http
            .get(url)
            .header(header, value)
            .header("accept", "application/json")
            .timeout(self.policy.request_timeout)
            .send()
            .await;
        let response = sent.map_err(|error| network_error(&base, &Failure::of(&error)))?;
        request.read(response, clock).await
    }
}
