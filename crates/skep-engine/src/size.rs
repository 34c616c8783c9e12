//! Estimates of encoded sizes, so that a batch stops growing before it is written.
//!
//! What can be large is counted as it is, the rest by a constant that suits most records.

use skep_record::{
    AdHocActivation, BatchOperationEvent, BatchOperationReport, Command, DecisionEvaluationValue,
    DecisionRequirementsValue, DecisionValue, DeployedResource, DirectStart, DistributedCommand,
    DistributedDeployment, ElementMapping, Event, JobEvent, JobResult, MessageEvent,
    ProcessEventEvent, UserTaskChanges, UserTaskCorrections, UserTaskProperties,
};

/// Every record's own fields, keys included.
const RECORD_BYTES: usize = 48;

pub(crate) fn event_bytes(event: &Event) -> usize {
    RECORD_BYTES
        + match event {
            Event::Variable(_, value) => value.entry.len_bytes(),
            Event::ListItem(value) => value.entry.len_bytes(),
            Event::AdHocInstruction(_, instruction) => 5 * instruction.elements.len(),
            Event::ProcessEvent(ProcessEventEvent::Triggering { variables, .. }) => {
                variables.as_msgpack().len()
            }
            Event::Job(_, event) => job_bytes(event),
            Event::JobsActivated(batch) => batch.worker.len() + 10 * batch.job_keys.len(),
            Event::Incident(skep_record::IncidentEvent::Created(incident)) => {
                incident.message.len()
            }
            Event::Message(MessageEvent::Published(message)) => {
                message.variables.as_msgpack().len()
                    + message.name.len()
                    + message.correlation_key.len()
                    + message.message_id.len()
            }
            Event::MessageSubscription(_, value) => {
                64 + value.variables.as_msgpack().len()
                    + value.message_name.len()
                    + value.correlation_key.len()
            }
            Event::ProcessMessageSubscription(_, value) => {
                64 + value.message_name.len() + value.correlation_key.len() + value.element_id.len()
            }
            Event::MessageStartEventSubscription(_, value) => {
                96 + value.message_name.len() + value.correlation_key.len()
            }
            Event::MessageCorrelation(_, value) => {
                32 + value.name.len() + value.correlation_key.len()
            }
            Event::SignalBroadcasted(signal) => {
                signal.signal_name.len() + signal.variables.as_msgpack().len()
            }
            Event::SignalSubscription(_, value) => {
                96 + value.signal_name.len() + value.element_id.len()
            }
            Event::Timer(_, timer) => 48 + timer.target_element_id.len(),
            Event::ProcessCreated(process) => {
                64 + process.resource_name.len() + resource_bytes(&process.resource)
            }
            Event::DeploymentCreated(deployment) => 128 * deployment.len(),
            Event::DecisionEvaluation(value) => evaluation_bytes(value),
            Event::ExpressionEvaluated(evaluated) => {
                let warnings = evaluated.warnings.iter().map(String::len).sum::<usize>();
                32 + evaluated.expression.len() + evaluated.result.as_msgpack().len() + warnings
            }
            Event::UserTask(_, value) => {
                let held = value.held.as_ref().map_or(0, |held| held.variables.as_msgpack().len());
                32 + value.action.len()
                    + value.denied_reason.len()
                    + held
                    + user_task_bytes(&value.task)
            }
            Event::ProcessDeletion(_, process) => 64 + process.resource_name.len(),
            Event::DecisionRequirements(_, value) => graph_bytes(value),
            Event::Decision(_, value) => decision_bytes(value),
            Event::Form(_, value) => file_bytes(&value.resource_name, value.resource.as_ref()),
            Event::Resource(_, value) => file_bytes(&value.resource_name, value.resource.as_ref()),
            Event::CommandDistribution(skep_record::CommandDistributionEvent::Started(command)) => {
                distributed_bytes(command)
            }
            Event::ProcessInstanceCreated(created) => {
                let tags = created.tags.iter().map(|tag| tag.len() + 2).sum::<usize>();
                let ends = created.terminate_after.iter().map(|id| id.len() + 2).sum::<usize>();
                let business_id = created.business_id.as_ref().map_or(0, |id| id.len());
                tags + ends + business_id + direct_starts_bytes(&created.start_at)
            }
            Event::ProcessInstanceModified(modified) => {
                direct_starts_bytes(&modified.activated)
                    + 10 * (modified.ancestor_scope_keys.len() + modified.terminated.len())
            }
            Event::ProcessInstanceMigrated(migrated) => mappings_bytes(&migrated.mappings),
            Event::WorkPostponed(positions) => 5 * positions.len(),
            Event::InstanceBanned(banned) => banned.message.len(),
            Event::ConditionalSubscription(_, value) => 64 + value.catch_element_id.len(),
            Event::ConditionalEvaluated(evaluated) => 24 * evaluated.instances.len(),
            Event::CompensationSubscription(..) => 48,
            Event::Escalation(_, value) => 32 + value.escalation_code.len(),
            Event::BatchOperation(event) => batch_operation_bytes(event),
            Event::ProcessInstance(..)
            | Event::VariableDocument(..)
            | Event::ProcessEvent(ProcessEventEvent::Triggered { .. })
            | Event::Incident(
                skep_record::IncidentEvent::Resolved { .. }
                | skep_record::IncidentEvent::Migrated { .. },
            )
            | Event::Message(MessageEvent::Expired)
            | Event::CommandDistribution(_)
            | Event::WorkResumed(_)
            | Event::ResourceDeletion(..)
            | Event::Redelivered(_)
            | Event::RuntimeInstructionInterrupted(_)
            | Event::ClockPinned(_)
            | Event::ClockReset
            | Event::HistoryDeleted(_)
            | Event::InstancesPlanned(_) => 0,
        }
}

