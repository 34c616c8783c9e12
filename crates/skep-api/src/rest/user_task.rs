//! User tasks.

use serde::{Deserialize, Serialize};

use super::JsonObject;

/// `POST /v2/user-tasks/{userTaskKey}/assignment`
#[derive(Clone, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct UserTaskAssignmentRequest {
    /// The user who gets the task; required.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignee: Option<String>,
    /// Whether it may be taken from another user; true if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_override: Option<bool>,
    /// What the client calls it; `assign` if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
}

/// `POST /v2/user-tasks/{userTaskKey}/completion`
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct UserTaskCompletionRequest {
    /// Result of the work.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variables: Option<JsonObject>,
    /// What the client calls it; `complete` if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
}

/// `PATCH /v2/user-tasks/{userTaskKey}`
#[derive(Clone, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct UserTaskUpdateRequest {
    /// What to change; needed unless there is an action.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changeset: Option<UserTaskChangeset>,
    /// What the client calls it; `update` if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
}

/// Changes to a user task: absent keeps, empty resets.
#[derive(Clone, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct UserTaskChangeset {
    /// When it is due: date and time with offset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_date: Option<String>,
    /// When to follow up: date and time with offset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub follow_up_date: Option<String>,
    /// Users who may do it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub candidate_users: Option<Vec<String>>,
    /// Groups whose members may do it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub candidate_groups: Option<Vec<String>>,
    /// 0 to 100; more is more urgent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<i32>,
}
