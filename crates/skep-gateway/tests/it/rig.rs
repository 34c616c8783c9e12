//! A broker in a folder of its own and a gateway on ports of its own, for one test.

use std::net::SocketAddr;

use skep_api::gateway::gateway_client::GatewayClient;
use skep_broker::{Broker, BrokerConfig};
use skep_gateway::{AuthMode, Gateway, GatewayConfig};
use tempfile::TempDir;
use tokio::{sync::oneshot, task::JoinHandle};
use tonic::transport::{Channel, Endpoint};

pub(crate) struct Rig {
    pub(crate) broker: Broker,
    pub(crate) grpc: SocketAddr,
    pub(crate) http: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    served: JoinHandle<()>,
    _dir: TempDir,
}

impl Rig {
    /// Default limits, authentication off.
    pub(crate) async fn start() -> Self {
        Self::start_with(GatewayConfig::loopback(), AuthMode::Off).await
    }

    pub(crate) async fn start_with(config: GatewayConfig, auth: AuthMode) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let broker = Broker::start(BrokerConfig::new(dir.path())).unwrap();
        let bound = Gateway::bind(config, broker.clone(), auth).unwrap();
        let (grpc, http) = (bound.grpc_addr(), bound.http_addr());
        let (stop, stopped) = oneshot::channel::<()>();
        let served = tokio::spawn(bound.serve(async { drop(stopped.await) }));
        Self { broker, grpc, http, stop: Some(stop), served, _dir: dir }
    }

    pub(crate) async fn channel(&self) -> Channel {
        Endpoint::from_shared(format!("http://{}", self.grpc)).unwrap().connect().await.unwrap()
    }

    pub(crate) async fn client(&self) -> GatewayClient<Channel> {
        GatewayClient::new(self.channel().await)
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.http)
    }

    /// Asks the gateway to stop, and gives what completes when it has.
    pub(crate) fn stop(&mut self) -> &mut JoinHandle<()> {
        drop(self.stop.take());
        &mut self.served
    }
}
