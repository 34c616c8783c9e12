//! Compensation: which activity is undone by which handler, and who asks for it.

use super::draft::{Draft, Drafts};
use super::{element, event};
use crate::element_type::ElementType;
use crate::graph::{ElementIndex, ElementKind, EndKind, ThrowKind, Trigger};
use crate::node::{Node, attribute, flag};
use crate::problem::{Report, quoted};

const DEFINITION: &str = "compensateEventDefinition";

/// The event's only definition, if that is one of compensation.
fn definition<'a>(event: Node<'a>) -> Option<Node<'a>> {
    match event::definitions(event).as_slice() {
        [only] if only.tag_name().name() == DEFINITION => Some(*only),
        _ => None,
    }
}

/// Whether the event's only definition is that of compensation.
pub(crate) fn is_compensation(event: Node<'_>) -> bool {
    definition(event).is_some()
}

/// Whether the element is an activity that undoes another.
pub(crate) fn is_handler(draft: &Draft<'_>) -> bool {
    draft.element_type.is_some_and(element::is_activity)
        && flag(draft.node, "isForCompensation", false)
}

/// A boundary event, with the handler that an association leads to.
pub(crate) fn boundary(
    drafts: &Drafts<'_>,
    at: ElementIndex,
    report: &mut Report<'_>,
) -> Option<Trigger> {
    let draft = drafts.get(at);
    if !flag(draft.node, "cancelActivity", true) {
        report.error(
            draft.node,
            "a compensation boundary event is not non-interrupting: remove \
             cancelActivity=\"false\"",
        );
        return None;
    }
    let handlers: Vec<_> = drafts
        .associated_with(draft.id)
        .filter_map(|id| drafts.find(id))
        .filter(|handler| is_handler(drafts.get(*handler)))
        .collect();
    let [handler] = handlers.as_slice() else {
        report.error(
            draft.node,
            format!(
                "the compensation boundary event is associated with {} compensation handlers: draw \
                 one association to an activity with isForCompensation",
                handlers.len()
            ),
        );
        return None;
    };
    if drafts.get(*handler).scope != draft.scope {
        report.error(
            draft.node,
            format!(
                "the compensation handler {} lies in another scope: move it beside the activity",
                quoted(drafts.get(*handler).id)
            ),
        );
        return None;
    }
    Some(Trigger::Compensation(*handler))
}

/// A throw or end event that asks for compensation.
pub(crate) fn throw(
    drafts: &Drafts<'_>,
    at: ElementIndex,
    report: &mut Report<'_>,
) -> Option<ElementKind> {
    let draft = drafts.get(at);
    let definition = definition(draft.node)?;
    if !flag(definition, "waitForCompletion", true) {
        report.error(
            definition,
            "compensation is always waited for: remove waitForCompletion=\"false\"",
        );
        return None;
    }
    let activity = match attribute(definition, "activityRef") {
        None => None,
        Some(id) => match drafts.find(id).or_else(|| drafts.find(id.rsplit_once(':')?.1)) {
            None => {
                report.error(
                    definition,
                    format!(
                        "activityRef {} names no activity of this process: choose one",
                        quoted(id)
                    ),
                );
                return None;
            }
            found => found,
        },
    };
    if draft.element_type == Some(ElementType::EndEvent) {
        Some(ElementKind::EndEvent(EndKind::Compensation(activity)))
    } else {
        Some(ElementKind::IntermediateThrowEvent(ThrowKind::Compensation(activity)))
    }
}

/// Nothing flows into or out of a handler, and no event is attached to it.
pub(crate) fn check_handler(drafts: &Drafts<'_>, at: ElementIndex, report: &mut Report<'_>) {
    let draft = drafts.get(at);
    if !is_handler(draft) {
        return;
    }
    if !draft.incoming.is_empty() || !draft.outgoing.is_empty() {
        report.error(
            draft.node,
            "a sequence flow leads into or out of the compensation handler: remove it",
        );
    }
    if !draft.boundary_events.is_empty() {
        report.error(
            draft.node,
            "a boundary event is attached to the compensation handler: remove it",
        );
    }
}

/// What is compensated lies in the scope of the event and can be compensated.
pub(crate) fn check_throw(drafts: &Drafts<'_>, at: ElementIndex, report: &mut Report<'_>) {
    let draft = drafts.get(at);
    let Some(
        ElementKind::EndEvent(EndKind::Compensation(Some(activity)))
        | ElementKind::IntermediateThrowEvent(ThrowKind::Compensation(Some(activity))),
    ) = draft.kind
    else {
        return;
    };
    let target = drafts.get(activity);
    if !scopes(drafts, at).contains(&target.scope) {
        report.error(
            draft.node,
            format!(
                "the activity {} lies in another scope: only activities beside the event, or \
                 beside the event subprocess it is in, can be compensated",
                quoted(target.id)
            ),
        );
    } else if !is_compensable(drafts, target) {
        report.error(
            draft.node,
            format!(
                "the activity {} cannot be compensated: attach a compensation boundary event to it",
                quoted(target.id)
            ),
        );
    }
}

/// The scope of the event, and that around it if it is an event subprocess.
fn scopes(drafts: &Drafts<'_>, at: ElementIndex) -> Vec<Option<ElementIndex>> {
    let scope = drafts.get(at).scope;
    let mut scopes = vec![scope];
    if let Some(scope) = scope
        && drafts.get(scope).element_type == Some(ElementType::EventSubProcess)
    {
        scopes.push(drafts.get(scope).scope);
    }
    scopes
}

fn is_compensable(drafts: &Drafts<'_>, activity: &Draft<'_>) -> bool {
    activity.element_type == Some(ElementType::SubProcess)
        || activity.boundary_events.iter().any(|event| {
            let kind = drafts.get(*event).kind.as_ref();
            matches!(kind.and_then(ElementKind::trigger), Some(Trigger::Compensation(_)))
        })
}
