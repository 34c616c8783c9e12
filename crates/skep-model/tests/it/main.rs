//! Behaviour of the crate through its public interface.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a test that cannot go on has failed, and tests may look at the clock"
)]

mod dmn;
mod dmn_tck;
mod event_table;
mod fixtures;
mod graph;
mod robust;
mod rules;
mod timer;
mod xml;
