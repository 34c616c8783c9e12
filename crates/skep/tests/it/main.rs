//! Tests of the built binary.

mod crash;
mod quickstart;
mod server;
mod start;
