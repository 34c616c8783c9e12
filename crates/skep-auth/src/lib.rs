//! Tokens, from both sides: getting them ([`TokenSource`]) and checking them ([`Validator`]).
//!
//! Works with any OpenID Connect provider; Microsoft Entra ID is a preset, not a dependency.
//! No token, secret or key ever reaches a log, a `Debug` text or an error.

mod auth_error;
mod clock;
pub mod jose;
mod network;
mod principal;
mod secret;
mod source;
mod token_error;
mod validator;

pub use auth_error::AuthError;
pub use clock::Clock;
pub use principal::Principal;
pub use secret::Secret;
pub use source::TokenSource;
pub use token_error::{TokenError, TokenFault};
pub use validator::{KeyRefresh, TrustedIssuer, ValidationConfig, Validator, bearer_token};
