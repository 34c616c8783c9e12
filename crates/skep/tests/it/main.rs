//! Tests of the built binary.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests fail loudly")]

mod crash;
mod quickstart;
mod server;
mod start;
