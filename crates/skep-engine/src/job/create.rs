//! Creating jobs.

use skep_model::JobDefinition;
use skep_record::{Document, Event, JobEvent, JobKind, JobType};

use crate::{
    Ctx,
    ctx::At,
    expression::{self, Scope},
    failure::Failure,
    job::linked_resource,
};

/// A job that is about to be created.
pub(crate) struct NewJob {
    pub(crate) job_type: JobType,
    pub(crate) retries: i32,
    pub(crate) headers: Document,
    pub(crate) kind: JobKind,
}

/// Evaluates type and retries in the element's scope.
pub(crate) fn evaluate(
    ctx: &mut Ctx<'_>,
    at: &At,
    definition: &JobDefinition,
) -> Result<NewJob, Failure> {
    let facts = at.definition.facts(at.index);
    let headers = if definition.linked_resources.is_empty() {
        facts.headers.clone()
    } else {
        linked_resource::headers(ctx.state(), &at.definition, definition)?
    };
    let kind = JobKind::BpmnElement;
    if let Some((job_type, retries)) = &facts.static_job {
        return Ok(NewJob { job_type: job_type.clone(), retries: *retries, headers, kind });
    }
    let scope = Scope { process_instance_key: at.process_instance_key, key: at.key };
    let job_type = expression::string(ctx, scope, &definition.job_type)?;
    let retries = expression::integer(ctx, scope, &definition.retries)?;
    Ok(NewJob { job_type: job_type.into(), retries, headers, kind })
}

/// Creates the job of an element instance.
pub(crate) fn create(ctx: &mut Ctx<'_>, at: &At, job: NewJob) {
    let key = ctx.new_key();
    super::announce(ctx, at, &job.job_type);
    let NewJob { job_type, retries, headers, kind } = job;
    let created = JobEvent::Created { job_type, retries, headers, kind };
    ctx.emit(key, Event::Job(super::value(at), created));
}
