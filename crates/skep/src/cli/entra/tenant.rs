//! Flags that say which tenant to work in, and as whom.

use std::{
    env, fs,
    path::{Path, PathBuf},
    time::Duration,
};

use skep_auth::{AssertionOptions, CertificateFile, Credential, KeystoreAccess, Secret, Trust};
use skep_entra::{Cloud, Directory, NamedCloud, Record, SignIn, resolve_tenant, sign_in};

use crate::{cli::progress, failure::Failure, output::note};

/// Largest token file that is read.
const TOKEN_BYTES_MAX: u64 = 64 * 1024;

/// How to sign in to Microsoft Graph.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Signing in (by device code, unless one of these is given)")]
pub(in crate::cli) struct SignInArgs {
    /// File with an access token for Microsoft Graph [SKEP_GRAPH_TOKEN holds the token itself].
    #[arg(long, value_name = "FILE")]
    access_token_file: Option<PathBuf>,
    /// Client id of an app that may administer; its secret is in SKEP_ENTRA_ADMIN_CLIENT_SECRET.
    #[arg(long, value_name = "CLIENT_ID", env = "SKEP_ENTRA_ADMIN_CLIENT_ID")]
    admin_client_id: Option<String>,
    /// PKCS#12 file of that app; its password is in SKEP_ENTRA_ADMIN_KEYSTORE_PASSWORD.
    #[arg(long, value_name = "FILE", requires = "admin_client_id")]
    admin_keystore: Option<PathBuf>,
}

/// Which tenant, in which cloud.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Tenant")]
pub(in crate::cli) struct TenantArgs {
    /// Tenant, by its id or one of its domains; kept for the next time by `skep entra setup`.
    #[arg(long, value_name = "TENANT")]
    pub(super) tenant: Option<String>,
    /// Cloud of the tenant.
    #[arg(long, value_enum, value_name = "CLOUD", default_value = "public")]
    cloud: CloudName,
    /// Origin of the sign-in endpoints, as https://localhost:8443 of an embedded provider.
    #[arg(long, value_name = "URL")]
    authority: Option<String>,
    /// Origin of Microsoft Graph. [default: that of the cloud, or the authority when one is given]
    #[arg(long, value_name = "URL")]
    graph_url: Option<String>,
    /// PEM file with certificate authorities to trust besides the system's.
    #[arg(long, value_name = "FILE")]
    ca_certificate: Option<PathBuf>,
    #[command(flatten)]
    sign_in: SignInArgs,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, clap::ValueEnum)]
enum CloudName {
    #[default]
    Public,
    UsGovernment,
    China,
}

/// A tenant to work in.
pub(super) struct Tenant {
    pub(super) id: String,
    pub(super) cloud: Cloud,
    pub(super) ca_certificate: Option<PathBuf>,
    pub(super) http: reqwest::Client,
}

impl TenantArgs {
    /// The tenant of the flags, or of an earlier set-up.
    ///
    /// # Errors
    /// There is none, or it does not exist.
    pub(super) async fn tenant(
        &self,
        recorded: Option<&Record>,
        may_ask: bool,
    ) -> Result<Tenant, Failure> {
        let is_told =
            self.authority.is_some() || self.graph_url.is_some() || self.cloud != CloudName::Public;
        let cloud = match recorded {
            Some(recorded) if !is_told => recorded.cloud.clone(),
            Some(_) | None => self.cloud()?,
        };
        let ca_certificate = match (&self.ca_certificate, recorded) {
            (Some(path), _) => Some(std::path::absolute(path).map_err(|error| {
                Failure::usage(format!("cannot find {}", path.display())).caused_by(error)
            })?),
            (None, recorded) => recorded.and_then(|recorded| recorded.ca_certificate.clone()),
        };
        let http = http(ca_certificate.as_deref())?;
        let given = self.tenant.clone().or_else(|| recorded.map(|r| r.tenant_id.clone()));
        let given = given.ok_or_else(|| {
            Failure::usage("no tenant is given")
                .fix("name it with --tenant: its id, or one of its domains, as contoso.com")
        })?;
        let id = if may_ask { resolve_tenant(&cloud, &given, &http).await? } else { given };
        Ok(Tenant { id, cloud, ca_certificate, http })
    }

    fn cloud(&self) -> Result<Cloud, Failure> {
        let named = match self.cloud {
            CloudName::Public => NamedCloud::Public,
            CloudName::UsGovernment => NamedCloud::UsGovernment,
            CloudName::China => NamedCloud::China,
        };
        // An embedded provider serves both at one origin.
        let graph = self.graph_url.as_deref().or(self.authority.as_deref());
        Ok(Cloud::named(named).with(self.authority.as_deref(), graph)?)
    }

