//! The gRPC service: each call is mapped to a command, and the answer back.

mod decision;
mod job;
mod message;
mod migration;
mod modification;
mod process_instance;
mod resource;
mod server;
mod topology;

use std::{pin::Pin, sync::Arc};

use futures_util::Stream;
use skep_api::gateway::{self as pb, gateway_server::Gateway as GatewayService};
use tonic::{Request, Response, Status};

pub(crate) use self::server::GrpcServer;
use crate::{call::Call, problem::Problem, shared::Shared};

/// Answers the calls of the gateway protocol.
#[derive(Clone, Debug)]
pub(crate) struct Rpc {
    shared: Arc<Shared>,
}

impl Rpc {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// On whose behalf the request is, and what it asks for.
    fn call<T>(&self, request: Request<T>) -> Result<(Call, T), Status> {
        let call = Call::of(&self.shared, request.extensions()).map_err(Problem::into_status)?;
        Ok((call, request.into_inner()))
    }
}

type Answer<T> = Result<Response<T>, Status>;

/// Wraps a handler's result.
fn answer<T>(result: Result<T, Problem>) -> Answer<T> {
    result.map(Response::new).map_err(Problem::into_status)
}

#[tonic::async_trait]
impl GatewayService for Rpc {
    type ActivateJobsStream =
        Pin<Box<dyn Stream<Item = Result<pb::ActivateJobsResponse, Status>> + Send>>;
    type StreamActivatedJobsStream = job::PushedJobs;

    async fn topology(&self, _: Request<pb::TopologyRequest>) -> Answer<pb::TopologyResponse> {
        Ok(Response::new(topology::topology(&self.shared)))
    }

    async fn deploy_resource(
        &self,
        request: Request<pb::DeployResourceRequest>,
    ) -> Answer<pb::DeployResourceResponse> {
        let (call, request) = self.call(request)?;
        answer(resource::deploy_resource(&call, request).await)
    }

    async fn deploy_process(
        &self,
        request: Request<pb::DeployProcessRequest>,
    ) -> Answer<pb::DeployProcessResponse> {
        let (call, request) = self.call(request)?;
        answer(resource::deploy_process(&call, request).await)
    }

    async fn delete_resource(
        &self,
        request: Request<pb::DeleteResourceRequest>,
    ) -> Answer<pb::DeleteResourceResponse> {
        let (call, request) = self.call(request)?;
        answer(resource::delete_resource(&call, request).await)
    }

    async fn create_process_instance(
        &self,
        request: Request<pb::CreateProcessInstanceRequest>,
    ) -> Answer<pb::CreateProcessInstanceResponse> {
        let (call, request) = self.call(request)?;
        answer(process_instance::create(&call, request).await)
    }

    async fn create_process_instance_with_result(
        &self,
        request: Request<pb::CreateProcessInstanceWithResultRequest>,
    ) -> Answer<pb::CreateProcessInstanceWithResultResponse> {
        let (call, request) = self.call(request)?;
        answer(process_instance::create_with_result(&call, request).await)
    }

    async fn cancel_process_instance(
        &self,
        request: Request<pb::CancelProcessInstanceRequest>,
    ) -> Answer<pb::CancelProcessInstanceResponse> {
        let (call, request) = self.call(request)?;
        answer(process_instance::cancel(&call, request).await)
    }

    async fn modify_process_instance(
        &self,
        request: Request<pb::ModifyProcessInstanceRequest>,
    ) -> Answer<pb::ModifyProcessInstanceResponse> {
        let (call, request) = self.call(request)?;
        answer(modification::modify(&call, request).await)
    }

    async fn migrate_process_instance(
        &self,
        request: Request<pb::MigrateProcessInstanceRequest>,
    ) -> Answer<pb::MigrateProcessInstanceResponse> {
        let (call, request) = self.call(request)?;
        answer(migration::migrate(&call, request).await)
    }

    async fn set_variables(
        &self,
        request: Request<pb::SetVariablesRequest>,
    ) -> Answer<pb::SetVariablesResponse> {
        let (call, request) = self.call(request)?;
        answer(process_instance::set_variables(&call, request).await)
    }

    async fn resolve_incident(
        &self,
        request: Request<pb::ResolveIncidentRequest>,
    ) -> Answer<pb::ResolveIncidentResponse> {
        let (call, request) = self.call(request)?;
        answer(process_instance::resolve_incident(&call, request).await)
    }

    async fn evaluate_decision(
        &self,
        request: Request<pb::EvaluateDecisionRequest>,
    ) -> Answer<pb::EvaluateDecisionResponse> {
        let (call, request) = self.call(request)?;
        answer(decision::evaluate(&call, request).await)
    }

    async fn activate_jobs(
        &self,
        request: Request<pb::ActivateJobsRequest>,
    ) -> Answer<Self::ActivateJobsStream> {
        let (call, request) = self.call(request)?;
        answer(job::activate(&call, request))
    }

    async fn stream_activated_jobs(
        &self,
        request: Request<pb::StreamActivatedJobsRequest>,
    ) -> Answer<Self::StreamActivatedJobsStream> {
        let (call, request) = self.call(request)?;
        answer(job::stream(&call, request))
    }

    async fn complete_job(
        &self,
        request: Request<pb::CompleteJobRequest>,
    ) -> Answer<pb::CompleteJobResponse> {
        let (call, request) = self.call(request)?;
        answer(job::complete(&call, request).await)
    }

    async fn fail_job(&self, request: Request<pb::FailJobRequest>) -> Answer<pb::FailJobResponse> {
        let (call, request) = self.call(request)?;
        answer(job::fail(&call, request).await)
    }

    async fn throw_error(
        &self,
        request: Request<pb::ThrowErrorRequest>,
    ) -> Answer<pb::ThrowErrorResponse> {
        let (call, request) = self.call(request)?;
        answer(job::throw_error(&call, request).await)
    }

    async fn update_job_retries(
        &self,
        request: Request<pb::UpdateJobRetriesRequest>,
    ) -> Answer<pb::UpdateJobRetriesResponse> {
        let (call, request) = self.call(request)?;
        answer(job::update_retries(&call, request).await)
    }

    async fn update_job_timeout(
        &self,
        request: Request<pb::UpdateJobTimeoutRequest>,
    ) -> Answer<pb::UpdateJobTimeoutResponse> {
        let (call, request) = self.call(request)?;
        answer(job::update_timeout(&call, request).await)
    }

    async fn publish_message(
        &self,
        request: Request<pb::PublishMessageRequest>,
    ) -> Answer<pb::PublishMessageResponse> {
        let (call, request) = self.call(request)?;
        answer(message::publish(&call, request).await)
    }

    async fn broadcast_signal(
        &self,
        request: Request<pb::BroadcastSignalRequest>,
    ) -> Answer<pb::BroadcastSignalResponse> {
        let (call, request) = self.call(request)?;
        answer(message::broadcast_signal(&call, request).await)
    }
}
