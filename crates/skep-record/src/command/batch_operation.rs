//! Doing the same with many process instances.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    BatchOperationKey, ElementMapping, HistoryType, MoveInstruction, ProcessDefinitionKey,
    ProcessInstanceFilter, ProcessInstanceKey, TenantId, element::names,
};

names! {
    /// What batch operations do.
    BatchOperationType {
        CancelProcessInstance = "CANCEL_PROCESS_INSTANCE",
        ResolveIncident = "RESOLVE_INCIDENT",
        MigrateProcessInstance = "MIGRATE_PROCESS_INSTANCE",
        ModifyProcessInstance = "MODIFY_PROCESS_INSTANCE",
        DeleteProcessInstance = "DELETE_PROCESS_INSTANCE",
        DeleteDecisionInstance = "DELETE_DECISION_INSTANCE",
    }

    /// What can be done about a batch operation.
    BatchOperationAction {
        Suspend = "SUSPEND",
        Resume = "RESUME",
        Cancel = "CANCEL",
    }
}

/// `BATCH_OPERATION_CREATION:CREATE`: does something with every process instance that a filter
/// selects, on all partitions.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct CreateBatchOperation {
    /// What is done with which instances.
    pub order: BatchOperationOrder,
    /// An instance that must exist on the partition that this command goes to.
    pub process_instance_key: Option<ProcessInstanceKey>,
    /// As in [`crate::CreateProcessInstance`].
    pub operation_reference: u64,
}

/// What is done with which process instances.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct BatchOperationOrder {
    /// What is done with each.
    pub plan: BatchOperationPlan,
    /// Which of those that run.
    pub filter: ProcessInstanceFilter,
    /// Tenants whose instances may be taken.
    pub tenant_ids: Vec<TenantId>,
}

/// What is done with each process instance.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub enum BatchOperationPlan {
    /// It is cancelled, if it is a root instance.
    CancelProcessInstance,
    /// Its incidents are resolved.
    ResolveIncidents,
    /// It is migrated.
    MigrateProcessInstance {
        /// The definition that it will run.
        target_process_definition_key: ProcessDefinitionKey,
        /// What becomes of its elements.
        mappings: Vec<ElementMapping>,
    },
    /// Element instances are moved; a move whose source does not run is left out.
    ModifyProcessInstance {
        /// At least one.
        moves: Vec<MoveInstruction>,
    },
    /// What is known of them is deleted. They have ended, so that no partition can look for them:
    /// the filter selects nothing.
    DeleteHistory {
        /// What they are.
        history_type: HistoryType,
        /// Which they are.
        keys: BTreeSet<i64>,
    },
}

impl BatchOperationPlan {
    /// Zeebe's type of it.
    #[must_use]
    pub fn operation_type(&self) -> BatchOperationType {
        match self {
            Self::CancelProcessInstance => BatchOperationType::CancelProcessInstance,
            Self::ResolveIncidents => BatchOperationType::ResolveIncident,
            Self::MigrateProcessInstance { .. } => BatchOperationType::MigrateProcessInstance,
            Self::ModifyProcessInstance { .. } => BatchOperationType::ModifyProcessInstance,
            Self::DeleteHistory { history_type: HistoryType::ProcessInstance, .. } => {
                BatchOperationType::DeleteProcessInstance
            }
            Self::DeleteHistory { history_type: HistoryType::DecisionInstance, .. } => {
                BatchOperationType::DeleteDecisionInstance
            }
        }
    }
}

impl BatchOperationOrder {
    /// About how many bytes it takes.
    #[must_use]
    pub fn len_bytes(&self) -> usize {
        let plan = match &self.plan {
            BatchOperationPlan::CancelProcessInstance | BatchOperationPlan::ResolveIncidents => 1,
            BatchOperationPlan::MigrateProcessInstance { mappings, .. } => {
                let ids = |mapping: &ElementMapping| {
                    4 + mapping.source_element_id.len() + mapping.target_element_id.len()
                };
                10 + mappings.iter().map(ids).sum::<usize>()
            }
            BatchOperationPlan::ModifyProcessInstance { moves } => {
                moves.iter().map(|to_move| 64 + to_move.target_element_id.len()).sum()
            }
            BatchOperationPlan::DeleteHistory { keys, .. } => 10 + 10 * keys.len(),
        };
        let tenants = self.tenant_ids.iter().map(|tenant| tenant.len() + 2).sum::<usize>();
        plan + self.filter.len_bytes() + tenants
    }
}

/// `BATCH_OPERATION_LIFECYCLE_MANAGEMENT:…`
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
pub struct ControlBatchOperation {
    /// The batch operation.
    pub batch_operation_key: BatchOperationKey,
    /// What to do about it.
    pub action: BatchOperationAction,
}
