//! Records as lines of text.

mod batch_operation;
mod decision;
mod deployed;

use std::fmt;

use crate::{
    Batch, Body, Command, CommandDistributionEvent, DistributedCommand, ElementMapping,
    ElementSlot, ElementValue, Event, IncidentEvent, InstanceSlot, JobEvent, JobKind, JobResult,
    MessageEvent, ProcessEventEvent, Record, UserTaskValue,
};

/// Prints one record: `E 17 <- 12 PROCESS_INSTANCE:ELEMENT_ACTIVATED key=… "task" SERVICE_TASK …`.
///
/// `C` is a command, `E` an event, `R` a rejection. Variable names are printed, values never;
/// texts that may quote values, such as what an incident says, only on request.
#[derive(Clone, Copy, Debug)]
pub struct RecordLine<'a> {
    pub(super) batch: &'a Batch,
    pub(super) record: &'a Record,
}

impl RecordLine<'_> {
    /// Value type and intent of the record; those of the refused command for a rejection.
    #[must_use]
    pub fn names(&self) -> (&'static str, &'static str) {
        match &self.record.body {
            Body::Command(command) => (command.value_type(), command.intent()),
            Body::Event(event) => (event.value_type(), event.intent()),
            Body::Rejection(_) => self
                .batch
                .records
                .iter()
                .find(|record| record.position == self.record.source_position)
                .and_then(|record| match &record.body {
                    Body::Command(command) => Some((command.value_type(), command.intent())),
                    Body::Event(_) | Body::Rejection(_) => None,
                })
                .unwrap_or(("WORK", "POSTPONED")),
        }
    }

    /// What the record says beside its names and keys: keys in it are printed by `key`, texts
    /// that may quote variable values `with_texts` only.
    ///
    /// # Errors
    /// Those of `f`.
    pub fn details(
        &self,
        f: &mut dyn fmt::Write,
        key: &dyn Fn(&mut dyn fmt::Write, i64) -> fmt::Result,
        with_texts: bool,
    ) -> fmt::Result {
        let mut out = Details { batch: self.batch, f, key, with_texts };
        match &self.record.body {
            Body::Command(command) => out.command(command),
            Body::Event(event) => out.event(event),
            Body::Rejection(rejection) if with_texts => write!(out.f, " {rejection}"),
            Body::Rejection(rejection) => write!(out.f, " {}", rejection.kind.as_str()),
        }
    }
}

impl fmt::Display for RecordLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.record.body {
            Body::Command(_) => 'C',
            Body::Event(_) => 'E',
            Body::Rejection(_) => 'R',
        };
        let (value_type, intent) = self.names();
        write!(f, "{kind} {}", self.record.position)?;
        if self.record.source_position != 0 {
            write!(f, " <- {}", self.record.source_position)?;
        }
        write!(f, " {value_type}:{intent}")?;
        if self.record.key != -1 {
            write!(f, " key={}", self.record.key)?;
        }
        self.details(f, &|f, key| write!(f, "{key}"), false)
    }
}

struct Details<'a> {
    batch: &'a Batch,
    f: &'a mut dyn fmt::Write,
    key: &'a dyn Fn(&mut dyn fmt::Write, i64) -> fmt::Result,
    with_texts: bool,
}

