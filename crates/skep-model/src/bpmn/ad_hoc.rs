//! Ad-hoc subprocesses: what they offer, and when they are done.

use std::sync::Arc;

use super::draft::{Draft, Drafts};
use super::expression::feel;
use super::{extension, multi_instance};
use crate::element_type::ElementType;
use crate::graph::{AdHocElement, AdHocSubProcess, ElementIndex, ElementKind};
use crate::node::{Node, attribute, bpmn_named, flag, text, zeebe_named};
use crate::problem::Report;

/// What follows the id of the subprocess in that of the scope of each activated element.
///
/// Source: camunda/camunda: zeebe/bpmn-model/impl/ZeebeConstants.java
const INNER_INSTANCE_SUFFIX: &str = "#innerInstance";

/// The id of an element, which need not be one of the file.
pub(crate) fn element_id(draft: &Draft<'_>) -> Arc<str> {
    if draft.element_type == Some(ElementType::AdHocSubProcessInnerInstance) {
        format!("{}{INNER_INSTANCE_SUFFIX}", draft.id).into()
    } else {
        draft.id.into()
    }
}

/// Event subprocesses of an ad-hoc subprocess are not activated in it: their scope is the
/// subprocess itself.
pub(crate) fn scope_of(
    drafts: &Drafts<'_>,
    scope: ElementIndex,
    element_type: Option<ElementType>,
) -> ElementIndex {
    let around = drafts.get(scope);
    let is_inner = around.element_type == Some(ElementType::AdHocSubProcessInnerInstance);
    match around.scope {
        Some(outer) if is_inner && element_type == Some(ElementType::EventSubProcess) => outer,
        Some(_) | None => scope,
    }
}

/// Reads the subprocess at `at`; the scope of its elements is the draft behind it.
pub(crate) fn read(
    drafts: &Drafts<'_>,
    at: ElementIndex,
    report: &mut Report<'_>,
) -> Option<ElementKind> {
    let draft = drafts.get(at);
    let node = draft.node;
    let inner = *draft.children.first()?;
    let problems = report.len();
    check_shape(drafts, node, inner, report);
    let definition = extension::at_most_one(node, "adHoc", report);
    let job = if extension::has(node, "taskDefinition") {
        check_by_job(node, definition, report);
        extension::job(node, report)
    } else {
        None
    };
    let active_elements = definition.and_then(|definition| {
        let text = attribute(definition, "activeElementsCollection")?;
        feel(definition, "the collection of active elements", text, report)
    });
    let output = definition.and_then(|definition| multi_instance::output(definition, report));
    let completion_condition = multi_instance::completion_condition(node, report);
    if report.len() > problems {
        return None;
    }
    Some(ElementKind::AdHocSubProcess(Box::new(AdHocSubProcess {
        inner,
        elements: elements(drafts, inner),
        job,
        active_elements,
        completion_condition,
        cancels_remaining: flag(node, "cancelRemainingInstances", true),
        output,
    })))
}

/// A worker decides what is activated and when it is over, and nothing else does.
///
/// Source: camunda/camunda: zeebe/bpmn-model, `AdHocSubProcessValidator`
fn check_by_job(node: Node<'_>, definition: Option<Node<'_>>, report: &mut Report<'_>) {
    let has_condition =
        bpmn_named(node, "completionCondition").any(|condition| !text(condition).is_empty());
    let has_elements =
        definition.is_some_and(|node| attribute(node, "activeElementsCollection").is_some());
    let keeps_remaining = !flag(node, "cancelRemainingInstances", true);
    for (is_there, what) in [
        (has_condition, "a completionCondition"),
        (has_elements, "an activeElementsCollection"),
        (keeps_remaining, "cancelRemainingInstances=\"false\""),
    ] {
        if is_there {
            report.error(
                node,
                format!(
                    "an ad-hoc subprocess by job worker (zeebe:taskDefinition) cannot have {what}, \
                     because its worker decides: remove one of the two"
                ),
            );
        }
    }
}

/// What the element at `at` asks an agent for is to be understood as it is deployed.
pub(crate) fn check_parameters(drafts: &Drafts<'_>, at: ElementIndex, report: &mut Report<'_>) {
    let draft = drafts.get(at);
    let scope = draft.scope.map(|scope| drafts.get(scope).element_type);
    if scope != Some(Some(ElementType::AdHocSubProcessInnerInstance)) {
        return;
    }
    for input in &draft.inputs {
        if let Err(reason) = input.source.from_ai_parameters() {
            report.error(draft.node, format!("in an input mapping, {reason}"));
        }
    }
}

fn check_shape(drafts: &Drafts<'_>, node: Node<'_>, inner: ElementIndex, report: &mut Report<'_>) {
    let children = &drafts.get(inner).children;
    for child in children.iter().map(|child| drafts.get(*child)) {
        if matches!(child.element_type, Some(ElementType::StartEvent | ElementType::EndEvent)) {
            report.error(
                child.node,
                "an ad-hoc subprocess has no start and end events: remove the event",
            );
        }
    }
    let is_activity = |child: &ElementIndex| {
        let element_type = drafts.get(*child).element_type;
        element_type.is_none_or(super::element::is_activity)
    };
    if !children.iter().any(is_activity) {
        report.error(node, "the ad-hoc subprocess has no activity: add one");
    }
}

fn elements(drafts: &Drafts<'_>, inner: ElementIndex) -> Vec<AdHocElement> {
    let is_offered = |child: &ElementIndex| {
        let draft = drafts.get(*child);
        draft.incoming.is_empty() && draft.element_type != Some(ElementType::BoundaryEvent)
    };
    drafts
        .get(inner)
        .children
        .iter()
        .copied()
        .filter(is_offered)
        .map(|index| {
            let node = drafts.get(index).node;
            let documentation = bpmn_named(node, "documentation")
                .map(|documentation| text(documentation).into_owned())
                .find(|documentation| !documentation.is_empty());
            AdHocElement {
                index,
                documentation: documentation.map(Arc::from),
                properties: properties(node),
            }
        })
        .collect()
}

fn properties(node: Node<'_>) -> Vec<(Arc<str>, Arc<str>)> {
    let all = crate::node::extensions(node)
        .filter(|extension| extension.tag_name().name() == "properties")
        .flat_map(|properties| zeebe_named(properties, "property"));
    all.filter_map(|property| {
        let name = attribute(property, "name")?;
        Some((name.into(), property.attribute("value").unwrap_or_default().into()))
    })
    .collect()
}
