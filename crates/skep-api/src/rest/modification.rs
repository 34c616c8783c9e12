//! Modifying and migrating process instances.

use serde::{Deserialize, Serialize};

use super::{JsonObject, Key};

/// `POST /v2/process-instances/{processInstanceKey}/modification`
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ModifyProcessInstanceRequest {
    /// Copied to the resulting records; at least 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_reference: Option<i64>,
    /// Elements to activate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activate_instructions: Option<Vec<ActivateInstruction>>,
    /// Element instances to replace by instances of other elements.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub move_instructions: Option<Vec<MoveInstruction>>,
    /// Element instances to terminate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub terminate_instructions: Option<Vec<TerminateInstruction>>,
}

/// An element to activate.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ActivateInstruction {
    /// Its BPMN id.
    pub element_id: String,
    /// Variables to set before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variable_instructions: Option<Vec<VariableInstruction>>,
    /// The scope to activate it in; "-1", the default, is the one that is active.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ancestor_element_instance_key: Option<Key>,
}

/// Variables to set before an activation.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VariableInstruction {
    /// What to set.
    pub variables: JsonObject,
    /// BPMN id of the scope; empty, the default, is the process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope_id: Option<String>,
}

/// Element instances to terminate, and an element to activate for each.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MoveInstruction {
    /// What to terminate.
    pub source_element_instruction: SourceElementInstruction,
    /// BPMN id of what to activate.
    pub target_element_id: String,
    /// Where to activate it; absent is the scope that is active.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ancestor_scope_instruction: Option<AncestorScopeInstruction>,
    /// Variables to set before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variable_instructions: Option<Vec<VariableInstruction>>,
}

/// What a move begins with.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(tag = "sourceType", rename_all = "camelCase")]
pub enum SourceElementInstruction {
    /// All active instances of an element.
    #[serde(rename_all = "camelCase")]
    ById {
        /// Its BPMN id.
        source_element_id: String,
    },
    /// One element instance.
    #[serde(rename_all = "camelCase")]
    ByKey {
        /// Its key.
        source_element_instance_key: Key,
    },
}

/// Where a move ends.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(tag = "ancestorScopeType", rename_all = "camelCase")]
pub enum AncestorScopeInstruction {
    /// In a named scope.
    #[serde(rename_all = "camelCase")]
    Direct {
        /// Its key.
        ancestor_element_instance_key: Key,
    },
    /// In the innermost scope that source and target share.
    Inferred,
    /// In the scope of the source.
    SourceParent,
}

/// What to terminate.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(untagged)]
pub enum TerminateInstruction {
    /// One element instance.
    #[serde(rename_all = "camelCase")]
    ByKey {
        /// Its key.
        element_instance_key: Key,
    },
    /// All active instances of an element.
    #[serde(rename_all = "camelCase")]
    ById {
        /// Its BPMN id.
        element_id: String,
    },
}

/// `POST /v2/process-instances/{processInstanceKey}/migration`
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MigrateProcessInstanceRequest {
    /// Definition to run from now on.
    pub target_process_definition_key: Key,
    /// One for each active element.
    pub mapping_instructions: Vec<MappingInstruction>,
    /// Copied to the resulting records; at least 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation_reference: Option<i64>,
}

/// An element of the old definition and what takes its place.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MappingInstruction {
    /// BPMN id in the old definition.
    pub source_element_id: String,
    /// BPMN id in the new definition.
    pub target_element_id: String,
}
