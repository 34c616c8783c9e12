//! Zeebe's names for what records are: value type and intent, as exporters and log lines use them.

use crate::{
    BatchOperationAction, BatchOperationEvent, Command, CommandDistributionEvent,
    DistributedCommand, Event, IncidentEvent, JobEvent, MessageEvent, ProcessEventEvent,
};

impl Command {
    /// Zeebe's value type, for example `JOB`.
    #[must_use]
    pub fn value_type(&self) -> &'static str {
        self.names().0
    }

    /// Zeebe's intent, for example `COMPLETE`.
    #[must_use]
    pub fn intent(&self) -> &'static str {
        self.names().1
    }

    fn names(&self) -> (&'static str, &'static str) {
        match self {
            Self::DeployResources(_) => ("DEPLOYMENT", "CREATE"),
            Self::CreateProcessInstance(create) if create.await_result.is_some() => {
                ("PROCESS_INSTANCE_CREATION", "CREATE_WITH_AWAITING_RESULT")
            }
            Self::CreateProcessInstance(_) => ("PROCESS_INSTANCE_CREATION", "CREATE"),
            Self::CancelProcessInstance(_) => ("PROCESS_INSTANCE", "CANCEL"),
            Self::ActivateJobs(_) => ("JOB_BATCH", "ACTIVATE"),
            Self::CompleteJob(_) => ("JOB", "COMPLETE"),
            Self::FailJob(_) => ("JOB", "FAIL"),
            Self::ThrowError(_) => ("JOB", "THROW_ERROR"),
            Self::UpdateJobRetries(_) => ("JOB", "UPDATE_RETRIES"),
            Self::UpdateJobTimeout(_) => ("JOB", "UPDATE_TIMEOUT"),
            Self::YieldJob(_) => ("JOB", "YIELD"),
            Self::TimeOutJob(_) => ("JOB", "TIME_OUT"),
            Self::RecurJobAfterBackoff(_) => ("JOB", "RECUR_AFTER_BACKOFF"),
            Self::PublishMessage(_) => ("MESSAGE", "PUBLISH"),
            Self::CorrelateMessage(_) => ("MESSAGE_CORRELATION", "CORRELATE"),
            Self::ExpireMessages(_) => ("MESSAGE_BATCH", "EXPIRE"),
            Self::BroadcastSignal(_) => ("SIGNAL", "BROADCAST"),
            Self::SetVariables(_) => ("VARIABLE_DOCUMENT", "UPDATE"),
            Self::ResolveIncident(_) => ("INCIDENT", "RESOLVE"),
            Self::ActivateAdHocElements(_) => ("AD_HOC_SUB_PROCESS_INSTRUCTION", "ACTIVATE"),
            Self::CompleteAdHocSubProcess(_) => ("AD_HOC_SUB_PROCESS_INSTRUCTION", "COMPLETE"),
            Self::MigrateProcessInstance(_) => ("PROCESS_INSTANCE_MIGRATION", "MIGRATE"),
            Self::ModifyProcessInstance(_) => ("PROCESS_INSTANCE_MODIFICATION", "MODIFY"),
            Self::Element(command, _) => ("PROCESS_INSTANCE", command.as_str()),
            Self::TerminateChildren(_) => ("PROCESS_INSTANCE_BATCH", "TERMINATE"),
            Self::ActivateChildren(_) => ("PROCESS_INSTANCE_BATCH", "ACTIVATE"),
            Self::TriggerTimer(_) => ("TIMER", "TRIGGER"),
            Self::CreateMessageSubscription(_) => ("MESSAGE_SUBSCRIPTION", "CREATE"),
            Self::MigrateMessageSubscription(_) => ("MESSAGE_SUBSCRIPTION", "MIGRATE"),
            Self::CorrelateMessageSubscription(_) => ("MESSAGE_SUBSCRIPTION", "CORRELATE"),
            Self::RejectMessageSubscription(_) => ("MESSAGE_SUBSCRIPTION", "REJECT"),
            Self::DeleteMessageSubscription(_) => ("MESSAGE_SUBSCRIPTION", "DELETE"),
            Self::ConfirmMessageSubscription(_) => ("PROCESS_MESSAGE_SUBSCRIPTION", "CREATE"),
            Self::CorrelateProcessMessageSubscription(_) => {
                ("PROCESS_MESSAGE_SUBSCRIPTION", "CORRELATE")
            }
            Self::ConfirmMessageSubscriptionDeleted(_) => {
                ("PROCESS_MESSAGE_SUBSCRIPTION", "DELETE")
            }
            Self::Distributed(distribution) => match distribution.command {
                DistributedCommand::Deployment(_) => ("DEPLOYMENT", "CREATE"),
                DistributedCommand::Signal(_) => ("SIGNAL", "BROADCAST"),
                DistributedCommand::Deletion(_) => ("RESOURCE_DELETION", "DELETE"),
                DistributedCommand::BatchOperation(_) => ("BATCH_OPERATION_CREATION", "CREATE"),
                DistributedCommand::BatchControl(control) => {
                    ("BATCH_OPERATION_LIFECYCLE_MANAGEMENT", control.action.as_str())
                }
                DistributedCommand::BatchReport(ref ended) => (
                    "BATCH_OPERATION_PARTITION_LIFECYCLE",
                    match ended.report.error {
                        None => "COMPLETE_PARTITION",
                        Some(_) => "FAIL_PARTITION",
                    },
                ),
            },
            Self::AcknowledgeDistribution(_) => ("COMMAND_DISTRIBUTION", "ACKNOWLEDGE"),
            Self::Redeliver(_) => ("REDELIVERY", "REDELIVER"),
            Self::EvaluateDecision(_) => ("DECISION_EVALUATION", "EVALUATE"),
            Self::DeleteResource(_) => ("RESOURCE_DELETION", "DELETE"),
            Self::DeleteHistory(_) => ("HISTORY_DELETION", "DELETE"),
            Self::EvaluateExpression(_) => ("EXPRESSION", "EVALUATE"),
            Self::AssignUserTask(assign) if assign.allow_override => ("USER_TASK", "ASSIGN"),
            Self::AssignUserTask(_) => ("USER_TASK", "CLAIM"),
            Self::CompleteUserTask(_) => ("USER_TASK", "COMPLETE"),
            Self::UpdateUserTask(_) => ("USER_TASK", "UPDATE"),
            Self::CompleteTaskListener(_) => ("USER_TASK", "COMPLETE_TASK_LISTENER"),
            Self::DenyTaskListener(_) => ("USER_TASK", "DENY_TASK_LISTENER"),
            Self::ResumeWork => ("WORK", "RESUME"),
            Self::TriggerConditional(_) => ("CONDITIONAL_SUBSCRIPTION", "TRIGGER"),
            Self::EvaluateConditionals(_) => ("CONDITIONAL_EVALUATION", "EVALUATE"),
            Self::CreateBatchOperation(_) => ("BATCH_OPERATION_CREATION", "CREATE"),
            Self::ControlBatchOperation(control) => {
                ("BATCH_OPERATION_LIFECYCLE_MANAGEMENT", control.action.as_str())
            }
            Self::InitializeBatchOperation(_) => ("BATCH_OPERATION_INITIALIZATION", "INITIALIZE"),
            Self::ExecuteBatchOperation(_) => ("BATCH_OPERATION_EXECUTION", "EXECUTE"),
            Self::PinClock(_) => ("CLOCK", "PIN"),
            Self::ResetClock => ("CLOCK", "RESET"),
        }
    }
}

