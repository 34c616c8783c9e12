//! Tests of the client against a gateway that answers as it is told.

#![expect(clippy::unwrap_used, reason = "in a test, a panic is the report")]

mod calls;
mod connecting;
mod stub;
mod tokens;
mod worker;
