//! Skep's gateway: the gateway protocol of Zeebe clients over gRPC and the REST API v2 over
//! HTTP, in front of a broker.
//!
//! ```no_run
//! # async fn example(broker: skep_broker::Broker) -> Result<(), skep_gateway::BindError> {
//! use skep_gateway::{AuthMode, Gateway, GatewayConfig};
//!
//! let gateway = Gateway::bind(GatewayConfig::loopback(), broker, AuthMode::Off)?;
//! println!("gRPC at {}, REST at {}", gateway.grpc_addr(), gateway.http_addr());
//! gateway.serve(async { drop(tokio::signal::ctrl_c().await) }).await;
//! # Ok(())
//! # }
//! ```
//!
//! Every call is authenticated, mapped to a command, submitted, and its answer mapped back; all
//! errors go through one mapping, `problem.rs`. Nothing is decided here, and neither tokens nor
//! variables are ever logged.

mod activation;
mod auth;
mod call;
mod config;
mod create;
mod grpc;
mod job_result;
mod listen;
mod listened_task;
mod problem;
mod rest;
mod serve;
mod shared;
mod tenant;
mod tls;
mod undelivered;
mod version;

pub use config::{AuthMode, GatewayConfig, Limits, LongPolling};
pub use listen::BindError;
pub use serve::{Bound, Gateway};
pub use tenant::{MultiTenancy, TenantDirectory, TenantMembers, TenantProblem};
pub use tls::{Tls, TlsError};
pub use version::GATEWAY_VERSION;
