//! Job streams: the buffer between the partitions that push and one receiver that reads.
//!
//! A partition reserves places before it activates jobs, so a job that was activated always has
//! somewhere to go. A receiver that stops reading loses what waits for it to others.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use skep_record::{ActivatedJob, JobType, Key, PartitionId, TenantId, Timestamp};

use crate::{
    clock::Clock,
    inbox::{Inbox, Notice},
    reply::give_back,
};

/// How long a pushed job waits for its receiver to read it. Then it is given back and the
/// receiver gets no more until it reads again.
pub(crate) const STALLED_MS: i64 = 3_000;

/// What a worker wants pushed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct JobStreamRequest {
    /// Type of the jobs.
    pub job_type: JobType,
    /// Name to store on the jobs.
    pub worker: String,
    /// Lock of each job in milliseconds; at least 1.
    pub timeout_ms: i64,
    /// Names of the variables to send; empty means all visible ones.
    pub fetch_variables: Vec<String>,
    /// Tenants whose jobs may be pushed.
    pub tenant_ids: Vec<TenantId>,
    /// Most jobs buffered for a receiver that does not read; further jobs go elsewhere.
    pub buffer: usize,
}

/// Jobs pushed to one worker; dropping it closes the stream and gives undelivered jobs back.
#[derive(Debug)]
pub struct JobStream {
    shared: Arc<StreamShared>,
    clock: Clock,
    inboxes: Arc<[Arc<Inbox>]>,
}

/// A stream as the partitions see it.
#[derive(Debug)]
pub(crate) struct StreamShared {
    request: JobStreamRequest,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Jobs and when they were pushed.
    queue: VecDeque<(Timestamp, ActivatedJob)>,
    /// Places that partitions have set aside for jobs being activated.
    n_reserved: usize,
    waker: Option<Waker>,
    /// Partitions that found no room and want to know when there is some.
    starved: Vec<PartitionId>,
    /// Not read for so long that jobs were taken back.
    stalled: bool,
    /// No more jobs will be accepted.
    closed: bool,
}

impl JobStream {
    pub(crate) fn new(
        request: JobStreamRequest,
        clock: Clock,
        inboxes: Arc<[Arc<Inbox>]>,
    ) -> (Self, Arc<StreamShared>) {
        let shared = Arc::new(StreamShared { request, state: Mutex::default() });
        (Self { shared: Arc::clone(&shared), clock, inboxes }, shared)
    }

    /// The next job; `None` when the broker shuts down.
    ///
    /// Jobs whose lock has ended while they waited here are left out: they belong to others.
    pub async fn next(&mut self) -> Option<ActivatedJob> {
        std::future::poll_fn(|cx| self.poll_next(cx)).await
    }

    /// As [`JobStream::next`], for those who implement a stream on top.
    pub fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<ActivatedJob>> {
        let mut state = self.shared.lock();
        state.stalled = false;
        let mut job = state.queue.pop_front();
        while job.as_ref().is_some_and(|(_, job)| self.is_late(job)) {
            job = state.queue.pop_front();
        }
        let starved = state.room_for_starved(self.shared.request.buffer);
        let next = match job {
            Some((_, job)) => Poll::Ready(Some(job)),
            None if state.closed => Poll::Ready(None),
            None => {
                match &mut state.waker {
                    Some(waker) => waker.clone_from(cx.waker()),
                    None => state.waker = Some(cx.waker().clone()),
                }
                Poll::Pending
            }
        };
        drop(state);
        for partition_id in starved {
            if let Some(inbox) = inbox_of(&self.inboxes, partition_id) {
                inbox.notify(Notice::Room(self.shared.request.job_type.clone()));
            }
        }
        next
    }

    /// Whether the lock of the job has ended, by the clock of its partition.
    fn is_late(&self, job: &ActivatedJob) -> bool {
        let partition_id = job.key.partition().unwrap_or(PartitionId::DEPLOYMENT);
        job.deadline <= self.clock.of(partition_id).now()
    }
}

impl Drop for JobStream {
    fn drop(&mut self) {
        let undelivered = self.shared.close();
        return_jobs(&self.inboxes, &undelivered);
        for inbox in self.inboxes.iter() {
            inbox.notify(Notice::Closed(Arc::clone(&self.shared)));
        }
    }
}