impl Event {
    /// Zeebe's value type, for example `JOB`.
    #[must_use]
    pub fn value_type(&self) -> &'static str {
        self.names().0
    }

    /// Zeebe's intent, for example `COMPLETED`.
    #[must_use]
    pub fn intent(&self) -> &'static str {
        self.names().1
    }

    fn names(&self) -> (&'static str, &'static str) {
        match self {
            Self::ProcessInstance(intent, _) => ("PROCESS_INSTANCE", intent.as_str()),
            Self::ProcessInstanceCreated(_) => ("PROCESS_INSTANCE_CREATION", "CREATED"),
            Self::Variable(intent, _) => ("VARIABLE", intent.as_str()),
            Self::VariableDocument(intent, _) => ("VARIABLE_DOCUMENT", intent.as_str()),
            Self::ProcessEvent(event) => (
                "PROCESS_EVENT",
                match event {
                    ProcessEventEvent::Triggering { .. } => "TRIGGERING",
                    ProcessEventEvent::Triggered { .. } => "TRIGGERED",
                },
            ),
            Self::Job(_, event) => ("JOB", job_intent(event)),
            Self::JobsActivated(_) => ("JOB_BATCH", "ACTIVATED"),
            Self::Incident(event) => (
                "INCIDENT",
                match event {
                    IncidentEvent::Created(_) => "CREATED",
                    IncidentEvent::Resolved { .. } => "RESOLVED",
                    IncidentEvent::Migrated { .. } => "MIGRATED",
                },
            ),
            Self::Timer(intent, _) => ("TIMER", intent.as_str()),
            Self::Message(event) => (
                "MESSAGE",
                match event {
                    MessageEvent::Published(_) => "PUBLISHED",
                    MessageEvent::Expired => "EXPIRED",
                },
            ),
            Self::MessageSubscription(event, _) => ("MESSAGE_SUBSCRIPTION", event.as_str()),
            Self::ProcessMessageSubscription(event, _) => {
                ("PROCESS_MESSAGE_SUBSCRIPTION", event.as_str())
            }
            Self::MessageStartEventSubscription(event, _) => {
                ("MESSAGE_START_EVENT_SUBSCRIPTION", event.as_str())
            }
            Self::SignalBroadcasted(_) => ("SIGNAL", "BROADCASTED"),
            Self::SignalSubscription(event, _) => ("SIGNAL_SUBSCRIPTION", event.as_str()),
            Self::ProcessCreated(_) => ("PROCESS", "CREATED"),
            Self::DeploymentCreated(_) => ("DEPLOYMENT", "CREATED"),
            Self::CommandDistribution(event) => (
                "COMMAND_DISTRIBUTION",
                match event {
                    CommandDistributionEvent::Started(_) => "STARTED",
                    CommandDistributionEvent::Distributing { .. } => "DISTRIBUTING",
                    CommandDistributionEvent::Acknowledged { .. } => "ACKNOWLEDGED",
                    CommandDistributionEvent::Finished => "FINISHED",
                    CommandDistributionEvent::Received { .. } => "RECEIVED",
                },
            ),
            Self::InstanceBanned(_) => ("ERROR", "CREATED"),
            Self::WorkPostponed(_) => ("WORK", "POSTPONED"),
            Self::WorkResumed(_) => ("WORK", "RESUMED"),
            Self::Redelivered(_) => ("REDELIVERY", "REDELIVERED"),
            Self::ConditionalSubscription(intent, _) => {
                ("CONDITIONAL_SUBSCRIPTION", intent.as_str())
            }
            Self::ConditionalEvaluated(_) => ("CONDITIONAL_EVALUATION", "EVALUATED"),
            Self::CompensationSubscription(intent, _) => {
                ("COMPENSATION_SUBSCRIPTION", intent.as_str())
            }
            Self::Escalation(intent, _) => ("ESCALATION", intent.as_str()),
            Self::DecisionRequirements(intent, _) => ("DECISION_REQUIREMENTS", intent.as_str()),
            Self::Decision(intent, _) => ("DECISION", intent.as_str()),
            Self::Form(intent, _) => ("FORM", intent.as_str()),
            Self::Resource(intent, _) => ("RESOURCE", intent.as_str()),
            Self::DecisionEvaluation(value) => ("DECISION_EVALUATION", value.intent().as_str()),
            Self::BatchOperation(event) => batch_operation_names(event),
            Self::ProcessInstanceMigrated(_) => ("PROCESS_INSTANCE_MIGRATION", "MIGRATED"),
            Self::ClockPinned(_) => ("CLOCK", "PINNED"),
            Self::ClockReset => ("CLOCK", "RESETTED"),
            Self::HistoryDeleted(_) => ("HISTORY_DELETION", "DELETED"),
            Self::MessageCorrelation(intent, _) => ("MESSAGE_CORRELATION", intent.as_str()),
            Self::RuntimeInstructionInterrupted(_) => ("RUNTIME_INSTRUCTION", "INTERRUPTED"),
            Self::ProcessInstanceModified(_) => ("PROCESS_INSTANCE_MODIFICATION", "MODIFIED"),
            Self::ResourceDeletion(intent, _) => ("RESOURCE_DELETION", intent.as_str()),
            Self::ProcessDeletion(intent, _) => ("PROCESS", intent.as_str()),
            Self::ExpressionEvaluated(_) => ("EXPRESSION", "EVALUATED"),
            Self::ListItem(_) => ("VARIABLE", "UPDATED"),
            Self::UserTask(intent, _) => ("USER_TASK", intent.as_str()),
            Self::InstancesPlanned(_) => ("MULTI_INSTANCE", "PLANNED"),
            Self::AdHocInstruction(intent, _) => {
                ("AD_HOC_SUB_PROCESS_INSTRUCTION", intent.as_str())
            }
        }
    }
}

