//! What a file declares beside its processes: messages, signals, errors, escalations; and that ids are unique.

use std::collections::BTreeMap;

use crate::node::{Node, attribute, bpmn_children, bpmn_name, bpmn_named};
use crate::problem::{Report, quoted};

/// The root elements that events refer to, by id.
#[derive(Debug, Default)]
pub(crate) struct Definitions<'a> {
    messages: BTreeMap<&'a str, Node<'a>>,
    signals: BTreeMap<&'a str, Node<'a>>,
    errors: BTreeMap<&'a str, Node<'a>>,
    escalations: BTreeMap<&'a str, Node<'a>>,
}

impl<'a> Definitions<'a> {
    /// Reads the root elements and reports ids that occur twice in the file.
    pub(crate) fn read(root: Node<'a>, report: &mut Report<'_>) -> Self {
        check_ids(root, report);
        let mut definitions = Self::default();
        for child in bpmn_children(root) {
            let Some(id) = child.attribute("id") else { continue };
            let kind = match child.tag_name().name() {
                "message" => &mut definitions.messages,
                "signal" => &mut definitions.signals,
                "error" => &mut definitions.errors,
                "escalation" => &mut definitions.escalations,
                _ => continue,
            };
            kind.insert(id, child);
        }
        definitions.check_message_starts(root, report);
        definitions
    }

    /// A message starts one process of a file; twice in one process is refused with the process.
    ///
    /// Source: camunda/zeebe: bpmn-model/validation/zeebe/MessageValidator.java
    fn check_message_starts(&self, root: Node<'a>, report: &mut Report<'_>) {
        let mut starters: BTreeMap<&str, Node<'a>> = BTreeMap::new();
        for process in bpmn_named(root, "process") {
            let starts = bpmn_named(process, "startEvent");
            let messages = starts
                .flat_map(|start| bpmn_named(start, "messageEventDefinition"))
                .filter_map(|definition| attribute(definition, "messageRef"));
            for id in messages {
                // References are qualified names, so a prefix may stand before the id.
                let id = id.rsplit_once(':').map_or(id, |(_, id)| id);
                let first = *starters.entry(id).or_insert(process);
                if first != process
                    && let Some(message) = self.messages.get(id)
                {
                    report.error(
                        *message,
                        format!(
                            "the message starts two processes of this file, {} and {}: give each \
                             its own",
                            quoted(first.attribute("id").unwrap_or_default()),
                            quoted(process.attribute("id").unwrap_or_default())
                        ),
                    );
                }
            }
        }
    }

    /// The message that `node` refers to with `messageRef`.
    pub(crate) fn message(&self, node: Node<'a>, report: &mut Report<'_>) -> Option<Node<'a>> {
        referred(node, "messageRef", "message", &self.messages, report)
    }

    /// The signal that `node` refers to with `signalRef`.
    pub(crate) fn signal(&self, node: Node<'a>, report: &mut Report<'_>) -> Option<Node<'a>> {
        referred(node, "signalRef", "signal", &self.signals, report)
    }

    /// The error that `node` refers to with `errorRef`, which must be there.
    pub(crate) fn error(&self, node: Node<'a>, report: &mut Report<'_>) -> Option<Node<'a>> {
        referred(node, "errorRef", "error", &self.errors, report)
    }

    /// The escalation that `node` refers to with `escalationRef`, which must be there.
    pub(crate) fn escalation(&self, node: Node<'a>, report: &mut Report<'_>) -> Option<Node<'a>> {
        referred(node, "escalationRef", "escalation", &self.escalations, report)
    }
}

fn referred<'a>(
    node: Node<'a>,
    reference: &str,
    kind: &str,
    known: &BTreeMap<&'a str, Node<'a>>,
    report: &mut Report<'_>,
) -> Option<Node<'a>> {
    let Some(id) = attribute(node, reference) else {
        report.error(node, format!("no {kind} is referred to: choose one ({reference})"));
        return None;
    };
    // References are qualified names, so a prefix may stand before the id.
    let found = known.get(id).or_else(|| known.get(id.rsplit_once(':')?.1));
    if found.is_none() {
        report.error(
            node,
            format!("{reference} {} names no {kind} of this file: declare it", quoted(id)),
        );
    }
    found.copied()
}

fn check_ids(root: Node<'_>, report: &mut Report<'_>) {
    let mut seen = BTreeMap::new();
    for node in root.descendants().filter(|node| bpmn_name(*node).is_some()) {
        let Some(id) = node.attribute("id") else { continue };
        if let Some(first) = seen.insert(id, node.tag_name().name()) {
            report.error(
                node,
                format!(
                    "the id {} already belongs to a {first}: ids are unique in a file",
                    quoted(id)
                ),
            );
        }
    }
}
