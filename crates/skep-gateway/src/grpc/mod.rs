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
use crate::{problem::Problem, shared::Shared};

/// Answers the calls of the gateway protocol.
#[derive(Clone, Debug)]
pub(crate) struct Rpc {
    shared: Arc<Shared>,
}

impl Rpc {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
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
        answer(resource::deploy_resource(&self.shared, request.into_inner()).await)
    }

    async fn deploy_process(
        &self,
        request: Request<pb::DeployProcessRequest>,
    ) -> Answer<pb::DeployProcessResponse> {
        answer(resource::deploy_process(&self.shared, request.into_inner()).await)
    }

    async fn delete_resource(
        &self,
        request: Request<pb::DeleteResourceRequest>,
    ) -> Answer<pb::DeleteResourceResponse> {
        answer(resource::delete_resource(&self.shared, request.into_inner()).await)
    }

    async fn create_process_instance(
        &self,
        request: Request<pb::CreateProcessInstanceRequest>,
    ) -> Answer<pb::CreateProcessInstanceResponse> {
        answer(process_instance::create(&self.shared, request.into_inner()).await)
    }

    async fn create_process_instance_with_result(
        &self,
        request: Request<pb::CreateProcessInstanceWithResultRequest>,
    ) -> Answer<pb::CreateProcessInstanceWithResultResponse> {
        answer(process_instance::create_with_result(&self.shared, request.into_inner()).await)
    }

    async fn cancel_process_instance(
        &self,
        request: Request<pb::CancelProcessInstanceRequest>,
    ) -> Answer<pb::CancelProcessInstanceResponse> {
        answer(process_instance::cancel(&self.shared, request.into_inner()).await)
    }

    async fn modify_process_instance(
        &self,
        request: Request<pb::ModifyProcessInstanceRequest>,
    ) -> Answer<pb::ModifyProcessInstanceResponse> {
        answer(modification::modify(&self.shared, request.into_inner()).await)
    }

    async fn migrate_process_instance(
        &self,
        request: Request<pb::MigrateProcessInstanceRequest>,
    ) -> Answer<pb::MigrateProcessInstanceResponse> {
        answer(migration::migrate(&self.shared, request.into_inner()).await)
    }

    async fn set_variables(
        &self,
        request: Request<pb::SetVariablesRequest>,
    ) -> Answer<pb::SetVariablesResponse> {
        answer(process_instance::set_variables(&self.shared, request.into_inner()).await)
    }

    async fn resolve_incident(
        &self,
        request: Request<pb::ResolveIncidentRequest>,
    ) -> Answer<pb::ResolveIncidentResponse> {
        answer(process_instance::resolve_incident(&self.shared, request.into_inner()).await)
    }

    async fn evaluate_decision(
        &self,
        request: Request<pb::EvaluateDecisionRequest>,
    ) -> Answer<pb::EvaluateDecisionResponse> {
        answer(decision::evaluate(&self.shared, request.into_inner()).await)
    }

    async fn activate_jobs(
        &self,
        request: Request<pb::ActivateJobsRequest>,
    ) -> Answer<Self::ActivateJobsStream> {
        answer(job::activate(&self.shared, request.into_inner()))
    }

    async fn stream_activated_jobs(
        &self,
        request: Request<pb::StreamActivatedJobsRequest>,
    ) -> Answer<Self::StreamActivatedJobsStream> {
        answer(job::stream(&self.shared, request.into_inner()))
    }

    async fn complete_job(
        &self,
        request: Request<pb::CompleteJobRequest>,
    ) -> Answer<pb::CompleteJobResponse> {
        answer(job::complete(&self.shared, request.into_inner()).await)
    }

    async fn fail_job(&self, request: Request<pb::FailJobRequest>) -> Answer<pb::FailJobResponse> {
        answer(job::fail(&self.shared, request.into_inner()).await)
    }

    async fn throw_error(
        &self,
        request: Request<pb::ThrowErrorRequest>,
    ) -> Answer<pb::ThrowErrorResponse> {
        answer(job::throw_error(&self.shared, request.into_inner()).await)
    }

    async fn update_job_retries(
        &self,
        request: Request<pb::UpdateJobRetriesRequest>,
    ) -> Answer<pb::UpdateJobRetriesResponse> {
        answer(job::update_retries(&self.shared, request.into_inner()).await)
    }

    async fn update_job_timeout(
        &self,
        request: Request<pb::UpdateJobTimeoutRequest>,
    ) -> Answer<pb::UpdateJobTimeoutResponse> {
        answer(job::update_timeout(&self.shared, request.into_inner()).await)
    }

    async fn publish_message(
        &self,
        request: Request<pb::PublishMessageRequest>,
    ) -> Answer<pb::PublishMessageResponse> {
        answer(message::publish(&self.shared, request.into_inner()).await)
    }

    async fn broadcast_signal(
        &self,
        request: Request<pb::BroadcastSignalRequest>,
    ) -> Answer<pb::BroadcastSignalResponse> {
        answer(message::broadcast_signal(&self.shared, request.into_inner()).await)
    }
}
