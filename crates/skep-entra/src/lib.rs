//! Registrations in Microsoft Entra ID, over Microsoft Graph: what the guide does in the portal.
//!
//! [`Setup`] registers the Zeebe client and the web applications and writes what clients and the
//! server need; [`Rotation`] replaces a credential without an outage; [`Audit`] says what needs
//! doing. All of them work against every cloud of Microsoft and against the embedded provider,
//! read what exists and change only what differs.
//!
//! Secrets go from Graph into files of mode 0600 and nowhere else: not into logs, `Debug` texts
//! or errors.

mod audit;
mod call;
mod cloud;
mod component;
mod credential;
mod directory;
mod error;
mod files;
mod model;
mod record;
mod registration;
mod rotation;
mod setup;
mod sign_in;

pub use audit::{Audit, Finding, Findings, Level};
pub use call::Call;
pub use cloud::{Cloud, NamedCloud};
pub use component::{Component, Platform};
pub use credential::{CredentialKind, upload_certificate};
pub use directory::{Directory, Patience};
pub use error::{Error, ErrorKind, GraphRefusal};
pub use record::{Record, RecordedComponent, RecordedCredential};
pub use rotation::{Rotated, Rotation};
pub use setup::{Plan, Registered, SetUp, Setup};
pub use sign_in::{SignIn, resolve_tenant, sign_in};
