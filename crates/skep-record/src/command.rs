//! What can be asked of a partition.
//!
//! The commands in this file come from clients. Those that the engine writes to itself and to
//! other partitions are in [`crate::Command`]'s internal variants, beside the events.

mod batch_operation;
mod correlation;
mod history;
mod job_result;
mod migration;
mod modification;
mod user_task;

use serde::{Deserialize, Serialize};

pub use self::{
    batch_operation::{
        BatchOperationAction, BatchOperationOrder, BatchOperationPlan, BatchOperationType,
        ControlBatchOperation, CreateBatchOperation,
    },
    correlation::CorrelateMessage,
    history::{DeleteHistory, HistoryType},
    job_result::{AdHocResult, JobResult, UserTaskCorrections, UserTaskResult},
    migration::{ElementMapping, MigrateProcessInstance},
    modification::{
        ActivateInstruction, AncestorScope, ElementInstanceSelector, ModifyProcessInstance,
        MoveInstruction, ScopedVariables,
    },
    user_task::{AssignUserTask, CompleteUserTask, UpdateUserTask, UserTaskChanges},
};

use crate::{
    AcknowledgeDistribution, ActivateChildren, AnswerCorrelation, BatchOperationKey, BpmnProcessId,
    BusinessId, CompleteAdHocSubProcess, CompleteTaskListener, ConfirmMessageSubscription,
    CorrelateProcessMessageSubscription, CorrelationKey, CreateMessageSubscription, DecisionId,
    DecisionKey, DeleteMessageSubscription, DenyTaskListener, Distribution, Document,
    ElementCommand, ElementInstanceKey, ElementValue, IncidentKey, JobKey, JobType, MessageKey,
    MessageName, ProcessDefinitionKey, ProcessInstanceKey, RedeliveryTarget, SubscriptionRef,
    TenantId, TerminateChildren, Timestamp, TriggerConditional, TriggerTimer,
};

