//! Reading of decision tables.

mod index;

use std::sync::Arc;

use skep_feel::{Expression, Val};

use super::logic::{Reader, expression_text};
use crate::node::{Node, dmn_named};
use crate::problem::quoted;

pub(super) use index::RuleIndex;

/// Characters (of UTF-16) of an expression that stand for the label of an input.
const INPUT_NAME_MAX: usize = 30;

/// A decision table.
pub(super) struct Table {
    pub(super) inputs: Vec<Input>,
    pub(super) outputs: Vec<Output>,
    pub(super) rules: Vec<Rule>,
    pub(super) hit_policy: HitPolicy,
    /// Rules from here on only test against literals, so that evaluating them cannot fail.
    pub(super) constant_from: usize,
    /// A shorter way to the rules that may match, for tables where it pays.
    pub(super) index: Option<RuleIndex>,
}

/// An input column.
pub(super) struct Input {
    pub(super) id: Arc<str>,
    pub(super) name: Arc<str>,
    pub(super) expression: Expression,
}

/// An output column.
pub(super) struct Output {
    pub(super) id: Arc<str>,
    /// Only a single column may have none.
    pub(super) name: Option<Arc<str>>,
    pub(super) label: Option<Arc<str>>,
    pub(super) default: Option<Expression>,
    /// The allowed values in their order, without quotes.
    pub(super) priorities: Vec<String>,
}

/// A row; its entries belong to the columns in their order.
pub(super) struct Rule {
    pub(super) id: Arc<str>,
    pub(super) tests: Box<[Expression]>,
    pub(super) outputs: Box<[Expression]>,
}

/// What becomes of several matching rules.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum HitPolicy {
    Unique,
    First,
    Any,
    Priority,
    RuleOrder,
    OutputOrder,
    Collect(Option<Aggregator>),
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Aggregator {
    Sum,
    Count,
    Min,
    Max,
}

impl<'a> Reader<'a, '_, '_> {
    pub(super) fn table(&mut self, node: Node<'a>) -> Option<Table> {
        let hit_policy = self.hit_policy(node);
        let inputs: Vec<_> = dmn_named(node, "input").map(|input| self.input(input)).collect();
        let output_nodes: Vec<_> = dmn_named(node, "output").collect();
        let outputs = self.outputs(node, &output_nodes, hit_policy);
        let rules: Vec<_> = dmn_named(node, "rule")
            .enumerate()
            .map(|(index, rule)| self.rule(rule, index + 1, inputs.len(), output_nodes.len()))
            .collect();

        let inputs = inputs.into_iter().collect::<Option<_>>()?;
        let rules: Vec<Rule> = rules.into_iter().collect::<Option<_>>()?;
        let fallible = rules.iter().rposition(|rule| !rule.tests.iter().all(is_constant));
        let constant_from = fallible.map_or(0, |index| index + 1);
        let index = RuleIndex::new(&rules);
        let (outputs, hit_policy) = outputs.zip(hit_policy)?;
        Some(Table { inputs, outputs, rules, hit_policy, constant_from, index })
    }

    fn hit_policy(&mut self, node: Node<'a>) -> Option<HitPolicy> {
        let aggregator = match node.attribute("aggregation") {
            None => None,
            Some("SUM") => Some(Aggregator::Sum),
            Some("COUNT") => Some(Aggregator::Count),
            Some("MIN") => Some(Aggregator::Min),
            Some("MAX") => Some(Aggregator::Max),
            Some(other) => {
                let other = quoted(other);
                let message =
                    format!("the aggregation {other} is unknown: use SUM, COUNT, MIN or MAX");
                self.report.error(node, message);
                return None;
            }
        };
        Some(match node.attribute("hitPolicy") {
            None | Some("UNIQUE") => HitPolicy::Unique,
            Some("FIRST") => HitPolicy::First,
            Some("ANY") => HitPolicy::Any,
            Some("PRIORITY") => HitPolicy::Priority,
            Some("RULE ORDER") => HitPolicy::RuleOrder,
            Some("OUTPUT ORDER") => HitPolicy::OutputOrder,
            Some("COLLECT") => HitPolicy::Collect(aggregator),
            Some(other) => {
                self.report.error(
                    node,
                    format!(
                        "the hit policy {} is unknown: use UNIQUE, FIRST, PRIORITY, ANY, COLLECT, \
                         RULE ORDER or OUTPUT ORDER",
                        quoted(other)
                    ),
                );
                return None;
            }
        })
    }

