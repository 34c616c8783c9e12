//! A group: what is decided together, synced once, and then delivered.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use skep_engine::{Answer, ColdError, Effect, Engine};
use skep_journal::AppendError;
use skep_record::{
    ActivatedJob, AuthorizedCommand, Command, JobType, PartitionId, ProcessInstanceKey, Query,
    Rejection, RejectionKind, Response, Timestamp,
};

use super::{Awaited, Halt, Partition, chain, not_kept};
use crate::{
    error::SubmitError,
    inbox::Request,
    reply::Reply,
    stream::{StreamShared, inbox_of},
};

/// Most commands decided before they are synced.
const GROUP_COMMANDS_MAX: usize = 256;
/// Bytes of journal after which a group is synced.
pub(super) const GROUP_BYTES_MAX: usize = 1 << 20;
/// Most commands due by time in one group, so that those of callers get their turn.
const DUE_MAX: usize = 64;
/// Failures of the engine itself after which the partition stops.
const FAULTS_MAX: u32 = 10;

/// What leaves the partition once the group is on disk.
#[derive(Debug, Default)]
pub(super) struct Group {
    pub(super) replies: Vec<(Reply, Result<Response, SubmitError>)>,
    pub(super) sends: Vec<(PartitionId, Command)>,
    pub(super) pushes: Vec<(Arc<StreamShared>, Vec<ActivatedJob>)>,
    /// Where the clock is to stand still from now on, if it was moved.
    pub(super) clock: Option<Option<Timestamp>>,
    /// Types of which jobs are left that no stream takes.
    pub(super) announced: Vec<JobType>,
}

/// The engine cannot go on with the state that it has.
#[derive(Debug)]
pub(super) enum Fault {
    /// It has failed; its state is to be built anew.
    Engine(String),
    /// An instance cannot be brought back from the store.
    Store(ColdError),
}

impl Partition {
    /// Decides what is due, what has come back, what is queued, and who gets the jobs of it.
    pub(super) fn fill_group(&mut self) -> Result<(), Halt> {
        let now = self.clock.now();
        self.process_due(now)?;
        for (job_key, deadline) in std::mem::take(&mut self.returned) {
            // After its deadline the job belongs to whoever has it now.
            if deadline > now {
                self.process_silently(now, Command::YieldJob(job_key))?;
            }
        }
        let mut n = 0;
        while n < GROUP_COMMANDS_MAX
            && self.journal.pending_bytes() < GROUP_BYTES_MAX
            && let Some(request) = self.queue.pop_front()
        {
            n += 1;
            self.taken.add(&request);
            match request {
                Request::Call(call, reply) => self.process_call(now, call, reply)?,
                Request::Ask(query, reply) => self.answer(query, reply),
                Request::Internal(command) => self.process_silently(now, command)?,
                Request::Return(job_key, deadline) => {
                    if deadline > now {
                        self.process_silently(now, Command::YieldJob(job_key))?;
                    }
                }
            }
        }
        self.assign_jobs(now)
    }

    fn process_due(&mut self, now: Timestamp) -> Result<(), Halt> {
        if self.engine.next_due().is_none_or(|due| due > now) {
            return Ok(());
        }
        let mut due = self.engine.due(now, DUE_MAX + self.given_up.len());
        due.retain(|command| !self.given_up.contains(command));
        for command in due {
            let kept = command.clone();
            if let Err(fault) = self.process_internal(now, command) {
                tracing::error!(intent = kept.intent(), "giving up a command that is due");
                self.given_up.push(kept);
                self.rebuild(&fault)?;
            }
        }
        Ok(())
    }

