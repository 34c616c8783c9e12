//! `JOB_BATCH:ACTIVATE`

use std::collections::BTreeSet;

use skep_record::{
    ActivateJobs, ActivatedJob, ActivatedJobs, Document, ErrorType, Event, JobBatchActivated,
    JobKey, JobKind, Rejection, RejectionKind, Response, Timestamp, VariableEntry,
};

use crate::{
    BATCH_BYTES_MAX, Ctx,
    failure::Failure,
    incident,
    state::instance::{ElementInstance, Job, ProcessInstance, Variable},
};

/// Room left in a message for everything but the jobs.
const RESERVE_BYTES: usize = 8 * 1024;
/// What a job takes beside its variables and headers.
const JOB_BYTES: usize = 256;

/// Handles `JOB_BATCH:ACTIVATE`: the oldest activatable jobs of a type, as many as were asked
/// for and fit one message.
///
/// # Errors
/// `InvalidArgument`: no type, no time or no number of jobs is given.
///
/// Source: camunda/zeebe: engine/processing/job/JobBatchActivateProcessor.java
pub(crate) fn activate(ctx: &mut Ctx<'_>, activate: &ActivateJobs) -> Result<(), Rejection> {
    check(activate)?;
    let deadline = ctx.now().plus_ms(activate.timeout_ms);
    let wanted = usize::try_from(activate.max_jobs).unwrap_or(0);
    let (jobs, too_large, truncated) = collect(ctx, activate, wanted, deadline);
    let job_keys: Vec<JobKey> = jobs.iter().map(|job| job.key).collect();
    let key = ctx.new_key();
    ctx.emit(
        key,
        Event::JobsActivated(Box::new(JobBatchActivated {
            job_type: activate.job_type.clone(),
            worker: activate.worker.clone(),
            deadline,
            job_keys,
            truncated,
        })),
    );
    if let Some((key, bytes)) = too_large {
        raise_too_large(ctx, key, bytes);
    }
    ctx.reply(Response::Activated(ActivatedJobs { jobs, truncated }));
    Ok(())
}

fn check(activate: &ActivateJobs) -> Result<(), Rejection> {
    let reason = if activate.max_jobs < 1 {
        format!(
            "Expected to activate job batch with max jobs to activate to be greater than zero, but it was '{}'",
            activate.max_jobs
        )
    } else if activate.timeout_ms < 1 {
        format!(
            "Expected to activate job batch with timeout to be greater than zero, but it was '{}'",
            activate.timeout_ms
        )
    } else if activate.job_type.is_empty() {
        "Expected to activate job batch with type to be present, but it was blank".to_owned()
    } else {
        return Ok(());
    };
    Err(Rejection::new(RejectionKind::InvalidArgument, reason))
}

type Collected = (Vec<ActivatedJob>, Option<(JobKey, usize)>, bool);

/// The jobs that fit, a first job that fits no message at all, and whether more were ready.
fn collect(
    ctx: &Ctx<'_>,
    activate: &ActivateJobs,
    wanted: usize,
    deadline: Timestamp,
) -> Collected {
    let state = ctx.state();
    let mut jobs = Vec::with_capacity(wanted.min(64));
    let mut bytes = 0;
    // A tenant named twice must not give its jobs twice.
    let tenants: BTreeSet<_> = activate.tenant_ids.iter().collect();
    for tenant in tenants {
        for key in state.jobs.activatable(&activate.job_type, tenant) {
            if jobs.len() == wanted {
                return (jobs, None, false);
            }
            let Some((instance, element, job)) = look_up(ctx, key) else { continue };
            let activated = activated(instance, element, job, activate, deadline);
            let job_bytes = JOB_BYTES
                + activated.variables.as_msgpack().len()
                + activated.custom_headers.as_msgpack().len();
            if bytes + job_bytes > BATCH_BYTES_MAX - RESERVE_BYTES {
                let too_large = jobs.is_empty().then_some((key, job_bytes));
                return (jobs, too_large, true);
            }
            bytes += job_bytes;
            jobs.push(activated);
        }
    }
    (jobs, None, false)
}

