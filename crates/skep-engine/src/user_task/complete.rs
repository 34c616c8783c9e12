//! `USER_TASK:COMPLETE`

use skep_record::{CompleteUserTask, HeldStep, Rejection};

use super::{
    StepKind, find_at_rest, or_default,
    step::{Step, take_for_client},
};
use crate::Ctx;

/// Handles `USER_TASK:COMPLETE`, of assigned and unassigned tasks: the task ends, and its
/// element instance takes the variables and goes on.
///
/// # Errors
/// - `NotFound`: no such user task.
/// - `InvalidState`: a step of it waits for a listener.
///
/// Source: camunda/zeebe: engine/processing/usertask/processors/UserTaskCompleteProcessor.java
pub(crate) fn complete(ctx: &mut Ctx<'_>, complete: &CompleteUserTask) -> Result<(), Rejection> {
    let key = complete.user_task_key;
    let found = find_at_rest(ctx, key, "complete")?;
    let former = found.task.properties;
    let (kind, task) = (StepKind::Completing, former.clone());
    let held = HeldStep { variables: complete.variables.clone(), document: None };
    let action = or_default(&complete.action, "complete");
    take_for_client(ctx, &found.at, Step { key, kind, action, former, task, held });
    Ok(())
}
