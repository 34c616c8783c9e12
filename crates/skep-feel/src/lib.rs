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
mod temporal;
mod value;

pub use environment::{Environment, Evaluation, EvaluationError, Variables, Warning};
pub use expression::{Expression, ParseError};
pub use function::Function;
pub use number::Number;
pub use range::Range;
pub use session::{NativeBody, Session, SessionError};
pub use temporal::{Date, DateTime, DaysTimeDuration, Duration, Time, YearsMonthsDuration};
pub use value::{Context, Kind, List, Text, Val, Value};
