//! BPMN files to executable processes.
//!
//! Reading goes in passes over each process, so that every problem is found at once: which flow
//! nodes and flows there are ([`draft`]), what each does ([`mod@element`]), and whether all fit
//! together ([`rules`]). Only a file without a problem becomes a graph.

mod ad_hoc;
mod binding;
mod call;
mod compensation;
mod condition;
mod definitions;
mod draft;
mod element;
mod event;
mod expression;
mod extension;
mod link;
mod listener;
mod multi_instance;
mod rules;

use std::sync::Arc;

use definitions::Definitions;
use draft::{Draft, Drafts, FlowDraft};

use crate::graph::{Element, ElementIndex, ElementKind, Process, SequenceFlow, StartForm};
use crate::node::{Node, attribute, bpmn_name, bpmn_named, flag, text};
use crate::problem::{Problem, Problems, Report, quoted};
use crate::xml;

/// Reads a BPMN file: its executable processes, in document order.
///
/// # Errors
/// [`Problems`]: not XML, not BPMN, no executable process, or anything the engine cannot run.
pub fn parse_bpmn(xml: &[u8]) -> Result<Vec<Process>, Problems> {
    let source = xml::decode(xml)?;
    let document = xml::parse(source)?;
    let root = document.root_element();
    if bpmn_name(root) != Some("definitions") {
        return Err(Problem::of_file(format!(
            "the file is no BPMN 2.0 model: its root element is {} instead of 'definitions' of \
             the namespace {}",
            quoted(root.tag_name().name()),
            crate::node::BPMN
        ))
        .into());
    }

    let mut report = Report::new(source);
    let known = Definitions::read(root, &mut report);
    let mut all_drafts = Vec::new();
    let mut n_executable = 0;
    for node in bpmn_named(root, "process").filter(|node| flag(*node, "isExecutable", false)) {
        n_executable += 1;
        let Some(id) = attribute(node, "id") else {
            report.error(node, "the process has no id: give it one");
            continue;
        };
        let mut drafts = Drafts::collect(node, id, &mut report);
        element::read_all(&mut drafts, &known, &mut report);
        let conditions = rules::check(&drafts, &mut report);
        let start_form = start_form(&drafts, &mut report);
        all_drafts.push((drafts, conditions, start_form));
    }
    if n_executable == 0 {
        report.error(root, "no process is executable: set isExecutable=\"true\" on one");
    }
    report.finish()?;
    let processes = all_drafts.into_iter();
    Ok(processes.map(|(drafts, conditions, form)| process(drafts, conditions, form)).collect())
}

/// Whether a file whose name does not say so claims to be a BPMN model: it names the namespace.
#[must_use]
pub fn claims_to_be_bpmn(content: &[u8]) -> bool {
    let namespace = crate::node::BPMN.as_bytes();
    content.windows(namespace.len()).any(|window| window == namespace)
}

/// The graph of drafts in which no problem was found.
fn process(
    drafts: Drafts<'_>,
    conditions: Vec<Option<skep_feel::Expression>>,
    start_form: Option<StartForm>,
) -> Process {
    let Drafts { elements, flows, .. } = drafts;
    let root = elements.first().map(|draft| draft.node);
    let starts: Vec<_> = elements
        .iter()
        .map(|draft| (none_start(draft, &elements), event_subprocesses(draft, &elements)))
        .collect();
    let elements: Vec<_> = elements
        .into_iter()
        .zip(starts)
        .filter_map(|(draft, (none_start, event_subprocesses))| {
            element(draft, none_start, event_subprocesses)
        })
        .collect();
    let flows = flows.into_iter().zip(conditions).map(|(flow, condition)| {
        let FlowDraft { id, source, target, .. } = flow;
        SequenceFlow { id: id.into(), source, target, condition }
    });
    let mut by_id: Vec<_> = elements
        .iter()
        .zip(0..)
        .map(|(element, at)| (Arc::clone(&element.id), ElementIndex(at)))
        .collect();
    by_id.sort();
    let (id, name) = elements
        .first()
        .map_or_else(|| ("".into(), None), |process| (process.id.clone(), process.name.clone()));
    let version_tag = root.and_then(version_tag);
    Process { id, name, version_tag, start_form, flows: flows.collect(), elements, by_id }
}

/// The form that the none start event of a process names.
fn start_form(drafts: &Drafts<'_>, report: &mut Report<'_>) -> Option<StartForm> {
    let elements = &drafts.elements;
    let start = elements.first().and_then(|process| none_start(process, elements))?;
    let node = elements[start.0 as usize].node;
    let form = extension::at_most_one(node, "formDefinition", report)?;
    let binding = binding::binding(form, report).unwrap_or_default();
    Some(StartForm { form_id: attribute(form, "formId").map(Arc::from), binding })
}

fn none_start(container: &Draft<'_>, elements: &[Draft<'_>]) -> Option<ElementIndex> {
    container.children.iter().copied().find(|child| {
        matches!(elements[child.0 as usize].kind, Some(ElementKind::StartEvent(None)))
    })
}

fn event_subprocesses(container: &Draft<'_>, elements: &[Draft<'_>]) -> Vec<ElementIndex> {
    let is_event_subprocess = |child: &ElementIndex| {
        matches!(elements[child.0 as usize].kind, Some(ElementKind::EventSubProcess { .. }))
    };
    container.children.iter().copied().filter(is_event_subprocess).collect()
}

/// Drafts without problem all have a kind, so that indexes stay what they are.
fn element(
    draft: Draft<'_>,
    none_start: Option<ElementIndex>,
    event_subprocesses: Vec<ElementIndex>,
) -> Option<Element> {
    let is_for_compensation = compensation::is_handler(&draft);
    Some(Element {
        id: ad_hoc::element_id(&draft),
        name: attribute(draft.node, "name").map(Arc::from),
        kind: draft.kind?,
        scope: draft.scope,
        incoming: draft.incoming,
        outgoing: draft.outgoing,
        boundary_events: draft.boundary_events,
        children: draft.children,
        none_start,
        event_subprocesses,
        is_for_compensation,
        inputs: draft.inputs,
        outputs: draft.outputs,
        start_listeners: draft.start_listeners,
        end_listeners: draft.end_listeners,
    })
}

fn version_tag(process: Node<'_>) -> Option<Arc<str>> {
    let tag = crate::node::extensions(process).find(|e| e.tag_name().name() == "versionTag")?;
    attribute(tag, "value").map(Arc::from)
}

/// The condition of a sequence flow, if it has one with text.
fn condition_text<'a>(flow: Node<'a>) -> Option<(Node<'a>, std::borrow::Cow<'a, str>)> {
    let node = bpmn_named(flow, "conditionExpression").next()?;
    let content = text(node);
    (!content.is_empty()).then_some((node, content))
}
