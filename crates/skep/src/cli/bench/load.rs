//! The load itself: instances are created, their jobs worked, and each is followed from its
//! intended start to the acknowledged completion of its last job.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use hdrhistogram::Histogram;
use prost::bytes::Bytes;
use skep_client::Client;
use tokio::{
    sync::Notify,
    time::{sleep, sleep_until, timeout},
};
use tonic::{Code, Status};

use super::{
    model::Model,
    pace,
    wire::{self, Wire},
};
use crate::{failure::Failure, output::note};

/// Longest latency that is told apart from longer ones.
pub(super) const LATENCY_US_MAX: u64 = 600_000_000;

/// How long what is under way may take after the last start.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a job is locked. A job that is lost comes back late, but it does come back.
const JOB_TIMEOUT_MS: i64 = 60_000;

/// Attempts to complete a job while the server is busy.
const COMPLETE_ATTEMPTS_MAX: u32 = 5;

/// Pause of a worker after an error.
const ERROR_PAUSE: Duration = Duration::from_millis(50);

/// What to do.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// Starts per second; `None` keeps `in_flight_max` instances in flight.
    pub(super) rate: Option<f64>,
    pub(super) in_flight_max: usize,
    pub(super) warm_up: Duration,
    pub(super) duration: Duration,
    pub(super) variables: String,
    /// Whether an instance is complete when the gateway gives its result.
    pub(super) awaits_result: bool,
    pub(super) model: Model,
}

/// What was measured.
#[derive(Debug)]
pub(super) struct Tally {
    /// Intended start to acknowledged completion, in microseconds.
    pub(super) latency_us: Histogram<u64>,
    /// Intended start to acknowledged creation, in microseconds.
    pub(super) create_us: Histogram<u64>,
    /// Acknowledged creation to the arrival of the first job, in microseconds; 0 when the job
    /// was quicker.
    pub(super) push_us: Histogram<u64>,
    /// Starts intended within the measured time.
    pub(super) n_offered: u64,
    /// Completions acknowledged within the measured time, whenever they started.
    pub(super) n_completed_in_time: u64,
    /// Jobs whose completion was acknowledged within the measured time.
    pub(super) n_jobs_in_time: u64,
    /// Of the starts within the measured time.
    pub(super) n_completed: u64,
    /// Instances that had not completed when waiting for them ended.
    pub(super) n_unfinished: u64,
    /// The measured time.
    pub(super) measured: Duration,
    /// By kind, over the whole run.
    pub(super) errors: BTreeMap<String, u64>,
}

impl Tally {
    fn new() -> Result<Self, Failure> {
        let histogram = || {
            Histogram::new_with_max(LATENCY_US_MAX, 3)
                .map_err(|e| Failure::new("cannot keep latencies").caused_by(e))
        };
        Ok(Self {
            latency_us: histogram()?,
            create_us: histogram()?,
            push_us: histogram()?,
            n_offered: 0,
            n_completed_in_time: 0,
            n_jobs_in_time: 0,
            n_completed: 0,
            n_unfinished: 0,
            measured: Duration::ZERO,
            errors: BTreeMap::new(),
        })
    }

    /// All errors, unfinished instances included.
    pub(super) fn n_errors(&self) -> u64 {
        self.errors.values().sum()
    }
}

/// What is known of an instance so far. Its job may arrive before its creation is acknowledged.
#[derive(Default)]
struct Instance {
    intended: Option<Instant>,
    created: Option<Instant>,
    first_job: Option<Instant>,
    n_jobs_done: u32,
    completed: Option<Instant>,
}

struct State {
    tally: Tally,
    instances: HashMap<i64, Instance>,
    /// Started, and neither completed nor refused.
    n_in_flight: usize,
    /// Completions since the last progress line.
    n_since_progress: u64,
    latency_since_progress: Histogram<u64>,
}

/// What all tasks of the load share. They run on one thread, so the lock is never contended.
struct Desk {
    state: Mutex<State>,
    /// An instance is no longer in flight.
    freed: Notify,
    create: Bytes,
    awaits_result: bool,
    creating: Wire,
    working: Wire,
    jobs_per_instance: u32,
    measure_from: Instant,
    measure_until: Instant,
    in_flight_max: usize,
    stop: Arc<AtomicBool>,
}

