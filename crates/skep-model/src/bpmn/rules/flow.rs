//! Where sequence flows may be, and where their conditions.

use skep_feel::Expression;

use super::super::condition_text;
use super::super::draft::Drafts;
use super::super::expression::feel;
use crate::element_type::ElementType;
use crate::graph::{ElementIndex, ElementKind};
use crate::problem::{Report, quoted};

/// Nothing flows into a start or boundary event.
pub(super) fn no_incoming(
    drafts: &Drafts<'_>,
    at: ElementIndex,
    kind: &str,
    report: &mut Report<'_>,
) {
    let draft = drafts.get(at);
    if !draft.incoming.is_empty() {
        report.error(
            draft.node,
            format!("a sequence flow leads into the {kind} event: connect it elsewhere"),
        );
    }
}

/// An event starts an event subprocess, not the flow, and the flow does not go on behind it.
pub(super) fn outside_the_flow(drafts: &Drafts<'_>, at: ElementIndex, report: &mut Report<'_>) {
    let draft = drafts.get(at);
    if !draft.incoming.is_empty() || !draft.outgoing.is_empty() {
        report.error(
            draft.node,
            "a sequence flow leads into or out of the event subprocess: remove it, or make this an \
             embedded subprocess",
        );
    }
}

/// Nothing flows out of an end event.
pub(super) fn no_outgoing(drafts: &Drafts<'_>, at: ElementIndex, report: &mut Report<'_>) {
    let draft = drafts.get(at);
    if !draft.outgoing.is_empty() {
        report.error(
            draft.node,
            "a sequence flow leaves the end event: use an intermediate event instead",
        );
    }
}

/// With several ways out, each has a condition or is the default.
pub(super) fn conditional_gateway(drafts: &Drafts<'_>, at: ElementIndex, report: &mut Report<'_>) {
    let draft = drafts.get(at);
    let Some(ElementKind::ExclusiveGateway { default } | ElementKind::InclusiveGateway { default }) =
        draft.kind
    else {
        return;
    };
    if draft.outgoing.len() < 2 {
        return;
    }
    for flow in draft.outgoing.iter().filter(|flow| Some(**flow) != default) {
        let flow = drafts.flow(*flow);
        if condition_text(flow.node).is_none() {
            report.error(
                flow.node,
                format!(
                    "the flow has no condition: write one, or make it the default flow of the \
                     gateway {}",
                    quoted(draft.id)
                ),
            );
        }
    }
}

/// Reads the condition of each flow; only flows behind an exclusive or inclusive
/// gateway have one.
pub(super) fn conditions(drafts: &Drafts<'_>, report: &mut Report<'_>) -> Vec<Option<Expression>> {
    let mut conditions = Vec::with_capacity(drafts.flows.len());
    for flow in &drafts.flows {
        let Some((node, text)) = condition_text(flow.node) else {
            conditions.push(None);
            continue;
        };
        let source = drafts.get(flow.source);
        // Behind an element that is not supported, its own message is enough.
        let takes_conditions = source.element_type.is_none_or(|source| {
            matches!(source, ElementType::ExclusiveGateway | ElementType::InclusiveGateway)
        });
        if !takes_conditions {
            report.error(
                node,
                format!(
                    "a condition has no effect behind {}: put an exclusive or inclusive \
                     gateway before it",
                    quoted(source.id)
                ),
            );
        }
        conditions.push(feel(node, "the condition", &text, report));
    }
    conditions
}
