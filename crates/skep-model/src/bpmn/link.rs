//! Link events: two ends of a sequence flow that is not drawn.

use super::draft::Drafts;
use super::event;
use crate::element_type::ElementType;
use crate::graph::{ElementIndex, ElementKind, ThrowKind};
use crate::node::{Node, attribute, bpmn_named};
use crate::problem::{Report, quoted};

/// Whether the event's only definition is that of a link.
pub(crate) fn is_link(event: Node<'_>) -> bool {
    match event::definitions(event).as_slice() {
        [only] => only.tag_name().name() == DEFINITION,
        _ => false,
    }
}

const DEFINITION: &str = "linkEventDefinition";

/// The name of a link event, if it has one.
fn name<'a>(event: Node<'a>) -> Option<&'a str> {
    let definition = bpmn_named(event, DEFINITION).next()?;
    attribute(definition, "name").filter(|name| !name.trim().is_empty())
}

fn required_name<'a>(event: Node<'a>, report: &mut Report<'_>) -> Option<&'a str> {
    let name = name(event);
    if name.is_none() {
        report.error(event, "the link event has no link name: name its linkEventDefinition");
    }
    name
}

/// The link catch events named `name` in the scope of `at`, in document order.
fn catches<'d>(
    drafts: &'d Drafts<'_>,
    at: ElementIndex,
    name: &'d str,
) -> impl Iterator<Item = ElementIndex> + 'd {
    let siblings = drafts.get(at).scope.map_or(&[][..], |scope| &drafts.get(scope).children);
    siblings.iter().copied().filter(move |sibling| {
        let draft = drafts.get(*sibling);
        draft.element_type == Some(ElementType::IntermediateCatchEvent)
            && is_link(draft.node)
            && self::name(draft.node) == Some(name)
    })
}

/// A link catch event; its name is the only one of its kind in the scope.
pub(crate) fn catch(
    drafts: &Drafts<'_>,
    at: ElementIndex,
    report: &mut Report<'_>,
) -> Option<ElementKind> {
    let node = drafts.get(at).node;
    let name = required_name(node, report)?;
    let first = catches(drafts, at, name).next();
    if let Some(first) = first.filter(|first| *first != at) {
        report.error(
            node,
            format!(
                "another link catch event, {}, has the link name {} already: keep one",
                quoted(drafts.get(first).id),
                quoted(name)
            ),
        );
        return None;
    }
    Some(ElementKind::LinkCatchEvent)
}

/// A link throw event, with the catch event at which its path goes on.
pub(crate) fn throw(
    drafts: &Drafts<'_>,
    at: ElementIndex,
    report: &mut Report<'_>,
) -> Option<ElementKind> {
    let node = drafts.get(at).node;
    let name = required_name(node, report)?;
    let Some(target) = catches(drafts, at, name).next() else {
        report.error(
            node,
            format!(
                "no link catch event of this scope has the link name {}: add one, or correct the \
                 name",
                quoted(name)
            ),
        );
        return None;
    };
    Some(ElementKind::IntermediateThrowEvent(ThrowKind::Link(target)))
}