impl State {
    /// The starved partitions, once enough has been read to be worth waking them.
    fn room_for_starved(&mut self, buffer: usize) -> Vec<PartitionId> {
        if self.starved.is_empty() || self.queue.len() + self.n_reserved > buffer / 2 {
            return Vec::new();
        }
        std::mem::take(&mut self.starved)
    }
}

impl StreamShared {
    pub(crate) fn request(&self) -> &JobStreamRequest {
        &self.request
    }

    /// Sets at most `wanted` places aside; 0 when there is no room, and then `partition_id` is
    /// told when there is.
    pub(crate) fn reserve(&self, wanted: usize, partition_id: PartitionId) -> usize {
        let mut state = self.lock();
        if state.closed {
            return 0;
        }
        let used = state.queue.len() + state.n_reserved;
        let free = if state.stalled { 0 } else { self.request.buffer.saturating_sub(used) };
        if free == 0 && !state.starved.contains(&partition_id) {
            state.starved.push(partition_id);
        }
        let n = free.min(wanted);
        state.n_reserved += n;
        n
    }

    /// Gives places back that were set aside; returns the partitions to be told so, because the
    /// receiver may have read everything already and say nothing.
    #[must_use]
    pub(crate) fn release(&self, n_reserved: usize) -> Vec<PartitionId> {
        let mut state = self.lock();
        state.n_reserved = state.n_reserved.saturating_sub(n_reserved);
        if n_reserved == 0 || state.stalled {
            return Vec::new();
        }
        state.room_for_starved(self.request.buffer)
    }

    /// Hands over jobs for which places were set aside; returns them when nobody will read.
    pub(crate) fn push(&self, jobs: Vec<ActivatedJob>, now: Timestamp) -> Vec<ActivatedJob> {
        let mut state = self.lock();
        state.n_reserved = state.n_reserved.saturating_sub(jobs.len());
        if state.closed {
            return jobs;
        }
        state.queue.extend(jobs.into_iter().map(|job| (now, job)));
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
        Vec::new()
    }

    /// Takes back the jobs of one partition that have waited too long, and says whether others
    /// of it still wait.
    pub(crate) fn take_stalled(
        &self,
        partition_id: PartitionId,
        now: Timestamp,
    ) -> (Vec<ActivatedJob>, bool) {
        let mut state = self.lock();
        let mut taken = Vec::new();
        let mut waiting = false;
        for (pushed_at, job) in std::mem::take(&mut state.queue) {
            if job.key.partition() != Some(partition_id) {
                state.queue.push_back((pushed_at, job));
            } else if pushed_at.plus_ms(STALLED_MS) > now {
                waiting = true;
                state.queue.push_back((pushed_at, job));
            } else {
                taken.push(job);
            }
        }
        if !taken.is_empty() {
            state.stalled = true;
            if !state.starved.contains(&partition_id) {
                state.starved.push(partition_id);
            }
        }
        (taken, waiting)
    }

