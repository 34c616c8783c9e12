//! Incidents: what only a person can put right, and how to go on after that.

mod resolve;

use skep_record::{ElementInstanceKey, Event, IncidentEvent, IncidentKey, IncidentValue, JobKey};
use thin_vec::ThinVec;

pub(crate) use self::resolve::resolve;
use crate::{
    Ctx,
    apply::Facts,
    ctx::At,
    failure::Failure,
    state::{Incident, State},
};

/// Raises an incident on an element instance.
pub(crate) fn raise(ctx: &mut Ctx<'_>, at: &At, failure: Failure, job_key: Option<JobKey>) {
    let key = ctx.new_key();
    ctx.emit(
        key,
        Event::Incident(IncidentEvent::Created(Box::new(IncidentValue {
            instance: at.instance,
            element: at.slot,
            element_instance_key: at.key,
            variable_scope_key: failure.variable_scope_key.unwrap_or(at.key),
            job_key,
            error_type: failure.error_type,
            message: failure.message,
        }))),
    );
}

/// Resolves whatever incidents an element instance has, because it ends.
pub(crate) fn resolve_all(ctx: &mut Ctx<'_>, at: &At, of_job: Option<JobKey>) {
    let open = open(ctx, at);
    resolve_these(ctx, at, &open, of_job);
}

/// The incidents of an element instance that nobody has resolved.
pub(crate) fn open(ctx: &Ctx<'_>, at: &At) -> ThinVec<IncidentKey> {
    let events = ctx.events(at);
    events.map(|events| events.incidents.clone()).unwrap_or_default()
}

/// Resolves these incidents of an element instance, which may be gone; with `of_job` only those
/// that this job raised.
pub(crate) fn resolve_these(
    ctx: &mut Ctx<'_>,
    at: &At,
    incidents: &[IncidentKey],
    of_job: Option<JobKey>,
) {
    for key in incidents {
        let Some(incident) = ctx.state().incidents.get(key) else { continue };
        let job_key = incident.job_key;
        if of_job.is_none() || job_key == of_job {
            emit_resolved(ctx, at, *key, job_key);
        }
    }
}

fn emit_resolved(ctx: &mut Ctx<'_>, at: &At, key: IncidentKey, job_key: Option<JobKey>) {
    let event =
        IncidentEvent::Resolved { instance: at.instance, element_instance_key: at.key, job_key };
    ctx.emit(key.0, Event::Incident(event));
}

pub(crate) fn apply(
    state: &mut State,
    facts: &Facts<'_>,
    key: i64,
    event: &IncidentEvent,
) -> Option<()> {
    let key = IncidentKey(key);
    match event {
        IncidentEvent::Created(incident) => {
            let process_instance_key = facts.instance(incident.instance)?.process_instance_key;
            let element_instance_key = incident.element_instance_key;
            state.incidents.insert(
                key,
                Incident {
                    process_instance_key,
                    element_instance_key,
                    job_key: incident.job_key,
                    error_type: incident.error_type,
                },
            );
            if let Some(job_key) = incident.job_key {
                crate::job::apply_incident_created(state, job_key, incident.error_type);
            }
            with_incidents(state, process_instance_key, element_instance_key, |incidents| {
                incidents.push(key);
            })
        }
        // It is kept by its element instance.
        IncidentEvent::Migrated { .. } => Some(()),
        IncidentEvent::Resolved { instance, element_instance_key, job_key } => {
            let process_instance_key = facts.instance(*instance)?.process_instance_key;
            state.incidents.remove(&key);
            if let Some(job_key) = job_key {
                crate::job::apply_incident_resolved(state, *job_key);
            } else {
                restart_listeners(state, process_instance_key, *element_instance_key);
            }
            with_incidents(state, process_instance_key, *element_instance_key, |incidents| {
                incidents.retain(|known| *known != key);
            })
        }
    }
}

/// The step that failed is repeated, and with it all of its listeners.
fn restart_listeners(
    state: &mut State,
    instance: skep_record::ProcessInstanceKey,
    element: ElementInstanceKey,
) {
    let known = state.instances.element(instance, element);
    let has_listeners = known.is_some_and(|element| {
        let task = element.details.as_ref().and_then(|details| details.user_task.as_ref());
        element.n_listeners_done() > 0 || task.is_some_and(|task| task.step.is_some())
    });
    if has_listeners && let Some(element) = state.instances.element_mut(instance, element) {
        let details = element.details_mut();
        details.n_listeners_done = 0;
        if let Some(step) = details.user_task.as_mut().and_then(|task| task.step.as_mut()) {
            step.n_done = 0;
        }
    }
}

fn with_incidents(
    state: &mut State,
    instance: skep_record::ProcessInstanceKey,
    element: ElementInstanceKey,
    change: impl FnOnce(&mut ThinVec<IncidentKey>),
) -> Option<()> {
    change(&mut state.instances.element_mut(instance, element)?.events_mut().incidents);
    Some(())
}
