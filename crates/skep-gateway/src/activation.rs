//! Activation of jobs: one round over the partitions, and waiting when there are none.
//!
//! A request that finds no job is parked with the others of its job type and tenants. The broker's notice
//! that a job of the type became activatable wakes them all; a few of them look, and when those
//! find nothing the rest go on waiting without asking. A look every few seconds makes up for a
//! notice that got lost.
//!
//! Source: camunda/zeebe: zeebe/gateway, `LongPollingActivateJobsHandler`,
//! `RoundRobinActivateJobsHandler`.

mod waiters;

use std::{collections::VecDeque, sync::Arc, time::Duration};

use skep_record::{ActivateJobs, ActivatedJob, PartitionId, Response};
use tokio::{
    sync::{OwnedSemaphorePermit, watch},
    time::{Instant, sleep_until},
};

pub(crate) use self::waiters::Waiters;
use self::waiters::{JobTypeWaiters, Registration};
use crate::{
    problem::{Kind, Problem},
    shared::Shared,
};

/// One request for jobs, from the first look until it has jobs or its time is over.
#[derive(Debug)]
pub(crate) struct Activation {
    shared: Arc<Shared>,
    registration: Registration,
    notices: watch::Receiver<u64>,
    command: ActivateJobs,
    /// When waiting ends; `None` does not wait.
    deadline: Option<Instant>,
    round: Round,
    /// Counts among the parked requests from the first time it waits.
    parked: Option<OwnedSemaphorePermit>,
    /// Held while looking after having been woken, so that only a few look at once.
    turn: Option<OwnedSemaphorePermit>,
    finished: bool,
}

/// The partitions still to be asked, and what those asked have said.
#[derive(Debug, Default)]
struct Round {
    partitions: VecDeque<PartitionId>,
    /// Notices seen when the round began.
    version: u64,
    found: bool,
    refused: Option<Problem>,
    n_answered: usize,
    n_unavailable: usize,
    last_unavailable: Option<Problem>,
}

/// Why waiting has ended.
enum Woken {
    Look,
    TimeOver,
    Stopping,
}

impl Activation {
    /// Checks a request for jobs.
    ///
    /// `request_timeout_ms` above 0 waits so long, 0 takes the default, below 0 does not wait.
    pub(crate) fn new(
        shared: &Arc<Shared>,
        command: ActivateJobs,
        request_timeout_ms: i64,
    ) -> Result<Self, Problem> {
        check(&command)?;
        let polling = &shared.long_polling;
        let wait = match u64::try_from(request_timeout_ms) {
            _ if !polling.enabled => None,
            Err(_) => None,
            Ok(0) => Some(polling.timeout),
            Ok(ms) => Some(Duration::from_millis(ms)),
        };
        // A time beyond what a clock can show is as good as for ever.
        const FOR_EVER: Duration = Duration::from_secs(365 * 24 * 3600);
        let deadline = wait.map(|wait| Instant::now() + wait.min(FOR_EVER));
        let mut notices = shared.broker.job_notifications(&command.job_type);
        let version = *notices.borrow_and_update();
        let registration = shared.waiters.register(&command.job_type, &command.tenant_ids);
        let mut activation = Self {
            shared: Arc::clone(shared),
            registration,
            notices,
            command,
            deadline,
            round: Round { version, ..Round::default() },
            parked: None,
            turn: None,
            finished: false,
        };
        if deadline.is_none() || activation.may_look(version) {
            activation.begin_round();
        }
        Ok(activation)
    }

    /// Jobs of the next partition that has some; `None` when the request is done.
    ///
    /// Dropping the future loses no job: the broker takes back what nobody receives.
    pub(crate) async fn next(&mut self) -> Option<Result<Vec<ActivatedJob>, Problem>> {
        if self.finished {
            return None;
        }
        let next = self.look_or_wait().await;
        self.finished = !matches!(next, Some(Ok(_)));
        next
    }

    async fn look_or_wait(&mut self) -> Option<Result<Vec<ActivatedJob>, Problem>> {
        loop {
            if let Some(found) = self.look().await {
                return Some(found);
            }
            if self.round.found {
                return None;
            }
            if let Some(problem) = self.round.failure() {
                return Some(Err(problem));
            }
            let deadline = self.deadline?;
            if let Err(problem) = self.park() {
                return Some(Err(problem));
            }
            match self.wait(deadline).await {
                Woken::Look => self.begin_round(),
                Woken::TimeOver => return None,
                Woken::Stopping => return Some(Err(Shared::stopping())),
            }
        }
    }

