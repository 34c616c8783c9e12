//! Tables of what is deployed in versions: processes, decisions, forms and other files.

use std::{fmt::Debug, sync::Arc};

use skep_model::Binding;
use skep_record::{
    DecisionId, DecisionKey, DecisionValue, DeploymentKey, FormId, FormKey, FormValue, ResourceId,
    ResourceKey, ResourceValue, TenantId,
};

use crate::state::undo::Map;

/// What is deployed under an id, in versions that count from 1 for each id and tenant.
pub(crate) trait Versioned: Debug {
    type Key: Copy + Ord + Debug;
    type Id: Clone + Ord + Debug;

    fn key(&self) -> Self::Key;
    fn id(&self) -> &Self::Id;
    fn tenant_id(&self) -> &TenantId;
    fn version(&self) -> i32;
    fn version_tag(&self) -> Option<&str>;
    /// The deployment that brought it.
    fn deployment_key(&self) -> DeploymentKey;
}

/// What records say of a version is all that is known of it.
macro_rules! versioned {
    ($value:ident, $key:ident, $id:ident = $field:ident) => {
        impl Versioned for $value {
            type Key = $key;
            type Id = $id;

            fn key(&self) -> $key {
                self.key
            }

            fn id(&self) -> &$id {
                &self.$field
            }

            fn tenant_id(&self) -> &TenantId {
                &self.tenant_id
            }

            fn version(&self) -> i32 {
                self.version
            }

            fn version_tag(&self) -> Option<&str> {
                self.version_tag.as_deref()
            }

            fn deployment_key(&self) -> DeploymentKey {
                self.deployment_key
            }
        }
    };
}

versioned!(DecisionValue, DecisionKey, DecisionId = decision_id);
versioned!(FormValue, FormKey, FormId = form_id);
versioned!(ResourceValue, ResourceKey, ResourceId = resource_id);

/// All versions of all things of one kind.
#[derive(Debug)]
pub(crate) struct Versions<T: Versioned> {
    by_key: Map<T::Key, Arc<T>>,
    /// Index: every version of an id.
    by_version: Map<(TenantId, T::Id, i32), T::Key>,
    /// The highest version of an id that was deleted: it is not given out again.
    retired: Map<(TenantId, T::Id), i32>,
}

impl<T: Versioned> Default for Versions<T> {
    fn default() -> Self {
        Self { by_key: Map::default(), by_version: Map::default(), retired: Map::default() }
    }
}

impl<T: Versioned> Versions<T> {
    pub(crate) fn by_key(&self) -> &Map<T::Key, Arc<T>> {
        &self.by_key
    }

    pub(crate) fn get(&self, key: T::Key) -> Option<&Arc<T>> {
        self.by_key.get(&key)
    }

    pub(crate) fn latest(&self, tenant: &TenantId, id: &T::Id) -> Option<&Arc<T>> {
        self.versions_of(tenant, id).next_back()
    }

    pub(crate) fn version(&self, tenant: &TenantId, id: &T::Id, version: i32) -> Option<&Arc<T>> {
        self.get(*self.by_version.get(&(tenant.clone(), id.clone(), version))?)
    }

