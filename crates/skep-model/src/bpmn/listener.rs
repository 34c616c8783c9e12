//! Execution listeners and task listeners.

use std::collections::BTreeSet;

use super::expression::text_or_feel;
use super::extension::{self, DEFAULT_RETRIES};
use crate::element_type::ElementType;
use crate::graph::{ExecutionListener, TaskListener, TaskListenerEvent};
use crate::node::{Node, attribute, bpmn_named, zeebe_named};
use crate::problem::{Report, quoted};

/// The listeners of an element as it starts, and as it ends.
///
/// Source: camunda/camunda-docs: components/concepts/execution-listeners.md
pub(crate) fn read(
    node: Node<'_>,
    element_type: ElementType,
    report: &mut Report<'_>,
) -> (Vec<ExecutionListener>, Vec<ExecutionListener>) {
    let (mut start, mut end) = (Vec::new(), Vec::new());
    let Some(all) = extension::at_most_one(node, "executionListeners", report) else {
        return (start, end);
    };
    let mut seen = BTreeSet::new();
    for listener in zeebe_named(all, "executionListener") {
        let event = extension::required(listener, "eventType", report);
        let job_type = extension::required(listener, "type", report);
        let retries = attribute(listener, "retries").unwrap_or(DEFAULT_RETRIES);
        let retries = text_or_feel(listener, "retries", retries, report);
        let (Some(event), Some(text)) = (event, job_type) else { continue };
        let job_type = text_or_feel(listener, "the job type", text, report);
        let listeners = match event {
            "start" => &mut start,
            "end" => &mut end,
            other => {
                report.error(
                    listener,
                    format!("the eventType {} is not known: use 'start' or 'end'", quoted(other)),
                );
                continue;
            }
        };
        if let Some(reason) = refusal(node, element_type, event) {
            report.error(listener, reason);
        } else if !seen.insert((event, text)) {
            report.error(
                listener,
                format!("there are two {event} listeners with the type {}: keep one", quoted(text)),
            );
        } else if let (Some(job_type), Some(retries)) = (job_type, retries) {
            listeners.push(ExecutionListener { job_type, retries });
        }
    }
    (start, end)
}

/// Why the element cannot have listeners of this event.
fn refusal(node: Node<'_>, element_type: ElementType, event: &str) -> Option<String> {
    let has_definition = |name: &str| bpmn_named(node, name).next().is_some();
    let is_gateway = matches!(
        element_type,
        ElementType::ExclusiveGateway
            | ElementType::InclusiveGateway
            | ElementType::ParallelGateway
            | ElementType::EventBasedGateway
    );
    let is_boundary = element_type == ElementType::BoundaryEvent;
    if is_boundary && has_definition("compensateEventDefinition") {
        return Some(
            "a compensation boundary event has no execution listeners: put them on its handler"
                .into(),
        );
    }
    let what = match event {
        "start" if element_type == ElementType::StartEvent => "a start event",
        "start" if is_boundary => "a boundary event",
        "end" if is_gateway => "a gateway",
        "end"
            if element_type == ElementType::EndEvent && has_definition("errorEventDefinition") =>
        {
            "an error end event"
        }
        _ => return None,
    };
    let other = if event == "start" { "end" } else { "start" };
    Some(format!("{what} has no {event} listeners: use eventType '{other}', or another element"))
}

/// Task listeners are those of tasks that the engine manages.
///
/// Source: camunda/camunda: zeebe/bpmn-model, `TaskListenersValidator`
pub(crate) fn check_place(node: Node<'_>, listeners: Node<'_>, report: &mut Report<'_>) {
    if node.tag_name().name() != "userTask" || !extension::has(node, "userTask") {
        report.error(
            listeners,
            "task listeners are only allowed on Camunda user tasks: add zeebe:userTask to a user \
             task, or use execution listeners",
        );
    }
}

/// The listeners of a native user task.
///
/// Source: camunda/camunda-docs: docs/components/concepts/user-task-listeners.md
pub(crate) fn of_task(node: Node<'_>, report: &mut Report<'_>) -> Vec<TaskListener> {
    let Some(all) = extension::at_most_one(node, "taskListeners", report) else {
        return Vec::new();
    };
    let mut listeners = Vec::new();
    for listener in zeebe_named(all, "taskListener") {
        let event = extension::required(listener, "eventType", report)
            .and_then(|text| task_event(listener, text, report));
        let job_type = extension::required(listener, "type", report)
            .and_then(|text| text_or_feel(listener, "the job type", text, report));
        let retries = attribute(listener, "retries").unwrap_or(DEFAULT_RETRIES);
        let retries = text_or_feel(listener, "retries", retries, report);
        if let (Some(event), Some(job_type), Some(retries)) = (event, job_type, retries) {
            listeners.push(TaskListener { event, job_type, retries });
        }
    }
    listeners
}

fn task_event(
    listener: Node<'_>,
    text: &str,
    report: &mut Report<'_>,
) -> Option<TaskListenerEvent> {
    match text {
        "creating" => Some(TaskListenerEvent::Creating),
        "assigning" => Some(TaskListenerEvent::Assigning),
        "updating" => Some(TaskListenerEvent::Updating),
        "completing" => Some(TaskListenerEvent::Completing),
        "canceling" => Some(TaskListenerEvent::Canceling),
        other => {
            report.error(
                listener,
                format!(
                    "the eventType {} is not known: use 'creating', 'assigning', 'updating', \
                     'completing' or 'canceling'",
                    quoted(other)
                ),
            );
            None
        }
    }
}
