//! Evaluation: a walk over the tree, directly on stored variables.
//!
//! Source: camunda/feel-scala: src/main/scala/org/camunda/feel/impl/interpreter/FeelInterpreter.scala

mod call;
mod control;
mod filter;
mod operator;
mod path;
mod scope;
mod test;

use crate::ast::{Expr, RangeExpr};
use crate::environment::{Environment, EvaluationError, Variables, Warning};
use crate::pattern::Patterns;
use crate::range::{End, Range};
use crate::value::{Context, Excess, List, NESTING_MAX, Text, Val};

pub(crate) use scope::{Frame, Scope};
pub(crate) use test::{decide, only_strings};

/// Nodes that may be evaluated in one evaluation: about a second of work.
const STEPS_MAX: u64 = 20_000_000;

/// How deep evaluation may recurse, functions that call themselves included.
const DEPTH_MAX: usize = 256;

/// What one evaluation may build, in bytes, roughly.
const BYTES_MAX: usize = 128 << 20;

/// Warnings kept; the rest is only counted.
const WARNINGS_MAX: usize = 100;

/// What a list item costs.
const ITEM_BYTES: usize = size_of::<Val<'static>>();

/// Why an evaluation has no value at this place.
#[derive(Debug)]
pub(crate) enum Stop {
    /// feel-scala's error value: becomes null at the next operator, or fails at the top.
    Error(Box<str>),
    /// `?` outside of unary tests.
    NoInput,
    /// The whole evaluation fails: an assertion.
    Failure(Box<str>),
    /// The whole evaluation fails, and with it every one that it is a part of.
    Limit(Box<str>),
}

pub(crate) type Outcome<'a, T = Val<'a>> = Result<T, Stop>;

/// What evaluations share that are parts of one.
pub(crate) struct Budget {
    pub(crate) patterns: Patterns,
    warnings: Vec<Warning>,
    n_warnings_dropped: usize,
    steps_left: u64,
    bytes_left: usize,
    depth: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            patterns: Patterns::default(),
            warnings: Vec::new(),
            n_warnings_dropped: 0,
            steps_left: STEPS_MAX,
            bytes_left: BYTES_MAX,
            depth: 0,
        }
    }
}

impl Budget {
    /// Counts `bytes` about to be built against what one evaluation may.
    pub(crate) fn charge(&mut self, bytes: usize) -> Result<(), Stop> {
        match self.bytes_left.checked_sub(bytes) {
            Some(left) => {
                self.bytes_left = left;
                Ok(())
            }
            None => Err(limit(format!(
                "the evaluation builds more than {} MiB of values",
                BYTES_MAX >> 20
            ))),
        }
    }

    /// Counts work that is not a node of the tree.
    pub(crate) fn spend(&mut self, steps: usize) -> Result<(), Stop> {
        let steps = u64::try_from(steps).unwrap_or(u64::MAX);
        match self.steps_left.checked_sub(steps) {
            Some(left) => {
                self.steps_left = left;
                Ok(())
            }
            None => Err(limit(format!("the evaluation takes more than {STEPS_MAX} steps"))),
        }
    }

    /// Goes one level deeper; [`Budget::leave`] goes back.
    pub(crate) fn enter(&mut self) -> Result<(), Stop> {
        if self.depth >= DEPTH_MAX {
            return Err(limit(format!("the evaluation nests deeper than {DEPTH_MAX} levels")));
        }
        self.depth += 1;
        Ok(())
    }

    pub(crate) fn leave(&mut self) {
        self.depth -= 1;
    }

    /// What was tolerated, in the order in which it arose.
    pub(crate) fn into_warnings(mut self) -> Vec<Warning> {
        if self.n_warnings_dropped > 0 {
            let message = format!("{} more warnings are left out", self.n_warnings_dropped);
            self.warnings.push(Warning { kind: "UNKNOWN", message });
        }
        self.warnings
    }
}

/// One evaluation.
pub(crate) struct Evaluator<'a> {
    variables: &'a dyn Variables,
    /// What native functions see.
    pub(crate) base: &'a dyn Variables,
    pub(crate) environment: &'a Environment,
    pub(crate) budget: Budget,
}

