//! For which tenants a command may act.

use std::sync::Arc;

use crate::{Command, TenantId};

/// The tenants whose things the sender of a command may see and change.
///
/// It travels with the command to the engine and is in no record: what was decided needs no
/// permission when it is replayed. To whoever may not see a thing, it does not exist.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum AuthorizedTenants {
    /// All of them: the command comes from the broker itself, or multi-tenancy is off.
    #[default]
    All,
    /// These.
    Only(Arc<[TenantId]>),
}

impl AuthorizedTenants {
    /// Whether things of this tenant may be seen and changed.
    #[must_use]
    pub fn contains(&self, tenant_id: &TenantId) -> bool {
        match self {
            Self::All => true,
            Self::Only(tenants) => tenants.contains(tenant_id),
        }
    }
}

/// A command, and for which tenants it may act.
#[derive(Clone, Debug, PartialEq)]
pub struct AuthorizedCommand {
    /// What to do.
    pub command: Command,
    /// Whose things it may see and change. A tenant that the command itself names has been
    /// checked by whoever sends it.
    pub tenants: AuthorizedTenants,
}

/// A command that may act for every tenant.
impl From<Command> for AuthorizedCommand {
    fn from(command: Command) -> Self {
        Self { command, tenants: AuthorizedTenants::All }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_tenants_are_all_and_some_are_only_those() {
        let (own, other) = (TenantId::from("acme"), TenantId::from("ajax"));
        assert!(AuthorizedTenants::All.contains(&other));
        let only = AuthorizedTenants::Only([own.clone()].into());
        assert!(only.contains(&own) && !only.contains(&other));
        assert!(!AuthorizedTenants::Only([].into()).contains(&TenantId::default()));
    }
}
