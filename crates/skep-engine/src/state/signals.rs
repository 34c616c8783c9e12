//! Signal subscriptions.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use skep_record::{ElementInstanceKey, ProcessDefinitionKey, ProcessInstanceKey, TenantId};

use crate::state::undo::Table;

/// A subscription's place: by tenant and name, then oldest first.
pub(crate) type SignalSubscriptionId = (TenantId, Arc<str>, i64);

/// Who waits for which signal on this partition.
#[derive(Debug, Default)]
pub(crate) struct Signals {
    pub(crate) subscriptions: Table<SignalSubscriptionId, SignalSubscription>,
}

/// An element instance or a process start event that waits for a signal.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct SignalSubscription {
    pub(crate) process_definition_key: ProcessDefinitionKey,
    /// `None` for a process start event.
    pub(crate) process_instance_key: Option<ProcessInstanceKey>,
    /// -1 for a process start event.
    pub(crate) element_instance_key: ElementInstanceKey,
    pub(crate) element: u32,
}

impl Signals {
    /// All that wait for a signal, oldest first.
    pub(crate) fn waiting_for(
        &self,
        tenant: &TenantId,
        name: &str,
    ) -> impl Iterator<Item = (i64, &SignalSubscription)> {
        let name: Arc<str> = name.into();
        let from = (tenant.clone(), Arc::clone(&name), i64::MIN);
        let to = (tenant.clone(), name, i64::MAX);
        self.subscriptions
            .entries()
            .range(from..=to)
            .map(|((_, _, key), subscription)| (*key, subscription))
    }

    pub(crate) fn commit(&mut self) {
        self.subscriptions.commit();
    }

    pub(crate) fn rollback(&mut self) {
        self.subscriptions.rollback();
    }
}
