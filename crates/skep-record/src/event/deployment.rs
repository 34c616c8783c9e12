//! Events of deployments and of commands distributed to all partitions.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::{
    BpmnProcessId, BroadcastSignal, DecisionRequirementsValue, DecisionValue, Deployment,
    DeploymentKey, DistributedBatchControl, DistributedBatchOperation, DistributedBatchReport,
    DistributedDeletion, FormValue, PartitionId, ProcessDefinitionKey, ResourceValue, TenantId,
    Timestamp,
};

/// A new version of a process definition.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct ProcessCreated {
    /// Key of the definition.
    pub process_definition_key: ProcessDefinitionKey,
    /// The process's id in the BPMN file.
    pub bpmn_process_id: BpmnProcessId,
    /// Counts from 1 for each id and tenant.
    pub version: i32,
    /// Its tenant.
    pub tenant_id: TenantId,
    /// Deployment that brought it.
    pub deployment_key: DeploymentKey,
    /// File name it was deployed under.
    pub resource_name: String,
    /// The file.
    pub resource: DeployedResource,
}

/// A deployed file; one that holds several processes is kept once.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub enum DeployedResource {
    /// The raw file.
    Content(Bytes),
    /// The file of this definition.
    SameAs(ProcessDefinitionKey),
}

/// Steps of a command that every partition has to carry out.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub enum CommandDistributionEvent {
    /// `STARTED`, on the partition where it began.
    Started(Box<DistributedCommand>),
    /// `DISTRIBUTING`: sent to a partition.
    Distributing {
        /// The partition.
        partition_id: PartitionId,
        /// When.
        sent_at: Timestamp,
    },
    /// `ACKNOWLEDGED`: a partition has carried it out.
    Acknowledged {
        /// The partition.
        partition_id: PartitionId,
    },
    /// `FINISHED`: all partitions have.
    Finished,
    /// A partition remembers that it has carried the command out, so that it does so once.
    Received {
        /// Where it began.
        origin: PartitionId,
        /// Older commands from there are finished and need not be remembered.
        oldest_pending_key: i64,
    },
}

/// A command that every partition has to carry out.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub enum DistributedCommand {
    /// `DEPLOYMENT:CREATE`
    Deployment(DistributedDeployment),
    /// `SIGNAL:BROADCAST`
    Signal(BroadcastSignal),
    /// `RESOURCE_DELETION:DELETE`
    Deletion(DistributedDeletion),
    /// `BATCH_OPERATION_CREATION:CREATE`
    BatchOperation(Box<DistributedBatchOperation>),
    /// `BATCH_OPERATION_LIFECYCLE_MANAGEMENT:…`
    BatchControl(DistributedBatchControl),
    /// `BATCH_OPERATION_PARTITION_LIFECYCLE:…_PARTITION`, to the lead partition only
    BatchReport(Box<DistributedBatchReport>),
}

impl DistributedDeployment {
    /// A deployment with nothing new in it.
    #[must_use]
    pub fn new(deployment: Deployment) -> Self {
        Self {
            deployment,
            processes: Vec::new(),
            decision_requirements: Vec::new(),
            decisions: Vec::new(),
            forms: Vec::new(),
            resources: Vec::new(),
        }
    }
}

/// A deployment as decided by the deployment partition.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct DistributedDeployment {
    /// What was deployed, duplicates included.
    pub deployment: Deployment,
    /// The new process definitions.
    pub processes: Vec<ProcessCreated>,
    /// The new decision requirements graphs.
    pub decision_requirements: Vec<DecisionRequirementsValue>,
    /// The new decisions.
    pub decisions: Vec<DecisionValue>,
    /// The new forms.
    pub forms: Vec<FormValue>,
    /// The other new files.
    pub resources: Vec<ResourceValue>,
}
