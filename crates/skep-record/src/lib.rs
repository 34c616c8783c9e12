//! Skep's vocabulary: the keys, ids, commands, events, rejections and variable documents
//! that the engine decides about and the journal keeps.
//!
//! ```
//! use skep_record::{Document, PartitionId};
//!
//! let variables = Document::from_json(r#"{"orderId": 42}"#).unwrap();
//! assert_eq!(variables.to_json(), r#"{"orderId":42}"#);
//! assert_eq!(PartitionId::of_key(2_251_799_813_685_249), Some(PartitionId(1)));
//! ```
//!
//! Nothing here does I/O, and nothing here depends on another crate of Skep. These types are
//! never sent to a client as they are: wire types live in `skep-api`.

mod authorization;
mod command;
mod deployment;
mod document;
mod element;
mod event;
mod exporter;
mod filter;
mod id;
mod internal;
mod key;
mod name;
mod query;
mod record;
mod rejection;
mod response;
mod routing;

pub use authorization::{AuthorizedCommand, AuthorizedTenants};
pub use command::{
    ActivateAdHocElements, ActivateInstruction, ActivateJobs, AdHocActivation, AdHocResult,
    AncestorScope, AssignUserTask, AwaitResult, BatchOperationAction, BatchOperationOrder,
    BatchOperationPlan, BatchOperationType, BroadcastSignal, CancelProcessInstance, Command,
    CompleteJob, CompleteUserTask, ControlBatchOperation, CorrelateMessage, CreateBatchOperation,
    CreateProcessInstance, DecisionRef, DefinitionRef, DeleteHistory, DeleteResource,
    DeployResources, ElementInstanceSelector, ElementMapping, EvaluateConditionals,
    EvaluateDecision, EvaluateExpression, FailJob, HistoryType, JobResult, MigrateProcessInstance,
    ModifyProcessInstance, MoveInstruction, PublishMessage, ResolveIncident, Resource,
    ScopedVariables, SetVariables, ThrowError, UpdateJobRetries, UpdateJobTimeout, UpdateUserTask,
    UserTaskChanges, UserTaskCorrections, UserTaskResult,
};
pub use deployment::{
    DeployedDecision, DeployedDecisionRequirements, DeployedFile, DeployedForm, DeployedProcess,
    Deployment,
};
pub use document::{
    DOCUMENT_DEPTH_MAX, Document, DocumentError, StoredValue, VariableEntry, VariableRef,
    list_header, list_items,
};
pub use element::{
    BpmnElementType, BpmnEventType, CalledBy, ElementRef, ElementSlot, ElementValue, InstanceSlot,
    ProcessInstanceRef,
};
pub use event::{
    AdHocSubProcessInstruction, AdHocSubProcessInstructionIntent, BannedInstance,
    BatchOperationCounts, BatchOperationCreated, BatchOperationEvent, BatchOperationItem,
    BatchOperationReport, BatchOperationState, CommandDistributionEvent,
    CompensationSubscriptionIntent, CompensationSubscriptionValue, ConditionalSubscriptionIntent,
    ConditionalSubscriptionValue, DecisionCaller, DecisionEvaluationFailure,
    DecisionEvaluationIntent, DecisionEvaluationValue, DecisionRequirementsValue, DecisionType,
    DecisionValue, DeployedResource, DirectStart, DistributedBatchControl,
    DistributedBatchOperation, DistributedBatchReport, DistributedCommand, DistributedDeletion,
    DistributedDeployment, ErrorType, EscalationIntent, EscalationValue, EvaluatedDecisionValue,
    EvaluatedInputValue, EvaluatedOutputValue, Event, ExpressionEvaluated, FormValue, HeldDocument,
    HeldStep, IncidentEvent, IncidentValue, InstancesPlanned, JobBatchActivated, JobEvent, JobKind,
    JobValue, ListItemValue, ListenerEvent, MatchedRuleValue, MessageCorrelationIntent,
    MessageCorrelationValue, MessageEvent, MessagePublished, MessageStartEventSubscriptionEvent,
    MessageStartEventSubscriptionValue, MessageSubscriptionEvent, MessageSubscriptionValue,
    ProcessCreated, ProcessDeletionIntent, ProcessDeletionValue, ProcessEventEvent,
    ProcessInstanceCreated, ProcessInstanceIntent, ProcessInstanceMigrated,
    ProcessInstanceModified, ProcessMessageSubscriptionEvent, ProcessMessageSubscriptionValue,
    RedeliveryTarget, ResourceDeletionIntent, ResourceIntent, ResourceValue,
    RuntimeInstructionInterrupted, SignalBroadcasted, SignalSubscriptionEvent,
    SignalSubscriptionValue, TaskListenerEvent, TimerIntent, TimerValue, UserTaskAttribute,
    UserTaskIntent, UserTaskProperties, UserTaskValue, VariableDocumentIntent,
    VariableDocumentUpdated, VariableIntent, VariableValue,
};
pub use exporter::{ExportError, Exporter};
pub use filter::{
    ElementCondition, InstanceCondition, NumberField, ProcessInstanceFilter, Test, TextField,
    TextTest, VariableCondition,
};
pub use id::{
    BpmnProcessId, BusinessId, CorrelationKey, DecisionId, DecisionRequirementsId, ElementId,
    FormId, JobType, MessageName, ResourceId, TenantId,
};
pub use internal::{
    AcknowledgeDistribution, ActivateChildren, AnswerCorrelation, CompleteAdHocSubProcess,
    CompleteTaskListener, ConfirmMessageSubscription, CorrelateProcessMessageSubscription,
    CreateMessageSubscription, DeleteMessageSubscription, DenyTaskListener, Distribution,
    ElementCommand, SubscriptionRef, TerminateChildren, TriggerConditional, TriggerTimer,
};
pub use key::{
    BatchOperationKey, DecisionEvaluationKey, DecisionKey, DecisionRequirementsKey, DeploymentKey,
    ElementInstanceKey, FormKey, IncidentKey, JobKey, Key, MessageKey, PartitionId,
    ProcessDefinitionKey, ProcessInstanceKey, ResourceKey, SignalKey, TimerKey, UserTaskKey,
    VariableKey,
};
pub use query::Query;
pub use record::{Batch, Body, DecodeError, Record, RecordLine};
pub use rejection::{Rejection, RejectionKind};
pub use response::{
    ActivatedJob, ActivatedJobs, CorrelatedMessage, CreatedProcessInstance, EvaluatedConditionals,
    ProcessInstanceResult, Response,
};
pub use routing::{correlation_hash, partition_for_correlation_key};

/// Milliseconds since the Unix epoch.
///
/// The engine never reads a clock: every command carries the time at which it is processed.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    Eq,
    Hash,
    Ord,
    PartialEq,
    PartialOrd,
    serde::Deserialize,
    serde::Serialize,
)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// This time plus `ms` milliseconds; stays at the largest time instead of overflowing.
    #[must_use]
    pub fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }
}
