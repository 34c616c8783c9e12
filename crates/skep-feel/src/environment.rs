//! What an evaluation gets from outside, and what it gives back.

use std::fmt;

use crate::value::Value;

/// Where an expression finds its variables.
///
/// Look-ups are lazy: only the names an expression reaches are asked for. `()` has no
/// variables; a slice of pairs of names and MessagePack bytes serves tests and small sets.
pub trait Variables {
    /// The MessagePack bytes of the variable named `name`; `None` when there is none.
    fn variable(&self, name: &str) -> Option<&[u8]>;

    /// An already decoded variable, asked for before [`Variables::variable`].
    ///
    /// This is how functions (business knowledge models) and the results of required decisions
    /// reach an expression without a detour over bytes.
    fn value(&self, name: &str) -> Option<&Value> {
        let _ = name;
        None
    }
}

impl Variables for () {
    fn variable(&self, _name: &str) -> Option<&[u8]> {
        None
    }
}

impl<N: AsRef<str>, B: AsRef<[u8]>> Variables for [(N, B)] {
    fn variable(&self, name: &str) -> Option<&[u8]> {
        self.iter().find(|(known, _)| known.as_ref() == name).map(|(_, bytes)| bytes.as_ref())
    }
}

impl<N: AsRef<str>, B: AsRef<[u8]>> Variables for Vec<(N, B)> {
    fn variable(&self, name: &str) -> Option<&[u8]> {
        self.as_slice().variable(name)
    }
}

impl<V: Variables + ?Sized> Variables for &V {
    fn variable(&self, name: &str) -> Option<&[u8]> {
        (**self).variable(name)
    }

    fn value(&self, name: &str) -> Option<&Value> {
        (**self).value(name)
    }
}

/// What an evaluation may know besides variables.
#[derive(Clone, Debug)]
pub struct Environment {
    /// What `now()` and `today()` answer.
    pub now: jiff::Timestamp,
    /// Zone of `now()` and of local date-times where an instant is needed.
    pub zone: jiff::tz::TimeZone,
    /// Source of the bits of `uuid()` and `random number()`.
    pub random: fn() -> u64,
}

impl Environment {
    /// An environment whose random source is the constant 0: for expressions that use neither
    /// `uuid()` nor `random number()`, and for tests.
    #[must_use]
    pub fn new(now: jiff::Timestamp, zone: jiff::tz::TimeZone) -> Self {
        Self { now, zone, random: || 0 }
    }

    /// The same with `random` as the source of randomness.
    #[must_use]
    pub fn with_random(self, random: fn() -> u64) -> Self {
        Self { random, ..self }
    }
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
///
/// Its message may quote variable values, so it is for the one who may read them (an incident),
/// not for a log; `Debug` shows the kind alone.
#[derive(Clone, Eq, PartialEq)]
pub struct Warning {
    /// Its kind, for example `NO_VARIABLE_FOUND`.
    pub kind: &'static str,
    /// What happened.
    pub message: String,
}

impl fmt::Debug for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Warning({})", self.kind)
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}] {}", self.kind, self.message)
    }
}

/// The only failures that are not turned into null: a violated `assert` and alike.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct EvaluationError {
    /// What went wrong.
    pub message: String,
    /// What was tolerated before.
    pub warnings: Vec<Warning>,
}
