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

/// The time of day: the system's, or one that a test sets.
#[derive(Clone, Debug, Default)]
pub struct Clock(Source);

#[derive(Clone, Debug, Default)]
enum Source {
    #[default]
    System,
    Manual(Arc<ManualClock>),
}

impl Clock {
    /// The system's clock.
    #[must_use]
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::System => {
                let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                Timestamp(i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX))
            }
            Source::Manual(manual) => Timestamp(manual.now_ms.load(Ordering::SeqCst)),
        }
    }

    /// Whether time moves only when a test says so: then waiting with a time limit is useless.
    pub(crate) fn is_manual(&self) -> bool {
        matches!(self.0, Source::Manual(_))
    }

    /// Has `sleeper` woken whenever a manual clock is moved.
    pub(crate) fn wake_on_change(&self, sleeper: Weak<dyn Wake>) {
        if let Source::Manual(manual) = &self.0 {
            manual.sleepers.lock().unwrap_or_else(PoisonError::into_inner).push(sleeper);
        }
    }
}

/// Something that sleeps until a time and must look again when the time is moved.
pub(crate) trait Wake: Send + Sync {
    /// Look at the clock again.
    fn wake(&self);
}

/// A clock that stands still until it is moved; for tests.
pub struct ManualClock {
    now_ms: AtomicI64,
    sleepers: Mutex<Vec<Weak<dyn Wake>>>,
}

impl ManualClock {
    /// A clock that shows `start`.
    #[must_use]
    pub fn new(start: Timestamp) -> Arc<Self> {
        Arc::new(Self { now_ms: AtomicI64::new(start.0), sleepers: Mutex::default() })
    }

    /// The clock to configure a broker with.
    #[must_use]
    pub fn clock(self: &Arc<Self>) -> Clock {
        Clock(Source::Manual(Arc::clone(self)))
    }

    /// Moves the time forward by `ms` milliseconds and wakes every partition.
    pub fn advance_ms(&self, ms: i64) {
        self.now_ms.fetch_add(ms, Ordering::SeqCst);
        let mut sleepers = self.sleepers.lock().unwrap_or_else(PoisonError::into_inner);
        sleepers.retain(|sleeper| match sleeper.upgrade() {
            Some(sleeper) => {
                sleeper.wake();
                true
            }
            None => false,
        });
    }
}

impl fmt::Debug for ManualClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ManualClock({} ms)", self.now_ms.load(Ordering::SeqCst))
    }
}
