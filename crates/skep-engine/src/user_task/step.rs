//! The steps of user tasks: each begins, waits for its listeners if it has some, and is then
//! taken, or denied by one of them.
//!
//! Source: camunda/camunda-docs: docs/components/concepts/user-task-listeners.md

use skep_record::{
    CompleteTaskListener, DenyTaskListener, ElementCommand, Event, HeldStep, Rejection,
    RejectionKind, Response, TaskListenerEvent, UserTaskIntent, UserTaskKey, UserTaskProperties,
    UserTaskValue, VariableDocumentIntent, VariableDocumentUpdated, VariableKey,
};

use super::{StepKind, assign_created, changed, correct, find, listener, of, value};
use crate::{
    Ctx, Effect,
    ctx::At,
    element,
    state::instance::{UserTask, UserTaskStep},
    variable,
};

impl StepKind {
    /// The kind of step that begins with this; `None` when none does.
    pub(super) fn begun_by(intent: UserTaskIntent) -> Option<Self> {
        match intent {
            UserTaskIntent::Creating => Some(Self::Creating),
            UserTaskIntent::Assigning => Some(Self::Assigning),
            UserTaskIntent::Claiming => Some(Self::Claiming),
            UserTaskIntent::Updating => Some(Self::Updating),
            UserTaskIntent::Completing => Some(Self::Completing),
            UserTaskIntent::Canceling => Some(Self::Canceling),
            UserTaskIntent::Created
            | UserTaskIntent::Completed
            | UserTaskIntent::Canceled
            | UserTaskIntent::Assigned
            | UserTaskIntent::Updated
            | UserTaskIntent::Migrated
            | UserTaskIntent::CompletionDenied
            | UserTaskIntent::Corrected
            | UserTaskIntent::AssignmentDenied
            | UserTaskIntent::UpdateDenied => None,
        }
    }

    /// What it begins with, and the state of the task until it is taken.
    pub(super) fn begins(self) -> UserTaskIntent {
        match self {
            Self::Creating => UserTaskIntent::Creating,
            Self::Assigning => UserTaskIntent::Assigning,
            Self::Claiming => UserTaskIntent::Claiming,
            Self::Updating => UserTaskIntent::Updating,
            Self::Completing => UserTaskIntent::Completing,
            Self::Canceling => UserTaskIntent::Canceling,
        }
    }

    /// What it ends with.
    fn ends(self) -> UserTaskIntent {
        match self {
            Self::Creating => UserTaskIntent::Created,
            Self::Assigning | Self::Claiming => UserTaskIntent::Assigned,
            Self::Updating => UserTaskIntent::Updated,
            Self::Completing => UserTaskIntent::Completed,
            Self::Canceling => UserTaskIntent::Canceled,
        }
    }

    /// What its listeners listen to.
    pub(super) fn event(self) -> TaskListenerEvent {
        match self {
            Self::Creating => TaskListenerEvent::Creating,
            Self::Assigning | Self::Claiming => TaskListenerEvent::Assigning,
            Self::Updating => TaskListenerEvent::Updating,
            Self::Completing => TaskListenerEvent::Completing,
            Self::Canceling => TaskListenerEvent::Canceling,
        }
    }

    /// What it becomes once it is denied, and what it is called then; `None` when it cannot be.
    fn denied(self) -> Option<(UserTaskIntent, &'static str)> {
        match self {
            Self::Assigning | Self::Claiming => {
                Some((UserTaskIntent::AssignmentDenied, "Assignment"))
            }
            Self::Updating => Some((UserTaskIntent::UpdateDenied, "Update")),
            Self::Completing => Some((UserTaskIntent::CompletionDenied, "Completion")),
            Self::Creating | Self::Canceling => None,
        }
    }
}

/// A step of a user task.
pub(super) struct Step<'s> {
    pub(super) key: UserTaskKey,
    pub(super) kind: StepKind,
    /// What the client calls it.
    pub(super) action: &'s str,
    /// The task before it.
    pub(super) former: UserTaskProperties,
    /// The task after it.
    pub(super) task: UserTaskProperties,
    pub(super) held: HeldStep,
}

/// Takes the step, at once or after its listeners. Answers what to tell its caller; `None`: it
/// waits for listeners.
pub(super) fn take(ctx: &mut Ctx<'_>, at: &At, step: Step<'_>) -> Option<Response> {
    let waits = listener::are_there(at, step.kind);
    let attributes = changed(&step.former, &step.task, &step.held);
    let begun = UserTaskValue {
        held: waits.then(|| Box::new(step.held.clone())),
        ..value(at, step.action, attributes, step.task.clone())
    };
    ctx.emit(step.key.0, Event::UserTask(step.kind.begins(), Box::new(begun)));
    if waits {
        listener::run_next(ctx, at);
        return None;
    }
    Some(finish(ctx, at, step))
}

/// As [`take`], for a client that waits until the step is taken or denied.
pub(super) fn take_for_client(ctx: &mut Ctx<'_>, at: &At, step: Step<'_>) {
    let key = step.key;
    match take(ctx, at, step) {
        Some(response) => ctx.reply(response),
        None => ctx.reply_after_step(key),
    }
}

