//! Every address that the provider publishes, built from its one canonical origin.

use uuid::Uuid;

/// The provider's public addresses.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Endpoints {
    /// The canonical origin, for example `https://localhost:8443`; no trailing slash.
    pub origin: String,
    /// The tenant.
    pub tenant_id: Uuid,
}

impl Endpoints {
    /// `iss` of v2.0 tokens.
    #[must_use]
    pub fn issuer(&self) -> String {
        self.of_tenant("/v2.0")
    }

    /// `iss` of v1.0 tokens. It ends with a slash, as Entra's does.
    #[must_use]
    pub fn issuer_v1(&self) -> String {
        self.of_tenant("/")
    }

    /// The v2.0 token endpoint.
    #[must_use]
    pub fn token_endpoint(&self) -> String {
        self.of_tenant("/oauth2/v2.0/token")
    }

    /// The v2.0 key set.
    #[must_use]
    pub fn jwks_uri(&self) -> String {
        self.of_tenant("/discovery/v2.0/keys")
    }

    /// The v1.0 key set.
    #[must_use]
    pub fn jwks_uri_v1(&self) -> String {
        self.of_tenant("/discovery/keys")
    }

    /// The v2.0 discovery document.
    #[must_use]
    pub fn discovery_uri(&self) -> String {
        self.of_tenant("/v2.0/.well-known/openid-configuration")
    }

    fn of_tenant(&self, path: &str) -> String {
        format!("{}/{}{path}", self.origin, self.tenant_id)
    }
}
