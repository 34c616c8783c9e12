//! The table of process definitions.

use skep_record::{BpmnProcessId, DeploymentKey, ProcessDefinitionKey, TenantId};

use crate::state::{
    definition::Definition,
    versions::{Versioned, Versions},
};

/// All versions of all process definitions.
pub(crate) type Definitions = Versions<Definition>;

impl Versioned for Definition {
    type Key = ProcessDefinitionKey;
    type Id = BpmnProcessId;

    fn key(&self) -> ProcessDefinitionKey {
        self.key
    }

    fn id(&self) -> &BpmnProcessId {
        &self.bpmn_process_id
    }

    fn tenant_id(&self) -> &TenantId {
        &self.tenant_id
    }

    fn version(&self) -> i32 {
        self.version
    }

    fn version_tag(&self) -> Option<&str> {
        self.process.version_tag.as_deref()
    }

    fn deployment_key(&self) -> DeploymentKey {
        self.deployment_key
    }
}
