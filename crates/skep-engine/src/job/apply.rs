//! Applies the events of jobs.

use std::sync::Arc;

use skep_record::{
    ErrorType, JobBatchActivated, JobEvent, JobKey, JobKind, JobType, JobValue, ProcessInstanceRef,
    TenantId,
};

use crate::{
    apply::Facts,
    process_instance::unschedule,
    state::{
        State,
        instance::{ElementDetails, Job, JobState},
        jobs::JobOwner,
    },
};

pub(crate) fn apply(
    state: &mut State,
    facts: &Facts<'_>,
    key: i64,
    value: JobValue,
    event: &JobEvent,
) -> Option<()> {
    let instance = facts.instance(value.instance)?;
    let key = JobKey(key);
    let owner = JobOwner {
        process_instance_key: instance.process_instance_key,
        element_instance_key: value.element_instance_key,
    };
    match event {
        JobEvent::Created { job_type, retries, headers, kind } => {
            let definition =
                Arc::clone(&state.instances.get(owner.process_instance_key)?.definition);
            let element = state
                .instances
                .element_mut(owner.process_instance_key, owner.element_instance_key)?;
            let known = &definition.facts(element.index()).headers;
            let headers = (headers != known).then(|| Box::new(headers.clone()));
            element.job = Some(Box::new(Job {
                key,
                job_type: JobType(state.names.share(&job_type.0)),
                retries: *retries,
                kind: *kind,
                state: JobState::Activatable,
                headers,
            }));
            state.jobs.insert(key, owner);
            state.jobs.add_activatable(job_type, &instance.tenant_id, key);
            Some(())
        }
        JobEvent::Completed => {
            match job_mut(state, owner)?.kind {
                JobKind::ExecutionListener(_) => listener_done(state, owner)?.n_listeners_done += 1,
                JobKind::TaskListener(_) => {
                    let task = listener_done(state, owner)?.user_task.as_mut()?;
                    task.step.as_mut()?.n_done += 1;
                }
                JobKind::BpmnElement | JobKind::AdHocSubProcess => (),
            }
            remove(state, instance, owner)
        }
        JobEvent::Canceled => remove(state, instance, owner),
        JobEvent::ErrorThrown { caught: true, .. } => remove(state, instance, owner),
        JobEvent::ErrorThrown { caught: false, .. } => {
            move_to(state, &instance.tenant_id, owner, JobState::ErrorThrown)
        }
        JobEvent::TimedOut | JobEvent::RecurredAfterBackoff | JobEvent::Yielded => {
            move_to(state, &instance.tenant_id, owner, JobState::Activatable)
        }
        JobEvent::Failed { retries, retry_at, error_message: _ } => {
            job_mut(state, owner)?.retries = *retries;
            let to = match retry_at {
                Some(until) => JobState::BackedOff { until: *until },
                None if *retries > 0 => JobState::Activatable,
                None => JobState::Failed,
            };
            move_to(state, &instance.tenant_id, owner, to)
        }
        JobEvent::RetriesUpdated { retries } => {
            job_mut(state, owner)?.retries = *retries;
            Some(())
        }
        JobEvent::Migrated { headers } => {
            let definition =
                Arc::clone(&state.instances.get(owner.process_instance_key)?.definition);
            let element = state
                .instances
                .element_mut(owner.process_instance_key, owner.element_instance_key)?;
            let known = &definition.facts(element.index()).headers;
            element.job.as_mut()?.headers = (headers != known).then(|| Box::new(headers.clone()));
            Some(())
        }
        JobEvent::TimeoutUpdated { deadline } => {
            if !matches!(job_mut(state, owner)?.state, JobState::Activated { .. }) {
                return None;
            }
            let to = JobState::Activated { deadline: *deadline };
            move_to(state, &instance.tenant_id, owner, to)
        }
    }
}

pub(crate) fn apply_activated(state: &mut State, batch: &JobBatchActivated) -> Option<()> {
    for key in &batch.job_keys {
        let Some(owner) = state.jobs.owner(*key) else { continue };
        let Some(instance) = state.instances.get(owner.process_instance_key) else { continue };
        let tenant = instance.definition.tenant_id.clone();
        let to = JobState::Activated { deadline: batch.deadline };
        move_to(state, &tenant, owner, to);
    }
    Some(())
}

/// An incident was raised about a job: a job that fits no message is not handed out again
/// before someone has looked at it.
pub(crate) fn apply_incident_created(
    state: &mut State,
    key: JobKey,
    error_type: ErrorType,
) -> Option<()> {
    if error_type != ErrorType::MessageSizeExceeded {
        return None;
    }
    let owner = state.jobs.owner(key)?;
    let tenant = state.instances.get(owner.process_instance_key)?.definition.tenant_id.clone();
    move_to(state, &tenant, owner, JobState::Failed)
}

/// The incident of a job is resolved, so it can be worked on again.
pub(crate) fn apply_incident_resolved(state: &mut State, key: JobKey) -> Option<()> {
    let owner = state.jobs.owner(key)?;
    let tenant = state.instances.get(owner.process_instance_key)?.definition.tenant_id.clone();
    match job_mut(state, owner)?.state {
        JobState::Failed | JobState::ErrorThrown => {
            move_to(state, &tenant, owner, JobState::Activatable)
        }
        JobState::Activatable | JobState::Activated { .. } | JobState::BackedOff { .. } => None,
    }
}

fn listener_done(state: &mut State, owner: JobOwner) -> Option<&mut ElementDetails> {
    let element =
        state.instances.element_mut(owner.process_instance_key, owner.element_instance_key)?;
    Some(element.details_mut())
}

fn job_mut(state: &mut State, owner: JobOwner) -> Option<&mut Job> {
    state
        .instances
        .element_mut(owner.process_instance_key, owner.element_instance_key)?
        .job
        .as_deref_mut()
}

/// Changes a job's state and keeps the indexes in step.
fn move_to(state: &mut State, tenant: &TenantId, owner: JobOwner, to: JobState) -> Option<()> {
    let job = job_mut(state, owner)?;
    let (key, job_type) = (job.key, job.job_type.clone());
    let from = std::mem::replace(&mut job.state, to);
    leave(state, tenant, &job_type, key, from);
    match to {
        JobState::Activatable => state.jobs.add_activatable(&job_type, tenant, key),
        JobState::Activated { deadline } => state.jobs.deadlines.insert((deadline, key)),
        JobState::BackedOff { until } => state.jobs.backoffs.insert((until, key)),
        JobState::Failed | JobState::ErrorThrown => (),
    }
    Some(())
}

fn leave(state: &mut State, tenant: &TenantId, job_type: &JobType, key: JobKey, from: JobState) {
    if from == JobState::Activatable {
        state.jobs.remove_activatable(job_type, tenant, key);
    } else {
        unschedule(state, key, from);
    }
}

fn remove(state: &mut State, instance: &ProcessInstanceRef, owner: JobOwner) -> Option<()> {
    let element =
        state.instances.element_mut(owner.process_instance_key, owner.element_instance_key)?;
    let job = element.job.take()?;
    leave(state, &instance.tenant_id, &job.job_type, job.key, job.state);
    state.jobs.remove(job.key);
    Some(())
}
