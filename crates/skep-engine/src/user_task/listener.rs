//! Task listeners: job workers that have their turn before a step of a user task is taken.
//!
//! Source: camunda/camunda-docs: docs/components/concepts/user-task-listeners.md

use std::sync::Arc;

use skep_model::{ElementKind, TaskListener, TaskListenerEvent as Listened};
use skep_record::{
    CompleteJob, CompleteTaskListener, DenyTaskListener, Document, JobKind, JobResult, Rejection,
    RejectionKind, TaskListenerEvent, UserTaskAttribute, UserTaskCorrections, UserTaskKey,
};

use super::{StepKind, changed, check, of};
use crate::{
    Ctx,
    ctx::At,
    expression::{self, Scope, text_to_msgpack},
    failure::Failure,
    incident,
    job::{self, NewJob},
    state::instance::{UserTask, UserTaskStep},
};

/// What begins the names of the headers that say what is known about the task.
const PREFIX: &str = "io.camunda.zeebe:";

fn listens(listener: &TaskListener, event: TaskListenerEvent) -> bool {
    let listened = match listener.event {
        Listened::Creating => TaskListenerEvent::Creating,
        Listened::Assigning => TaskListenerEvent::Assigning,
        Listened::Updating => TaskListenerEvent::Updating,
        Listened::Completing => TaskListenerEvent::Completing,
        Listened::Canceling => TaskListenerEvent::Canceling,
    };
    listened == event
}

fn nth(at: &At, event: TaskListenerEvent, n: usize) -> Option<&TaskListener> {
    let ElementKind::UserTask(task) = &at.element().kind else { return None };
    task.listeners.iter().filter(|listener| listens(listener, event)).nth(n)
}

/// Whether steps of this kind have listeners.
pub(super) fn are_there(at: &At, kind: StepKind) -> bool {
    nth(at, kind.event(), 0).is_some()
}

/// Gives the next listener of the step that the task is in its turn; false when all have had it.
///
/// What its type or its attempts cannot be found out from is an incident; all listeners of the
/// step have their turn again once that is resolved.
pub(super) fn run_next(ctx: &mut Ctx<'_>, at: &At) -> bool {
    let Some(UserTask { key, properties, step: Some(step) }) = of(ctx, at).cloned() else {
        return false;
    };
    let event = step.kind.event();
    let Some(listener) = nth(at, event, step.n_done as usize) else { return false };
    let attributes = match step.kind {
        // Whoever creates or cancels a task changes nothing.
        StepKind::Creating | StepKind::Canceling => Vec::new(),
        StepKind::Assigning | StepKind::Claiming | StepKind::Updating | StepKind::Completing => {
            changed(&properties, &step.task, &step.held)
        }
    };
    match evaluate(ctx, at, listener) {
        Ok((job_type, retries)) => {
            let headers = headers(key, &step, &attributes);
            let kind = JobKind::TaskListener(event);
            job::create(ctx, at, NewJob { job_type: job_type.into(), retries, headers, kind });
        }
        Err(failure) => incident::raise(ctx, at, failure, None),
    }
    true
}

fn evaluate(
    ctx: &mut Ctx<'_>,
    at: &At,
    listener: &TaskListener,
) -> Result<(Arc<str>, i32), Failure> {
    let scope = Scope { process_instance_key: at.process_instance_key, key: at.key };
    let job_type = expression::string(ctx, scope, &listener.job_type)?;
    Ok((job_type, expression::integer(ctx, scope, &listener.retries)?))
}

