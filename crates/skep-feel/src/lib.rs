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

mod environment;
mod expression;
mod number;
mod temporal;
mod value;

pub use environment::{Environment, Evaluation, EvaluationError, Variables, Warning};
pub use expression::{Expression, ParseError};
pub use number::Number;
pub use temporal::{Date, DateTime, DaysTimeDuration, Duration, Time, YearsMonthsDuration};
pub use value::{Context, Function, Kind, List, Range, Val, Value};
