//! `JOB:THROW_ERROR`

use skep_record::{
    ErrorType, Event, JobEvent, JobKind, Rejection, RejectionKind, Response, ThrowError,
};

use crate::{
    Ctx,
    element::error::{self, Thrown},
    failure::Failure,
    incident,
};

/// Handles `JOB:THROW_ERROR`: the nearest error event that catches the code takes it, and the
/// job is gone; without one it waits for an incident.
///
/// # Errors
/// - `NotFound`: no such job.
/// - `InvalidState`: the job waits for its back-off or for an incident, its element instance is
///   not active any more, or the job is that of a listener.
///
/// Source: camunda/zeebe: engine/processing/job/JobThrowErrorProcessor.java
pub(crate) fn throw_error(ctx: &mut Ctx<'_>, throw: &ThrowError) -> Result<(), Rejection> {
    let found = super::find_active(ctx, throw.job_key, "throw an error for")?;
    let at = &found.at;
    if let JobKind::ExecutionListener(_) | JobKind::TaskListener(_) = found.job.kind {
        return Err(Rejection::new(
            RejectionKind::InvalidState,
            format!(
                "Cannot throw BPMN error from {} job with key '{}', type '{}' and processInstanceKey '{}'",
                found.job.kind.as_str(),
                throw.job_key,
                found.job.job_type,
                at.process_instance_key
            ),
        ));
    }
    if !ctx.element(at).is_some_and(|element| element.is_active()) {
        return Err(Rejection::new(
            RejectionKind::InvalidState,
            format!(
                "Expected to throw an error for job with key '{}', but the element instance is not active",
                throw.job_key
            ),
        ));
    }
    let catch = error::find_catch(ctx, at, at.key, Thrown::Error, &throw.error_code);
    let error_message = super::cut(&throw.error_message);
    ctx.emit(
        found.job.key.0,
        Event::Job(
            found.value(),
            JobEvent::ErrorThrown {
                error_code: throw.error_code.clone(),
                error_message: error_message.clone(),
                caught: catch.is_ok(),
            },
        ),
    );
    match catch {
        Ok(catch) => error::throw(ctx, &catch, throw.variables.clone()),
        Err(seen) => {
            let failure = Failure::new(
                ErrorType::UnhandledErrorEvent,
                error::not_caught(&throw.error_code, &error_message, &seen),
            );
            incident::raise(ctx, at, failure, Some(found.job.key));
        }
    }
    ctx.reply(Response::Done);
    Ok(())
}
