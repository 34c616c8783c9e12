//! The grants of the token endpoint, one file each.

pub(crate) mod authorization_code;
pub(crate) mod client_credentials;
pub(crate) mod device_code;
pub(crate) mod refresh_token;
mod user_tokens;

use axum::http::HeaderMap;

use crate::server::{ApiVersion, Form, Site, Tenant};

/// A token request.
#[derive(Clone, Copy)]
pub(crate) struct TokenRequest<'a> {
    pub(crate) site: &'a Site,
    pub(crate) tenant: Tenant,
    pub(crate) version: ApiVersion,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) form: &'a Form,
}
