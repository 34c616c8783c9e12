//! First pass over a process: which flow nodes and sequence flows there are, and where.

use std::collections::BTreeMap;

use super::{ad_hoc, multi_instance};
use crate::element_type::ElementType;
use crate::graph::{ElementIndex, ElementKind, ExecutionListener, FlowIndex, Mapping};
use crate::node::{Node, attribute, bpmn_children, flag};
use crate::problem::{Report, quoted, visible_id};

/// A flow node on its way to becoming an element.
#[derive(Debug)]
pub(crate) struct Draft<'a> {
    pub(crate) node: Node<'a>,
    pub(crate) id: &'a str,
    /// `None` if its type is not supported, which is reported already.
    pub(crate) element_type: Option<ElementType>,
    pub(crate) scope: Option<ElementIndex>,
    pub(crate) children: Vec<ElementIndex>,
    pub(crate) incoming: Vec<FlowIndex>,
    pub(crate) outgoing: Vec<FlowIndex>,
    pub(crate) boundary_events: Vec<ElementIndex>,
    /// `None` until it is read, and if that failed, which is reported already.
    pub(crate) kind: Option<ElementKind>,
    pub(crate) inputs: Vec<Mapping>,
    pub(crate) outputs: Vec<Mapping>,
    pub(crate) start_listeners: Vec<ExecutionListener>,
    pub(crate) end_listeners: Vec<ExecutionListener>,
}

/// A sequence flow between two flow nodes of one scope.
#[derive(Debug)]
pub(crate) struct FlowDraft<'a> {
    pub(crate) node: Node<'a>,
    pub(crate) id: &'a str,
    pub(crate) source: ElementIndex,
    pub(crate) target: ElementIndex,
}

/// All of a process; drafts lie at their element's index.
#[derive(Debug)]
pub(crate) struct Drafts<'a> {
    pub(crate) elements: Vec<Draft<'a>>,
    pub(crate) flows: Vec<FlowDraft<'a>>,
    by_id: BTreeMap<&'a str, ElementIndex>,
    flows_by_id: BTreeMap<&'a str, FlowIndex>,
    /// Elements that an association starts from, and those it leads to.
    associated: BTreeMap<&'a str, Vec<&'a str>>,
}

impl<'a> Drafts<'a> {
    /// Collects the flow nodes and flows of `process`, and reports what is not supported.
    pub(crate) fn collect(process: Node<'a>, id: &'a str, report: &mut Report<'_>) -> Self {
        let mut drafts = Self {
            elements: Vec::new(),
            flows: Vec::new(),
            by_id: BTreeMap::new(),
            flows_by_id: BTreeMap::new(),
            associated: BTreeMap::new(),
        };
        let mut flow_nodes = Vec::new();
        drafts.add(process, id, Some(ElementType::Process), None);
        drafts.collect_scope(process, ElementIndex::PROCESS, &mut flow_nodes, report);
        for (node, scope) in flow_nodes {
            drafts.add_flow(node, scope, report);
        }
        drafts
    }

