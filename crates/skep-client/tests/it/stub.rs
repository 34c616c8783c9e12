//! A gateway in this process that answers as it is told, and remembers what it was asked.

use std::{
    collections::{HashMap, VecDeque},
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use skep_api::gateway::{
    gateway_server::{Gateway, GatewayServer},
    *,
};
use skep_client::{Builder, Client};
use tokio::{
    net::TcpListener,
    runtime,
    sync::{Notify, mpsc},
};
use tokio_stream::{Stream, StreamExt as _, wrappers::UnboundedReceiverStream};
use tonic::{
    Request, Response, Status,
    codec::CompressionEncoding,
    transport::{Server, server::TcpIncoming},
};

/// What a stub was asked: the name of the call, and its headers.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) call: &'static str,
    pub(crate) authorization: Option<String>,
    pub(crate) user_agent: String,
    pub(crate) grpc_timeout: Option<String>,
    pub(crate) accept_encoding: Option<String>,
}

/// What became of a job.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Done {
    Completed { key: i64, variables: String },
    Failed { key: i64, retries: i32, message: String, back_off_ms: i64, variables: String },
    Thrown { key: i64, code: String, message: String },
}

#[derive(Default)]
struct State {
    asked: Vec<Asked>,
    refusals: HashMap<&'static str, VecDeque<Status>>,
    accepted_token: Option<String>,
    /// Results of completed jobs.
    results: Vec<JobResult>,
    waiting: VecDeque<ActivatedJob>,
    streams: Vec<mpsc::UnboundedSender<Result<ActivatedJob, Status>>>,
    polls: Vec<ActivateJobsRequest>,
    stream_requests: Vec<StreamActivatedJobsRequest>,
    done: Vec<Done>,
    created: Vec<CreateProcessInstanceRequest>,
    deployed: Vec<DeployResourceRequest>,
    published: Vec<PublishMessageRequest>,
    broadcast: Vec<BroadcastSignalRequest>,
    evaluated: Vec<EvaluateDecisionRequest>,
    variables_set: Vec<SetVariablesRequest>,
    /// Requests that hold nothing but keys and numbers, as text.
    plain: Vec<String>,
    hold: bool,
    makes_jobs: bool,
}

/// A stub, alive until it is dropped.
pub(crate) struct Stub {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
    runtime: Option<runtime::Runtime>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Notify,
}

/// How long a test waits for what must happen.
const PATIENCE: Duration = Duration::from_secs(20);

impl Stub {
    pub(crate) fn start() -> Self {
        Self::start_at("127.0.0.1:0".parse().unwrap())
    }

    pub(crate) fn start_at(address: SocketAddr) -> Self {
        let listener = std::net::TcpListener::bind(address).unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        let service = server(&shared);
        // A runtime of its own, because only that can end connections at once.
        let runtime =
            runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        runtime.spawn(async move {
            let listener = TcpListener::from_std(listener).unwrap();
            Server::builder()
                .add_service(service)
                .serve_with_incoming(TcpIncoming::from(listener))
                .await
                .unwrap();
        });
        Self { address, shared, runtime: Some(runtime) }
    }

