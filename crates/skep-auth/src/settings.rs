//! What a client connects to and how it authenticates, from everything that may say so.
//!
//! All names for a setting that official clients read are accepted, with one precedence:
//! flag, program, `CAMUNDA_*`, `ZEEBE_*`, file, default. [`ClientSettings::explanations`]
//! tells for each value where it comes from and what it hides.

mod address;
mod authentication;
mod export;
mod names;
mod resolver;

use std::{env, path::PathBuf, time::Duration};

pub use address::GatewayAddress;
pub use authentication::Authentication;
pub use export::{ExportedCredential, client_variables};
pub use names::Setting;
pub use resolver::{Explanation, Explicit, Origin, Values};

use self::resolver::Resolver;
use crate::{AuthError, CertificateFile, KeystoreAccess, Secret, TlsIdentity, TokenSource, Trust};

/// The settings of a client.
#[derive(Clone, Debug)]
pub struct ClientSettings {
    /// Where the gateway is.
    pub gateway: GatewayAddress,
    /// Base of the REST API, without a slash at the end and without `/v2`.
    pub rest_address: String,
    /// Files with CA certificates to trust besides the system's.
    pub ca_files: Vec<PathBuf>,
    /// CA certificates to trust as well, as PEM.
    pub ca_text: Option<String>,
    /// A PKCS#12 file with CA certificates to trust as well, and its password.
    pub truststore: Option<(PathBuf, Secret)>,
    /// The certificate to show to servers that ask for one (mutual TLS).
    pub tls_identity: Option<CertificateFile>,
    /// The name to expect in the gateway's certificate, and to call it by.
    pub override_authority: Option<String>,
    /// Time between pings on an idle connection.
    pub keep_alive: Duration,
    /// Use REST where gRPC could be used as well.
    pub prefer_rest: bool,
    /// Have jobs pushed to workers.
    pub stream_jobs: bool,
    /// Largest message that is sent or taken.
    pub message_bytes_max: usize,
    /// Tenant of commands.
    pub tenant_id: String,
    /// Tenants whose jobs workers ask for.
    pub worker_tenant_ids: Vec<String>,
    /// How to authenticate.
    pub authentication: Authentication,
    /// A file to keep tokens in; memory alone without it.
    pub token_cache: Option<PathBuf>,
    /// Every setting in effect, with its source; secrets are masked.
    pub explanations: Vec<Explanation>,
    /// What looks like a mistake.
    pub notes: Vec<String>,
    /// Settings with a value that has no effect with the rest as it is; secrets are masked.
    pub unused: Vec<Explanation>,
    /// Variables that official clients read and this one does not, and why not.
    pub ignored: Vec<(&'static str, &'static str)>,
}

/// The tenant of whoever names none.
const DEFAULT_TENANT_ID: &str = "<default>";

impl ClientSettings {
    /// From the environment of this process alone.
    ///
    /// # Errors
    /// As [`ClientSettings::resolve`].
    pub fn from_environment() -> Result<Self, AuthError> {
        Self::resolve(&Explicit::default(), |name| env::var(name).ok())
    }

