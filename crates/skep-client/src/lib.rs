//! A client for Zeebe-compatible gateways: Skep, Camunda 8, and what else speaks their protocol.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use serde_json::json;
//! use skep_client::{Client, Job, JobFailure};
//!
//! let client = Client::builder("http://localhost:26500")?.build()?;
//! client.deploy().file("order.bpmn")?.send().await?;
//!
//! let worker = client.worker("charge-card").start(|job: Job| async move {
//!     let order: serde_json::Value = job.variables()?;
//!     Ok::<_, JobFailure>(json!({ "charged": order["total"] }))
//! });
//! let created = client.create_process_instance("order").variables(json!({"total": 42})).send();
//! println!("process instance {}", created.await?.process_instance_key);
//! worker.stop().await;
//! # Ok(()) }
//! ```
//!
//! The token of a call is bound when the call leaves, never earlier, so no call waits with a
//! token that expires meanwhile. No token, secret or variable is ever logged.

mod backoff;
mod builder;
mod call;
mod client;
mod command;
mod connector;
mod diagnosis;
mod error;
mod job;
mod job_result;
pub mod probe;
mod rest_client;
mod variables;
mod worker;

pub use builder::Builder;
pub use client::Client;
pub use command::{
    activate_jobs::ActivateJobs,
    broadcast_signal::BroadcastSignal,
    complete_job::CompleteJob,
    create_process_instance::{CreateProcessInstance, CreateProcessInstanceWithResult},
    deploy::Deploy,
    evaluate_decision::EvaluateDecision,
    fail_job::FailJob,
    publish_message::PublishMessage,
    set_variables::SetVariables,
    throw_error::ThrowError,
};
pub use diagnosis::ConnectFault;
pub use error::{Error, ErrorKind};
pub use job::Job;
pub use job_result::{JobResult, TaskCorrections};
pub use rest_client::RestClient;
pub use skep_api::{gateway as protocol, rest};
pub use skep_auth::settings::GatewayAddress;
pub use worker::{Completion, JobFailure, Worker, WorkerBuilder, WorkerCounts};
