//! From single settings to credentials, or to one error that names all that is missing.

use std::{path::PathBuf, time::Duration};

use super::{GatewayAddress, Setting, resolver::Resolver};
use crate::{
    AssertionOptions, CertificateFile, ClientCredentials, Credential, FetchPolicy,
    IdentityEndpoint, KeystoreAccess, ManagedIdentity, Secret, TokenEndpoint, is_entra_v2,
    jose::Algorithm, source::ARC_TOKENS_DIR,
};

/// The token URL of Camunda's own cloud, for gateways there and for nothing else: a secret
/// for another provider must not end up there because a variable is missing.
const SAAS_TOKEN_URL: &str = "https://login.cloud.camunda.io/oauth/token";
const ENTRA_AUTHORITY: &str = "https://login.microsoftonline.com";

/// How a client authenticates.
#[derive(Clone, Debug, Default)]
pub enum Authentication {
    /// Not at all.
    #[default]
    None,
    /// User name and password.
    Basic {
        /// User name.
        username: String,
        /// Password.
        password: Secret,
    },
    /// A token from elsewhere.
    Bearer(Secret),
    /// The identity of the platform.
    ManagedIdentity(Box<ManagedIdentity>),
    /// Client credentials.
    OAuth {
        /// The client and what it asks for.
        credentials: Box<ClientCredentials>,
        /// Longest wait for a connection to the provider.
        connect_timeout: Duration,
    },
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Method {
    None,
    Basic,
    Bearer,
    OAuth,
    ManagedIdentity,
}

/// Any of these means that a client wants to authenticate by OAuth.
const OAUTH_SIGNS: [Setting; 9] = [
    Setting::ClientId,
    Setting::ClientSecret,
    Setting::ClientSecretFile,
    Setting::KeystorePath,
    Setting::KeystorePassword,
    Setting::KeyAlias,
    Setting::KeyPassword,
    Setting::PemCertificate,
    Setting::PemKey,
];
/// With any of these, a workload identity is meant for this client too: its variables alone
/// may be there for something else in the same container.
const WORKLOAD_SIGNS: [Setting; 5] = [
    Setting::Audience,
    Setting::Scope,
    Setting::TokenUrl,
    Setting::DiscoveryUrl,
    Setting::IssuerUrl,
];

pub(super) fn resolve(resolver: &mut Resolver<'_>, gateway: &GatewayAddress) -> Authentication {
    match method(resolver) {
        Method::None => Authentication::None,
        Method::Basic => basic(resolver),
        Method::Bearer => match resolver.text(Setting::BearerToken) {
            Some(token) => Authentication::Bearer(Secret::new(token.text)),
            None => missing(resolver, "bearer token", Setting::BearerToken),
        },
        Method::OAuth => oauth(resolver, gateway),
        Method::ManagedIdentity => managed_identity(resolver),
    }
}

fn method(resolver: &mut Resolver<'_>) -> Method {
    let has_any = |signs: &[Setting]| signs.iter().any(|sign| resolver.has(*sign));
    let wants_oauth = has_any(&OAUTH_SIGNS)
        || (resolver.has(Setting::FederatedTokenFile) && has_any(&WORKLOAD_SIGNS));
    let wants_basic = resolver.has(Setting::BasicUsername) || resolver.has(Setting::BasicPassword);
    if resolver.flag(Setting::OAuthDisabled) == Some(true) {
        if wants_oauth {
            resolver.notes.push("OAuth is switched off: the credentials have no effect".into());
        }
        return Method::None;
    }
    let asked =
        resolver.parsed(Setting::AuthMethod, "one of none, basic, bearer, oauth, oidc", |text| {
            match text.to_ascii_lowercase().as_str() {
                "none" => Some(Method::None),
                "basic" => Some(Method::Basic),
                "bearer" => Some(Method::Bearer),
                "oauth" | "oidc" => Some(Method::OAuth),
                "managed-identity" | "managed_identity" => Some(Method::ManagedIdentity),
                _ => None,
            }
        });
    let found = match asked {
        Some(method) => method,
        None if wants_oauth => Method::OAuth,
        None if wants_basic => Method::Basic,
        None if resolver.has(Setting::BearerToken) => Method::Bearer,
        None => Method::None,
    };
    let takes_client_id = matches!(found, Method::OAuth | Method::ManagedIdentity);
    if !takes_client_id && wants_oauth {
        resolver.notes.push("another method was asked for: OAuth settings have no effect".into());
    }
    if found == Method::None && asked.is_none() && resolver.has(Setting::TokenUrl) {
        resolver.notes.push(
            "a token URL is set, but neither client id nor credential: calls are anonymous".into(),
        );
    }
    found
}

fn basic(resolver: &mut Resolver<'_>) -> Authentication {
    match (resolver.text(Setting::BasicUsername), resolver.text(Setting::BasicPassword)) {
        (Some(username), Some(password)) => {
            Authentication::Basic { username: username.text, password: Secret::new(password.text) }
        }
        (None, _) => missing(resolver, "user name", Setting::BasicUsername),
        (_, None) => missing(resolver, "password", Setting::BasicPassword),
    }
}

fn oauth(resolver: &mut Resolver<'_>, gateway: &GatewayAddress) -> Authentication {
    let mut client_id = resolver.text(Setting::ClientId).map(|found| found.text);
    let credential = credential(resolver);
    if client_id.is_none() && matches!(credential, Some(Credential::FederatedTokenFile(_))) {
        client_id = resolver.text(Setting::WorkloadClientId).map(|found| found.text);
    }
    if client_id.is_none() {
        missing(resolver, "client id", Setting::ClientId);
    }
    let endpoint = endpoint(resolver, gateway);
    let mut audience = resolver.text(Setting::Audience).map(|found| found.text);
    let scope = resolver.text(Setting::Scope).map(|found| found.text);
    let resource = resolver.text(Setting::Resource).map(|found| found.text);
    let (policy, connect_timeout) = policy(resolver);

    let (Some(client_id), Some(credential), Some(endpoint)) = (client_id, credential, endpoint)
    else {
        return Authentication::None;
    };
    if is_entra_v2(endpoint.configured_url()) {
        match (&scope, &audience) {
            (None, Some(audience)) => {
                let derived = crate::credentials::default_scope(audience);
                resolver.default(Setting::Scope, derived);
            }
            (None, None) => {
                missing(resolver, "scope (API_APPLICATION_ID/.default)", Setting::Scope);
            }
            (Some(_), _) => {}
        }
        if resource.is_some() {
            resolver.notes.push("Entra v2.0 takes no resource: it is not sent".into());
        }
    } else if audience.is_none() {
        // What the official clients send when nobody says anything else.
        resolver.default(Setting::Audience, &gateway.host);
        audience = Some(gateway.host.clone());
    }
    let credentials =
        ClientCredentials { endpoint, client_id, credential, audience, scope, resource, policy };
    Authentication::OAuth { credentials: Box::new(credentials), connect_timeout }
}

fn managed_identity(resolver: &mut Resolver<'_>) -> Authentication {
    let endpoint = identity_endpoint(resolver);
    let client_id = resolver
        .text(Setting::ClientId)
        .or_else(|| resolver.text(Setting::WorkloadClientId))
        .map(|found| found.text);
    let api = resolver.text(Setting::Scope).or_else(|| resolver.text(Setting::Audience));
    let Some(api) = api else {
        return missing(resolver, "audience (the API's application id)", Setting::Audience);
    };
    let resource = api.text.strip_suffix("/.default").unwrap_or(&api.text).to_owned();
    let (mut policy, _) = policy(resolver);
    // The metadata service answers so while the machine starts.
    policy.retry_statuses.extend([404, 410]);
    Authentication::ManagedIdentity(Box::new(ManagedIdentity {
        endpoint,
        resource,
        client_id,
        policy,
    }))
}

/// Which platform this is, by the variables that it sets.
///
/// Source: AzureAD/microsoft-authentication-library-for-python: msal/managed_identity.py
fn identity_endpoint(resolver: &mut Resolver<'_>) -> IdentityEndpoint {
    let mut text = |setting| resolver.text(setting).map(|found| found.text);
    let (url, header) = (text(Setting::IdentityEndpoint), text(Setting::IdentityHeader));
    let (thumbprint, arc) = (text(Setting::IdentityThumbprint), text(Setting::ArcEndpoint));
    let (msi_url, msi_secret) = (text(Setting::MsiEndpoint), text(Setting::MsiSecret));
    match (url, header.map(Secret::new), thumbprint) {
        (Some(url), Some(header), Some(thumbprint)) => {
            return IdentityEndpoint::ServiceFabric { url, header, thumbprint };
        }
        (Some(url), Some(header), None) => return IdentityEndpoint::AppService { url, header },
        (Some(url), None, _) if arc.is_some() => {
            return IdentityEndpoint::Arc { url, tokens_dir: PathBuf::from(ARC_TOKENS_DIR) };
        }
        (_, _, _) => {}
    }
    if let (Some(url), Some(secret)) = (msi_url, msi_secret) {
        return IdentityEndpoint::MachineLearning { url, secret: Secret::new(secret) };
    }
    match text(Setting::MetadataHost) {
        Some(host) => IdentityEndpoint::VirtualMachine { host },
        None => IdentityEndpoint::default(),
    }
}

/// The strongest credential; half of one is a problem.
fn credential(resolver: &mut Resolver<'_>) -> Option<Credential> {
    let keystore =
        [Setting::KeystorePath, Setting::KeystorePassword, Setting::KeyAlias, Setting::KeyPassword];
    let has_keystore = keystore.into_iter().any(|setting| resolver.has(setting));
    let has_pem = resolver.has(Setting::PemCertificate) || resolver.has(Setting::PemKey);
    let has_secret_file = resolver.has(Setting::ClientSecretFile);
    let has_secret = resolver.has(Setting::ClientSecret) || has_secret_file;
    let has_federated = resolver.has(Setting::FederatedTokenFile);
    if has_secret && (has_keystore || has_pem) {
        resolver.notes.push("there is a certificate: the client secret has no effect".into());
    }
    if has_keystore {
        let file = keystore_file(resolver)?;
        Some(Credential::Certificate { file, assertion: assertion(resolver) })
    } else if has_pem {
        let certificate = resolver.text(Setting::PemCertificate);
        let key = resolver.text(Setting::PemKey);
        let (Some(certificate), Some(key)) = (certificate, key) else {
            missing(resolver, "second file of the PEM pair", Setting::PemCertificate);
            return None;
        };
        let file = CertificateFile::Pem {
            certificate: PathBuf::from(certificate.text),
            key: PathBuf::from(key.text),
        };
        Some(Credential::Certificate { file, assertion: assertion(resolver) })
    } else if has_secret_file {
        let path = resolver.text(Setting::ClientSecretFile)?;
        if resolver.has(Setting::ClientSecret) {
            resolver.notes.push("there is a file with the client secret: it is used".into());
        }
        Some(Credential::SecretFile(PathBuf::from(path.text)))
    } else if has_secret {
        let secret = resolver.text(Setting::ClientSecret)?;
        Some(Credential::Secret(Secret::new(secret.text)))
    } else if has_federated {
        let path = resolver.text(Setting::FederatedTokenFile)?;
        Some(Credential::FederatedTokenFile(PathBuf::from(path.text)))
    } else {
        resolver.problems.push(
            "a client id is set, but no credential; fix: set ZEEBE_CLIENT_SECRET, or \
             ZEEBE_CLIENT_ASSERTION_KEYSTORE_PATH and _PASSWORD, or AZURE_FEDERATED_TOKEN_FILE"
                .to_owned(),
        );
        None
    }
}

fn keystore_file(resolver: &mut Resolver<'_>) -> Option<CertificateFile> {
    let path = resolver.text(Setting::KeystorePath);
    let password = resolver.text(Setting::KeystorePassword);
    let alias = resolver.text(Setting::KeyAlias).map(|found| found.text);
    let key_password = resolver.text(Setting::KeyPassword).map(|found| Secret::new(found.text));
    if path.is_none() {
        missing(resolver, "keystore path", Setting::KeystorePath);
    }
    if password.is_none() {
        missing(resolver, "keystore password", Setting::KeystorePassword);
    }
    let access = KeystoreAccess { password: Secret::new(password?.text), alias, key_password };
    Some(CertificateFile::Pkcs12 { path: PathBuf::from(path?.text), access })
}

fn assertion(resolver: &mut Resolver<'_>) -> AssertionOptions {
    let algorithm = resolver.parsed(Setting::AssertionAlgorithm, "RS256 or PS256", |text| {
        Algorithm::parse(&text.to_ascii_uppercase())
            .filter(|found| matches!(found, Algorithm::Rs256 | Algorithm::Ps256))
    });
    let options = match algorithm {
        Some(Algorithm::Ps256) => AssertionOptions::ps256(),
        _ => AssertionOptions::default(),
    };
    AssertionOptions {
        x5c: resolver.flag(Setting::SendCertificateChain).unwrap_or(options.x5c),
        audience: resolver.text(Setting::AssertionAudience).map(|found| found.text),
        ..options
    }
}

/// Token URL, else discovery, else issuer, else Entra tenant, else Camunda's cloud.
fn endpoint(resolver: &mut Resolver<'_>, gateway: &GatewayAddress) -> Option<TokenEndpoint> {
    let url = resolver.text(Setting::TokenUrl);
    let discovery = resolver.text(Setting::DiscoveryUrl);
    let issuer = resolver.text(Setting::IssuerUrl);
    let tenant = resolver.text(Setting::EntraTenant);
    let authority = resolver.text(Setting::EntraAuthority);
    if let Some(url) = url {
        Some(TokenEndpoint::Url(url.text))
    } else if let Some(url) = discovery {
        Some(TokenEndpoint::Discovery(url.text))
    } else if let Some(issuer) = issuer {
        Some(TokenEndpoint::of_issuer(&issuer.text))
    } else if let Some(tenant) = tenant {
        let authority = authority.map_or_else(|| ENTRA_AUTHORITY.to_owned(), |found| found.text);
        Some(TokenEndpoint::entra(&authority, &tenant.text))
    } else if gateway.host.ends_with(".camunda.io") {
        resolver.default(Setting::TokenUrl, SAAS_TOKEN_URL);
        Some(TokenEndpoint::Url(SAAS_TOKEN_URL.to_owned()))
    } else {
        missing(resolver, "token URL", Setting::TokenUrl);
        None
    }
}

fn policy(resolver: &mut Resolver<'_>) -> (FetchPolicy, Duration) {
    let defaults = FetchPolicy::default();
    let connect_timeout = resolver.millis(Setting::ConnectTimeout, Duration::from_secs(5));
    let read_timeout = resolver.millis(Setting::ReadTimeout, Duration::from_secs(5));
    // Java counts connecting and reading apart, Go both together.
    let together = connect_timeout.saturating_add(read_timeout);
    let retry_statuses = resolver.parsed(
        Setting::FetchRetryStatuses,
        "a list of HTTP statuses with commas in between",
        |text| text.split(',').map(|status| status.trim().parse().ok()).collect(),
    );
    let multiplier = resolver.parsed(Setting::FetchBackoffMultiplier, "a number from 1", |text| {
        text.parse().ok().filter(|factor: &f64| factor.is_finite() && *factor >= 1.0)
    });
    let attempts =
        resolver.parsed(Setting::FetchAttempts, "a whole number from 1 to 100", |text| {
            text.parse().ok().filter(|attempts| (1..=100).contains(attempts))
        });
    let cool_down = resolver.number(Setting::FetchCoolDown).map(Duration::from_millis);
    let policy = FetchPolicy {
        request_timeout: resolver.millis(Setting::RequestTimeout, together),
        refresh_before: resolver.millis(Setting::RefreshThreshold, defaults.refresh_before),
        attempts_max: attempts.unwrap_or(defaults.attempts_max),
        backoff: resolver.millis(Setting::FetchBackoff, defaults.backoff),
        backoff_multiplier: multiplier.unwrap_or(defaults.backoff_multiplier),
        retry_statuses: retry_statuses.unwrap_or(defaults.retry_statuses),
        cool_down_max: cool_down.unwrap_or(defaults.cool_down_max),
        backoff_max: defaults.backoff_max,
    };
    (policy, connect_timeout)
}

fn missing(resolver: &mut Resolver<'_>, what: &str, setting: Setting) -> Authentication {
    let variables = setting.variables();
    // The name that the guides use most comes from the older family.
    let name =
        variables.iter().find(|name| name.starts_with("ZEEBE_")).or_else(|| variables.first());
    let name = name.copied().unwrap_or_default();
    resolver.problems.push(format!("the {what} is missing; fix: set {name}"));
    Authentication::None
}
