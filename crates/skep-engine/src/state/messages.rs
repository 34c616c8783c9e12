//! Buffered messages, the subscriptions to them, and the locks of message start events.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use skep_record::{
    BpmnProcessId, CorrelationKey, Document, ElementId, ElementInstanceKey, MessageKey,
    MessageName, ProcessDefinitionKey, ProcessInstanceKey, TenantId, Timestamp,
};

use crate::state::{
    message_subscriptions::MessageSubscriptions,
    undo::{Map, Set, Table},
};

/// Joins messages and subscriptions.
pub(crate) type Correlation = (TenantId, MessageName, CorrelationKey);
/// What makes an instance started by a message the only one of its kind.
pub(crate) type StartLock = (TenantId, BpmnProcessId, CorrelationKey);

/// Everything about messages whose correlation keys belong to this partition.
#[derive(Debug, Default)]
pub(crate) struct Messages {
    pub(crate) messages: Table<MessageKey, Arc<Message>>,
    /// Index: buffered messages by what they correlate with.
    by_correlation: Set<(Correlation, MessageKey)>,
    /// Index: ids of buffered messages.
    ids: Set<(Correlation, Arc<str>)>,
    /// Index: when messages expire.
    pub(crate) deadlines: Set<(Timestamp, MessageKey)>,
    pub(crate) subscriptions: MessageSubscriptions,
    pub(crate) start_subscriptions: Map<i64, Arc<MessageStartSubscription>>,
    /// Index: start subscriptions by message name.
    start_by_name: Set<(TenantId, MessageName, i64)>,
    /// Index: start subscriptions by process id.
    start_by_process: Set<(TenantId, BpmnProcessId, i64)>,
    /// The active instance that a message with this correlation key started.
    pub(crate) start_locks: Table<StartLock, ProcessInstanceKey>,
    /// Messages whose senders wait to be told who took them.
    pub(crate) awaited: Table<MessageKey, AwaitedCorrelation>,
    /// Subscriptions of this partition's element instances that no longer wait, until the
    /// partition that has the messages knows.
    pub(crate) detached: Table<i64, DetachedSubscription>,
}

/// A message whose sender waits to be told who took it. The message itself is gone: it was for
/// what waited at that time.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct AwaitedCorrelation {
    pub(crate) name: MessageName,
    pub(crate) correlation_key: CorrelationKey,
    pub(crate) tenant_id: TenantId,
}

/// A subscription that is being closed, or that took its only message.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct DetachedSubscription {
    pub(crate) process_instance_key: ProcessInstanceKey,
    pub(crate) element_instance_key: ElementInstanceKey,
    pub(crate) message_name: MessageName,
    pub(crate) element_id: ElementId,
    pub(crate) correlation_key: CorrelationKey,
    pub(crate) is_interrupting: bool,
    /// The last message that it took, -1 for none: should it come again, it was taken already.
    pub(crate) taken: MessageKey,
    /// When the message's partition was last told.
    pub(crate) sent_at: Timestamp,
}

/// A buffered message.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Message {
    pub(crate) name: MessageName,
    pub(crate) correlation_key: CorrelationKey,
    pub(crate) message_id: Arc<str>,
    pub(crate) deadline: Timestamp,
    pub(crate) variables: Document,
    pub(crate) tenant_id: TenantId,
    /// Ids of the processes that took it: each takes a message once.
    pub(crate) correlated_to: Vec<BpmnProcessId>,
}

/// A message start event that waits.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct MessageStartSubscription {
    pub(crate) process_definition_key: ProcessDefinitionKey,
    pub(crate) bpmn_process_id: BpmnProcessId,
    pub(crate) element: u32,
    pub(crate) message_name: MessageName,
    pub(crate) tenant_id: TenantId,
}

impl AwaitedCorrelation {
    pub(crate) fn correlation(&self) -> Correlation {
        (self.tenant_id.clone(), self.name.clone(), self.correlation_key.clone())
    }
}

impl Message {
    pub(crate) fn correlation(&self) -> Correlation {
        (self.tenant_id.clone(), self.name.clone(), self.correlation_key.clone())
    }
}

impl Messages {
    /// Buffered messages that correlate, oldest first.
    pub(crate) fn buffered(
        &self,
        correlation: &Correlation,
    ) -> impl Iterator<Item = (MessageKey, &Arc<Message>)> {
        let from = (correlation.clone(), MessageKey(i64::MIN));
        let to = (correlation.clone(), MessageKey(i64::MAX));
        self.by_correlation
            .range(from..=to)
            .filter_map(|(_, key)| Some((*key, self.messages.get(key)?)))
    }