    fn process_call(
        &mut self,
        now: Timestamp,
        call: AuthorizedCommand,
        reply: Reply,
    ) -> Result<(), Halt> {
        if matches!(call.command, Command::ActivateJobs(_)) && reply.is_abandoned() {
            return Ok(());
        }
        let intent = call.command.intent();
        let (answer, effects) = match self.process(now, call) {
            Ok(outcome) => outcome,
            Err(fault) => {
                let rebuilt = self.rebuild(&fault);
                if let Err(halt) = &rebuilt {
                    // Before the reply is dropped: the caller is to be told the reason.
                    self.inbox.set_stopped(halt.to_string());
                }
                rebuilt?;
                let rejection = Rejection::new(
                    RejectionKind::ProcessingError,
                    "Expected to process command without errors, but an unexpected error occurred. Check the broker logs for details.",
                );
                self.group.replies.push((reply, Err(SubmitError::Rejected { intent, rejection })));
                return Ok(());
            }
        };
        match answer {
            Answer::Reply(Ok(response)) => self.group.replies.push((reply, Ok(response))),
            Answer::Reply(Err(rejection)) => {
                tracing::debug!(intent, code = rejection.kind.as_str(), "command refused");
                self.group.replies.push((reply, Err(SubmitError::Rejected { intent, rejection })));
            }
            Answer::WhenCompleted(key) => {
                self.await_outcome(Awaited::Completion(key), intent, reply);
            }
            Answer::WhenCorrelated(key) => {
                self.await_outcome(Awaited::Correlation(key), intent, reply);
            }
            Answer::WhenStepEnds(key) => {
                self.await_outcome(Awaited::UserTaskStep(key), intent, reply);
            }
            Answer::Silent => self.group.replies.push((reply, Ok(Response::Done))),
        }
        self.carry_out(effects);
        Ok(())
    }

    /// Answers a question, like a command only once what it is answered from is on disk.
    fn answer(&mut self, query: Query, reply: Reply) {
        let answer = self.engine.query(query);
        let answer =
            answer.map_err(|rejection| SubmitError::Rejected { intent: query.name(), rejection });
        self.group.replies.push((reply, answer));
    }

    fn process_silently(&mut self, now: Timestamp, command: Command) -> Result<(), Halt> {
        match self.process_internal(now, command) {
            Ok(()) => Ok(()),
            Err(fault) => self.rebuild(&fault),
        }
    }

    fn process_internal(&mut self, now: Timestamp, command: Command) -> Result<(), Fault> {
        let (_, effects) = self.process(now, command)?;
        self.carry_out(effects);
        Ok(())
    }

    /// Lets the engine decide and appends what it wrote.
    pub(super) fn process(
        &mut self,
        now: Timestamp,
        command: impl Into<AuthorizedCommand>,
    ) -> Result<(Answer, Vec<Effect>), Fault> {
        let command = command.into();
        let engine = &mut self.engine;
        // The engine handles its own panics; one that escapes leaves a state nobody can trust.
        let outcome = catch_unwind(AssertUnwindSafe(|| engine.process(now, command)))
            .map_err(|_| Fault::Engine("the engine has panicked".to_owned()))?
            .map_err(Fault::Store)?;
        if !outcome.batch.records.is_empty() {
            let (first, last) = (outcome.batch.first_position(), outcome.batch.last_position());
            let mut encoded = std::mem::take(&mut self.encoded);
            encoded.clear();
            self.encoded = outcome.batch.encode(encoded);
            let appended = self.journal.append(first, last, &self.encoded);
            appended.map_err(|error: AppendError| Fault::Engine(error.to_string()))?;
        }
        self.tidy();
        Ok((outcome.answer, outcome.effects))
    }

    /// Has the engine put idle instances away, and says once when they stay in memory instead.
    fn tidy(&mut self) {
        let tidied = self.engine.tidy();
        match (&tidied, self.stays_warm) {
            (Err(error), false) => {
                let error = chain(error);
                tracing::error!(error, "idle process instances stay in memory, beyond its budget");
            }
            (Ok(()), true) => tracing::info!("idle process instances have a place on disk again"),
            (Err(_), true) | (Ok(()), false) => (),
        }
        self.stays_warm = tidied.is_err();
    }

