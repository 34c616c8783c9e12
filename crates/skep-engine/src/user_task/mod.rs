//! Native user tasks: created by elements, assigned, changed and completed by people.

mod apply;
mod assign;
mod complete;
mod listener;
mod step;
mod update;

use skep_record::{
    Event, HeldStep, Rejection, RejectionKind, UserTaskAttribute, UserTaskIntent, UserTaskKey,
    UserTaskProperties, UserTaskValue,
};

pub(crate) use self::{
    apply::apply,
    assign::assign,
    complete::complete,
    listener::{check_result, take_result},
    step::{complete_listener, deny_listener, retry_step},
    update::{set_variables, update},
};
use self::{
    step::{Step, take},
    update::{changed, check, correct},
};
use crate::{
    Ctx, Effect,
    ctx::At,
    state::instance::{StepKind, UserTask},
};

/// Lowest and highest priority.
///
/// Source: camunda/camunda-docs: components/modeler/bpmn/user-tasks
pub(crate) const PRIORITIES: std::ops::RangeInclusive<i32> = 0..=100;

/// A user task, and the element instance that has it.
struct Found {
    at: At,
    task: UserTask,
}

/// The user task with this key, of a tenant that the command may act for; `action` says in the
/// rejection what was to be done with it.
fn find(ctx: &mut Ctx<'_>, key: UserTaskKey, action: &str) -> Result<Found, Rejection> {
    let not_found = || {
        Rejection::new(
            RejectionKind::NotFound,
            format!(
                "Expected to {action} user task with key '{key}', but no such user task was found"
            ),
        )
    };
    let owner = ctx.state().user_tasks.get(&key).copied().ok_or_else(not_found)?;
    if ctx.state().is_banned(owner.process_instance_key) {
        return Err(not_found());
    }
    let at =
        ctx.at(owner.process_instance_key, owner.element_instance_key).ok_or_else(not_found)?;
    if !ctx.may_see(at.tenant_id()) {
        return Err(not_found());
    }
    let task = of(ctx, &at).cloned().ok_or_else(not_found)?;
    Ok(Found { at, task })
}

fn of<'c>(ctx: &'c Ctx<'_>, at: &At) -> Option<&'c UserTask> {
    ctx.element(at)?.details.as_ref()?.user_task.as_deref()
}

/// As [`find`], refused while a step of the task waits for its listeners.
fn find_at_rest(ctx: &mut Ctx<'_>, key: UserTaskKey, action: &str) -> Result<Found, Rejection> {
    let found = find(ctx, key, action)?;
    match &found.task.step {
        None => Ok(found),
        Some(step) => Err(in_step(key, action, step.kind)),
    }
}

fn in_step(key: UserTaskKey, action: &str, kind: StepKind) -> Rejection {
    Rejection::new(
        RejectionKind::InvalidState,
        format!(
            "Expected to {action} user task with key '{key}', but it is in state '{}'",
            kind.begins()
        ),
    )
}

/// Whether the element instance has a native user task.
pub(crate) fn is_at(ctx: &Ctx<'_>, at: &At) -> bool {
    of(ctx, at).is_some()
}

fn value(
    at: &At,
    action: &str,
    changed_attributes: Vec<UserTaskAttribute>,
    task: UserTaskProperties,
) -> UserTaskValue {
    UserTaskValue {
        instance: at.instance,
        element: at.slot,
        element_instance_key: at.key,
        action: action.to_owned(),
        changed_attributes,
        task,
        denied_reason: String::new(),
        held: None,
    }
}

/// What the client calls the step, or else what it is.
fn or_default<'a>(action: &'a str, default: &'a str) -> &'a str {
    if action.is_empty() { default } else { action }
}

