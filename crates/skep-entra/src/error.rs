//! Why something could not be done in the directory, in words that help.

use std::{path::PathBuf, time::Duration};

use skep_auth::{AuthError, KeystoreError, jose::KeyError};

/// What a user can do about an error, roughly: scripts branch on it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ErrorKind {
    /// Something given is wrong; nothing was tried.
    Usage,
    /// A host cannot be reached.
    Connect,
    /// The caller could not sign in, or may not do this.
    Auth,
    /// It was tried and failed.
    Failed,
}

/// Why something could not be done in the directory. No text holds a secret or a token.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Something given is wrong; the text says what.
    #[error("{0}")]
    Input(String),
    /// The caller gets no token for Microsoft Graph.
    #[error("cannot sign in to Microsoft Graph")]
    SignIn(#[source] AuthError),
    /// The token is for another tenant than the one to work in.
    #[error("the token is for tenant {found}, not for {expected}")]
    WrongTenant {
        /// The tenant of the command.
        expected: String,
        /// The tenant in the token.
        found: String,
    },
    /// Graph cannot be reached.
    #[error("cannot reach {url}: {reason}")]
    Unreachable {
        /// What was asked.
        url: String,
        /// What the network said.
        reason: String,
    },
    /// Graph says no.
    #[error(transparent)]
    Graph(Box<GraphRefusal>),
    /// An answer that cannot be Graph's.
    #[error("{url} gave an answer that {reason}; is this the address of Microsoft Graph?")]
    Answer {
        /// What was asked.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Two registrations are both the wanted one.
    #[error("there are {} registrations for {component}: {}", app_ids.len(), app_ids.join(", "))]
    Ambiguous {
        /// For what.
        component: String,
        /// Their client ids.
        app_ids: Vec<String>,
    },
    /// A registration of this name was made by somebody else.
    #[error("a registration named {name:?} exists ({app_id}), and Skep did not make it")]
    Foreign {
        /// The display name.
        name: String,
        /// Its client id.
        app_id: String,
    },
    /// A new credential never worked.
    #[error("the new credential of {component} gives no token after {} s", waited.as_secs())]
    NotEffective {
        /// Whose it is.
        component: String,
        /// How long it was tried.
        waited: Duration,
        /// What the provider said last.
        #[source]
        last: AuthError,
    },
    /// A file cannot be read or written.
    #[error("cannot {doing} {}", path.display())]
    File {
        /// What was tried.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A file of Skep's is not what Skep wrote.
    #[error("{} is damaged: {reason}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A keystore cannot be used.
    #[error("cannot use a keystore")]
    Keystore(#[source] KeystoreError),
    /// A key or certificate cannot be made or written.
    #[error("cannot make a certificate")]
    Certificate(#[source] KeyError),
}

/// What Graph says when it refuses a call.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "{method} {url} was refused with status {status}, {code}: {message} (request id {request_id})"
)]
pub struct GraphRefusal {
    /// Method of the call.
    pub method: String,
    /// Its address.
    pub url: String,
    /// HTTP status.
    pub status: u16,
    /// `error.code`, for example `Authorization_RequestDenied`.
    pub code: String,
    /// `error.message`, as Graph wrote it.
    pub message: String,
    /// For Microsoft's support.
    pub request_id: String,
}

impl GraphRefusal {
    /// What to do about it, when that is known.
    ///
    /// Source: microsoftgraph/microsoft-graph-docs: concepts/errors.md
    #[must_use]
    pub fn fix(&self) -> Option<&'static str> {
        let fix = match self.code.as_str() {
            "Authorization_RequestDenied" => {
                "sign in as somebody who may: an Application Administrator (consent for all users \
                 needs a Privileged Role Administrator), or an app with Application.ReadWrite.All, \
                 DelegatedPermissionGrant.ReadWrite.All and AppRoleAssignment.ReadWrite.All and \
                 admin consent for them; `--no-consent` leaves the consent to an administrator"
            }
            "CredentialInvalidLifetimeAsPerAppPolicy" => {
                "the tenant's app management policy allows shorter lifetimes only: give fewer days \
                 with --credential-days"
            }
            "CredentialTypeNotAllowedAsPerAppPolicy" => {
                "the tenant's app management policy forbids this kind of credential: use \
                 --credential certificate (or secret), or ask for an exemption"
            }
            "InvalidAuthenticationToken" => {
                "sign in again: the token has ended or is for another API; it must be for \
                 Microsoft Graph of this cloud"
            }
            "HostNameNotOnVerifiedDomain" => {
                "use api://CLIENT_ID, or verify the domain in the tenant first"
            }
            "KeyCredentialsInvalidEndDate" | "KeyCredentialsInvalidStartDate" => {
                "remove certificates that have ended from the registration, and check this \
                 machine's clock"
            }
            "Request_ResourceNotFound" => {
                "check the client id and the tenant; if it was removed by hand, run \
                 `skep entra setup` again"
            }
            "TooManyRequests" => {
                "wait a minute, then run the command again: it goes on where it was"
            }
            _ if self.status == 403 => "sign in as somebody who may do this",
            _ if self.status >= 500 => "try again: the command goes on where it was",
            _ => return None,
        };
        Some(fix)
    }
}

impl Error {
    /// For scripts.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Input(_) | Self::WrongTenant { .. } | Self::Foreign { .. } => ErrorKind::Usage,
            Self::SignIn(
                AuthError::Unreachable { .. } | AuthError::Timeout { .. } | AuthError::Tls { .. },
            ) => ErrorKind::Connect,
            Self::SignIn(AuthError::Settings(_) | AuthError::Keystore(_)) => ErrorKind::Usage,
            Self::SignIn(_) => ErrorKind::Auth,
            Self::Unreachable { .. } => ErrorKind::Connect,
            Self::Graph(refusal) if matches!(refusal.status, 401 | 403) => ErrorKind::Auth,
            Self::Keystore(_) => ErrorKind::Usage,
            Self::Graph(_)
            | Self::Answer { .. }
            | Self::Ambiguous { .. }
            | Self::NotEffective { .. }
            | Self::File { .. }
            | Self::Damaged { .. }
            | Self::Certificate(_) => ErrorKind::Failed,
        }
    }

    /// What to do about it; `None` when a text says so already.
    #[must_use]
    pub fn fix(&self) -> Option<String> {
        let fix = match self {
            Self::Graph(refusal) => return refusal.fix().map(str::to_owned),
            Self::WrongTenant { .. } => {
                "give the tenant of the token with --tenant, or a token of this tenant: sign in \
                 there, not in your home tenant"
            }
            Self::Unreachable { .. } => {
                "check --cloud, --graph-url, DNS and HTTPS_PROXY; a provider with its own CA \
                 needs --ca-certificate"
            }
            Self::Ambiguous { .. } => {
                "remove all but one, or say which with --adopt COMPONENT=CLIENT_ID"
            }
            Self::Foreign { .. } => {
                "take it over with --adopt COMPONENT=CLIENT_ID, or choose other names with --name"
            }
            Self::NotEffective { .. } => {
                "the old credential still works and is in use; run the command again to go on waiting"
            }
            Self::Damaged { .. } => {
                "restore the file, or remove it and run `skep entra setup` again"
            }
            Self::File { .. } => "check that the folder exists and is yours",
            Self::Input(_)
            | Self::SignIn(_)
            | Self::Answer { .. }
            | Self::Keystore(_)
            | Self::Certificate(_) => return None,
        };
        Some(fix.to_owned())
    }

    pub(crate) fn is_not_found(&self) -> bool {
        matches!(self, Self::Graph(refusal) if refusal.status == 404)
    }
}
