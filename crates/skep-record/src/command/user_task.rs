//! Commands on native user tasks.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Document, UserTaskKey};

/// Gives a user task to a user, or to nobody.
#[derive(Clone, PartialEq, Deserialize, Serialize)]
pub struct AssignUserTask {
    /// The task.
    pub user_task_key: UserTaskKey,
    /// The user; empty takes the task from whoever has it.
    pub assignee: String,
    /// Whether it may be taken from somebody else; if not, the task is claimed.
    pub allow_override: bool,
    /// What the client calls it; empty for the default.
    pub action: String,
}

/// Shows no text: it names a person.
impl fmt::Debug for AssignUserTask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AssignUserTask")
            .field("user_task_key", &self.user_task_key)
            .field("allow_override", &self.allow_override)
            .finish_non_exhaustive()
    }
}

/// Completes a user task.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct CompleteUserTask {
    /// The task.
    pub user_task_key: UserTaskKey,
    /// Its result.
    pub variables: Document,
    /// What the client calls it; empty for the default.
    pub action: String,
}

/// Changes what is known about a user task.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct UpdateUserTask {
    /// The task.
    pub user_task_key: UserTaskKey,
    /// What to change.
    pub changes: UserTaskChanges,
    /// What the client calls it; empty for the default.
    pub action: String,
}

/// New values; `None` leaves a value as it is, an empty one resets it.
#[derive(Clone, Default, PartialEq, Deserialize, Serialize)]
pub struct UserTaskChanges {
    /// Groups whose members may do it.
    pub candidate_groups: Option<Vec<String>>,
    /// Users who may do it.
    pub candidate_users: Option<Vec<String>>,
    /// When it is due: ISO 8601 with offset.
    pub due_date: Option<String>,
    /// When to follow up: ISO 8601 with offset.
    pub follow_up_date: Option<String>,
    /// 0 to 100.
    pub priority: Option<i32>,
}

/// Shows no text: it names persons.
impl fmt::Debug for UserTaskChanges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserTaskChanges").field("priority", &self.priority).finish_non_exhaustive()
    }
}
