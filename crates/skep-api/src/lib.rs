//! The public wire of Skep: the gateway protocol of Zeebe clients over gRPC ([`gateway`]), the
//! bodies of the REST API v2 ([`rest`]), and the status details of gRPC errors ([`rpc`]).
//!
//! ```
//! use skep_api::gateway::CompleteJobRequest;
//!
//! let request = CompleteJobRequest {
//!     job_key: 2_251_799_813_685_249,
//!     variables: r#"{"paid":true}"#.to_owned(),
//!     ..CompleteJobRequest::default()
//! };
//! assert_eq!(format!("{request:?}"), "CompleteJobRequest { job_key: 2251799813685249, .. }");
//! ```
//!
//! Types of this crate say what travels, never what is decided or kept: nothing here knows the
//! engine, and the `Debug` text of a message never shows variables.

mod redacted;
pub mod rest;
pub mod rpc;

/// The gateway protocol: package `gateway_protocol`, service `Gateway`.
///
/// Generated from `proto/gateway.proto`, whose comments are the documentation.
#[allow(
    missing_docs,
    unreachable_pub,
    unused_qualifications,
    clippy::all,
    clippy::large_futures,
    clippy::missing_errors_doc,
    clippy::needless_pass_by_value,
    clippy::or_fun_call,
    clippy::semicolon_if_nothing_returned,
    clippy::uninlined_format_args,
    clippy::use_self,
    clippy::wildcard_enum_match_arm,
    reason = "generated code follows the generator's style"
)]
pub mod gateway {
    tonic::include_proto!("gateway_protocol");
}

/// Full name of the gateway service, as in request paths and in health checks.
pub const GATEWAY_SERVICE: &str = "gateway_protocol.Gateway";