/// Creates the task of an element. That it is to be created tells the assignee of the model, but
/// nobody has it yet once it is. False: it is created once its listeners are done.
///
/// Source: camunda/camunda: zeebe/engine/processing/bpmn/task/UserTaskProcessor.java
pub(crate) fn create(ctx: &mut Ctx<'_>, at: &At, task: UserTaskProperties) -> bool {
    let key = UserTaskKey(ctx.new_key());
    let (kind, former, held) = (StepKind::Creating, task.clone(), HeldStep::default());
    take(ctx, at, Step { key, kind, action: "", former, task, held }).is_some()
}

/// Assigns the task of an element that was just created, if the model says to whom.
pub(crate) fn assign_created(ctx: &mut Ctx<'_>, at: &At, assignee: String) {
    if assignee.is_empty() {
        return;
    }
    let Some(UserTask { key, properties: former, .. }) = of(ctx, at).cloned() else { return };
    let task = UserTaskProperties { assignee, ..former.clone() };
    let (kind, held) = (StepKind::Assigning, HeldStep::default());
    take(ctx, at, Step { key, kind, action: "", former, task, held });
}

/// Cancels the user task of an element instance that is being terminated; true when its
/// listeners have their turn first.
pub(crate) fn cancel(ctx: &mut Ctx<'_>, at: &At) -> bool {
    let Some(task) = of(ctx, at).cloned() else { return false };
    give_up_step(ctx, &task);
    let UserTask { key, properties: former, .. } = task;
    let (kind, task, held) = (StepKind::Canceling, former.clone(), HeldStep::default());
    take(ctx, at, Step { key, kind, action: "", former, task, held }).is_none()
}

/// As [`cancel`], whether there are listeners or not.
///
/// Source: camunda/camunda: zeebe/engine/processing/processinstance/ProcessInstanceModificationModifyProcessor.java
pub(crate) fn cancel_at_once(ctx: &mut Ctx<'_>, at: &At) {
    let Some(task) = of(ctx, at).cloned() else { return };
    give_up_step(ctx, &task);
    let canceled = value(at, "", Vec::new(), task.properties);
    for intent in [UserTaskIntent::Canceling, UserTaskIntent::Canceled] {
        ctx.emit(task.key.0, Event::UserTask(intent, Box::new(canceled.clone())));
    }
}

/// Whoever waits for a step of a task that is cancelled waits in vain.
fn give_up_step(ctx: &mut Ctx<'_>, task: &UserTask) {
    let key = task.key;
    if task.step.is_some() {
        let rejection = Rejection::new(
            RejectionKind::InvalidState,
            format!(
                "Expected a task listener to finish the step of user task with key '{key}', but the task was canceled"
            ),
        );
        ctx.effects.push(Effect::StepEnded(key, Err(rejection)));
    }
}

/// Creates the task that takes the place of a job, and assigns it. No listener has a turn.
///
/// Source: camunda/camunda: pull request 42348
pub(crate) fn create_instead_of_job(ctx: &mut Ctx<'_>, at: &At, task: &UserTaskProperties) {
    let key = UserTaskKey(ctx.new_key());
    let unassigned = UserTaskProperties { assignee: String::new(), ..task.clone() };
    let assigned = vec![UserTaskAttribute::Assignee];
    let mut steps = vec![
        (UserTaskIntent::Creating, Vec::new(), task),
        (UserTaskIntent::Created, Vec::new(), &unassigned),
    ];
    if !task.assignee.is_empty() {
        steps.push((UserTaskIntent::Assigning, assigned.clone(), task));
        steps.push((UserTaskIntent::Assigned, assigned, task));
    }
    for (intent, changed, task) in steps {
        let value = value(at, "", changed, task.clone());
        ctx.emit(key.0, Event::UserTask(intent, Box::new(value)));
    }
}

/// The task of a migrated element instance stays as it is.
pub(crate) fn migrate(ctx: &mut Ctx<'_>, at: &At) {
    let Some(task) = of(ctx, at).cloned() else { return };
    let migrated = value(at, "", Vec::new(), task.properties);
    ctx.emit(task.key.0, Event::UserTask(UserTaskIntent::Migrated, Box::new(migrated)));
}
