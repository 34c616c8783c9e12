//! A broker without threads, for simulations: its owner says which partition works when, and
//! carries what the partitions send each other.
//!
//! Everything else is what [`crate::Broker`] runs: recovery, the partitions' loop, job streams,
//! snapshots.

use std::{
    collections::VecDeque,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use skep_engine::Engine;
use skep_journal::{JournalError, Reader};
use skep_record::{AuthorizedCommand, Command, PartitionId, Response};

use crate::{
    BrokerConfig, JobStream, JobStreamRequest, RecoveryReport, SubmitError,
    inbox::{Inbox, Notice, Request, Taken, Wait},
    partition::Partition,
    reply,
    route::{Route, route},
    stream::inbox_of,
};

/// Partitions whose turns are taken by their owner.
///
/// Dropping it is a crash: what was not committed is gone.
#[derive(Debug)]
pub struct SteppedBroker {
    config: BrokerConfig,
    partitions: Vec<Partition>,
    inboxes: Arc<[Arc<Inbox>]>,
    /// For each partition, what it takes for the inboxes of the others.
    wires: Vec<Arc<[Arc<Inbox>]>>,
    reports: Vec<RecoveryReport>,
}

/// A command on its way from one partition to another.
#[derive(Clone, Debug)]
pub struct Sent {
    /// Where it is to go.
    pub to: PartitionId,
    /// What is to be done there.
    pub command: Command,
}

/// A command whose answer is awaited. Dropping it is a caller who has gone away.
pub struct Call(Pin<Box<dyn Future<Output = Result<Response, SubmitError>> + Send>>);

impl SteppedBroker {
    /// Opens or creates the partitions on the disk of `config`, and brings their state up to the
    /// end of their journals. The folder is not locked.
    ///
    /// # Errors
    /// Why a partition cannot start: its journal is damaged, or the disk fails.
    pub fn recover(config: &BrokerConfig) -> Result<Self, String> {
        let config = BrokerConfig { background: false, ..config.clone() };
        let ids = || (1..=config.n_partitions).map(PartitionId);
        let new = |id| Arc::new(Inbox::new(id, config.queue_capacity, config.queue_bytes_max));
        let inboxes: Arc<[Arc<Inbox>]> = ids().map(new).collect();
        let mut partitions = Vec::new();
        let mut wires = Vec::new();
        let mut reports = Vec::new();
        for (own, inbox) in ids().zip(inboxes.iter()) {
            let wire = |id| if id == own { Arc::clone(inbox) } else { new(id) };
            let wire: Arc<[Arc<Inbox>]> = ids().map(wire).collect();
            let notices = Arc::default();
            let (partition, report) =
                Partition::recover(&config, Arc::clone(inbox), Arc::clone(&wire), notices)
                    .map_err(|halt| format!("partition {own}: {halt}"))?;
            partitions.push(partition);
            wires.push(wire);
            reports.push(report);
        }
        Ok(Self { config, partitions, inboxes, wires, reports })
    }

    /// What each partition found on disk.
    #[must_use]
    pub fn recoveries(&self) -> &[RecoveryReport] {
        &self.reports
    }

    /// The state machine of each partition.
    pub fn engines(&self) -> impl Iterator<Item = &Engine> {
        self.partitions.iter().map(Partition::engine)
    }

    /// The partitions that have something to do now.
    pub fn busy(&self) -> impl Iterator<Item = PartitionId> + '_ {
        let is_busy = |at: usize| {
            !self.inboxes.get(at).is_none_or(|inbox| inbox.is_empty())
                || self.partitions.get(at).is_some_and(|partition| partition.wait() == Wait::No)
        };
        (0..self.partitions.len())
            .filter(move |at| is_busy(*at))
            .filter_map(|at| Some(self.inboxes.get(at)?.partition_id()))
    }

    /// Has one partition take what has come in, decide, commit and deliver it.
    ///
    /// # Errors
    /// Why the partition cannot go on; it must not be used any more.
    pub fn turn(&mut self, id: PartitionId) -> Result<(), String> {
        let at = usize::from(id.0).wrapping_sub(1);
        let partition = self.partitions.get_mut(at).ok_or("there is no such partition")?;
        partition.turn(Wait::No).map_err(|halt| format!("partition {id}: {halt}"))?;
        Ok(())
    }

    /// The durable records of a partition, as its journal has them, from a position on.
    ///
    /// # Errors
    /// [`JournalError`]; there is no such partition.
    pub fn read_journal(&self, id: PartitionId, position: u64) -> Result<Reader, JournalError> {
        let at = usize::from(id.0).wrapping_sub(1);
        let partition = self.partitions.get(at);
        let partition = partition.ok_or_else(|| JournalError::Config(format!("partition {id}")))?;
        partition.journal().read_from(position)
    }

    /// Takes what the partitions have sent each other since the last call.
    pub fn take_sent(&mut self) -> Vec<Sent> {
        let mut all = Vec::new();
        for (wire, own) in self.wires.iter().zip(self.inboxes.iter()) {
            for inbox in wire.iter().filter(|inbox| !Arc::ptr_eq(inbox, own)) {
                let (mut queue, mut notes, mut taken) =
                    (VecDeque::new(), Vec::new(), Taken::default());
                inbox.take(&mut queue, &mut notes, Wait::No);
                let to = inbox.partition_id();
                for request in queue {
                    taken.add(&request);
                    if let Request::Internal(command) = request {
                        all.push(Sent { to, command });
                    }
                }
                inbox.processed(&mut taken);
                // What concerns streams does not travel between machines.
                if let Some(inbox) = inbox_of(&self.inboxes, to) {
                    notes.into_iter().for_each(|note| inbox.notify(note));
                }
            }
        }
        all
    }

    /// Lets a command of another partition arrive; says whether there was room for it.
    pub fn deliver(&self, sent: Sent) -> bool {
        inbox_of(&self.inboxes, sent.to)
            .is_some_and(|inbox| inbox.offer(Request::Internal(sent.command)).is_ok())
    }

    /// Queues a command as [`crate::Broker::submit`] does; `any` is the partition for what any
    /// partition can do.
    ///
    /// # Errors
    /// [`SubmitError`]
    pub fn submit(
        &self,
        any: PartitionId,
        command: impl Into<AuthorizedCommand>,
    ) -> Result<Call, SubmitError> {
        let command = command.into();
        let number = match route(&command.command, self.config.n_partitions) {
            Route::To(number) => number,
            Route::Any | Route::AnyRetried => any.0,
        };
        let inbox = inbox_of(&self.inboxes, PartitionId(number))
            .ok_or(SubmitError::UnknownPartition(number))?;
        let (reply, awaited) = reply::channel(inbox);
        inbox.offer(Request::Call(command, reply)).map_err(|(_, error)| error)?;
        Ok(Call(Box::pin(awaited.answer())))
    }

    /// Opens a job stream on every partition.
    #[must_use]
    pub fn open_job_stream(&self, request: JobStreamRequest) -> JobStream {
        let inboxes = Arc::clone(&self.inboxes);
        let (stream, shared) = JobStream::new(request, self.config.clock.clone(), inboxes);
        for inbox in self.inboxes.iter() {
            inbox.notify(Notice::Opened(Arc::clone(&shared)));
        }
        stream
    }

    /// Ends as [`crate::Broker::shutdown`] does.
    ///
    /// # Errors
    /// Why a journal cannot be closed.
    pub fn end(mut self) -> Result<(), String> {
        for inbox in self.inboxes.iter() {
            inbox.stop(true);
        }
        for mut partition in self.partitions.drain(..) {
            while partition.turn(Wait::No).map_err(|halt| halt.to_string())?.is_none() {}
            partition.end(true).map_err(|halt| halt.to_string())?;
        }
        Ok(())
    }
}

impl Call {
    /// The answer, once it is there. Not to be asked again after that.
    pub fn answer(&mut self) -> Option<Result<Response, SubmitError>> {
        match self.0.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(answer) => Some(answer),
            Poll::Pending => None,
        }
    }
}

impl std::fmt::Debug for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Call").finish_non_exhaustive()
    }
}
