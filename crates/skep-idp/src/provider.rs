//! The provider as a whole: its data directory, its administration, its server.

use std::{net::SocketAddr, path::Path, sync::Arc};

use skep_auth::Clock;
use tokio::net::TcpListener;
use uuid::Uuid;

use crate::{
    admin_token,
    config::IdpConfig,
    dates,
    dev::{self, DevCredentials},
    error::Error,
    faults::{self, FaultPlan, Faults},
    keys::{self, SigningKeys},
    registry::Registry,
    seal::Sealer,
    server::{self, RunningProvider},
    storage::{self, DirLock, SharedFile},
    tls::Tls,
};

/// The embedded identity provider; cheap to clone.
///
/// Several may be open on one data directory, in one process or in many: what one changes, the
/// others serve from their next request on.
#[derive(Clone, Debug)]
pub struct Provider {
    pub(crate) core: Arc<Core>,
}

/// What a provider and its servers share.
#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) dir: std::path::PathBuf,
    pub(crate) config: IdpConfig,
    pub(crate) clock: Clock,
    pub(crate) registry: Registry,
    pub(crate) keys: Arc<SharedFile<SigningKeys>>,
    pub(crate) tls: Arc<Tls>,
    pub(crate) sealer: Sealer,
    pub(crate) faults: FaultPlan,
}

impl Provider {
    /// Opens the provider's data directory, setting it up on the first start: tenant, CA, server
    /// certificate, signing keys.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a setting out of range; [`Error::File`], [`Error::Damaged`] or
    /// [`Error::Create`] when the directory cannot be read or set up.
    pub fn open(data_dir: &Path, config: IdpConfig) -> Result<Self, Error> {
        Self::open_with_clock(data_dir, config, Clock::system())
    }

    /// [`Self::open`] by another clock than the machine's, to age credentials and tokens.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_with_clock(
        data_dir: &Path,
        config: IdpConfig,
        clock: Clock,
    ) -> Result<Self, Error> {
        config.check()?;
        // Other processes, in other directories, are told these paths.
        let data_dir = &std::path::absolute(data_dir)
            .map_err(|source| Error::file("find", data_dir, source))?;
        storage::create_dir(data_dir)?;
        let now = dates::now(&clock);
        let lock = DirLock::acquire(data_dir)?;
        let registry = Registry::open(&lock, data_dir, config.tenant_id, clock.clone())?;
        let tls = Tls::open(&lock, data_dir, &config.public_host, now)?;
        let keys = keys::open(&lock, data_dir, now)?;
        let sealer = Sealer::open(&lock, data_dir)?;
        let faults = FaultPlan::new(faults::open(&lock, data_dir)?);
        admin_token::ensure(&lock, data_dir)?;
        drop(lock);
        if let Some(tenant_id) = config.tenant_id
            && tenant_id != registry.tenant_id()
        {
            registry.set_tenant_id(tenant_id)?;
        }
        let dir = data_dir.clone();
        let tls = Arc::new(tls);
        Ok(Self {
            core: Arc::new(Core { dir, config, clock, registry, keys, tls, sealer, faults }),
        })
    }

    /// The tenant's registrations.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.core.registry
    }

    /// The tenant's id.
    #[must_use]
    pub fn tenant_id(&self) -> Uuid {
        self.core.registry.tenant_id()
    }

    /// The CA certificate that clients must trust, PEM.
    #[must_use]
    pub fn ca_certificate_path(&self) -> std::path::PathBuf {
        self.core.tls.ca_path()
    }

    /// The file with the token that opens the admin page, at `/admin`, to who can read it.
    #[must_use]
    pub fn admin_token_path(&self) -> std::path::PathBuf {
        admin_token::path(&self.core.dir)
    }

    /// A TLS configuration for other servers on this machine, under the same CA: clients that
    /// trust the provider trust them too. It takes up a renewed certificate by itself.
    ///
    /// # Errors
    /// [`Error::Create`] when the TLS configuration cannot be made.
    pub fn server_tls(&self) -> Result<rustls::ServerConfig, Error> {
        self.core.tls.server_config()
    }

    /// Signs with a new key from now on, and keeps publishing the earlier ones. Returns the new
    /// key's `kid`.
    ///
    /// # Errors
    /// [`Error::Create`], [`Error::File`] or [`Error::Damaged`].
    pub fn roll_keys(&self) -> Result<String, Error> {
        keys::roll(&self.core.keys, dates::now(&self.core.clock))
    }

    /// Makes the token endpoints of this provider's servers misbehave, for tests of clients.
    pub fn inject(&self, faults: Faults) {
        self.core.faults.set(faults);
    }

    /// The two sample applications of development mode, with their credentials; made when they
    /// are not there, and repaired when a part of them is missing or about to expire.
    ///
    /// # Errors
    /// [`Error::Create`], [`Error::File`] or [`Error::Damaged`].
    pub fn ensure_dev_apps(&self) -> Result<DevCredentials, Error> {
        dev::ensure(&self.core)
    }

    /// Serves on `addr`; port 0 takes any free one.
    ///
    /// # Errors
    /// [`Error::Listen`] when the address cannot be had; otherwise as [`Self::serve_on`].
    pub async fn serve(&self, addr: SocketAddr) -> Result<RunningProvider, Error> {
        let listener =
            TcpListener::bind(addr).await.map_err(|source| Error::Listen { addr, source })?;
        self.serve_on(listener)
    }

    /// Serves on a socket that is listening already.
    ///
    /// Must be called within a Tokio runtime.
    ///
    /// # Errors
    /// [`Error::Create`] when the TLS configuration cannot be made.
    pub fn serve_on(&self, listener: TcpListener) -> Result<RunningProvider, Error> {
        server::start(Arc::clone(&self.core), listener)
    }
}
