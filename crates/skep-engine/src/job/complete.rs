//! `JOB:COMPLETE`

use skep_record::{CompleteJob, ElementCommand, Event, JobEvent, JobKind, Rejection, Response};

use crate::{Ctx, element};

/// Handles `JOB:COMPLETE`: the job ends, and its element instance takes the variables and goes
/// on.
///
/// # Errors
/// - `NotFound`: no such job.
/// - `InvalidState`: the job waits for its back-off or for an incident.
///
/// Source: camunda/zeebe: engine/processing/job/JobCompleteProcessor.java
pub(crate) fn complete(ctx: &mut Ctx<'_>, complete: &CompleteJob) -> Result<(), Rejection> {
    let found = super::find_active(ctx, complete.job_key, "complete")?;
    ctx.emit(found.job.key.0, Event::Job(found.value(), JobEvent::Completed));
    let at = &found.at;
    let goes_on = ctx.flow_scope(at).is_some_and(|scope| scope.is_active());
    let step = match found.job.kind {
        JobKind::ExecutionListener(_) => Some(ElementCommand::CompleteExecutionListener),
        JobKind::BpmnElement | JobKind::AdHocSubProcess => {
            goes_on.then_some(ElementCommand::Complete)
        }
    };
    if let Some(step) = step {
        element::trigger(ctx, at, at.key, at.index, complete.variables.clone());
        ctx.follow_up_element(at, step);
    }
    ctx.reply(Response::Done);
    Ok(())
}
