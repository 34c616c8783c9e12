//! Multi-instance activities: what their body needs to know.

use super::draft::Drafts;
use super::element::is_activity;
use super::expression::{feel, is_name, text_or_feel};
use super::extension;
use crate::element_type::ElementType;
use crate::graph::{ElementIndex, ElementKind, MultiInstance, OutputCollection};
use crate::node::{Node, attribute, bpmn_named, flag, text};
use crate::problem::Report;

/// Whether the activity `node` runs once for each item of a list.
pub(crate) fn is_body(node: Node<'_>, element_type: Option<ElementType>) -> bool {
    element_type.is_some_and(is_activity) && loops(node).is_some()
}

/// What does the work: of a body its activity, else the element itself.
pub(crate) fn activity(drafts: &Drafts<'_>, at: ElementIndex) -> ElementIndex {
    let draft = drafts.get(at);
    let is_body = draft.element_type == Some(ElementType::MultiInstanceBody);
    draft.children.first().copied().filter(|_| is_body).unwrap_or(at)
}

fn loops<'a>(node: Node<'a>) -> Option<Node<'a>> {
    bpmn_named(node, "multiInstanceLoopCharacteristics").next()
}

/// Reads the body at `at`; its activity is the draft behind it.
pub(crate) fn read(
    drafts: &Drafts<'_>,
    at: ElementIndex,
    report: &mut Report<'_>,
) -> Option<ElementKind> {
    let draft = drafts.get(at);
    let loops = loops(draft.node)?;
    let inner = *draft.children.first()?;
    let Some(definition) = extension::at_most_one(loops, "loopCharacteristics", report) else {
        report.error(
            loops,
            "nothing says what to repeat for: add zeebe:loopCharacteristics with an \
             inputCollection",
        );
        return None;
    };
    let problems = report.len();
    let input_collection = extension::required(definition, "inputCollection", report)
        .and_then(|text| feel(definition, "the input collection", text, report));
    let output = output(definition, report);
    let completion_condition = completion_condition(loops, report);
    if report.len() > problems {
        return None;
    }
    Some(ElementKind::MultiInstanceBody(Box::new(MultiInstance {
        inner,
        is_sequential: flag(loops, "isSequential", false),
        input_collection: input_collection?,
        input_element: attribute(definition, "inputElement").map(Into::into),
        output,
        completion_condition,
    })))
}

/// The list that outputs are collected in, by `outputCollection` and `outputElement`.
pub(crate) fn output(definition: Node<'_>, report: &mut Report<'_>) -> Option<OutputCollection> {
    match (attribute(definition, "outputCollection"), attribute(definition, "outputElement")) {
        (None, None) => None,
        (Some(variable), Some(text)) => {
            let element = feel(definition, "the output element", text, report)?;
            let path = element.text().trim();
            let element_variable = path
                .split('.')
                .all(is_name)
                .then(|| path.split('.').next().unwrap_or_default().into());
            Some(OutputCollection { variable: variable.into(), element, element_variable })
        }
        (Some(_), None) => {
            report.error(
                definition,
                "there is an outputCollection but no outputElement: give both or none",
            );
            None
        }
        (None, Some(_)) => {
            report.error(
                definition,
                "there is an outputElement but no outputCollection: give both or none",
            );
            None
        }
    }
}

/// The `completionCondition` of an activity, if it has one with text.
pub(crate) fn completion_condition(
    loops: Node<'_>,
    report: &mut Report<'_>,
) -> Option<crate::graph::TextOrFeel> {
    let node = bpmn_named(loops, "completionCondition").next()?;
    let content = text(node);
    if content.is_empty() {
        return None;
    }
    text_or_feel(node, "the completion condition", &content, report)
}
