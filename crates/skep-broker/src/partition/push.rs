//! Which stream gets which jobs.

use std::{collections::BTreeMap, sync::Arc};

use skep_engine::Answer;
use skep_record::{
    ActivateJobs, ActivatedJob, ActivatedJobs, Command, JobType, PartitionId, Response, TenantId,
    Timestamp,
};

use super::{
    Halt, Partition,
    group::{Fault, GROUP_BYTES_MAX},
};
use crate::{
    inbox::Notice,
    stream::{STALLED_MS, StreamShared, inbox_of},
};

/// Most jobs activated by one command for a stream.
const JOBS_MAX: usize = 256;

/// The open streams, and the jobs that are there for them.
#[derive(Debug, Default)]
pub(super) struct Streams {
    by_type: BTreeMap<JobType, OfType>,
    /// Types and tenants of which jobs may be there, and about how many.
    available: Vec<(JobType, TenantId, usize)>,
    /// When to look for streams that do not read.
    check_at: Option<Timestamp>,
}

#[derive(Debug, Default)]
struct OfType {
    streams: Vec<Arc<StreamShared>>,
    /// Whose turn it is.
    next: usize,
}

impl Streams {
    pub(super) fn opened(&mut self, stream: Arc<StreamShared>) {
        let job_type = stream.request().job_type.clone();
        self.by_type.entry(job_type.clone()).or_default().streams.push(stream);
        self.look_again(&job_type);
    }

    pub(super) fn closed(&mut self, stream: &Arc<StreamShared>) {
        let job_type = &stream.request().job_type;
        if let Some(of_type) = self.by_type.get_mut(job_type) {
            of_type.streams.retain(|open| !Arc::ptr_eq(open, stream));
            if of_type.streams.is_empty() {
                self.by_type.remove(job_type);
            }
        }
    }

    /// Jobs that were left before may now find a stream.
    pub(super) fn look_again(&mut self, job_type: &JobType) {
        let streams = self.by_type.get(job_type).map_or(&[][..], |of_type| &of_type.streams);
        let mut tenants: Vec<TenantId> =
            streams.iter().flat_map(|stream| stream.request().tenant_ids.iter().cloned()).collect();
        tenants.sort_unstable();
        tenants.dedup();
        for tenant_id in tenants {
            self.available(job_type.clone(), tenant_id);
        }
    }

    /// A job of this type is there.
    pub(super) fn available(&mut self, job_type: JobType, tenant_id: TenantId) {
        let known = self
            .available
            .iter_mut()
            .find(|(known, tenant, _)| *known == job_type && *tenant == tenant_id);
        match known {
            Some((_, _, n)) => *n += 1,
            None => self.available.push((job_type, tenant_id, 1)),
        }
    }

    pub(super) fn has_work(&self) -> bool {
        !self.available.is_empty()
    }

    pub(super) fn check_at(&self) -> Option<Timestamp> {
        self.check_at
    }

    /// Jobs were pushed just now: look later whether they were read.
    pub(super) fn check_later(&mut self, now: Timestamp) {
        self.check_at.get_or_insert_with(|| now.plus_ms(STALLED_MS));
    }

    /// Jobs that no receiver has read for too long.
    pub(super) fn take_stalled(
        &mut self,
        partition_id: PartitionId,
        now: Timestamp,
    ) -> Vec<ActivatedJob> {
        if self.check_at.is_none_or(|at| at > now) {
            return Vec::new();
        }
        let mut all_taken = Vec::new();
        let mut some_wait = false;
        for stream in self.by_type.values().flat_map(|of_type| &of_type.streams) {
            let (taken, waiting) = stream.take_stalled(partition_id, now);
            all_taken.extend(taken);
            some_wait |= waiting;
        }
        self.check_at = some_wait.then(|| now.plus_ms(STALLED_MS / 3));
        all_taken
    }

    /// The `n`th stream of a type, counted from the one whose turn it is, and its place.
    fn nth(&self, job_type: &JobType, n: usize) -> Option<(usize, Arc<StreamShared>)> {
        let of_type = self.by_type.get(job_type)?;
        let place = of_type.next.wrapping_add(n) % of_type.streams.len().max(1);
        of_type.streams.get(place).map(|stream| (place, Arc::clone(stream)))
    }

    fn n_of(&self, job_type: &JobType) -> usize {
        self.by_type.get(job_type).map_or(0, |of_type| of_type.streams.len())
    }

