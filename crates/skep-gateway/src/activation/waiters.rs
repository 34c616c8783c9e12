//! What waiting requests know of each other.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use skep_record::{JobType, TenantId};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};

/// How many of the requests woken for one job type look at once.
///
/// More of them would only be more commands in the journal that find nothing; fewer would let a
/// slow partition hold up the rest.
const TURNS_MAX: usize = 4;

/// What requests want that know of each other: the type of the jobs, and their tenants, sorted.
/// What finds nothing for one tenant says nothing about another.
type Wanted = (JobType, Vec<TenantId>);

/// All requests for jobs, by what they want.
#[derive(Debug)]
pub(crate) struct Waiters {
    by_wanted: Arc<Mutex<HashMap<Wanted, Arc<JobTypeWaiters>>>>,
    /// One permit for each request that may wait.
    places: Arc<Semaphore>,
    /// Where the next round begins.
    start: AtomicUsize,
}

/// What the requests that want the same know of each other.
#[derive(Debug)]
pub(crate) struct JobTypeWaiters {
    last: Mutex<LastLooks>,
    turns: Arc<Semaphore>,
}

/// The looks that found nothing.
#[derive(Debug)]
struct LastLooks {
    /// Notices seen before them.
    version: u64,
    /// How many there were since that notice.
    n_empty: u32,
    at: Instant,
}

/// A request's entry; dropping the last one forgets what they wanted.
#[derive(Debug)]
pub(crate) struct Registration {
    by_wanted: Arc<Mutex<HashMap<Wanted, Arc<JobTypeWaiters>>>>,
    wanted: Wanted,
    waiters: Arc<JobTypeWaiters>,
}

impl Waiters {
    pub(crate) fn new(places: usize) -> Self {
        Self {
            by_wanted: Arc::default(),
            places: Arc::new(Semaphore::new(places.min(Semaphore::MAX_PERMITS))),
            start: AtomicUsize::new(0),
        }
    }

    pub(super) fn register(&self, job_type: &JobType, tenant_ids: &[TenantId]) -> Registration {
        let wanted = (job_type.clone(), tenant_ids.to_vec());
        let waiters = Arc::clone(lock(&self.by_wanted).entry(wanted.clone()).or_default());
        Registration { by_wanted: Arc::clone(&self.by_wanted), wanted, waiters }
    }

    pub(super) fn place(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.places).try_acquire_owned().ok()
    }

    pub(super) fn next_start(&self) -> usize {
        self.start.fetch_add(1, Ordering::Relaxed)
    }
}

impl JobTypeWaiters {
    /// A turn to look after having been woken; `None` never happens: turns are not closed.
    pub(super) async fn turn(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.turns).acquire_owned().await.ok()
    }

    /// Whether a look can find anything: something was announced since the last empty looks,
    /// or there were only few of them, or they were long ago.
    pub(super) fn may_look(&self, version: u64, n_empty_max: u32, probe: Duration) -> bool {
        let last = lock(&self.last);
        last.version != version || last.n_empty < n_empty_max || last.at.elapsed() >= probe
    }

    /// Notes a look that found nothing and began after the notice `version`.
    pub(super) fn found_nothing(&self, version: u64) {
        let mut last = lock(&self.last);
        if last.version == version {
            last.n_empty = last.n_empty.saturating_add(1);
        } else {
            last.version = version;
            last.n_empty = 1;
        }
        last.at = Instant::now();
    }

    /// When somebody should look although nothing was announced.
    pub(super) fn probe_at(&self, probe: Duration) -> Instant {
        lock(&self.last).at + probe
    }
}

impl Default for JobTypeWaiters {
    fn default() -> Self {
        Self {
            last: Mutex::new(LastLooks { version: 0, n_empty: 0, at: Instant::now() }),
            turns: Arc::new(Semaphore::new(TURNS_MAX)),
        }
    }
}

impl Registration {
    pub(super) fn waiters(&self) -> &Arc<JobTypeWaiters> {
        &self.waiters
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        let mut by_wanted = lock(&self.by_wanted);
        // The table's and this one.
        if Arc::strong_count(&self.waiters) <= 2 {
            by_wanted.remove(&self.wanted);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn after_some_empty_looks_only_news_or_time_make_another_worth_it() {
        let waiters = JobTypeWaiters::default();
        for _ in 0..3 {
            assert!(waiters.may_look(7, 3, HOUR));
            waiters.found_nothing(7);
        }
        assert!(!waiters.may_look(7, 3, HOUR));
        assert!(waiters.may_look(8, 3, HOUR), "something was announced");
        assert!(waiters.may_look(7, 3, Duration::ZERO), "the last look is long ago");
        waiters.found_nothing(8);
        assert!(waiters.may_look(8, 3, HOUR), "looks before the news do not count");
    }

    #[test]
    fn a_look_that_began_before_the_news_does_not_hide_them() {
        let waiters = JobTypeWaiters::default();
        for _ in 0..3 {
            waiters.found_nothing(7);
        }
        assert!(waiters.may_look(8, 3, HOUR));
        waiters.found_nothing(7);
        assert!(waiters.may_look(8, 3, HOUR));
    }

    #[test]
    fn a_job_type_is_forgotten_with_its_last_request() {
        let waiters = Waiters::new(1);
        let first = waiters.register(&"a".into(), &[TenantId::default()]);
        let second = waiters.register(&"a".into(), &[TenantId::default()]);
        assert!(Arc::ptr_eq(first.waiters(), second.waiters()));
        drop(first);
        assert_eq!(lock(&waiters.by_wanted).len(), 1);
        drop(second);
        assert!(lock(&waiters.by_wanted).is_empty());
    }

    #[test]
    fn places_are_limited_and_come_back() {
        let waiters = Waiters::new(1);
        let place = waiters.place();
        assert!(place.is_some() && waiters.place().is_none());
        drop(place);
        assert!(waiters.place().is_some());
    }
}
