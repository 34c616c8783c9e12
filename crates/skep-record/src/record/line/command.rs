//! Commands as text.

use std::fmt;

use super::Details;
use crate::{Command, DistributedCommand, JobResult};

impl Details<'_> {
    pub(super) fn command(&mut self, command: &Command) -> fmt::Result {
        match command {
            Command::DeployResources(deploy) => {
                for resource in &deploy.resources {
                    write!(self.f, " {:?} ({} bytes)", resource.name, resource.content.len())?;
                }
                Ok(())
            }
            Command::CreateProcessInstance(create) => {
                write!(self.f, " {:?}", create.definition)?;
                self.names(create.variables.iter().map(|(name, _)| name))
            }
            Command::CancelProcessInstance(cancel) => {
                self.key("process_instance", cancel.process_instance_key.0)
            }
            Command::ActivateJobs(activate) => write!(
                self.f,
                " type={:?} worker={:?} max={} timeout_ms={}",
                activate.job_type, activate.worker, activate.max_jobs, activate.timeout_ms
            ),
            Command::CompleteJob(complete) => {
                self.key("job", complete.job_key.0)?;
                self.names(complete.variables.iter().map(|(name, _)| name))?;
                complete.result.as_deref().map_or(Ok(()), |result| self.job_result(result))
            }
            Command::FailJob(fail) => {
                self.key("job", fail.job_key.0)?;
                write!(self.f, " retries={}", fail.retries)?;
                self.names(fail.variables.iter().map(|(name, _)| name))
            }
            Command::ThrowError(throw) => {
                self.key("job", throw.job_key.0)?;
                self.text("code", &throw.error_code)
            }
            Command::UpdateJobRetries(update) => {
                self.key("job", update.job_key.0)?;
                write!(self.f, " retries={}", update.retries)
            }
            Command::UpdateJobTimeout(update) => {
                self.key("job", update.job_key.0)?;
                write!(self.f, " timeout_ms={}", update.timeout_ms)
            }
            Command::YieldJob(job)
            | Command::TimeOutJob(job)
            | Command::RecurJobAfterBackoff(job) => self.key("job", job.0),
            Command::CorrelateMessage(correlate) => {
                write!(self.f, " name={:?}", correlate.name)?;
                self.text("correlation_key", &correlate.correlation_key)?;
                self.names(correlate.variables.iter().map(|(name, _)| name))
            }
            Command::PublishMessage(publish) => {
                write!(self.f, " name={:?}", publish.name)?;
                self.text("correlation_key", &publish.correlation_key)?;
                self.text("id", &publish.message_id)?;
                write!(self.f, " ttl_ms={}", publish.time_to_live_ms)?;
                self.names(publish.variables.iter().map(|(name, _)| name))
            }
            Command::BroadcastSignal(signal) => {
                write!(self.f, " name={:?}", signal.signal_name)?;
                self.names(signal.variables.iter().map(|(name, _)| name))
            }
            Command::SetVariables(set) => {
                self.key("scope", set.element_instance_key.0)?;
                write!(self.f, " local={}", set.local)?;
                self.names(set.variables.iter().map(|(name, _)| name))
            }
            Command::ActivateAdHocElements(activate) => {
                self.key("element_instance", activate.element_instance_key.0)?;
                let ids = activate.elements.iter().map(|element| &element.element_id);
                ids.into_iter().try_for_each(|id| write!(self.f, " {id:?}"))
            }
            Command::CompleteAdHocSubProcess(complete) => {
                self.key("element_instance", complete.element_instance_key.0)?;
                write!(self.f, " cancel_remaining={}", complete.cancel_remaining)
            }
            Command::ResolveIncident(resolve) => self.key("incident", resolve.incident_key.0),
            Command::ModifyProcessInstance(modify) => {
                self.key("instance", modify.process_instance_key.0)
            }
            Command::MigrateProcessInstance(migrate) => {
                self.key("definition", migrate.target_process_definition_key.0)?;
                self.mappings(&migrate.mappings)?;
                self.key("instance", migrate.process_instance_key.0)
            }
            Command::CreateBatchOperation(create) => self.batch_order(&create.order),
            Command::ControlBatchOperation(control) => {
                self.key("batch_operation", control.batch_operation_key.0)
            }
            Command::PinClock(at) => write!(self.f, " at={}", at.0),
            Command::InitializeBatchOperation(key) | Command::ExecuteBatchOperation(key) => {
                self.key("batch_operation", key.0)
            }
            Command::Element(_, value) => {
                self.element(value.element)?;
                self.key("scope", value.flow_scope_key.0)?;
                self.caller(value)?;
                self.instance(value.instance)
            }
            Command::TerminateChildren(children) => {
                self.element(children.element)?;
                self.instance(children.instance)
            }
            Command::ActivateChildren(children) => {
                self.element(children.element)?;
                write!(self.f, " n={}", children.n_left)?;
                self.instance(children.instance)
            }
            Command::TriggerTimer(timer) => {
                self.key("timer", timer.timer_key.0)?;
                self.key("element_instance", timer.element_instance_key.0)
            }
            Command::ExpireMessages(keys) => {
                keys.iter().try_for_each(|key| self.key("message", key.0))
            }
            Command::CreateMessageSubscription(create)
            | Command::MigrateMessageSubscription(create) => {
                self.subscription(&create.subscription, &create.correlation_key)
            }
            Command::CorrelateProcessMessageSubscription(correlate) => {
                self.subscription(&correlate.subscription, &correlate.correlation_key)?;
                self.key("message", correlate.message_key.0)
            }
            Command::CorrelateMessageSubscription(answer)
            | Command::RejectMessageSubscription(answer) => {
                self.subscription(&answer.subscription, &answer.correlation_key)?;
                self.key("message", answer.message_key.0)
            }
            Command::DeleteMessageSubscription(delete) => {
                self.subscription(&delete.subscription, "")
            }
            Command::ConfirmMessageSubscription(confirm) => {
                self.subscription(&confirm.subscription, "")
            }
            Command::ConfirmMessageSubscriptionDeleted(subscription) => {
                self.subscription(subscription, "")
            }
            Command::Distributed(distribution) => {
                write!(self.f, " from={}", distribution.origin)?;
                self.key("distribution", distribution.key)?;
                self.distributed(&distribution.command)
            }
            Command::AcknowledgeDistribution(acknowledge) => {
                self.key("distribution", acknowledge.key)?;
                write!(self.f, " partition={}", acknowledge.partition_id)
            }
            Command::Redeliver(target) => write!(self.f, " {target:?}"),
            Command::ResumeWork | Command::ResetClock => Ok(()),
            Command::EvaluateExpression(evaluate) => {
                self.message(&evaluate.expression)?;
                self.names(evaluate.variables.iter().map(|(name, _)| name))
            }
            Command::AssignUserTask(assign) => {
                self.key("user_task", assign.user_task_key.0)?;
                write!(self.f, " unassign={}", assign.assignee.is_empty())
            }
            Command::CompleteUserTask(complete) => {
                self.key("user_task", complete.user_task_key.0)?;
                self.names(complete.variables.iter().map(|(name, _)| name))
            }
            Command::UpdateUserTask(update) => self.key("user_task", update.user_task_key.0),
            Command::CompleteTaskListener(_) => Ok(()),
            Command::DenyTaskListener(deny) => self.message(&deny.reason),
            Command::DeleteResource(delete) => self.key("resource", delete.resource_key),
            Command::DeleteHistory(delete) => {
                self.key("resource", delete.resource_key)?;
                write!(self.f, " type={}", delete.history_type)
            }
            Command::TriggerConditional(trigger) => {
                self.key("element_instance", trigger.element_instance_key.0)
            }
            Command::EvaluateConditionals(evaluate) => {
                if let Some(key) = evaluate.process_definition_key {
                    self.key("definition", key.0)?;
                }
                self.names(evaluate.variables.iter().map(|(name, _)| name))
            }
            Command::EvaluateDecision(evaluate) => {
                write!(self.f, " {:?}", evaluate.decision)?;
                self.names(evaluate.variables.iter().map(|(name, _)| name))
            }
        }
    }

    pub(super) fn distributed(&mut self, command: &DistributedCommand) -> fmt::Result {
        match command {
            DistributedCommand::Deployment(deployment) => {
                self.key("deployment", deployment.deployment.key.0)
            }
            DistributedCommand::Signal(signal) => write!(self.f, " name={:?}", signal.signal_name),
            DistributedCommand::Deletion(deletion) => self.key("resource", deletion.resource_key),
            DistributedCommand::BatchOperation(begun) => self.batch_order(&begun.order),
            DistributedCommand::BatchControl(control) => {
                self.key("batch_operation", control.batch_operation_key.0)
            }
            DistributedCommand::BatchReport(ended) => {
                self.key("batch_operation", ended.batch_operation_key.0)?;
                self.batch_report(&ended.report)
            }
        }
    }

    fn job_result(&mut self, result: &JobResult) -> fmt::Result {
        match result {
            JobResult::UserTask(result) => {
                write!(self.f, " denied={}", result.denied)?;
                if self.with_texts { self.text("reason", &result.denied_reason) } else { Ok(()) }
            }
            JobResult::AdHocSubProcess(result) => {
                let ids = result.activate.iter().map(|element| &element.element_id);
                ids.into_iter().try_for_each(|id| write!(self.f, " activate={id:?}"))?;
                write!(
                    self.f,
                    " fulfilled={} cancel_remaining={}",
                    result.is_completion_condition_fulfilled, result.cancel_remaining
                )
            }
        }
    }
}