/// The task headers of the model, and what is known about the task; what is empty is left out.
fn headers(key: UserTaskKey, step: &UserTaskStep, attributes: &[UserTaskAttribute]) -> Document {
    let task = &step.task;
    let changed: Vec<&str> = attributes.iter().map(|attribute| attribute.as_str()).collect();
    let known = [
        ("action", step.action.clone()),
        ("assignee", task.assignee.clone()),
        ("candidateGroups", list(&task.candidate_groups)),
        ("candidateUsers", list(&task.candidate_users)),
        ("changedAttributes", list(&changed)),
        ("dueDate", task.due_date.clone()),
        ("followUpDate", task.follow_up_date.clone()),
        ("formKey", task.form_key.map(|key| key.to_string()).unwrap_or_default()),
        ("priority", task.priority.to_string()),
        ("userTaskKey", key.to_string()),
    ];
    let known = known.into_iter().filter(|(_, value)| !value.is_empty());
    let known: Vec<(String, Vec<u8>)> =
        known.map(|(name, value)| (format!("{PREFIX}{name}"), text_to_msgpack(&value))).collect();
    let known = known.iter().map(|(name, value)| (name.as_str(), value.as_slice()));
    let entries: Vec<(&str, &[u8])> = task.custom_headers.iter().chain(known).collect();
    Document::from_entries(entries.into_iter())
}

/// A list as JSON text; nothing for an empty one.
fn list<T: AsRef<str>>(items: &[T]) -> String {
    if items.is_empty() { String::new() } else { expression::list_text(items) }
}

/// Whether a listener may answer this.
///
/// # Errors
/// `InvalidArgument`: variables, the result of an ad-hoc subprocess, a denial of what cannot be
/// denied or together with corrections, or a correction that cannot be made.
///
/// Source: camunda/camunda: zeebe/engine/processing/job/JobCompleteProcessor.java
pub(crate) fn check_result(
    ctx: &Ctx<'_>,
    at: &At,
    event: TaskListenerEvent,
    complete: &CompleteJob,
) -> Result<(), Rejection> {
    let refused = |reason: String| {
        let what = "Expected to complete task listener job with key";
        let reason = format!("{what} '{}', but {reason}", complete.job_key);
        Err(Rejection::new(RejectionKind::InvalidArgument, reason))
    };
    if !complete.variables.is_empty() {
        return refused(
            "it brings variables, which a task listener cannot set. Complete it without".into(),
        );
    }
    let result = match complete.result.as_deref() {
        None => return Ok(()),
        Some(JobResult::UserTask(result)) => result,
        Some(JobResult::AdHocSubProcess(_)) => {
            return refused(
                "its result is one of an ad-hoc subprocess. Set the result's type to 'userTask'"
                    .into(),
            );
        }
    };
    let can_be_denied = match event {
        TaskListenerEvent::Assigning
        | TaskListenerEvent::Updating
        | TaskListenerEvent::Completing => true,
        TaskListenerEvent::Creating | TaskListenerEvent::Canceling => false,
    };
    if result.denied && !can_be_denied {
        return refused(format!(
            "its result denies {event}. Only ASSIGNING, COMPLETING and UPDATING can be denied"
        ));
    }
    if result.denied && result.corrections != UserTaskCorrections::default() {
        return refused(
            "its result denies the step and also corrects the task. Do one or the other".into(),
        );
    }
    let has_assignee = of(ctx, at).is_some_and(|task| !task.properties.assignee.is_empty());
    if event == TaskListenerEvent::Creating && result.corrections.assignee.is_some() && has_assignee
    {
        return refused(
            "its result corrects the assignee, whom the process has given already. Correct it in an assigning listener"
                .into(),
        );
    }
    check(&result.corrections.changes)
}

/// What a listener's answer asks for.
pub(crate) fn take_result(ctx: &mut Ctx<'_>, at: &At, complete: &CompleteJob) {
    let Some(user_task_key) = of(ctx, at).map(|task| task.key) else { return };
    let result = match complete.result.as_deref() {
        Some(JobResult::UserTask(result)) => result.clone(),
        Some(JobResult::AdHocSubProcess(_)) | None => Default::default(),
    };
    let command = if result.denied {
        // Whoever waits is told the reason: as long as the message of a failed job, at most.
        let deny = DenyTaskListener { user_task_key, reason: job::cut(&result.denied_reason) };
        skep_record::Command::DenyTaskListener(Box::new(deny))
    } else {
        let complete = CompleteTaskListener { user_task_key, corrections: result.corrections };
        skep_record::Command::CompleteTaskListener(Box::new(complete))
    };
    ctx.follow_up(user_task_key.0, command);
}
