//! `JOB:FAIL`

use skep_record::{ErrorType, Event, FailJob, JobEvent, JobKind, Rejection, Response};

use crate::{Ctx, failure::Failure, incident, variable};

/// Handles `JOB:FAIL`: the job is activatable again, now or after its back-off; without retries
/// it waits for an incident to be resolved.
///
/// # Errors
/// - `NotFound`: no such job.
/// - `InvalidState`: the job waits for its back-off or for an incident.
///
/// Source: camunda/zeebe: engine/processing/job/JobFailProcessor.java
pub(crate) fn fail(ctx: &mut Ctx<'_>, fail: &FailJob) -> Result<(), Rejection> {
    let found = super::find_active(ctx, fail.job_key, "fail")?;
    let at = &found.at;
    let retries_left = fail.retries > 0;
    let retry_at = (retries_left && fail.retry_back_off_ms > 0)
        .then(|| ctx.now().plus_ms(fail.retry_back_off_ms));
    let error_message = super::cut(&fail.error_message);
    ctx.emit(
        found.job.key.0,
        Event::Job(
            found.value(),
            JobEvent::Failed {
                retries: fail.retries,
                retry_at,
                error_message: error_message.clone(),
            },
        ),
    );
    variable::set_local(ctx, at, at.key, fail.variables.variables());
    if !retries_left {
        let message = if error_message.is_empty() {
            "No more retries left.".to_owned()
        } else {
            error_message
        };
        let error_type = match found.job.kind {
            JobKind::BpmnElement => ErrorType::JobNoRetries,
            JobKind::ExecutionListener(_) => ErrorType::ExecutionListenerNoRetries,
            JobKind::AdHocSubProcess => ErrorType::AdHocSubProcessNoRetries,
            JobKind::TaskListener(_) => ErrorType::TaskListenerNoRetries,
        };
        let failure = Failure::new(error_type, message);
        incident::raise(ctx, at, failure, Some(found.job.key));
    } else if retry_at.is_none() {
        super::announce(ctx, at, &found.job.job_type);
    }
    ctx.reply(Response::Done);
    Ok(())
}
