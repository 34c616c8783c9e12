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

/// The user task with this key; `action` says in the rejection what was to be done with it.
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

/// Creates the task of an element, and then assigns it, if the model says to whom.
///
/// Source: camunda/zeebe: engine/processing/bpmn/behavior/BpmnUserTaskBehavior.java
pub(crate) fn create(ctx: &mut Ctx<'_>, at: &At, mut task: UserTaskProperties) {
    let key = UserTaskKey(ctx.new_key());
    let assignee = std::mem::take(&mut task.assignee);
    let created = value(at, "", Vec::new(), task.clone());
    step(ctx, at, key, [UserTaskIntent::Creating, UserTaskIntent::Created], &created);
    if !assignee.is_empty() {
        let changed = vec![UserTaskAttribute::Assignee];
        let assigned = value(at, "", changed, UserTaskProperties { assignee, ..task });
        step(ctx, at, key, [UserTaskIntent::Assigning, UserTaskIntent::Assigned], &assigned);
    }
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
