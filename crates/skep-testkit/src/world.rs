//! Everything that a seed sets in motion: a broker, its disk, its clock, its network.

use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::Arc,
};

use skep_broker::{BrokerConfig, Call, ManualClock, Sent, SteppedBroker, SubmitError};
use skep_record::{
    BatchOperationKey, Command, JobKey, PartitionId, ProcessInstanceKey, RejectionKind, Response,
    Timestamp,
};

use crate::{
    PowerCut, Rng, SimDisk,
    clients::Clients,
    cold::{Shelf, SimStores},
    disk::Mounted,
    facts::Facts,
    witness::Witness,
};

const START: Timestamp = Timestamp(1_700_000_000_000);
/// Most commands between partitions that are on their way at a time; the oldest are lost.
const WIRE_MAX: usize = 2_000;

/// After how many turns with records a partition's state is compared with its journal's.
const COMPARE_EVERY: u64 = 8;

/// Which faults occur in a world. Each world has some of them, so that each is also seen alone.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Faults {
    pub(crate) power_cuts: bool,
    pub(crate) kills: bool,
    pub(crate) failing_syncs: bool,
    pub(crate) lossy_network: bool,
    pub(crate) clock_jumps: bool,
    pub(crate) failing_stores: bool,
}

/// How a process ends that is not told to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Crash {
    /// Files keep what was written.
    Kill,
    /// Files keep what was synced.
    Power,
}

/// What an answer promises, to be found in the journal.
#[derive(Debug)]
enum Promise {
    Created(ProcessInstanceKey),
    Completed(JobKey),
    Published(i64),
    BatchCreated(BatchOperationKey),
}

/// A command whose answer is awaited.
#[derive(Debug)]
pub(crate) struct Pending {
    pub(crate) command: Command,
    call: Call,
}

pub(crate) struct World {
    pub(crate) rng: Rng,
    pub(crate) config: BrokerConfig,
    pub(crate) faults: Faults,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) disk: Arc<SimDisk>,
    /// Where idle instances go.
    pub(crate) stores: Arc<SimStores>,
    broker: Option<SteppedBroker>,
    pub(crate) witnesses: Vec<Witness>,
    pub(crate) facts: Facts,
    /// Commands between partitions that have not arrived.
    pub(crate) wire: Vec<Sent>,
    pub(crate) calls: Vec<Pending>,
    promises: Vec<Promise>,
    pub(crate) clients: Clients,
    pub(crate) n_crashes: u64,
    n_batches: u64,
    pub(crate) log: Option<String>,
}

impl World {
    pub(crate) fn new(seed: u64, with_log: bool) -> Result<Self, String> {
        let mut rng = Rng::new(seed);
        let n_partitions = [1, 1, 3, 3, 8][rng.below(5)];
        let disk = SimDisk::new(rng.fork());
        let clock = ManualClock::new(START);
        let mut config = BrokerConfig::new("/simulated");
        config.n_partitions = n_partitions;
        config.segment_bytes = [8, 16, 64, 256][rng.below(4)] << 10;
        config.snapshot_every_bytes = [2, 16, 64, 1024][rng.below(4)] << 10;
        config.queue_capacity = [4, 64, 1024][rng.below(3)];
        config.clock = clock.clock();
        config.zone = skep_engine::EngineConfig::new(PartitionId(1), 1).zone;
        config.disk = Arc::new(Mounted(Arc::clone(&disk)));
        let stores = Arc::new(SimStores::default());
        config.cold_stores = Arc::new(Shelf(Arc::clone(&stores)));
        // From numbers of its own: seeds that once found something go on doing what they did.
        let mut cold_rng = Rng::new(!seed);
        let shares = [None, None, None, Some(0), Some(1 << 10), Some(8 << 10)];
        let share_bytes: Option<u64> = shares[cold_rng.below(shares.len())];
        config.memory_budget_bytes = share_bytes.map(|bytes| bytes * u64::from(n_partitions));
        let faults = Faults {
            failing_stores: share_bytes.is_some() && cold_rng.one_in(2),
            power_cuts: rng.one_in(2),
            kills: rng.one_in(2),
            failing_syncs: rng.one_in(3),
            lossy_network: rng.one_in(2),
            clock_jumps: rng.one_in(3),
        };
        let witnesses =
            (1..=n_partitions).map(|id| Witness::new(PartitionId(id), n_partitions)).collect();
        let mut world = Self {
            clients: Clients::new(&mut rng),
            rng,
            config,
            faults,
            clock,
            disk,
            stores,
            broker: None,
            witnesses,
            facts: Facts::default(),
            wire: Vec::new(),
            calls: Vec::new(),
            promises: Vec::new(),
            n_crashes: 0,
            n_batches: 0,
            log: with_log.then(String::new),
        };
        world.say(|world| {
            let budget = world.config.memory_budget_bytes;
            format!("{} partitions, memory {budget:?}, {:?}", world.n_partitions(), world.faults)
        });
        world.start()?;
        Ok(world)
    }