/// Runs the load.
///
/// # Errors
/// When the jobs cannot be worked at all.
pub(super) async fn run(client: Client, plan: Plan) -> Result<Tally, Failure> {
    let began = Instant::now();
    let measure_from = began + plan.warm_up;
    let tally = Tally::new()?;
    let latency_since_progress = tally.latency_us.clone();
    let desk = Arc::new(Desk {
        state: Mutex::new(State {
            tally,
            instances: HashMap::new(),
            n_in_flight: 0,
            n_since_progress: 0,
            latency_since_progress,
        }),
        freed: Notify::new(),
        create: if plan.awaits_result {
            wire::create_with_result_request(&plan.model.process_id, &plan.variables)
        } else {
            wire::create_request(&plan.model.process_id, &plan.variables)
        },
        awaits_result: plan.awaits_result,
        creating: Wire::new(&client),
        working: Wire::new(&client),
        jobs_per_instance: plan.model.jobs_per_instance,
        measure_from,
        measure_until: measure_from + plan.duration,
        in_flight_max: plan.in_flight_max,
        stop: Arc::default(),
    });
    let mut workers = Vec::new();
    for job_type in &plan.model.job_types {
        workers.push(tokio::spawn(push(Arc::clone(&desk), job_type.clone())));
        workers.push(tokio::spawn(poll(Arc::clone(&desk), job_type.clone())));
    }
    let progress = tokio::spawn(progress(Arc::clone(&desk), began));
    let stop = tokio::spawn(stop_on_signal(Arc::clone(&desk)));

    match plan.rate {
        Some(rate) => start_at_rate(&desk, began, rate).await?,
        None => keep_in_flight(&desk).await,
    }
    let stopped = Instant::now();
    let drained = timeout(DRAIN_TIMEOUT, desk.none_in_flight()).await.is_ok();
    for task in workers.into_iter().chain([progress, stop]) {
        task.abort();
    }
    desk.finish(stopped, drained)
}

/// Starts an instance whenever one is due, whatever has become of those before.
async fn start_at_rate(desk: &Arc<Desk>, began: Instant, rate: f64) -> Result<(), Failure> {
    let stop = Arc::clone(&desk.stop);
    let mut due = pace::start(rate, began, desk.measure_until, stop)
        .map_err(|e| Failure::new("cannot start the load generator").caused_by(e))?;
    let mut batch = Vec::new();
    while due.recv_many(&mut batch, 1_024).await > 0 {
        for intended in batch.drain(..) {
            desk.offer(intended);
        }
    }
    Ok(())
}

/// Keeps the allowed number of instances in flight.
async fn keep_in_flight(desk: &Arc<Desk>) {
    loop {
        let freed = desk.freed.notified();
        let now = Instant::now();
        if now >= desk.measure_until || desk.stop.load(Ordering::Relaxed) {
            return;
        }
        let n_free = desk.in_flight_max.saturating_sub(desk.state().n_in_flight);
        for _ in 0..n_free {
            desk.offer(now);
        }
        tokio::select! {
            () = freed => (),
            () = sleep_until(desk.measure_until.into()) => (),
        }
    }
}

impl Desk {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn measures(&self, at: Instant) -> bool {
        at >= self.measure_from && at < self.measure_until
    }

    /// Starts an instance, unless there are too many already.
    fn offer(self: &Arc<Self>, intended: Instant) {
        {
            let mut state = self.state();
            if self.measures(intended) {
                state.tally.n_offered += 1;
            }
            if state.n_in_flight >= self.in_flight_max {
                *state
                    .tally
                    .errors
                    .entry("not started: too many in flight".to_owned())
                    .or_default() += 1;
                return;
            }
            state.n_in_flight += 1;
        }
        let desk = Arc::clone(self);
        tokio::spawn(async move {
            let created = if desk.awaits_result {
                desk.creating.create_with_result(desk.create.clone()).await
            } else {
                desk.creating.create(desk.create.clone()).await
            };
            match created {
                Ok(_) if desk.awaits_result => desk.ended(intended),
                Ok(created) => desk.created(created.process_instance_key, intended),
                Err(status) => {
                    // A closed loop must not turn into a busy one while everything is refused.
                    sleep(ERROR_PAUSE).await;
                    desk.failed("create", &status);
                }
            }
        });
    }

