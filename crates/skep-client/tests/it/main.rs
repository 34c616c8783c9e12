//! Tests of the client against a gateway that answers as it is told.

#![expect(clippy::unwrap_used, reason = "in a test, a panic is the report")]

mod calls;
mod connecting;
#[allow(dead_code, reason = "the tests of the command line use the same stub")]
mod stub;
mod tokens;
mod worker;
