//! A broker in a folder of its own and a gateway on ports of its own, for one test.

use std::{net::SocketAddr, time::Duration};

use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::Value;
use skep_api::gateway::{
    ActivateJobsRequest, ActivatedJob, CompleteJobRequest, CreateProcessInstanceRequest,
    CreateProcessInstanceResponse, DeployResourceResponse, gateway_client::GatewayClient,
};
use skep_broker::{Broker, BrokerConfig};
use skep_gateway::{AuthMode, Gateway, GatewayConfig};
use skep_projection::{History, Projector};
use tempfile::TempDir;
use tokio::{sync::oneshot, task::JoinHandle};
use tonic::{
    Code,
    transport::{Channel, Endpoint},
};

use crate::models::{Model, creation, deployment};

/// How long a search waits for what was answered before it: as long as a test may take.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Rig {
    broker: Broker,
    pub(crate) grpc: SocketAddr,
    pub(crate) http: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    served: JoinHandle<()>,
    _dir: TempDir,
}

impl Rig {
    /// Default limits, authentication off.
    pub(crate) fn start() -> Self {
        Self::start_with(GatewayConfig::loopback(), AuthMode::Off)
    }

    pub(crate) fn start_with(config: GatewayConfig, auth: AuthMode) -> Self {
        Self::start_partitions(1, config, auth)
    }

    pub(crate) fn start_partitions(
        n_partitions: u16,
        config: GatewayConfig,
        auth: AuthMode,
    ) -> Self {
        Self::start_all(|broker| broker.n_partitions = n_partitions, config, auth)
    }

    /// As [`Rig::start`], with another configuration of the broker.
    pub(crate) fn start_broker(change: impl FnOnce(&mut BrokerConfig)) -> Self {
        Self::start_all(change, GatewayConfig::loopback(), AuthMode::Off)
    }

    fn start_all(
        change: impl FnOnce(&mut BrokerConfig),
        config: GatewayConfig,
        auth: AuthMode,
    ) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut broker = BrokerConfig::new(dir.path());
        change(&mut broker);
        let file = dir.path().join("history.db");
        let projector = Box::new(Projector::open(&file).unwrap());
        let broker = Broker::start_exporting(broker, projector).unwrap();
        let history = Some(History::open(file).unwrap());
        let mut config = config;
        config.history = history;
        config.limits.search_wait = PATIENCE;
        let bound = Gateway::bind(config, broker.clone(), auth).unwrap();
        let (grpc, http) = (bound.grpc_addr(), bound.http_addr());
        let (stop, stopped) = oneshot::channel::<()>();
        let served = tokio::spawn(bound.serve(async { drop(stopped.await) }));
        Self { broker, grpc, http, stop: Some(stop), served, _dir: dir }
    }

    /// As [`Rig::start`], with some models deployed, and a client.
    pub(crate) async fn with(models: &[Model]) -> (Self, GatewayClient<Channel>) {
        let rig = Self::start();
        let mut client = rig.client().await;
        client.deploy(models).await;
        (rig, client)
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

    /// Status and body of a `GET`; null where the body is not JSON.
    pub(crate) async fn get(&self, path: &str) -> (StatusCode, Value) {
        answer(Client::new().get(self.url(path))).await
    }

    /// Status and body of a `POST`; null where the body is not JSON.
    pub(crate) async fn post(&self, path: &str, body: Value) -> (StatusCode, Value) {
        let request = Client::new().post(self.url(path)).body(body.to_string());
        answer(request.header("content-type", "application/json")).await
    }

    /// Asks the gateway to stop, and gives what completes when it has.
    pub(crate) fn stop(&mut self) -> &mut JoinHandle<()> {
        drop(self.stop.take());
        &mut self.served
    }
}

impl Drop for Rig {
    /// Lets go of the folder before it is removed.
    fn drop(&mut self) {
        self.served.abort();
        let broker = self.broker.clone();
        tokio::spawn(async move { broker.shutdown().await });
    }
}

async fn answer(request: RequestBuilder) -> (StatusCode, Value) {
    let response = request.send().await.unwrap();
    let status = response.status();
    let bytes = response.bytes().await.unwrap();
    (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}

/// What tests do again and again with the gRPC client.
pub(crate) trait Steps {
    /// Deploys models, all of which must be good.
    async fn deploy(&mut self, models: &[Model]) -> DeployResourceResponse;
    /// Creates an instance and gives its key.
    async fn create(&mut self, bpmn_process_id: &str, variables: &str) -> i64;
    /// Creates an instance of a process that is deployed; a partition that has not heard of it
    /// yet is asked again.
    async fn create_deployed(
        &mut self,
        request: CreateProcessInstanceRequest,
    ) -> CreateProcessInstanceResponse;
    /// The next job of a type; waits for it.
    async fn job(&mut self, job_type: &str) -> ActivatedJob;
    /// Jobs of a type that are there now.
    async fn jobs_now(&mut self, job_type: &str) -> Vec<ActivatedJob>;
    /// Completes a job.
    async fn complete(&mut self, job_key: i64, variables: &str);
}

/// A request for one job that locks it for a minute and waits as long as a test may take.
pub(crate) fn activation(job_type: &str) -> ActivateJobsRequest {
    ActivateJobsRequest {
        r#type: job_type.to_owned(),
        worker: "test-worker".to_owned(),
        timeout: 60_000,
        max_jobs_to_activate: 1,
        request_timeout: 60_000,
        ..ActivateJobsRequest::default()
    }
}

impl Steps for GatewayClient<Channel> {
    async fn deploy(&mut self, models: &[Model]) -> DeployResourceResponse {
        self.deploy_resource(deployment(models)).await.unwrap().into_inner()
    }

    async fn create(&mut self, bpmn_process_id: &str, variables: &str) -> i64 {
        let request = creation(bpmn_process_id, variables);
        self.create_deployed(request).await.process_instance_key
    }

    async fn create_deployed(
        &mut self,
        request: CreateProcessInstanceRequest,
    ) -> CreateProcessInstanceResponse {
        for _ in 0..10_000 {
            match self.create_process_instance(request.clone()).await {
                Ok(created) => return created.into_inner(),
                Err(status) => assert_eq!(status.code(), Code::NotFound, "{status:?}"),
            }
        }
        panic!("the process is not deployed: {request:?}");
    }

    async fn job(&mut self, job_type: &str) -> ActivatedJob {
        let mut stream = self.activate_jobs(activation(job_type)).await.unwrap().into_inner();
        let mut jobs = stream.message().await.unwrap().unwrap().jobs;
        assert_eq!(jobs.len(), 1);
        assert_eq!(stream.message().await.unwrap(), None);
        jobs.remove(0)
    }

    async fn jobs_now(&mut self, job_type: &str) -> Vec<ActivatedJob> {
        let request = ActivateJobsRequest {
            max_jobs_to_activate: 1000,
            request_timeout: -1,
            ..activation(job_type)
        };
        let mut stream = self.activate_jobs(request).await.unwrap().into_inner();
        let mut jobs = Vec::new();
        while let Some(response) = stream.message().await.unwrap() {
            jobs.extend(response.jobs);
        }
        jobs
    }

    async fn complete(&mut self, job_key: i64, variables: &str) {
        let request = CompleteJobRequest { job_key, variables: variables.to_owned(), result: None };
        self.complete_job(request).await.unwrap();
    }
}
