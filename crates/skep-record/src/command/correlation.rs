//! Messages whose sender wants to know who took them.

use serde::{Deserialize, Serialize};

use crate::{CorrelationKey, Document, MessageName, TenantId};

/// `MESSAGE_CORRELATION:CORRELATE`: gives a message to what waits for it now, or refuses it.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct CorrelateMessage {
    /// Name that subscriptions and start events listen for.
    pub name: MessageName,
    /// May be empty: then only start events and empty-keyed subscriptions match.
    pub correlation_key: CorrelationKey,
    /// Handed to what it correlates with.
    pub variables: Document,
    /// Its tenant.
    pub tenant_id: TenantId,
}
