//! The two sample applications of development mode, and the files that hold their credentials.

use std::path::{Path, PathBuf};

use aws_lc_rs::digest;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use skep_auth::{
    ClientCertificate, NewCertificate, Secret,
    jose::{Certificate, encode_base64url},
};
use uuid::Uuid;

use crate::{
    dates,
    error::Error,
    hidden::Hidden,
    provider::Core,
    random,
    registry::{App, NewApp, NewSecret, NewUser, Registry},
    storage::{self, Access, DirLock},
};

const FILE: &str = "dev-credentials.json";
const KEYSTORE: &str = "dev-client.p12";
const CERTIFICATE: &str = "dev-client.pem";
const PRIVATE_KEY: &str = "dev-client-key.pem";
/// The keystore's alias, as in the guide's openssl command.
const ALIAS: &str = "camunda-client";
const CERTIFICATE_DAYS: u32 = 730;
const PASSWORD_CHARS: usize = 32;
const USER_PASSWORD_CHARS: usize = 16;
const PASSWORD_ALPHABET: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";

/// What the sample applications authenticate with; `skep env` prints it.
#[derive(Clone, Debug)]
pub struct DevCredentials {
    /// The tenant that both are registered in.
    pub tenant_id: Uuid,
    /// The application with a client secret.
    pub secret_app: DevSecretApp,
    /// The application with a certificate.
    pub certificate_app: DevCertificateApp,
    /// Somebody to sign in as.
    pub user: DevUser,
}

/// The sample user.
#[derive(Clone, Debug)]
pub struct DevUser {
    /// User name: `demo` in the tenant's domain.
    pub user_name: String,
    /// Password.
    pub password: Secret,
}

/// The sample application with a client secret.
#[derive(Clone, Debug)]
pub struct DevSecretApp {
    /// Its client id.
    pub client_id: Uuid,
    /// Its secret.
    pub client_secret: Secret,
}

/// The sample application with a certificate.
#[derive(Clone, Debug)]
pub struct DevCertificateApp {
    /// Its client id.
    pub client_id: Uuid,
    /// PKCS#12 file with key and certificate.
    pub keystore_path: PathBuf,
    /// Password of the keystore and of the key in it.
    pub keystore_password: Secret,
    /// Alias of the key.
    pub keystore_alias: String,
    /// The certificate, PEM.
    pub certificate_path: PathBuf,
    /// The private key, unencrypted PKCS#8 PEM.
    pub private_key_path: PathBuf,
}

impl DevCredentials {
    /// Reads what [`crate::Provider::ensure_dev_apps`] left in `data_dir`; `None` when it was
    /// never called there.
    ///
    /// # Errors
    /// [`Error::File`] or [`Error::Damaged`].
    pub fn load(data_dir: &Path) -> Result<Option<Self>, Error> {
        let data_dir = &std::path::absolute(data_dir)
            .map_err(|source| Error::file("find", data_dir, source))?;
        Ok(Stored::load(data_dir)?.and_then(|stored| stored.into_credentials(data_dir)))
    }

    /// What a gateway must accept in `aud`: each application by client id and by App ID URI, since
    /// the guide's clients ask for tokens for themselves.
    #[must_use]
    pub fn audiences(&self) -> Vec<String> {
        [self.secret_app.client_id, self.certificate_app.client_id]
            .into_iter()
            .flat_map(|id| [id.to_string(), format!("api://{id}"), format!("api://{id}/")])
            .collect()
    }
}

impl DevSecretApp {
    /// `ZEEBE_TOKEN_AUDIENCE`: the application itself, as in the guide.
    #[must_use]
    pub fn audience(&self) -> String {
        self.client_id.to_string()
    }

    /// `ZEEBE_TOKEN_SCOPE`.
    #[must_use]
    pub fn scope(&self) -> String {
        format!("{}/.default", self.client_id)
    }
}

impl DevCertificateApp {
    /// `ZEEBE_TOKEN_AUDIENCE`: the application itself, as in the guide.
    #[must_use]
    pub fn audience(&self) -> String {
        self.client_id.to_string()
    }

    /// `ZEEBE_TOKEN_SCOPE`.
    #[must_use]
    pub fn scope(&self) -> String {
        format!("{}/.default", self.client_id)
    }
}