/// One thing to do, addressed to one partition.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub enum Command {
    /// `DEPLOYMENT:CREATE`
    DeployResources(DeployResources),
    /// `PROCESS_INSTANCE_CREATION:CREATE`
    CreateProcessInstance(CreateProcessInstance),
    /// `PROCESS_INSTANCE:CANCEL`
    CancelProcessInstance(CancelProcessInstance),
    /// `JOB_BATCH:ACTIVATE`
    ActivateJobs(ActivateJobs),
    /// `JOB:COMPLETE`
    CompleteJob(CompleteJob),
    /// `JOB:FAIL`
    FailJob(FailJob),
    /// `JOB:THROW_ERROR`
    ThrowError(ThrowError),
    /// `JOB:UPDATE_RETRIES`
    UpdateJobRetries(UpdateJobRetries),
    /// `JOB:UPDATE_TIMEOUT`
    UpdateJobTimeout(UpdateJobTimeout),
    /// `MESSAGE:PUBLISH`
    PublishMessage(PublishMessage),
    /// `SIGNAL:BROADCAST`
    BroadcastSignal(BroadcastSignal),
    /// `VARIABLE_DOCUMENT:UPDATE`
    SetVariables(SetVariables),
    /// `INCIDENT:RESOLVE`
    ResolveIncident(ResolveIncident),
    /// `PROCESS_INSTANCE_MODIFICATION:MODIFY`
    ModifyProcessInstance(Box<ModifyProcessInstance>),
    /// `JOB:YIELD`: a locked job could not be delivered and is to be given to another worker.
    YieldJob(JobKey),

    /// `AD_HOC_SUB_PROCESS_INSTRUCTION:ACTIVATE`
    ActivateAdHocElements(ActivateAdHocElements),

    // From here on: written by the engine, never by a client.
    /// `PROCESS_INSTANCE:…_ELEMENT`; the record's key is that of the element instance.
    Element(ElementCommand, ElementValue),
    /// `PROCESS_INSTANCE_BATCH:TERMINATE`
    TerminateChildren(TerminateChildren),
    /// `PROCESS_INSTANCE_BATCH:ACTIVATE`
    ActivateChildren(ActivateChildren),
    /// `TIMER:TRIGGER`
    TriggerTimer(TriggerTimer),
    /// `JOB:TIME_OUT`
    TimeOutJob(JobKey),
    /// `JOB:RECUR_AFTER_BACKOFF`
    RecurJobAfterBackoff(JobKey),
    /// `MESSAGE_BATCH:EXPIRE`
    ExpireMessages(Vec<MessageKey>),
    /// `MESSAGE_SUBSCRIPTION:CREATE`
    CreateMessageSubscription(Box<CreateMessageSubscription>),
    /// `PROCESS_MESSAGE_SUBSCRIPTION:CREATE`: the subscription is open.
    ConfirmMessageSubscription(Box<ConfirmMessageSubscription>),
    /// `PROCESS_MESSAGE_SUBSCRIPTION:CORRELATE`
    CorrelateProcessMessageSubscription(Box<CorrelateProcessMessageSubscription>),
    /// `MESSAGE_SUBSCRIPTION:CORRELATE`
    CorrelateMessageSubscription(Box<AnswerCorrelation>),
    /// `MESSAGE_SUBSCRIPTION:REJECT`
    RejectMessageSubscription(Box<AnswerCorrelation>),
    /// `MESSAGE_SUBSCRIPTION:DELETE`
    DeleteMessageSubscription(Box<DeleteMessageSubscription>),
    /// `PROCESS_MESSAGE_SUBSCRIPTION:DELETE`: the subscription is closed.
    ConfirmMessageSubscriptionDeleted(Box<SubscriptionRef>),
    /// A command that began on another partition.
    Distributed(Box<Distribution>),
    /// `COMMAND_DISTRIBUTION:ACKNOWLEDGE`
    AcknowledgeDistribution(AcknowledgeDistribution),
    /// Send a step to another partition again, because it has not acknowledged it.
    Redeliver(RedeliveryTarget),
    /// Process what an earlier batch postponed.
    ResumeWork,

    // From here on: from clients again.
    /// `DECISION_EVALUATION:EVALUATE`
    EvaluateDecision(Box<EvaluateDecision>),
    /// `RESOURCE_DELETION:DELETE`
    DeleteResource(DeleteResource),
    /// `CONDITIONAL_EVALUATION:EVALUATE`
    EvaluateConditionals(EvaluateConditionals),
    /// `CONDITIONAL_SUBSCRIPTION:TRIGGER`: a condition holds; written by the engine.
    TriggerConditional(TriggerConditional),
    /// `EXPRESSION:EVALUATE`
    EvaluateExpression(Box<EvaluateExpression>),
    /// `USER_TASK:ASSIGN` and `USER_TASK:CLAIM`
    AssignUserTask(Box<AssignUserTask>),
    /// `USER_TASK:COMPLETE`
    CompleteUserTask(Box<CompleteUserTask>),
    /// `USER_TASK:UPDATE`
    UpdateUserTask(Box<UpdateUserTask>),
    /// `USER_TASK:COMPLETE_TASK_LISTENER`; written by the engine.
    CompleteTaskListener(Box<CompleteTaskListener>),
    /// `USER_TASK:DENY_TASK_LISTENER`; written by the engine.
    DenyTaskListener(Box<DenyTaskListener>),
    /// `PROCESS_INSTANCE_MIGRATION:MIGRATE`
    MigrateProcessInstance(Box<MigrateProcessInstance>),
    /// `BATCH_OPERATION_CREATION:CREATE`
    CreateBatchOperation(Box<CreateBatchOperation>),
    /// `BATCH_OPERATION_LIFECYCLE_MANAGEMENT:…`
    ControlBatchOperation(ControlBatchOperation),
    /// `BATCH_OPERATION_INITIALIZATION:INITIALIZE`: look for more of what a batch operation is to
    /// work on; written by the engine.
    InitializeBatchOperation(BatchOperationKey),
    /// `BATCH_OPERATION_EXECUTION:EXECUTE`: work on the next item; written by the engine.
    ExecuteBatchOperation(BatchOperationKey),
    /// `AD_HOC_SUB_PROCESS_INSTRUCTION:COMPLETE`; written by the engine.
    CompleteAdHocSubProcess(CompleteAdHocSubProcess),
    /// `MESSAGE_CORRELATION:CORRELATE`
    CorrelateMessage(Box<CorrelateMessage>),
    /// `MESSAGE_SUBSCRIPTION:MIGRATE`; written by the engine.
    MigrateMessageSubscription(Box<CreateMessageSubscription>),
    /// `CLOCK:PIN`: the partition's time is to stand still here.
    PinClock(Timestamp),
    /// `CLOCK:RESET`
    ResetClock,
    /// `HISTORY_DELETION:DELETE`
    DeleteHistory(DeleteHistory),
}

