//! Buffered messages, the subscriptions to them, and the locks of message start events.

use std::{
    collections::BTreeSet,
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use skep_record::{
    BpmnProcessId, CorrelationKey, Document, ElementId, ElementInstanceKey, MessageKey,
    MessageName, ProcessDefinitionKey, ProcessInstanceKey, TenantId, Timestamp,
};

use crate::state::undo::{Map, Set, Table};

/// Joins messages and subscriptions.
pub(crate) type Correlation = (TenantId, MessageName, CorrelationKey);
/// What makes an instance started by a message the only one of its kind.
pub(crate) type StartLock = (TenantId, BpmnProcessId, CorrelationKey);

/// How many kinds of subscriptions there are at least before unused ones are looked for.
const KINDS_SWEEP_MIN: usize = 1024;

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
    pub(crate) subscriptions: Table<i64, Arc<MessageSubscription>>,
    /// Index: subscriptions by the hash of what they correlate with; it takes a third of the room
    /// that the names would.
    subscriptions_by_correlation: Set<(u64, i64)>,
    /// Index: subscriptions by their keys on the instances' partitions.
    subscription_keys: Table<i64, i64>,
    kinds: BTreeSet<Arc<SubscriptionKind>>,
    kinds_sweep_at: usize,
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

/// An element instance that waits for a message.
#[derive(Clone, Debug)]
pub(crate) struct MessageSubscription {
    pub(crate) process_instance_key: ProcessInstanceKey,
    pub(crate) element_instance_key: ElementInstanceKey,
    pub(crate) process_subscription_key: i64,
    pub(crate) kind: Arc<SubscriptionKind>,
    pub(crate) correlation_key: CorrelationKey,
    pub(crate) is_interrupting: bool,
    /// The message on its way to the instance.
    pub(crate) correlating: Option<Box<Correlating>>,
    /// The last message that it took, -1 for none. It is offered newer ones only, so that the
    /// instance can tell an older one that arrives once more.
    pub(crate) last_message_key: MessageKey,
}

/// What all subscriptions of one event have in common.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct SubscriptionKind {
    pub(crate) bpmn_process_id: BpmnProcessId,
    pub(crate) message_name: MessageName,
    pub(crate) tenant_id: TenantId,
}

/// A subscription as it is written.
type SubscriptionImage<T> = (
    ProcessInstanceKey,
    ElementInstanceKey,
    BpmnProcessId,
    MessageName,
    CorrelationKey,
    bool,
    TenantId,
    T,
    MessageKey,
    i64,
);

impl Serialize for MessageSubscription {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let kind = SubscriptionKind::clone(&self.kind);
        let image: SubscriptionImage<Option<&Correlating>> = (
            self.process_instance_key,
            self.element_instance_key,
            kind.bpmn_process_id,
            kind.message_name,
            self.correlation_key.clone(),
            self.is_interrupting,
            kind.tenant_id,
            self.correlating.as_deref(),
            self.last_message_key,
            self.process_subscription_key,
        );
        image.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for MessageSubscription {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let image = SubscriptionImage::<Option<Box<Correlating>>>::deserialize(deserializer)?;
        let (bpmn_process_id, message_name, tenant_id) = (image.2, image.3, image.6);
        Ok(Self {
            process_instance_key: image.0,
            element_instance_key: image.1,
            kind: Arc::new(SubscriptionKind { bpmn_process_id, message_name, tenant_id }),
            correlation_key: image.4,
            is_interrupting: image.5,
            correlating: image.7,
            last_message_key: image.8,
            process_subscription_key: image.9,
        })
    }
}

/// A message on its way to an instance.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Correlating {
    pub(crate) message_key: MessageKey,
    pub(crate) variables: Document,
    /// When it was last sent.
    pub(crate) sent_at: Timestamp,
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

impl MessageSubscription {
    pub(crate) fn correlation(&self) -> Correlation {
        let kind = &self.kind;
        (kind.tenant_id.clone(), kind.message_name.clone(), self.correlation_key.clone())
    }

    fn joins(&self, (tenant, name, key): &Correlation) -> bool {
        self.correlation_key == *key
            && self.kind.message_name == *name
            && self.kind.tenant_id == *tenant
    }
}

fn hash(correlation: &Correlation) -> u64 {
    let mut hasher = DefaultHasher::new();
    correlation.hash(&mut hasher);
    hasher.finish()
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

    /// Subscriptions that correlate, oldest first.
    pub(crate) fn subscriptions_to(
        &self,
        correlation: &Correlation,
    ) -> impl Iterator<Item = (i64, &Arc<MessageSubscription>)> {
        let hash = hash(correlation);
        self.subscriptions_by_correlation
            .range((hash, i64::MIN)..=(hash, i64::MAX))
            .filter_map(|(_, key)| Some((*key, self.subscriptions.get(key)?)))
            .filter(|(_, subscription)| subscription.joins(correlation))
    }

    /// A subscription by its key on the instance's partition.
    pub(crate) fn subscription(
        &self,
        process_subscription_key: i64,
    ) -> Option<(i64, &Arc<MessageSubscription>)> {
        let key = *self.subscription_keys.get(&process_subscription_key)?;
        Some((key, self.subscriptions.get(&key)?))
    }

    pub(crate) fn insert_subscription(&mut self, key: i64, mut subscription: MessageSubscription) {
        self.share_kind(&mut subscription.kind);
        self.subscriptions_by_correlation.insert((hash(&subscription.correlation()), key));
        self.subscription_keys.insert(subscription.process_subscription_key, key);
        self.subscriptions.insert(key, Arc::new(subscription));
    }

    fn share_kind(&mut self, kind: &mut Arc<SubscriptionKind>) {
        if let Some(known) = self.kinds.get(kind) {
            *kind = Arc::clone(known);
            return;
        }
        // Message names can be computed, so those of long ago must not stay for ever.
        if self.kinds.len() >= self.kinds_sweep_at.max(KINDS_SWEEP_MIN) {
            self.kinds.retain(|known| Arc::strong_count(known) > 1);
            self.kinds_sweep_at = 2 * self.kinds.len();
        }
        self.kinds.insert(Arc::clone(kind));
    }

    pub(crate) fn remove_subscription(&mut self, key: i64) {
        if let Some(subscription) = self.subscriptions.remove(&key) {
            self.subscriptions_by_correlation.remove(&(hash(&subscription.correlation()), key));
            self.subscription_keys.remove(&subscription.process_subscription_key);
        }
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
            "{:?} {:?} {:?} {:?} {:?} {:?} {:?}",
            self.by_correlation.entries(),
            self.ids.entries(),
            self.deadlines.entries(),
            self.subscriptions_by_correlation.entries(),
            self.subscription_keys.entries(),
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
        self.subscriptions_by_correlation.commit();
        self.subscription_keys.commit();
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
        self.subscriptions_by_correlation.rollback();
        self.subscription_keys.rollback();
        self.start_subscriptions.rollback();
        self.start_by_name.rollback();
        self.start_by_process.rollback();
        self.start_locks.rollback();
        self.awaited.rollback();
        self.detached.rollback();
    }
}
