//! Deleting what is known of the past.

use serde::{Deserialize, Serialize};

use crate::element::names;

names! {
    /// Whose history is deleted.
    ///
    /// Source: camunda/camunda: zeebe/protocol, `HistoryDeletionType`
    HistoryType {
        ProcessInstance = "PROCESS_INSTANCE",
        DecisionInstance = "DECISION_INSTANCE",
    }
}

/// `HISTORY_DELETION:DELETE`: what is known of something that has ended is deleted for good.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
pub struct DeleteHistory {
    /// Key of the process instance, or of the evaluation of a decision.
    pub resource_key: i64,
    /// Which of both.
    pub history_type: HistoryType,
    /// As in [`crate::CreateProcessInstance`].
    pub operation_reference: u64,
}
