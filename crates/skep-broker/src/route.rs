//! Where a command goes, and what its place in the queue is.

use skep_record::{
    BatchOperationPlan, Command, CreateBatchOperation, Document, JobResult, Key, PartitionId,
    ProcessInstanceKey, ResourceKey, UserTaskChanges, partition_for_correlation_key,
};

/// Where a command is decided.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Route {
    /// On this partition, whether it exists or not.
    To(u16),
    /// On any partition; another one is tried when it refuses.
    AnyRetried,
    /// On any partition, with one attempt.
    Any,
}

/// Where the commands of clients go.
///
/// Source: camunda/zeebe: zeebe/gateway, `RequestDispatchStrategy` and its users
pub(crate) fn route(command: &Command, n_partitions: u16) -> Route {
    match command {
        Command::DeployResources(_) => Route::To(PartitionId::DEPLOYMENT.0),
        // One partition sees all instances with the same business id.
        Command::CreateProcessInstance(create) => match &create.business_id {
            Some(id) => Route::To(partition_for_correlation_key(id, n_partitions).0),
            None => Route::AnyRetried,
        },
        Command::EvaluateConditionals(_)
        | Command::BroadcastSignal(_)
        | Command::ActivateJobs(_)
        | Command::EvaluateDecision(_)
        | Command::EvaluateExpression(_) => Route::Any,
        Command::CancelProcessInstance(cancel) => by_key(cancel.process_instance_key),
        Command::CompleteJob(complete) => by_key(complete.job_key),
        Command::FailJob(fail) => by_key(fail.job_key),
        Command::ThrowError(throw) => by_key(throw.job_key),
        Command::UpdateJobRetries(update) => by_key(update.job_key),
        Command::UpdateJobTimeout(update) => by_key(update.job_key),
        Command::SetVariables(set) => by_key(set.element_instance_key),
        Command::ResolveIncident(resolve) => by_key(resolve.incident_key),
        Command::ActivateAdHocElements(activate) => by_key(activate.element_instance_key),
        Command::MigrateProcessInstance(migrate) => by_key(migrate.process_instance_key),
        Command::CreateBatchOperation(create) => batch_operation_route(create),
        Command::ControlBatchOperation(control) => by_key(control.batch_operation_key),
        Command::ModifyProcessInstance(modify) => by_key(modify.process_instance_key),
        Command::AssignUserTask(assign) => by_key(assign.user_task_key),
        Command::CompleteUserTask(complete) => by_key(complete.user_task_key),
        Command::UpdateUserTask(update) => by_key(update.user_task_key),
        Command::DeleteResource(delete) => by_key(ResourceKey(delete.resource_key)),
        Command::DeleteHistory(delete) => by_key(ProcessInstanceKey(delete.resource_key)),
        Command::YieldJob(job_key) | Command::TimeOutJob(job_key) => by_key(*job_key),
        Command::RecurJobAfterBackoff(job_key) => by_key(*job_key),
        Command::CorrelateMessage(correlate) => {
            Route::To(partition_for_correlation_key(&correlate.correlation_key, n_partitions).0)
        }
        Command::PublishMessage(publish) => {
            Route::To(partition_for_correlation_key(&publish.correlation_key, n_partitions).0)
        }
        // The engine names the partition itself when it sends these.
        Command::Element(..)
        | Command::CompleteAdHocSubProcess(_)
        | Command::CompleteTaskListener(_)
        | Command::DenyTaskListener(_)
        | Command::TerminateChildren(_)
        | Command::ActivateChildren(_)
        | Command::TriggerTimer(_)
        | Command::ExpireMessages(_)
        | Command::CreateMessageSubscription(_)
        | Command::MigrateMessageSubscription(_)
        | Command::ConfirmMessageSubscription(_)
        | Command::CorrelateProcessMessageSubscription(_)
        | Command::CorrelateMessageSubscription(_)
        | Command::RejectMessageSubscription(_)
        | Command::DeleteMessageSubscription(_)
        | Command::ConfirmMessageSubscriptionDeleted(_)
        | Command::Distributed(_)
        | Command::AcknowledgeDistribution(_)
        | Command::Redeliver(_)
        | Command::TriggerConditional(_)
        | Command::InitializeBatchOperation(_)
        | Command::ExecuteBatchOperation(_)
        | Command::ResumeWork => Route::To(0),
        // All partitions are asked; the one that deploys stands for them.
        Command::PinClock(_) | Command::ResetClock => Route::To(PartitionId::DEPLOYMENT.0),
    }
}

/// The deployment partition knows best whether the target of a migration is there.
fn batch_operation_route(create: &CreateBatchOperation) -> Route {
    match (create.process_instance_key, &create.order.plan) {
        (Some(key), _) => by_key(key),
        (None, BatchOperationPlan::MigrateProcessInstance { .. }) => {
            Route::To(PartitionId::DEPLOYMENT.0)
        }
        (
            None,
            BatchOperationPlan::CancelProcessInstance
            | BatchOperationPlan::ResolveIncidents
            | BatchOperationPlan::ModifyProcessInstance { .. }
            | BatchOperationPlan::DeleteHistory { .. },
        ) => Route::AnyRetried,
    }
}