    pub(super) fn sign_in(&self) -> &SignInArgs {
        &self.sign_in
    }

    /// The directory of the tenant that the flags name.
    ///
    /// # Errors
    /// Nobody can sign in.
    pub(in crate::cli) async fn directory(&self, dry_run: bool) -> Result<Directory, Failure> {
        let reads = !dry_run || self.sign_in.is_given();
        let tenant = self.tenant(None, reads).await?;
        self.sign_in.directory(&tenant, dry_run).await
    }
}

impl Tenant {
    /// The tenant of an earlier set-up.
    ///
    /// # Errors
    /// Its CA certificate cannot be read.
    pub(super) fn recorded(record: &Record) -> Result<Self, Failure> {
        Ok(Self {
            id: record.tenant_id.clone(),
            cloud: record.cloud.clone(),
            ca_certificate: record.ca_certificate.clone(),
            http: http(record.ca_certificate.as_deref())?,
        })
    }
}

/// A client that takes a credential nowhere else because a server says so.
fn http(ca: Option<&Path>) -> Result<reqwest::Client, Failure> {
    Trust::with_ca_files(ca.map(Path::to_owned))
        .and_then(|trust| trust.token_client(Duration::from_secs(10)))
        .map_err(|error| Failure::usage("cannot set up TLS").caused_by(error))
}

impl SignInArgs {
    /// Whether nobody needs to be asked.
    pub(super) fn is_given(&self) -> bool {
        self.access_token_file.is_some()
            || self.admin_client_id.is_some()
            || env::var_os("SKEP_GRAPH_TOKEN").is_some()
    }

    /// The tenant's directory. A dry run signs in only where nobody needs to be asked; otherwise
    /// it knows nothing of what exists.
    ///
    /// # Errors
    /// Nobody can sign in.
    pub(super) async fn directory(
        &self,
        tenant: &Tenant,
        dry_run: bool,
    ) -> Result<Directory, Failure> {
        if dry_run && !self.is_given() {
            note(
                "nobody is signed in: these are the calls of a first set-up, as if nothing existed",
            );
            return Ok(Directory::unread(&tenant.cloud));
        }
        let signing_in =
            sign_in(&tenant.cloud, &tenant.id, self.how()?, &tenant.http, |text| note(text));
        let token = progress::while_waiting("waiting for the sign-in", signing_in).await?;
        let directory = Directory::new(&tenant.cloud, tenant.http.clone(), token);
        Ok(if dry_run { directory.dry_run() } else { directory })
    }

    fn how(&self) -> Result<SignIn, Failure> {
        if let Some(path) = &self.access_token_file {
            return token_in(path).map(SignIn::AccessToken);
        }
        if let Ok(token) = env::var("SKEP_GRAPH_TOKEN") {
            return Ok(SignIn::AccessToken(Secret::new(token.trim())));
        }
        let Some(client_id) = self.admin_client_id.clone() else { return Ok(SignIn::DeviceCode) };
        let credential = match &self.admin_keystore {
            Some(path) => {
                let password = secret_of("SKEP_ENTRA_ADMIN_KEYSTORE_PASSWORD").unwrap_or_default();
                let access = KeystoreAccess { password, ..KeystoreAccess::default() };
                let file = CertificateFile::Pkcs12 { path: path.clone(), access };
                Credential::Certificate { file, assertion: AssertionOptions::default() }
            }
            None => Credential::Secret(secret_of("SKEP_ENTRA_ADMIN_CLIENT_SECRET").ok_or_else(
                || {
                    Failure::usage(format!("the app {client_id} has no credential to sign in with"))
                        .fix("set SKEP_ENTRA_ADMIN_CLIENT_SECRET, or give --admin-keystore FILE")
                },
            )?),
        };
        Ok(SignIn::Client { client_id, credential })
    }
}

fn secret_of(variable: &str) -> Option<Secret> {
    env::var(variable).ok().map(Secret::new)
}

fn token_in(path: &Path) -> Result<Secret, Failure> {
    let cannot = |error: std::io::Error| {
        Failure::usage(format!("cannot read the access token in {}", path.display()))
            .caused_by(error)
    };
    if fs::metadata(path).map_err(cannot)?.len() > TOKEN_BYTES_MAX {
        return Err(Failure::usage(format!("{} is too large for a token", path.display())));
    }
    let text = fs::read_to_string(path).map_err(cannot)?;
    Ok(Secret::new(text.trim()))
}
