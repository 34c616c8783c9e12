//! `USER_TASK:UPDATE`

use skep_model::timer;
use skep_record::{
    HeldDocument, HeldStep, Rejection, RejectionKind, SetVariables, UpdateUserTask,
    UserTaskAttribute, UserTaskChanges, UserTaskCorrections, UserTaskProperties,
    VariableDocumentIntent, VariableKey,
};

use super::{
    PRIORITIES, StepKind, find_at_rest, in_step, of, or_default,
    step::{Step, emit_document, take_for_client},
};
use crate::{Ctx, ctx::At};

/// Handles `USER_TASK:UPDATE`.
///
/// # Errors
/// - `InvalidArgument`: a date without offset, or a priority out of range.
/// - `NotFound`: no such user task.
/// - `InvalidState`: a step of it waits for a listener.
///
/// Source: camunda/zeebe: engine/processing/usertask/processors/UserTaskUpdateProcessor.java
pub(crate) fn update(ctx: &mut Ctx<'_>, update: &UpdateUserTask) -> Result<(), Rejection> {
    let key = update.user_task_key;
    check(&update.changes)?;
    let found = find_at_rest(ctx, key, "update")?;
    let former = found.task.properties;
    let mut task = former.clone();
    change(&mut task, &update.changes);
    let (kind, held) = (StepKind::Updating, HeldStep::default());
    let action = or_default(&update.action, "update");
    take_for_client(ctx, &found.at, Step { key, kind, action, former, task, held });
    Ok(())
}

/// Sets variables at the element instance of a user task, which updates the task.
///
/// # Errors
/// `InvalidState`: a step of the task waits for a listener.
///
/// Source: camunda/camunda: zeebe/engine/processing/variable/VariableDocumentUpdateProcessor.java
pub(crate) fn set_variables(
    ctx: &mut Ctx<'_>,
    at: &At,
    set: &SetVariables,
) -> Result<(), Rejection> {
    let Some(task) = of(ctx, at).cloned() else { return Ok(()) };
    let (key, former, local) = (task.key, task.properties, set.local);
    if let Some(step) = task.step {
        return Err(in_step(key, "set variables of the", step.kind));
    }
    let document_key = VariableKey(ctx.new_key());
    emit_document(ctx, at, VariableDocumentIntent::Updating, document_key, local);
    let document = Some(HeldDocument { key: document_key, local });
    let held = HeldStep { variables: set.variables.clone(), document };
    let (kind, task) = (StepKind::Updating, former.clone());
    take_for_client(ctx, at, Step { key, kind, action: "", former, task, held });
    Ok(())
}

pub(super) fn check(changes: &UserTaskChanges) -> Result<(), Rejection> {
    let dates = [("due date", &changes.due_date), ("follow-up date", &changes.follow_up_date)];
    for (name, date) in dates {
        let Some(date) = date.as_deref().filter(|date| !date.is_empty()) else { continue };
        if timer::parse_date_time(date).is_err() {
            return Err(invalid(format!(
                "The provided {name} '{date}' cannot be parsed as a date and time with offset. Write it as in '2026-01-31T12:00:00Z'"
            )));
        }
    }
    match changes.priority {
        Some(priority) if !PRIORITIES.contains(&priority) => Err(invalid(format!(
            "The value for priority is '{priority}' but must be within the [0,100] range"
        ))),
        Some(_) | None => Ok(()),
    }
}

fn invalid(reason: String) -> Rejection {
    Rejection::new(RejectionKind::InvalidArgument, reason)
}

/// Sets what is given.
fn change(task: &mut UserTaskProperties, changes: &UserTaskChanges) {
    fn set<T: Clone>(to: &mut T, new: Option<&T>) {
        if let Some(new) = new {
            to.clone_from(new);
        }
    }
    set(&mut task.candidate_groups, changes.candidate_groups.as_ref());
    set(&mut task.candidate_users, changes.candidate_users.as_ref());
    set(&mut task.due_date, changes.due_date.as_ref());
    set(&mut task.follow_up_date, changes.follow_up_date.as_ref());
    set(&mut task.priority, changes.priority.as_ref());
}

/// Corrects what a listener says, and answers what of it is new.
pub(super) fn correct(
    task: &mut UserTaskProperties,
    corrections: &UserTaskCorrections,
) -> Vec<UserTaskAttribute> {
    if *corrections == UserTaskCorrections::default() {
        return Vec::new();
    }
    let former = task.clone();
    change(task, &corrections.changes);
    if let Some(assignee) = &corrections.assignee {
        task.assignee.clone_from(assignee);
    }
    changed(&former, task, &HeldStep::default())
}

/// What a step changes.
pub(super) fn changed(
    former: &UserTaskProperties,
    task: &UserTaskProperties,
    held: &HeldStep,
) -> Vec<UserTaskAttribute> {
    let changed = [
        (UserTaskAttribute::Assignee, former.assignee != task.assignee),
        (UserTaskAttribute::CandidateGroups, former.candidate_groups != task.candidate_groups),
        (UserTaskAttribute::CandidateUsers, former.candidate_users != task.candidate_users),
        (UserTaskAttribute::DueDate, former.due_date != task.due_date),
        (UserTaskAttribute::FollowUpDate, former.follow_up_date != task.follow_up_date),
        (UserTaskAttribute::Priority, former.priority != task.priority),
        (UserTaskAttribute::Variables, held.document.is_some() && !held.variables.is_empty()),
    ];
    changed.into_iter().filter(|(_, is_new)| *is_new).map(|(attribute, _)| attribute).collect()
}
