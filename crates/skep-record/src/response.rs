//! What an accepted command answers.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    BatchOperationKey, BpmnProcessId, BusinessId, DecisionEvaluationKey, DecisionEvaluationValue,
    Deployment, Document, ElementId, ElementInstanceKey, ExpressionEvaluated, JobKey, JobKind,
    JobType, MessageKey, ProcessDefinitionKey, ProcessInstanceKey, ResourceValue, SignalKey,
    TenantId, Timestamp, VariableKey,
};

/// The answer to an accepted command.
#[derive(Clone, Debug, PartialEq)]
pub enum Response {
    /// Accepted; there is nothing to say but that.
    Done,
    /// To `DeployResources`.
    Deployed(Deployment),
    /// To `CreateProcessInstance` without `await_result`.
    Created(CreatedProcessInstance),
    /// To `CreateProcessInstance` with `await_result`, when the instance has completed.
    Completed(ProcessInstanceResult),
    /// To `ActivateJobs`.
    Activated(ActivatedJobs),
    /// To `PublishMessage`.
    Published(MessageKey),
    /// To `CorrelateMessage`, when an instance has taken the message.
    Correlated(CorrelatedMessage),
    /// To `BroadcastSignal`.
    Broadcast(SignalKey),
    /// To `SetVariables`: the key of the command.
    VariablesSet(VariableKey),
    /// To `EvaluateConditionals`.
    ConditionalsEvaluated(EvaluatedConditionals),
    /// To `EvaluateDecision`, also when the decision has no result.
    DecisionEvaluated(DecisionEvaluationKey, Box<DecisionEvaluationValue>),
    /// To `EvaluateExpression`.
    ExpressionEvaluated(Box<ExpressionEvaluated>),
    /// To `CreateBatchOperation`.
    BatchOperationCreated(BatchOperationKey),
    /// To [`crate::Query::Resource`].
    Resource(Arc<ResourceValue>),
}

/// Which instances were started because the condition of a start event held.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct EvaluatedConditionals {
    /// Key of the evaluation.
    pub key: i64,
    /// Its tenant.
    pub tenant_id: TenantId,
    /// The instances, each with its definition.
    pub instances: Vec<(ProcessDefinitionKey, ProcessInstanceKey)>,
}

/// A message and who took it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CorrelatedMessage {
    /// The message.
    pub message_key: MessageKey,
    /// Its tenant.
    pub tenant_id: TenantId,
    /// The first instance that took it.
    pub process_instance_key: ProcessInstanceKey,
}

/// An instance that exists and has started to run.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct CreatedProcessInstance {
    /// Key of the instance.
    pub key: ProcessInstanceKey,
    /// Definition it runs.
    pub process_definition_key: ProcessDefinitionKey,
    /// Id of that definition.
    pub bpmn_process_id: BpmnProcessId,
    /// Version of that definition.
    pub version: i32,
    /// Its tenant.
    pub tenant_id: TenantId,
    /// Tags given at creation.
    pub tags: Vec<String>,
    /// Its name in the creator's words.
    pub business_id: Option<BusinessId>,
}

/// A completed instance and its variables.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct ProcessInstanceResult {
    /// The instance.
    pub instance: CreatedProcessInstance,
    /// Variables of its root scope, restricted to those asked for.
    pub variables: Document,
}

/// Jobs handed to one worker.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ActivatedJobs {
    /// The jobs, oldest first.
    pub jobs: Vec<ActivatedJob>,
    /// Whether more jobs were ready but did not fit the message size: ask again.
    pub truncated: bool,
}

/// A job locked for one worker until its deadline.
#[derive(Clone, Debug, PartialEq)]
pub struct ActivatedJob {
    /// The job.
    pub key: JobKey,
    /// Its type.
    pub job_type: JobType,
    /// What made it.
    pub kind: JobKind,
    /// Instance it belongs to.
    pub process_instance_key: ProcessInstanceKey,
    /// Definition that instance runs.
    pub process_definition_key: ProcessDefinitionKey,
    /// Id of that definition.
    pub bpmn_process_id: BpmnProcessId,
    /// Version of that definition.
    pub process_definition_version: i32,
    /// Element that created the job.
    pub element_id: ElementId,
    /// Execution of that element.
    pub element_instance_key: ElementInstanceKey,
    /// Task headers, all values strings.
    pub custom_headers: Document,
    /// Name of the worker that holds the job.
    pub worker: String,
    /// Attempts left; at least 1.
    pub retries: i32,
    /// When the lock ends.
    pub deadline: Timestamp,
    /// Variables visible at the element, or those the worker asked for.
    pub variables: Document,
    /// Tenant of the instance.
    pub tenant_id: TenantId,
    /// Tags of the instance.
    pub tags: Vec<String>,
    /// Root of the instance's call hierarchy: the instance itself if nobody called it.
    pub root_process_instance_key: ProcessInstanceKey,
}
