//! Native user tasks. Where a task has listeners, the answer waits for them.

use http::StatusCode;
use skep_api::rest::{UserTaskAssignmentRequest, UserTaskCompletionRequest, UserTaskUpdateRequest};
use skep_record::{
    AssignUserTask, Command, CompleteUserTask, UpdateUserTask, UserTaskChanges, UserTaskKey,
};

use super::body::{Body, OptionalBody, PathKey, required, variables};
use crate::{call::Call, problem::Problem};

/// `POST /v2/user-tasks/{userTaskKey}/assignment` — 204
///
/// # Errors
/// 400 no assignee, 404 no such task, 409 somebody else has it and `allowOverride` is false, or a
/// listener denies it or is at work, 503, 504.
pub(super) async fn assign(
    call: Call,
    PathKey(key): PathKey,
    Body(body): Body<UserTaskAssignmentRequest>,
) -> Result<StatusCode, Problem> {
    let command = AssignUserTask {
        user_task_key: UserTaskKey(key),
        assignee: required("assignee", body.assignee)?,
        allow_override: body.allow_override.unwrap_or(true),
        action: body.action.unwrap_or_default(),
    };
    call.submit_done(Command::AssignUserTask(Box::new(command))).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /v2/user-tasks/{userTaskKey}/assignee` — 204
///
/// # Errors
/// 404 no such task, 409 a listener denies it or is at work, 503, 504.
pub(super) async fn unassign(call: Call, PathKey(key): PathKey) -> Result<StatusCode, Problem> {
    let command = AssignUserTask {
        user_task_key: UserTaskKey(key),
        assignee: String::new(),
        allow_override: true,
        action: "unassign".to_owned(),
    };
    call.submit_done(Command::AssignUserTask(Box::new(command))).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /v2/user-tasks/{userTaskKey}/completion` — 204
///
/// # Errors
/// 400, 404 no such task, 409 a listener denies it or is at work, 503, 504.
pub(super) async fn complete(
    call: Call,
    PathKey(key): PathKey,
    OptionalBody(body): OptionalBody<UserTaskCompletionRequest>,
) -> Result<StatusCode, Problem> {
    let command = CompleteUserTask {
        user_task_key: UserTaskKey(key),
        variables: variables(body.variables.as_ref())?,
        action: body.action.unwrap_or_default(),
    };
    call.submit_done(Command::CompleteUserTask(Box::new(command))).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `PATCH /v2/user-tasks/{userTaskKey}` — 204
///
/// # Errors
/// 400 nothing to change or a bad value, 404 no such task, 409 a listener denies it or is at work,
/// 503, 504.
pub(super) async fn update(
    call: Call,
    PathKey(key): PathKey,
    OptionalBody(body): OptionalBody<UserTaskUpdateRequest>,
) -> Result<StatusCode, Problem> {
    let changeset = body.changeset.unwrap_or_default();
    let changes = UserTaskChanges {
        candidate_groups: changeset.candidate_groups,
        candidate_users: changeset.candidate_users,
        due_date: changeset.due_date,
        follow_up_date: changeset.follow_up_date,
        priority: changeset.priority,
    };
    if changes == UserTaskChanges::default() && body.action.is_none() {
        return Err(Problem::invalid_argument(
            "No update data provided: give an action, or in the changeset at least one of \
             [candidateGroups, candidateUsers, dueDate, followUpDate, priority]",
        ));
    }
    let command = UpdateUserTask {
        user_task_key: UserTaskKey(key),
        changes,
        action: body.action.unwrap_or_default(),
    };
    call.submit_done(Command::UpdateUserTask(Box::new(command))).await?;
    Ok(StatusCode::NO_CONTENT)
}
