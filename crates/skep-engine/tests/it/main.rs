//! The engine through its public interface: steps in, record logs out.
#![allow(unreachable_pub, reason = "one binary; `pub` marks what its modules share")]

mod error;
mod event_gateway;
mod flow;
mod job;
mod message;
mod rig;
mod signal;
mod timer;
