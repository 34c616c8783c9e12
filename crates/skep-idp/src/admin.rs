//! Administration of a data directory, whether a provider serves it or not.

use std::{path::Path, sync::Arc};

use jiff::Timestamp;
use skep_auth::Clock;

use crate::{
    config::IdpConfig,
    dates,
    error::Error,
    faults::{self, Faults},
    keys,
    registry::Registry,
    storage::{self, DirLock},
};

/// Changes what a provider serves, without being one: no certificate is made or replaced, and no
/// port is taken.
///
/// Everything is kept in files that are replaced under the directory's lock. A provider that
/// serves the same directory sees each change on its next request, so it does not matter whether
/// one is running.
#[derive(Clone, Debug)]
pub struct Administration {
    dir: std::path::PathBuf,
    registry: Registry,
    clock: Clock,
}

/// A key that tokens are signed with, or were.
#[derive(Clone, Debug, PartialEq)]
pub struct SigningKeyInfo {
    /// `kid` in the tokens: the SHA-1 thumbprint of its certificate.
    pub kid: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// End of its certificate's validity.
    pub not_after: Timestamp,
    /// Tokens are signed with it now; of the others only old ones are.
    pub active: bool,
}

impl Administration {
    /// Opens `data_dir`, which is made if it is not there; `config` gives a new one its tenant.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a setting out of range; [`Error::File`] or [`Error::Damaged`] when
    /// the directory cannot be read or set up.
    pub fn open(data_dir: &Path, config: &IdpConfig) -> Result<Self, Error> {
        config.check()?;
        storage::create_dir(data_dir)?;
        let clock = Clock::system();
        let lock = DirLock::acquire(data_dir)?;
        let registry = Registry::open(&lock, data_dir, config.tenant_id, clock.clone())?;
        Ok(Self { dir: data_dir.to_owned(), registry, clock })
    }

    /// The tenant's registrations.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// The published keys, the active one first.
    ///
    /// # Errors
    /// [`Error::Create`], [`Error::File`] or [`Error::Damaged`].
    pub fn keys(&self) -> Result<Vec<SigningKeyInfo>, Error> {
        keys::list(&*self.signing_keys()?)
    }

    /// Signs with a new key from now on, and keeps publishing the earlier ones. Returns the new
    /// key's `kid`.
    ///
    /// # Errors
    /// [`Error::Create`], [`Error::File`] or [`Error::Damaged`].
    pub fn roll_keys(&self) -> Result<String, Error> {
        keys::roll(&*self.signing_keys()?, dates::now(&self.clock))
    }

    fn signing_keys(&self) -> Result<Arc<storage::SharedFile<keys::SigningKeys>>, Error> {
        let lock = DirLock::acquire(&self.dir)?;
        keys::open(&lock, &self.dir, dates::now(&self.clock))
    }

    /// Makes the token endpoints of the providers that serve this directory now misbehave.
    ///
    /// # Errors
    /// [`Error::File`] or [`Error::Damaged`].
    pub fn inject(&self, faults: Faults) -> Result<(), Error> {
        let lock = DirLock::acquire(&self.dir)?;
        let file = faults::open(&lock, &self.dir)?;
        drop(lock);
        faults::store(&file, faults)
    }
}
