//! Getting a token for Microsoft Graph.

use serde_json::Value;
use skep_auth::{
    ClientCredentials, Credential, DeviceCode, FetchPolicy, Secret, TokenEndpoint, TokenSource,
    jose::Jws, network,
};
use uuid::Uuid;

use crate::{Cloud, Error};

/// Microsoft Graph Command Line Tools, a public client that every tenant knows.
///
/// Source: microsoftgraph/msgraph-cli: README.md
const GRAPH_CLI: &str = "14d82eec-204b-4c2f-b7e8-296a70dab67e";
/// What it asks for in the user's name.
const SCOPES: [&str; 3] = [
    "Application.ReadWrite.All",
    "DelegatedPermissionGrant.ReadWrite.All",
    "AppRoleAssignment.ReadWrite.All",
];

/// How to sign in.
#[derive(Clone, Debug)]
pub enum SignIn {
    /// With a token from elsewhere, as `az account get-access-token` prints.
    AccessToken(Secret),
    /// A person signs in, in any browser.
    DeviceCode,
    /// As an application.
    Client {
        /// Its client id.
        client_id: String,
        /// Its credential.
        credential: Credential,
    },
}

/// A token for the Graph of `cloud`; `tell` shows a person what to do.
///
/// # Errors
/// [`Error::SignIn`]: the provider refuses or cannot be reached; [`Error::WrongTenant`].
pub async fn sign_in(
    cloud: &Cloud,
    tenant: &str,
    how: SignIn,
    http: &reqwest::Client,
    tell: impl FnOnce(&str),
) -> Result<Secret, Error> {
    let token = match how {
        SignIn::AccessToken(token) => token,
        SignIn::DeviceCode => {
            let scopes = SCOPES.map(|scope| format!("{}/{scope}", cloud.graph)).join(" ");
            let code = DeviceCode::begin(
                &cloud.device_code_url(tenant),
                &cloud.token_url(tenant),
                GRAPH_CLI,
                &scopes,
                http.clone(),
            )
            .await
            .map_err(Error::SignIn)?;
            tell(code.message());
            code.token().await.map_err(Error::SignIn)?
        }
        SignIn::Client { client_id, credential } => {
            client_token(cloud, tenant, client_id, credential, http).await?
        }
    };
    check_tenant(&token, tenant)?;
    Ok(token)
}

async fn client_token(
    cloud: &Cloud,
    tenant: &str,
    client_id: String,
    credential: Credential,
    http: &reqwest::Client,
) -> Result<Secret, Error> {
    let credentials = ClientCredentials {
        endpoint: TokenEndpoint::Url(cloud.token_url(tenant)),
        client_id,
        credential,
        audience: None,
        scope: Some(format!("{}/.default", cloud.graph)),
        resource: None,
        policy: FetchPolicy::default(),
    };
    let source =
        TokenSource::client_credentials(credentials, http.clone()).map_err(Error::SignIn)?;
    let header = source.authorization().await.map_err(Error::SignIn)?;
    let header = header.as_deref().unwrap_or_default();
    Ok(Secret::new(header.strip_prefix("Bearer ").unwrap_or_default()))
}

/// Tokens for Graph are opaque by contract; one that can be read is checked for its tenant.
fn check_tenant(token: &Secret, tenant: &str) -> Result<(), Error> {
    if token.is_empty() {
        return Err(Error::Input("the access token is empty".to_owned()));
    }
    let Ok(jws) = Jws::parse(token.expose()) else { return Ok(()) };
    let Some(found) = jws.claims.text("tid") else { return Ok(()) };
    if Uuid::parse_str(tenant).is_ok() && !found.eq_ignore_ascii_case(tenant) {
        return Err(Error::WrongTenant { expected: tenant.to_owned(), found: found.to_owned() });
    }
    Ok(())
}

/// The id of a tenant that is given by its id or by one of its domains.
///
/// # Errors
/// [`Error::Unreachable`]; [`Error::Input`]: there is no such tenant in this cloud.
pub async fn resolve_tenant(
    cloud: &Cloud,
    tenant: &str,
    http: &reqwest::Client,
) -> Result<String, Error> {
    if Uuid::parse_str(tenant).is_ok() {
        return Ok(tenant.to_ascii_lowercase());
    }
    let is_domain = tenant.contains('.')
        && tenant.chars().all(|c| c.is_ascii_alphanumeric() || ".-".contains(c));
    if !is_domain {
        return Err(Error::Input(format!(
            "{tenant:?} is neither a tenant id (a GUID) nor a domain; the portal shows both under \
             Overview"
        )));
    }
    let url = format!("{}/{tenant}/v2.0/.well-known/openid-configuration", cloud.authority);
    let unreachable = |reason| Error::Unreachable { url: url.clone(), reason };
    let response = http
        .get(&url)
        .timeout(network::TIMEOUT)
        .send()
        .await
        .map_err(|error| unreachable(network::Failure::of(&error).reason))?;
    let body = network::body(response).await.map_err(unreachable)?;
    let document: Value = serde_json::from_slice(&body).unwrap_or_default();
    let issuer = document["issuer"].as_str().unwrap_or_default();
    let found = issuer.split('/').find(|part| Uuid::parse_str(part).is_ok());
    found.map(str::to_ascii_lowercase).ok_or_else(|| {
        Error::Input(format!(
            "there is no tenant {tenant} at {}; check --tenant and --cloud",
            cloud.authority
        ))
    })
}
