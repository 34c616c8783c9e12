//! Where events may be caught, and that no two catch the same.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::super::draft::Drafts;
use super::super::multi_instance;
use super::{flow, is_read};
use crate::element_type::ElementType;
use crate::graph::{CodeCatch, ElementIndex, ElementKind, StaticValue, TextOrFeel, Trigger};
use crate::problem::{Report, quoted};

/// A process has a start event, at most one of them without a trigger, and no two with the same.
pub(super) fn process_starts(drafts: &Drafts<'_>, report: &mut Report<'_>) {
    let process = drafts.get(ElementIndex::PROCESS);
    let starts = start_events(drafts, ElementIndex::PROCESS);
    if starts.is_empty() {
        report.error(process.node, "the process has no start event: add one");
    }
    let none_starts = starts
        .iter()
        .filter(|start| matches!(drafts.get(**start).kind, Some(ElementKind::StartEvent(None))));
    for second in none_starts.skip(1) {
        report.error(
            drafts.get(*second).node,
            "the process has another none start event: keep one, or give this one a trigger",
        );
    }
    no_duplicates(drafts, &starts, PROCESS_START, report);
}

/// What messages call the start event of a process.
const PROCESS_START: &str = "start event";

/// The event subprocesses of a scope differ in what they catch.
pub(super) fn event_subprocesses(
    drafts: &Drafts<'_>,
    scope: ElementIndex,
    report: &mut Report<'_>,
) {
    let mut starts = Vec::new();
    for child in &drafts.get(scope).children {
        if let Some(ElementKind::EventSubProcess { start, .. }) = drafts.get(*child).kind {
            starts.push(start);
        }
    }
    no_duplicates(drafts, &starts, "event subprocess", report);
}

/// A subprocess starts in exactly one place.
pub(super) fn subprocess_start(drafts: &Drafts<'_>, at: ElementIndex, report: &mut Report<'_>) {
    let starts = start_events(drafts, at);
    if starts.len() != 1 {
        report.error(
            drafts.get(at).node,
            format!("the subprocess has {} start events: give it exactly one", starts.len()),
        );
    }
}

fn start_events(drafts: &Drafts<'_>, scope: ElementIndex) -> Vec<ElementIndex> {
    let is_start =
        |child: &ElementIndex| drafts.get(*child).element_type == Some(ElementType::StartEvent);
    drafts.get(scope).children.iter().copied().filter(is_start).collect()
}

/// The boundary events of an activity differ in what they catch.
pub(super) fn boundary_events(drafts: &Drafts<'_>, at: ElementIndex, report: &mut Report<'_>) {
    let activity = drafts.get(at);
    no_duplicates(drafts, &activity.boundary_events, "boundary event", report);
    // What is caught on the edge of a body is caught beside its activity.
    let working = multi_instance::activity(drafts, at);
    let Some(ElementKind::ReceiveTask(message)) = &drafts.get(working).kind else { return };
    for boundary in &activity.boundary_events {
        let boundary = drafts.get(*boundary);
        if let Some(Trigger::Message(caught)) =
            boundary.kind.as_ref().and_then(ElementKind::trigger)
            && text(&caught.name) == text(&message.name)
        {
            report.error(
                boundary.node,
                format!(
                    "the boundary event waits for the same message {} as its receive task: use \
                     another message",
                    quoted(&text(&message.name))
                ),
            );
        }
    }
}

/// Nothing flows into a boundary event, and something out of it.
pub(super) fn boundary_flows(drafts: &Drafts<'_>, at: ElementIndex, report: &mut Report<'_>) {
    flow::no_incoming(drafts, at, "boundary", report);
    let draft = drafts.get(at);
    if draft.outgoing.is_empty() && is_read(drafts, at) && !drafts.is_associated(draft.id) {
        report.error(
            draft.node,
            "no sequence flow leaves the boundary event: connect it with what happens then",
        );
    }
}

/// An event-based gateway leads to two or more catch events that differ and are only its own.
pub(super) fn event_based_gateway(drafts: &Drafts<'_>, at: ElementIndex, report: &mut Report<'_>) {
    let gateway = drafts.get(at);
    if gateway.outgoing.len() < 2 {
        report.error(
            gateway.node,
            format!(
                "the event-based gateway has too few outgoing flows ({}): connect it with two \
                 catch events at least",
                gateway.outgoing.len()
            ),
        );
    }
    let mut events = Vec::new();
    for target in drafts.targets(at) {
        let draft = drafts.get(target);
        match draft.element_type {
            Some(ElementType::IntermediateCatchEvent) if draft.incoming.len() > 1 => {
                report.error(
                    draft.node,
                    format!(
                        "the event follows the event-based gateway {} and has other incoming \
                         flows: remove those",
                        quoted(gateway.id)
                    ),
                );
            }
            Some(ElementType::IntermediateCatchEvent)
                if draft.kind.as_ref().is_none_or(can_follow_event_gateway) =>
            {
                events.push(target);
            }
            Some(_) => report.error(
                gateway.node,
                format!(
                    "the event-based gateway leads to {}: only intermediate catch events for \
                     messages, timers and signals may follow it",
                    quoted(draft.id)
                ),
            ),
            None => {}
        }
    }
    no_duplicates(drafts, &events, "event behind the gateway", report);
}

/// What cannot be read is reported itself.
fn can_follow_event_gateway(kind: &ElementKind) -> bool {
    matches!(kind.trigger(), Some(Trigger::Message(_) | Trigger::Timer(_) | Trigger::Signal(_)))
}

/// Reports events among `events` that catch what an earlier one catches.
fn no_duplicates(
    drafts: &Drafts<'_>,
    events: &[ElementIndex],
    what: &str,
    report: &mut Report<'_>,
) {
    let mut first: BTreeMap<String, &str> = BTreeMap::new();
    for event in events {
        let draft = drafts.get(*event);
        let Some(trigger) = draft.kind.as_ref().and_then(ElementKind::trigger) else { continue };
        let caught = match trigger {
            Trigger::Message(message) => format!("the message {}", quoted(&text(&message.name))),
            Trigger::Signal(name) => format!("the signal {}", quoted(&text(name))),
            Trigger::Error(CodeCatch::Code(code)) => format!("the error code {}", quoted(code)),
            Trigger::Error(CodeCatch::All) => "every error".into(),
            Trigger::Escalation(CodeCatch::Code(code)) => {
                format!("the escalation code {}", quoted(code))
            }
            Trigger::Escalation(CodeCatch::All) => "every escalation".into(),
            // Any number of timers may run side by side, and an activity be undone in many ways.
            Trigger::Timer(_) | Trigger::Compensation(_) => continue,
            // Conditions may overlap; only those that start a process are told apart by them.
            Trigger::Conditional(known) if what == PROCESS_START => {
                format!("the condition {}", quoted(&format!("={}", known.condition.text())))
            }
            Trigger::Conditional(_) => continue,
        };
        if let Some(other) = first.get(&caught) {
            report.error(
                draft.node,
                format!("another {what}, {}, catches {caught} already: keep one", quoted(other)),
            );
        } else {
            first.insert(caught, draft.id);
        }
    }
}

/// The text as the file has it; expressions that read alike are alike.
fn text(text: &TextOrFeel) -> Cow<'_, str> {
    match text {
        TextOrFeel::Static(StaticValue::Text(text) | StaticValue::Number(_, text)) => {
            Cow::Borrowed(text)
        }
        TextOrFeel::Feel(expression) => Cow::Owned(format!("={}", expression.text())),
    }
}
