//! Tests of the built binary.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests fail loudly")]

mod backup;
mod batch;
mod bench;
mod cert;
mod commands;
mod config;
mod connection;
mod crash;
mod doctor;
mod end_to_end;
mod entra;
mod feel;
mod guide;
mod help;
mod idp;
mod journal;
mod quickstart;
mod run;
mod search;
mod server;
mod start;
#[allow(dead_code, reason = "the tests of the client use the same stub")]
#[path = "../../../skep-client/tests/it/stub.rs"]
mod stub;
mod token;
mod worker;