    /// From explicit values and the variables that `environment` knows.
    ///
    /// # Errors
    /// [`AuthError::Settings`]: names everything that is wrong or missing, each with the fix.
    pub fn resolve(
        explicit: &Explicit,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, AuthError> {
        let mut resolver = Resolver::new(explicit, &environment);
        let gateway = gateway(&mut resolver);
        let authentication = authentication::resolve(&mut resolver, &gateway);
        let worker_tenant_ids = resolver.list(Setting::WorkerTenantIds);
        let tenant_id = resolver.text(Setting::TenantId).map(|found| found.text);
        let tenant_id = tenant_id.unwrap_or_else(|| {
            resolver.default(Setting::TenantId, DEFAULT_TENANT_ID);
            DEFAULT_TENANT_ID.to_owned()
        });
        let keep_alive = resolver.millis(Setting::KeepAlive, Duration::from_secs(45));
        let mut settings = Self {
            rest_address: rest_address(&mut resolver),
            ca_files: ca_files(&mut resolver),
            ca_text: resolver.text(Setting::CaCertificateText).map(|found| found.text),
            truststore: truststore(&mut resolver),
            tls_identity: tls_identity(&mut resolver),
            override_authority: resolver.text(Setting::OverrideAuthority).map(|found| found.text),
            keep_alive,
            prefer_rest: resolver.flag(Setting::PreferRest).unwrap_or(false),
            stream_jobs: resolver.flag(Setting::StreamJobs).unwrap_or(true),
            message_bytes_max: message_bytes_max(&mut resolver),
            worker_tenant_ids: worker_tenant_ids.unwrap_or_else(|| vec![tenant_id.clone()]),
            tenant_id,
            gateway,
            authentication,
            token_cache: token_cache(&mut resolver),
            explanations: Vec::new(),
            notes: Vec::new(),
            unused: Vec::new(),
            ignored: Vec::new(),
        };
        if !resolver.problems.is_empty() {
            return Err(AuthError::Settings(resolver.problems.join("; ")));
        }
        settings.unused = resolver.unused();
        settings.ignored.extend(
            names::IGNORED
                .iter()
                .filter(|(name, _)| environment(name).is_some_and(|text| !text.is_empty())),
        );
        settings.explanations = resolver.explanations;
        settings.explanations.sort_by_key(|explanation| explanation.setting);
        settings.notes = resolver.notes;
        Ok(settings)
    }

    /// Whom these settings trust, for gateway and provider alike, and who they say the client
    /// is where a server asks.
    ///
    /// # Errors
    /// [`AuthError::Trust`], [`AuthError::Keystore`]: a file cannot be used.
    pub fn trust(&self) -> Result<Trust, AuthError> {
        let mut trust = Trust::with_ca_files(self.ca_files.iter().cloned())?;
        if let Some(text) = &self.ca_text {
            trust = trust.with_ca_text(text)?;
        }
        if let Some((path, password)) = &self.truststore {
            trust = trust.with_truststore(path, password)?;
        }
        match &self.tls_identity {
            Some(file) => trust.with_identity(TlsIdentity::load(file)?),
            None => Ok(trust),
        }
    }
}

impl TokenSource {
    /// The source that the settings ask for.
    ///
    /// # Errors
    /// [`AuthError`]: a credential or a CA file that cannot be used.
    pub fn from_settings(settings: &ClientSettings) -> Result<Self, AuthError> {
        match &settings.authentication {
            Authentication::None => Ok(Self::none()),
            Authentication::Basic { username, password } => Ok(Self::basic(username, password)),
            Authentication::Bearer(token) => Ok(Self::bearer(token)),
            Authentication::ManagedIdentity(identity) => {
                let trust = settings.trust()?;
                let http = match identity.endpoint.thumbprint() {
                    Some(thumbprint) => trust.pinned_client(thumbprint)?,
                    None => trust.direct_client()?,
                };
                Ok(Self::managed_identity((**identity).clone(), http))
            }
            Authentication::OAuth { credentials, connect_timeout } => {
                let http = settings.trust()?.token_client(*connect_timeout)?;
                let source = Self::client_credentials((**credentials).clone(), http)?;
                Ok(match &settings.token_cache {
                    Some(path) => source.with_file_cache(path.clone()),
                    None => source,
                })
            }
        }
    }
}

fn gateway(resolver: &mut Resolver<'_>) -> GatewayAddress {
    let insecure = resolver.flag(Setting::Insecure);
    let secure = resolver.flag(Setting::Secure);
    if insecure.is_some() && insecure == secure {
        resolver.notes.push("plaintext and TLS are both asked for or both refused".into());
    }
    let tls = match (insecure, secure) {
        (Some(insecure), _) => Some(!insecure),
        (None, secure) => secure,
    };
    let host = resolver.text(Setting::Host);
    let port = resolver.number::<u16>(Setting::Port);
    let address = resolver.text(Setting::GrpcAddress);
    // As in the Go client, host or port replace an address that came with a weaker name.
    let is_stronger = |address: &resolver::Found| match &address.origin {
        Origin::Flag | Origin::Program => true,
        Origin::Variable(name) => name.ends_with("GRPC_ADDRESS") || name.ends_with("GRPCADDRESS"),
        Origin::File | Origin::Default => false,
    };
    let address = address.filter(|found| is_stronger(found) || (host.is_none() && port.is_none()));
    let (text, origin) = match (address, host, port) {
        (Some(found), _, _) => (found.text, found.origin.to_string()),
        (None, None, None) => match saas_address(resolver) {
            Some(text) => (text, "SaaS cluster".to_owned()),
            None => return default_gateway(resolver, tls),
        },
        (None, host, port) => {
            let host = host.map_or_else(|| "127.0.0.1".to_owned(), |found| found.text);
            let port = port.unwrap_or(26500);
            (format!("{host}:{port}"), "ZEEBE_HOST and ZEEBE_PORT".to_owned())
        }
    };
    let parsed = GatewayAddress::parse(&text, tls.unwrap_or(true));
    // Settings that agree, as those that a development server prints, need no remark.
    if parsed.as_ref().is_some_and(|address| tls.is_some_and(|tls| tls != address.tls)) {
        let note = format!("the scheme of {text:?} decides about TLS, other settings do not");
        resolver.notes.push(note);
    }
    parsed.unwrap_or_else(|| {
        resolver.problems.push(format!(
            "gateway address: {origin} must be host:port or a URI like https://host:26500, but is \
             {text:?}"
        ));
        GatewayAddress { host: String::new(), port: 0, tls: true }
    })
}

fn default_gateway(resolver: &mut Resolver<'_>, tls: Option<bool>) -> GatewayAddress {
    let address =
        GatewayAddress { host: "localhost".into(), port: 26500, tls: tls.unwrap_or(false) };
    resolver.default(Setting::GrpcAddress, &address);
    address
}

fn saas_address(resolver: &mut Resolver<'_>) -> Option<String> {
    let cluster = resolver.text(Setting::ClusterId)?.text;
    let region = resolver.text(Setting::ClusterRegion);
    let region = region.map_or_else(|| "bru-2".to_owned(), |found| found.text);
    Some(format!("https://{cluster}.{region}.zeebe.camunda.io:443"))
}

fn rest_address(resolver: &mut Resolver<'_>) -> String {
    const DEFAULT: &str = "http://localhost:8080";
    let found = resolver.parsed(Setting::RestAddress, "a URL like https://host:8080", |text| {
        let url = reqwest::Url::parse(text).ok()?;
        let is_usable = matches!(url.scheme(), "http" | "https") && url.has_host();
        let base = text.trim_end_matches('/');
        is_usable.then(|| base.strip_suffix("/v2").unwrap_or(base).to_owned())
    });
    found.unwrap_or_else(|| {
        if !resolver.has(Setting::RestAddress) {
            resolver.default(Setting::RestAddress, DEFAULT);
        }
        DEFAULT.to_owned()
    })
}

fn ca_files(resolver: &mut Resolver<'_>) -> Vec<PathBuf> {
    let found = [Setting::CaCertificate, Setting::ExtraCaCertificates]
        .map(|setting| resolver.text(setting).map(|found| PathBuf::from(found.text)));
    let mut files: Vec<_> = found.into_iter().flatten().collect();
    files.dedup();
    files
}

fn truststore(resolver: &mut Resolver<'_>) -> Option<(PathBuf, Secret)> {
    let path = resolver.text(Setting::TruststorePath);
    let password = resolver.text(Setting::TruststorePassword);
    let password = Secret::new(password.map(|found| found.text).unwrap_or_default());
    path.map(|path| (PathBuf::from(path.text), password))
}

fn tls_identity(resolver: &mut Resolver<'_>) -> Option<CertificateFile> {
    let path = resolver.text(Setting::TlsKeystorePath);
    let password = resolver.text(Setting::TlsKeystorePassword);
    let key_password = resolver.text(Setting::TlsKeyPassword);
    let certificate = resolver.text(Setting::TlsCertificate);
    let key = resolver.text(Setting::TlsKey);
    if certificate.is_some() != key.is_some() {
        resolver.problems.push(
            "of the TLS client's certificate and key only one is set; fix: set both, \
             CAMUNDA_CUSTOM_CERT_CHAIN_PATH and CAMUNDA_CUSTOM_PRIVATE_KEY_PATH"
                .to_owned(),
        );
    }
    if let Some(path) = path {
        let access = KeystoreAccess {
            password: Secret::new(password.map(|found| found.text).unwrap_or_default()),
            alias: None,
            key_password: key_password.map(|found| Secret::new(found.text)),
        };
        return Some(CertificateFile::Pkcs12 { path: PathBuf::from(path.text), access });
    }
    Some(CertificateFile::Pem {
        certificate: PathBuf::from(certificate?.text),
        key: PathBuf::from(key?.text),
    })
}

fn token_cache(resolver: &mut Resolver<'_>) -> Option<PathBuf> {
    let file = resolver.text(Setting::CacheFile).map(|found| PathBuf::from(found.text));
    let folder = resolver.text(Setting::CacheFolder).map(|found| PathBuf::from(found.text));
    if resolver.flag(Setting::CacheDisabled) == Some(true) {
        return None;
    }
    file.or_else(|| folder.map(|folder| folder.join("credentials")))
}

fn message_bytes_max(resolver: &mut Resolver<'_>) -> usize {
    const DEFAULT: usize = 4 * 1024 * 1024;
    resolver.number(Setting::MessageBytesMax).unwrap_or(DEFAULT)
}
