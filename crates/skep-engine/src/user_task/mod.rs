//! Native user tasks: created by elements, assigned, changed and completed by people.

mod apply;
mod assign;
mod complete;
mod update;

use skep_record::{
    Event, Rejection, RejectionKind, UserTaskAttribute, UserTaskIntent, UserTaskKey,
    UserTaskProperties, UserTaskValue,
};

pub(crate) use self::{apply::apply, assign::assign, complete::complete, update::update};
use crate::{Ctx, ctx::At, state::instance::UserTask};

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

/// Writes both events of a step: that it begins, and that it is done.
fn step(
    ctx: &mut Ctx<'_>,
    at: &At,
    key: UserTaskKey,
    intents: [UserTaskIntent; 2],
    value: &UserTaskValue,
) {
    debug_assert_eq!(value.element_instance_key, at.key);
    for intent in intents {
        ctx.emit(key.0, Event::UserTask(intent, Box::new(value.clone())));
    }
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
    }
}

/// What the client calls the step, or else what it is.
fn or_default<'a>(action: &'a str, default: &'a str) -> &'a str {
    if action.is_empty() { default } else { action }
}

/// Creates the task of an element. That it is to be created tells the assignee of the model, but
/// nobody has it yet once it is.
///
/// Source: camunda/camunda: zeebe/engine/processing/bpmn/task/UserTaskProcessor.java
pub(crate) fn create(ctx: &mut Ctx<'_>, at: &At, task: UserTaskProperties) {
    let key = UserTaskKey(ctx.new_key());
    let creating = value(at, "", Vec::new(), task);
    ctx.emit(key.0, Event::UserTask(UserTaskIntent::Creating, Box::new(creating.clone())));
    let task = UserTaskProperties { assignee: String::new(), ..creating.task };
    let created = UserTaskValue { task, ..creating };
    ctx.emit(key.0, Event::UserTask(UserTaskIntent::Created, Box::new(created)));
}

/// Assigns the task of an element that was just activated, if the model says to whom.
pub(crate) fn assign_created(ctx: &mut Ctx<'_>, at: &At, assignee: String) {
    if assignee.is_empty() {
        return;
    }
    let Some(UserTask { key, properties }) = of(ctx, at).cloned() else { return };
    let changed = vec![UserTaskAttribute::Assignee];
    let assigned = value(at, "", changed, UserTaskProperties { assignee, ..properties });
    step(ctx, at, key, [UserTaskIntent::Assigning, UserTaskIntent::Assigned], &assigned);
}

/// Cancels the user task of an element instance that is being terminated.
pub(crate) fn cancel(ctx: &mut Ctx<'_>, at: &At) {
    let Some(task) = of(ctx, at).cloned() else { return };
    let canceled = value(at, "", Vec::new(), task.properties);
    step(ctx, at, task.key, [UserTaskIntent::Canceling, UserTaskIntent::Canceled], &canceled);
}

/// The task of a migrated element instance stays as it is.
pub(crate) fn migrate(ctx: &mut Ctx<'_>, at: &At) {
    let Some(task) = of(ctx, at).cloned() else { return };
    let migrated = value(at, "", Vec::new(), task.properties);
    ctx.emit(task.key.0, Event::UserTask(UserTaskIntent::Migrated, Box::new(migrated)));
}
