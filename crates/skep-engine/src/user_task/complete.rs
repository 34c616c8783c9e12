//! `USER_TASK:COMPLETE`

use skep_record::{CompleteUserTask, ElementCommand, Rejection, Response, UserTaskIntent};

use super::{find, or_default, step, value};
use crate::{Ctx, element};

/// Handles `USER_TASK:COMPLETE`, of assigned and unassigned tasks: the task ends, and its
/// element instance takes the variables and goes on.
///
/// # Errors
/// `NotFound`: no such user task.
///
/// Source: camunda/zeebe: engine/processing/usertask/processors/UserTaskCompleteProcessor.java
pub(crate) fn complete(ctx: &mut Ctx<'_>, complete: &CompleteUserTask) -> Result<(), Rejection> {
    let key = complete.user_task_key;
    let found = find(ctx, key, "complete")?;
    let at = &found.at;
    let action = or_default(&complete.action, "complete");
    let completed = value(at, action, Vec::new(), found.task.properties);
    step(ctx, at, key, [UserTaskIntent::Completing, UserTaskIntent::Completed], &completed);
    if ctx.flow_scope(at).is_some_and(|scope| scope.is_active()) {
        element::trigger(ctx, at, at.key, at.index, complete.variables.clone());
        ctx.follow_up_element(at, ElementCommand::Complete);
    }
    ctx.reply(Response::Done);
    Ok(())
}
