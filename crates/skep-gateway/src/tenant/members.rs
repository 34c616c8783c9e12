//! Tenants and their members as a configuration lists them.

use std::{collections::BTreeSet, sync::Arc};

use skep_auth::Principal;
use skep_record::TenantId;

use super::{Refusal, TenantDirectory, check_spelling};

/// A tenant, and who may use it: a caller that is named in any of the lists.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct TenantMembers {
    /// Its id: at most 31 letters, digits and characters of `_-.`; or `<default>`.
    pub tenant_id: String,
    /// What people call it.
    pub name: String,
    /// Names of users.
    pub users: BTreeSet<String>,
    /// Ids of client applications.
    pub clients: BTreeSet<String>,
    /// Groups, as the token says them.
    pub groups: BTreeSet<String>,
    /// Roles, as the token says them.
    pub roles: BTreeSet<String>,
}

/// Why tenants cannot be configured so.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TenantProblem {
    /// An id is too long, empty or has other characters.
    #[error(
        "the tenant id {0:?} is not one: it must have 1 to 31 letters, digits or characters of \
         '_-.', or be '<default>'"
    )]
    Id(String),
    /// Two tenants have this id.
    #[error("the tenant {0:?} is there twice")]
    Twice(String),
}

/// The directory that [`TenantMembers::directory`] makes.
#[derive(Debug)]
struct ConfiguredTenants(Vec<(TenantId, TenantMembers)>);

impl TenantMembers {
    /// A directory of these tenants.
    ///
    /// # Errors
    /// [`TenantProblem`]
    pub fn directory(
        tenants: impl IntoIterator<Item = Self>,
    ) -> Result<Arc<dyn TenantDirectory>, TenantProblem> {
        let mut known: Vec<(TenantId, Self)> = Vec::new();
        for tenant in tenants {
            let id = tenant.tenant_id.as_str();
            match check_spelling(id) {
                Ok(()) => (),
                Err(
                    Refusal::TooLong
                    | Refusal::Characters
                    | Refusal::Disabled
                    | Refusal::Missing
                    | Refusal::NotAssigned,
                ) => return Err(TenantProblem::Id(id.to_owned())),
            }
            let tenant_id = TenantId::from(id);
            if known.iter().any(|(other, _)| *other == tenant_id) {
                return Err(TenantProblem::Twice(id.to_owned()));
            }
            known.push((tenant_id, tenant));
        }
        Ok(Arc::new(ConfiguredTenants(known)))
    }

    /// A token of a user is that user's, whichever application it came through.
    fn has(&self, caller: &Principal) -> bool {
        let is_named = match (&caller.username, &caller.client_id) {
            (Some(user), _) => self.users.contains(user),
            (None, Some(client)) => self.clients.contains(client),
            (None, None) => false,
        };
        is_named
            || caller.groups.iter().any(|group| self.groups.contains(group))
            || caller.roles.iter().any(|role| self.roles.contains(role))
    }
}

impl TenantDirectory for ConfiguredTenants {
    fn tenants_of(&self, caller: &Principal) -> Arc<[TenantId]> {
        self.0.iter().filter(|(_, members)| members.has(caller)).map(|(id, _)| id.clone()).collect()
    }

    fn name_of(&self, tenant_id: &TenantId) -> Option<String> {
        let known = self.0.iter().find(|(known, _)| known == tenant_id);
        known.map(|(_, members)| members.name.clone())
    }
}
