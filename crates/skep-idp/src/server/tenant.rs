//! The tenant segment of an address.

use uuid::{Uuid, uuid};

use super::Site;
use crate::{
    client::Credentials,
    refusal::{Refusal, RequestFault},
    registry::Index,
};

/// The tenant of personal accounts.
const CONSUMERS: Uuid = uuid!("9188040d-6c67-4c5b-b112-36a304b66dad");

/// What the tenant segment names.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Tenant {
    /// This provider's, by id or domain.
    Own(Uuid),
    /// Any tenant, with or without personal accounts.
    Shared(&'static str),
    /// Personal accounts.
    Consumers,
}

impl Tenant {
    /// Reads the segment; ids and names are compared without regard to case, since MSAL for Go
    /// lower-cases whole addresses.
    pub(crate) fn parse(site: &Site, segment: &str) -> Result<Self, RequestFault> {
        let own = site.core.registry.tenant_id();
        let lower = segment.to_ascii_lowercase();
        match lower.as_str() {
            "common" => return Ok(Self::Shared("common")),
            "organizations" => return Ok(Self::Shared("organizations")),
            "consumers" => return Ok(Self::Consumers),
            _ => (),
        }
        let is_guid = lower.len() == 36;
        match Uuid::parse_str(&lower) {
            Ok(id) if is_guid && id == own => Ok(Self::Own(own)),
            Ok(id) if is_guid && id == CONSUMERS => Ok(Self::Consumers),
            Ok(_) if is_guid => {
                Err(RequestFault::UnknownTenant { tenant: lower, at_discovery: false })
            }
            _ if lower == site.core.config.tenant_domain.to_ascii_lowercase() => Ok(Self::Own(own)),
            _ if is_domain(&lower) => {
                Err(RequestFault::UnknownTenant { tenant: lower, at_discovery: false })
            }
            _ => Err(RequestFault::MalformedTenant { tenant: lower }),
        }
    }

    /// The provider's own tenant; its applications have no other.
    pub(crate) fn own(
        self,
        site: &Site,
        credentials: &Credentials,
        index: &Index,
    ) -> Result<Uuid, Refusal> {
        match self {
            Self::Own(id) => Ok(id),
            Self::Shared(tenant) => {
                let app = Some(credentials.find(site, index)?.app.app_id);
                Err(RequestFault::SingleTenantApp { app, tenant }.into())
            }
            Self::Consumers => Err(RequestFault::GrantNotForConsumers.into()),
        }
    }

    /// The segment that published addresses use.
    pub(crate) fn segment(self) -> String {
        match self {
            Self::Own(id) => id.to_string(),
            Self::Shared(name) => name.to_owned(),
            Self::Consumers => "consumers".to_owned(),
        }
    }

    /// The segment in the issuer: a placeholder where tokens of many tenants are issued.
    pub(crate) fn issuer_segment(self) -> String {
        match self {
            Self::Own(id) => id.to_string(),
            Self::Shared(_) => "{tenantid}".to_owned(),
            Self::Consumers => CONSUMERS.to_string(),
        }
    }
}

fn is_domain(text: &str) -> bool {
    text.contains('.')
        && text.split('.').all(|label| {
            !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        })
}
