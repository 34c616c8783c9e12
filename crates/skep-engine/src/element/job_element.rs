//! Elements that a job worker does: service, send, and job-based script and business rule
//! tasks, and message events that throw.

use skep_model::JobDefinition;
use skep_record::ProcessInstanceIntent;

use crate::{Ctx, ctx::At, element::catch, failure::Failure, job};

pub(super) fn activate(
    ctx: &mut Ctx<'_>,
    at: &At,
    definition: &JobDefinition,
) -> Result<(), Failure> {
    let job = job::evaluate(ctx, at, definition)?;
    // Subscribe before creating the job: a boundary event with a bad correlation key must leave
    // an incident and no job that a worker could pick up.
    catch::subscribe(ctx, at)?;
    job::create(ctx, at, job);
    ctx.emit_element(at, ProcessInstanceIntent::ElementActivated);
    Ok(())
}
