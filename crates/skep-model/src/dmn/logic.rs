//! Reading of boxed expressions.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use skep_feel::{Expression, ParseError};

use super::model::{ContextLogic, FunctionLogic, Invocation, Logic, Relation};
use super::requirement::Requirements;
use crate::node::{Node, dmn_name, dmn_named, text};
use crate::problem::{Report, quoted, shortened};

/// Ways to say FEEL, in lower case.
///
/// Source: camunda/dmn-scala: src/main/scala/org/camunda/dmn/parser/DmnParser.scala
const FEEL: [&str; 6] = [
    "feel",
    "http://www.omg.org/spec/feel/20140401",
    "http://www.omg.org/spec/dmn/20180521/feel/",
    "https://www.omg.org/spec/dmn/20191111/feel/",
    "https://www.omg.org/spec/dmn/20211108/feel/",
    "https://www.omg.org/spec/dmn/20230324/feel/",
];

/// Tags of boxed expressions, those that cannot be executed among them.
const EXPRESSIONS: [&str; 12] = [
    "decisionTable",
    "literalExpression",
    "context",
    "list",
    "relation",
    "invocation",
    "functionDefinition",
    "conditional",
    "for",
    "some",
    "every",
    "filter",
];

/// Reads the logic of one file; equal texts are compiled once.
pub(super) struct Reader<'a, 'r, 't> {
    pub(super) report: &'r mut Report<'t>,
    pub(super) requirements: &'r Requirements<'a>,
    /// How many business knowledge models an invocation can call here.
    pub(super) n_invocable: usize,
    expressions: BTreeMap<Cow<'a, str>, Result<Expression, ParseError>>,
    tests: BTreeMap<Cow<'a, str>, Result<Expression, ParseError>>,
}

impl<'a, 'r, 't> Reader<'a, 'r, 't> {
    pub(super) fn new(report: &'r mut Report<'t>, requirements: &'r Requirements<'a>) -> Self {
        let (expressions, tests) = (BTreeMap::new(), BTreeMap::new());
        Self { report, requirements, n_invocable: 0, expressions, tests }
    }

    /// The logic of a decision.
    pub(super) fn decision_logic(&mut self, decision: Node<'a>) -> Option<Logic> {
        let Some(node) = boxed(decision) else {
            let fix = "give it a decision table or another expression";
            self.report.error(decision, format!("the decision has no logic: {fix}"));
            return None;
        };
        if dmn_name(node) == Some("functionDefinition") {
            let what = "a function definition cannot be the logic of a decision";
            let fix = "use a business knowledge model, or put it into a context";
            self.report.error(node, format!("{what}: {fix}"));
            return None;
        }
        self.logic(node)
    }

    /// The logic of a business knowledge model.
    pub(super) fn knowledge_logic(&mut self, encapsulated: Node<'a>) -> Option<Logic> {
        let Some(node) = boxed(encapsulated) else {
            let what = "the business knowledge model has no logic";
            self.report.error(encapsulated, format!("{what}: give it an expression"));
            return None;
        };
        if let Some(tag @ ("functionDefinition" | "invocation")) = dmn_name(node) {
            let what = format!("'{tag}' cannot be the logic of a business knowledge model");
            self.report.error(node, format!("{what}: put it into a context"));
            return None;
        }
        self.logic(node)
    }

    /// Any boxed expression; recursion is bounded by the depth limit of the XML.
    fn logic(&mut self, node: Node<'a>) -> Option<Logic> {
        match dmn_name(node)? {
            "decisionTable" => self.table(node).map(|table| Logic::Table(Box::new(table))),
            "literalExpression" => self.expression(node, "the expression").map(Logic::Literal),
            "context" => self.context(node),
            "list" => self.list(node),
            "relation" => self.relation(node),
            "invocation" => self.invocation(node),
            "functionDefinition" => self.function(node),
            other => {
                let what = format!("the expression '{}' is not supported", shortened(other));
                self.report.error(node, format!("{what}: write it in FEEL"));
                None
            }
        }
    }

