//! The engine through its public interface: steps in, record logs out.
#![allow(
    unreachable_pub,
    clippy::cast_possible_truncation,
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "one binary, whose modules share what is `pub`, and which panics where a test fails"
)]

mod ad_hoc;
mod ad_hoc_job;
mod bad_input;
mod batch_operation;
mod business_id;
mod call_activity;
mod clock;
mod cold;
mod compensation;
mod conditional;
mod correlation;
mod create;
mod decision;
mod deletion;
mod deploy;
mod element_logs;
mod error;
mod escalation;
mod event_gateway;
mod event_subprocess;
mod event_table;
mod flow;
mod fulfil_order;
mod incident;
mod inclusive_gateway;
mod job;
mod limits;
mod link;
mod linked_resource;
mod listener;
mod long_lists;
mod message;
mod migrate;
mod modify;
mod multi_instance;
mod property;
mod rig;
mod runtime_instruction;
mod signal;
mod task_listener;
mod tenant;
mod timer;
mod user_task;
mod variable;
