//! Tenants: which of them a caller may use, and the check of those that a request names.
//!
//! While multi-tenancy is off there is only the default one. Texts and codes are those of the
//! gateway of 8.6; REST answers 403 to a tenant that is not the caller's, as from 8.8 on.
//!
//! Source: camunda/zeebe: zeebe/gateway-grpc, `RequestMapper.ensureTenantIdSet`;
//! camunda/camunda: zeebe/gateway-rest, `MultiTenancyValidator`.

mod members;

use std::{fmt, sync::Arc};

use skep_auth::Principal;
use skep_record::{AuthorizedTenants, TenantId};

pub use self::members::{TenantMembers, TenantProblem};
use crate::problem::{Kind, Problem};

/// Most characters of a tenant's id.
const CHARS_MAX: usize = 31;

/// Whether there are tenants, and which of them a caller may use.
#[derive(Clone, Debug, Default)]
pub enum MultiTenancy {
    /// There is only the default tenant, and everybody may use it.
    #[default]
    Disabled,
    /// A caller may use those tenants that it is assigned to.
    Enabled(Arc<dyn TenantDirectory>),
}

/// Knows the tenants and who is assigned to them.
///
/// [`TenantMembers`] is the one that a configuration makes.
pub trait TenantDirectory: fmt::Debug + Send + Sync {
    /// The tenants that the caller may use.
    fn tenants_of(&self, caller: &Principal) -> Arc<[TenantId]>;

    /// What people call the tenant; `None` when there is none with this id.
    fn name_of(&self, tenant_id: &TenantId) -> Option<String>;
}

/// The tenants that the caller of one request may use.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum CallerTenants {
    /// Multi-tenancy is off.
    Default,
    /// Those assigned to the caller.
    Assigned(Arc<[TenantId]>),
}

impl MultiTenancy {
    /// The tenants of a caller; without authentication it is nobody, who has none.
    pub(crate) fn tenants_of(&self, caller: Option<&Principal>) -> CallerTenants {
        match (self, caller) {
            (Self::Disabled, _) => CallerTenants::Default,
            (Self::Enabled(_), None) => CallerTenants::Assigned([].into()),
            (Self::Enabled(directory), Some(caller)) => {
                CallerTenants::Assigned(directory.tenants_of(caller))
            }
        }
    }
}

/// Why a tenant cannot be used.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Refusal {
    Disabled,
    Missing,
    TooLong,
    Characters,
    NotAssigned,
}

impl Refusal {
    fn problem(self, request: &str, which: &str) -> Problem {
        let (kind, reason) = match self {
            Self::Disabled => (
                Kind::InvalidArgument,
                "multi-tenancy is disabled: use '<default>' or none, or enable it with \
                 camunda.security.multiTenancy.checksEnabled",
            ),
            Self::Missing => (Kind::InvalidArgument, "no tenant identifier was provided"),
            Self::TooLong => {
                (Kind::InvalidArgument, "tenant identifier is longer than 31 characters")
            }
            Self::Characters => (
                Kind::InvalidArgument,
                "tenant identifier contains illegal characters: it may have letters, digits and \
                 characters of '_-.'",
            ),
            Self::NotAssigned => {
                (Kind::PermissionDenied, "tenant is not authorized to perform this request")
            }
        };
        Problem::new(
            kind,
            format!("Expected to handle {request} with tenant {which}, but {reason}"),
        )
    }
}

impl CallerTenants {
    /// For whom the caller's commands may act.
    pub(crate) fn authorized(&self) -> AuthorizedTenants {
        match self {
            Self::Default => AuthorizedTenants::All,
            Self::Assigned(tenants) => AuthorizedTenants::Only(Arc::clone(tenants)),
        }
    }

    /// The tenant of a request that names one, or none.
    ///
    /// `request` names the request in the error, for example `gRPC request DeployResource`.
    pub(crate) fn one(&self, request: &str, tenant_id: &str) -> Result<TenantId, Problem> {
        self.check(tenant_id).map_err(|refusal| {
            refusal.problem(request, &format!("identifier '{}'", shortened(tenant_id)))
        })
    }

    /// The tenants of a request that names several, or none.
    pub(crate) fn several(
        &self,
        request: &str,
        tenant_ids: &[String],
    ) -> Result<Vec<TenantId>, Problem> {
        let checked = match self {
            Self::Default if tenant_ids.is_empty() => Ok(vec![TenantId::default()]),
            Self::Assigned(_) if tenant_ids.is_empty() => Err(Refusal::Missing),
            Self::Default | Self::Assigned(_) => {
                tenant_ids.iter().map(|id| self.check(id)).collect::<Result<Vec<_>, _>>()
            }
        };
        let mut tenants = checked.map_err(|refusal| {
            let ids: Vec<_> = tenant_ids.iter().map(|id| shortened(id)).collect();
            refusal.problem(request, &format!("identifiers '{ids:?}'"))
        })?;
        tenants.sort_unstable();
        tenants.dedup();
        Ok(tenants)
    }

    /// All tenants of the caller.
    pub(crate) fn all(&self) -> Vec<TenantId> {
        match self {
            Self::Default => vec![TenantId::default()],
            Self::Assigned(tenants) => tenants.to_vec(),
        }
    }

    /// All tenants of the caller, for requests that leave the choice to the server.
    pub(crate) fn assigned(&self, request: &str) -> Result<Vec<TenantId>, Problem> {
        match self {
            Self::Default => Err(Problem::invalid_argument(format!(
                "Expected to handle {request} with ASSIGNED tenant filter, but multi-tenancy is \
                 disabled"
            ))),
            Self::Assigned(tenants) => Ok(tenants.to_vec()),
        }
    }

    fn check(&self, tenant_id: &str) -> Result<TenantId, Refusal> {
        match self {
            Self::Default if tenant_id.is_empty() || tenant_id == TenantId::DEFAULT => {
                Ok(TenantId::default())
            }
            Self::Default => Err(Refusal::Disabled),
            Self::Assigned(_) if tenant_id.is_empty() => Err(Refusal::Missing),
            Self::Assigned(tenants) => {
                check_spelling(tenant_id)?;
                let known = tenants.iter().find(|known| ***known == *tenant_id);
                known.cloned().ok_or(Refusal::NotAssigned)
            }
        }
    }
}

fn check_spelling(tenant_id: &str) -> Result<(), Refusal> {
    if tenant_id == TenantId::DEFAULT {
        return Ok(());
    }
    if tenant_id.chars().count() > CHARS_MAX {
        return Err(Refusal::TooLong);
    }
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    if tenant_id.is_empty() || !tenant_id.bytes().all(is_allowed) {
        return Err(Refusal::Characters);
    }
    Ok(())
}

/// So much of an id as an error repeats.
fn shortened(tenant_id: &str) -> &str {
    tenant_id.char_indices().nth(2 * CHARS_MAX).map_or(tenant_id, |(end, _)| &tenant_id[..end])
}

#[cfg(test)]
mod tests;