    /// The boxed expression inside `node`, which must be there.
    fn inner(&mut self, node: Node<'a>, what: &str) -> Option<Logic> {
        match boxed(node) {
            Some(inner) => self.logic(inner),
            None => {
                self.report.error(node, format!("{what} has no expression: give it one"));
                None
            }
        }
    }

    fn context(&mut self, node: Node<'a>) -> Option<Logic> {
        let all: Vec<_> = dmn_named(node, "contextEntry").collect();
        if all.is_empty() {
            self.report.error(node, "the context has no entries: give it one");
            return None;
        }
        let mut entries = Vec::with_capacity(all.len());
        let mut result = None;
        let mut complete = true;
        for (index, entry) in all.iter().enumerate() {
            let logic = self.inner(*entry, "the context entry");
            match (dmn_named(*entry, "variable").next(), logic) {
                (Some(variable), logic) => {
                    let name = self.required(variable, "name", "the variable of the context entry");
                    match name.zip(logic) {
                        Some((name, logic)) => entries.push((Arc::from(name), logic)),
                        None => complete = false,
                    }
                }
                (None, logic) if index + 1 == all.len() => {
                    complete &= logic.is_some();
                    result = logic;
                }
                (None, _) => {
                    let fix = "only the last one, the result, can do without";
                    self.report.error(*entry, format!("the context entry has no variable: {fix}"));
                    complete = false;
                }
            }
        }
        complete.then(|| Logic::Context(Box::new(ContextLogic { entries, result })))
    }

    fn list(&mut self, node: Node<'a>) -> Option<Logic> {
        let items: Vec<_> = all_boxed(node).map(|item| self.logic(item)).collect();
        items.into_iter().collect::<Option<_>>().map(Logic::List)
    }

    fn relation(&mut self, node: Node<'a>) -> Option<Logic> {
        let columns: Vec<_> = dmn_named(node, "column")
            .map(|column| self.required(column, "name", "the column").map(Arc::from))
            .collect();
        let mut rows = Vec::new();
        for row in dmn_named(node, "row") {
            let cells: Vec<_> = all_boxed(row).map(|cell| self.logic(cell)).collect();
            let (n_cells, n_columns) = (cells.len(), columns.len());
            if n_cells != n_columns {
                self.report.error(
                    row,
                    format!(
                        "expected row with '{n_columns}' elements but found '{n_cells}': give it \
                         one expression for each column"
                    ),
                );
                rows.push(None);
            } else {
                rows.push(cells.into_iter().collect::<Option<Vec<_>>>());
            }
        }
        let columns = columns.into_iter().collect::<Option<_>>()?;
        let rows = rows.into_iter().collect::<Option<_>>()?;
        Some(Logic::Relation(Relation { columns, rows }))
    }

    fn function(&mut self, node: Node<'a>) -> Option<Logic> {
        let parameters = self.parameters(node);
        let body = match boxed(node) {
            Some(body) if dmn_name(body) == Some("literalExpression") => {
                self.expression(body, "the body of the function")
            }
            other => {
                let at = other.unwrap_or(node);
                let what = "the body of a function definition must be a literal expression";
                self.report.error(at, format!("{what}: write it in FEEL"));
                None
            }
        };
        let (parameters, body) = parameters.zip(body)?;
        Some(Logic::Function(Arc::new(FunctionLogic { parameters, body })))
    }

    fn invocation(&mut self, node: Node<'a>) -> Option<Logic> {
        let bindings: Vec<_> =
            dmn_named(node, "binding").map(|binding| self.binding(binding)).collect();
        let name = match boxed(node) {
            Some(called) if dmn_name(called) == Some("literalExpression") => {
                expression_text(called)
            }
            Some(_) | None => None,
        };
        let Some(name) = name else {
            let fix = "name a business knowledge model in a literal expression";
            self.report.error(node, format!("the invocation does not say what to call: {fix}"));
            return None;
        };
        let Some(knowledge) = self.invocable(&name) else {
            self.report.error(
                node,
                format!(
                    "no BKM found with name {}: draw a knowledge requirement to a business \
                     knowledge model of this name",
                    quoted(&name)
                ),
            );
            return None;
        };
        let bindings = bindings.into_iter().collect::<Option<_>>()?;
        Some(Logic::Invocation(Invocation { knowledge, bindings }))
    }