    pub(crate) fn has_id(&self, correlation: Correlation, id: &str) -> bool {
        self.ids.contains(&(correlation, id.into()))
    }

    pub(crate) fn insert_message(&mut self, key: MessageKey, message: Arc<Message>) {
        self.by_correlation.insert((message.correlation(), key));
        if !message.message_id.is_empty() {
            self.ids.insert((message.correlation(), Arc::clone(&message.message_id)));
        }
        self.deadlines.insert((message.deadline, key));
        self.messages.insert(key, message);
    }

    pub(crate) fn remove_message(&mut self, key: MessageKey) {
        if let Some(message) = self.messages.remove(&key) {
            self.by_correlation.remove(&(message.correlation(), key));
            self.ids.remove(&(message.correlation(), Arc::clone(&message.message_id)));
            self.deadlines.remove(&(message.deadline, key));
        }
    }

    /// Remembers that the process took the message.
    pub(crate) fn mark_correlated(&mut self, key: MessageKey, process: &BpmnProcessId) {
        self.messages.update(&key, |message| {
            if !message.correlated_to.contains(process) {
                Arc::make_mut(message).correlated_to.push(process.clone());
            }
        });
    }

    /// Forgets that the process took the message, because it could not.
    pub(crate) fn unmark_correlated(&mut self, key: MessageKey, process: &BpmnProcessId) {
        self.messages.update(&key, |message| {
            Arc::make_mut(message).correlated_to.retain(|known| known != process);
        });
    }

    /// Message start events that wait for a name, oldest first.
    pub(crate) fn start_subscriptions_to(
        &self,
        tenant: &TenantId,
        name: &MessageName,
    ) -> impl Iterator<Item = (i64, &Arc<MessageStartSubscription>)> {
        let from = (tenant.clone(), name.clone(), i64::MIN);
        let to = (tenant.clone(), name.clone(), i64::MAX);
        self.start_by_name
            .range(from..=to)
            .filter_map(|(_, _, key)| Some((*key, self.start_subscriptions.get(key)?)))
    }

    /// Message start events of a process id, oldest first.
    pub(crate) fn start_subscriptions_of(
        &self,
        tenant: &TenantId,
        process: &BpmnProcessId,
    ) -> impl Iterator<Item = (i64, &Arc<MessageStartSubscription>)> {
        let from = (tenant.clone(), process.clone(), i64::MIN);
        let to = (tenant.clone(), process.clone(), i64::MAX);
        self.start_by_process
            .range(from..=to)
            .filter_map(|(_, _, key)| Some((*key, self.start_subscriptions.get(key)?)))
    }

    pub(crate) fn insert_start(&mut self, key: i64, start: Arc<MessageStartSubscription>) {
        self.start_by_name.insert((start.tenant_id.clone(), start.message_name.clone(), key));
        self.start_by_process.insert((start.tenant_id.clone(), start.bpmn_process_id.clone(), key));
        self.start_subscriptions.insert(key, start);
    }

    pub(crate) fn remove_start(&mut self, key: i64) {
        if let Some(start) = self.start_subscriptions.remove(&key) {
            self.start_by_name.remove(&(start.tenant_id.clone(), start.message_name.clone(), key));
            self.start_by_process.remove(&(
                start.tenant_id.clone(),
                start.bpmn_process_id.clone(),
                key,
            ));
        }
    }

    pub(crate) fn indexes(&self) -> String {
        format!(
            "{:?} {:?} {:?} {} {:?} {:?}",
            self.by_correlation.entries(),
            self.ids.entries(),
            self.deadlines.entries(),
            self.subscriptions.indexes(),
            self.start_by_name.entries(),
            self.start_by_process.entries()
        )
    }

    pub(crate) fn commit(&mut self) {
        self.messages.commit();
        self.by_correlation.commit();
        self.ids.commit();
        self.deadlines.commit();
        self.subscriptions.commit();
        self.start_subscriptions.commit();
        self.start_by_name.commit();
        self.start_by_process.commit();
        self.start_locks.commit();
        self.awaited.commit();
        self.detached.commit();
    }

    pub(crate) fn rollback(&mut self) {
        self.messages.rollback();
        self.by_correlation.rollback();
        self.ids.rollback();
        self.deadlines.rollback();
        self.subscriptions.rollback();
        self.start_subscriptions.rollback();
        self.start_by_name.rollback();
        self.start_by_process.rollback();
        self.start_locks.rollback();
        self.awaited.rollback();
        self.detached.rollback();
    }
}
