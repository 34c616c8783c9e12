//! `INCIDENT:RESOLVE`

use skep_record::{ElementCommand, Rejection, RejectionKind, ResolveIncident, Response};

use crate::{Ctx, element, job, state::instance::ElementState, user_task};

/// Handles `INCIDENT:RESOLVE`: the failed step is repeated; it may fail again.
///
/// # Errors
/// - `NotFound`: no such incident, or it is another tenant's.
/// - `InvalidState`: the job that raised it has no retries.
///
/// Source: camunda/zeebe: engine/processing/incident/IncidentResolveProcessor.java
pub(crate) fn resolve(ctx: &mut Ctx<'_>, resolve: &ResolveIncident) -> Result<(), Rejection> {
    let key = resolve.incident_key;
    let not_found = || {
        Rejection::new(
            RejectionKind::NotFound,
            format!(
                "Expected to resolve incident with key '{key}', but no such incident was found"
            ),
        )
    };
    let incident = ctx.state().incidents.get(&key).cloned().ok_or_else(not_found)?;
    let at = ctx
        .at(incident.process_instance_key, incident.element_instance_key)
        .filter(|at| ctx.may_see(at.tenant_id()))
        .ok_or_else(not_found)?;
    let job = incident.job_key.and_then(|job_key| {
        let job = ctx.element(&at)?.job.as_ref()?;
        (job.key == job_key).then(|| (job.retries, job.job_type.clone()))
    });
    if let Some((retries, _)) = job
        && retries <= 0
    {
        return Err(Rejection::new(
            RejectionKind::InvalidState,
            format!(
                "Expected to resolve incident with key '{key}', but job with key '{}' has no retries left. Update the job's retries to a positive number first",
                incident.job_key.map_or(-1, |key| key.0)
            ),
        ));
    }

    super::emit_resolved(ctx, &at, key, incident.job_key);
    ctx.reply(Response::Done);
    if let Some((_, job_type)) = job {
        job::announce(ctx, &at, &job_type);
        return Ok(());
    }
    if user_task::retry_step(ctx, &at) {
        return Ok(());
    }
    let step = match ctx.element(&at).map(|element| element.state) {
        Some(ElementState::Activating) => ElementCommand::Activate,
        Some(ElementState::Completing) => ElementCommand::Complete,
        // It stays activated while its error is not caught, or while it asks no worker.
        Some(ElementState::Activated) => {
            element::ask_ad_hoc_worker(ctx, &at);
            return Ok(());
        }
        Some(ElementState::New | ElementState::Terminating) | None => return Ok(()),
    };
    // The step is repeated without a command of its own, unless there is a refusal to record.
    if element::process(ctx, at.key.0, step, &at.value()).is_err() {
        ctx.follow_up_element(&at, step);
    }
    Ok(())
}