    fn binding(&mut self, node: Node<'a>) -> Option<(Arc<str>, Expression)> {
        let name = match dmn_named(node, "parameter").next() {
            Some(parameter) => self.required(parameter, "name", "the parameter of the binding"),
            None => {
                self.report.error(node, "the binding has no parameter: give it one");
                None
            }
        };
        let value = match boxed(node) {
            Some(value) if dmn_name(value) == Some("literalExpression") => {
                self.expression(value, "the value of the binding")
            }
            other => {
                let at = other.unwrap_or(node);
                let what = "the value of a binding must be a literal expression";
                self.report.error(at, format!("{what}: write it in FEEL"));
                None
            }
        };
        Some((name?.into(), value?))
    }

    /// Compiles a literal expression.
    pub(super) fn expression(&mut self, node: Node<'a>, what: &str) -> Option<Expression> {
        let Some(text) = expression_text(node).filter(|text| !text.is_empty()) else {
            self.report.error(node, format!("{what} must not be empty: write FEEL"));
            return None;
        };
        if !self.is_feel(node, what) {
            return None;
        }
        let compiled = self.expressions.entry(text);
        let compiled = compiled.or_insert_with_key(|text| Expression::parse(text));
        compiled_or_reported(compiled, node, what, self.report)
    }

    /// Compiles unary tests; empty ones hold for everything.
    pub(super) fn tests(&mut self, node: Node<'a>, what: &str) -> Option<Expression> {
        let Some(text) = expression_text(node) else {
            self.report.error(node, format!("{what} has no text: give it one, '-' for any value"));
            return None;
        };
        if !self.is_feel(node, what) {
            return None;
        }
        let compiled = self.tests.entry(text);
        let compiled = compiled.or_insert_with_key(|text| Expression::parse_unary_tests(text));
        compiled_or_reported(compiled, node, what, self.report)
    }

    fn is_feel(&mut self, node: Node<'a>, what: &str) -> bool {
        let language = node.attribute("expressionLanguage").unwrap_or_default();
        let is_feel = language.is_empty() || FEEL.contains(&language.to_lowercase().as_str());
        if !is_feel {
            let found = quoted(language);
            self.report.error(
                node,
                format!(
                    "{what} is written in the expression language {found}, which is not \
                     supported: use FEEL"
                ),
            );
        }
        is_feel
    }
}

fn compiled_or_reported(
    compiled: &Result<Expression, ParseError>,
    node: Node<'_>,
    what: &str,
    report: &mut Report<'_>,
) -> Option<Expression> {
    match compiled {
        Ok(expression) => Some(expression.clone()),
        Err(ParseError { message, line, column, .. }) => {
            let text = expression_text(node).unwrap_or_default();
            let place = match line {
                1 => format!("column {column}"),
                _ => format!("line {line}, column {column}"),
            };
            let text = quoted(&text);
            report.error(
                node,
                format!("{what} {text} is not valid FEEL: {message} (at its {place})"),
            );
            None
        }
    }
}

/// The text of an expression or of unary tests; `None` without a `text` element.
pub(super) fn expression_text<'a>(node: Node<'a>) -> Option<Cow<'a, str>> {
    dmn_named(node, "text").next().map(text)
}

/// The first boxed expression inside a node.
fn boxed<'a>(node: Node<'a>) -> Option<Node<'a>> {
    all_boxed(node).next()
}

fn all_boxed<'a>(node: Node<'a>) -> impl Iterator<Item = Node<'a>> {
    node.children().filter(|child| dmn_name(*child).is_some_and(|name| EXPRESSIONS.contains(&name)))
}
