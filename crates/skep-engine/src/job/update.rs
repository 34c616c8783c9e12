//! `JOB:UPDATE_RETRIES` and `JOB:UPDATE_TIMEOUT`

use skep_record::{
    Event, JobEvent, Rejection, RejectionKind, Response, UpdateJobRetries, UpdateJobTimeout,
};

use crate::{Ctx, state::instance::JobState};

/// Handles `JOB:UPDATE_RETRIES`. It does not wake a job whose retries are used up: resolving
/// the incident does.
///
/// # Errors
/// - `InvalidArgument`: fewer than one.
/// - `NotFound`: no such job.
///
/// Source: camunda/zeebe: engine/processing/job/JobUpdateRetriesProcessor.java
pub(crate) fn update_retries(
    ctx: &mut Ctx<'_>,
    update: &UpdateJobRetries,
) -> Result<(), Rejection> {
    let (key, retries) = (update.job_key, update.retries);
    if retries < 1 {
        return Err(Rejection::new(
            RejectionKind::InvalidArgument,
            format!(
                "Expected to update retries for job with key '{key}' with a positive amount of retries, but the amount given was '{retries}'"
            ),
        ));
    }
    let found = super::find(ctx, key, "update retries for")?;
    ctx.emit(key.0, Event::Job(found.value(), JobEvent::RetriesUpdated { retries }));
    ctx.reply(Response::Done);
    Ok(())
}

/// Handles `JOB:UPDATE_TIMEOUT`.
///
/// # Errors
/// - `NotFound`: no such job.
/// - `InvalidState`: the job is not locked.
///
/// Source: camunda/zeebe: engine/processing/job/JobUpdateTimeoutProcessor.java
pub(crate) fn update_timeout(
    ctx: &mut Ctx<'_>,
    update: &UpdateJobTimeout,
) -> Result<(), Rejection> {
    let key = update.job_key;
    let found = super::find(ctx, key, "update the timeout of")?;
    match found.job.state {
        JobState::Activated { .. } => (),
        JobState::Activatable
        | JobState::Failed
        | JobState::BackedOff { .. }
        | JobState::ErrorThrown => {
            return Err(Rejection::new(
                RejectionKind::InvalidState,
                format!(
                    "Expected to update the timeout of job with key '{key}', but it is not active: it is in state '{}'",
                    found.job.state.as_str()
                ),
            ));
        }
    }
    let deadline = ctx.now().plus_ms(update.timeout_ms);
    ctx.emit(key.0, Event::Job(found.value(), JobEvent::TimeoutUpdated { deadline }));
    ctx.reply(Response::Done);
    Ok(())
}
