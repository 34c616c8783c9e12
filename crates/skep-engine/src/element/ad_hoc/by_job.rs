//! Ad-hoc subprocesses by job worker: a job asks what to activate, as the subprocess starts and
//! whenever a path in it has ended.
//!
//! Source: camunda/camunda-docs: docs/components/modeler/bpmn/ad-hoc-subprocesses

use skep_model::{AdHocSubProcess, ElementKind, JobDefinition};
use skep_record::{
    ActivateAdHocElements, AdHocResult, Command, CompleteAdHocSubProcess, Document, ElementCommand,
    JobKey, JobKind, JobResult, ProcessInstanceIntent, Rejection, RejectionKind,
};

use super::{definition, find, finish_instruction, open};
use crate::{
    Ctx,
    ctx::At,
    element::{catch, scope},
    failure::Failure,
    incident,
    job::{self, NewJob},
    variable,
};

/// The job worker of the ad-hoc subprocess that `at` is directly in, if that has one: an
/// activated element with all that follows it, or an event subprocess.
fn around(at: &At) -> Option<&AdHocSubProcess> {
    let scope = at.definition.process.element(at.element().scope?);
    if let ElementKind::AdHocSubProcess(ad_hoc) = &scope.kind
        && ad_hoc.job.is_some()
    {
        Some(ad_hoc)
    } else {
        None
    }
}

/// Whether a worker is asked anew once `at` has ended.
pub(in crate::element) fn is_asked_after(at: &At) -> bool {
    around(at).is_some()
}

/// Waits for what the worker says.
pub(super) fn activate(
    ctx: &mut Ctx<'_>,
    at: &At,
    definition: &JobDefinition,
) -> Result<(), Failure> {
    let job = evaluate(ctx, at, definition)?;
    catch::subscribe(ctx, at)?;
    catch::subscribe_event_subprocesses(ctx, at)?;
    job::create(ctx, at, job);
    ctx.emit_element(at, ProcessInstanceIntent::ElementActivated);
    Ok(())
}

fn evaluate(ctx: &mut Ctx<'_>, at: &At, definition: &JobDefinition) -> Result<NewJob, Failure> {
    let job = job::evaluate(ctx, at, definition)?;
    Ok(NewJob { kind: JobKind::AdHocSubProcess, ..job })
}

/// The path that `at` was the last of has ended: what a worker was about to say is out of date,
/// so it is asked anew.
pub(in crate::element) fn ask_again(ctx: &mut Ctx<'_>, at: &At) {
    let Some(subprocess) = ctx.at(at.process_instance_key, at.flow_scope_key) else { return };
    if is_open(ctx, &subprocess) {
        job::cancel(ctx, &subprocess);
        ask(ctx, &subprocess);
    } else {
        scope::path_ended(ctx, at);
    }
}

/// Asks the worker if the subprocess, whose incident is resolved, has no job because of it.
pub(crate) fn ask_if_silent(ctx: &mut Ctx<'_>, at: &At) {
    if is_open(ctx, at) && ctx.element(at).is_some_and(|element| element.job.is_none()) {
        ask(ctx, at);
    }
}

fn is_open(ctx: &Ctx<'_>, at: &At) -> bool {
    ctx.element(at).is_some_and(|at| at.is_active() && !at.is_interrupted() && !at.is_done())
}

fn ask(ctx: &mut Ctx<'_>, at: &At) {
    let Some(definition) = definition(at).and_then(|ad_hoc| ad_hoc.job.as_ref()) else { return };
    match evaluate(ctx, at, definition) {
        Ok(job) => job::create(ctx, at, job),
        Err(failure) => incident::raise(ctx, at, failure, None),
    }
}

/// Whether a worker may answer this.
///
/// # Errors
/// - `InvalidState`: the subprocess is not active any more.
/// - `InvalidArgument`: the result is that of a user task, or it activates elements of a
///   subprocess that it says is done.
/// - `NotFound`: an element that the subprocess does not offer.
pub(crate) fn check_result(
    ctx: &Ctx<'_>,
    at: &At,
    key: JobKey,
    result: Option<&JobResult>,
) -> Result<(), Rejection> {
    let refused = |kind, reason: String| {
        let what = format!("Expected to complete ad-hoc sub-process job with key '{key}', but");
        Err(Rejection::new(kind, format!("{what} {reason}")))
    };
    if !ctx.element(at).is_some_and(|element| element.is_active()) {
        return refused(RejectionKind::InvalidState, "the subprocess is not active".to_owned());
    }
    let result = match result {
        None => return Ok(()),
        Some(JobResult::AdHocSubProcess(result)) => result,
        Some(JobResult::UserTask(_)) => {
            let reason =
                "its result is one of a user task. Set the result's type to 'adHocSubProcess'";
            return refused(RejectionKind::InvalidArgument, reason.to_owned());
        }
    };
    if result.is_completion_condition_fulfilled && !result.activate.is_empty() {
        let reason = "its result activates elements and also fulfils the completion condition. Do one or the other";
        return refused(RejectionKind::InvalidArgument, reason.to_owned());
    }
    let Some(ad_hoc) = definition(at) else { return Ok(()) };
    let unknown = result.activate.iter().find(|one| find(at, ad_hoc, &one.element_id).is_none());
    match unknown {
        None => Ok(()),
        Some(unknown) => refused(
            RejectionKind::NotFound,
            format!(
                "the subprocess '{}' has no element '{}' that can be activated",
                at.element().id,
                unknown.element_id
            ),
        ),
    }
}

/// The worker has answered: variables travel outwards from the subprocess, elements are
/// activated, or it is done.
pub(crate) fn take_result(
    ctx: &mut Ctx<'_>,
    at: &At,
    result: Option<&JobResult>,
    variables: &Document,
) {
    if let Some(JobResult::AdHocSubProcess(result)) = result {
        instruct(ctx, at, result);
    }
    variable::propagate(ctx, at, at.key, variables);
}

fn instruct(ctx: &mut Ctx<'_>, at: &At, result: &AdHocResult) {
    let (key, cancel_remaining) = (at.key, result.cancel_remaining);
    if !result.activate.is_empty() {
        let elements = result.activate.clone();
        let activate =
            ActivateAdHocElements { element_instance_key: key, elements, cancel_remaining };
        ctx.follow_up(key.0, Command::ActivateAdHocElements(activate));
    }
    if result.is_completion_condition_fulfilled {
        let complete = CompleteAdHocSubProcess { element_instance_key: key, cancel_remaining };
        ctx.follow_up(key.0, Command::CompleteAdHocSubProcess(complete));
    }
}

/// Handles `AD_HOC_SUB_PROCESS_INSTRUCTION:COMPLETE`: the subprocess completes once nothing is
/// active in it.
///
/// # Errors
/// - `NotFound`: no such ad-hoc subprocess.
/// - `InvalidState`: it is not active.
pub(crate) fn complete_ad_hoc(
    ctx: &mut Ctx<'_>,
    complete: &CompleteAdHocSubProcess,
) -> Result<(), Rejection> {
    let at = open(ctx, complete.element_instance_key, "complete")?;
    if finish_instruction(ctx, &at, complete.cancel_remaining) == 0 {
        ctx.follow_up_element(&at, ElementCommand::Complete);
    }
    Ok(())
}
