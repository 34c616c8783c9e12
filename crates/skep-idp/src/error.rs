//! What can go wrong on this machine. What a caller did wrong is a [`crate::refusal::Refusal`].

use std::{io, net::SocketAddr, path::PathBuf};

use uuid::Uuid;

/// The cause beneath an [`Error`], from whichever library met it.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Why the provider cannot start, or an administrative change was not made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file of the data directory could not be read or written.
    #[error("cannot {action} {path}")]
    File {
        /// What was attempted, as a verb.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A file of the data directory does not hold what Skep wrote there.
    #[error("{path} is damaged: restore it from a backup, or delete it to start anew")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: BoxError,
    },
    /// A key or certificate could not be made.
    #[error("cannot create the {what}")]
    Create {
        /// Which key or certificate.
        what: &'static str,
        /// What the cryptographic library said.
        #[source]
        source: BoxError,
    },
    /// The address is taken, or not one of this machine's.
    #[error("cannot listen on {addr}: choose another port, or 0 for any free one")]
    Listen {
        /// The address asked for.
        addr: SocketAddr,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// No such application.
    #[error("no application with the id {0} is registered: list them with `skep idp app list`")]
    UnknownApp(Uuid),
    /// No such user.
    #[error("there is no user with the id {0}: list them with `skep idp user list`")]
    UnknownUser(Uuid),
    /// No such group.
    #[error("there is no group with the id {0}")]
    UnknownGroup(Uuid),
    /// The application has no such credential.
    #[error("application {app_id} has no {kind} with the id {key_id}")]
    UnknownCredential {
        /// The application.
        app_id: Uuid,
        /// `secret`, `certificate` or `federated credential`.
        kind: &'static str,
        /// The id asked for.
        key_id: Uuid,
    },
    /// A registration breaks one of the directory's rules.
    #[error("{0}")]
    Invalid(String),
}

impl Error {
    pub(crate) fn file(action: &'static str, path: &std::path::Path, source: io::Error) -> Self {
        Self::File { action, path: path.to_owned(), source }
    }

    pub(crate) fn create(what: &'static str, source: impl Into<BoxError>) -> Self {
        Self::Create { what, source: source.into() }
    }

    pub(crate) fn damaged(path: &std::path::Path, source: impl Into<BoxError>) -> Self {
        Self::Damaged { path: path.to_owned(), source: source.into() }
    }
}
