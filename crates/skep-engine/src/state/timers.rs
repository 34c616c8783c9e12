//! Timers of process start events, and the index of all timers by due date.

use serde::{Deserialize, Serialize};
use skep_record::{
    ElementInstanceKey, ProcessDefinitionKey, ProcessInstanceKey, TimerKey, Timestamp,
};

use crate::state::undo::{Map, Table};

/// When timers fire.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    /// Index: every timer by due date.
    pub(crate) due: Table<(Timestamp, TimerKey), TimerOwner>,
    /// Timers of process start events.
    pub(crate) start: Map<TimerKey, StartTimer>,
}

/// Where a timer is kept: with an element instance, or with the start timers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TimerOwner {
    /// -1 for a start timer: an option would take twice the room.
    process_instance_key: ProcessInstanceKey,
    pub(crate) element_instance_key: ElementInstanceKey,
}

impl TimerOwner {
    pub(crate) fn new(
        process_instance_key: Option<ProcessInstanceKey>,
        element_instance_key: ElementInstanceKey,
    ) -> Self {
        let process_instance_key = process_instance_key.unwrap_or(ProcessInstanceKey(-1));
        Self { process_instance_key, element_instance_key }
    }

    pub(crate) fn process_instance_key(&self) -> Option<ProcessInstanceKey> {
        Some(self.process_instance_key).filter(|key| key.0 != -1)
    }
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
