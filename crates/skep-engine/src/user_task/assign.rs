//! `USER_TASK:ASSIGN` and `USER_TASK:CLAIM`

use skep_record::{AssignUserTask, HeldStep, Rejection, RejectionKind, UserTaskProperties};

use super::{
    StepKind, find_at_rest, or_default,
    step::{Step, take_for_client},
};
use crate::Ctx;

/// Handles `USER_TASK:ASSIGN`, which gives a task to whomever it names, or to nobody, and
/// `USER_TASK:CLAIM`, which takes it from nobody.
///
/// # Errors
/// - `NotFound`: no such user task.
/// - `InvalidState`: claimed for nobody, or another user has it, or a step of it waits for a
///   listener.
///
/// Source: camunda/zeebe: engine/processing/usertask/processors, UserTaskAssignProcessor.java
/// and UserTaskClaimProcessor.java
pub(crate) fn assign(ctx: &mut Ctx<'_>, assign: &AssignUserTask) -> Result<(), Rejection> {
    let key = assign.user_task_key;
    let (kind, default) = if assign.allow_override {
        (StepKind::Assigning, "assign")
    } else {
        (StepKind::Claiming, "claim")
    };
    let found = find_at_rest(ctx, key, default)?;
    let former = found.task.properties;
    if !assign.allow_override {
        check_claim(assign, &former.assignee)?;
    }
    let task = UserTaskProperties { assignee: assign.assignee.clone(), ..former.clone() };
    let (action, held) = (or_default(&assign.action, default), HeldStep::default());
    take_for_client(ctx, &found.at, Step { key, kind, action, former, task, held });
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
