//! The gateway as its clients see it: a real broker behind real sockets.
#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that goes wrong")]

mod auth;
mod awaited_results;
mod batch_operations;
mod bind;
mod clock;
mod correlation;
mod creation;
mod decision_search;
mod decisions;
mod deletion;
mod deployed;
mod forms;
mod grpc_jobs;
mod grpc_limits;
mod grpc_processes;
mod history_deletion;
mod incident_search;
mod issuer;
mod job_results;
mod job_search;
mod job_statistics;
mod message_subscription_search;
mod migration;
mod models;
mod modification;
mod process_definition_search;
mod process_definition_statistics;
mod process_instance_search;
mod rest_processes;
mod rest_requests;
mod rig;
mod task_listeners;
mod tenants;
mod user_task_search;
mod variable_search;