    pub(crate) fn get(&self, index: ElementIndex) -> &Draft<'a> {
        &self.elements[index.0 as usize]
    }

    pub(crate) fn get_mut(&mut self, index: ElementIndex) -> &mut Draft<'a> {
        &mut self.elements[index.0 as usize]
    }

    pub(crate) fn flow(&self, index: FlowIndex) -> &FlowDraft<'a> {
        &self.flows[index.0 as usize]
    }

    pub(crate) fn find(&self, id: &str) -> Option<ElementIndex> {
        self.by_id.get(id).copied()
    }

    pub(crate) fn find_flow(&self, id: &str) -> Option<FlowIndex> {
        self.flows_by_id.get(id).copied()
    }

    /// Whether an association starts from the element `id`.
    pub(crate) fn is_associated(&self, id: &str) -> bool {
        self.associated.contains_key(id)
    }

    /// Elements that associations lead to from the element `id`.
    pub(crate) fn associated_with(&self, id: &str) -> impl Iterator<Item = &'a str> {
        self.associated.get(id).into_iter().flatten().copied()
    }

    /// Indexes of all elements, the process first.
    pub(crate) fn indexes(&self) -> impl Iterator<Item = ElementIndex> + use<> {
        (0..index(self.elements.len())).map(ElementIndex)
    }

    /// Elements at the other end of the outgoing flows.
    pub(crate) fn targets(&self, source: ElementIndex) -> impl Iterator<Item = ElementIndex> {
        self.get(source).outgoing.iter().map(|flow| self.flow(*flow).target)
    }

    fn add(
        &mut self,
        node: Node<'a>,
        id: &'a str,
        element_type: Option<ElementType>,
        scope: Option<ElementIndex>,
    ) -> ElementIndex {
        let at = ElementIndex(index(self.elements.len()));
        self.elements.push(Draft {
            node,
            id,
            element_type,
            scope,
            children: Vec::new(),
            incoming: Vec::new(),
            outgoing: Vec::new(),
            boundary_events: Vec::new(),
            kind: None,
            inputs: Vec::new(),
            outputs: Vec::new(),
            start_listeners: Vec::new(),
            end_listeners: Vec::new(),
        });
        if let Some(scope) = scope {
            // The process itself is no flow node that a flow could name.
            self.by_id.entry(id).or_insert(at);
            self.get_mut(scope).children.push(at);
        }
        at
    }

    /// Recursion is bounded by the depth limit of the XML.
    fn collect_scope(
        &mut self,
        container: Node<'a>,
        scope: ElementIndex,
        flows: &mut Vec<(Node<'a>, ElementIndex)>,
        report: &mut Report<'_>,
    ) {
        for node in bpmn_children(container) {
            let element_type = match node.tag_name().name() {
                "sequenceFlow" => {
                    flows.push((node, scope));
                    continue;
                }
                "association" => {
                    if let Some(source) = attribute(node, "sourceRef") {
                        let targets = self.associated.entry(source).or_default();
                        targets.extend(attribute(node, "targetRef"));
                    }
                    continue;
                }
                name if is_without_effect(name) => continue,
                name => flow_node_type(node, name, report),
            };
            let Some(id) = attribute(node, "id") else {
                let tag = quoted(node.tag_name().name());
                report.error(node, format!("the element {tag} has no id: give it one"));
                continue;
            };
            // The activity lies in its body, and both have the same id.
            let scope = if multi_instance::is_body(node, element_type) {
                self.add(node, id, Some(ElementType::MultiInstanceBody), Some(scope))
            } else {
                scope
            };
            let scope = ad_hoc::scope_of(self, scope, element_type);
            let at = self.add(node, id, element_type, Some(scope));
            if matches!(element_type, Some(ElementType::SubProcess | ElementType::EventSubProcess))
            {
                self.collect_scope(node, at, flows, report);
            } else if element_type == Some(ElementType::AdHocSubProcess) {
                let inner = Some(ElementType::AdHocSubProcessInnerInstance);
                let inner = self.add(node, id, inner, Some(at));
                self.collect_scope(node, inner, flows, report);
            }
        }
    }

    fn add_flow(&mut self, node: Node<'a>, scope: ElementIndex, report: &mut Report<'_>) {
        let Some(id) = attribute(node, "id") else {
            report.error(node, "the sequence flow has no id: give it one");
            return;
        };
        let source = self.flow_end(node, "sourceRef", "from", scope, report);
        let target = self.flow_end(node, "targetRef", "to", scope, report);
        let (Some(source), Some(target)) = (source, target) else { return };
        let at = FlowIndex(index(self.flows.len()));
        self.flows.push(FlowDraft { node, id, source, target });
        self.flows_by_id.entry(id).or_insert(at);
        self.get_mut(source).outgoing.push(at);
        self.get_mut(target).incoming.push(at);
    }

    fn flow_end(
        &self,
        node: Node<'a>,
        end: &str,
        direction: &str,
        scope: ElementIndex,
        report: &mut Report<'_>,
    ) -> Option<ElementIndex> {
        let Some(id) = attribute(node, end) else {
            report.error(
                node,
                format!(
                    "the sequence flow leads {direction} nowhere: connect it ({end} is missing)"
                ),
            );
            return None;
        };
        let found = self.find(id).or_else(|| self.find(id.rsplit_once(':')?.1));
        match found {
            None => {
                report.error(
                    node,
                    format!("{end} {} names no flow node of this process: connect it", quoted(id)),
                );
                None
            }
            Some(at) if self.get(at).scope != Some(scope) => {
                report.error(
                    node,
                    format!(
                        "the sequence flow leads {direction} {}, across the border of a \
                         subprocess: connect the subprocess itself",
                        quoted(id)
                    ),
                );
                None
            }
            found => found,
        }
    }
}

