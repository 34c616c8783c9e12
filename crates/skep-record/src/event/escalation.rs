//! Events of escalations.

use serde::{Deserialize, Serialize};

use crate::{ElementSlot, InstanceSlot, element::names};

names! {
    /// What became of an escalation.
    EscalationIntent {
        Escalated = "ESCALATED",
        NotEscalated = "NOT_ESCALATED",
    }
}

/// An escalation that was thrown.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct EscalationValue {
    /// The process instance that threw it.
    pub instance: InstanceSlot,
    /// The event that threw it.
    pub throw_element: ElementSlot,
    /// Matched against escalation catch events.
    pub escalation_code: String,
    /// Id of the event that caught it; `None` when nothing did.
    pub catch_element_id: Option<crate::ElementId>,
}
