//! What a running server leaves in its data directory for `skep env`.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::failure::Failure;

const FILE: &str = "server.json";

/// Addresses of the running server.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ServerInfo {
    /// The server's process.
    pub(crate) pid: u32,
    /// Where gRPC listens.
    pub(crate) grpc: SocketAddr,
    /// Where REST listens.
    pub(crate) http: SocketAddr,
    /// The embedded provider, in development mode.
    pub(crate) idp: Option<IdpInfo>,
}

/// Addresses of the embedded provider.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct IdpInfo {
    pub(crate) origin: String,
    pub(crate) issuer: String,
    pub(crate) token_endpoint: String,
    pub(crate) tenant_id: String,
    /// PEM of the CA that clients must trust.
    pub(crate) ca_certificate: PathBuf,
}

impl ServerInfo {
    /// Leaves it in `data_dir`; there is no secret in it.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(crate) fn write(&self, data_dir: &Path) -> Result<(), Failure> {
        let path = data_dir.join(FILE);
        let temporary = data_dir.join("server.json.new");
        serde_json::to_vec_pretty(self)
            .map_err(std::io::Error::other)
            .and_then(|json| std::fs::write(&temporary, json))
            .and_then(|()| std::fs::rename(&temporary, &path))
            .map_err(|error| {
                Failure::new(format!("cannot write {}", path.display())).caused_by(error)
            })
    }

    /// Reads what a running server left in `data_dir`.
    ///
    /// # Errors
    /// No server runs on that directory.
    pub(crate) fn read(data_dir: &Path) -> Result<Self, Failure> {
        let path = data_dir.join(FILE);
        let json = std::fs::read(&path).map_err(|error| {
            Failure::new(format!("no server is running on data directory {}", data_dir.display()))
                .caused_by(error)
                .fix("start one with `skep start --dev`, or name its directory with --data-dir")
        })?;
        serde_json::from_slice(&json).map_err(|error| {
            Failure::new(format!("{} is damaged", path.display()))
                .caused_by(error)
                .fix("restart the server: it writes the file anew")
        })
    }

    /// Takes it away again: nobody answers at these addresses any more.
    pub(crate) fn remove(data_dir: &Path) {
        // A file that stays behind only makes `skep env` print addresses that refuse.
        let _ = std::fs::remove_file(data_dir.join(FILE));
    }
}
