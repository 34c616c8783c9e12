//! Many expressions evaluated as one, and functions whose body is not FEEL.

use std::sync::Arc;

use crate::environment::{Environment, Variables, Warning};
use crate::eval::{Budget, Evaluator, Stop};
use crate::expression::Expression;
use crate::value::{Val, Value};

/// One evaluation that consists of many expressions, as that of a decision.
///
/// They share the limits of one expression, and their warnings come in one list.
///
/// ```
/// use skep_feel::{Environment, Expression, Session, Val};
///
/// let environment = Environment::new(jiff::Timestamp::UNIX_EPOCH, jiff::tz::TimeZone::UTC);
/// let mut session = Session::new(&(), &environment);
/// let input = session.evaluate(&Expression::parse("40 + 2")?, &())?;
/// let tests = Expression::parse_unary_tests("< 10, > 40")?;
/// assert_eq!(session.test(&tests, &input, &())?.as_bool(), Some(true));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Session<'a> {
    base: &'a dyn Variables,
    environment: &'a Environment,
    budget: Budget,
}

/// Why a part of a session has no value.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct SessionError {
    /// What went wrong.
    pub message: String,
    /// Whether a limit of the whole session is reached, so that it must end.
    pub is_limit: bool,
}

/// The body of a native function; see [`Function::native`](crate::Function::native).
pub trait NativeBody: Send + Sync {
    /// Runs it; `captured` is what the function was made with, and there are as many
    /// `arguments` as the function has parameters.
    ///
    /// # Errors
    /// What the function cannot do is null for its caller, and a warning; a limit ends the
    /// session.
    fn call(
        &self,
        captured: &Arc<[(Arc<str>, Value)]>,
        arguments: Vec<Value>,
        session: &mut Session<'_>,
    ) -> Result<Value, SessionError>;
}

impl SessionError {
    /// An error that is not a limit.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), is_limit: false }
    }

    fn from_stop(stop: Stop) -> Self {
        let is_limit = matches!(stop, Stop::Limit(_));
        Self { message: stop.into_message(), is_limit }
    }

    fn into_stop(self) -> Stop {
        let message = self.message.into();
        if self.is_limit { Stop::Limit(message) } else { Stop::Error(message) }
    }
}

impl<'a> Session<'a> {
    /// A session over `base`, the variables that native functions see too.
    #[must_use]
    pub fn new(base: &'a dyn Variables, environment: &'a Environment) -> Self {
        Self { base, environment, budget: Budget::default() }
    }

    /// The variables it began with.
    #[must_use]
    pub fn base(&self) -> &'a dyn Variables {
        self.base
    }

    /// The value of `expression` on `variables`.
    ///
    /// # Errors
    /// As [`Expression::evaluate`].
    pub fn evaluate(
        &mut self,
        expression: &Expression,
        variables: &dyn Variables,
    ) -> Result<Value, SessionError> {
        if let Some(value) = expression.constant() {
            return Ok(value.clone());
        }
        self.run(expression, None, variables)
    }

    /// What unary `tests` say about `input`: true, false, or null when it cannot be decided.
    ///
    /// # Errors
    /// As [`Expression::evaluate`].
    pub fn test(
        &mut self,
        tests: &Expression,
        input: &Val<'_>,
        variables: &dyn Variables,
    ) -> Result<Value, SessionError> {
        if let Some(truth) = tests.decide(input) {
            return Ok(truth.map_or(Val::Null, Val::Boolean));
        }
        self.run(tests, Some(input), variables)
    }

    fn run(
        &mut self,
        expression: &Expression,
        input: Option<&Val<'_>>,
        variables: &dyn Variables,
    ) -> Result<Value, SessionError> {
        let budget = std::mem::take(&mut self.budget);
        let mut evaluator = Evaluator::part(variables, self.base, self.environment, budget);
        let root = expression.root();
        let outcome = evaluator.root(&root, input);
        // What the value still borrows is about to be copied.
        let outcome = outcome.and_then(|value| {
            evaluator.budget.charge(value.borrowed_bytes())?;
            Ok(value.into_owned())
        });
        self.budget = evaluator.budget;
        outcome.map_err(SessionError::from_stop)
    }

    /// Counts `steps` of the caller's own work against what one evaluation may.
    ///
    /// # Errors
    /// A limit.
    pub fn spend(&mut self, steps: usize) -> Result<(), SessionError> {
        self.budget.spend(steps).map_err(SessionError::from_stop)
    }

    /// Counts `bytes` that the caller builds against what one evaluation may.
    ///
    /// # Errors
    /// A limit.
    pub fn charge(&mut self, bytes: usize) -> Result<(), SessionError> {
        self.budget.charge(bytes).map_err(SessionError::from_stop)
    }

    /// Runs `work` one level deeper than its caller.
    ///
    /// # Errors
    /// A limit, or what `work` answers.
    pub fn nested<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, SessionError>,
    ) -> Result<T, SessionError> {
        self.budget.enter().map_err(SessionError::from_stop)?;
        let result = work(self);
        self.budget.leave();
        result
    }

    /// What was tolerated, in the order in which it arose.
    #[must_use]
    pub fn into_warnings(self) -> Vec<Warning> {
        self.budget.into_warnings()
    }
}

impl<'a> Evaluator<'a> {
    /// Runs a native body as a part of this evaluation.
    pub(crate) fn call_native(
        &mut self,
        captured: &Arc<[(Arc<str>, Value)]>,
        body: &dyn NativeBody,
        arguments: &[Val<'a>],
    ) -> Result<Val<'a>, Stop> {
        let mut owned = Vec::with_capacity(arguments.len());
        for argument in arguments {
            self.charge(argument.borrowed_bytes())?;
            owned.push(argument.clone().into_owned());
        }
        let budget = std::mem::take(&mut self.budget);
        let mut session = Session { base: self.base, environment: self.environment, budget };
        let result = body.call(captured, owned, &mut session);
        self.budget = session.budget;
        result.map_err(SessionError::into_stop)
    }
}

#[cfg(test)]
mod tests;
