//! The table of process definitions.

use std::sync::Arc;

use skep_record::{BpmnProcessId, ProcessDefinitionKey, TenantId};

use crate::state::{definition::Definition, undo::Map};

/// All versions of all process definitions.
#[derive(Debug, Default)]
pub(crate) struct Definitions {
    by_key: Map<ProcessDefinitionKey, Arc<Definition>>,
    /// Index: every version of an id.
    versions: Map<(TenantId, BpmnProcessId, i32), ProcessDefinitionKey>,
}

impl Definitions {
    pub(crate) fn by_key(&self) -> &Map<ProcessDefinitionKey, Arc<Definition>> {
        &self.by_key
    }

    pub(crate) fn get(&self, key: ProcessDefinitionKey) -> Option<&Arc<Definition>> {
        self.by_key.get(&key)
    }

    pub(crate) fn latest(&self, tenant: &TenantId, id: &BpmnProcessId) -> Option<&Arc<Definition>> {
        self.versions_of(tenant, id).next_back()
    }

    pub(crate) fn version(
        &self,
        tenant: &TenantId,
        id: &BpmnProcessId,
        version: i32,
    ) -> Option<&Arc<Definition>> {
        self.get(*self.versions.get(&(tenant.clone(), id.clone(), version))?)
    }

    /// All versions of an id, oldest first.
    pub(crate) fn versions_of(
        &self,
        tenant: &TenantId,
        id: &BpmnProcessId,
    ) -> impl DoubleEndedIterator<Item = &Arc<Definition>> {
        let from = (tenant.clone(), id.clone(), i32::MIN);
        let to = (tenant.clone(), id.clone(), i32::MAX);
        self.versions.entries().range(from..=to).filter_map(|(_, key)| self.by_key.get(key))
    }

    pub(crate) fn insert(&mut self, definition: Arc<Definition>) {
        self.versions.insert(
            (definition.tenant_id.clone(), definition.bpmn_process_id.clone(), definition.version),
            definition.key,
        );
        self.by_key.insert(definition.key, definition);
    }

    pub(crate) fn commit(&mut self) {
        self.by_key.commit();
        self.versions.commit();
    }

    pub(crate) fn rollback(&mut self) {
        self.by_key.rollback();
        self.versions.rollback();
    }
}
