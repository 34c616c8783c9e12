//! What happens to jobs when time passes or a delivery fails.

use skep_record::{Event, JobEvent, JobKey, Rejection, RejectionKind, Response};

use crate::{Ctx, state::instance::JobState};

/// Handles `JOB:TIME_OUT`: the lock is over, the job activatable again; retries stay.
///
/// # Errors
/// - `NotFound`: no such job.
/// - `InvalidState`: the job is not locked, or its deadline was moved.
///
/// Source: camunda/zeebe: engine/processing/job/JobTimeOutProcessor.java
pub(crate) fn time_out(ctx: &mut Ctx<'_>, key: JobKey) -> Result<(), Rejection> {
    let found = super::find(ctx, key, "time out")?;
    let is_due = matches!(
        found.job.state,
        JobState::Activated { deadline } if deadline <= ctx.now()
    );
    if !is_due {
        return Err(not_waiting("time out", key, found.job.state));
    }
    ctx.emit(key.0, Event::Job(found.value(), JobEvent::TimedOut));
    super::announce(ctx, &found.at, &found.job.job_type);
    Ok(())
}

/// Handles `JOB:RECUR_AFTER_BACKOFF`: the pause after a failure is over.
///
/// # Errors
/// - `NotFound`: no such job.
/// - `InvalidState`: the job is not pausing.
///
/// Source: camunda/zeebe: engine/processing/job/JobRecurProcessor.java
pub(crate) fn recur(ctx: &mut Ctx<'_>, key: JobKey) -> Result<(), Rejection> {
    let found = super::find(ctx, key, "back off")?;
    let is_due = matches!(found.job.state, JobState::BackedOff { until } if until <= ctx.now());
    if !is_due {
        return Err(not_waiting("back off", key, found.job.state));
    }
    ctx.emit(key.0, Event::Job(found.value(), JobEvent::RecurredAfterBackoff));
    super::announce(ctx, &found.at, &found.job.job_type);
    Ok(())
}

/// Handles `JOB:YIELD`: a locked job could not be delivered, so another worker may have it.
///
/// # Errors
/// - `NotFound`: no such job.
/// - `InvalidState`: the job is not locked.
///
/// Source: camunda/zeebe: engine/processing/job/JobYieldProcessor.java
pub(crate) fn yield_back(ctx: &mut Ctx<'_>, key: JobKey) -> Result<(), Rejection> {
    let found = super::find(ctx, key, "yield")?;
    if !matches!(found.job.state, JobState::Activated { .. }) {
        return Err(not_waiting("yield", key, found.job.state));
    }
    ctx.emit(key.0, Event::Job(found.value(), JobEvent::Yielded));
    super::announce(ctx, &found.at, &found.job.job_type);
    ctx.reply(Response::Done);
    Ok(())
}

fn not_waiting(action: &str, key: JobKey, state: JobState) -> Rejection {
    Rejection::new(
        RejectionKind::InvalidState,
        format!(
            "Expected to {action} job with key '{key}', but it is in state '{}' or not due",
            state.as_str()
        ),
    )
}
