//! The client itself.

use std::{
    fmt,
    path::Path,
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use skep_api::gateway::{TopologyRequest, TopologyResponse, gateway_client::GatewayClient};
use skep_auth::{ClientSettings, TokenSource, settings::GatewayAddress};
use tonic::{
    codec::CompressionEncoding,
    transport::{Channel, Endpoint},
};

use crate::{
    ActivateJobs, BroadcastSignal, Builder, CompleteJob, CreateProcessInstance, Deploy, Error,
    EvaluateDecision, FailJob, PublishMessage, SetVariables, ThrowError, WorkerBuilder,
    call::{Call, Repeat},
    connector::Connector,
};

/// Largest answer that is accepted; answers of a gateway stay below 4 MiB by default.
const ANSWER_BYTES_MAX: usize = 64 << 20;

/// A connection to a gateway; cheap to clone, and all clones share it.
#[derive(Clone)]
pub struct Client {
    pub(crate) shared: Arc<Shared>,
}

/// What all clones of a client share.
pub(crate) struct Shared {
    pub(crate) channel: Channel,
    pub(crate) endpoint: Endpoint,
    pub(crate) connector: Connector,
    pub(crate) address: GatewayAddress,
    pub(crate) token_source: TokenSource,
    pub(crate) request_timeout: Duration,
    pub(crate) tenant_id: String,
    pub(crate) worker_tenant_ids: Vec<String>,
    pub(crate) streaming: bool,
    /// Whether the gateway has ever answered: a wrong address must show at once, the restart of
    /// a server must be ridden out.
    pub(crate) was_connected: AtomicBool,
}

impl Client {
    /// Starts building a client for the gateway at `address`: `host:port` over TLS, or a URL
    /// whose scheme decides (`http` and `grpc` are plain, `https` and `grpcs` are TLS).
    ///
    /// # Errors
    /// [`Error::Address`]
    pub fn builder(address: &str) -> Result<Builder, Error> {
        let parsed = GatewayAddress::parse(address, true).ok_or_else(|| Error::Address {
            address: address.to_owned(),
            reason: "it is neither a host with a port nor a URL without a path".to_owned(),
        })?;
        Ok(Builder::new(parsed))
    }

    /// The client that the variables of this process describe, as official clients read them.
    ///
    /// # Errors
    /// [`Error::Settings`], with everything that is wrong or missing.
    pub fn from_environment() -> Result<Self, Error> {
        let settings = ClientSettings::from_environment().map_err(Error::Settings)?;
        Builder::from_settings(&settings)?.build()
    }

    pub(crate) fn new(shared: Shared) -> Self {
        Self { shared: Arc::new(shared) }
    }

    /// Where the gateway is.
    #[must_use]
    pub fn address(&self) -> &GatewayAddress {
        &self.shared.address
    }

    /// Where tokens come from.
    #[must_use]
    pub fn token_source(&self) -> &TokenSource {
        &self.shared.token_source
    }

    /// A connection of its own to the same gateway, for calls that this client does not offer.
    /// Tokens are up to the caller.
    #[must_use]
    pub fn new_channel(&self) -> Channel {
        self.shared.endpoint.connect_with_connector_lazy(self.shared.connector.clone())
    }

    /// The brokers and partitions of the cluster.
    ///
    /// # Errors
    /// [`Error::Connect`], [`Error::Token`], [`Error::Refused`], [`Error::Deadline`]
    pub async fn topology(&self) -> Result<TopologyResponse, Error> {
        let call = Call::new("Topology", Repeat::Always);
        self.unary(call, TopologyRequest {}, |mut stub, r| async move { stub.topology(r).await })
            .await
    }

    /// Deploys resources, all or none.
    pub fn deploy(&self) -> Deploy {
        Deploy::new(self.clone())
    }

    /// Creates an instance of the process `bpmn_process_id`, in its latest version unless told.
    pub fn create_process_instance(
        &self,
        bpmn_process_id: impl Into<String>,
    ) -> CreateProcessInstance {
        CreateProcessInstance::by_id(self.clone(), bpmn_process_id.into())
    }

    /// Creates an instance of exactly this process definition.
    pub fn create_process_instance_by_key(
        &self,
        process_definition_key: i64,
    ) -> CreateProcessInstance {
        CreateProcessInstance::by_key(self.clone(), process_definition_key)
    }

    /// Evaluates the decision `decision_id` in its latest version.
    pub fn evaluate_decision(&self, decision_id: impl Into<String>) -> EvaluateDecision {
        EvaluateDecision::by_id(self.clone(), decision_id.into())
    }

    /// Evaluates exactly this version of a decision.
    pub fn evaluate_decision_by_key(&self, decision_key: i64) -> EvaluateDecision {
        EvaluateDecision::by_key(self.clone(), decision_key)
    }

    /// Publishes the message `name` to whoever waits for it with `correlation_key`.
    pub fn publish_message(
        &self,
        name: impl Into<String>,
        correlation_key: impl Into<String>,
    ) -> PublishMessage {
        PublishMessage::new(self.clone(), name.into(), correlation_key.into())
    }

    /// Broadcasts the signal `name` to everyone who waits for it.
    pub fn broadcast_signal(&self, name: impl Into<String>) -> BroadcastSignal {
        BroadcastSignal::new(self.clone(), name.into())
    }

    /// Activates jobs of `job_type` once; a worker is [`Client::worker`].
    pub fn activate_jobs(&self, job_type: impl Into<String>) -> ActivateJobs {
        ActivateJobs::new(self.clone(), job_type.into())
    }

    /// Completes a job.
    pub fn complete_job(&self, job_key: i64) -> CompleteJob {
        CompleteJob::new(self.clone(), job_key)
    }

    /// Fails a job, leaving it `retries` more attempts.
    pub fn fail_job(&self, job_key: i64, retries: i32) -> FailJob {
        FailJob::new(self.clone(), job_key, retries)
    }

    /// Throws the BPMN error `error_code` at the element of a job.
    pub fn throw_error(&self, job_key: i64, error_code: impl Into<String>) -> ThrowError {
        ThrowError::new(self.clone(), job_key, error_code.into())
    }

    /// Sets variables in the scope of a process instance or element instance.
    pub fn set_variables(&self, element_instance_key: i64) -> SetVariables {
        SetVariables::new(self.clone(), element_instance_key)
    }

    /// Works jobs of `job_type` until it is stopped.
    pub fn worker(&self, job_type: impl Into<String>) -> WorkerBuilder {
        WorkerBuilder::new(self.clone(), job_type.into())
    }

    pub(crate) fn stub(&self) -> GatewayClient<Channel> {
        GatewayClient::new(self.shared.channel.clone())
            .accept_compressed(CompressionEncoding::Gzip)
            .max_decoding_message_size(ANSWER_BYTES_MAX)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("address", &self.shared.address).finish_non_exhaustive()
    }
}

/// The name of `path` as the resource name of a deployment.
pub(crate) fn resource_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
