//! Timers of process start events, and the index of all timers by due date.

use serde::{Deserialize, Serialize};
use skep_record::{ElementInstanceKey, ProcessDefinitionKey, TimerKey, Timestamp};

use crate::state::undo::{Map, Table};

/// When timers fire.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    /// Index: every timer by due date, with the element instance that has it; -1 for a timer of a
    /// process start event.
    pub(crate) due: Table<(Timestamp, TimerKey), ElementInstanceKey>,
    /// Timers of process start events.
    pub(crate) start: Map<TimerKey, StartTimer>,
}

/// A timer of a process start event.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct StartTimer {
    pub(crate) process_definition_key: ProcessDefinitionKey,
    pub(crate) element: u32,
    pub(crate) due_at: Timestamp,
    /// Runs left, this one included; -1 is without end.
    pub(crate) repetitions: i32,
}

impl Timers {
    pub(crate) fn commit(&mut self) {
        self.due.commit();
        self.start.commit();
    }

    pub(crate) fn rollback(&mut self) {
        self.due.rollback();
        self.start.rollback();
    }
}