    fn created(&self, key: i64, intended: Instant) {
        let now = Instant::now();
        let mut state = self.state();
        if self.measures(intended) {
            record(&mut state.tally.create_us, now - intended);
        }
        let instance = state.instances.entry(key).or_default();
        instance.intended = Some(intended);
        instance.created = Some(now);
        if instance.completed.is_some() {
            self.completed(&mut state, key);
        }
    }

    /// The result of an instance has come.
    fn ended(&self, intended: Instant) {
        let now = Instant::now();
        self.count_completed(&mut self.state(), intended, now);
    }

    /// A job of this instance has arrived.
    fn job_arrived(&self, process_instance_key: i64) {
        if self.awaits_result {
            return;
        }
        let now = Instant::now();
        let mut state = self.state();
        state.instances.entry(process_instance_key).or_default().first_job.get_or_insert(now);
    }

    /// A job of this instance is done.
    fn job_done(&self, process_instance_key: i64) {
        let now = Instant::now();
        let mut state = self.state();
        state.tally.n_jobs_in_time += u64::from(self.measures(now));
        if self.awaits_result {
            return;
        }
        let instance = state.instances.entry(process_instance_key).or_default();
        instance.n_jobs_done += 1;
        if instance.n_jobs_done >= self.jobs_per_instance {
            instance.completed = Some(now);
            if instance.intended.is_some() {
                self.completed(&mut state, process_instance_key);
            }
        }
    }

    /// Both the creation and the last completion of this instance are acknowledged.
    fn completed(&self, state: &mut State, key: i64) {
        let Some(instance) = state.instances.remove(&key) else { return };
        let (Some(intended), Some(completed)) = (instance.intended, instance.completed) else {
            return;
        };
        if self.measures(intended)
            && let (Some(created), Some(job)) = (instance.created, instance.first_job)
        {
            record(&mut state.tally.push_us, job.saturating_duration_since(created));
        }
        self.count_completed(state, intended, completed);
    }

    fn count_completed(&self, state: &mut State, intended: Instant, completed: Instant) {
        let latency = completed.saturating_duration_since(intended);
        if self.measures(intended) {
            state.tally.n_completed += 1;
            record(&mut state.tally.latency_us, latency);
        }
        if self.measures(completed) {
            state.tally.n_completed_in_time += 1;
        }
        state.n_since_progress += 1;
        record(&mut state.latency_since_progress, latency);
        state.n_in_flight = state.n_in_flight.saturating_sub(1);
        self.freed.notify_one();
    }

    /// An instance will not complete.
    fn failed(&self, what: &str, status: &Status) {
        let mut state = self.state();
        self.count(&mut state, what, status);
        state.n_in_flight = state.n_in_flight.saturating_sub(1);
        self.freed.notify_one();
    }

    fn count(&self, state: &mut State, what: &str, status: &Status) {
        let kind = format!("{what}: {:?}", status.code());
        if !state.tally.errors.contains_key(&kind) {
            note(format!("first error of its kind: {what}: {}", status.message()));
        }
        *state.tally.errors.entry(kind).or_default() += 1;
    }

    async fn none_in_flight(&self) {
        loop {
            let freed = self.freed.notified();
            if self.state().n_in_flight == 0 {
                return;
            }
            freed.await;
        }
    }

    /// The result, once nothing more will come.
    fn finish(&self, stopped: Instant, drained: bool) -> Result<Tally, Failure> {
        let mut state = self.state();
        let n_unfinished = if drained { 0 } else { state.n_in_flight };
        let mut tally = std::mem::replace(&mut state.tally, Tally::new()?);
        // The last start lies before the end of the measured time, which it does not shorten.
        let stopped_early = self.stop.load(Ordering::Relaxed) && stopped < self.measure_until;
        let end = if stopped_early { stopped } else { self.measure_until };
        tally.measured = end.saturating_duration_since(self.measure_from);
        tally.n_unfinished = u64::try_from(n_unfinished).unwrap_or(u64::MAX);
        if tally.n_unfinished > 0 {
            tally.errors.insert("never completed".to_owned(), tally.n_unfinished);
        }
        Ok(tally)
    }
}