    pub(super) fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::JobsAvailable { job_type, tenant_id } => {
                    self.streams.available(job_type, tenant_id);
                }
                Effect::Send(partition_id, command) => {
                    self.group.sends.push((partition_id, command));
                }
                Effect::Completed(result) => {
                    let awaited = Awaited::Completion(result.instance.key);
                    self.answer_awaiting(awaited, Ok(Response::Completed(result)));
                }
                Effect::Correlated(message_key, outcome) => {
                    self.answer_awaiting(Awaited::Correlation(message_key), outcome);
                }
                Effect::StepEnded(user_task_key, outcome) => {
                    self.answer_awaiting(Awaited::UserTaskStep(user_task_key), outcome);
                }
                Effect::ClockMoved(pinned_at) => self.group.clock = Some(pinned_at),
                Effect::Terminated(key) => self.answer_no_result(key, "was terminated"),
                Effect::Banned(key) => {
                    self.answer_no_result(key, "is banned because of an unexpected error");
                }
            }
        }
    }

    fn answer_no_result(&mut self, process_instance_key: ProcessInstanceKey, reason: &'static str) {
        let awaited = Awaited::Completion(process_instance_key);
        if let Some((_, reply)) = self.awaiting.remove(&awaited) {
            let error = SubmitError::NoResult { process_instance_key, reason };
            self.group.replies.push((reply, Err(error)));
        }
    }

    fn answer_awaiting(&mut self, awaited: Awaited, outcome: Result<Response, Rejection>) {
        if let Some((intent, reply)) = self.awaiting.remove(&awaited) {
            let answer = outcome.map_err(|rejection| SubmitError::Rejected { intent, rejection });
            self.group.replies.push((reply, answer));
        }
    }

    /// Keeps a caller until what it waits for has happened. Forgets callers who have gone, each
    /// time their number has doubled.
    fn await_outcome(&mut self, awaited: Awaited, intent: &'static str, reply: Reply) {
        if self.awaiting.len() >= self.awaiting_sweep_at {
            self.awaiting.retain(|_, (_, reply)| !reply.is_abandoned());
            self.awaiting_sweep_at = (2 * self.awaiting.len()).max(64);
        }
        // Keys are new, and the engine takes one step of a user task at a time.
        let former = self.awaiting.insert(awaited, (intent, reply));
        debug_assert!(former.is_none_or(|(_, reply)| reply.is_abandoned()));
    }

    /// Syncs the group and lets out what was waiting for it.
    pub(super) fn deliver(&mut self) -> Result<(), Halt> {
        self.commit()?;
        if let Some(pinned_at) = self.group.clock.take()
            && !self.clock.pin(pinned_at)
        {
            tracing::warn!("the clock is not to be controlled: it stays the system's");
        }
        let now = self.clock.now();
        for (reply, answer) in self.group.replies.drain(..) {
            let undelivered = reply.send(answer);
            self.returned.extend(undelivered.iter().map(|job| (job.key, job.deadline)));
        }
        for (stream, jobs) in self.group.pushes.drain(..) {
            let undelivered = stream.push(jobs, now);
            self.returned.extend(undelivered.iter().map(|job| (job.key, job.deadline)));
            self.streams.check_later(now);
        }
        for (partition_id, command) in self.group.sends.drain(..) {
            let intent = command.intent();
            let refused = inbox_of(&self.inboxes, partition_id)
                .and_then(|inbox| inbox.offer(Request::Internal(command)).err());
            if let Some((_, error)) = refused {
                // The engine sends again what is not acknowledged.
                tracing::debug!(%partition_id, intent, %error, "command to a partition is put off");
            }
        }
        for job_type in self.group.announced.drain(..) {
            self.notices.jobs_available(&job_type);
        }
        self.inbox.processed(&mut self.taken);
        Ok(())
    }

    /// After a failure of the engine: delivers what was decided before it, and builds the state
    /// anew from what is on disk.
    pub(super) fn rebuild(&mut self, fault: &Fault) -> Result<(), Halt> {
        let fault = match fault {
            Fault::Engine(fault) => fault,
            Fault::Store(error) => {
                self.deliver()?;
                return Err(not_kept(error));
            }
        };
        self.n_faults += 1;
        tracing::error!(fault, n_faults = self.n_faults, "engine has failed; rebuilding its state");
        if self.n_faults > FAULTS_MAX {
            return Err(Halt(format!("the engine fails again and again: {fault}")));
        }
        self.deliver()?;
        // First of all gives back what it has: memory, and its store.
        self.engine = Engine::new(self.engine_config.clone());
        let (engine, _) =
            self.snapshots.load_engine(&self.engine_config, &self.cold, &self.journal)?;
        self.engine = engine;
        Ok(())
    }
}
