//! `USER_TASK:ASSIGN` and `USER_TASK:CLAIM`

use skep_record::{
    AssignUserTask, Rejection, RejectionKind, Response, UserTaskAttribute, UserTaskIntent,
    UserTaskProperties,
};

use super::{find, or_default, step, value};
use crate::Ctx;

/// Handles `USER_TASK:ASSIGN`, which gives a task to whomever it names, or to nobody, and
/// `USER_TASK:CLAIM`, which takes it from nobody.
///
/// # Errors
/// - `NotFound`: no such user task.
/// - `InvalidState`: claimed for nobody, or another user has it.
///
/// Source: camunda/zeebe: engine/processing/usertask/processors, UserTaskAssignProcessor.java
/// and UserTaskClaimProcessor.java
pub(crate) fn assign(ctx: &mut Ctx<'_>, assign: &AssignUserTask) -> Result<(), Rejection> {
    let key = assign.user_task_key;
    let default = if assign.allow_override { "assign" } else { "claim" };
    let found = find(ctx, key, default)?;
    let (at, former) = (&found.at, found.task.properties);
    if !assign.allow_override {
        check_claim(assign, &former.assignee)?;
    }
    let changed = if former.assignee == assign.assignee {
        Vec::new()
    } else {
        vec![UserTaskAttribute::Assignee]
    };
    let task = UserTaskProperties { assignee: assign.assignee.clone(), ..former };
    let assigned = value(at, or_default(&assign.action, default), changed, task);
    step(ctx, at, key, [UserTaskIntent::Assigning, UserTaskIntent::Assigned], &assigned);
    ctx.reply(Response::Done);
    Ok(())
}

fn check_claim(claim: &AssignUserTask, former: &str) -> Result<(), Rejection> {
    let reason = if claim.assignee.trim().is_empty() {
        "the provided assignee is empty"
    } else if former.trim().is_empty() || former == claim.assignee {
        return Ok(());
    } else {
        "it has already been assigned"
    };
    Err(Rejection::new(
        RejectionKind::InvalidState,
        format!("Expected to claim user task with key '{}', but {reason}", claim.user_task_key),
    ))
}