    fn input(&mut self, node: Node<'a>) -> Option<Input> {
        let Some(inner) = dmn_named(node, "inputExpression").next() else {
            self.report.error(node, "the input has no expression: give it one");
            return None;
        };
        let expression = self.expression(inner, "the input expression")?;
        let name = match node.attribute("label") {
            Some(label) => label.into(),
            None => cut(expression.text()).into(),
        };
        Some(Input { id: id(node), name, expression })
    }

    fn outputs(
        &mut self,
        table: Node<'a>,
        nodes: &[Node<'a>],
        hit_policy: Option<HitPolicy>,
    ) -> Option<Vec<Output>> {
        if nodes.is_empty() {
            self.report.error(table, "the decision table has no output: give it one");
            return None;
        }
        let mut complete = true;
        if let (Some(HitPolicy::Collect(Some(_))), [_, _, ..]) = (hit_policy, nodes) {
            self.report.error(
                table,
                "hit policy 'COLLECT' with aggregator is not defined for compound output: remove \
                 the aggregation, or all outputs but one",
            );
            complete = false;
        }
        let mut outputs = Vec::with_capacity(nodes.len());
        for node in nodes {
            let (name, label) = (node.attribute("name"), node.attribute("label"));
            if name.is_none() && nodes.len() > 1 {
                let label = quoted(label.unwrap_or_default());
                let fix = "name each output of a table that has several";
                self.report.error(*node, format!("no output name defined for {label}: {fix}"));
                complete = false;
            }
            let default = dmn_named(*node, "defaultOutputEntry").next();
            let default = default.map(|entry| self.expression(entry, "the default output"));
            complete &= !matches!(default, Some(None));
            let values = dmn_named(*node, "outputValues").next().and_then(expression_text);
            outputs.push(Output {
                id: id(*node),
                name: name.map(Arc::from),
                label: label.map(Arc::from),
                default: default.flatten(),
                priorities: values.map(|text| priorities(&text)).unwrap_or_default(),
            });
        }
        complete.then_some(outputs)
    }

    /// Entries beyond the last column mean nothing, as in Zeebe.
    fn rule(
        &mut self,
        node: Node<'a>,
        number: usize,
        n_inputs: usize,
        n_outputs: usize,
    ) -> Option<Rule> {
        let tests: Vec<_> = dmn_named(node, "inputEntry")
            .zip(1..)
            .map(|(entry, n)| self.tests(entry, &format!("input entry {n} of rule {number}")))
            .collect();
        let outputs: Vec<_> = dmn_named(node, "outputEntry")
            .zip(1..)
            .map(|(entry, n)| self.expression(entry, &format!("output entry {n} of rule {number}")))
            .collect();
        if outputs.is_empty() {
            self.report.error(node, format!("rule {number} has no output entry: give it one"));
            return None;
        }
        let mut tests: Vec<_> = tests.into_iter().collect::<Option<_>>()?;
        let mut outputs: Vec<_> = outputs.into_iter().collect::<Option<_>>()?;
        tests.truncate(n_inputs);
        outputs.truncate(n_outputs);
        Some(Rule { id: id(node), tests: tests.into(), outputs: outputs.into() })
    }
}

/// Whether unary tests only look at literals, so that they cannot fail.
fn is_constant(tests: &Expression) -> bool {
    tests.decide(&Val::Null).is_some()
}

fn id(node: Node<'_>) -> Arc<str> {
    node.attribute("id").unwrap_or_default().into()
}

/// The beginning of a text.
fn cut(text: &str) -> &str {
    let mut len = 0;
    for (at, c) in text.char_indices() {
        len += c.len_utf16();
        if len > INPUT_NAME_MAX {
            return &text[..at];
        }
    }
    text
}

/// The allowed values in their order: FEEL's commas and quotes, read as plain text.
///
/// Source: camunda/dmn-scala: src/main/scala/org/camunda/dmn/evaluation/DecisionTableEvaluator.scala
fn priorities(text: &str) -> Vec<String> {
    text.split(',').map(|value| value.trim().replace(['"', '\''], "")).collect()
}
