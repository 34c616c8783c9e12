//! The subscriptions to messages. There can be millions, and nearly all of them just wait, so
//! what waits is packed.

use std::{
    collections::BTreeSet,
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use skep_record::{
    BpmnProcessId, CorrelationKey, Document, ElementInstanceKey, MessageKey, MessageName,
    ProcessInstanceKey, TenantId, Timestamp,
};

use crate::{
    EncodeError,
    state::{
        dense::Dense,
        messages::Correlation,
        snapshot::Output,
        undo::{Set, Table},
    },
};

/// How many kinds of subscriptions there are at least before unused ones are looked for.
const KINDS_SWEEP_MIN: usize = 1024;

/// All subscriptions to messages whose correlation keys belong to this partition.
#[derive(Debug, Default)]
pub(crate) struct MessageSubscriptions {
    table: Table<i64, Kept>,
    /// Index: by the hash of what they correlate with; it takes a third of the room that the
    /// names would.
    by_correlation: Set<(u64, i64)>,
    /// Index: by their keys on the instances' partitions.
    by_process_key: Table<i64, i64>,
    kinds: BTreeSet<Arc<SubscriptionKind>>,
    kinds_sweep_at: usize,
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

/// A message on its way to an instance.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Correlating {
    pub(crate) message_key: MessageKey,
    pub(crate) variables: Document,
    /// When it was last sent.
    pub(crate) sent_at: Timestamp,
}

/// A subscription as it is kept.
#[derive(Clone, Debug)]
enum Kept {
    /// No message is on its way: everything but the kind is in `rest`.
    Waiting {
        kind: Arc<SubscriptionKind>,
        rest: Box<[u8]>,
    },
    Whole(Arc<MessageSubscription>),
}

/// What is packed. Keys that were given at about the same time differ by little, so they are
/// written as their distances from the subscription's: of one byte or two instead of eight.
#[derive(Deserialize, Serialize)]
struct Packed<'k> {
    process_instance: i64,
    element_instance: i64,
    process_subscription: i64,
    is_interrupting: bool,
    last_message: Option<i64>,
    correlation_key: &'k str,
}

impl Kept {
    fn new(key: i64, subscription: MessageSubscription) -> Self {
        let last = subscription.last_message_key.0;
        let packed = Packed {
            process_instance: key.wrapping_sub(subscription.process_instance_key.0),
            element_instance: key.wrapping_sub(subscription.element_instance_key.0),
            process_subscription: key.wrapping_sub(subscription.process_subscription_key),
            is_interrupting: subscription.is_interrupting,
            last_message: (last != -1).then(|| key.wrapping_sub(last)),
            correlation_key: &subscription.correlation_key,
        };
        match postcard::to_allocvec(&packed) {
            Ok(rest) if subscription.correlating.is_none() => {
                Self::Waiting { kind: subscription.kind, rest: rest.into() }
            }
            Ok(_) | Err(_) => Self::Whole(Arc::new(subscription)),
        }
    }

