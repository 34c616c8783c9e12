//! Jobs.

use http::StatusCode;
use skep_api::{
    gateway::UserTaskProperties,
    rest::{
        ActivatedJob, JobActivationRequest, JobActivationResponse, JobCompletionRequest,
        JobErrorRequest, JobFailRequest, JobUpdateRequest, KeyFormat, ListenedUserTask,
        TenantFilter,
    },
};
use skep_record::{
    ActivateJobs, Command, CompleteJob, FailJob, JobKey, TenantId, ThrowError, UpdateJobRetries,
    UpdateJobTimeout,
};

use super::body::{
    Answer, Body, Keys, OptionalBody, PathKey, json_object, operation_reference, required,
    variables,
};
use crate::{
    activation::Activation, call::Call, job_result, listened_task, problem::Problem,
    undelivered::Undelivered,
};

/// Room for the attributes of a job beside its variables and headers.
const JOB_OVERHEAD_BYTES: usize = 1024;

/// `POST /v2/jobs/activation` — 200, also when there are no jobs
///
/// # Errors
/// 400, 503.
pub(super) async fn activate(
    call: Call,
    Keys(keys): Keys,
    Body(body): Body<JobActivationRequest>,
) -> Result<Answer<JobActivationResponse>, Problem> {
    let request_timeout_ms = body.request_timeout.unwrap_or(0);
    let mut activation = Activation::new(&call.shared, command(&call, body)?, request_timeout_ms)?;
    let mut activated: Vec<Undelivered> = Vec::new();
    let mut jobs = Vec::new();
    let mut bytes = 0;
    // Until the answer is complete, a client that goes away gives everything back.
    'partitions: while let Some(next) = activation.next().await {
        let batch = match next {
            Ok(batch) => batch,
            // Jobs in hand are worth more than the reason why there are not more.
            Err(_) if !jobs.is_empty() => break,
            Err(problem) => return Err(problem),
        };
        activated.push(Undelivered::new(&call.shared.broker, batch));
        for job in activated.last().map(Undelivered::jobs).unwrap_or_default() {
            let job = answer(job, keys)?;
            bytes += job.variables.as_str().len()
                + job.custom_headers.as_str().len()
                + JOB_OVERHEAD_BYTES;
            if bytes > call.shared.limits.message_bytes_max && !jobs.is_empty() {
                break 'partitions;
            }
            jobs.push(job);
        }
    }
    let mut n_left = jobs.len();
    for batch in &mut activated {
        let n = batch.jobs().len().min(n_left);
        batch.delivered(n);
        n_left -= n;
    }
    Ok(Answer(keys, JobActivationResponse { jobs }))
}

fn command(call: &Call, body: JobActivationRequest) -> Result<ActivateJobs, Problem> {
    let mut missing = Vec::new();
    let job_type = body.job_type.filter(|job_type| !job_type.trim().is_empty());
    let wrong = |name: &str, value: i64| {
        format!("The value for {name} is '{value}' but must be greater than 0")
    };
    if job_type.is_none() {
        missing.push("No type provided".to_owned());
    }
    match body.timeout {
        None => missing.push("No timeout provided".to_owned()),
        Some(timeout) if timeout < 1 => missing.push(wrong("timeout", timeout)),
        Some(_) => (),
    }
    match body.max_jobs_to_activate {
        None => missing.push("No maxJobsToActivate provided".to_owned()),
        Some(max) if max < 1 => missing.push(wrong("maxJobsToActivate", max.into())),
        Some(_) => (),
    }
    if !missing.is_empty() {
        return Err(Problem::invalid_argument(format!("{}.", missing.join(". "))));
    }
    Ok(ActivateJobs {
        job_type: job_type.unwrap_or_default().into(),
        worker: body.worker.unwrap_or_default(),
        timeout_ms: body.timeout.unwrap_or_default(),
        max_jobs: body.max_jobs_to_activate.unwrap_or_default(),
        fetch_variables: body.fetch_variable.unwrap_or_default(),
        tenant_ids: tenant_ids(call, body.tenant_filter, body.tenant_ids)?,
    })
}

fn tenant_ids(
    call: &Call,
    filter: Option<TenantFilter>,
    ids: Option<Vec<String>>,
) -> Result<Vec<TenantId>, Problem> {
    const REQUEST: &str = "request Activate Jobs";
    match filter {
        None | Some(TenantFilter::Provided) => {
            call.several_tenants(REQUEST, &ids.unwrap_or_default())
        }
        Some(TenantFilter::Assigned) => call.caller_tenants().assigned(REQUEST),
    }
}

