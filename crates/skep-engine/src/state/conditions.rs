//! Conditional start events of processes.

use serde::{Deserialize, Serialize};
use skep_record::ProcessDefinitionKey;

use crate::state::undo::Map;

/// The start events that wait for a condition, by the key of their subscription.
#[derive(Debug, Default)]
pub(crate) struct Conditions {
    pub(crate) starts: Map<i64, StartCondition>,
}

/// A conditional start event of a process.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(crate) struct StartCondition {
    pub(crate) process_definition_key: ProcessDefinitionKey,
    pub(crate) element: u32,
}

impl Conditions {
    pub(crate) fn commit(&mut self) {
        self.starts.commit();
    }

    pub(crate) fn rollback(&mut self) {
        self.starts.rollback();
    }
}