    pub(crate) fn n_partitions(&self) -> u16 {
        self.config.n_partitions
    }

    pub(crate) fn any_partition(&mut self) -> PartitionId {
        let n = usize::from(self.n_partitions());
        PartitionId(u16::try_from(self.rng.below(n) + 1).unwrap_or(1))
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.config.clock.now()
    }

    pub(crate) fn broker(&self) -> Result<&SteppedBroker, String> {
        self.broker.as_ref().ok_or_else(|| "no broker is running".to_owned())
    }

    pub(crate) fn say(&mut self, what: impl FnOnce(&Self) -> String) {
        if self.log.is_some() {
            let line = what(self);
            if let Some(log) = &mut self.log {
                log.push_str(&line);
                log.push('\n');
            }
        }
    }

    /// Starts the broker, again and again if the power fails meanwhile, and checks what it found.
    fn start(&mut self) -> Result<(), String> {
        loop {
            if self.faults.power_cuts && self.rng.one_in(4) {
                let n = 1 + self.rng.below(40) as u64;
                self.disk.cut_in(Some(n));
            }
            match catch_unwind(AssertUnwindSafe(|| SteppedBroker::recover(&self.config))) {
                Ok(Ok(broker)) => {
                    self.broker = Some(broker);
                    break;
                }
                Ok(Err(halt)) if self.stores.explains(&halt) => {
                    self.say(|_| halt);
                    self.stores.heal();
                }
                Ok(Err(halt)) => return Err(halt),
                Err(panic) if panic.is::<PowerCut>() => {
                    self.say(|_| "the power fails during recovery".to_owned());
                    self.disk.cut_power();
                }
                Err(panic) => resume_unwind(panic),
            }
        }
        self.disk.cut_in(None);
        self.verify(false)?;
        for at in 0..self.witnesses.len() {
            self.catch_up(at)?;
        }
        self.compare()?;
        self.check_promises()
    }

    /// Whether what was durable before the start is there.
    fn verify(&self, may_end_early: bool) -> Result<(), String> {
        let broker = self.broker()?;
        for witness in &self.witnesses {
            let mut reader =
                broker.read_journal(witness.id, 0).map_err(|e| e.to_string())?.peekable();
            let first_position = match reader.peek() {
                Some(Ok(frame)) => frame.first_position,
                Some(Err(error)) => return Err(error.to_string()),
                None => 1,
            };
            drop(reader);
            let reader = broker.read_journal(witness.id, 0).map_err(|error| error.to_string())?;
            witness.verify(reader, first_position, may_end_early)?;
        }
        Ok(())
    }

    /// Reads what a partition has written since the last time.
    fn catch_up(&mut self, at: usize) -> Result<(), String> {
        let Self { broker, witnesses, facts, log, n_batches, stores, .. } = self;
        let (Some(broker), Some(witness)) = (broker.as_ref(), witnesses.get_mut(at)) else {
            return Ok(());
        };
        let live = broker.engines().nth(at).ok_or("a partition is missing")?;
        if live.last_position() == witness.last_position() {
            return Ok(());
        }
        let reader = broker
            .read_journal(witness.id, witness.last_position() + 1)
            .map_err(|error| error.to_string())?;
        witness.catch_up(reader, facts, log)?;
        *n_batches += 1;
        // States that differ once differ from then on.
        if n_batches.is_multiple_of(COMPARE_EVERY) {
            stores.undisturbed(|| witness.compare(live))
        } else {
            Ok(())
        }
    }

    /// Whether replaying the journals leads to the states of the running engines.
    pub(crate) fn compare(&self) -> Result<(), String> {
        let pairs = self.witnesses.iter().zip(self.broker()?.engines());
        self.stores
            .undisturbed(|| pairs.into_iter().try_for_each(|(witness, live)| witness.compare(live)))
    }

    /// Lets one partition work.
    pub(crate) fn turn(&mut self, id: PartitionId) -> Result<(), String> {
        let Some(broker) = &mut self.broker else { return Err("no broker is running".to_owned()) };
        match catch_unwind(AssertUnwindSafe(|| broker.turn(id))) {
            Ok(Ok(())) => (),
            Ok(Err(halt)) if self.faults.failing_syncs && halt.contains("cannot sync") => {
                self.say(|_| halt);
                let crash = if self.rng.one_in(2) { Crash::Kill } else { Crash::Power };
                return self.crash(crash);
            }
            Ok(Err(halt)) if self.stores.explains(&halt) => {
                self.say(|_| halt);
                return self.crash(Crash::Kill);
            }
            Ok(Err(halt)) => return Err(halt),
            Err(panic) if panic.is::<PowerCut>() => return self.crash(Crash::Power),
            Err(panic) => resume_unwind(panic),
        }
        self.wire.extend(broker.take_sent());
        let n_lost = self.wire.len().saturating_sub(WIRE_MAX);
        self.wire.drain(..n_lost);
        self.hear_answers()?;
        self.catch_up(usize::from(id.0) - 1)?;
        self.check_promises()
    }

