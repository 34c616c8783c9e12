//! Compiled expressions.

use std::fmt;
use std::sync::Arc;

use crate::ast::Expr;
use crate::environment::{Environment, Evaluation, EvaluationError, Variables, Warning};
use crate::eval::Evaluator;
use crate::parser::{self, Compiled};
use crate::tagged::{self, TaggedParameter};
use crate::value::{Val, Value};

/// A compiled expression; cheap to clone and safe to share.
///
/// Regular expressions have Java's syntax. They run in linear time where they can, and with a
/// limit of steps where look-around or back-references forbid it; a pattern that is too big or
/// takes too long gives null. `$` matches at the very end only, not before a final line break,
/// and ignoring case covers all letters, not ASCII alone.
#[derive(Clone)]
pub struct Expression(Arc<Inner>);

struct Inner {
    text: Box<str>,
    root: Arc<Expr>,
    names: Box<[Arc<str>]>,
    is_volatile: bool,
}

/// Why a text is not FEEL.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{message} at line {line}, column {column}")]
pub struct ParseError {
    /// What was found and what was expected.
    pub message: String,
    /// Line of the problem, from 1.
    pub line: usize,
    /// Column of the problem in characters, from 1.
    pub column: usize,
    /// Whether the text ends too early, so that more of it might mend the problem.
    pub is_incomplete: bool,
}

/// Variables behind one type, so that evaluation is compiled once.
struct Opaque<'v, V: ?Sized>(&'v V);

impl<V: Variables + ?Sized> Variables for Opaque<'_, V> {
    fn variable(&self, name: &str) -> Option<&[u8]> {
        self.0.variable(name)
    }

    fn value(&self, name: &str) -> Option<&Value> {
        self.0.value(name)
    }
}

impl Expression {
    /// Compiles `text`, without a leading `=`.
    ///
    /// # Errors
    /// [`ParseError`] with the position.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        parser::parse_expression(text).map(|compiled| Self::new(text, compiled))
    }

    /// Compiles `text` as unary tests, as in an input entry of a decision table.
    ///
    /// An empty text and `-` match everything. Evaluate with [`Expression::test`].
    ///
    /// # Errors
    /// [`ParseError`] with the position.
    pub fn parse_unary_tests(text: &str) -> Result<Self, ParseError> {
        parser::parse_unary_tests(text).map(|compiled| Self::new(text, compiled))
    }

    fn new(text: &str, compiled: Compiled) -> Self {
        Self(Arc::new(Inner {
            text: text.into(),
            root: Arc::new(compiled.root),
            names: compiled.names.into(),
            is_volatile: compiled.is_volatile,
        }))
    }

    /// The text it was compiled from.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// The variables the expression refers to: the first names of its paths, in order of first
    /// use, without names the expression itself binds.
    ///
    /// Inside a filter a name may mean an entry of the item; it is listed all the same.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.names.iter().map(|name| &**name)
    }

    /// Whether equal variables may give different values, because the expression asks for the
    /// time or for chance.
    #[must_use]
    pub fn is_volatile(&self) -> bool {
        self.0.is_volatile
    }

    /// The values that it asks an agent for, by calls of `fromAi`, in the order of the text.
    ///
    /// Source: camunda/camunda-docs:
    /// docs/components/modeler/feel/builtin-functions/feel-built-in-functions-ai-agent.md
    ///
    /// # Errors
    /// What is wrong with an argument: the first is a reference, the others are literals.
    pub fn from_ai_parameters(&self) -> Result<Vec<TaggedParameter>, String> {
        let mut found = Vec::new();
        tagged::collect(&self.0.root, &mut found)?;
        Ok(found)
    }

    pub(crate) fn root(&self) -> Arc<Expr> {
        self.0.root.clone()
    }

    /// The value of a literal, or of a list or context of literals.
    #[must_use]
    pub fn constant(&self) -> Option<&Value> {
        if let Expr::Constant(value) = &*self.0.root { Some(value) } else { None }
    }

    /// What unary tests against literals say about `input`, without an evaluation: `None` when
    /// it takes one, `Some(None)` when they cannot be decided.
    #[must_use]
    pub fn decide(&self, input: &Val<'_>) -> Option<Option<bool>> {
        crate::eval::decide(&self.0.root, input)
    }

    /// The strings that unary tests such as `"a", "b"` ask for; `None` where they may hold for
    /// other strings too.
    #[must_use]
    pub fn only_strings(&self) -> Option<Vec<&str>> {
        let mut found = Vec::new();
        crate::eval::only_strings(&self.0.root, &mut found).then_some(found)
    }

    /// Evaluates on `variables`; `&()` for none.
    ///
    /// # Errors
    /// [`EvaluationError`] where even a tolerant evaluation cannot go on.
    pub fn evaluate<V: Variables + ?Sized>(
        &self,
        variables: &V,
        environment: &Environment,
    ) -> Result<Evaluation, EvaluationError> {
        let variables = Opaque(variables);
        let evaluator = Evaluator::new(&variables, environment);
        let (value, warnings) = evaluator.run(&self.0.root, None)?;
        Ok(Evaluation { value: value.into_owned(), warnings })
    }

    /// Evaluates and appends the value to `out` as MessagePack, as [`Val::write_msgpack`] does,
    /// without building a [`Value`] first: stored lists and contexts are copied as bytes.
    ///
    /// # Errors
    /// As [`Expression::evaluate`]; `out` is unchanged then.
    pub fn evaluate_msgpack<V: Variables + ?Sized>(
        &self,
        variables: &V,
        environment: &Environment,
        out: &mut Vec<u8>,
    ) -> Result<Vec<Warning>, EvaluationError> {
        let variables = Opaque(variables);
        let evaluator = Evaluator::new(&variables, environment);
        let (value, warnings) = evaluator.run(&self.0.root, None)?;
        value.write_msgpack(out);
        Ok(warnings)
    }

    /// Evaluates unary tests on `input`: true or false, null when a test cannot be decided.
    ///
    /// # Errors
    /// As [`Expression::evaluate`].
    pub fn test<V: Variables + ?Sized>(
        &self,
        input: &Val<'_>,
        variables: &V,
        environment: &Environment,
    ) -> Result<Evaluation, EvaluationError> {
        let variables = Opaque(variables);
        let evaluator = Evaluator::new(&variables, environment);
        let (value, warnings) = evaluator.run(&self.0.root, Some(input))?;
        Ok(Evaluation { value: value.into_owned(), warnings })
    }
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Expression").field(&self.text()).finish()
    }
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}
