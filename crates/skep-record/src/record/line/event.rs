//! Events as text.

use std::fmt;

use super::{Details, decision, deployed};
use crate::{
    CommandDistributionEvent, Event, IncidentEvent, JobEvent, JobKind, MessageEvent,
    ProcessEventEvent, UserTaskValue,
};

impl Details<'_> {
    pub(super) fn event(&mut self, event: &Event) -> fmt::Result {
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
            Event::HistoryDeleted(history_type) => write!(self.f, " type={history_type}"),
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