/// Lengths here are bounded by the element limit of the XML, far below `u32::MAX`.
fn index(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

/// Children of a scope that are drawn or documented but never executed, as in Zeebe.
fn is_without_effect(name: &str) -> bool {
    matches!(
        name,
        "documentation"
            | "extensionElements"
            | "auditing"
            | "monitoring"
            | "incoming"
            | "outgoing"
            | "ioSpecification"
            | "ioBinding"
            | "property"
            | "dataInputAssociation"
            | "dataOutputAssociation"
            | "resourceRole"
            | "performer"
            | "humanPerformer"
            | "potentialOwner"
            | "multiInstanceLoopCharacteristics"
            | "standardLoopCharacteristics"
            | "completionCondition"
            | "laneSet"
            | "supports"
            | "correlationSubscription"
            | "dataObject"
            | "dataObjectReference"
            | "dataStoreReference"
            | "textAnnotation"
            | "group"
    )
}

fn flow_node_type(node: Node<'_>, name: &str, report: &mut Report<'_>) -> Option<ElementType> {
    let element_type = match name {
        "startEvent" => ElementType::StartEvent,
        "intermediateCatchEvent" => ElementType::IntermediateCatchEvent,
        "intermediateThrowEvent" => ElementType::IntermediateThrowEvent,
        "boundaryEvent" => ElementType::BoundaryEvent,
        "endEvent" => ElementType::EndEvent,
        "task" => ElementType::Task,
        "manualTask" => ElementType::ManualTask,
        "serviceTask" => ElementType::ServiceTask,
        "sendTask" => ElementType::SendTask,
        "receiveTask" => ElementType::ReceiveTask,
        "userTask" => ElementType::UserTask,
        "scriptTask" => ElementType::ScriptTask,
        "businessRuleTask" => ElementType::BusinessRuleTask,
        "exclusiveGateway" => ElementType::ExclusiveGateway,
        "inclusiveGateway" => ElementType::InclusiveGateway,
        "parallelGateway" => ElementType::ParallelGateway,
        "eventBasedGateway" => ElementType::EventBasedGateway,
        "subProcess" if flag(node, "triggeredByEvent", false) => ElementType::EventSubProcess,
        "subProcess" => ElementType::SubProcess,
        "callActivity" => ElementType::CallActivity,
        "adHocSubProcess" => ElementType::AdHocSubProcess,
        other => {
            unsupported(node, &format!("the element {}", quoted(other)), report);
            return None;
        }
    };
    Some(element_type)
}

/// Reports that `what` cannot be executed, naming the element.
pub(crate) fn unsupported(node: Node<'_>, what: &str, report: &mut Report<'_>) {
    let id = node.ancestors().find_map(visible_id).unwrap_or_default();
    report.error(
        node,
        format!(
            "{what} is not supported by this version of Skep: replace or remove it (element {})",
            quoted(id)
        ),
    );
}
