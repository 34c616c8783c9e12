//! Events of compensation.

use serde::{Deserialize, Serialize};

use crate::{ElementInstanceKey, ElementSlot, InstanceSlot, element::names};

names! {
    /// Steps in the life of a compensation subscription.
    CompensationSubscriptionIntent {
        Created = "CREATED",
        Triggered = "TRIGGERED",
        Completed = "COMPLETED",
        Deleted = "DELETED",
        Migrated = "MIGRATED",
    }
}

/// An activity that was completed and can be compensated.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct CompensationSubscriptionValue {
    /// Its process instance.
    pub instance: InstanceSlot,
    /// The activity.
    pub activity: ElementSlot,
    /// The execution of the activity.
    pub activity_key: ElementInstanceKey,
    /// The element instance it ran in.
    pub scope_key: ElementInstanceKey,
    /// The compensation handler; `None` for a subprocess that only contains some.
    pub handler: Option<ElementSlot>,
    /// The execution of the handler, once it is triggered.
    pub handler_key: Option<ElementInstanceKey>,
    /// The event that triggered it, with its execution.
    pub thrown_by: Option<(ElementSlot, ElementInstanceKey)>,
}
