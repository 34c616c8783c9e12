//! Where partitions take the time from.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicI64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use skep_record::{PartitionId, Timestamp};

/// The time of day: the system's, one that can be pinned while the broker runs, or one that a
/// test sets.
#[derive(Clone, Debug, Default)]
pub struct Clock(Source);

#[derive(Clone, Debug, Default)]
enum Source {
    #[default]
    System,
    Manual(Arc<ManualClock>),
    Controlled(Arc<ControlledClocks>),
    Partition(Arc<AtomicI64>),
}

/// No time that a clock can be pinned to.
const NOT_PINNED: i64 = i64::MIN;

/// For each partition, what its clock is pinned to.
#[derive(Debug, Default)]
struct ControlledClocks(Mutex<BTreeMap<PartitionId, Arc<AtomicI64>>>);

impl Clock {
    /// The system's clock.
    #[must_use]
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// The system's clock, which can be pinned: partitions keep what they are pinned to.
    #[must_use]
    pub fn controlled() -> Self {
        Self(Source::Controlled(Arc::default()))
    }

    /// The clock that a partition has of this one.
    pub(crate) fn of(&self, partition_id: PartitionId) -> Self {
        let Source::Controlled(clocks) = &self.0 else { return self.clone() };
        let mut clocks = clocks.0.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Arc::new(AtomicI64::new(NOT_PINNED));
        Self(Source::Partition(Arc::clone(clocks.entry(partition_id).or_insert_with(new))))
    }

    /// Whether it can be pinned.
    pub(crate) fn is_controlled(&self) -> bool {
        match self.0 {
            Source::System | Source::Manual(_) => false,
            Source::Controlled(_) | Source::Partition(_) => true,
        }
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::System | Source::Controlled(_) => system_now(),
            Source::Manual(manual) => Timestamp(manual.now_ms.load(Ordering::SeqCst)),
            Source::Partition(pinned_ms) => match pinned_ms.load(Ordering::SeqCst) {
                NOT_PINNED => system_now(),
                pinned => Timestamp(pinned),
            },
        }
    }

    /// Lets a partition's controlled clock stand still at this time, or go on with the system's;
    /// false when the clock is none.
    pub(crate) fn pin(&self, at: Option<Timestamp>) -> bool {
        let Source::Partition(pinned_ms) = &self.0 else { return false };
        pinned_ms.store(at.map_or(NOT_PINNED, |at| at.0), Ordering::SeqCst);
        true
    }

    /// Whether time moves only when somebody says so: then waiting with a time limit is useless.
    pub(crate) fn is_manual(&self) -> bool {
        match &self.0 {
            Source::System | Source::Controlled(_) => false,
            Source::Manual(_) => true,
            Source::Partition(pinned_ms) => pinned_ms.load(Ordering::SeqCst) != NOT_PINNED,
        }
    }

    /// Has `sleeper` woken whenever the clock is moved by hand.
    pub(crate) fn wake_on_change(&self, sleeper: Weak<dyn Wake>) {
        match &self.0 {
            // A partition moves its own controlled clock: it is awake then.
            Source::System | Source::Controlled(_) | Source::Partition(_) => (),
            Source::Manual(manual) => manual.sleepers.add(sleeper),
        }
    }
}

/// Something that sleeps until a time and must look again when the time is moved.
pub(crate) trait Wake: Send + Sync {
    /// Look at the clock again.
    fn wake(&self);
}

fn system_now() -> Timestamp {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX))
}

/// Those to be woken when the clock is moved by hand.
#[derive(Default)]
struct Sleepers(Mutex<Vec<Weak<dyn Wake>>>);

impl Sleepers {
    fn add(&self, sleeper: Weak<dyn Wake>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(sleeper);
    }

    fn wake(&self) {
        let mut sleepers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sleepers.retain(|sleeper| match sleeper.upgrade() {
            Some(sleeper) => {
                sleeper.wake();
                true
            }
            None => false,
        });
    }
}

impl fmt::Debug for Sleepers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sleepers").finish_non_exhaustive()
    }
}

/// A clock that stands still until it is moved; for tests.
pub struct ManualClock {
    now_ms: AtomicI64,
    sleepers: Sleepers,
}

impl ManualClock {
    /// A clock that shows `start`.
    #[must_use]
    pub fn new(start: Timestamp) -> Arc<Self> {
        Arc::new(Self { now_ms: AtomicI64::new(start.0), sleepers: Sleepers::default() })
    }

    /// The clock to configure a broker with.
    #[must_use]
    pub fn clock(self: &Arc<Self>) -> Clock {
        Clock(Source::Manual(Arc::clone(self)))
    }

    /// Moves the time forward by `ms` milliseconds and wakes every partition.
    pub fn advance_ms(&self, ms: i64) {
        self.now_ms.fetch_add(ms, Ordering::SeqCst);
        self.sleepers.wake();
    }
}

impl fmt::Debug for ManualClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ManualClock({} ms)", self.now_ms.load(Ordering::SeqCst))
    }
}
