//! What a worker answers beside variables: about a user task, or about an ad-hoc subprocess.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{AdHocActivation, UserTaskChanges};

/// The answer of a job; jobs that ask nothing ignore it.
///
/// Source: camunda/camunda: zeebe/gateway-protocol/src/main/proto/gateway.proto, `JobResult`
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub enum JobResult {
    /// Of a task listener.
    UserTask(UserTaskResult),
    /// Of an ad-hoc subprocess.
    AdHocSubProcess(AdHocResult),
}

impl JobResult {
    /// The name of its kind, as clients write it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::UserTask(_) => Self::USER_TASK,
            Self::AdHocSubProcess(_) => Self::AD_HOC_SUB_PROCESS,
        }
    }

    /// [`JobResult::kind`] of [`JobResult::UserTask`].
    pub const USER_TASK: &str = "userTask";
    /// [`JobResult::kind`] of [`JobResult::AdHocSubProcess`].
    pub const AD_HOC_SUB_PROCESS: &str = "adHocSubProcess";
}

/// What a task listener says to the step that it listens to.
#[derive(Clone, Default, PartialEq, Deserialize, Serialize)]
pub struct UserTaskResult {
    /// Whether the step is refused.
    pub denied: bool,
    /// Why it is refused; empty for no reason.
    pub denied_reason: String,
    /// What is changed about the task.
    pub corrections: UserTaskCorrections,
}

/// Shows no text: the reason can quote what a user wrote.
impl fmt::Debug for UserTaskResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserTaskResult")
            .field("denied", &self.denied)
            .field("corrections", &self.corrections)
            .finish_non_exhaustive()
    }
}

/// New values; `None` leaves a value as it is, an empty one resets it.
#[derive(Clone, Default, PartialEq, Deserialize, Serialize)]
pub struct UserTaskCorrections {
    /// The user who does it.
    pub assignee: Option<String>,
    /// Everything else.
    pub changes: UserTaskChanges,
}

/// Shows no text: it names persons.
impl fmt::Debug for UserTaskCorrections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserTaskCorrections")
            .field("changes", &self.changes)
            .finish_non_exhaustive()
    }
}

/// What the worker of an ad-hoc subprocess wants.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
pub struct AdHocResult {
    /// What to activate, in this order; an element can be named more than once.
    pub activate: Vec<AdHocActivation>,
    /// Whether the subprocess is done.
    pub is_completion_condition_fulfilled: bool,
    /// Whether what is active in it is terminated.
    pub cancel_remaining: bool,
}