impl Details<'_> {
    fn key(&mut self, name: &str, key: i64) -> fmt::Result {
        write!(self.f, " {name}=")?;
        (self.key)(self.f, key)
    }

    fn text(&mut self, name: &str, text: &str) -> fmt::Result {
        if text.is_empty() { Ok(()) } else { write!(self.f, " {name}={text:?}") }
    }

    /// A text that may quote variable values.
    fn message(&mut self, text: &str) -> fmt::Result {
        if self.with_texts { self.text("message", text) } else { Ok(()) }
    }

    fn names<'n>(&mut self, names: impl Iterator<Item = &'n str>) -> fmt::Result {
        for (i, name) in names.enumerate() {
            write!(self.f, "{}{name}", if i == 0 { " variables=" } else { "," })?;
        }
        Ok(())
    }

    fn element(&mut self, slot: ElementSlot) -> fmt::Result {
        match self.batch.element(slot) {
            Some(element) => write!(self.f, " {:?} {}", element.element_id, element.element_type),
            None => Ok(()),
        }
    }

    fn instance(&mut self, slot: InstanceSlot) -> fmt::Result {
        match self.batch.instance(slot) {
            Some(instance) => {
                self.key("process_instance", instance.process_instance_key.0)?;
                write!(self.f, " {:?} v{}", instance.bpmn_process_id, instance.version)
            }
            None => Ok(()),
        }
    }

    /// For the process element of a called instance: who called it.
    fn caller(&mut self, value: &ElementValue) -> fmt::Result {
        let instance = self.batch.instance(value.instance);
        match instance.and_then(|instance| instance.called_by) {
            Some(called_by) if value.flow_scope_key.0 == -1 => {
                self.key("called_by", called_by.element_instance_key.0)?;
                self.key("root", called_by.root_process_instance_key.0)
            }
            Some(_) | None => Ok(()),
        }
    }

    fn command(&mut self, command: &Command) -> fmt::Result {
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

    fn subscription(
        &mut self,
        subscription: &crate::SubscriptionRef,
        correlation_key: &str,
    ) -> fmt::Result {
        write!(self.f, " name={:?}", subscription.message_name)?;
        self.text("correlation_key", correlation_key)?;
        self.key("element_instance", subscription.element_instance_key.0)
    }

    fn mappings(&mut self, mappings: &[ElementMapping]) -> fmt::Result {
        mappings.iter().try_for_each(|mapping| {
            let (source, target) = (&mapping.source_element_id, &mapping.target_element_id);
            write!(self.f, " map={source:?}>{target:?}")
        })
    }

    fn distributed(&mut self, command: &DistributedCommand) -> fmt::Result {
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

    fn event(&mut self, event: &Event) -> fmt::Result {
        match event {
            Event::ProcessInstance(_, value) => {
                self.element(value.element)?;
                self.key("scope", value.flow_scope_key.0)?;
                self.caller(value)?;
                self.instance(value.instance)
            }
            Event::ProcessInstanceCreated(created) => {
                self.instance(created.instance)?;
                if created.await_result.is_some() {
                    self.f.write_str(" await_result")?;
                }
                created
                    .start_at
                    .iter()
                    .try_for_each(|start| write!(self.f, " start_at={:?}", start.element_id))?;
                created
                    .terminate_after
                    .iter()
                    .try_for_each(|element| write!(self.f, " terminate_after={element:?}"))
            }
            Event::RuntimeInstructionInterrupted(interrupted) => {
                self.element(interrupted.element)?;
                self.instance(interrupted.instance)
            }
            Event::ProcessInstanceModified(modified) => {
                for start in &modified.activated {
                    write!(self.f, " activate={:?}", start.element_id)?;
                }
                for key in &modified.terminated {
                    self.key("terminate", key.0)?;
                }
                self.instance(modified.instance)
            }
            Event::BatchOperation(event) => self.batch_event(event),
            Event::ProcessInstanceMigrated(migrated) => {
                self.mappings(&migrated.mappings)?;
                self.instance(migrated.instance)
            }
            Event::Variable(_, value) => {
                write!(self.f, " {}", value.entry.name())?;
                self.key("scope", value.scope_key.0)?;
                self.instance(value.instance)
            }
            Event::VariableDocument(_, updated) => {
                self.key("scope", updated.scope_key.0)?;
                write!(self.f, " local={}", updated.local)?;
                self.instance(updated.instance)
            }
            Event::ProcessEvent(ProcessEventEvent::Triggering {
                instance,
                scope_key,
                element,
                variables,
                start_correlation_key,
            }) => {
                self.element(*element)?;
                self.key("scope", scope_key.0)?;
                self.names(variables.iter().map(|(name, _)| name))?;
                if let Some(correlation_key) = start_correlation_key {
                    self.text("correlation_key", correlation_key)?;
                }
                self.instance(*instance)
            }
            Event::ProcessEvent(ProcessEventEvent::Triggered { instance, scope_key, element }) => {
                self.element(*element)?;
                self.key("scope", scope_key.0)?;
                self.instance(*instance)
            }
            Event::Job(value, event) => {
                self.element(value.element)?;
                self.key("element_instance", value.element_instance_key.0)?;
                self.job(event)?;
                self.instance(value.instance)
            }
            Event::JobsActivated(batch) => {
                write!(self.f, " type={:?} worker={:?}", batch.job_type, batch.worker)?;
                batch.job_keys.iter().try_for_each(|key| self.key("job", key.0))?;
                if batch.truncated { self.f.write_str(" truncated") } else { Ok(()) }
            }
            Event::Incident(IncidentEvent::Created(incident)) => {
                write!(self.f, " {}", incident.error_type)?;
                self.element(incident.element)?;
                self.key("element_instance", incident.element_instance_key.0)?;
                self.key("variable_scope", incident.variable_scope_key.0)?;
                if let Some(job) = incident.job_key {
                    self.key("job", job.0)?;
                }
                self.message(&incident.message)?;
                self.instance(incident.instance)
            }
            Event::Incident(IncidentEvent::Resolved {
                instance,
                element_instance_key,
                job_key,
            }) => {
                self.key("element_instance", element_instance_key.0)?;
                if let Some(job) = job_key {
                    self.key("job", job.0)?;
                }
                self.instance(*instance)
            }
            Event::Incident(IncidentEvent::Migrated {
                instance,
                element,
                element_instance_key,
                job_key,
            }) => {
                self.element(*element)?;
                self.key("element_instance", element_instance_key.0)?;
                if let Some(job) = job_key {
                    self.key("job", job.0)?;
                }
                self.instance(*instance)
            }
            Event::Timer(_, timer) => {
                write!(self.f, " {:?}", timer.target_element_id)?;
                self.key("element_instance", timer.element_instance_key.0)?;
                write!(self.f, " due={} repetitions={}", timer.due_at.0, timer.repetitions)
            }
            Event::Message(MessageEvent::Published(message)) => {
                write!(self.f, " name={:?}", message.name)?;
                self.text("correlation_key", &message.correlation_key)?;
                self.text("id", &message.message_id)?;
                write!(self.f, " deadline={}", message.deadline.0)?;
                self.names(message.variables.iter().map(|(name, _)| name))
            }
            Event::Message(MessageEvent::Expired) => Ok(()),
            Event::MessageSubscription(_, value) => {
                write!(self.f, " name={:?}", value.message_name)?;
                self.text("correlation_key", &value.correlation_key)?;
                self.key("element_instance", value.element_instance_key.0)?;
                self.key("message", value.message_key.0)?;
                self.key("process_instance", value.process_instance_key.0)
            }
            Event::ProcessMessageSubscription(_, value) => {
                write!(self.f, " {:?} name={:?}", value.element_id, value.message_name)?;
                self.text("correlation_key", &value.correlation_key)?;
                self.key("element_instance", value.element_instance_key.0)?;
                self.key("message", value.message_key.0)?;
                self.key("process_instance", value.process_instance_key.0)
            }
            Event::MessageStartEventSubscription(_, value) => {
                write!(self.f, " {:?} name={:?}", value.start_event_id, value.message_name)?;
                self.text("correlation_key", &value.correlation_key)?;
                self.key("message", value.message_key.0)?;
                self.key("process_instance", value.process_instance_key.0)
            }
            Event::MessageCorrelation(_, value) => {
                write!(self.f, " name={:?}", value.name)?;
                self.text("correlation_key", &value.correlation_key)?;
                self.key("process_instance", value.process_instance_key.0)
            }
            Event::SignalBroadcasted(signal) => {
                write!(self.f, " name={:?}", signal.signal_name)?;
                self.names(signal.variables.iter().map(|(name, _)| name))
            }
            Event::SignalSubscription(_, value) => {
                write!(self.f, " {:?} name={:?}", value.element_id, value.signal_name)?;
                self.key("element_instance", value.element_instance_key.0)
            }
            Event::ProcessCreated(process) => write!(
                self.f,
                " {:?} v{} resource={:?}",
                process.bpmn_process_id, process.version, process.resource_name
            ),
            Event::DeploymentCreated(deployment) => deployed::details(self.f, deployment),
            Event::CommandDistribution(event) => self.distribution(event),
            Event::InstanceBanned(banned) => {
                if let Some(key) = banned.process_instance_key {
                    self.key("process_instance", key.0)?;
                }
                write!(self.f, " command={}", banned.command_position)?;
                self.message(&banned.message)
            }
            Event::WorkPostponed(positions) => write!(self.f, " {} commands", positions.len()),
            Event::WorkResumed(n) => write!(self.f, " {n} commands"),
            Event::Redelivered(target) => write!(self.f, " {target:?}"),
            Event::ConditionalSubscription(_, value) => {
                write!(self.f, " {:?}", value.catch_element_id)?;
                self.key("element_instance", value.element_instance_key.0)
            }
            Event::ConditionalEvaluated(evaluated) => {
                evaluated.instances.iter().try_for_each(|(_, key)| self.key("started", key.0))
            }
            Event::CompensationSubscription(_, value) => {
                self.element(value.activity)?;
                self.key("element_instance", value.activity_key.0)?;
                self.key("scope", value.scope_key.0)?;
                if let Some(handler) = value.handler {
                    self.f.write_str(" handler")?;
                    self.element(handler)?;
                }
                if let Some(key) = value.handler_key {
                    self.key("handler_instance", key.0)?;
                }
                if let Some((_, key)) = value.thrown_by {
                    self.key("thrown_by", key.0)?;
                }
                self.instance(value.instance)
            }
            Event::Escalation(_, value) => {
                self.element(value.throw_element)?;
                self.text("code", &value.escalation_code)?;
                if let Some(catch) = &value.catch_element_id {
                    self.text("caught_by", catch)?;
                }
                self.instance(value.instance)
            }
            Event::DecisionRequirements(_, graph) => {
                self.version(&graph.decision_requirements_id, graph.version, &graph.resource_name)
            }
            Event::Decision(_, decision) => {
                write!(self.f, " {:?} v{}", decision.decision_id, decision.version)?;
                self.key("decision_requirements", decision.decision_requirements_key.0)
            }
            Event::Form(_, form) => self.version(&form.form_id, form.version, &form.resource_name),
            Event::Resource(_, file) => {
                self.version(&file.resource_id, file.version, &file.resource_name)
            }
            Event::ClockPinned(at) => write!(self.f, " at={}", at.0),
            Event::ClockReset => Ok(()),
            Event::ExpressionEvaluated(evaluated) => self.message(&evaluated.result.to_json()),
            Event::ResourceDeletion(_, deletion) => self.key("resource", deletion.resource_key),
            Event::ProcessDeletion(_, process) => {
                self.version(&process.bpmn_process_id, process.version, &process.resource_name)
            }
            Event::DecisionEvaluation(value) => {
                let caller = value.caller;
                caller.map_or(Ok(()), |caller| self.element(caller.element))?;
                decision::details(self.f, value, self.with_texts)?;
                caller.map_or(Ok(()), |caller| self.instance(caller.instance))
            }
            Event::ListItem(value) => {
                write!(self.f, " {}[{}]", value.entry.name(), value.index)?;
                self.key("scope", value.scope_key.0)?;
                self.instance(value.instance)
            }
            Event::AdHocInstruction(_, instruction) => {
                for element in &instruction.elements {
                    self.element(*element)?;
                }
                self.key("scope", instruction.scope_key.0)?;
                write!(self.f, " cancel_remaining={}", instruction.cancel_remaining)?;
                self.instance(instruction.instance)
            }
            Event::UserTask(_, value) => self.user_task(value),
            Event::InstancesPlanned(planned) => {
                write!(self.f, " n={}", planned.n)?;
                self.key("scope", planned.scope_key.0)?;
                self.instance(planned.instance)
            }
        }
    }

    fn user_task(&mut self, value: &UserTaskValue) -> fmt::Result {
        self.element(value.element)?;
        self.key("element_instance", value.element_instance_key.0)?;
        self.text("action", &value.action)?;
        for (i, attribute) in value.changed_attributes.iter().enumerate() {
            write!(self.f, "{}{attribute}", if i == 0 { " changed=" } else { "," })?;
        }
        let task = &value.task;
        write!(self.f, " assigned={} priority={}", !task.assignee.is_empty(), task.priority)?;
        if let Some(held) = &value.held {
            self.names(held.variables.iter().map(|(name, _)| name))?;
            self.f.write_str(" waits")?;
        }
        if let Some(key) = task.form_key {
            self.key("form", key.0)?;
        }
        if self.with_texts {
            self.text("denied", &value.denied_reason)?;
            self.text("assignee", &task.assignee)?;
            self.text("due", &task.due_date)?;
            self.text("follow_up", &task.follow_up_date)?;
            self.text("candidate_groups", &task.candidate_groups.join(","))?;
            self.text("candidate_users", &task.candidate_users.join(","))?;
            self.text("external_form", &task.external_form_reference)?;
        }
        self.instance(value.instance)
    }

    fn version(&mut self, id: &str, version: i32, resource_name: &str) -> fmt::Result {
        write!(self.f, " {id:?} v{version} resource={resource_name:?}")
    }

    fn job(&mut self, event: &JobEvent) -> fmt::Result {
        match event {
            JobEvent::Created { job_type, retries, headers, kind } => {
                write!(self.f, " type={job_type:?} retries={retries}")?;
                if *kind != JobKind::BpmnElement {
                    write!(self.f, " kind={}", kind.as_str())?;
                }
                if let Some(event) = kind.listener_event() {
                    write!(self.f, ":{event}")?;
                }
                for (i, (name, _)) in headers.iter().enumerate() {
                    write!(self.f, "{}{name}", if i == 0 { " headers=" } else { "," })?;
                }
                Ok(())
            }
            JobEvent::Failed { retries, retry_at, error_message } => {
                write!(self.f, " retries={retries}")?;
                if let Some(at) = retry_at {
                    write!(self.f, " retry_at={}", at.0)?;
                }
                self.message(error_message)
            }
            JobEvent::RetriesUpdated { retries } => write!(self.f, " retries={retries}"),
            JobEvent::ErrorThrown { error_code, error_message, caught } => {
                write!(self.f, " code={error_code:?} caught={caught}")?;
                self.message(error_message)
            }
            JobEvent::TimeoutUpdated { deadline } => write!(self.f, " deadline={}", deadline.0),
            JobEvent::Completed
            | JobEvent::TimedOut
            | JobEvent::Canceled
            | JobEvent::RecurredAfterBackoff
            | JobEvent::Yielded
            | JobEvent::Migrated { .. } => Ok(()),
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

    fn distribution(&mut self, event: &CommandDistributionEvent) -> fmt::Result {
        match event {
            CommandDistributionEvent::Started(command) => self.distributed(command),
            CommandDistributionEvent::Distributing { partition_id, .. }
            | CommandDistributionEvent::Acknowledged { partition_id } => {
                write!(self.f, " partition={partition_id}")
            }
            CommandDistributionEvent::Finished => Ok(()),
            CommandDistributionEvent::Received { origin, .. } => write!(self.f, " from={origin}"),
        }
    }
}
