//! `skep.idp.*`: the settings of the embedded provider.

use std::{path::PathBuf, time::Duration};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::Error;

/// `skep.idp.*`: what the provider calls itself, how long its tokens live, what it refuses.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct IdpConfig {
    /// Host of the one canonical origin, in the issuer and in every published address.
    pub public_host: String,
    /// Port of the canonical origin, when a proxy maps it; absent means the port listened on.
    pub public_port: Option<u16>,
    /// Tenant id; absent means the one made on the first start.
    pub tenant_id: Option<Uuid>,
    /// Verified domain of the tenant, accepted in its place in addresses.
    pub tenant_domain: String,
    /// Lifetime of access tokens in seconds, 5 to 86 400; absent means a random 60 to 90 minutes,
    /// as Entra does.
    pub access_token_lifetime_s: Option<u32>,
    /// PEM of further certificate authorities to trust where the keys of other issuers are fetched
    /// (federated credentials), beside the system's and the provider's own.
    pub ca_certificate_path: Option<PathBuf>,
    /// What the server takes on.
    pub limits: Limits,
}

/// `skep.idp.limits.*`: bounds on what one server takes on.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Limits {
    /// Connections open at once; more wait in the system's backlog.
    pub connections_max: usize,
    /// Connections accepted per second, after a burst of twice as many.
    pub connections_per_s: u32,
    /// Bytes of a request body.
    pub body_bytes_max: usize,
    /// Bytes of a request's header section.
    pub header_bytes_max: u32,
    /// Bytes of a client assertion.
    pub assertion_bytes_max: usize,
    /// Milliseconds for a TLS handshake, and for a request to arrive and be answered.
    pub request_timeout_ms: u64,
}

impl Default for IdpConfig {
    fn default() -> Self {
        Self {
            public_host: "localhost".to_owned(),
            public_port: None,
            tenant_id: None,
            tenant_domain: "skep.test".to_owned(),
            access_token_lifetime_s: None,
            ca_certificate_path: None,
            limits: Limits::default(),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections_max: 1024,
            connections_per_s: 1000,
            body_bytes_max: 64 * 1024,
            header_bytes_max: 32 * 1024,
            assertion_bytes_max: 32 * 1024,
            request_timeout_ms: 30_000,
        }
    }
}

impl IdpConfig {
    /// Refuses settings that would only fail later.
    ///
    /// # Errors
    /// [`Error::Invalid`]: a value is out of its range.
    pub fn check(&self) -> Result<(), Error> {
        let invalid = |name: &str, why: &str| {
            Err(Error::Invalid(format!("the setting skep.idp.{name} {why}")))
        };
        let is_name = |c: char| c.is_ascii_alphanumeric() || ".-:[]_".contains(c);
        if self.public_host.is_empty() || !self.public_host.chars().all(is_name) {
            return invalid("publicHost", "must be a host name or an IP address");
        }
        let is_domain = self.tenant_domain.contains('.')
            && self.tenant_domain.chars().all(|c| c.is_ascii_alphanumeric() || ".-".contains(c));
        if !is_domain {
            return invalid("tenantDomain", "must be a domain name with a dot");
        }
        if self.tenant_id.is_some_and(|id| id.is_nil()) {
            return invalid("tenantId", "must not be all zeros");
        }
        if self.access_token_lifetime_s.is_some_and(|s| !(5..=86_400).contains(&s)) {
            return invalid("accessTokenLifetimeS", "must be 5 to 86400 seconds");
        }
        let limits = &self.limits;
        if limits.connections_max == 0 || limits.connections_per_s == 0 {
            return invalid("limits", "must allow at least one connection");
        }
        if limits.header_bytes_max < 8192 {
            return invalid("limits.headerBytesMax", "must be at least 8192");
        }
        if limits.request_timeout_ms == 0 {
            return invalid("limits.requestTimeoutMs", "must be at least 1");
        }
        Ok(())
    }
}

impl Limits {
    pub(crate) fn request_timeout(&self) -> Duration {
        Duration::from_millis(self.request_timeout_ms)
    }
}