impl<'a> Evaluator<'a> {
    pub(crate) fn new(variables: &'a dyn Variables, environment: &'a Environment) -> Self {
        Self { variables, base: variables, environment, budget: Budget::default() }
    }

    /// An evaluation that is a part of another one.
    pub(crate) fn part(
        variables: &'a dyn Variables,
        base: &'a dyn Variables,
        environment: &'a Environment,
        budget: Budget,
    ) -> Self {
        Self { variables, base, environment, budget }
    }

    /// Evaluates the root, on `input` for unary tests.
    pub(crate) fn run(
        mut self,
        root: &Expr,
        input: Option<&Val<'a>>,
    ) -> Result<(Val<'a>, Vec<Warning>), EvaluationError> {
        let outcome = self.root(root, input);
        let warnings = self.budget.into_warnings();
        match outcome {
            Ok(value) => Ok((value, warnings)),
            Err(stop) => Err(EvaluationError { message: stop.into_message(), warnings }),
        }
    }

    /// As [`Evaluator::run`], which ends it.
    pub(crate) fn root(&mut self, root: &Expr, input: Option<&Val<'a>>) -> Outcome<'a> {
        let scope = input.map(|input| Scope::root(Frame::Input(input)));
        self.eval(root, scope.as_ref())
    }

    /// Notes something that was tolerated.
    pub(crate) fn warn(&mut self, kind: &'static str, message: String) {
        let budget = &mut self.budget;
        if budget.warnings.len() < WARNINGS_MAX {
            budget.warnings.push(Warning { kind, message });
        } else {
            budget.n_warnings_dropped += 1;
        }
    }

    fn warn_type(&mut self, expected: &str, found: &Val<'_>) {
        let found = found.to_message();
        self.warn("INVALID_TYPE", format!("expected {expected}, found '{found}'"));
    }

    /// Counts `bytes` about to be built against what one evaluation may.
    pub(crate) fn charge(&mut self, bytes: usize) -> Outcome<'a, ()> {
        self.budget.charge(bytes)
    }