    /// Stops at once, in the middle of whatever is under way.
    pub(crate) fn kill(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            thread::spawn(move || runtime.shutdown_timeout(PATIENCE)).join().unwrap();
        }
    }

    pub(crate) fn builder(&self) -> Builder {
        Client::builder(&format!("http://{}", self.address)).unwrap()
    }

    pub(crate) fn client(&self) -> Client {
        self.builder().build().unwrap()
    }

    /// Refuses the next call of this name with `status`; more than one are used in turn.
    pub(crate) fn refuse(&self, call: &'static str, status: Status) {
        self.state(|state| state.refusals.entry(call).or_default().push_back(status));
    }

    /// Accepts only calls with this token.
    pub(crate) fn accept_only(&self, token: &str) {
        self.state(|state| state.accepted_token = Some(format!("Bearer {token}")));
    }

    /// Answers no calls until it is killed.
    pub(crate) fn hold(&self) {
        self.state(|state| state.hold = true);
    }

    /// From now on every instance created gets one job.
    pub(crate) fn make_jobs(&self) {
        self.state(|state| state.makes_jobs = true);
    }

    /// Makes a job that only polls find.
    pub(crate) fn add_job(&self, job: ActivatedJob) {
        self.state(|state| state.waiting.push_back(job));
    }

    /// Pushes a job to the newest stream, once there is one.
    pub(crate) async fn push(&self, job: ActivatedJob) {
        self.until("a stream is open", |state| !state.streams.is_empty()).await;
        self.state(|state| state.streams.last().unwrap().send(Ok(job)).unwrap());
    }

    /// Ends all streams.
    pub(crate) fn end_streams(&self) {
        self.state(|state| state.streams.clear());
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.state(|state| state.asked.clone())
    }

    pub(crate) fn n_asked(&self, call: &str) -> usize {
        self.asked().iter().filter(|asked| asked.call == call).count()
    }

    pub(crate) fn done(&self) -> Vec<Done> {
        self.state(|state| state.done.clone())
    }

    pub(crate) fn results(&self) -> Vec<JobResult> {
        self.state(|state| state.results.clone())
    }

    pub(crate) fn polls(&self) -> Vec<ActivateJobsRequest> {
        self.state(|state| state.polls.clone())
    }

    pub(crate) fn stream_requests(&self) -> Vec<StreamActivatedJobsRequest> {
        self.state(|state| state.stream_requests.clone())
    }

    pub(crate) fn created(&self) -> Vec<CreateProcessInstanceRequest> {
        self.state(|state| state.created.clone())
    }

    pub(crate) fn deployed(&self) -> Vec<DeployResourceRequest> {
        self.state(|state| state.deployed.clone())
    }

    pub(crate) fn published(&self) -> Vec<PublishMessageRequest> {
        self.state(|state| state.published.clone())
    }

    pub(crate) fn broadcast(&self) -> Vec<BroadcastSignalRequest> {
        self.state(|state| state.broadcast.clone())
    }

    pub(crate) fn evaluated(&self) -> Vec<EvaluateDecisionRequest> {
        self.state(|state| state.evaluated.clone())
    }

    pub(crate) fn variables_set(&self) -> Vec<SetVariablesRequest> {
        self.state(|state| state.variables_set.clone())
    }

    pub(crate) fn plain(&self) -> Vec<String> {
        self.state(|state| state.plain.clone())
    }

    pub(crate) async fn until_done(&self, n: usize) -> Vec<Done> {
        self.until("jobs are done", |state| state.done.len() >= n).await;
        self.done()
    }

    pub(crate) async fn until_asked(&self, call: &'static str, n: usize) {
        self.until(call, |state| state.asked.iter().filter(|a| a.call == call).count() >= n).await;
    }

    fn state<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        let result = act(&mut self.shared.state.lock().unwrap());
        self.shared.changed.notify_waiters();
        result
    }

    async fn until(&self, what: &str, condition: impl Fn(&State) -> bool) {
        let wait = async {
            loop {
                let changed = self.shared.changed.notified();
                if condition(&self.shared.state.lock().unwrap()) {
                    return;
                }
                changed.await;
            }
        };
        tokio::time::timeout(PATIENCE, wait).await.unwrap_or_else(|_| panic!("never: {what}"));
    }
}

fn server(shared: &Arc<Shared>) -> GatewayServer<Service> {
    GatewayServer::new(Service(Arc::clone(shared)))
        .accept_compressed(CompressionEncoding::Gzip)
        .send_compressed(CompressionEncoding::Gzip)
}

/// The service of a stub alone, for other transports.
pub(crate) fn service() -> GatewayServer<impl Gateway> {
    server(&Arc::default())
}

