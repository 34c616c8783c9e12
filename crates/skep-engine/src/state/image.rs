//! A process instance as bytes: what a snapshot has of it, and what is kept while it is idle.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use skep_record::{ProcessDefinitionKey, ProcessInstanceKey};

use crate::state::{
    definition::Definition,
    element_table::ElementTable,
    instance::{InstanceDetails, ProcessInstance},
};

/// An instance as it is written; what it borrows is the aggregate's.
#[derive(Deserialize, Serialize)]
struct Fields<E, D> {
    key: ProcessInstanceKey,
    definition: ProcessDefinitionKey,
    elements: E,
    details: D,
}

/// An instance that was read, but for what its definition is.
pub(crate) struct Image(Fields<ElementTable, Option<Box<InstanceDetails>>>);

/// Adds the bytes of an instance to `out`. Equal instances have equal bytes.
pub(crate) fn write(instance: &ProcessInstance, out: Vec<u8>) -> Vec<u8> {
    let fields = Fields {
        key: instance.key,
        definition: instance.definition.key,
        elements: &instance.elements,
        details: &instance.details,
    };
    // Extending a `Vec` cannot fail, and every type here has a known shape.
    postcard::to_extend(&fields, out).unwrap_or_default()
}

/// The key of the instance with these bytes.
pub(crate) fn key(bytes: &[u8]) -> Result<ProcessInstanceKey, postcard::Error> {
    postcard::take_from_bytes(bytes).map(|(key, _)| key)
}

impl Image {
    /// Reads one instance off the bytes; answers what follows it.
    pub(crate) fn read(bytes: &[u8]) -> Result<(Self, &[u8]), postcard::Error> {
        let (fields, rest) = postcard::take_from_bytes(bytes)?;
        Ok((Self(fields), rest))
    }

    pub(crate) fn definition(&self) -> ProcessDefinitionKey {
        self.0.definition
    }

    /// The instance; no batch has touched it yet.
    pub(crate) fn into_instance(self, definition: Arc<Definition>) -> ProcessInstance {
        let Fields { key, elements, details, .. } = self.0;
        ProcessInstance { key, definition, elements, details, stamp: 0 }
    }
}