fn batch_operation_bytes(event: &BatchOperationEvent) -> usize {
    match event {
        BatchOperationEvent::Created(created) => 32 + created.order.len_bytes(),
        BatchOperationEvent::ChunkCreated(items) => 20 * items.len(),
        BatchOperationEvent::PartitionEnded(report) => report_bytes(report),
        BatchOperationEvent::Initializing(_)
        | BatchOperationEvent::Initialized
        | BatchOperationEvent::Executed { .. }
        | BatchOperationEvent::Controlled { .. }
        | BatchOperationEvent::Ended { .. } => 0,
    }
}

fn report_bytes(report: &BatchOperationReport) -> usize {
    32 + report.error.as_ref().map_or(0, String::len)
}

fn mappings_bytes(mappings: &[ElementMapping]) -> usize {
    let ids = |mapping: &ElementMapping| {
        4 + mapping.source_element_id.len() + mapping.target_element_id.len()
    };
    mappings.iter().map(ids).sum()
}

fn direct_starts_bytes(starts: &[DirectStart]) -> usize {
    starts.iter().map(|start| start.element_id.len() + 12).sum()
}

fn job_bytes(event: &JobEvent) -> usize {
    match event {
        JobEvent::Created { job_type, headers, .. } => job_type.len() + headers.as_msgpack().len(),
        JobEvent::Migrated { headers } => headers.as_msgpack().len(),
        JobEvent::Failed { error_message, .. } => error_message.len(),
        JobEvent::ErrorThrown { error_code, error_message, .. } => {
            error_code.len() + error_message.len()
        }
        JobEvent::Completed
        | JobEvent::TimedOut
        | JobEvent::RetriesUpdated { .. }
        | JobEvent::Canceled
        | JobEvent::RecurredAfterBackoff
        | JobEvent::Yielded
        | JobEvent::TimeoutUpdated { .. } => 0,
    }
}

fn names_bytes(names: &[String]) -> usize {
    names.iter().map(|name| name.len() + 2).sum()
}

fn user_task_bytes(task: &UserTaskProperties) -> usize {
    task.assignee.len()
        + names_bytes(&task.candidate_groups)
        + names_bytes(&task.candidate_users)
        + task.due_date.len()
        + task.follow_up_date.len()
        + task.external_form_reference.len()
        + task.custom_headers.as_msgpack().len()
}

/// How much an update of a user task asks to keep.
fn changes_bytes(changes: &UserTaskChanges) -> usize {
    let names = [&changes.candidate_groups, &changes.candidate_users];
    let dates = [&changes.due_date, &changes.follow_up_date];
    let names = names.into_iter().flatten().map(|names| names_bytes(names)).sum::<usize>();
    names + dates.into_iter().flatten().map(String::len).sum::<usize>()
}