    /// Ends the stream and returns what was not read.
    pub(crate) fn close(&self) -> Vec<ActivatedJob> {
        let mut state = self.lock();
        state.closed = true;
        let undelivered = state.queue.drain(..).map(|(_, job)| job).collect();
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
        undelivered
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The queue of a partition; `None` when there is no such partition.
pub(crate) fn inbox_of(inboxes: &[Arc<Inbox>], partition_id: PartitionId) -> Option<&Arc<Inbox>> {
    inboxes.get(usize::from(partition_id.0).checked_sub(1)?)
}

/// Sends jobs back to the partitions they come from.
pub(crate) fn return_jobs(inboxes: &[Arc<Inbox>], jobs: &[ActivatedJob]) {
    for job in jobs {
        let inbox = job.key.partition().and_then(|partition_id| inbox_of(inboxes, partition_id));
        if let Some(inbox) = inbox {
            give_back(inbox, std::slice::from_ref(job));
        }
    }
}

#[cfg(test)]
mod tests {
    use skep_record::{Document, JobKey, ProcessDefinitionKey, ProcessInstanceKey};

    use super::*;

    const PARTITION: PartitionId = PartitionId(1);

    fn stream(buffer: usize) -> (JobStream, Arc<StreamShared>) {
        let request = JobStreamRequest {
            job_type: "work".into(),
            worker: String::new(),
            timeout_ms: 1000,
            fetch_variables: Vec::new(),
            tenant_ids: vec![TenantId::default()],
            buffer,
        };
        let inbox = Arc::new(Inbox::new(PARTITION, 100, 1 << 20));
        JobStream::new(request, Clock::system(), Arc::new([inbox]))
    }

    fn job(n: u64, deadline: i64) -> ActivatedJob {
        ActivatedJob {
            key: JobKey(PARTITION.key(n)),
            job_type: "work".into(),
            kind: skep_record::JobKind::BpmnElement,
            process_instance_key: ProcessInstanceKey(1),
            process_definition_key: ProcessDefinitionKey(1),
            bpmn_process_id: "p".into(),
            process_definition_version: 1,
            element_id: "e".into(),
            element_instance_key: 1.into(),
            custom_headers: Document::empty(),
            worker: String::new(),
            retries: 3,
            deadline: Timestamp(deadline),
            variables: Document::empty(),
            tenant_id: TenantId::default(),
            tags: Vec::new(),
            root_process_instance_key: ProcessInstanceKey(1),
        }
    }

    fn read(stream: &mut JobStream) -> Poll<Option<ActivatedJob>> {
        stream.poll_next(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn no_more_is_reserved_than_there_is_room_for() {
        let (mut stream, shared) = stream(4);
        assert_eq!(shared.reserve(3, PARTITION), 3);
        assert_eq!(shared.reserve(3, PARTITION), 1);
        assert_eq!(shared.reserve(1, PARTITION), 0);
        assert_eq!(shared.release(2), [PARTITION]);
        let jobs = vec![job(1, i64::MAX), job(2, i64::MAX)];
        assert!(shared.push(jobs, Timestamp(0)).is_empty());
        assert_eq!(shared.reserve(9, PARTITION), 2);
        assert!(shared.release(2).is_empty());
        assert!(matches!(read(&mut stream), Poll::Ready(Some(job)) if job.key.0 & 0xff == 1));
        assert_eq!(shared.reserve(9, PARTITION), 3);
    }

    #[test]
    fn a_job_whose_lock_has_ended_is_not_delivered() {
        let (mut stream, shared) = stream(4);
        assert_eq!(shared.reserve(2, PARTITION), 2);
        shared.push(vec![job(1, 5), job(2, i64::MAX)], Timestamp(0));
        assert!(matches!(read(&mut stream), Poll::Ready(Some(job)) if job.key.0 & 0xff == 2));
        assert!(read(&mut stream).is_pending());
    }

    #[test]
    fn a_receiver_that_does_not_read_loses_its_jobs_until_it_does() {
        let (mut stream, shared) = stream(4);
        assert_eq!(shared.reserve(2, PARTITION), 2);
        shared.push(vec![job(1, i64::MAX)], Timestamp(0));
        shared.push(vec![job(2, i64::MAX)], Timestamp(1000));
        let (taken, waiting) = shared.take_stalled(PARTITION, Timestamp(STALLED_MS));
        assert_eq!((taken.len(), waiting), (1, true));
        assert_eq!(shared.reserve(1, PARTITION), 0);
        assert!(matches!(read(&mut stream), Poll::Ready(Some(_))));
        assert_eq!(shared.reserve(1, PARTITION), 1);
    }

    #[test]
    fn a_closed_stream_takes_no_job() {
        let (mut stream, shared) = stream(4);
        assert_eq!(shared.reserve(2, PARTITION), 2);
        shared.push(vec![job(1, i64::MAX)], Timestamp(0));
        assert_eq!(shared.close().len(), 1);
        assert_eq!(shared.push(vec![job(2, i64::MAX)], Timestamp(0)).len(), 1);
        assert_eq!(shared.reserve(1, PARTITION), 0);
        assert!(matches!(read(&mut stream), Poll::Ready(None)));
    }
}
