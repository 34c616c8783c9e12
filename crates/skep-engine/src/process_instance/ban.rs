//! Banned instances: the engine failed on them, so they are left as they are.

use skep_record::JobKey;

use crate::state::{
    State,
    instance::{JobState, ProcessInstance},
};

/// Takes the instance's jobs and timers out of all indexes, so that nothing wakes it.
pub(crate) fn forget_schedule(state: &mut State, instance: &ProcessInstance) {
    let tenant = &instance.definition.tenant_id;
    for element in &instance.elements {
        if let Some(job) = &element.job {
            state.jobs.remove_activatable(&job.job_type, tenant, job.key);
            unschedule(state, job.key, job.state);
        }
        for timer in element.events.iter().flat_map(|events| &events.timers) {
            state.timers.due.remove(&(timer.due_at, timer.key));
        }
    }
}

/// Takes a job out of the indexes of times.
pub(crate) fn unschedule(state: &mut State, key: JobKey, job_state: JobState) {
    match job_state {
        JobState::Activated { deadline } => state.jobs.deadlines.remove(&(deadline, key)),
        JobState::BackedOff { until } => state.jobs.backoffs.remove(&(until, key)),
        JobState::Activatable | JobState::Failed | JobState::ErrorThrown => (),
    }
}