fn result_bytes(result: &JobResult) -> usize {
    match result {
        JobResult::UserTask(result) => {
            result.denied_reason.len() + corrections_bytes(&result.corrections)
        }
        JobResult::AdHocSubProcess(result) => activations_bytes(&result.activate),
    }
}

fn corrections_bytes(corrections: &UserTaskCorrections) -> usize {
    let assignee = corrections.assignee.as_ref().map_or(0, String::len);
    32 + assignee + changes_bytes(&corrections.changes)
}

fn activations_bytes(elements: &[AdHocActivation]) -> usize {
    let size = |element: &AdHocActivation| {
        8 + element.element_id.len() + element.variables.as_msgpack().len()
    };
    elements.iter().map(size).sum()
}

fn resource_bytes(resource: &DeployedResource) -> usize {
    match resource {
        DeployedResource::Content(content) => content.len(),
        DeployedResource::SameAs(_) => 0,
    }
}

fn graph_bytes(value: &DecisionRequirementsValue) -> usize {
    value.name.len()
        + value.namespace.len()
        + file_bytes(&value.resource_name, value.resource.as_ref())
}

fn decision_bytes(value: &DecisionValue) -> usize {
    128 + value.decision_id.len() + value.name.len()
}

fn evaluation_bytes(value: &DecisionEvaluationValue) -> usize {
    let decisions = value.evaluated_decisions.iter().map(|decision| {
        let inputs = decision.evaluated_inputs.iter().map(|input| {
            8 + input.input_id.len() + input.input_name.len() + input.input_value.as_msgpack().len()
        });
        let outputs = decision.matched_rules.iter().flat_map(|rule| &rule.evaluated_outputs);
        let outputs = outputs.map(|output| {
            let value = output.output_value.as_msgpack();
            8 + output.output_id.len() + output.output_name.len() + value.len()
        });
        let rules = decision.matched_rules.iter().map(|rule| 8 + rule.rule_id.len());
        24 + decision.decision_id.len()
            + decision.decision_name.len()
            + decision.decision_output.as_msgpack().len()
            + inputs.chain(outputs).chain(rules).sum::<usize>()
    });
    let message = value.failure.as_ref().map_or(0, |failure| failure.message.len());
    128 + value.decision_output.as_msgpack().len() + message + decisions.sum::<usize>()
}

fn file_bytes(name: &str, content: Option<&bytes::Bytes>) -> usize {
    96 + name.len() + content.map_or(0, |content| content.len())
}

fn deployment_bytes(deployment: &DistributedDeployment) -> usize {
    let processes = deployment.processes.iter().map(|one| 128 + resource_bytes(&one.resource));
    let graphs = deployment.decision_requirements.iter().map(graph_bytes);
    let decisions = deployment.decisions.iter().map(decision_bytes);
    let forms = deployment.forms.iter().map(|one| (&one.resource_name, one.resource.as_ref()));
    let files = deployment.resources.iter().map(|one| (&one.resource_name, one.resource.as_ref()));
    let files = forms.chain(files).map(|(name, content)| file_bytes(name, content));
    processes.chain(graphs).chain(decisions).chain(files).sum()
}

fn distributed_bytes(command: &DistributedCommand) -> usize {
    match command {
        DistributedCommand::Deployment(deployment) => deployment_bytes(deployment),
        DistributedCommand::Deletion(_) | DistributedCommand::BatchControl(_) => 16,
        DistributedCommand::BatchOperation(begun) => 16 + begun.order.len_bytes(),
        DistributedCommand::BatchReport(ended) => 16 + report_bytes(&ended.report),
        DistributedCommand::Signal(signal) => {
            signal.signal_name.len() + signal.variables.as_msgpack().len()
        }
    }
}

