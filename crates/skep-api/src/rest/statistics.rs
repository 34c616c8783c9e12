//! Statistics: how many there are, of what.

use serde::{Deserialize, Serialize};

/// A list that has no pages.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Items<T> {
    /// All of it.
    pub items: Vec<T>,
}

/// How many there are of an element, by state.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProcessElementStatistics {
    /// BPMN id of the element.
    pub element_id: String,
    /// Active without an incident.
    pub active: u64,
    /// Terminated.
    pub canceled: u64,
    /// Active with an incident.
    pub incidents: u64,
    /// Completed.
    pub completed: u64,
}