    /// The subscription with this key.
    fn subscription(&self, key: i64) -> Result<MessageSubscription, postcard::Error> {
        let (kind, rest) = match self {
            Self::Waiting { kind, rest } => (kind, rest),
            Self::Whole(whole) => return Ok(MessageSubscription::clone(whole)),
        };
        let packed: Packed<'_> = postcard::from_bytes(rest)?;
        Ok(MessageSubscription {
            process_instance_key: ProcessInstanceKey(key.wrapping_sub(packed.process_instance)),
            element_instance_key: ElementInstanceKey(key.wrapping_sub(packed.element_instance)),
            process_subscription_key: key.wrapping_sub(packed.process_subscription),
            kind: Arc::clone(kind),
            correlation_key: packed.correlation_key.into(),
            is_interrupting: packed.is_interrupting,
            correlating: None,
            last_message_key: MessageKey(
                packed.last_message.map_or(-1, |last| key.wrapping_sub(last)),
            ),
        })
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

impl MessageSubscriptions {
    pub(crate) fn len(&self) -> usize {
        self.table.entries().len()
    }

    pub(crate) fn get(&self, key: i64) -> Option<MessageSubscription> {
        // Always readable: it was packed here.
        self.table.get(&key)?.subscription(key).ok()
    }

    /// A subscription by its key on the instance's partition.
    pub(crate) fn by_process_key(
        &self,
        process_subscription_key: i64,
    ) -> Option<(i64, MessageSubscription)> {
        let key = *self.by_process_key.get(&process_subscription_key)?;
        Some((key, self.get(key)?))
    }

    /// Those that correlate, oldest first.
    pub(crate) fn to(
        &self,
        correlation: &Correlation,
    ) -> impl Iterator<Item = (i64, MessageSubscription)> {
        let hash = hash(correlation);
        self.by_correlation
            .range((hash, i64::MIN)..=(hash, i64::MAX))
            .filter_map(|(_, key)| Some((*key, self.get(*key)?)))
            .filter(|(_, subscription)| subscription.joins(correlation))
    }

    pub(crate) fn insert(&mut self, key: i64, mut subscription: MessageSubscription) {
        self.share_kind(&mut subscription.kind);
        self.by_correlation.insert((hash(&subscription.correlation()), key));
        self.by_process_key.insert(subscription.process_subscription_key, key);
        self.table.insert(key, Kept::new(key, subscription));
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

    /// Changes how far a subscription is; what it waits for stays.
    pub(crate) fn update(&mut self, key: i64, change: impl FnOnce(&mut MessageSubscription)) {
        if let Some(mut subscription) = self.get(key) {
            change(&mut subscription);
            self.table.insert(key, Kept::new(key, subscription));
        }
    }

    pub(crate) fn remove(&mut self, key: i64) {
        let removed = self.table.remove(&key).and_then(|kept| kept.subscription(key).ok());
        if let Some(subscription) = removed {
            self.by_correlation.remove(&(hash(&subscription.correlation()), key));
            self.by_process_key.remove(&subscription.process_subscription_key);
        }
    }

    pub(crate) fn freeze(&self) -> FrozenSubscriptions {
        FrozenSubscriptions(self.table.entries().clone())
    }

    pub(crate) fn indexes(&self) -> String {
        format!("{:?} {:?}", self.by_correlation.entries(), self.by_process_key.entries())
    }

    pub(crate) fn commit(&mut self) {
        self.table.commit();
        self.by_correlation.commit();
        self.by_process_key.commit();
    }

    pub(crate) fn rollback(&mut self) {
        self.table.rollback();
        self.by_correlation.rollback();
        self.by_process_key.rollback();
    }
}

/// The subscriptions as they were.
#[derive(Debug)]
pub(crate) struct FrozenSubscriptions(Dense<i64, Kept>);

impl FrozenSubscriptions {
    /// Writes them as a map.
    pub(crate) fn write(&self, out: &mut Output<'_>) -> Result<(), EncodeError> {
        out.put(&self.0.len())?;
        self.0.iter().try_for_each(|(key, kept)| {
            let subscription = kept.subscription(*key).map_err(EncodeError::Value)?;
            out.put(&(key, subscription))
        })
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: i64 = (3 << 51) + 1_000_000;

    fn subscription(keys: [i64; 3], last_message_key: i64) -> MessageSubscription {
        MessageSubscription {
            process_instance_key: ProcessInstanceKey(keys[0]),
            element_instance_key: ElementInstanceKey(keys[1]),
            process_subscription_key: keys[2],
            kind: Arc::new(SubscriptionKind {
                bpmn_process_id: "order".into(),
                message_name: "payment".into(),
                tenant_id: TenantId::default(),
            }),
            correlation_key: "order-1000000".into(),
            is_interrupting: true,
            correlating: None,
            last_message_key: MessageKey(last_message_key),
        }
    }

    #[test]
    fn what_is_packed_is_as_it_was() {
        let near = [KEY - 200, KEY - 190, KEY - 3];
        for (keys, last) in [(near, -1), ([1 << 51, 2, -1], 7), ([i64::MIN, i64::MAX, 0], KEY)] {
            let subscription = subscription(keys, last);
            let kept = Kept::new(KEY, subscription.clone());
            assert!(matches!(kept, Kept::Waiting { .. }));
            let found = kept.subscription(KEY).unwrap();
            assert_eq!(format!("{found:?}"), format!("{subscription:?}"));
        }
    }

    #[test]
    fn what_waits_is_small() {
        let kept = Kept::new(KEY, subscription([KEY - 200, KEY - 190, KEY - 3], -1));
        assert!(matches!(kept, Kept::Waiting { rest, .. } if rest.len() <= 24));
        assert_eq!(size_of::<(i64, Kept)>(), 32);
    }

    #[test]
    fn what_is_correlated_is_kept_whole_and_packed_again() {
        let mut all = MessageSubscriptions::default();
        all.insert(KEY, subscription([1, 2, 3], -1));
        all.commit();
        let correlating = Correlating {
            message_key: MessageKey(9),
            variables: Document::empty(),
            sent_at: Timestamp(5),
        };
        all.update(KEY, |subscription| subscription.correlating = Some(Box::new(correlating)));
        assert!(matches!(all.table.get(&KEY), Some(Kept::Whole(_))));
        assert_eq!(
            all.by_process_key(3).unwrap().1.correlating.unwrap().message_key,
            MessageKey(9)
        );
        all.update(KEY, |subscription| subscription.correlating = None);
        assert!(matches!(all.table.get(&KEY), Some(Kept::Waiting { .. })));
        all.remove(KEY);
        let correlation = subscription([1, 2, 3], -1).correlation();
        assert_eq!((all.len(), all.to(&correlation).count()), (0, 0));
        all.rollback();
        let found: Vec<i64> = all.to(&correlation).map(|(key, _)| key).collect();
        assert_eq!(found, [KEY]);
    }
}