/// Which decision to evaluate.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub enum DecisionRef {
    /// The newest version of an id.
    Latest(DecisionId),
    /// One decision by its key.
    Key(DecisionKey),
}

/// Evaluates a decision outside of any process.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct EvaluateDecision {
    /// What to evaluate.
    pub decision: DecisionRef,
    /// What it may use.
    pub variables: Document,
    /// Owner of the decision.
    pub tenant_id: TenantId,
}

/// Deploys all resources or none.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct DeployResources {
    /// At least one.
    pub resources: Vec<Resource>,
    /// Owner of what is deployed.
    pub tenant_id: TenantId,
}

/// A file to deploy.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Resource {
    /// File name; its ending selects the kind (`.bpmn`, `.xml`).
    pub name: String,
    /// The raw file.
    pub content: bytes::Bytes,
}

/// Which process definition to start.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub enum DefinitionRef {
    /// The newest version of an id.
    Latest(BpmnProcessId),
    /// One version of an id.
    Version(BpmnProcessId, i32),
    /// One definition by its key.
    Key(ProcessDefinitionKey),
}

/// Starts an instance.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct CreateProcessInstance {
    /// What to start.
    pub definition: DefinitionRef,
    /// Set on the root scope before anything runs.
    pub variables: Document,
    /// Owner of the instance.
    pub tenant_id: TenantId,
    /// Ids of the elements to start at; empty means the none start event.
    pub start_at: Vec<String>,
    /// Ids of elements: when one of them has ended, the whole instance is terminated.
    pub terminate_after: Vec<String>,
    /// Answer when the instance has completed, not when it exists.
    pub await_result: Option<AwaitResult>,
    /// Chosen by the client and copied to the records of this command; 0 when absent.
    pub operation_reference: u64,
    /// At most 10, each of at most 100 characters.
    pub tags: Vec<String>,
    /// At most 256 characters; instances that this one calls have it too.
    pub business_id: Option<BusinessId>,
}

/// What to answer when the instance has completed.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
pub struct AwaitResult {
    /// Names of the root variables to return; empty means all.
    pub fetch_variables: Vec<String>,
}

/// Terminates an instance.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct CancelProcessInstance {
    /// A root instance.
    pub process_instance_key: ProcessInstanceKey,
    /// As in [`CreateProcessInstance`].
    pub operation_reference: u64,
}

/// Locks jobs for a worker.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct ActivateJobs {
    /// Type of the jobs.
    pub job_type: JobType,
    /// Name to store on the jobs; may be empty.
    pub worker: String,
    /// How long the lock holds, in milliseconds; at least 1.
    pub timeout_ms: i64,
    /// At least 1.
    pub max_jobs: i32,
    /// Names of the variables to return; empty means all visible ones.
    pub fetch_variables: Vec<String>,
    /// Tenants whose jobs may be returned.
    pub tenant_ids: Vec<TenantId>,
}

/// Completes a job.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct CompleteJob {
    /// The job.
    pub job_key: JobKey,
    /// The worker's result.
    pub variables: Document,
    /// Its answer to a listener's or an ad-hoc subprocess's job.
    pub result: Option<Box<JobResult>>,
}

/// Reports that an attempt failed.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct FailJob {
    /// The job.
    pub job_key: JobKey,
    /// Attempts left after this one; 0 or below raises an incident.
    pub retries: i32,
    /// Pause before the next attempt, in milliseconds.
    pub retry_back_off_ms: i64,
    /// Kept on the job and on the incident; cut to 10 000 characters.
    pub error_message: String,
    /// Set on the element instance's own scope.
    pub variables: Document,
}

