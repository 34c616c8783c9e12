//! Batch operations.

use serde::{Deserialize, Serialize};

use super::{
    DecisionInstanceFilter, Key, MappingInstruction, ProcessInstanceFilter, PropertyFilter,
};

/// `POST /v2/process-instances/cancellation`, `/incident-resolution` and `/deletion`
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct BatchOperationRequest {
    /// Which instances; required.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<ProcessInstanceFilter>,
    /// Copied to the resulting records; at least 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_reference: Option<i64>,
}

/// `POST /v2/decision-instances/deletion`
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct DecisionInstancesDeletionRequest {
    /// Which evaluated decisions; required.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<DecisionInstanceFilter>,
    /// Copied to the resulting records; at least 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_reference: Option<i64>,
}

/// `POST /v2/decision-instances/{decisionEvaluationKey}/deletion`
#[derive(Clone, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct DeleteDecisionInstanceRequest {
    /// Copied to the resulting records; at least 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_reference: Option<i64>,
}

/// `POST /v2/process-instances/migration`
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct MigrationBatchOperationRequest {
    /// Which instances; required.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<ProcessInstanceFilter>,
    /// How; required.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub migration_plan: Option<MigrationPlan>,
    /// Copied to the resulting records; at least 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_reference: Option<i64>,
}

/// How many instances are migrated.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MigrationPlan {
    /// Definition to run from now on.
    pub target_process_definition_key: Key,
    /// One for each active element.
    pub mapping_instructions: Vec<MappingInstruction>,
}

/// `POST /v2/process-instances/modification`
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ModificationBatchOperationRequest {
    /// Which instances; required.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<ProcessInstanceFilter>,
    /// What is moved where; at least one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub move_instructions: Option<Vec<BatchMoveInstruction>>,
    /// Copied to the resulting records; at least 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_reference: Option<i64>,
}

/// Element instances to terminate, and an element to activate for each.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BatchMoveInstruction {
    /// BPMN id of what to terminate.
    pub source_element_id: String,
    /// BPMN id of what to activate.
    pub target_element_id: String,
}

/// The answer to all that create a batch operation.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreatedBatchOperation {
    /// Its key.
    pub batch_operation_key: Key,
    /// What it does, such as `CANCEL_PROCESS_INSTANCE`.
    pub batch_operation_type: String,
}

/// `GET /v2/batch-operations/{batchOperationKey}`
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchOperation {
    /// Its key.
    pub batch_operation_key: Key,
    /// Where it is in its life, such as `ACTIVE`.
    pub state: String,
    /// What it does, such as `CANCEL_PROCESS_INSTANCE`.
    pub batch_operation_type: String,
    /// When it was created.
    pub start_date: Option<String>,
    /// When it ended.
    pub end_date: Option<String>,
    /// Kind of who created it.
    pub actor_type: Option<String>,
    /// Who created it.
    pub actor_id: Option<String>,
    /// Items found.
    pub operations_total_count: u64,
    /// Items that could not be done.
    pub operations_failed_count: u64,
    /// Items that were done.
    pub operations_completed_count: u64,
    /// Partitions that could not select process instances.
    pub errors: Vec<BatchOperationError>,
}

/// Why a partition could not select process instances.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchOperationError {
    /// The partition.
    pub partition_id: u16,
    /// `QUERY_FAILED`
    #[serde(rename = "type")]
    pub kind: String,
    /// In words.
    pub message: String,
}

/// Selects batch operations: everything given must hold.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct BatchOperationFilter {
    /// Its key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch_operation_key: Option<PropertyFilter<Key>>,
    /// What it does, such as `CANCEL_PROCESS_INSTANCE`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_type: Option<PropertyFilter<String>>,
    /// Where it is in its life, such as `ACTIVE`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<PropertyFilter<String>>,
    /// Kind of who created it: `ANONYMOUS`, `CLIENT`, `UNKNOWN` or `USER`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor_type: Option<String>,
    /// Who created it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor_id: Option<PropertyFilter<String>>,
}

/// Selects items of batch operations: everything given must hold.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct BatchOperationItemFilter {
    /// The batch operation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch_operation_key: Option<PropertyFilter<Key>>,
    /// What it works on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item_key: Option<PropertyFilter<Key>>,
    /// The process instance that this is or belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process_instance_key: Option<PropertyFilter<Key>>,
    /// `ACTIVE`, `COMPLETED`, `FAILED` or `CANCELED`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<PropertyFilter<String>>,
    /// Such as `CANCEL_PROCESS_INSTANCE`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_type: Option<PropertyFilter<String>>,
}

/// What a batch operation works on.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchOperationItem {
    /// What is done with it, such as `CANCEL_PROCESS_INSTANCE`.
    pub operation_type: String,
    /// The batch operation.
    pub batch_operation_key: Key,
    /// Key of an incident where one is resolved, else of the process instance.
    pub item_key: String,
    /// The process instance.
    pub process_instance_key: Key,
    /// The process instance that is not called by another; `null` where it is not known.
    pub root_process_instance_key: Option<Key>,
    /// `ACTIVE` until it was worked on, then `COMPLETED` or `FAILED`; `CANCELED` if the batch
    /// operation has ended before.
    pub state: String,
    /// When it was worked on.
    pub processed_date: Option<String>,
    /// Why it could not be done.
    pub error_message: Option<String>,
}
