//! FEEL, the Friendly Enough Expression Language, as Camunda 8 evaluates it.
//!
//! An expression is compiled once, when a process is deployed, and evaluated many times,
//! directly on stored MessagePack variables. What Camunda's feel-scala tolerates is tolerated:
//! a missing name is null and a warning, not a failure.
//!
//! ```
//! use skep_feel::{Environment, Expression, Variables};
//!
//! struct Order;
//! impl Variables for Order {
//!     fn variable(&self, name: &str) -> Option<&[u8]> {
//!         (name == "total").then_some(&[0xcc, 150])
//!     }
//! }
//!
//! let condition = Expression::parse("total > 100")?;
//! let environment = Environment::new(jiff::Timestamp::UNIX_EPOCH, jiff::tz::TimeZone::UTC);
//! let evaluation = condition.evaluate(&Order, &environment)?;
//! assert_eq!(evaluation.value.as_bool(), Some(true));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Nothing here reads a clock, the environment or a source of randomness: they come in through
//! [`Environment`]. Nothing here overflows the stack or runs for ever: parsing and evaluation
//! have limits, and reaching one is an error that names it.
//!
//! # Where it differs from feel-scala
//!
//! Values, text forms and kinds of warnings are meant to be the same; the wording of messages is
//! not. On purpose:
//!
//! - Numbers have 34 significant digits always, literals too. A whole number beyond 64 bits is
//!   stored as a double, where Zeebe keeps its low 64 bits.
//! - What makes feel-scala throw inside of a built-in function (a start position outside of a
//!   string, `log(0)`, `modulo(x, 0)`, a replacement that names no group) is null with
//!   `FUNCTION_INVOCATION_FAILURE`, as any other refusal of a function.
//! - Dividing a duration by a number does not wrap around at 2^31 milliseconds.
//! - Trying a filter as an index leaves no warnings, nor does testing whether a list contains the
//!   input value.
//! - `x between (1) and (2)` is the operator, not a call of a function `x between`; a parameter
//!   that holds a function can be called; strings know `\u` escapes; `instance of null` parses.
//! - A time of day in a zone has the zone's standard offset of January 2025, not of the moment at
//!   which it is read.
//! - Regular expressions: see [`Expression`].

mod ast;
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "a function takes values of some types and refuses all others"
)]
mod builtin;
mod environment;
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "an operator takes values of some types and refuses all others"
)]
mod eval;
mod expression;
mod function;
mod literal;
mod msgpack;
mod number;
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "a rule looks for one shape of expression and leaves all others"
)]
mod parser;
mod pattern;
mod range;
mod session;
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "a parameter takes literals of one kind and refuses all others"
)]
mod tagged;
mod temporal;
mod value;

pub use builtin::{Signature, builtins};
pub use environment::{Environment, Evaluation, EvaluationError, Variables, Warning};
pub use expression::{Expression, ParseError};
pub use function::Function;
pub use number::Number;
pub use range::Range;
pub use session::{NativeBody, Session, SessionError};
pub use tagged::TaggedParameter;
pub use temporal::{Date, DateTime, DaysTimeDuration, Duration, Time, YearsMonthsDuration};
pub use value::{Context, Kind, List, Text, Val, Value};
