//! `JOB:COMPLETE`

use skep_record::{CompleteJob, ElementCommand, Event, JobEvent, JobKind, Rejection, Response};

use crate::{Ctx, element, user_task};

/// Handles `JOB:COMPLETE`: the job ends, and its element instance takes the variables and goes
/// on.
///
/// # Errors
/// - `NotFound`: no such job.
/// - `InvalidState`: the job waits for its back-off or for an incident, or its ad-hoc subprocess
///   is not active any more.
/// - `InvalidArgument`: its ad-hoc subprocess or its user task cannot have this result.
///
/// Source: camunda/zeebe: engine/processing/job/JobCompleteProcessor.java
pub(crate) fn complete(ctx: &mut Ctx<'_>, complete: &CompleteJob) -> Result<(), Rejection> {
    let found = super::find_active(ctx, complete.job_key, "complete")?;
    let (at, kind, result) = (&found.at, found.job.kind, complete.result.as_deref());
    match kind {
        JobKind::BpmnElement | JobKind::ExecutionListener(_) => (),
        JobKind::AdHocSubProcess => {
            element::check_ad_hoc_result(ctx, at, complete.job_key, result)?;
        }
        JobKind::TaskListener(event) => user_task::check_result(ctx, at, event, complete)?,
    }
    ctx.emit(found.job.key.0, Event::Job(found.value(), JobEvent::Completed));
    ctx.reply(Response::Done);
    let goes_on = ctx.flow_scope(at).is_some_and(|scope| scope.is_active());
    let step = match kind {
        JobKind::ExecutionListener(_) => Some(ElementCommand::CompleteExecutionListener),
        JobKind::BpmnElement => goes_on.then_some(ElementCommand::Complete),
        JobKind::AdHocSubProcess => {
            element::take_ad_hoc_result(ctx, at, result, &complete.variables);
            None
        }
        JobKind::TaskListener(_) => {
            user_task::take_result(ctx, at, complete);
            None
        }
    };
    if let Some(step) = step {
        element::trigger(ctx, at, at.key, at.index, complete.variables.clone());
        ctx.follow_up_element(at, step);
    }
    Ok(())
}
