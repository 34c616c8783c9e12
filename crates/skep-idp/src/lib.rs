//! An identity provider that clients of Microsoft Entra ID accept unchanged, for development and
//! tests.
//!
//! ```no_run
//! # async fn run() -> Result<(), skep_idp::Error> {
//! let provider = skep_idp::Provider::open("data/idp".as_ref(), skep_idp::IdpConfig::default())?;
//! let app = provider.registry().add_app(skep_idp::NewApp::named("orders"))?;
//! let (_, secret) = provider.registry().add_secret(app.app_id, Default::default())?;
//! let running = provider.serve(([127, 0, 0, 1], 8443).into()).await?;
//! // POST client_id, client_secret and scope=<app id>/.default to running.endpoints()
//! // .token_endpoint(), trusting provider.ca_certificate_path().
//! # drop(secret); running.shutdown().await; Ok(())
//! # }
//! ```
//!
//! Skep itself trusts an issuer, an audience and a key set and never links this crate's server
//! from its gateway: moving to the real service is configuration. Secrets, assertions and tokens
//! never reach a log, a `Debug` text or, beyond the sample applications' own file, the disk.

mod access_token;
mod admin;
mod admin_page;
mod admin_token;
mod client;
mod config;
mod dates;
mod delegated;
mod dev;
mod endpoints;
mod error;
mod faults;
mod grant;
mod graph;
mod hidden;
mod issue;
mod keys;
mod provider;
mod random;
mod refusal;
mod registry;
mod resource;
mod seal;
mod server;
mod signin;
mod storage;
mod tls;

pub use admin::{Administration, SigningKeyInfo};
pub use config::{IdpConfig, Limits};
pub use dev::{DevCertificateApp, DevCredentials, DevSecretApp, DevUser};
pub use endpoints::Endpoints;
pub use error::{BoxError, Error};
pub use faults::Faults;
pub use provider::Provider;
pub use registry::{
    App, AppRole, AppRoleAssignment, CertificateInfo, ConsentGrant, FederatedCredential, Group,
    GroupClaims, MemberType, NewApp, NewSecret, NewUser, PermissionKind, PermissionScope,
    RedirectUris, Registry, RequiredAccess, RequiredPermission, SecretInfo, ServicePrincipal, User,
};
pub use server::RunningProvider;