/// The step is taken, and what follows from it happens.
fn finish(ctx: &mut Ctx<'_>, at: &At, step: Step<'_>) -> Response {
    let attributes = changed(&step.former, &step.task, &step.held);
    let Step { key, kind, action, former, mut task, held } = step;
    // Whom the process gives a task to is assigned once it is created.
    if kind == StepKind::Creating && !former.assignee.is_empty() {
        task.assignee.clear();
    }
    let document = held.document;
    if let Some(document) = document {
        if document.local {
            variable::set_local(ctx, at, at.key, held.variables.variables());
        } else {
            variable::propagate(ctx, at, at.key, &held.variables);
        }
    }
    let taken = value(at, action, attributes, task);
    ctx.emit(key.0, Event::UserTask(kind.ends(), Box::new(taken)));
    if let Some(document) = document {
        let intent = VariableDocumentIntent::Updated;
        emit_document(ctx, at, intent, document.key, document.local);
        return Response::VariablesSet(document.key);
    }
    if kind == StepKind::Completing && ctx.flow_scope(at).is_some_and(|scope| scope.is_active()) {
        element::trigger(ctx, at, at.key, at.index, held.variables);
        ctx.follow_up_element(at, ElementCommand::Complete);
    }
    Response::Done
}

/// Writes how far the request to set variables of the task has come.
pub(super) fn emit_document(
    ctx: &mut Ctx<'_>,
    at: &At,
    intent: VariableDocumentIntent,
    key: VariableKey,
    local: bool,
) {
    let value = VariableDocumentUpdated { instance: at.instance, scope_key: at.key, local };
    ctx.emit(key.0, Event::VariableDocument(intent, value));
}

/// Handles `USER_TASK:COMPLETE_TASK_LISTENER`: the next listener has its turn, or the step is
/// taken.
///
/// # Errors
/// - `NotFound`: no such user task.
/// - `InvalidState`: it is in no step.
pub(crate) fn complete_listener(
    ctx: &mut Ctx<'_>,
    complete: &CompleteTaskListener,
) -> Result<(), Rejection> {
    let key = complete.user_task_key;
    let found = find(ctx, key, "complete a listener of")?;
    let (at, former) = (&found.at, found.task.properties);
    let pending = found.task.step.ok_or_else(|| no_step(key))?;
    let UserTaskStep { kind, mut task, action, held, n_done: _ } = *pending;
    let corrected = correct(&mut task, &complete.corrections);
    if !corrected.is_empty() {
        let corrected = value(at, &action, corrected, task.clone());
        ctx.emit(key.0, Event::UserTask(UserTaskIntent::Corrected, Box::new(corrected)));
    }
    if listener::run_next(ctx, at) {
        return Ok(());
    }
    let assignee = former.assignee.clone();
    let response = finish(ctx, at, Step { key, kind, action: &action, former, task, held });
    match kind {
        StepKind::Creating => assign_created(ctx, at, assignee),
        StepKind::Canceling => ctx.follow_up_element(at, ElementCommand::ContinueTerminating),
        StepKind::Assigning | StepKind::Claiming | StepKind::Updating | StepKind::Completing => {
            ctx.effects.push(Effect::StepEnded(key, Ok(response)));
        }
    }
    Ok(())
}

fn no_step(key: UserTaskKey) -> Rejection {
    Rejection::new(
        RejectionKind::InvalidState,
        format!("Expected user task with key '{key}' to wait for a listener, but it does not"),
    )
}

/// Handles `USER_TASK:DENY_TASK_LISTENER`: the task is again as it was before the step.
///
/// # Errors
/// - `NotFound`: no such user task.
/// - `InvalidState`: it is in no step that can be denied.
pub(crate) fn deny_listener(ctx: &mut Ctx<'_>, deny: &DenyTaskListener) -> Result<(), Rejection> {
    let key = deny.user_task_key;
    let found = find(ctx, key, "deny a step of")?;
    let UserTask { properties, step, .. } = found.task;
    let step = step.ok_or_else(|| no_step(key))?;
    let (intent, what) = step.kind.denied().ok_or_else(|| no_step(key))?;
    let at = &found.at;
    let denied = UserTaskValue {
        denied_reason: deny.reason.clone(),
        ..value(at, &step.action, Vec::new(), properties)
    };
    ctx.emit(key.0, Event::UserTask(intent, Box::new(denied)));
    let what = match step.held.document {
        None => format!("{what} of the user task with key '{key}'"),
        Some(document) => {
            let intent = VariableDocumentIntent::UpdateDenied;
            emit_document(ctx, at, intent, document.key, document.local);
            format!("Setting variables of the user task instance with key '{}'", at.key)
        }
    };
    let reason = format!("{what} was denied by a task listener. Reason: '{}'", deny.reason);
    let rejection = Rejection::new(RejectionKind::InvalidState, reason);
    ctx.effects.push(Effect::StepEnded(key, Err(rejection)));
    Ok(())
}

/// The incident of a step is resolved: all its listeners have their turn again. False when the
/// element instance has no task that is in a step.
pub(crate) fn retry_step(ctx: &mut Ctx<'_>, at: &At) -> bool {
    let is_in_step = of(ctx, at).is_some_and(|task| task.step.is_some());
    is_in_step && listener::run_next(ctx, at)
}
