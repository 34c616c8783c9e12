//! Bodies of the REST API v2, at the level of 8.9.
//!
//! Attribute names are camelCase. Keys are text (JSON numbers lose digits from 2^53 on), and
//! requests may give them either way. In requests, an attribute that is `null` is absent and an
//! unknown one is refused; in responses, an attribute without a value is there as `null`.
//!
//! Source: camunda/camunda: zeebe/gateway-protocol/src/main/proto/rest-api.yaml

mod batch_operation;
mod clock;
mod cluster;
mod conditional;
mod decision;
mod decision_search;
mod deployment;
mod element_instance;
mod expression;
mod filter;
mod incident;
mod job;
mod job_search;
mod job_statistics;
mod key;
mod message;
mod message_subscription;
mod modification;
mod object;
mod problem;
mod process_definition;
mod process_instance;
mod resource;
mod search;
mod statistics;
mod user_task;
mod variable;

pub use batch_operation::{
    BatchMoveInstruction, BatchOperation, BatchOperationError, BatchOperationFilter,
    BatchOperationItem, BatchOperationItemFilter, BatchOperationRequest, CreatedBatchOperation,
    DecisionInstancesDeletionRequest, DeleteDecisionInstanceRequest,
    MigrationBatchOperationRequest, MigrationPlan, ModificationBatchOperationRequest,
};
pub use clock::ClockPinRequest;
pub use cluster::{
    BrokerInfo, CurrentUser, License, Partition, PartitionHealth, PartitionRole, Tenant, Topology,
};
pub use conditional::{
    ConditionalEvaluation, ConditionalEvaluationRequest, StartedProcessInstance,
};
pub use decision::{
    DecisionEvaluation, DecisionEvaluationRequest, EvaluatedDecision, EvaluatedDecisionInput,
    EvaluatedDecisionOutput, MatchedDecisionRule,
};
pub use decision_search::{
    DecisionDefinition, DecisionDefinitionFilter, DecisionInstance, DecisionInstanceDetails,
    DecisionInstanceFilter, DecisionRequirements, DecisionRequirementsFilter,
};
pub use deployment::{
    Deployment, DeploymentDecision, DeploymentDecisionRequirements, DeploymentForm, DeploymentItem,
    DeploymentProcess, DeploymentResource,
};
pub use element_instance::{ElementInstance, ElementInstanceFilter};
pub use expression::{ExpressionEvaluation, ExpressionEvaluationRequest, ExpressionWarning};
pub use filter::{ProcessInstanceFilter, PropertyFilter, VariableFilter};
pub use incident::{
    AdHocActivationRequest, AdHocElement, Incident, IncidentFilter, IncidentResolutionRequest,
    IncidentStatisticsByDefinition, IncidentStatisticsByError, IncidentStatisticsByErrorRequest,
    IncidentStatisticsFilter, SetVariablesRequest,
};
pub use job::{
    ActivatedJob, JobActivationRequest, JobActivationResponse, JobChangeset, JobCompletionRequest,
    JobErrorRequest, JobFailRequest, JobResult, JobResultCorrections, JobUpdateRequest,
    ListenedUserTask, TenantFilter,
};
pub use job_search::{Job, JobFilter};
pub use job_statistics::{
    GlobalJobStatistics, JobErrorStatistics, JobErrorStatisticsFilter, JobStatisticsRequest,
    JobTimeSeriesStatistics, JobTimeSeriesStatisticsFilter, JobTypeStatistics,
    JobTypeStatisticsFilter, JobWorkerStatistics, JobWorkerStatisticsFilter, StatusMetric,
};
pub use key::{Key, KeyFormat, KeyParseError};
pub use message::{
    MessageCorrelation, MessageCorrelationRequest, MessagePublication, MessagePublicationRequest,
    SignalBroadcast, SignalBroadcastRequest,
};
pub use message_subscription::{
    CorrelatedMessageSubscription, CorrelatedMessageSubscriptionFilter, MessageSubscription,
    MessageSubscriptionFilter,
};
pub use modification::{
    ActivateInstruction, AncestorScopeInstruction, MappingInstruction,
    MigrateProcessInstanceRequest, ModifyProcessInstanceRequest, MoveInstruction,
    SourceElementInstruction, TerminateInstruction, VariableInstruction,
};
pub use object::{JsonObject, JsonValue, ValueText};
pub use problem::ProblemDetail;
pub use process_definition::{Form, ProcessDefinition, ProcessDefinitionFilter};
pub use process_instance::{
    CallHierarchyEntry, CancelProcessInstanceRequest, CreateProcessInstanceRequest,
    CreatedProcessInstance, DeleteProcessInstanceRequest, ProcessInstance, RuntimeInstruction,
    SequenceFlow, StartInstruction,
};
pub use resource::{DeleteResourceRequest, DeletedResource, DeployedResource};
pub use search::{SearchPage, SearchRequest, SearchResult, SearchResultPage, SearchSort};
pub use statistics::{
    DefinitionInstanceStatistics, DefinitionInstanceStatisticsRequest, ElementStatisticsRequest,
    Items, MessageSubscriptionStatistics, MessageSubscriptionStatisticsRequest,
    ProcessElementStatistics, VersionInstanceStatistics, VersionInstanceStatisticsFilter,
};
pub use user_task::{
    UserTask, UserTaskAssignmentRequest, UserTaskChangeset, UserTaskCompletionRequest,
    UserTaskFilter, UserTaskUpdateRequest, UserTaskVariableFilter,
};
pub use variable::{Variable, VariableSearchFilter};
