//! A gateway from its sockets to its end.

use std::{future::Future, net::SocketAddr, sync::Arc};

use skep_api::GATEWAY_SERVICE;
use skep_broker::Broker;
use skep_projection::History;
use tokio::{net::TcpListener, sync::Semaphore, time::timeout};
use tokio_util::sync::CancellationToken;
use tonic_health::{
    ServingStatus,
    pb::health_server::HealthServer,
    server::{HealthReporter, HealthService},
};

use crate::{
    activation::Waiters,
    auth::Authenticator,
    config::{AuthMode, GatewayConfig},
    grpc::GrpcServer,
    listen::{self, BindError, Stop},
    rest,
    shared::{CommandCounts, Shared},
    tls::Tls,
};

/// Entry point: see [`Gateway::bind`].
#[derive(Clone, Copy, Debug)]
pub struct Gateway;

/// A gateway that has its ports and waits to be served.
#[derive(Debug)]
pub struct Bound {
    grpc: TcpListener,
    http: TcpListener,
    grpc_addr: SocketAddr,
    http_addr: SocketAddr,
    grpc_tls: Option<Tls>,
    http_tls: Option<Tls>,
    shared: Arc<Shared>,
    authenticator: Authenticator,
}

impl Gateway {
    /// Takes the two ports of `config` in front of `broker`.
    ///
    /// # Errors
    /// [`BindError`] names the port, who needs it and how to choose another. A Tokio runtime
    /// with I/O must be running.
    pub fn bind(config: GatewayConfig, broker: Broker, auth: AuthMode) -> Result<Bound, BindError> {
        const GRPC: (&str, &str) = ("Zeebe clients (gRPC)", "--grpc-port");
        const HTTP: (&str, &str) = ("the REST API (HTTP)", "--http-port");
        let (grpc, grpc_addr) = listen::bind(config.grpc, GRPC.0, GRPC.1)?;
        let (http, http_addr) = listen::bind(config.http, HTTP.0, HTTP.1)?;

        let limits = config.limits;
        let host = config.advertised_host.unwrap_or_else(|| grpc_addr.ip().to_string());
        let shared = Shared {
            broker,
            waiters: Waiters::new(limits.parked_requests_max),
            job_streams: Arc::new(Semaphore::new(
                limits.job_streams_max.min(Semaphore::MAX_PERMITS),
            )),
            limits,
            long_polling: config.long_polling,
            closing: CancellationToken::new(),
            advertised: (host, grpc_addr.port()),
            commands: CommandCounts::default(),
            auth: auth.clone(),
            multi_tenancy: config.multi_tenancy.clone(),
            history: config.history,
            searches: Arc::new(Semaphore::new(History::SEARCHES_MAX)),
        };
        Ok(Bound {
            grpc,
            http,
            grpc_addr,
            http_addr,
            grpc_tls: config.grpc_tls,
            http_tls: config.http_tls,
            shared: Arc::new(shared),
            authenticator: Authenticator::new(auth, config.multi_tenancy),
        })
    }
}

impl Bound {
    /// Where gRPC clients connect.
    #[must_use]
    pub fn grpc_addr(&self) -> SocketAddr {
        self.grpc_addr
    }

    /// Where REST clients connect.
    #[must_use]
    pub fn http_addr(&self) -> SocketAddr {
        self.http_addr
    }

    /// Serves both ports until `shutdown` completes and the calls then running have ended.
    ///
    /// Running calls have [`Limits::shutdown_timeout`]; streams and waiting requests end at once
    /// with `UNAVAILABLE`. The broker is not stopped.
    pub async fn serve(self, shutdown: impl Future<Output = ()>) {
        let Self { grpc, http, shared, authenticator, .. } = self;
        let mut health = HealthReporter::new();
        report(&health, ServingStatus::Serving).await;
        let grpc_server = GrpcServer::new(
            &shared,
            authenticator.clone(),
            HealthServer::new(HealthService::from_health_reporter(health.clone())),
            self.http_addr.port(),
        );
        let rest = rest::service(&shared, authenticator);

        let stop = Stop::default();
        let limits = &shared.limits;
        let serving = async {
            tokio::join!(
                listen::serve(grpc, self.grpc_tls.clone(), grpc_server, limits, stop.clone(),),
                listen::serve(http, self.http_tls.clone(), rest, limits, stop.clone(),),
            )
        };
        let stopping = async {
            shutdown.await;
            report(&health, ServingStatus::NotServing).await;
            for service in HEALTH_SERVICES {
                // Ends the streams of those that watch.
                health.clear_service_status(service).await;
            }
            shared.closing.cancel();
            stop.gracefully.cancel();
        };
        tokio::pin!(serving);
        tokio::select! {
            _ = serving.as_mut() => return,
            () = stopping => (),
        }
        if timeout(limits.shutdown_timeout, serving.as_mut()).await.is_err() {
            tracing::warn!(
                timeout_ms = limits.shutdown_timeout.as_millis(),
                "calls that still run are cut off"
            );
            stop.at_once.cancel();
            serving.await;
        }
    }
}

/// Names that health checks ask for; the empty one is the server as a whole.
const HEALTH_SERVICES: [&str; 2] = ["", GATEWAY_SERVICE];

async fn report(health: &HealthReporter, status: ServingStatus) {
    for service in HEALTH_SERVICES {
        health.set_service_status(service, status).await;
    }
}