    /// Asks the rest of the round's partitions until one has jobs.
    async fn look(&mut self) -> Option<Result<Vec<ActivatedJob>, Problem>> {
        let began = !self.round.partitions.is_empty();
        while let Some(partition_id) = self.round.partitions.pop_front() {
            self.round.n_answered += 1;
            match self.shared.activate_on(partition_id, self.command.clone()).await {
                Ok(Response::Activated(activated)) => {
                    if activated.jobs.is_empty() {
                        continue;
                    }
                    self.round.found = true;
                    self.turn = None;
                    if activated.truncated {
                        self.round.partitions.push_front(partition_id);
                    }
                    let n = i32::try_from(activated.jobs.len()).unwrap_or(i32::MAX);
                    self.command.max_jobs = self.command.max_jobs.saturating_sub(n);
                    if self.command.max_jobs <= 0 {
                        self.round.partitions.clear();
                    }
                    return Some(Ok(activated.jobs));
                }
                Ok(_) => return Some(Err(Problem::unexpected_answer())),
                Err(problem) if problem.kind() == Kind::ResourceExhausted => {
                    self.round.refused = Some(problem);
                }
                Err(problem) if problem.kind() == Kind::Unavailable => {
                    self.round.n_unavailable += 1;
                    self.round.last_unavailable = Some(problem);
                }
                Err(problem) => return Some(Err(problem)),
            }
        }
        if began && !self.round.found {
            self.waiters().found_nothing(self.round.version);
        }
        self.turn = None;
        None
    }

    fn begin_round(&mut self) {
        let version = *self.notices.borrow_and_update();
        let mut partitions: VecDeque<_> =
            self.shared.broker.partitions().iter().map(|status| status.id).collect();
        if !partitions.is_empty() {
            let start = self.shared.waiters.next_start() % partitions.len();
            partitions.rotate_left(start);
        }
        self.round = Round { partitions, version, ..Round::default() };
    }

    /// Takes a place among the waiting requests.
    fn park(&mut self) -> Result<(), Problem> {
        if self.parked.is_none() {
            let place = self.shared.waiters.place().ok_or_else(|| {
                Problem::new(
                    Kind::ResourceExhausted,
                    format!(
                        "Expected to wait for jobs of type '{}', but the gateway's limit of {} \
                         waiting requests is reached",
                        self.command.job_type, self.shared.limits.parked_requests_max
                    ),
                )
            })?;
            self.parked = Some(place);
        }
        Ok(())
    }

    async fn wait(&mut self, deadline: Instant) -> Woken {
        loop {
            let probe_at = self.waiters().probe_at(self.shared.long_polling.probe_interval);
            tokio::select! {
                biased;
                () = self.shared.closing.cancelled() => return Woken::Stopping,
                () = sleep_until(deadline) => return Woken::TimeOver,
                changed = self.notices.changed() => {
                    // The broker drops its end only when it stops.
                    if changed.is_err() {
                        return Woken::Stopping;
                    }
                }
                () = sleep_until(probe_at) => (),
            }
            let waiters = Arc::clone(self.waiters());
            tokio::select! {
                biased;
                () = sleep_until(deadline) => return Woken::TimeOver,
                turn = waiters.turn() => self.turn = turn,
            }
            let version = *self.notices.borrow_and_update();
            if self.may_look(version) {
                return Woken::Look;
            }
            self.turn = None;
        }
    }

    /// Whether a look can find anything, as far as the looks of others tell.
    fn may_look(&self, version: u64) -> bool {
        let polling = &self.shared.long_polling;
        self.waiters().may_look(version, polling.empty_rounds_max, polling.probe_interval)
    }

    fn waiters(&self) -> &Arc<JobTypeWaiters> {
        self.registration.waiters()
    }
}

impl Round {
    /// What to report of a round that found nothing.
    fn failure(&mut self) -> Option<Problem> {
        if let Some(problem) = self.refused.take() {
            return Some(problem);
        }
        // As long as one partition runs, jobs can come from there.
        if self.n_answered > 0 && self.n_unavailable == self.n_answered {
            return self.last_unavailable.take();
        }
        None
    }
}

/// The engine checks the same; a request that waits must be checked before it does.
fn check(command: &ActivateJobs) -> Result<(), Problem> {
    let (what, found) = if command.job_type.is_empty() {
        ("type to be present", "it was blank".to_owned())
    } else if command.max_jobs < 1 {
        ("max jobs to activate to be greater than zero", format!("it was '{}'", command.max_jobs))
    } else if command.timeout_ms < 1 {
        ("timeout to be greater than zero", format!("it was '{}'", command.timeout_ms))
    } else {
        return Ok(());
    };
    Err(Problem::invalid_argument(format!(
        "Command 'ACTIVATE' rejected with code 'INVALID_ARGUMENT': Expected to activate job batch \
         with {what}, but {found}"
    )))
}
