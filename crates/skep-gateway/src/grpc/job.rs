//! Jobs: pulled, pushed, and what workers report.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use futures_util::Stream;
use prost::Message as _;
use skep_api::gateway::{self as pb, activated_job::ListenerEventType};
use skep_broker::{JobStream, JobStreamRequest};
use skep_record::{
    ActivateJobs, ActivatedJob, Command, CompleteJob, Document, FailJob, JobKey, JobKind,
    ListenerEvent, TaskListenerEvent, ThrowError, UpdateJobRetries, UpdateJobTimeout,
};
use tokio::sync::OwnedSemaphorePermit;
use tokio_util::sync::WaitForCancellationFutureOwned;
use tonic::Status;

use super::GatewayService;
use crate::{
    activation::Activation,
    call::Call,
    grpc::Rpc,
    job_result, listened_task,
    problem::{Kind, Problem},
    shared::Shared,
    undelivered::Undelivered,
};

/// Room for what a message adds to its jobs.
const RESPONSE_OVERHEAD_BYTES: usize = 64;

pub(super) fn activate(
    call: &Call,
    request: pb::ActivateJobsRequest,
) -> Result<<Rpc as GatewayService>::ActivateJobsStream, Problem> {
    let command = ActivateJobs {
        tenant_ids: call.several_tenants("gRPC request ActivateJobs", &request.tenant_ids)?,
        job_type: request.r#type.into(),
        worker: request.worker,
        timeout_ms: request.timeout,
        max_jobs: request.max_jobs_to_activate,
        fetch_variables: request.fetch_variable,
    };
    let mut activation = Activation::new(&call.shared, command, request.request_timeout)?;
    let shared = Arc::clone(&call.shared);
    Ok(Box::pin(async_stream::stream! {
        while let Some(next) = activation.next().await {
            let jobs = match next {
                Ok(jobs) => jobs,
                Err(problem) => {
                    yield Err(problem.into_status());
                    break;
                }
            };
            let mut undelivered = Undelivered::new(&shared.broker, jobs);
            while !undelivered.jobs().is_empty() {
                let response = response(undelivered.jobs(), shared.limits.message_bytes_max);
                let n = response.jobs.len();
                yield Ok(response);
                // Only when asked for more is it sure that the client was still there.
                undelivered.delivered(n);
            }
        }
    }))
}

/// As many of the jobs, at least one, as fit a message: their JSON can be larger than what the
/// broker measured.
fn response(jobs: &[ActivatedJob], bytes_max: usize) -> pb::ActivateJobsResponse {
    let mut response = pb::ActivateJobsResponse { jobs: Vec::with_capacity(jobs.len()) };
    let mut bytes = RESPONSE_OVERHEAD_BYTES;
    for job in jobs {
        let job = message(job);
        bytes += job.encoded_len() + RESPONSE_OVERHEAD_BYTES;
        if bytes > bytes_max && !response.jobs.is_empty() {
            break;
        }
        response.jobs.push(job);
    }
    response
}

fn message(job: &ActivatedJob) -> pb::ActivatedJob {
    pb::ActivatedJob {
        key: job.key.0,
        r#type: job.job_type.to_string(),
        process_instance_key: job.process_instance_key.0,
        bpmn_process_id: job.bpmn_process_id.to_string(),
        process_definition_version: job.process_definition_version,
        process_definition_key: job.process_definition_key.0,
        element_id: job.element_id.to_string(),
        element_instance_key: job.element_instance_key.0,
        custom_headers: job.custom_headers.to_json(),
        worker: job.worker.clone(),
        retries: job.retries,
        deadline: job.deadline.0,
        variables: job.variables.to_json(),
        tenant_id: job.tenant_id.to_string(),
        user_task: listened_task::properties(job),
        kind: kind(job.kind).into(),
        listener_event_type: listener_event_type(job.kind).into(),
        tags: job.tags.clone(),
    }
}

fn kind(kind: JobKind) -> pb::activated_job::JobKind {
    match kind {
        JobKind::BpmnElement => pb::activated_job::JobKind::BpmnElement,
        JobKind::ExecutionListener(_) => pb::activated_job::JobKind::ExecutionListener,
        JobKind::AdHocSubProcess => pb::activated_job::JobKind::AdHocSubProcess,
        JobKind::TaskListener(_) => pb::activated_job::JobKind::TaskListener,
    }
}

fn listener_event_type(kind: JobKind) -> ListenerEventType {
    match kind {
        JobKind::BpmnElement | JobKind::AdHocSubProcess => ListenerEventType::Unspecified,
        JobKind::ExecutionListener(ListenerEvent::Start) => ListenerEventType::Start,
        JobKind::ExecutionListener(ListenerEvent::End) => ListenerEventType::End,
        JobKind::TaskListener(event) => match event {
            TaskListenerEvent::Creating => ListenerEventType::Creating,
            TaskListenerEvent::Assigning => ListenerEventType::Assigning,
            TaskListenerEvent::Updating => ListenerEventType::Updating,
            TaskListenerEvent::Completing => ListenerEventType::Completing,
            TaskListenerEvent::Canceling => ListenerEventType::Canceling,
        },
    }
}

