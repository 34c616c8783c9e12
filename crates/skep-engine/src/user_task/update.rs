//! `USER_TASK:UPDATE`

use skep_model::timer;
use skep_record::{
    Rejection, RejectionKind, Response, UpdateUserTask, UserTaskAttribute, UserTaskChanges,
    UserTaskIntent, UserTaskProperties,
};

use super::{PRIORITIES, find, or_default, step, value};
use crate::Ctx;

/// Handles `USER_TASK:UPDATE`.
///
/// # Errors
/// - `InvalidArgument`: a date without offset, or a priority out of range.
/// - `NotFound`: no such user task.
///
/// Source: camunda/zeebe: engine/processing/usertask/processors/UserTaskUpdateProcessor.java
pub(crate) fn update(ctx: &mut Ctx<'_>, update: &UpdateUserTask) -> Result<(), Rejection> {
    let key = update.user_task_key;
    check(&update.changes)?;
    let found = find(ctx, key, "update")?;
    let at = &found.at;
    let mut task = found.task.properties;
    let changed = change(&mut task, &update.changes);
    let updated = value(at, or_default(&update.action, "update"), changed, task);
    step(ctx, at, key, [UserTaskIntent::Updating, UserTaskIntent::Updated], &updated);
    ctx.reply(Response::Done);
    Ok(())
}

fn check(changes: &UserTaskChanges) -> Result<(), Rejection> {
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

/// Sets what is given, and answers what of it is new.
fn change(task: &mut UserTaskProperties, changes: &UserTaskChanges) -> Vec<UserTaskAttribute> {
    fn set<T: Clone + PartialEq>(to: &mut T, new: Option<&T>) -> bool {
        let Some(new) = new.filter(|new| **new != *to) else { return false };
        to.clone_from(new);
        true
    }
    let changed = [
        (
            UserTaskAttribute::CandidateGroups,
            set(&mut task.candidate_groups, changes.candidate_groups.as_ref()),
        ),
        (
            UserTaskAttribute::CandidateUsers,
            set(&mut task.candidate_users, changes.candidate_users.as_ref()),
        ),
        (UserTaskAttribute::DueDate, set(&mut task.due_date, changes.due_date.as_ref())),
        (
            UserTaskAttribute::FollowUpDate,
            set(&mut task.follow_up_date, changes.follow_up_date.as_ref()),
        ),
        (UserTaskAttribute::Priority, set(&mut task.priority, changes.priority.as_ref())),
    ];
    changed.into_iter().filter(|(_, is_new)| *is_new).map(|(attribute, _)| attribute).collect()
}