/// The file's content.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Stored {
    tenant_id: Uuid,
    secret_app: StoredSecretApp,
    certificate_app: StoredCertificateApp,
    /// Absent in files from before there were users.
    user: Option<StoredUser>,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct StoredUser {
    user_name: String,
    password: Hidden,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct StoredSecretApp {
    client_id: Uuid,
    client_secret: Hidden,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct StoredCertificateApp {
    client_id: Uuid,
    keystore_password: Hidden,
    keystore_sha256: String,
}

impl Stored {
    fn load(dir: &Path) -> Result<Option<Self>, Error> {
        let path = dir.join(FILE);
        storage::read(&path)?
            .map(|json| serde_json::from_slice(&json).map_err(|error| Error::damaged(&path, error)))
            .transpose()
    }

    /// `None` for a file that lacks a part: the next start completes it.
    fn into_credentials(self, dir: &Path) -> Option<DevCredentials> {
        let user = self.user?;
        Some(DevCredentials {
            tenant_id: self.tenant_id,
            secret_app: DevSecretApp {
                client_id: self.secret_app.client_id,
                client_secret: Secret::new(self.secret_app.client_secret.0),
            },
            certificate_app: DevCertificateApp {
                client_id: self.certificate_app.client_id,
                keystore_path: dir.join(KEYSTORE),
                keystore_password: Secret::new(self.certificate_app.keystore_password.0),
                keystore_alias: ALIAS.to_owned(),
                certificate_path: dir.join(CERTIFICATE),
                private_key_path: dir.join(PRIVATE_KEY),
            },
            user: DevUser { user_name: user.user_name, password: Secret::new(user.password.0) },
        })
    }
}

/// See [`crate::Provider::ensure_dev_apps`].
pub(crate) fn ensure(core: &Core) -> Result<DevCredentials, Error> {
    let stored = Stored::load(&core.dir)?;
    let ensured = Stored {
        tenant_id: core.registry.tenant_id(),
        secret_app: ensure_secret_app(core, stored.as_ref().map(|s| &s.secret_app))?,
        certificate_app: ensure_certificate_app(core, stored.as_ref().map(|s| &s.certificate_app))?,
        user: Some(ensure_user(core, stored.as_ref().and_then(|s| s.user.as_ref()))?),
    };
    if stored.as_ref() != Some(&ensured) {
        let path = core.dir.join(FILE);
        let json = serde_json::to_vec_pretty(&ensured).map_err(|e| Error::damaged(&path, e))?;
        let _lock = DirLock::acquire(&core.dir)?;
        storage::write(&path, &json, Access::Private)?;
    }
    let credentials = ensured.into_credentials(&core.dir);
    credentials.ok_or_else(|| Error::create("sample user", "it was not created"))
}

fn ensure_secret_app(
    core: &Core,
    stored: Option<&StoredSecretApp>,
) -> Result<StoredSecretApp, Error> {
    let deadline = renewal_deadline(core);
    let app =
        ensure_app(&core.registry, stored.map(|s| s.client_id), "Skep sample client (secret)")?;
    let works = stored.is_some_and(|stored| {
        app.secrets
            .iter()
            .any(|info| info.expires_at > deadline && info.matches(&stored.client_secret.0))
    });
    if works && let Some(stored) = stored {
        return Ok(stored.clone());
    }
    let new = NewSecret { display_name: "skep start --dev".to_owned(), expires_at: None };
    let (_, value) = core.registry.add_secret(app.app_id, new)?;
    Ok(StoredSecretApp { client_id: app.app_id, client_secret: Hidden(value.expose().to_owned()) })
}

fn ensure_certificate_app(
    core: &Core,
    stored: Option<&StoredCertificateApp>,
) -> Result<StoredCertificateApp, Error> {
    let name = "Skep sample client (certificate)";
    let app = ensure_app(&core.registry, stored.map(|s| s.client_id), name)?;
    if let Some(stored) = stored
        && works(core, &app, stored)?
    {
        return Ok(stored.clone());
    }
    let password = random::chars(PASSWORD_ALPHABET, PASSWORD_CHARS)?;
    let (certificate, keystore_sha256) = write_keystore(core, &password)?;
    core.registry.add_certificate(app.app_id, &certificate)?;
    Ok(StoredCertificateApp {
        client_id: app.app_id,
        keystore_password: Hidden(password),
        keystore_sha256,
    })
}

/// The password is not checked: hashing it would slow down every start, and who changes it knows.
fn ensure_user(core: &Core, stored: Option<&StoredUser>) -> Result<StoredUser, Error> {
    let user_name = format!("demo@{}", core.config.tenant_domain);
    let directory = core.registry.current();
    let known = directory.view.user_named(&user_name);
    if let Some(stored) = stored
        && known.is_some()
        && stored.user_name == user_name
    {
        return Ok(stored.clone());
    }
    let password = random::chars(PASSWORD_ALPHABET, USER_PASSWORD_CHARS)?;
    match known {
        Some(user) => {
            core.registry.set_password(user.object_id, &Secret::new(password.clone()))?;
        }
        None => {
            core.registry.add_user(NewUser {
                display_name: "Demo User".to_owned(),
                given_name: Some("Demo".to_owned()),
                family_name: Some("User".to_owned()),
                mail: Some(user_name.clone()),
                is_admin: true,
                ..NewUser::named(&user_name, Secret::new(password.clone()))
            })?;
        }
    }
    Ok(StoredUser { user_name, password: Hidden(password) })
}

/// Whether the files are all there, the keystore is the one of that password, and its certificate
/// is registered and not near its end.
fn works(core: &Core, app: &App, stored: &StoredCertificateApp) -> Result<bool, Error> {
    let read = |name: &str| storage::read(&core.dir.join(name));
    let (Some(keystore), Some(_), Some(pem)) =
        (read(KEYSTORE)?, read(PRIVATE_KEY)?, read(CERTIFICATE)?)
    else {
        return Ok(false);
    };
    // By its hash: deriving the key from the password again would slow down every start.
    if sha256(&keystore) != stored.keystore_sha256 {
        return Ok(false);
    }
    let Ok(chain) = Certificate::chain_from_pem(&pem) else { return Ok(false) };
    let deadline = renewal_deadline(core).as_second();
    Ok(chain.first().is_some_and(|certificate| {
        let thumbprint = certificate.x5t_s256();
        certificate.not_after_s() > deadline
            && app.certificates.iter().any(|info| info.x5t_s256 == thumbprint)
    }))
}

fn sha256(bytes: &[u8]) -> String {
    encode_base64url(digest::digest(&digest::SHA256, bytes))
}

/// Credentials that end before this are replaced.
fn renewal_deadline(core: &Core) -> Timestamp {
    dates::now(&core.clock)
        .checked_add(SignedDuration::from_hours(30 * 24))
        .unwrap_or(Timestamp::MAX)
}

fn ensure_app(registry: &Registry, app_id: Option<Uuid>, name: &str) -> Result<App, Error> {
    if let Some(app) = app_id.and_then(|id| registry.app(id)) {
        return Ok(app);
    }
    // The id is kept when only the registration was lost: shells may have it in their variables.
    registry.add_app(NewApp { app_id, ..NewApp::named(name) })
}

/// Writes key and certificate in both forms; returns the certificate, DER, and the keystore's
/// hash.
fn write_keystore(core: &Core, password: &str) -> Result<(Vec<u8>, String), Error> {
    let create = |error| Error::create("sample client's key", error);
    let new = NewCertificate { days: CERTIFICATE_DAYS, ..NewCertificate::named(ALIAS) };
    let made = ClientCertificate::generate(&new, dates::now(&core.clock).as_second());
    let made = made.map_err(create)?;
    let pkcs12 = made.to_pkcs12(ALIAS, &Secret::new(password)).map_err(create)?;
    let (key, certificate) = (made.key(), made.certificate());

    let _lock = DirLock::acquire(&core.dir)?;
    let write =
        |name: &str, content: &[u8], access| storage::write(&core.dir.join(name), content, access);
    write(KEYSTORE, &pkcs12, Access::Private)?;
    write(PRIVATE_KEY, key.to_pem().map_err(create)?.expose().as_bytes(), Access::Private)?;
    write(CERTIFICATE, certificate.to_pem().as_bytes(), Access::Public)?;
    Ok((certificate.der().to_vec(), sha256(&pkcs12)))
}
