//! From the XML tree to the graph.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::logic;
use super::model::{
    Decision, DecisionIndex, DecisionRequirements, Graph, Knowledge, KnowledgeIndex, Parameter,
};
use super::requirement::{self, Requirements};
use super::type_ref::TypeRef;
use crate::node::{DMN, Node, attribute, dmn_name, dmn_named, zeebe_named};
use crate::problem::{Problem, Problems, Report, quoted};
use crate::xml;

/// Reads a DMN file: its decisions, ready for evaluation.
///
/// Accepted are the namespaces of DMN 1.1 to 1.5 and what Camunda 8 executes of them.
///
/// # Errors
/// [`Problems`]: not XML, not DMN, or anything that cannot be executed, wherever it stands.
pub fn parse_dmn(xml: &[u8]) -> Result<DecisionRequirements, Problems> {
    let source = xml::decode(xml)?;
    let document = xml::parse(source)?;
    let root = document.root_element();
    if dmn_name(root) != Some("definitions") {
        return Err(Problem::of_file(format!(
            "the file is no DMN model: its root element is {} instead of 'definitions' of a DMN \
             namespace such as {}",
            quoted(root.tag_name().name()),
            DMN[3]
        ))
        .into());
    }

    let mut report = Report::new(source);
    let id = required(root, "id", "the definitions element", &mut report);
    let name = required(root, "name", "the definitions element", &mut report);
    let requirements = Requirements::read(root, &mut report);
    requirement::check(&requirements, &mut report);
    // Without sound requirements nobody knows which logic belongs to the file.
    let mut report = report.sound()?;
    let mut reader = logic::Reader::new(&mut report, &requirements);
    let knowledge = read_knowledge(&requirements, &mut reader);
    let decisions = read_decisions(&requirements, &mut reader);
    report.finish()?;

    let decisions: Vec<_> = decisions.into_iter().flatten().collect();
    let mut by_id: Vec<_> = (0..decisions.len()).map(DecisionIndex).collect();
    by_id.sort_by(|a, b| decisions[a.0].id.cmp(&decisions[b.0].id));
    Ok(DecisionRequirements::new(Graph {
        id: id.unwrap_or_default().into(),
        name: name.unwrap_or_default().into(),
        namespace: root.attribute("namespace").unwrap_or_default().into(),
        decisions,
        by_id,
        knowledge: knowledge.into_iter().flatten().collect(),
    }))
}

/// An attribute that must be there; its absence is reported.
pub(super) fn required<'a>(
    node: Node<'a>,
    name: &str,
    what: &str,
    report: &mut Report<'_>,
) -> Option<&'a str> {
    let value = attribute(node, name);
    if value.is_none() {
        report.error(node, format!("{what} has no {name}: give it one"));
    }
    value
}

/// Business knowledge models come after those they require, so an invocation in one finds
/// nothing that could lead back to it.
fn read_knowledge<'a>(
    requirements: &Requirements<'a>,
    reader: &mut logic::Reader<'a, '_, '_>,
) -> Vec<Option<Knowledge>> {
    let mut all = Vec::with_capacity(requirements.knowledge.len());
    for (index, model) in requirements.knowledge.iter().enumerate() {
        reader.n_invocable = index;
        let encapsulated = dmn_named(model.node, "encapsulatedLogic").next();
        let (logic, parameters) = match encapsulated {
            Some(node) => (reader.knowledge_logic(node), reader.parameters(node)),
            None => (Some(super::model::Logic::Nothing), Some(Vec::new())),
        };
        all.push(logic.zip(parameters).map(|(logic, parameters)| Knowledge {
            id: attribute(model.node, "id").unwrap_or_default().into(),
            name: model.name.into(),
            logic,
            parameters: parameters.into(),
            requires: model.requires.clone(),
        }));
    }
    reader.n_invocable = all.len();
    all
}

fn read_decisions<'a>(
    requirements: &Requirements<'a>,
    reader: &mut logic::Reader<'a, '_, '_>,
) -> Vec<Option<Decision>> {
    let decisions = requirements.decisions.iter();
    let read = decisions.map(|required| {
        let variable = dmn_named(required.node, "variable").next();
        let result_name = match variable {
            Some(variable) => reader.required(variable, "name", "the decision's variable")?,
            None => required.id,
        };
        Some(Decision {
            id: required.id.into(),
            name: required.name.into(),
            version_tag: version_tag(required.node),
            logic: reader.decision_logic(required.node)?,
            result_name: result_name.into(),
            result_type: TypeRef::new(variable.and_then(|variable| variable.attribute("typeRef"))),
            requires: required.requires.clone(),
            knowledge: required.knowledge.clone(),
        })
    });
    read.collect()
}

fn version_tag(decision: Node<'_>) -> Option<Arc<str>> {
    let extensions = dmn_named(decision, "extensionElements").next()?;
    let tag = zeebe_named(extensions, "versionTag").next()?;
    attribute(tag, "value").map(Arc::from)
}

impl<'a> logic::Reader<'a, '_, '_> {
    pub(super) fn required(&mut self, node: Node<'a>, name: &str, what: &str) -> Option<&'a str> {
        required(node, name, what, self.report)
    }

    /// The formal parameters of a function.
    pub(super) fn parameters(&mut self, function: Node<'a>) -> Option<Vec<Parameter>> {
        let mut parameters = Vec::new();
        let mut complete = true;
        for node in dmn_named(function, "formalParameter") {
            match self.required(node, "name", "the formal parameter") {
                Some(name) => parameters.push(Parameter {
                    name: name.into(),
                    type_ref: TypeRef::new(node.attribute("typeRef")),
                }),
                None => complete = false,
            }
        }
        complete.then_some(parameters)
    }

    /// The business knowledge model that an invocation may call by `name`.
    pub(super) fn invocable(&self, name: &str) -> Option<KnowledgeIndex> {
        let index = self.requirements.knowledge_by_name.get(name).copied()?;
        (index.0 < self.n_invocable).then_some(index)
    }
}

/// Nodes of the file by id.
pub(super) fn by_id<'a>(root: Node<'a>, report: &mut Report<'_>) -> BTreeMap<&'a str, Node<'a>> {
    let mut nodes = BTreeMap::new();
    for node in root.children().filter(|node| dmn_name(*node).is_some()) {
        let Some(id) = attribute(node, "id") else { continue };
        if nodes.insert(id, node).is_some() {
            report.error(node, format!("the id {} is used twice: rename one", quoted(id)));
        }
    }
    nodes
}
