//! What happened: the facts that make up the state.

mod batch_operation;
mod compensation;
mod conditional;
mod decision;
mod deletion;
mod deployment;
mod escalation;
mod expression;
mod job;
mod message;
mod process_instance;
mod resource;
mod schedule;
mod user_task;

pub use batch_operation::{
    BatchOperationCounts, BatchOperationCreated, BatchOperationEvent, BatchOperationItem,
    BatchOperationReport, BatchOperationState, DistributedBatchControl, DistributedBatchOperation,
    DistributedBatchReport,
};
pub use compensation::{CompensationSubscriptionIntent, CompensationSubscriptionValue};
pub use conditional::{ConditionalSubscriptionIntent, ConditionalSubscriptionValue};
pub use decision::{
    DecisionCaller, DecisionEvaluationFailure, DecisionEvaluationIntent, DecisionEvaluationValue,
    DecisionType, EvaluatedDecisionValue, EvaluatedInputValue, EvaluatedOutputValue,
    MatchedRuleValue,
};
pub use deletion::{
    DistributedDeletion, ProcessDeletionIntent, ProcessDeletionValue, ResourceDeletionIntent,
};
pub use deployment::{
    CommandDistributionEvent, DeployedResource, DistributedCommand, DistributedDeployment,
    ProcessCreated,
};
pub use escalation::{EscalationIntent, EscalationValue};
pub use expression::ExpressionEvaluated;
pub use job::{JobBatchActivated, JobEvent, JobKind, JobValue, ListenerEvent, TaskListenerEvent};
pub use message::{
    MessageCorrelationIntent, MessageCorrelationValue, MessageEvent, MessagePublished,
    MessageStartEventSubscriptionEvent, MessageStartEventSubscriptionValue,
    MessageSubscriptionEvent, MessageSubscriptionValue, ProcessMessageSubscriptionEvent,
    ProcessMessageSubscriptionValue, SignalBroadcasted, SignalSubscriptionEvent,
    SignalSubscriptionValue,
};
pub use process_instance::{
    AdHocSubProcessInstruction, AdHocSubProcessInstructionIntent, BannedInstance, DirectStart,
    ErrorType, IncidentEvent, IncidentValue, InstancesPlanned, ListItemValue, ProcessEventEvent,
    ProcessInstanceCreated, ProcessInstanceIntent, ProcessInstanceMigrated,
    ProcessInstanceModified, RuntimeInstructionInterrupted, VariableDocumentIntent,
    VariableDocumentUpdated, VariableIntent, VariableValue,
};
pub use resource::{
    DecisionRequirementsValue, DecisionValue, FormValue, ResourceIntent, ResourceValue,
};
pub use schedule::{RedeliveryTarget, TimerIntent, TimerValue};
pub use user_task::{
    HeldDocument, HeldStep, UserTaskAttribute, UserTaskIntent, UserTaskProperties, UserTaskValue,
};

use serde::{Deserialize, Serialize};

use crate::{Deployment, ElementValue, EvaluatedConditionals, HistoryType, Timestamp};