/// Source: camunda/camunda: zeebe/protocol, `ValueType`, `BatchOperationIntent`,
/// `BatchOperationChunkIntent`, `BatchOperationExecutionIntent`
fn batch_operation_names(event: &BatchOperationEvent) -> (&'static str, &'static str) {
    match event {
        BatchOperationEvent::Created(_) => ("BATCH_OPERATION_CREATION", "CREATED"),
        BatchOperationEvent::ChunkCreated(_) => ("BATCH_OPERATION_CHUNK", "CREATED"),
        BatchOperationEvent::Initializing(_) => ("BATCH_OPERATION_INITIALIZATION", "INITIALIZING"),
        BatchOperationEvent::Initialized => ("BATCH_OPERATION_INITIALIZATION", "INITIALIZED"),
        BatchOperationEvent::Executed { .. } => ("BATCH_OPERATION_EXECUTION", "EXECUTED"),
        BatchOperationEvent::Controlled { action, .. } => (
            "BATCH_OPERATION_LIFECYCLE_MANAGEMENT",
            match action {
                BatchOperationAction::Suspend => "SUSPENDED",
                BatchOperationAction::Resume => "RESUMED",
                BatchOperationAction::Cancel => "CANCELED",
            },
        ),
        BatchOperationEvent::PartitionEnded(report) => (
            "BATCH_OPERATION_PARTITION_LIFECYCLE",
            match report.error {
                None => "PARTITION_COMPLETED",
                Some(_) => "PARTITION_FAILED",
            },
        ),
        BatchOperationEvent::Ended { failed: false } => {
            ("BATCH_OPERATION_LIFECYCLE_MANAGEMENT", "COMPLETED")
        }
        BatchOperationEvent::Ended { failed: true } => {
            ("BATCH_OPERATION_LIFECYCLE_MANAGEMENT", "FAILED")
        }
    }
}

fn job_intent(event: &JobEvent) -> &'static str {
    match event {
        JobEvent::Created { .. } => "CREATED",
        JobEvent::Completed => "COMPLETED",
        JobEvent::TimedOut => "TIMED_OUT",
        JobEvent::Failed { .. } => "FAILED",
        JobEvent::RetriesUpdated { .. } => "RETRIES_UPDATED",
        JobEvent::Canceled => "CANCELED",
        JobEvent::ErrorThrown { .. } => "ERROR_THROWN",
        JobEvent::RecurredAfterBackoff => "RECURRED_AFTER_BACKOFF",
        JobEvent::Yielded => "YIELDED",
        JobEvent::TimeoutUpdated { .. } => "TIMEOUT_UPDATED",
        JobEvent::Migrated { .. } => "MIGRATED",
    }
}
