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

impl ElementStatistics {
    /// From the id of the element and the counts, in the order of the fields.
    pub(crate) fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        let count = |at: usize| row.get(at).map(i64::unsigned_abs);
        Ok(Self {
            element_id: row.get(0)?,
            active: count(1)?,
            canceled: count(2)?,
            incidents: count(3)?,
            completed: count(4)?,
        })
    }
}