/// One fact. Variants and their fields are only ever added at the end.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub enum Event {
    /// `PROCESS_INSTANCE:…`; the key is that of the element instance.
    ProcessInstance(ProcessInstanceIntent, ElementValue),
    /// `PROCESS_INSTANCE_CREATION:CREATED`
    ProcessInstanceCreated(Box<ProcessInstanceCreated>),
    /// `VARIABLE:…`; the key is that of the variable.
    Variable(VariableIntent, VariableValue),
    /// `VARIABLE_DOCUMENT:…`; the key is that of the request.
    VariableDocument(VariableDocumentIntent, VariableDocumentUpdated),
    /// `PROCESS_EVENT:…`; the key is that of the event trigger.
    ProcessEvent(ProcessEventEvent),
    /// `JOB:…`; the key is that of the job.
    Job(JobValue, JobEvent),
    /// `JOB_BATCH:ACTIVATED`
    JobsActivated(Box<JobBatchActivated>),
    /// `INCIDENT:…`; the key is that of the incident.
    Incident(IncidentEvent),
    /// `TIMER:…`; the key is that of the timer.
    Timer(TimerIntent, TimerValue),
    /// `MESSAGE:…`; the key is that of the message.
    Message(MessageEvent),
    /// `MESSAGE_SUBSCRIPTION:…`, on the partition that has the message.
    MessageSubscription(MessageSubscriptionEvent, Box<MessageSubscriptionValue>),
    /// `PROCESS_MESSAGE_SUBSCRIPTION:…`, on the partition that has the instance.
    ProcessMessageSubscription(
        ProcessMessageSubscriptionEvent,
        Box<ProcessMessageSubscriptionValue>,
    ),
    /// `MESSAGE_START_EVENT_SUBSCRIPTION:…`
    MessageStartEventSubscription(
        MessageStartEventSubscriptionEvent,
        Box<MessageStartEventSubscriptionValue>,
    ),
    /// `SIGNAL:BROADCASTED`
    SignalBroadcasted(Box<SignalBroadcasted>),
    /// `SIGNAL_SUBSCRIPTION:…`
    SignalSubscription(SignalSubscriptionEvent, Box<SignalSubscriptionValue>),
    /// `PROCESS:CREATED`; the key is that of the definition.
    ProcessCreated(Box<ProcessCreated>),
    /// `DEPLOYMENT:CREATED`
    DeploymentCreated(Box<Deployment>),
    /// `COMMAND_DISTRIBUTION:…`; the key is that of the distributed command.
    CommandDistribution(CommandDistributionEvent),
    /// `ERROR:CREATED`: the engine failed, and the instance is banned: its commands are ignored.
    InstanceBanned(BannedInstance),
    /// Follow-up commands of this batch, by position, that a later batch will process.
    ///
    /// Zeebe has no such record: its log is the queue.
    WorkPostponed(Vec<u64>),
    /// This many postponed commands, the oldest ones, are processed by this batch.
    WorkResumed(u32),
    /// A step that another partition has not acknowledged was sent again.
    Redelivered(RedeliveryTarget),
    /// `ESCALATION:…`
    Escalation(EscalationIntent, Box<EscalationValue>),
    /// `DECISION_REQUIREMENTS:…`; the key is that of the graph's version.
    DecisionRequirements(ResourceIntent, Box<DecisionRequirementsValue>),
    /// `DECISION:…`; the key is that of the decision's version.
    Decision(ResourceIntent, Box<DecisionValue>),
    /// `FORM:…`; the key is that of the form's version.
    Form(ResourceIntent, Box<FormValue>),
    /// `RESOURCE:…`; the key is that of the file's version.
    Resource(ResourceIntent, Box<ResourceValue>),
    /// `DECISION_EVALUATION:…`; the key is that of the evaluation.
    DecisionEvaluation(Box<DecisionEvaluationValue>),
    /// `COMPENSATION_SUBSCRIPTION:…`; the key is that of the subscription.
    CompensationSubscription(CompensationSubscriptionIntent, Box<CompensationSubscriptionValue>),
    /// `PROCESS_INSTANCE_MODIFICATION:MODIFIED`
    ProcessInstanceModified(Box<ProcessInstanceModified>),
    /// `RESOURCE_DELETION:…`; the key is that of the deletion.
    ResourceDeletion(ResourceDeletionIntent, DistributedDeletion),
    /// `PROCESS:DELETING` and `PROCESS:DELETED`; the key is that of the definition.
    ProcessDeletion(ProcessDeletionIntent, Box<ProcessDeletionValue>),
    /// `VARIABLE:UPDATED`, of one item of a list; the key is that of the variable.
    ///
    /// Zeebe writes the whole list for each item, which is too much where it is long.
    ListItem(ListItemValue),
    /// How many instances a multi-instance body creates, at most.
    ///
    /// Zeebe has no such record: it counts those that run.
    InstancesPlanned(InstancesPlanned),
    /// `CONDITIONAL_SUBSCRIPTION:…`; the key is that of the subscription.
    ConditionalSubscription(ConditionalSubscriptionIntent, Box<ConditionalSubscriptionValue>),
    /// `CONDITIONAL_EVALUATION:EVALUATED`
    ConditionalEvaluated(Box<EvaluatedConditionals>),
    /// `EXPRESSION:EVALUATED`; the key is that of the evaluation.
    ExpressionEvaluated(Box<ExpressionEvaluated>),
    /// `AD_HOC_SUB_PROCESS_INSTRUCTION:…`
    AdHocInstruction(AdHocSubProcessInstructionIntent, Box<AdHocSubProcessInstruction>),
    /// `USER_TASK:…`; the key is that of the user task.
    UserTask(UserTaskIntent, Box<UserTaskValue>),
    /// `PROCESS_INSTANCE_MIGRATION:MIGRATED`
    ProcessInstanceMigrated(Box<ProcessInstanceMigrated>),
    /// `RUNTIME_INSTRUCTION:INTERRUPTED`; the key is that of the process instance.
    RuntimeInstructionInterrupted(RuntimeInstructionInterrupted),
    /// `BATCH_OPERATION_…:…`; the key is that of the batch operation.
    BatchOperation(BatchOperationEvent),
    /// `MESSAGE_CORRELATION:…`; the key is that of the message.
    MessageCorrelation(MessageCorrelationIntent, Box<MessageCorrelationValue>),
    /// `CLOCK:PINNED`: the partition's time stands still here; the key is the event's own.
    ClockPinned(Timestamp),
    /// `CLOCK:RESETTED`: the partition's time goes on as the system's; the key is the event's own.
    ClockReset,
    /// `HISTORY_DELETION:DELETED`; the key is that of what is forgotten.
    HistoryDeleted(HistoryType),
}
