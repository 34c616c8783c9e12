//! The grants of the token endpoint, one file each.

pub(crate) mod client_credentials;