pub(super) fn stream(
    call: &Call,
    request: pb::StreamActivatedJobsRequest,
) -> Result<PushedJobs, Problem> {
    let tenant_ids =
        call.several_tenants("gRPC request StreamActivatedJobs", &request.tenant_ids)?;
    let shared = &call.shared;
    if request.r#type.trim().is_empty() {
        return Err(Problem::invalid_argument(
            "Expected to stream activated jobs with type to be present, but it was blank",
        ));
    }
    if request.timeout < 1 {
        return Err(Problem::invalid_argument(format!(
            "Expected to stream activated jobs with timeout to be greater than zero, but it was \
             {}",
            request.timeout
        )));
    }
    let permit = Arc::clone(&shared.job_streams).try_acquire_owned().map_err(|_| {
        Problem::new(
            Kind::ResourceExhausted,
            format!(
                "Expected to open a job stream, but the gateway's limit of {} job streams is \
                 reached",
                shared.limits.job_streams_max
            ),
        )
    })?;
    let jobs = shared.broker.open_job_stream(JobStreamRequest {
        job_type: request.r#type.into(),
        worker: request.worker,
        timeout_ms: request.timeout,
        fetch_variables: request.fetch_variable,
        tenant_ids,
        buffer: shared.limits.job_stream_buffer,
    });
    Ok(PushedJobs {
        jobs,
        closing: Box::pin(shared.closing.clone().cancelled_owned()),
        ended: false,
        _permit: permit,
    })
}

/// Jobs pushed to one worker. Ends by itself only when the gateway stops: `UNAVAILABLE`.
#[derive(Debug)]
pub(crate) struct PushedJobs {
    jobs: JobStream,
    closing: Pin<Box<WaitForCancellationFutureOwned>>,
    ended: bool,
    _permit: OwnedSemaphorePermit,
}

impl Stream for PushedJobs {
    type Item = Result<pb::ActivatedJob, Status>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.ended {
            return Poll::Ready(None);
        }
        match self.jobs.poll_next(cx) {
            Poll::Ready(Some(job)) => return Poll::Ready(Some(Ok(message(&job)))),
            Poll::Ready(None) => (),
            Poll::Pending => {
                if self.closing.as_mut().poll(cx).is_pending() {
                    return Poll::Pending;
                }
            }
        }
        self.ended = true;
        Poll::Ready(Some(Err(Shared::stopping().into_status())))
    }
}

pub(super) async fn complete(
    call: &Call,
    request: pb::CompleteJobRequest,
) -> Result<pb::CompleteJobResponse, Problem> {
    let command = CompleteJob {
        job_key: JobKey(request.job_key),
        variables: Document::from_json(&request.variables)?,
        result: request.result.map_or(Ok(None), job_result::from_grpc)?,
    };
    call.submit_done(Command::CompleteJob(command)).await?;
    Ok(pb::CompleteJobResponse {})
}

pub(super) async fn fail(
    call: &Call,
    request: pb::FailJobRequest,
) -> Result<pb::FailJobResponse, Problem> {
    let command = FailJob {
        job_key: JobKey(request.job_key),
        retries: request.retries,
        retry_back_off_ms: request.retry_back_off,
        error_message: request.error_message,
        variables: Document::from_json(&request.variables)?,
    };
    call.submit_done(Command::FailJob(command)).await?;
    Ok(pb::FailJobResponse {})
}

pub(super) async fn throw_error(
    call: &Call,
    request: pb::ThrowErrorRequest,
) -> Result<pb::ThrowErrorResponse, Problem> {
    let command = ThrowError {
        job_key: JobKey(request.job_key),
        error_code: request.error_code,
        error_message: request.error_message,
        variables: Document::from_json(&request.variables)?,
    };
    call.submit_done(Command::ThrowError(command)).await?;
    Ok(pb::ThrowErrorResponse {})
}

pub(super) async fn update_retries(
    call: &Call,
    request: pb::UpdateJobRetriesRequest,
) -> Result<pb::UpdateJobRetriesResponse, Problem> {
    let command = UpdateJobRetries {
        job_key: JobKey(request.job_key),
        retries: request.retries,
        operation_reference: request.operation_reference.unwrap_or(0),
    };
    call.submit_done(Command::UpdateJobRetries(command)).await?;
    Ok(pb::UpdateJobRetriesResponse {})
}

pub(super) async fn update_timeout(
    call: &Call,
    request: pb::UpdateJobTimeoutRequest,
) -> Result<pb::UpdateJobTimeoutResponse, Problem> {
    let command = UpdateJobTimeout {
        job_key: JobKey(request.job_key),
        timeout_ms: request.timeout,
        operation_reference: request.operation_reference.unwrap_or(0),
    };
    call.submit_done(Command::UpdateJobTimeout(command)).await?;
    Ok(pb::UpdateJobTimeoutResponse {})
}
