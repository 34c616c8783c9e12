//! Tokens, from both sides: getting them ([`TokenSource`]) and checking them ([`Validator`]).
//!
//! Works with any OpenID Connect provider; Microsoft Entra ID is a preset, not a dependency.
//! No token, secret or key ever reaches a log, a `Debug` text or an error.

pub mod aadsts;
mod assertion;
mod auth_error;
mod basic;
mod clock;
mod credentials;
mod discovery;
pub mod jose;
mod keystore;
mod keystore_error;
pub mod network;
mod principal;
pub mod private_file;
mod secret;
pub mod settings;
mod source;
mod token_error;
mod trust;
mod validator;

pub use assertion::AssertionOptions;
pub use auth_error::{AuthError, Refusal};
pub use basic::BasicUsers;
pub use clock::Clock;
pub use credentials::{
    CertificateFile, ClientCredentials, Credential, FetchPolicy, TokenEndpoint, is_entra_v2,
};
pub use discovery::{Discovery, DiscoveryAnswer};
pub use keystore::{ClientCertificate, KeystoreAccess, NewCertificate, TlsIdentity};
pub use keystore_error::{KeystoreError, KeystoreProblem};
pub use principal::{ClaimMapping, Principal};
pub use secret::Secret;
pub use settings::ClientSettings;
pub use source::{DeviceCode, IdentityEndpoint, ManagedIdentity, TokenMetrics, TokenSource};
pub use token_error::{TokenError, TokenFault};
pub use trust::{ShownChain, Trust};
pub use validator::{
    KeyMetrics, KeyRefresh, TrustedIssuer, ValidationConfig, Validator, ValidatorMetrics,
    audience_forms, bearer_token,
};