fn by_key(key: impl Key) -> Route {
    // A key that names no partition is answered with the number its upper bits hold.
    let number = key.raw() >> 51;
    Route::To(u16::try_from(number).unwrap_or(0))
}

/// Who waits in a queue; each kind has its own room.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Lane {
    /// New work from outside: the first to be refused.
    New,
    /// Ends work that is there already, so refusing it would make an overload worse.
    Relief,
    /// From another partition, which sends it again when it is refused.
    Partition,
    /// Jobs that come back undelivered.
    Returned,
}

impl Lane {
    /// The lane of a client's command.
    ///
    /// Source: camunda/zeebe: logstreams flow control, `WhiteListedCommands`
    pub(crate) fn of(command: &Command) -> Self {
        if matches!(
            command,
            Command::CompleteJob(_)
                | Command::FailJob(_)
                | Command::CancelProcessInstance(_)
                | Command::ControlBatchOperation(_)
                | Command::DeployResources(_)
        ) {
            Self::Relief
        } else {
            Self::New
        }
    }
}

/// Bytes of payload that a command holds while it waits.
pub(crate) fn weight(command: &Command) -> usize {
    match command {
        Command::DeployResources(deploy) => {
            deploy.resources.iter().map(|resource| resource.content.len()).sum()
        }
        Command::CreateProcessInstance(create) => variables(&create.variables),
        Command::CompleteJob(complete) => {
            variables(&complete.variables) + complete.result.as_deref().map_or(0, result_weight)
        }
        Command::FailJob(fail) => variables(&fail.variables) + fail.error_message.len(),
        Command::ThrowError(throw) => variables(&throw.variables) + throw.error_message.len(),
        Command::PublishMessage(publish) => variables(&publish.variables),
        Command::CorrelateMessage(correlate) => variables(&correlate.variables),
        Command::BroadcastSignal(signal) => variables(&signal.variables),
        Command::EvaluateConditionals(evaluate) => variables(&evaluate.variables),
        Command::SetVariables(set) => variables(&set.variables),
        Command::ActivateAdHocElements(activate) => {
            activate.elements.iter().map(|element| variables(&element.variables)).sum()
        }
        Command::EvaluateDecision(evaluate) => variables(&evaluate.variables),
        Command::CompleteUserTask(complete) => variables(&complete.variables),
        Command::AssignUserTask(assign) => assign.assignee.len(),
        Command::UpdateUserTask(update) => update_weight(&update.changes),
        Command::EvaluateExpression(evaluate) => {
            variables(&evaluate.variables) + evaluate.expression.len()
        }
        Command::MigrateProcessInstance(migrate) => {
            let ids = |mapping: &skep_record::ElementMapping| {
                mapping.source_element_id.len() + mapping.target_element_id.len()
            };
            migrate.mappings.iter().map(ids).sum()
        }
        Command::ModifyProcessInstance(modify) => modify.variables().map(variables).sum(),
        Command::CreateBatchOperation(create) => create.order.len_bytes(),
        Command::CompleteAdHocSubProcess(_)
        | Command::CompleteTaskListener(_)
        | Command::DenyTaskListener(_)
        | Command::CancelProcessInstance(_)
        | Command::ActivateJobs(_)
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
        | Command::ExpireMessages(_)
        | Command::CreateMessageSubscription(_)
        | Command::MigrateMessageSubscription(_)
        | Command::ConfirmMessageSubscription(_)
        | Command::CorrelateProcessMessageSubscription(_)
        | Command::CorrelateMessageSubscription(_)
        | Command::RejectMessageSubscription(_)
        | Command::DeleteMessageSubscription(_)
        | Command::ConfirmMessageSubscriptionDeleted(_)
        | Command::Distributed(_)
        | Command::AcknowledgeDistribution(_)
        | Command::Redeliver(_)
        | Command::DeleteResource(_)
        | Command::DeleteHistory(_)
        | Command::TriggerConditional(_)
        | Command::ControlBatchOperation(_)
        | Command::InitializeBatchOperation(_)
        | Command::ExecuteBatchOperation(_)
        | Command::PinClock(_)
        | Command::ResetClock
        | Command::ResumeWork => 0,
    }
}

fn variables(document: &Document) -> usize {
    document.as_msgpack().len()
}

fn result_weight(result: &JobResult) -> usize {
    match result {
        JobResult::UserTask(result) => {
            result.denied_reason.len() + update_weight(&result.corrections.changes)
        }
        JobResult::AdHocSubProcess(result) => {
            let weight = |element: &skep_record::AdHocActivation| {
                element.element_id.len() + variables(&element.variables)
            };
            result.activate.iter().map(weight).sum()
        }
    }
}

fn update_weight(changes: &UserTaskChanges) -> usize {
    let names = [&changes.candidate_groups, &changes.candidate_users];
    names.into_iter().flatten().flatten().map(String::len).sum()
}

#[cfg(test)]
mod tests {
    use skep_record::JobKey;

    use super::*;

    #[test]
    fn keys_name_their_partition_even_when_it_cannot_exist() {
        for (raw, partition) in
            [(2_251_799_813_685_249, 1), (4_503_599_627_370_496, 2), (0, 0), (1, 0), (-5, 0)]
        {
            assert_eq!(route(&Command::YieldJob(JobKey(raw)), 3), Route::To(partition), "{raw}");
        }
    }
}