/// A job of type `work` with this key.
pub(crate) fn job(key: i64) -> ActivatedJob {
    ActivatedJob {
        key,
        r#type: "work".to_owned(),
        process_instance_key: key + 1_000,
        element_id: "task".to_owned(),
        retries: 3,
        variables: format!(r#"{{"n":{key}}}"#),
        custom_headers: r#"{"lane":"fast"}"#.to_owned(),
        ..Default::default()
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        self.kill();
    }
}

struct Service(Arc<Shared>);

impl Service {
    async fn enter<T>(&self, call: &'static str, request: Request<T>) -> Result<T, Status> {
        let text = |name: &str| {
            request.metadata().get(name).map(|value| value.to_str().unwrap().to_owned())
        };
        let asked = Asked {
            call,
            authorization: text("authorization"),
            user_agent: text("user-agent").unwrap(),
            grpc_timeout: text("grpc-timeout"),
            accept_encoding: text("grpc-accept-encoding"),
        };
        let (refusal, hold) = {
            let mut state = self.0.state.lock().unwrap();
            let unauthenticated =
                state.accepted_token.is_some() && state.accepted_token != asked.authorization;
            state.asked.push(asked);
            let told = state.refusals.get_mut(call).and_then(VecDeque::pop_front);
            let refusal =
                told.or_else(|| unauthenticated.then(|| Status::unauthenticated("wrong token")));
            (refusal, state.hold)
        };
        self.0.changed.notify_waiters();
        if hold {
            std::future::pending::<()>().await;
        }
        match refusal {
            Some(status) => Err(status),
            None => Ok(request.into_inner()),
        }
    }

    async fn plain<T: std::fmt::Debug>(
        &self,
        call: &'static str,
        request: Request<T>,
    ) -> Result<(), Status> {
        let request = self.enter(call, request).await?;
        self.0.state.lock().unwrap().plain.push(format!("{request:?}"));
        Ok(())
    }

    fn done(&self, done: Done) {
        self.0.state.lock().unwrap().done.push(done);
        self.0.changed.notify_waiters();
    }

    /// Waits for jobs like a long poll, and gives up when its time is over.
    async fn take(&self, request: &ActivateJobsRequest) -> Vec<ActivatedJob> {
        let n = usize::try_from(request.max_jobs_to_activate).unwrap();
        let wait = Duration::from_millis(u64::try_from(request.request_timeout).unwrap_or(0));
        let found = async {
            loop {
                let changed = self.0.changed.notified();
                let jobs: Vec<_> = {
                    let waiting = &mut self.0.state.lock().unwrap().waiting;
                    let n = n.min(waiting.len());
                    waiting.drain(..n).collect()
                };
                if !jobs.is_empty() {
                    return jobs;
                }
                changed.await;
            }
        };
        tokio::time::timeout(wait, found).await.unwrap_or_default()
    }
}

macro_rules! unimplemented_calls {
    ($($name:ident: $request:ty => $response:ty),* $(,)?) => {
        $(
            fn $name<'life0, 'async_trait>(
                &'life0 self,
                _request: Request<$request>,
            ) -> Pin<Box<
                dyn Future<Output = Result<Response<$response>, Status>> + Send + 'async_trait,
            >>
            where
                'life0: 'async_trait,
                Self: 'async_trait,
            {
                Box::pin(async { Err(Status::unimplemented("not in the stub")) })
            }
        )*
    };
}

type Jobs<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

#[tonic::async_trait]
impl Gateway for Service {
    type ActivateJobsStream = Jobs<ActivateJobsResponse>;
    type StreamActivatedJobsStream = Jobs<ActivatedJob>;

    async fn topology(
        &self,
        request: Request<TopologyRequest>,
    ) -> Result<Response<TopologyResponse>, Status> {
        self.enter("Topology", request).await?;
        let partition = Partition { partition_id: 1, ..Default::default() };
        let broker = BrokerInfo {
            host: "127.0.0.1".to_owned(),
            port: 26_501,
            partitions: vec![partition],
            version: "8.8.0".to_owned(),
            ..Default::default()
        };
        Ok(Response::new(TopologyResponse {
            brokers: vec![broker],
            cluster_size: 1,
            partitions_count: 1,
            replication_factor: 1,
            gateway_version: "8.8.0".to_owned(),
        }))
    }

    async fn create_process_instance(
        &self,
        request: Request<CreateProcessInstanceRequest>,
    ) -> Result<Response<CreateProcessInstanceResponse>, Status> {
        let request = self.enter("CreateProcessInstance", request).await?;
        let bpmn_process_id = request.bpmn_process_id.clone();
        let process_instance_key = {
            let mut state = self.0.state.lock().unwrap();
            state.created.push(request);
            let key = i64::try_from(state.created.len()).unwrap();
            if state.makes_jobs {
                let job = job(key);
                // A stream that is gone leaves its job to the polls, as real gateways do.
                let stream = state.streams.last();
                if stream.is_none_or(|stream| stream.send(Ok(job.clone())).is_err()) {
                    state.waiting.push_back(job);
                }
            }
            key + 1_000
        };
        self.0.changed.notify_waiters();
        Ok(Response::new(CreateProcessInstanceResponse {
            process_instance_key,
            bpmn_process_id,
            version: 1,
            process_definition_key: 5,
            tenant_id: "<default>".to_owned(),
            ..Default::default()
        }))
    }

    async fn create_process_instance_with_result(
        &self,
        request: Request<CreateProcessInstanceWithResultRequest>,
    ) -> Result<Response<CreateProcessInstanceWithResultResponse>, Status> {
        let request = self.enter("CreateProcessInstanceWithResult", request).await?;
        let created = request.request.unwrap();
        let bpmn_process_id = created.bpmn_process_id.clone();
        self.0.state.lock().unwrap().created.push(created);
        Ok(Response::new(CreateProcessInstanceWithResultResponse {
            process_instance_key: 1_001,
            bpmn_process_id,
            version: 1,
            variables: r#"{"receipt":"r-1"}"#.to_owned(),
            ..Default::default()
        }))
    }

    async fn deploy_resource(
        &self,
        request: Request<DeployResourceRequest>,
    ) -> Result<Response<DeployResourceResponse>, Status> {
        let request = self.enter("DeployResource", request).await?;
        let process = |resource: &Resource| Deployment {
            metadata: Some(deployment::Metadata::Process(ProcessMetadata {
                bpmn_process_id: resource.name.trim_end_matches(".bpmn").to_owned(),
                version: 1,
                process_definition_key: 5,
                resource_name: resource.name.clone(),
                ..Default::default()
            })),
        };
        let deployments = request.resources.iter().map(process).collect();
        self.0.state.lock().unwrap().deployed.push(request);
        Ok(Response::new(DeployResourceResponse { key: 4, deployments, ..Default::default() }))
    }

    async fn set_variables(
        &self,
        request: Request<SetVariablesRequest>,
    ) -> Result<Response<SetVariablesResponse>, Status> {
        let request = self.enter("SetVariables", request).await?;
        self.0.state.lock().unwrap().variables_set.push(request);
        Ok(Response::new(SetVariablesResponse { key: 9 }))
    }

    async fn broadcast_signal(
        &self,
        request: Request<BroadcastSignalRequest>,
    ) -> Result<Response<BroadcastSignalResponse>, Status> {
        let request = self.enter("BroadcastSignal", request).await?;
        self.0.state.lock().unwrap().broadcast.push(request);
        Ok(Response::new(BroadcastSignalResponse { key: 10, ..Default::default() }))
    }

    async fn cancel_process_instance(
        &self,
        request: Request<CancelProcessInstanceRequest>,
    ) -> Result<Response<CancelProcessInstanceResponse>, Status> {
        self.plain("CancelProcessInstance", request).await?;
        Ok(Response::new(CancelProcessInstanceResponse {}))
    }

    async fn resolve_incident(
        &self,
        request: Request<ResolveIncidentRequest>,
    ) -> Result<Response<ResolveIncidentResponse>, Status> {
        self.plain("ResolveIncident", request).await?;
        Ok(Response::new(ResolveIncidentResponse {}))
    }

    async fn delete_resource(
        &self,
        request: Request<DeleteResourceRequest>,
    ) -> Result<Response<DeleteResourceResponse>, Status> {
        self.plain("DeleteResource", request).await?;
        Ok(Response::new(DeleteResourceResponse {}))
    }

    /// Decides what it is told to; the decision `broken` has no result.
    async fn evaluate_decision(
        &self,
        request: Request<EvaluateDecisionRequest>,
    ) -> Result<Response<EvaluateDecisionResponse>, Status> {
        let request = self.enter("EvaluateDecision", request).await?;
        let is_broken = request.decision_id == "broken";
        self.0.state.lock().unwrap().evaluated.push(request.clone());
        Ok(Response::new(EvaluateDecisionResponse {
            decision_key: 9,
            decision_id: request.decision_id.clone(),
            decision_version: 1,
            decision_output: if is_broken { String::new() } else { request.variables },
            failed_decision_id: if is_broken { request.decision_id } else { String::new() },
            failure_message: if is_broken { "two rules match".to_owned() } else { String::new() },
            ..Default::default()
        }))
    }

    async fn update_job_retries(
        &self,
        request: Request<UpdateJobRetriesRequest>,
    ) -> Result<Response<UpdateJobRetriesResponse>, Status> {
        self.plain("UpdateJobRetries", request).await?;
        Ok(Response::new(UpdateJobRetriesResponse {}))
    }

    async fn update_job_timeout(
        &self,
        request: Request<UpdateJobTimeoutRequest>,
    ) -> Result<Response<UpdateJobTimeoutResponse>, Status> {
        self.plain("UpdateJobTimeout", request).await?;
        Ok(Response::new(UpdateJobTimeoutResponse {}))
    }

    async fn publish_message(
        &self,
        request: Request<PublishMessageRequest>,
    ) -> Result<Response<PublishMessageResponse>, Status> {
        let request = self.enter("PublishMessage", request).await?;
        self.0.state.lock().unwrap().published.push(request);
        Ok(Response::new(PublishMessageResponse { key: 8, ..Default::default() }))
    }

    async fn activate_jobs(
        &self,
        request: Request<ActivateJobsRequest>,
    ) -> Result<Response<Self::ActivateJobsStream>, Status> {
        let request = self.enter("ActivateJobs", request).await?;
        self.0.state.lock().unwrap().polls.push(request.clone());
        let jobs = self.take(&request).await;
        let answer = (!jobs.is_empty()).then_some(Ok(ActivateJobsResponse { jobs }));
        Ok(Response::new(Box::pin(tokio_stream::iter(answer))))
    }

    async fn stream_activated_jobs(
        &self,
        request: Request<StreamActivatedJobsRequest>,
    ) -> Result<Response<Self::StreamActivatedJobsStream>, Status> {
        let request = self.enter("StreamActivatedJobs", request).await?;
        let (sender, receiver) = mpsc::unbounded_channel();
        {
            let mut state = self.0.state.lock().unwrap();
            state.stream_requests.push(request);
            state.streams.push(sender);
        }
        self.0.changed.notify_waiters();
        Ok(Response::new(Box::pin(UnboundedReceiverStream::new(receiver).map(|job| job))))
    }

    async fn complete_job(
        &self,
        request: Request<CompleteJobRequest>,
    ) -> Result<Response<CompleteJobResponse>, Status> {
        let request = self.enter("CompleteJob", request).await?;
        self.0.state.lock().unwrap().results.extend(request.result);
        self.done(Done::Completed { key: request.job_key, variables: request.variables });
        Ok(Response::new(CompleteJobResponse {}))
    }

    async fn fail_job(
        &self,
        request: Request<FailJobRequest>,
    ) -> Result<Response<FailJobResponse>, Status> {
        let request = self.enter("FailJob", request).await?;
        self.done(Done::Failed {
            key: request.job_key,
            retries: request.retries,
            message: request.error_message,
            back_off_ms: request.retry_back_off,
            variables: request.variables,
        });
        Ok(Response::new(FailJobResponse {}))
    }

    async fn throw_error(
        &self,
        request: Request<ThrowErrorRequest>,
    ) -> Result<Response<ThrowErrorResponse>, Status> {
        let request = self.enter("ThrowError", request).await?;
        self.done(Done::Thrown {
            key: request.job_key,
            code: request.error_code,
            message: request.error_message,
        });
        Ok(Response::new(ThrowErrorResponse {}))
    }

    unimplemented_calls! {
        deploy_process: DeployProcessRequest => DeployProcessResponse,
        modify_process_instance: ModifyProcessInstanceRequest => ModifyProcessInstanceResponse,
        migrate_process_instance: MigrateProcessInstanceRequest => MigrateProcessInstanceResponse,
    }
}