pub(crate) fn command_bytes(command: &Command) -> usize {
    RECORD_BYTES
        + match command {
            Command::DeployResources(deploy) => deploy
                .resources
                .iter()
                .map(|resource| resource.name.len() + resource.content.len())
                .sum(),
            Command::CreateProcessInstance(create) => {
                let ids = create.start_at.iter().chain(&create.terminate_after);
                let business_id = create.business_id.as_ref().map_or(0, |id| id.len());
                let ids = ids.map(|id| id.len() + 2).sum::<usize>();
                create.variables.as_msgpack().len() + 128 + business_id + ids
            }
            Command::CompleteJob(complete) => {
                complete.variables.as_msgpack().len()
                    + complete.result.as_deref().map_or(0, result_bytes)
            }
            Command::FailJob(fail) => fail.variables.as_msgpack().len() + fail.error_message.len(),
            Command::ThrowError(throw) => {
                throw.variables.as_msgpack().len() + throw.error_message.len()
            }
            Command::CorrelateMessage(correlate) => {
                correlate.variables.as_msgpack().len()
                    + correlate.name.len()
                    + correlate.correlation_key.len()
            }
            Command::PublishMessage(publish) => {
                publish.variables.as_msgpack().len()
                    + publish.name.len()
                    + publish.correlation_key.len()
                    + publish.message_id.len()
            }
            Command::BroadcastSignal(signal) => {
                signal.signal_name.len() + signal.variables.as_msgpack().len()
            }
            Command::EvaluateConditionals(evaluate) => evaluate.variables.as_msgpack().len(),
            Command::SetVariables(set) => set.variables.as_msgpack().len(),
            Command::ActivateAdHocElements(activate) => activations_bytes(&activate.elements),
            Command::ModifyProcessInstance(modify) => {
                let n_instructions =
                    modify.activate.len() + modify.moves.len() + modify.terminate.len();
                let variables = modify.variables().map(|document| document.as_msgpack().len());
                64 * n_instructions + variables.sum::<usize>()
            }
            Command::MigrateProcessInstance(migrate) => mappings_bytes(&migrate.mappings),
            Command::CreateBatchOperation(create) => 32 + create.order.len_bytes(),
            Command::CorrelateProcessMessageSubscription(correlate) => {
                128 + correlate.variables.as_msgpack().len()
            }
            Command::Distributed(distribution) => distributed_bytes(&distribution.command),
            Command::ExpireMessages(keys) => 10 * keys.len(),
            Command::EvaluateExpression(evaluate) => {
                32 + evaluate.expression.len() + evaluate.variables.as_msgpack().len()
            }
            Command::AssignUserTask(assign) => assign.assignee.len() + assign.action.len(),
            Command::CompleteUserTask(complete) => {
                complete.variables.as_msgpack().len() + complete.action.len()
            }
            Command::CompleteTaskListener(complete) => corrections_bytes(&complete.corrections),
            Command::DenyTaskListener(deny) => deny.reason.len(),
            Command::UpdateUserTask(update) => update.action.len() + changes_bytes(&update.changes),
            Command::EvaluateDecision(evaluate) => 64 + evaluate.variables.as_msgpack().len(),
            Command::ActivateJobs(activate) => activate.worker.len() + 64,
            Command::CreateMessageSubscription(_)
            | Command::MigrateMessageSubscription(_)
            | Command::ConfirmMessageSubscription(_)
            | Command::CorrelateMessageSubscription(_)
            | Command::RejectMessageSubscription(_)
            | Command::DeleteMessageSubscription(_)
            | Command::ConfirmMessageSubscriptionDeleted(_) => 128,
            Command::CancelProcessInstance(_)
            | Command::UpdateJobRetries(_)
            | Command::UpdateJobTimeout(_)
            | Command::ResolveIncident(_)
            | Command::YieldJob(_)
            | Command::Element(..)
            | Command::TerminateChildren(_)
            | Command::ActivateChildren(_)
            | Command::TriggerTimer(_)
            | Command::TimeOutJob(_)
            | Command::RecurJobAfterBackoff(_)
            | Command::AcknowledgeDistribution(_)
            | Command::Redeliver(_)
            | Command::DeleteResource(_)
            | Command::DeleteHistory(_)
            | Command::CompleteAdHocSubProcess(_)
            | Command::TriggerConditional(_)
            | Command::ControlBatchOperation(_)
            | Command::InitializeBatchOperation(_)
            | Command::ExecuteBatchOperation(_)
            | Command::PinClock(_)
            | Command::ResetClock
            | Command::ResumeWork => 0,
        }
}
