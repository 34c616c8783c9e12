//! Which active root instances have which business id.

use skep_record::{BusinessId, ProcessDefinitionKey, ProcessInstanceKey};

use crate::state::{dense::Dense, instance::ProcessInstance, undo::Set};

type Entry = (ProcessDefinitionKey, BusinessId, ProcessInstanceKey);

/// Index of the instances that nobody called and that are not banned. It is kept whether or not
/// business ids must be unique, so that instances from before the setting count too.
#[derive(Debug, Default)]
pub(crate) struct BusinessIds(Set<Entry>);

impl BusinessIds {
    /// Adds the instance, if it has a business id.
    pub(crate) fn add(&mut self, instance: &ProcessInstance) {
        if let Some(entry) = entry(instance).filter(|_| !instance.is_banned()) {
            self.0.insert(entry);
        }
    }

    /// Takes the instance out, if it is in.
    pub(crate) fn remove(&mut self, instance: &ProcessInstance) {
        if let Some(entry) = entry(instance) {
            self.0.remove(&entry);
        }
    }

    /// Whether an instance of the definition has this business id.
    pub(crate) fn is_taken(&self, definition: ProcessDefinitionKey, id: &BusinessId) -> bool {
        let of_key = |key| (definition, id.clone(), ProcessInstanceKey(key));
        self.0.range(of_key(i64::MIN)..=of_key(i64::MAX)).next().is_some()
    }

    pub(crate) fn entries(&self) -> &Dense<Entry, ()> {
        self.0.entries()
    }

    pub(crate) fn commit(&mut self) {
        self.0.commit();
    }

    pub(crate) fn rollback(&mut self) {
        self.0.rollback();
    }
}

fn entry(instance: &ProcessInstance) -> Option<Entry> {
    Some((instance.definition.key, instance.root_business_id()?.clone(), instance.key))
}
