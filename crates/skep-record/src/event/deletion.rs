//! Events of resources that are deleted.

use serde::{Deserialize, Serialize};

use crate::{BpmnProcessId, DeploymentKey, ProcessDefinitionKey, TenantId, element::names};

names! {
    /// Steps of a deletion.
    ResourceDeletionIntent {
        Deleting = "DELETING",
        Deleted = "DELETED",
    }

    /// Steps in the end of a version of a process definition.
    ProcessDeletionIntent {
        Deleting = "DELETING",
        Deleted = "DELETED",
    }
}

/// The deletion of a resource, as every partition carries it out.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
pub struct DistributedDeletion {
    /// Key of a process definition, a decision requirements graph, a form or another file.
    pub resource_key: i64,
    /// Deployment that brought it: a partition that does not know it yet waits for that.
    pub deployment_key: DeploymentKey,
}

/// A version of a process definition that is deleted.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct ProcessDeletionValue {
    /// Key of the definition.
    pub process_definition_key: ProcessDefinitionKey,
    /// The process's id in the BPMN file.
    pub bpmn_process_id: BpmnProcessId,
    /// Version of that id.
    pub version: i32,
    /// Its tenant.
    pub tenant_id: TenantId,
    /// Deployment that brought it.
    pub deployment_key: DeploymentKey,
    /// File name it was deployed under.
    pub resource_name: String,
}
