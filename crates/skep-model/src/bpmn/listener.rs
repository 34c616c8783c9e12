//! Execution listeners.

use std::collections::BTreeSet;

use super::expression::text_or_feel;
use super::extension::{self, DEFAULT_RETRIES};
use crate::element_type::ElementType;
use crate::graph::ExecutionListener;
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
