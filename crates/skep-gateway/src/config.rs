//! What a gateway is told at start.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::Duration,
};

use skep_auth::{BasicUsers, Validator};
use skep_projection::History;

use crate::{tenant::MultiTenancy, tls::Tls};

/// Where a gateway listens, and its limits.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct GatewayConfig {
    /// Address of the gRPC server; port 0 takes any free one.
    pub grpc: SocketAddr,
    /// Address of the HTTP server; port 0 takes any free one.
    pub http: SocketAddr,
    /// Certificate of the gRPC server; without one it speaks plain HTTP/2.
    pub grpc_tls: Option<Tls>,
    /// Certificate of the HTTP server; without one it speaks plain HTTP.
    pub http_tls: Option<Tls>,
    /// Host name that the topology reports; without one the address of the gRPC server.
    pub advertised_host: Option<String>,
    /// How long waiting and running calls may take, and how many there may be.
    pub limits: Limits,
    /// How workers wait for jobs.
    pub long_polling: LongPolling,
    /// Whether there are tenants, and who may use which.
    pub multi_tenancy: MultiTenancy,
    /// What searches look in; without it they are refused.
    pub history: Option<History>,
}

impl GatewayConfig {
    /// Listens for gRPC and HTTP on these addresses, with the default limits.
    #[must_use]
    pub fn new(grpc: SocketAddr, http: SocketAddr) -> Self {
        Self {
            grpc,
            http,
            grpc_tls: None,
            http_tls: None,
            advertised_host: None,
            limits: Limits::default(),
            long_polling: LongPolling::default(),
            multi_tenancy: MultiTenancy::default(),
            history: None,
        }
    }

    /// Listens on the loopback address, on ports the system chooses.
    #[must_use]
    pub fn loopback() -> Self {
        let any_port = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
        Self::new(any_port, any_port)
    }
}

/// Who may call.
#[derive(Clone, Debug)]
pub enum AuthMode {
    /// Callers with a token that this validator accepts.
    Oidc(Validator),
    /// Callers that send the name and password of one of these users.
    Basic(BasicUsers),
    /// Everybody: the `authorization` header is not looked at.
    Off,
}

/// Bounds on everything a client can make the gateway hold or do.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Limits {
    /// Largest gRPC message and largest HTTP body, in bytes.
    ///
    /// Zeebe's `network.maxMessageSize`, 4 MiB.
    pub message_bytes_max: usize,
    /// Largest set of request headers, in bytes; tokens with many groups are the reason for
    /// more than the usual 16 KiB.
    pub header_bytes_max: u32,
    /// Most parts of a multipart request.
    pub multipart_parts_max: usize,
    /// Most connections to each of the two servers.
    pub connections_max: usize,
    /// Most calls at once on one connection; a client waits to open more.
    pub calls_per_connection_max: u32,
    /// Most job activations that wait for jobs at once.
    pub parked_requests_max: usize,
    /// Most job streams at once.
    pub job_streams_max: usize,
    /// Most jobs buffered for a job stream whose client does not read.
    pub job_stream_buffer: usize,
    /// How long a new connection may take for its first bytes, for its TLS handshake, and for
    /// the head of an HTTP/1 request.
    pub head_timeout: Duration,
    /// How long a command may take until its caller is told so.
    pub request_timeout: Duration,
    /// How long a search waits for what was answered before it to be found; it goes on without
    /// what is not there by then.
    pub search_wait: Duration,
    /// How long running calls have when the gateway stops.
    pub shutdown_timeout: Duration,
    /// A connection without traffic is probed after this time, and dropped when it does not
    /// answer within as much time again.
    pub keep_alive_interval: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message_bytes_max: 4 << 20,
            header_bytes_max: 32 << 10,
            multipart_parts_max: 50,
            connections_max: 10_000,
            calls_per_connection_max: 2_000,
            parked_requests_max: 10_000,
            job_streams_max: 10_000,
            job_stream_buffer: 256,
            head_timeout: Duration::from_secs(30),
            request_timeout: Duration::from_secs(15),
            search_wait: Duration::from_millis(500),
            shutdown_timeout: Duration::from_secs(30),
            keep_alive_interval: Duration::from_secs(30),
        }
    }
}

/// How job activations wait for jobs.
///
/// Source: camunda/zeebe: zeebe/gateway, `LongPollingCfg`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LongPolling {
    /// Whether they wait at all.
    pub enabled: bool,
    /// How long, when the request does not say.
    pub timeout: Duration,
    /// Those that wait look for jobs this often even when nothing is announced.
    pub probe_interval: Duration,
    /// After so many looks without a job, new requests of the type wait without looking first.
    pub empty_rounds_max: u32,
}

impl Default for LongPolling {
    fn default() -> Self {
        Self {
            enabled: true,
            timeout: Duration::from_secs(10),
            probe_interval: Duration::from_secs(10),
            empty_rounds_max: 3,
        }
    }
}
