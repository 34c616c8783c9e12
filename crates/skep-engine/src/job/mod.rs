//! Jobs: created by elements, locked by workers, and ended by one or the other.

mod activate;
mod apply;
mod complete;
mod create;
mod fail;
mod linked_resource;
mod schedule;
mod throw_error;
mod update;

use skep_record::{Event, JobEvent, JobKey, JobType, JobValue, Rejection, RejectionKind};

pub(crate) use self::{
    activate::activate,
    apply::{apply, apply_activated, apply_incident_created, apply_incident_resolved},
    complete::complete,
    create::{NewJob, create, evaluate},
    fail::fail,
    schedule::{recur, time_out, yield_back},
    throw_error::throw_error,
    update::{update_retries, update_timeout},
};
use crate::{
    Ctx,
    ctx::At,
    state::instance::{Job, JobState},
};

/// Longest error message that is kept, in characters.
///
/// Source: camunda/zeebe: engine/EngineConfiguration.java
pub(crate) const ERROR_MESSAGE_CHARS_MAX: usize = 10_000;

/// The message, cut to [`ERROR_MESSAGE_CHARS_MAX`].
pub(crate) fn cut(message: &str) -> String {
    match message.char_indices().nth(ERROR_MESSAGE_CHARS_MAX) {
        Some((end, _)) => message[..end].to_owned(),
        None => message.to_owned(),
    }
}

/// A job, and the element instance that has it.
struct Found {
    at: At,
    job: Job,
}

impl Found {
    fn value(&self) -> JobValue {
        value(&self.at)
    }
}

fn value(at: &At) -> JobValue {
    JobValue { instance: at.instance, element: at.slot, element_instance_key: at.key }
}

/// The job with this key, of a tenant that the command may act for; `action` says in the
/// rejection what was to be done with it.
fn find(ctx: &mut Ctx<'_>, key: JobKey, action: &str) -> Result<Found, Rejection> {
    let not_found = || {
        Rejection::new(
            RejectionKind::NotFound,
            format!("Expected to {action} job with key '{key}', but no such job was found"),
        )
    };
    let owner = ctx.state().jobs.owner(key).ok_or_else(not_found)?;
    if ctx.state().is_banned(owner.process_instance_key) {
        return Err(not_found());
    }
    let at =
        ctx.at(owner.process_instance_key, owner.element_instance_key).ok_or_else(not_found)?;
    if !ctx.may_see(at.tenant_id()) {
        return Err(not_found());
    }
    let job = ctx.element(&at).and_then(|element| element.job.as_deref()).ok_or_else(not_found)?;
    Ok(Found { job: job.clone(), at })
}

/// The same, refused unless the job can be worked on, by whoever knows its key.
fn find_active(ctx: &mut Ctx<'_>, key: JobKey, action: &str) -> Result<Found, Rejection> {
    let found = find(ctx, key, action)?;
    match found.job.state {
        JobState::Activatable | JobState::Activated { .. } => Ok(found),
        JobState::Failed | JobState::BackedOff { .. } | JobState::ErrorThrown => {
            Err(Rejection::new(
                RejectionKind::InvalidState,
                format!(
                    "Expected to {action} job with key '{key}', but it is in state '{}'",
                    found.job.state.as_str()
                ),
            ))
        }
    }
}

/// Cancels the job of an element instance that is being terminated.
pub(crate) fn cancel(ctx: &mut Ctx<'_>, at: &At) {
    let Some(key) = ctx.element(at).and_then(|element| Some(element.job.as_ref()?.key)) else {
        return;
    };
    ctx.emit(key.0, Event::Job(value(at), JobEvent::Canceled));
    crate::incident::resolve_all(ctx, at, Some(key));
}

/// Tells the broker that a job became activatable.
pub(crate) fn announce(ctx: &mut Ctx<'_>, at: &At, job_type: &JobType) {
    ctx.announce_jobs(job_type, at.tenant_id());
}