fn answer(job: &skep_record::ActivatedJob, keys: KeyFormat) -> Result<ActivatedJob, Problem> {
    Ok(ActivatedJob {
        job_type: job.job_type.to_string(),
        process_definition_id: job.bpmn_process_id.to_string(),
        process_definition_version: job.process_definition_version,
        element_id: job.element_id.to_string(),
        custom_headers: json_object(&job.custom_headers)?,
        worker: job.worker.clone(),
        retries: job.retries,
        deadline: job.deadline.0,
        variables: json_object(&job.variables)?,
        tenant_id: job.tenant_id.to_string(),
        job_key: keys.key(job.key.0),
        process_instance_key: keys.key(job.process_instance_key.0),
        process_definition_key: keys.key(job.process_definition_key.0),
        element_instance_key: keys.key(job.element_instance_key.0),
        kind: job.kind.as_str().to_owned(),
        listener_event_type: job.kind.listener_event().unwrap_or("UNSPECIFIED").to_owned(),
        user_task: listened_task::properties(job).map(|task| user_task(task, keys)),
        tags: job.tags.clone(),
        root_process_instance_key: Some(keys.key(job.root_process_instance_key.0)),
    })
}

fn user_task(task: UserTaskProperties, keys: KeyFormat) -> ListenedUserTask {
    ListenedUserTask {
        action: task.action,
        assignee: task.assignee,
        candidate_groups: task.candidate_groups,
        candidate_users: task.candidate_users,
        changed_attributes: task.changed_attributes,
        due_date: task.due_date,
        follow_up_date: task.follow_up_date,
        form_key: task.form_key.map(|key| keys.key(key)),
        priority: task.priority,
        user_task_key: task.user_task_key.map(|key| keys.key(key)),
    }
}

/// `POST /v2/jobs/{jobKey}/completion` — 204
///
/// # Errors
/// 400, 404 no such job, 409 the job cannot be completed now, 503, 504.
pub(super) async fn complete(
    call: Call,
    PathKey(key): PathKey,
    OptionalBody(body): OptionalBody<JobCompletionRequest>,
) -> Result<StatusCode, Problem> {
    let variables = variables(body.variables.as_ref())?;
    let result = body.result.map_or(Ok(None), job_result::from_rest)?;
    let command = CompleteJob { job_key: JobKey(key), variables, result };
    call.submit_done(Command::CompleteJob(command)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /v2/jobs/{jobKey}/failure` — 204
///
/// # Errors
/// 400, 404 no such job, 409 the job cannot fail now, 503, 504.
pub(super) async fn fail(
    call: Call,
    PathKey(key): PathKey,
    OptionalBody(body): OptionalBody<JobFailRequest>,
) -> Result<StatusCode, Problem> {
    let command = FailJob {
        job_key: JobKey(key),
        retries: body.retries.unwrap_or(0),
        retry_back_off_ms: body.retry_back_off.unwrap_or(0),
        error_message: body.error_message.unwrap_or_default(),
        variables: variables(body.variables.as_ref())?,
    };
    call.submit_done(Command::FailJob(command)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /v2/jobs/{jobKey}/error` — 204
///
/// # Errors
/// 400, 404 no such job, 409 the job cannot throw now, 503, 504.
pub(super) async fn throw_error(
    call: Call,
    PathKey(key): PathKey,
    Body(body): Body<JobErrorRequest>,
) -> Result<StatusCode, Problem> {
    let command = ThrowError {
        job_key: JobKey(key),
        error_code: required("errorCode", body.error_code)?,
        error_message: body.error_message.unwrap_or_default(),
        variables: variables(body.variables.as_ref())?,
    };
    call.submit_done(Command::ThrowError(command)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `PATCH /v2/jobs/{jobKey}` — 204
///
/// # Errors
/// 400 nothing to change or a bad value, 404 no such job, 409 the job is not active, 503, 504.
pub(super) async fn update(
    call: Call,
    PathKey(key): PathKey,
    Body(body): Body<JobUpdateRequest>,
) -> Result<StatusCode, Problem> {
    let operation_reference = operation_reference(body.operation_reference)?;
    let changeset = body.changeset.unwrap_or_default();
    if changeset.retries.is_none() && changeset.timeout.is_none() {
        return Err(Problem::invalid_argument(
            "At least one field between [retries, timeout] is required",
        ));
    }
    // The one that can be refused for the job's state goes first, so that in that case nothing
    // has been changed.
    if let Some(timeout_ms) = changeset.timeout {
        let command = UpdateJobTimeout { job_key: JobKey(key), timeout_ms, operation_reference };
        call.submit_done(Command::UpdateJobTimeout(command)).await?;
    }
    if let Some(retries) = changeset.retries {
        let command = UpdateJobRetries { job_key: JobKey(key), retries, operation_reference };
        call.submit_done(Command::UpdateJobRetries(command)).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}