    /// Ends the process without warning and starts another one.
    pub(crate) fn crash(&mut self, how: Crash) -> Result<(), String> {
        self.say(|_| format!("crash: {how:?}"));
        self.n_crashes += 1;
        // What was answered before the crash holds after it.
        self.hear_answers()?;
        self.clients.streams.clear();
        self.broker = None;
        self.disk.fail_sync_in(None);
        match how {
            Crash::Kill => self.disk.cut_in(None),
            Crash::Power => self.disk.cut_power(),
        }
        self.hear_answers()?;
        self.start()
    }

    /// Ends the process in good order and starts another one.
    pub(crate) fn restart(&mut self) -> Result<(), String> {
        self.say(|_| "restart".to_owned());
        self.clients.streams.clear();
        self.compare()?;
        if let Some(broker) = self.broker.take() {
            broker.end()?;
        }
        self.hear_answers()?;
        self.start()
    }

    /// From now on syncs do nothing; then the power fails. What was acknowledged may be lost now,
    /// but a broker that starts in spite of it must have an unchanged beginning of it.
    pub(crate) fn end_with_a_lie(&mut self) -> Result<(), String> {
        self.say(|_| "the disk has lied; the power fails".to_owned());
        self.clients.streams.clear();
        self.broker = None;
        self.disk.cut_power();
        match SteppedBroker::recover(&self.config) {
            Ok(broker) => {
                self.broker = Some(broker);
                self.verify(true)?;
            }
            // It has noticed, and says so.
            Err(refusal) => self.say(|_| refusal),
        }
        Ok(())
    }

    /// Sends a command as a client does.
    pub(crate) fn submit(&mut self, any: PartitionId, command: Command) -> Result<(), String> {
        self.say(|_| format!("client: {}:{}", command.value_type(), command.intent()));
        match self.broker()?.submit(any, command.clone()) {
            Ok(call) => self.calls.push(Pending { command, call }),
            Err(SubmitError::ResourceExhausted(_) | SubmitError::UnknownPartition(_)) => (),
            Err(other) => return Err(other.to_string()),
        }
        Ok(())
    }

    /// Takes the answers that have come.
    fn hear_answers(&mut self) -> Result<(), String> {
        let mut waiting = Vec::new();
        for mut pending in std::mem::take(&mut self.calls) {
            match pending.call.answer() {
                None => waiting.push(pending),
                Some(Ok(response)) => self.accepted(&pending.command, response),
                Some(Err(SubmitError::Rejected { rejection, intent })) => {
                    if rejection.kind == RejectionKind::ProcessingError {
                        return Err(format!("{intent}: {}", rejection.reason));
                    }
                    self.say(|_| format!("answer: {intent} {}", rejection.kind.as_str()));
                }
                // Nobody knows whether it was carried out: clients try again.
                Some(Err(_)) => self.clients.unanswered(pending.command),
            }
        }
        self.calls = waiting;
        Ok(())
    }

    fn accepted(&mut self, command: &Command, response: Response) {
        if let Command::CompleteJob(complete) = command {
            self.promises.push(Promise::Completed(complete.job_key));
        }
        if let Response::Created(created) = &response {
            self.promises.push(Promise::Created(created.key));
        } else if let Response::Completed(result) = &response {
            self.promises.push(Promise::Created(result.instance.key));
        } else if let Response::Published(key) = &response {
            self.promises.push(Promise::Published(key.0));
        } else if let Response::BatchOperationCreated(key) = &response {
            self.promises.push(Promise::BatchCreated(*key));
        }
        self.clients.accepted(response);
    }

    /// Whether what was promised is in the journal.
    fn check_promises(&mut self) -> Result<(), String> {
        for promise in self.promises.drain(..) {
            let kept = match &promise {
                Promise::Created(key) => self.facts.has_started(*key),
                Promise::Completed(key) => self.facts.has_completed(*key),
                Promise::Published(key) => self.facts.has_message(*key),
                Promise::BatchCreated(key) => self.facts.batches.has_begun(*key),
            };
            if !kept {
                return Err(format!("answered, but not in the journal: {promise:?}"));
            }
        }
        Ok(())
    }

    /// A number that stands for everything that has happened.
    pub(crate) fn digest(&self) -> u64 {
        self.witnesses.iter().fold(0, |all, witness| all.rotate_left(7) ^ witness.digest())
    }
}
