//! A partition's queue: bounded, and emptied by its thread in one go.

use std::{
    collections::VecDeque,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use skep_record::{AuthorizedCommand, Command, JobKey, JobType, PartitionId, Query, Timestamp};

use crate::{
    clock::Wake,
    error::SubmitError,
    partition::SnapshotDone,
    reply::Reply,
    route::{Lane, weight},
    stream::StreamShared,
};

/// Most jobs that may wait to be given back. Those beyond come back when their lock ends.
const RETURNED_MAX: usize = 1 << 16;

/// Something for a partition to process.
#[derive(Debug)]
pub(crate) enum Request {
    /// From a caller who waits for the answer.
    Call(AuthorizedCommand, Reply),
    /// From a caller who wants to know something.
    Ask(Query, Reply),
    /// From another partition.
    Internal(Command),
    /// A job that did not reach its worker, and when its lock ends.
    Return(JobKey, Timestamp),
}

/// Something for a partition to know. Never refused: there are as many as streams.
#[derive(Debug)]
pub(crate) enum Notice {
    Opened(Arc<StreamShared>),
    Closed(Arc<StreamShared>),
    /// A stream of this type has room again.
    Room(JobType),
    Snapshot(SnapshotDone),
}

/// Whether a partition accepts commands.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Phase {
    Running,
    /// There is no room on the disk; the text says so to callers.
    Full(String),
    /// No more from outside; the thread ends when the queue is empty.
    Stopping {
        with_snapshot: bool,
    },
    /// The thread has ended, for this reason.
    Stopped(String),
}

#[derive(Debug)]
struct State {
    phase: Phase,
    queue: VecDeque<Request>,
    notices: Vec<Notice>,
    load: [Load; N_LANES],
    sleeping: bool,
    poked: bool,
}

const N_LANES: usize = 4;

/// What of one lane is accepted and not processed.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Load {
    n: usize,
    n_bytes: usize,
}

/// What a group has taken off the queue's load.
#[derive(Debug, Default)]
pub(crate) struct Taken([Load; N_LANES]);

impl Taken {
    pub(crate) fn add(&mut self, request: &Request) {
        let (lane, n_bytes) = lane_and_bytes(request);
        let load = &mut self.0[lane as usize];
        load.n += 1;
        load.n_bytes += n_bytes;
    }
}

fn lane_and_bytes(request: &Request) -> (Lane, usize) {
    match request {
        Request::Call(call, _) => (Lane::of(&call.command), weight(&call.command)),
        Request::Ask(..) => (Lane::New, 0),
        Request::Internal(_) => (Lane::Partition, 0),
        Request::Return(..) => (Lane::Returned, 0),
    }
}

/// How long to wait for something to do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Wait {
    No,
    AtMost(Duration),
    ForEver,
}

/// What the partition's thread is to do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Order {
    Work,
    /// Finish what is queued, and end.
    Stop {
        with_snapshot: bool,
    },
}

/// The queue of one partition, shared by everybody who sends to it.
#[derive(Debug)]
pub(crate) struct Inbox {
    partition_id: PartitionId,
    capacity: usize,
    bytes_max: usize,
    state: Mutex<State>,
    changed: Condvar,
}

impl Inbox {
    pub(crate) fn new(partition_id: PartitionId, capacity: usize, bytes_max: usize) -> Self {
        Self {
            partition_id,
            capacity,
            bytes_max,
            state: Mutex::new(State {
                phase: Phase::Running,
                queue: VecDeque::new(),
                notices: Vec::new(),
                load: [Load::default(); N_LANES],
                sleeping: false,
                poked: false,
            }),
            changed: Condvar::new(),
        }
    }

    pub(crate) fn partition_id(&self) -> PartitionId {
        self.partition_id
    }

    /// Queues a request, or hands it back with the reason why not.
    #[expect(clippy::result_large_err, reason = "the request is tried elsewhere, not dropped")]
    pub(crate) fn offer(&self, request: Request) -> Result<(), (Request, SubmitError)> {
        let (lane, n_bytes) = lane_and_bytes(&request);
        let mut state = self.lock();
        if let Some(error) = self.refusal(&state, lane, n_bytes) {
            return Err((request, error));
        }
        let load = &mut state.load[lane as usize];
        load.n += 1;
        load.n_bytes += n_bytes;
        state.queue.push_back(request);
        self.wake_sleeper(state);
        Ok(())
    }

