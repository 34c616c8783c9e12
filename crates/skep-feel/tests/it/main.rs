//! What expressions mean, as seen from outside: tables of expression and value.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a failing test panics")]

mod allocation;
mod builtin;
mod compatibility;
mod control;
mod function;
mod limits;
mod list_and_context;
mod literal;
mod operator;
mod parse_error;
mod property;
mod rig;
mod stored;
mod tagged;
mod temporal;
mod unary_test;
mod warning;
