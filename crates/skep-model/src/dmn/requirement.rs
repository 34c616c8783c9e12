//! Which decisions and business knowledge models there are, and what they require.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{DecisionIndex, KnowledgeIndex};
use super::read::{by_id, required};
use crate::node::{Node, dmn_name, dmn_named};
use crate::problem::{Report, quoted, shortened};

/// Longest chain of decisions that require each other, and of business knowledge models.
pub const REQUIREMENT_DEPTH_MAX: usize = 100;

/// Ids that a message about a cycle shows before its middle is left out.
const CYCLE_IDS_MAX: usize = 8;

/// The graph without its logic.
pub(super) struct Requirements<'a> {
    /// In document order.
    pub(super) decisions: Vec<DecisionNode<'a>>,
    /// Those that are required, each after those it requires itself.
    pub(super) knowledge: Vec<KnowledgeNode<'a>>,
    pub(super) knowledge_by_name: BTreeMap<&'a str, KnowledgeIndex>,
}

pub(super) struct DecisionNode<'a> {
    pub(super) node: Node<'a>,
    pub(super) id: &'a str,
    pub(super) name: &'a str,
    pub(super) requires: Vec<DecisionIndex>,
    pub(super) knowledge: Vec<KnowledgeIndex>,
}

pub(super) struct KnowledgeNode<'a> {
    pub(super) node: Node<'a>,
    pub(super) name: &'a str,
    pub(super) requires: Vec<KnowledgeIndex>,
}

impl<'a> Requirements<'a> {
    pub(super) fn read(root: Node<'a>, report: &mut Report<'_>) -> Self {
        let nodes = by_id(root, report);
        let mut decisions = Vec::new();
        let mut indexes = BTreeMap::new();
        for node in dmn_named(root, "decision") {
            let id = required(node, "id", "the decision", report);
            let name = required(node, "name", "the decision", report);
            let (Some(id), Some(name)) = (id, name) else { continue };
            indexes.insert(id, DecisionIndex(decisions.len()));
            let (requires, knowledge) = (Vec::new(), Vec::new());
            decisions.push(DecisionNode { node, id, name, requires, knowledge });
        }

        let mut found = KnowledgeFinder {
            nodes: &nodes,
            knowledge: Vec::new(),
            by_name: BTreeMap::new(),
            open: BTreeSet::new(),
        };
        for decision in &mut decisions {
            for href in references(decision.node, "informationRequirement", "requiredDecision") {
                // As in Zeebe a decision that is not there, such as one of an imported file, is
                // left out: its result may be a variable.
                let target =
                    nodes.get(href.target).filter(|_| href.expects("decision", &nodes, report));
                let index = target.and_then(|_| indexes.get(href.target));
                decision.requires.extend(index.copied());
            }
            for href in references(decision.node, "knowledgeRequirement", "requiredKnowledge") {
                decision.knowledge.extend(found.find(&href, 0, report));
            }
        }
        let (knowledge, knowledge_by_name) = (found.knowledge, found.by_name);
        Self { decisions, knowledge, knowledge_by_name }
    }
}

/// A reference to an element of the file.
struct Reference<'a> {
    node: Node<'a>,
    target: &'a str,
}

/// The references of one kind that `node` has.
fn references<'a>(
    node: Node<'a>,
    requirement: &'a str,
    kind: &'a str,
) -> impl Iterator<Item = Reference<'a>> {
    let requirements = dmn_named(node, requirement);
    requirements.filter_map(move |requirement| dmn_named(requirement, kind).next()).map(|node| {
        let href = node.attribute("href").unwrap_or_default();
        // Whatever stands in front of the `#`, the element is looked for in this file.
        Reference { node, target: href.rsplit('#').next().unwrap_or_default() }
    })
}

impl Reference<'_> {
    /// Whether the target, if it is there, is a `tag`.
    fn expects(
        &self,
        tag: &str,
        nodes: &BTreeMap<&str, Node<'_>>,
        report: &mut Report<'_>,
    ) -> bool {
        match nodes.get(self.target).and_then(|node| dmn_name(*node)) {
            Some(found) if found != tag => {
                report.error(
                    self.node,
                    format!(
                        "href {} leads to a {} instead of a {tag}: connect the right element",
                        quoted(self.target),
                        shortened(found)
                    ),
                );
                false
            }
            Some(_) | None => true,
        }
    }
}

