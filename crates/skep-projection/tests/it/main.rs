//! The history as those see it who search it, fed by a broker.
#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that goes wrong")]

mod batch_operations;
mod decisions;
mod deletion;
mod exporting;
mod forms;
mod incidents;
mod job_statistics;
mod jobs;
mod message_subscriptions;
mod process_definitions;
mod process_instances;
mod rig;
mod user_tasks;
mod variables;