/// Throws a BPMN error from a job.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct ThrowError {
    /// The job.
    pub job_key: JobKey,
    /// Matched against error catch events.
    pub error_code: String,
    /// Kept on the incident when nothing catches the error; cut to 10 000 characters.
    pub error_message: String,
    /// Set at the catching event.
    pub variables: Document,
}

/// Sets a job's remaining attempts.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct UpdateJobRetries {
    /// The job.
    pub job_key: JobKey,
    /// At least 1.
    pub retries: i32,
    /// As in [`CreateProcessInstance`].
    pub operation_reference: u64,
}

/// Moves a job's deadline.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct UpdateJobTimeout {
    /// The job.
    pub job_key: JobKey,
    /// New lock time counted from now, in milliseconds.
    pub timeout_ms: i64,
    /// As in [`CreateProcessInstance`].
    pub operation_reference: u64,
}

/// Publishes a message.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct PublishMessage {
    /// Name that subscriptions and start events listen for.
    pub name: MessageName,
    /// May be empty: then only start events and empty-keyed subscriptions match.
    pub correlation_key: CorrelationKey,
    /// How long to keep it for later subscriptions, in milliseconds; 0 or below is not at all.
    pub time_to_live_ms: i64,
    /// Unique among buffered messages of the same tenant, name and key; empty means unchecked.
    pub message_id: String,
    /// Handed to what it correlates with.
    pub variables: Document,
    /// Its tenant.
    pub tenant_id: TenantId,
}

/// Broadcasts a signal.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct BroadcastSignal {
    /// Name that subscriptions listen for.
    pub signal_name: String,
    /// Handed to every receiver.
    pub variables: Document,
    /// Its tenant.
    pub tenant_id: TenantId,
}

/// Starts the processes whose conditional start events hold.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct EvaluateConditionals {
    /// Evaluate the start events of this definition; `None`: of all latest versions.
    pub process_definition_key: Option<ProcessDefinitionKey>,
    /// What the conditions are evaluated on, and what the instances start with.
    pub variables: Document,
    /// Its tenant.
    pub tenant_id: TenantId,
}

/// Sets variables on a scope.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct SetVariables {
    /// The scope: an instance or an element instance.
    pub element_instance_key: ElementInstanceKey,
    /// What to set.
    pub variables: Document,
    /// True: all into that scope. False: each to the nearest scope that has the name, else root.
    pub local: bool,
    /// As in [`CreateProcessInstance`].
    pub operation_reference: u64,
}

/// Activates elements of an ad-hoc subprocess.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct ActivateAdHocElements {
    /// The execution of the subprocess.
    pub element_instance_key: ElementInstanceKey,
    /// What to activate; at least one. A client names each once.
    pub elements: Vec<AdHocActivation>,
    /// Whether what is active in it is terminated.
    pub cancel_remaining: bool,
}

/// One element to activate.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct AdHocActivation {
    /// Its id.
    pub element_id: String,
    /// Set in its own scope.
    pub variables: Document,
}

/// Repeats the step that raised an incident.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct ResolveIncident {
    /// The incident.
    pub incident_key: IncidentKey,
    /// As in [`CreateProcessInstance`].
    pub operation_reference: u64,
}

/// Deletes a version of something deployed.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct DeleteResource {
    /// Key of a process definition, a decision requirements graph, a form or another file.
    pub resource_key: i64,
    /// As in [`CreateProcessInstance`].
    pub operation_reference: u64,
}

/// Evaluates FEEL outside of any process.
#[derive(Clone, PartialEq, Deserialize, Serialize)]
pub struct EvaluateExpression {
    /// FEEL, with or without the `=` before it.
    pub expression: String,
    /// What it may use.
    pub variables: Document,
    /// For whom.
    pub tenant_id: TenantId,
}

/// Shows no text: an expression can have values in it.
impl std::fmt::Debug for EvaluateExpression {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EvaluateExpression")
            .field("variables", &self.variables)
            .finish_non_exhaustive()
    }
}
