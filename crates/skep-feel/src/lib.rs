//! FEEL, the Friendly Enough Expression Language, as Camunda 8 evaluates it.
//!
//! An expression is compiled once, when a process is deployed, and evaluated many times,
//! directly on stored MessagePack variables. What Camunda's feel-scala tolerates is tolerated:
//! a missing name is null and a warning, not a failure.
//!
//! Nothing here reads a clock or the environment: the time comes in through [`Environment`].

use std::sync::Arc;

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

/// Where an expression finds its variables.
pub trait Variables {
    /// The MessagePack bytes of the variable named `name`; `None` when there is none.
    fn variable(&self, name: &str) -> Option<&[u8]>;
}

/// What an evaluation may know besides variables.
#[derive(Clone, Debug)]
pub struct Environment {
    /// What `now()` and `today()` answer.
    pub now: jiff::Timestamp,
    /// Zone of `now()` and of local date-times where an instant is needed.
    pub zone: jiff::tz::TimeZone,
}

/// The value of an expression, and what was tolerated on the way.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// The value.
    pub value: Value,
    /// In the order in which they arose.
    pub warnings: Vec<Warning>,
}

/// Something feel-scala calls a suppressed failure.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Warning {
    /// Its kind, for example `NO_VARIABLE_FOUND`.
    pub kind: &'static str,
    /// What happened.
    pub message: String,
}

/// The only failures that are not turned into null: a violated `assert` and alike.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{0}")]
pub struct EvaluationError(pub String);

/// A FEEL value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `null`
    Null,
    /// `true` or `false`
    Boolean(bool),
}

impl Expression {
    /// Compiles `text`, without a leading `=`.
    ///
    /// # Errors
    /// [`ParseError`] with the position.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        Ok(Self { text: text.into() })
    }

    /// The text it was compiled from.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Evaluates on `variables`.
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
}

impl Value {
    /// Appends the value as MessagePack, in the form in which Zeebe stores variables.
    pub fn write_msgpack(&self, out: &mut Vec<u8>) {
        out.push(match self {
            Self::Null => 0xc0,
            Self::Boolean(false) => 0xc2,
            Self::Boolean(true) => 0xc3,
        });
    }
}
