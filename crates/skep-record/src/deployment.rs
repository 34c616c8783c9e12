//! What a deployment made, or found unchanged.

use serde::{Deserialize, Serialize};

use crate::{
    BpmnProcessId, DecisionId, DecisionKey, DecisionRequirementsId, DecisionRequirementsKey,
    DeploymentKey, FormId, FormKey, ProcessDefinitionKey, ResourceId, ResourceKey, TenantId,
};

/// What one deployment made or found unchanged.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Deployment {
    /// Key of the deployment; new even when every resource was a duplicate.
    pub key: DeploymentKey,
    /// Tenant that owns what was deployed.
    pub tenant_id: TenantId,
    /// The executable processes, in the order of the resources.
    pub processes: Vec<DeployedProcess>,
    /// The decisions, in the order of the resources.
    pub decisions: Vec<DeployedDecision>,
    /// The decision requirements graphs, in the order of the resources.
    pub decision_requirements: Vec<DeployedDecisionRequirements>,
    /// The forms, in the order of the resources.
    pub forms: Vec<DeployedForm>,
    /// Everything else, in the order of the resources.
    pub resources: Vec<DeployedFile>,
}

impl Deployment {
    /// A deployment of nothing yet.
    #[must_use]
    pub fn new(key: DeploymentKey, tenant_id: TenantId) -> Self {
        Self {
            key,
            tenant_id,
            processes: Vec::new(),
            decisions: Vec::new(),
            decision_requirements: Vec::new(),
            forms: Vec::new(),
            resources: Vec::new(),
        }
    }

    /// How many things it names.
    #[must_use]
    pub fn len(&self) -> usize {
        self.processes.len()
            + self.decisions.len()
            + self.decision_requirements.len()
            + self.forms.len()
            + self.resources.len()
    }

    /// Whether it names nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// One executable process of a deployment.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct DeployedProcess {
    /// Key of this version.
    pub key: ProcessDefinitionKey,
    /// The process's id in the BPMN file.
    pub bpmn_process_id: BpmnProcessId,
    /// Counts from 1 for each id and tenant.
    pub version: i32,
    /// File name it was deployed under.
    pub resource_name: String,
    /// Whether an equal resource was deployed before, so that nothing new was made.
    pub duplicate: bool,
}

/// One decision of a deployment.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct DeployedDecision {
    /// Key of this version.
    pub key: DecisionKey,
    /// The decision's id in the DMN file.
    pub decision_id: DecisionId,
    /// The decision's name in the DMN file.
    pub name: String,
    /// Counts from 1 for each id and tenant.
    pub version: i32,
    /// Id of the graph it is part of.
    pub decision_requirements_id: DecisionRequirementsId,
    /// Version of the graph it is part of.
    pub decision_requirements_key: DecisionRequirementsKey,
    /// As in [`DeployedProcess`].
    pub duplicate: bool,
}

/// One decision requirements graph of a deployment.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct DeployedDecisionRequirements {
    /// Key of this version.
    pub key: DecisionRequirementsKey,
    /// `id` of the file's definitions.
    pub decision_requirements_id: DecisionRequirementsId,
    /// `name` of the file's definitions.
    pub name: String,
    /// Counts from 1 for each id and tenant.
    pub version: i32,
    /// File name it was deployed under.
    pub resource_name: String,
    /// As in [`DeployedProcess`].
    pub duplicate: bool,
}

/// One form of a deployment.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct DeployedForm {
    /// Key of this version.
    pub key: FormKey,
    /// The form's id in its file.
    pub form_id: FormId,
    /// Counts from 1 for each id and tenant.
    pub version: i32,
    /// File name it was deployed under.
    pub resource_name: String,
    /// As in [`DeployedProcess`].
    pub duplicate: bool,
}

/// One file of a deployment that the engine keeps and does not execute.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct DeployedFile {
    /// Key of this version.
    pub key: ResourceKey,
    /// Its id.
    pub resource_id: ResourceId,
    /// Counts from 1 for each id and tenant.
    pub version: i32,
    /// File name it was deployed under.
    pub resource_name: String,
    /// As in [`DeployedProcess`].
    pub duplicate: bool,
}