    /// The stream at this place was served: the one after it comes first next time.
    fn served(&mut self, job_type: &JobType, place: usize) {
        if let Some(of_type) = self.by_type.get_mut(job_type) {
            of_type.next = place + 1;
        }
    }
}

impl Partition {
    /// Activates the available jobs for the streams that have room, and announces the rest.
    pub(super) fn assign_jobs(&mut self, now: Timestamp) -> Result<(), Halt> {
        for (job_type, tenant_id, n) in std::mem::take(&mut self.streams.available) {
            self.assign(now, &job_type, &tenant_id, n)?;
            if self.journal.pending_bytes() >= GROUP_BYTES_MAX {
                // The rest has its turn in the next group.
                self.streams.available(job_type, tenant_id);
            } else if self.engine.has_activatable_jobs(&job_type, &tenant_id)
                && !self.group.announced.contains(&job_type)
            {
                self.group.announced.push(job_type);
            }
        }
        Ok(())
    }

    fn assign(
        &mut self,
        now: Timestamp,
        job_type: &JobType,
        tenant_id: &TenantId,
        n_jobs: usize,
    ) -> Result<(), Halt> {
        let n_streams = self.streams.n_of(job_type);
        // One stream alone may have everything; several share, in turn.
        let share = if n_streams == 1 { JOBS_MAX } else { n_jobs.div_ceil(n_streams.max(1)) };
        while self.journal.pending_bytes() < GROUP_BYTES_MAX
            && self.engine.has_activatable_jobs(job_type, tenant_id)
        {
            let mut served = false;
            for n in 0..n_streams {
                let Some((place, stream)) = self.streams.nth(job_type, n) else { break };
                if stream.request().tenant_ids.contains(tenant_id)
                    && self.activate(now, &stream, tenant_id, share)?
                {
                    self.streams.served(job_type, place);
                    served = true;
                    break;
                }
            }
            if !served {
                break;
            }
        }
        Ok(())
    }

    /// Activates at most `wanted` jobs for a stream; says whether it got some.
    fn activate(
        &mut self,
        now: Timestamp,
        stream: &Arc<StreamShared>,
        tenant_id: &TenantId,
        wanted: usize,
    ) -> Result<bool, Halt> {
        let places = stream.reserve(wanted.min(JOBS_MAX), self.id);
        if places == 0 {
            return Ok(false);
        }
        let request = stream.request();
        let command = Command::ActivateJobs(ActivateJobs {
            job_type: request.job_type.clone(),
            worker: request.worker.clone(),
            timeout_ms: request.timeout_ms,
            max_jobs: i32::try_from(places).unwrap_or(i32::MAX),
            fetch_variables: request.fetch_variables.clone(),
            tenant_ids: vec![tenant_id.clone()],
        });
        let ActivatedJobs { jobs, truncated } = match self.activated(now, command) {
            Ok(activated) => activated,
            Err(fault) => {
                self.release(stream, places);
                self.rebuild(&fault)?;
                return Ok(false);
            }
        };
        self.release(stream, places.saturating_sub(jobs.len()));
        // A first job that fits no message has become an incident: the next one may fit.
        let served = truncated || !jobs.is_empty();
        if !jobs.is_empty() {
            self.group.pushes.push((Arc::clone(stream), jobs));
        }
        Ok(served)
    }

    pub(super) fn release(&self, stream: &StreamShared, places: usize) {
        for partition_id in stream.release(places) {
            if let Some(inbox) = inbox_of(&self.inboxes, partition_id) {
                inbox.notify(Notice::Room(stream.request().job_type.clone()));
            }
        }
    }

    fn activated(&mut self, now: Timestamp, command: Command) -> Result<ActivatedJobs, Fault> {
        let (answer, effects) = self.process(now, command)?;
        self.carry_out(effects);
        match answer {
            Answer::Reply(Ok(Response::Activated(activated))) => Ok(activated),
            Answer::Reply(Err(rejection)) => {
                tracing::warn!(%rejection, "job stream gets no jobs");
                Ok(ActivatedJobs::default())
            }
            Answer::Reply(Ok(_))
            | Answer::WhenCompleted(_)
            | Answer::WhenStepEnds(_)
            | Answer::WhenCorrelated(_)
            | Answer::Silent => Ok(ActivatedJobs::default()),
        }
    }
}