fn record(histogram: &mut Histogram<u64>, duration: Duration) {
    histogram.saturating_record(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX));
}

/// Works the jobs that are pushed.
async fn push(desk: Arc<Desk>, job_type: String) {
    loop {
        let ended = match desk.working.stream(&job_type, JOB_TIMEOUT_MS).await {
            Ok(mut jobs) => loop {
                match jobs.message().await {
                    Ok(Some(job)) => work(&desk, job),
                    Ok(None) => break None,
                    Err(status) => break Some(status),
                }
            },
            Err(status) => Some(status),
        };
        match ended {
            // An older gateway: polling must do.
            Some(status) if status.code() == Code::Unimplemented => return,
            Some(status) => desk.count(&mut desk.state(), "job stream", &status),
            None => (),
        }
        sleep(ERROR_PAUSE).await;
    }
}

/// Works the jobs that were not pushed: those that came before the stream was known everywhere.
async fn poll(desk: Arc<Desk>, job_type: String) {
    let polling = desk.creating.clone();
    loop {
        match polling.poll(&job_type, JOB_TIMEOUT_MS).await {
            Ok(jobs) => jobs.into_iter().for_each(|job| work(&desk, job)),
            Err(status) => {
                // Being asked to come back later is what polling is about.
                if !matches!(status.code(), Code::ResourceExhausted | Code::DeadlineExceeded) {
                    desk.count(&mut desk.state(), "poll", &status);
                }
                sleep(ERROR_PAUSE).await;
            }
        }
    }
}

fn work(desk: &Arc<Desk>, job: wire::Job) {
    desk.job_arrived(job.process_instance_key);
    let desk = Arc::clone(desk);
    tokio::spawn(async move {
        let mut n_attempts = 0;
        loop {
            n_attempts += 1;
            match desk.working.complete(job.key).await {
                Ok(()) => return desk.job_done(job.process_instance_key),
                Err(status) => {
                    let busy = matches!(status.code(), Code::ResourceExhausted | Code::Unavailable);
                    if !busy || n_attempts >= COMPLETE_ATTEMPTS_MAX {
                        return desk.failed("complete", &status);
                    }
                }
            }
            sleep(ERROR_PAUSE).await;
        }
    });
}

/// One line a second, for whoever waits.
async fn progress(desk: Arc<Desk>, began: Instant) {
    let mut ticks = tokio::time::interval(Duration::from_secs(1));
    ticks.tick().await;
    loop {
        ticks.tick().await;
        let mut state = desk.state();
        let n_completed = std::mem::take(&mut state.n_since_progress);
        let latency = &state.latency_since_progress;
        let text = format!(
            "{:>4} s: {n_completed} completed, p50 {:.1} ms, p99 {:.1} ms, {} in flight, {} errors",
            began.elapsed().as_secs(),
            ms(latency.value_at_quantile(0.5)),
            ms(latency.value_at_quantile(0.99)),
            state.n_in_flight,
            state.tally.n_errors(),
        );
        state.latency_since_progress.reset();
        drop(state);
        note(if Instant::now() < desk.measure_from { format!("{text} (warm-up)") } else { text });
    }
}

/// Ends the load early, with a report, when the user has seen enough.
async fn stop_on_signal(desk: Arc<Desk>) {
    if tokio::signal::ctrl_c().await.is_ok() {
        note("stopping: waiting for what is in flight");
        desk.stop.store(true, Ordering::Relaxed);
        desk.freed.notify_one();
    }
}

/// Microseconds as milliseconds.
#[expect(clippy::cast_precision_loss, reason = "latencies of hours still fit")]
pub(super) fn ms(us: u64) -> f64 {
    us as f64 / 1_000.0
}
