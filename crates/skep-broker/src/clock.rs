//! Where partitions take the time from.

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicI64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use skep_record::Timestamp;

/// The time of day: the system's, one that can be pinned while the broker runs, or one that a
/// test sets.
#[derive(Clone, Debug, Default)]
pub struct Clock(Source);

#[derive(Clone, Debug, Default)]
enum Source {
    #[default]
    System,
    Manual(Arc<ManualClock>),
    Controlled(Arc<ControlledClock>),
}

/// No time that a clock can be pinned to.
const NOT_PINNED: i64 = i64::MIN;

/// The system's clock, unless it is pinned.
#[derive(Debug)]
struct ControlledClock {
    pinned_ms: AtomicI64,
    sleepers: Sleepers,
}

impl Clock {
    /// The system's clock.
    #[must_use]
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// The system's clock, which can be pinned.
    #[must_use]
    pub fn controlled() -> Self {
        let clock = ControlledClock {
            pinned_ms: AtomicI64::new(NOT_PINNED),
            sleepers: Sleepers::default(),
        };
        Self(Source::Controlled(Arc::new(clock)))
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::System => system_now(),
            Source::Manual(manual) => Timestamp(manual.now_ms.load(Ordering::SeqCst)),
            Source::Controlled(clock) => match clock.pinned_ms.load(Ordering::SeqCst) {
                NOT_PINNED => system_now(),
                pinned => Timestamp(pinned),
            },
        }
    }

    /// Lets a controlled clock stand still at this time; false when the clock is none.
    pub(crate) fn pin(&self, at: Timestamp) -> bool {
        self.set(at.0)
    }

    /// Lets a controlled clock go on with the system's time; false when the clock is none.
    pub(crate) fn reset(&self) -> bool {
        self.set(NOT_PINNED)
    }

    fn set(&self, pinned_ms: i64) -> bool {
        let Source::Controlled(clock) = &self.0 else { return false };
        clock.pinned_ms.store(pinned_ms, Ordering::SeqCst);
        clock.sleepers.wake();
        true
    }

    /// Whether time moves only when somebody says so: then waiting with a time limit is useless.
    pub(crate) fn is_manual(&self) -> bool {
        match &self.0 {
            Source::System => false,
            Source::Manual(_) => true,
            Source::Controlled(clock) => clock.pinned_ms.load(Ordering::SeqCst) != NOT_PINNED,
        }
    }

    /// Has `sleeper` woken whenever the clock is moved by hand.
    pub(crate) fn wake_on_change(&self, sleeper: Weak<dyn Wake>) {
        match &self.0 {
            Source::System => (),
            Source::Manual(manual) => manual.sleepers.add(sleeper),
            Source::Controlled(clock) => clock.sleepers.add(sleeper),
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