    /// All versions of an id, oldest first.
    pub(crate) fn versions_of(
        &self,
        tenant: &TenantId,
        id: &T::Id,
    ) -> impl DoubleEndedIterator<Item = &Arc<T>> + use<'_, T> {
        let from = (tenant.clone(), id.clone(), i32::MIN);
        let to = (tenant.clone(), id.clone(), i32::MAX);
        self.by_version.entries().range(from..=to).filter_map(|(_, key)| self.by_key.get(key))
    }

    /// The version of `id` that an element of a process gets which names it with this binding;
    /// the process came with `deployment`.
    pub(crate) fn bound(
        &self,
        tenant: &TenantId,
        id: &T::Id,
        binding: &Binding,
        deployment: DeploymentKey,
    ) -> Option<&Arc<T>> {
        let mut newest_first = self.versions_of(tenant, id).rev();
        match binding {
            Binding::Latest => newest_first.next(),
            Binding::Deployment => newest_first.find(|known| known.deployment_key() == deployment),
            Binding::VersionTag(tag) => {
                newest_first.find(|known| known.version_tag() == Some(&**tag))
            }
        }
    }

    pub(crate) fn insert(&mut self, new: Arc<T>) {
        let version = (new.tenant_id().clone(), new.id().clone(), new.version());
        self.by_version.insert(version, new.key());
        self.by_key.insert(new.key(), new);
    }

    /// The version with this key, unless it is retired.
    pub(crate) fn offered(&self, key: T::Key) -> Option<&Arc<T>> {
        let known = self.get(key)?;
        self.version(known.tenant_id(), known.id(), known.version())
    }

    /// Lets go of a version.
    pub(crate) fn remove(&mut self, key: T::Key) {
        self.retire(key);
        self.by_key.remove(&key);
    }

    /// Lets a version be found no more, other than by who has its key already.
    pub(crate) fn retire(&mut self, key: T::Key) {
        let Some(gone) = self.by_key.get(&key).map(Arc::clone) else { return };
        let (tenant, id) = (gone.tenant_id().clone(), gone.id().clone());
        self.by_version.remove(&(tenant.clone(), id.clone(), gone.version()));
        let retired = (tenant, id);
        if self.retired.get(&retired).is_none_or(|highest| *highest < gone.version()) {
            self.retired.insert(retired, gone.version());
        }
    }

    /// The version that the next deployment of an id makes; no version is given out twice.
    pub(crate) fn next_version(&self, tenant: &TenantId, id: &T::Id) -> i32 {
        let latest = self.latest(tenant, id).map_or(0, |latest| latest.version());
        let retired = self.retired.get(&(tenant.clone(), id.clone())).copied().unwrap_or(0);
        latest.max(retired).saturating_add(1)
    }

    /// The highest deleted version of each id.
    pub(crate) fn retired(&self) -> &Map<(TenantId, T::Id), i32> {
        &self.retired
    }

    /// Takes over what [`Versions::retired`] told.
    pub(crate) fn restore_retired(
        &mut self,
        retired: impl Iterator<Item = ((TenantId, T::Id), i32)>,
    ) {
        self.retired = retired.collect();
    }

    pub(crate) fn commit(&mut self) {
        self.by_key.commit();
        self.by_version.commit();
        self.retired.commit();
    }

    pub(crate) fn rollback(&mut self) {
        self.by_key.rollback();
        self.by_version.rollback();
        self.retired.rollback();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Deployed {
        version: i32,
        tag: Option<&'static str>,
        deployment: i64,
        tenant: TenantId,
        id: String,
    }

    impl Versioned for Deployed {
        type Key = i32;
        type Id = String;

        fn key(&self) -> i32 {
            self.version
        }

        fn id(&self) -> &String {
            &self.id
        }

        fn tenant_id(&self) -> &TenantId {
            &self.tenant
        }

        fn version(&self) -> i32 {
            self.version
        }

        fn version_tag(&self) -> Option<&str> {
            self.tag
        }

        fn deployment_key(&self) -> DeploymentKey {
            DeploymentKey(self.deployment)
        }
    }

    #[test]
    fn a_binding_selects_a_version() {
        let mut versions = Versions::default();
        for (version, tag, deployment) in
            [(1, Some("stable"), 10), (2, Some("stable"), 20), (3, None, 30), (4, Some("next"), 40)]
        {
            versions.insert(Arc::new(Deployed {
                version,
                tag,
                deployment,
                tenant: TenantId::default(),
                id: "shipping".to_owned(),
            }));
        }
        let bound = |binding: Binding, deployment| {
            let id = "shipping".to_owned();
            let deployment = DeploymentKey(deployment);
            let found = versions.bound(&TenantId::default(), &id, &binding, deployment);
            found.map(|found| found.version)
        };
        assert_eq!(bound(Binding::Latest, 10).unwrap(), 4);
        assert_eq!(bound(Binding::Deployment, 20).unwrap(), 2);
        assert_eq!(bound(Binding::Deployment, 25), None);
        assert_eq!(bound(Binding::VersionTag("stable".into()), 30).unwrap(), 2);
        assert_eq!(bound(Binding::VersionTag("next".into()), 10).unwrap(), 4);
        assert_eq!(bound(Binding::VersionTag("none".into()), 10), None);
        assert!(versions.latest(&"other".into(), &"shipping".to_owned()).is_none());
    }
}