fn look_up<'s>(
    ctx: &'s Ctx<'_>,
    key: JobKey,
) -> Option<(&'s ProcessInstance, &'s ElementInstance, &'s Job)> {
    let owner = ctx.state().jobs.owner(key)?;
    let instance = ctx.state().instances.get(owner.process_instance_key)?;
    let element = instance.element(owner.element_instance_key)?;
    Some((instance, element, element.job.as_deref()?))
}

fn activated(
    instance: &ProcessInstance,
    element: &ElementInstance,
    job: &Job,
    activate: &ActivateJobs,
    deadline: Timestamp,
) -> ActivatedJob {
    let definition = &instance.definition;
    ActivatedJob {
        key: job.key,
        job_type: job.job_type.clone(),
        kind: job.kind,
        process_instance_key: instance.key,
        process_definition_key: definition.key,
        bpmn_process_id: definition.bpmn_process_id.clone(),
        process_definition_version: definition.version,
        element_id: definition.facts(element.index()).reference.element_id.clone(),
        element_instance_key: element.key,
        custom_headers: match &job.headers {
            Some(headers) => (**headers).clone(),
            None => definition.facts(element.index()).headers.clone(),
        },
        worker: activate.worker.clone(),
        retries: job.retries,
        deadline,
        variables: variables(instance, element, job, &activate.fetch_variables),
        tenant_id: definition.tenant_id.clone(),
        tags: instance.details.as_ref().map(|details| details.tags.clone()).unwrap_or_default(),
        root_process_instance_key: instance
            .call()
            .map_or(instance.key, |call| call.called_by.root_process_instance_key),
    }
}

fn variables(
    instance: &ProcessInstance,
    element: &ElementInstance,
    job: &Job,
    names: &[String],
) -> Document {
    if let JobKind::TaskListener(_) = job.kind {
        return with_held(instance, element, names);
    }
    visible(instance, element, names)
}

/// What is visible at a user task, and what the step that waits for the listener brings.
fn with_held(instance: &ProcessInstance, element: &ElementInstance, names: &[String]) -> Document {
    let known = visible(instance, element, names);
    let task = element.details.as_ref().and_then(|details| details.user_task.as_ref());
    let Some(held) = task.and_then(|task| Some(&task.step.as_ref()?.held.variables)) else {
        return known;
    };
    let is_wanted = |name: &str| names.is_empty() || names.iter().any(|wanted| wanted == name);
    let entries = known.iter().filter(|(name, _)| held.value(name).is_none());
    let entries: Vec<(&str, &[u8])> =
        entries.chain(held.iter().filter(|(name, _)| is_wanted(name))).collect();
    Document::from_entries(entries.into_iter())
}

fn visible(instance: &ProcessInstance, element: &ElementInstance, names: &[String]) -> Document {
    let variables: Vec<&VariableEntry> = if names.is_empty() {
        instance.visible_variables(element.key)
    } else {
        let mut names: Vec<&String> = names.iter().collect();
        names.dedup();
        names
            .iter()
            .filter_map(|name| instance.variable(element.key, name))
            .map(Variable::entry)
            .collect()
    };
    Document::from_variables(variables.into_iter())
}

fn raise_too_large(ctx: &mut Ctx<'_>, key: JobKey, bytes: usize) {
    let Some(owner) = ctx.state().jobs.owner(key) else { return };
    let Some(at) = ctx.at(owner.process_instance_key, owner.element_instance_key) else { return };
    let failure = Failure::new(
        ErrorType::MessageSizeExceeded,
        format!(
            "The job with key '{key}' can not be activated, because with {bytes} bytes it is larger than the configured message size (per default is 4 MB). Try to reduce the size by reducing the number of fetched variables or modifying the variable values."
        ),
    );
    incident::raise(ctx, &at, failure, Some(key));
}
