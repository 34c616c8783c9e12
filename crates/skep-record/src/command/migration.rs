//! Moving a running instance to another process definition.

use serde::{Deserialize, Serialize};

use crate::{ElementId, ProcessDefinitionKey, ProcessInstanceKey};

/// Lets a running instance go on as one of another process definition; all of it or nothing.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct MigrateProcessInstance {
    /// The instance.
    pub process_instance_key: ProcessInstanceKey,
    /// The definition that it will run.
    pub target_process_definition_key: ProcessDefinitionKey,
    /// What becomes of its elements.
    pub mappings: Vec<ElementMapping>,
    /// As in [`crate::CreateProcessInstance`].
    pub operation_reference: u64,
}

/// Which element of the target definition takes the place of one of the source definition.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub struct ElementMapping {
    /// The element that the instance runs, or waits for.
    pub source_element_id: ElementId,
    /// What takes its place.
    pub target_element_id: ElementId,
}