    fn refusal(&self, state: &State, lane: Lane, n_bytes: usize) -> Option<SubmitError> {
        let from_outside = matches!(lane, Lane::New | Lane::Relief);
        match &state.phase {
            Phase::Running => (),
            Phase::Full(text) if from_outside => {
                return Some(SubmitError::ResourceExhausted(text.clone()));
            }
            Phase::Stopping { .. } if from_outside => {
                return Some(self.unavailable("it is shutting down"));
            }
            Phase::Full(_) | Phase::Stopping { .. } => (),
            Phase::Stopped(reason) => return Some(self.unavailable(reason)),
        }
        let capacity = if lane == Lane::Returned { RETURNED_MAX } else { self.capacity };
        let load = state.load[lane as usize];
        // One command of any size fits an empty queue.
        let is_full = load.n >= capacity
            || (load.n > 0 && load.n_bytes.saturating_add(n_bytes) > self.bytes_max);
        is_full.then(|| {
            SubmitError::ResourceExhausted("Reached maximum capacity of requests handled".into())
        })
    }

    pub(crate) fn unavailable(&self, reason: &str) -> SubmitError {
        SubmitError::Unavailable { partition_id: self.partition_id, reason: reason.to_owned() }
    }

    /// Tells the partition something.
    pub(crate) fn notify(&self, notice: Notice) {
        let mut state = self.lock();
        if matches!(state.phase, Phase::Stopped(_)) {
            return;
        }
        state.notices.push(notice);
        self.wake_sleeper(state);
    }

    /// Moves everything queued to `queue`, if that is empty, and what is to be known to
    /// `notices`; waits while there is neither.
    pub(crate) fn take(
        &self,
        queue: &mut VecDeque<Request>,
        notices: &mut Vec<Notice>,
        wait: Wait,
    ) -> Order {
        let mut state = self.lock();
        let nothing = |state: &State| {
            state.queue.is_empty()
                && state.notices.is_empty()
                && !state.poked
                && !matches!(state.phase, Phase::Stopping { .. })
        };
        if wait != Wait::No && queue.is_empty() && nothing(&state) {
            state.sleeping = true;
            state = match wait {
                Wait::AtMost(time) => {
                    let waited = self.changed.wait_timeout_while(state, time, |s| nothing(s));
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                Wait::ForEver | Wait::No => {
                    let waited = self.changed.wait_while(state, |state| nothing(state));
                    waited.unwrap_or_else(PoisonError::into_inner)
                }
            };
            state.sleeping = false;
        }
        state.poked = false;
        if queue.is_empty() {
            std::mem::swap(queue, &mut state.queue);
        }
        notices.append(&mut state.notices);
        match state.phase {
            Phase::Stopping { with_snapshot } => Order::Stop { with_snapshot },
            Phase::Running | Phase::Full(_) | Phase::Stopped(_) => Order::Work,
        }
    }

    /// Whether there is nothing to take.
    pub(crate) fn is_empty(&self) -> bool {
        let state = self.lock();
        state.queue.is_empty() && state.notices.is_empty()
    }

    /// Frees the places of requests that have been processed.
    pub(crate) fn processed(&self, taken: &mut Taken) {
        let taken = std::mem::take(taken);
        let mut state = self.lock();
        for (load, taken) in state.load.iter_mut().zip(taken.0) {
            load.n = load.n.saturating_sub(taken.n);
            load.n_bytes = load.n_bytes.saturating_sub(taken.n_bytes);
        }
    }

    /// Refuses new work until [`Inbox::set_room`].
    pub(crate) fn set_full(&self, text: String) {
        let mut state = self.lock();
        if matches!(state.phase, Phase::Running | Phase::Full(_)) {
            state.phase = Phase::Full(text);
        }
    }

    /// Accepts new work again.
    pub(crate) fn set_room(&self) {
        let mut state = self.lock();
        if matches!(state.phase, Phase::Full(_)) {
            state.phase = Phase::Running;
        }
    }

    /// Accepts no more from outside and has the thread end.
    pub(crate) fn stop(&self, with_snapshot: bool) {
        let mut state = self.lock();
        if !matches!(state.phase, Phase::Stopped(_)) {
            state.phase = Phase::Stopping { with_snapshot };
            self.wake_sleeper(state);
        }
    }

    /// The thread has ended. What is still queued is dropped, which tells its callers.
    pub(crate) fn set_stopped(&self, reason: String) {
        let mut state = self.lock();
        // The first reason is the one to look at.
        if !matches!(state.phase, Phase::Stopped(_)) {
            state.phase = Phase::Stopped(reason);
        }
        let dropped = (std::mem::take(&mut state.queue), std::mem::take(&mut state.notices));
        drop(state);
        drop(dropped);
    }

    /// Why the partition does not run.
    pub(crate) fn stopped(&self) -> Option<String> {
        match &self.lock().phase {
            Phase::Running | Phase::Full(_) => None,
            Phase::Stopping { .. } => Some("it is shutting down".to_owned()),
            Phase::Stopped(reason) => Some(reason.clone()),
        }
    }

    fn wake_sleeper(&self, state: MutexGuard<'_, State>) {
        let sleeping = state.sleeping;
        drop(state);
        if sleeping {
            self.changed.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Inbox {
    fn wake(&self) {
        let mut state = self.lock();
        state.poked = true;
        self.wake_sleeper(state);
    }
}