/// Collects the business knowledge models that something requires.
struct KnowledgeFinder<'a, 'n> {
    nodes: &'n BTreeMap<&'a str, Node<'a>>,
    knowledge: Vec<KnowledgeNode<'a>>,
    /// To decisions they are their names, so the first one of a name stands for all.
    by_name: BTreeMap<&'a str, KnowledgeIndex>,
    /// Ids of those whose requirements are being read.
    open: BTreeSet<&'a str>,
}

impl<'a> KnowledgeFinder<'a, '_> {
    /// The index of what `href` refers to, after what it requires.
    fn find(
        &mut self,
        href: &Reference<'a>,
        depth: usize,
        report: &mut Report<'_>,
    ) -> Option<KnowledgeIndex> {
        if !href.expects("businessKnowledgeModel", self.nodes, report) {
            return None;
        }
        let Some(node) = self.nodes.get(href.target).copied() else {
            let id = quoted(href.target);
            report.error(
                href.node,
                format!("href {id} names no business knowledge model of this file: add it"),
            );
            return None;
        };
        let name = required(node, "name", "the business knowledge model", report)?;
        if let Some(index) = self.by_name.get(name) {
            return Some(*index);
        }
        if self.open.contains(href.target) {
            report.error(
                node,
                format!(
                    "Invalid DMN model: Cyclic dependencies between BKMs detected. The business \
                     knowledge model {} requires itself, directly or not: remove a knowledge \
                     requirement",
                    quoted(name)
                ),
            );
            return None;
        }
        if depth >= REQUIREMENT_DEPTH_MAX {
            let what = "business knowledge models that require each other";
            report.error(node, too_deep(what));
            return None;
        }
        self.open.insert(href.target);
        let mut requires = Vec::new();
        for href in references(node, "knowledgeRequirement", "requiredKnowledge") {
            requires.extend(self.find(&href, depth + 1, report));
        }
        self.open.remove(href.target);
        let index = KnowledgeIndex(self.knowledge.len());
        self.knowledge.push(KnowledgeNode { node, name, requires });
        self.by_name.insert(name, index);
        Some(index)
    }
}

fn too_deep(what: &str) -> String {
    format!("there are more than {REQUIREMENT_DEPTH_MAX} {what} in a row: shorten the chain")
}

/// Refuses decisions that require themselves, and chains that are too long.
pub(super) fn check(requirements: &Requirements<'_>, report: &mut Report<'_>) {
    let decisions = &requirements.decisions;
    // Length of the longest chain that begins at each decision, once it is known.
    let mut depths: Vec<Option<usize>> = vec![None; decisions.len()];
    for start in 0..decisions.len() {
        // The way from `start` to here, each with the number of requirements looked at.
        let mut way: Vec<(usize, usize)> = vec![(start, 0)];
        if depths[start].is_some() {
            continue;
        }
        let mut on_way = vec![start].into_iter().collect::<BTreeSet<_>>();
        while let Some((at, next)) = way.last_mut() {
            let (decision, current) = (&decisions[*at], *at);
            if let Some(DecisionIndex(required)) = decision.requires.get(*next).copied() {
                *next += 1;
                if on_way.contains(&required) {
                    let ids = way.iter().map(|(at, _)| decisions[*at].id);
                    let cycle = ids.skip_while(|id| *id != decisions[required].id);
                    report.error(decision.node, cyclic(cycle.collect()));
                } else if depths[required].is_none() {
                    way.push((required, 0));
                    on_way.insert(required);
                }
                continue;
            }
            let below = decision.requires.iter().filter_map(|index| depths[index.0]).max();
            let depth = below.map_or(1, |depth| depth + 1);
            if depth == REQUIREMENT_DEPTH_MAX + 1 {
                report.error(decision.node, too_deep("decisions that require each other"));
            }
            depths[current] = Some(depth);
            on_way.remove(&current);
            way.pop();
        }
    }
}

fn cyclic(mut ids: Vec<&str>) -> String {
    ids.extend(ids.first().copied());
    let mut ids: Vec<_> = ids.into_iter().map(quoted).collect();
    if ids.len() > CYCLE_IDS_MAX {
        ids.splice(CYCLE_IDS_MAX / 2..ids.len() - CYCLE_IDS_MAX / 2, ["…".to_owned()]);
    }
    format!(
        "Invalid DMN model: Cyclic dependencies between decisions detected: {}. Remove an \
         information requirement",
        ids.join(" requires ")
    )
}