    pub(crate) fn charge_items(&mut self, n_items: usize) -> Outcome<'a, ()> {
        self.charge(n_items.saturating_mul(ITEM_BYTES))
    }

    /// Counts work that is not a node of the tree.
    pub(crate) fn spend(&mut self, steps: usize) -> Outcome<'a, ()> {
        self.budget.spend(steps)
    }

    /// All items of a list, at the price of reading them.
    pub(crate) fn items(&mut self, list: &List<'a>) -> Outcome<'a, Vec<Val<'a>>> {
        self.charge_items(list.len())?;
        let mut items = Vec::with_capacity(list.len());
        for item in list {
            self.spend(item.step_cost())?;
            items.push(item);
        }
        Ok(items)
    }

    pub(crate) fn list(&mut self, items: Vec<Val<'a>>) -> Outcome<'a> {
        self.charge_items(items.len())?;
        List::build(items).map(Val::List).map_err(too_much)
    }

    pub(crate) fn context(&mut self, entries: Vec<(Text<'a>, Val<'a>)>) -> Outcome<'a> {
        self.charge_items(entries.len() * 2)?;
        Context::build(entries).map(Val::Context).map_err(too_much)
    }

    pub(crate) fn string(&mut self, text: String) -> Outcome<'a> {
        self.charge(text.len())?;
        Ok(Val::from(text))
    }

    /// The value of `expr` as seen from `scope`.
    pub(crate) fn eval(&mut self, expr: &Expr, scope: Option<&Scope<'_, 'a>>) -> Outcome<'a> {
        self.spend(1)?;
        // The cheap and frequent ones here; they need no depth.
        match expr {
            Expr::Constant(value) => return Ok(value.clone()),
            Expr::Reference(name, keys) => return self.reference(name, keys, scope),
            _ => (),
        }
        self.budget.enter()?;
        let outcome = self.eval_node(expr, scope);
        self.budget.leave();
        outcome
    }

    fn eval_node(&mut self, expr: &Expr, scope: Option<&Scope<'_, 'a>>) -> Outcome<'a> {
        match expr {
            Expr::Constant(value) => Ok(value.clone()),
            Expr::Reference(name, keys) => self.reference(name, keys, scope),
            Expr::Input => scope.and_then(Scope::symbol).cloned().ok_or(Stop::NoInput),
            Expr::Path(base, keys) => self.path_expression(base, keys, scope),
            Expr::Filter(filter) => self.filter(filter, scope),
            Expr::List(items) => self.list_literal(items, scope),
            Expr::Context(entries) => self.context_literal(entries, scope),
            Expr::Range(range) => self.range(range, scope),
            Expr::Negation(value) => self.negation(value, scope),
            Expr::Arithmetic(first, rest) => self.arithmetic(first, rest, scope),
            Expr::Comparison(comparison, sides) => self.comparison(*comparison, sides, scope),
            Expr::Between(parts) => self.between(parts, scope),
            Expr::InstanceOf(value, name) => self.instance_of(value, name, scope),
            Expr::In(value, test) => self.in_test(value, test, scope),
            Expr::And(operands) => self.chain(operands, false, scope),
            Expr::Or(operands) => self.chain(operands, true, scope),
            Expr::If(branches, otherwise) => self.branch(branches, otherwise, scope),
            Expr::For(iteration) => self.for_each(iteration, scope),
            Expr::Quantified(quantified) => self.quantified(quantified, scope),
            Expr::Iteration(ends) => self.iteration(ends, scope),
            Expr::Call(call) => self.call(call, scope),
            Expr::Function(definition) => self.closure(definition, scope),
            Expr::Test(test) => self.test(test, scope),
        }
    }

    fn list_literal(&mut self, items: &[Expr], scope: Option<&Scope<'_, 'a>>) -> Outcome<'a> {
        let mut values = Vec::with_capacity(items.len());
        for item in items {
            values.push(self.eval(item, scope)?);
        }
        self.list(values)
    }

    fn context_literal(
        &mut self,
        entries: &[(std::sync::Arc<str>, Expr)],
        scope: Option<&Scope<'_, 'a>>,
    ) -> Outcome<'a> {
        let mut values: Vec<(Text<'a>, Val<'a>)> = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            let inner = Scope::within(scope, Frame::Entries(&values));
            let value = self.eval(value, Some(&inner))?;
            values.push((Text::from(key.clone()), value));
        }
        self.context(values)
    }

    fn range(&mut self, range: &RangeExpr, scope: Option<&Scope<'_, 'a>>) -> Outcome<'a> {
        let start = self.eval(&range.start, scope)?.into_owned();
        let end = self.eval(&range.end, scope)?.into_owned();
        let start = End { value: start, closed: range.start_closed };
        let end = End { value: end, closed: range.end_closed };
        if let Some(range) = Range::new(&start, &end) {
            return Ok(Val::Range(range));
        }
        let (start, end) = (start.value.to_message(), end.value.to_message());
        let message = format!("there is no range from '{start}' to '{end}'");
        Err(self.error("INVALID_TYPE", message))
    }

    fn in_test(&mut self, value: &Expr, test: &Expr, scope: Option<&Scope<'_, 'a>>) -> Outcome<'a> {
        let value = self.eval(value, scope)?;
        self.eval(test, Some(&Scope::within(scope, Frame::Input(&value))))
    }

    /// A warning that also leaves no value.
    fn error(&mut self, kind: &'static str, message: String) -> Stop {
        self.warn(kind, message.clone());
        Stop::Error(message.into())
    }
}

impl Stop {
    /// What to tell the user.
    pub(crate) fn into_message(self) -> String {
        match self {
            Self::Error(message) | Self::Failure(message) | Self::Limit(message) => message.into(),
            Self::NoInput => {
                "there is no input value: '?' stands for one only inside unary tests".to_owned()
            }
        }
    }
}

/// A limit of the whole evaluation is reached.
pub(crate) fn limit(message: String) -> Stop {
    Stop::Limit(message.into())
}

fn too_much(excess: Excess) -> Stop {
    limit(match excess {
        Excess::Depth => format!("a value nests deeper than {NESTING_MAX} levels"),
        Excess::Units => format!("a value is longer than {} MiB", BYTES_MAX >> 20),
    })
}

/// Turns feel-scala's error value into null.
fn or_null(outcome: Outcome<'_>) -> Outcome<'_> {
    match outcome {
        Err(Stop::Error(_)) => Ok(Val::Null),
        other => other,
    }
}
