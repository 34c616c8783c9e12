//! Conditional start events of processes, and who waits for conditions.

use serde::{Deserialize, Serialize};
use skep_record::{ElementInstanceKey, ProcessDefinitionKey, ProcessInstanceKey};

use crate::state::undo::{Map, Set};

/// What waits for conditions.
#[derive(Debug, Default)]
pub(crate) struct Conditions {
    /// Start events, by the key of their subscription.
    pub(crate) starts: Map<i64, StartCondition>,
    /// Index: the element instances that wait, so that a changed variable is not looked up in
    /// all those of its process instance.
    waiting: Set<(ProcessInstanceKey, ElementInstanceKey)>,
}

/// A conditional start event of a process.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(crate) struct StartCondition {
    pub(crate) process_definition_key: ProcessDefinitionKey,
    pub(crate) element: u32,
}

impl Conditions {
    /// The element instances of a process instance that wait for conditions.
    pub(crate) fn waiting(
        &self,
        instance: ProcessInstanceKey,
    ) -> impl Iterator<Item = ElementInstanceKey> {
        let all =
            (instance, ElementInstanceKey(i64::MIN))..=(instance, ElementInstanceKey(i64::MAX));
        self.waiting.range(all).map(|(_, element)| *element)
    }

    pub(crate) fn set_waiting(
        &mut self,
        instance: ProcessInstanceKey,
        element: ElementInstanceKey,
        waits: bool,
    ) {
        if waits {
            self.waiting.insert((instance, element));
        } else {
            self.waiting.remove(&(instance, element));
        }
    }

    pub(crate) fn indexes(&self) -> String {
        format!("{:?}", self.waiting.entries())
    }

    pub(crate) fn commit(&mut self) {
        self.starts.commit();
        self.waiting.commit();
    }

    pub(crate) fn rollback(&mut self) {
        self.starts.rollback();
        self.waiting.rollback();
    }
}
