//! Statistics: how many there are, of what.

/// How many there are of an element, by state.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ElementStatistics {
    /// Id of the element.
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
