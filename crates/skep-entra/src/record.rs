//! What a set-up leaves behind to find its registrations by: ids and thumbprints, no secrets.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use skep_auth::private_file;

use crate::{Cloud, Component, Error};

/// Name of the file.
const FILE: &str = "entra.json";
/// Largest file that is read.
const FILE_BYTES_MAX: usize = 1024 * 1024;

/// What was set up, as kept in `entra.json`.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Record {
    /// The tenant, by its id.
    pub tenant_id: String,
    /// Its cloud.
    pub cloud: Cloud,
    /// PEM of a CA that its hosts are trusted with, besides the system's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_certificate: Option<PathBuf>,
    /// With what every display name begins.
    pub prefix: String,
    /// Whether consent was left to an administrator.
    #[serde(default)]
    pub without_consent: bool,
    /// What was registered.
    pub components: BTreeMap<Component, RecordedComponent>,
}

/// A component, as it was registered.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RecordedComponent {
    /// Its client id.
    pub app_id: String,
    /// Its address, for the redirect URI.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
    /// The credential in its files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<RecordedCredential>,
    /// A rotation that is under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) rotation: Option<RecordedRotation>,
}

/// The credential that a component's files hold.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum RecordedCredential {
    /// A client secret.
    Secret {
        /// Its id in the registration.
        #[serde(rename = "keyId")]
        key_id: String,
    },
    /// A certificate.
    Certificate {
        /// Its id in the registration.
        #[serde(rename = "keyId")]
        key_id: String,
        /// SHA-1 of the certificate, upper-case hexadecimal.
        thumbprint: String,
    },
}

impl RecordedCredential {
    /// Its id in the registration.
    #[must_use]
    pub fn key_id(&self) -> &str {
        match self {
            Self::Secret { key_id } | Self::Certificate { key_id, .. } => key_id,
        }
    }
}

/// How far a rotation is; each step is written down before the next is taken.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct RecordedRotation {
    /// Display name of the new credential: by it a credential is found of which no more is known.
    pub(crate) name: String,
    /// The new credential, once it is registered and its value is in a file.
    pub(crate) new: Option<RecordedCredential>,
    /// The id of the one it replaces.
    pub(crate) old_key_id: Option<String>,
}

impl Record {
    /// Where it is in `folder`.
    #[must_use]
    pub fn path(folder: &Path) -> PathBuf {
        folder.join(FILE)
    }

    /// Reads it; `None` when there is none.
    ///
    /// # Errors
    /// [`Error::File`], [`Error::Damaged`]
    pub fn load(folder: &Path) -> Result<Option<Self>, Error> {
        let path = Self::path(folder);
        let bytes = match std::fs::read(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(Error::File { doing: "read", path, source }),
            Ok(bytes) => bytes,
        };
        let damaged = |reason: String| Error::Damaged { path: path.clone(), reason };
        if bytes.len() > FILE_BYTES_MAX {
            return Err(damaged(format!("it is larger than {FILE_BYTES_MAX} bytes")));
        }
        serde_json::from_slice(&bytes).map(Some).map_err(|error| damaged(error.to_string()))
    }

    /// Writes it.
    ///
    /// # Errors
    /// [`Error::File`]
    pub fn save(&self, folder: &Path) -> Result<(), Error> {
        let path = Self::path(folder);
        let written = serde_json::to_vec_pretty(self)
            .map_err(std::io::Error::other)
            .and_then(|json| private_file::replace(&path, &json));
        written.map_err(|source| Error::File { doing: "write", path, source })
    }

    /// Client id of a component.
    #[must_use]
    pub fn app_id(&self, component: Component) -> Option<&str> {
        self.components.get(&component).map(|recorded| recorded.app_id.as_str())
    }
}
