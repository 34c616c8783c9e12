//! The test rig: engines of one or more partitions, a clock that tests move, an in-memory
//! router between partitions, and the record log as text.
//!
//! Every step is checked three ways. The batch is encoded, decoded and replayed into another
//! engine, which must then have the same state byte for byte; and a third engine, restored from
//! a snapshot before each step, must decide the same. The replaying engine has all its instances
//! in a store between the steps that are checked, and the restored one has them packed.

mod words;

use std::{collections::VecDeque, fmt::Write as _};

use skep_engine::{Answer, Effect, Engine, EngineConfig};
use skep_record::*;

pub use self::words::*;

use crate::cold::{MemoryStore, image};

pub const START_MS: i64 = 1_700_000_000_000;

pub struct Rig {
    nodes: Vec<Node>,
    pub now: i64,
    log: String,
    /// Commands on their way to other partitions.
    pub in_flight: VecDeque<(PartitionId, Command)>,
    /// Whether commands to other partitions arrive by themselves.
    pub deliver: bool,
    /// How many commands were sent to other partitions.
    pub n_sent: usize,
    /// The number of a command that does not arrive.
    pub lose: Option<usize>,
    /// Whether commands to other partitions arrive twice.
    pub duplicate: bool,
    /// A restored engine decides beside the live one in every how-many-eth step.
    pub restore_every: usize,
    /// Whole states are compared in every how-many-eth step.
    pub check_states_every: usize,
    n_steps: usize,
    pub effects: Vec<Effect>,
    /// Every incident that was ever raised.
    pub incidents: Vec<IncidentKey>,
    /// Every instance that was ever started, by whatever.
    pub started: Vec<ProcessInstanceKey>,
    /// All that has happened to batch operations, and on which partition.
    pub batch_operations: Vec<(u16, BatchOperationKey, BatchOperationEvent)>,
}

struct Node {
    config: EngineConfig,
    live: Engine,
    replayed: Engine,
}

impl Node {
    /// Another engine with the state of the live one, by way of a snapshot.
    fn restored(&self) -> Engine {
        let before = image(&self.live);
        let restored = Engine::restore(self.config.clone(), None, &*before)
            .expect("a snapshot can be restored");
        assert!(image(&restored) == before, "restoring changes the state");
        assert_eq!(restored.indexes(), self.live.indexes(), "indexes are rebuilt");
        assert_eq!(self.replayed.indexes(), self.live.indexes(), "replay leads to other indexes");
        restored
    }
}

impl Rig {
    pub fn new() -> Self {
        Self::with_partitions(1)
    }

    pub fn with_partitions(n: u16) -> Self {
        Self::with_config(n, |_| ())
    }

    pub fn with_config(n: u16, change: impl Fn(&mut EngineConfig)) -> Self {
        let nodes = (1..=n)
            .map(|id| {
                let mut config = EngineConfig::new(PartitionId(id), n);
                change(&mut config);
                let all_stored = EngineConfig { ready_instances_max: 0, ..config.clone() };
                Node {
                    live: Engine::new(config.clone()),
                    replayed: Engine::new(all_stored).with_spill(MemoryStore::spill(0)),
                    config,
                }
            })
            .collect();
        Self {
            nodes,
            now: START_MS,
            log: String::new(),
            in_flight: VecDeque::new(),
            deliver: true,
            n_sent: 0,
            lose: None,
            duplicate: false,
            restore_every: 1,
            check_states_every: 1,
            n_steps: 0,
            effects: Vec::new(),
            incidents: Vec::new(),
            started: Vec::new(),
            batch_operations: Vec::new(),
        }
    }

    pub fn n_partitions(&self) -> u16 {
        self.nodes.len() as u16
    }

    pub fn engine(&self, partition: u16) -> &Engine {
        &self.nodes[usize::from(partition) - 1].live
    }

    /// Processes one command, and then whatever it sent to other partitions.
    pub fn submit(&mut self, partition: u16, command: impl Into<AuthorizedCommand>) -> Answer {
        let answer = self.step(PartitionId(partition), command);
        self.settle();
        answer
    }

    /// Lets commands to other partitions arrive, and left-over work be done.
    pub fn settle(&mut self) {
        loop {
            if self.deliver
                && let Some((partition, command)) = self.in_flight.pop_front()
            {
                self.step(partition, command);
                continue;
            }
            let Some(id) = (1..=self.nodes.len())
                .find(|id| self.nodes[id - 1].live.next_due().is_some_and(|at| at < Timestamp(0)))
            else {
                return;
            };
            // What is due before all time does not wait for a time.
            for command in self.nodes[id - 1].live.due(Timestamp(-1), 100) {
                self.step(PartitionId(id as u16), command);
            }
        }
    }

    pub fn step(
        &mut self,
        partition: PartitionId,
        command: impl Into<AuthorizedCommand>,
    ) -> Answer {
        let command = command.into();
        let now = Timestamp(self.now);
        let with_restored = self.n_steps.is_multiple_of(self.restore_every);
        let with_states = self.n_steps.is_multiple_of(self.check_states_every);
        self.n_steps += 1;
        let node = &mut self.nodes[usize::from(partition.0) - 1];
        let restored = with_restored.then(|| node.restored());

        let before = if with_states { image(&node.live) } else { Vec::new() };
        let outcome = node.live.process(now, command.clone()).expect("nothing is in a store");
        if with_states && let Answer::Reply(Err(rejection)) = &outcome.answer {
            let after = image(&node.live);
            assert!(
                tables(&before) == tables(&after),
                "a refused command leaves a trace: {rejection}"
            );
        }
        if let Some(mut restored) = restored {
            let again = restored.process(now, command).expect("nothing is in a store");
            assert_eq!(outcome.batch, again.batch, "a restored engine decides the same");
            assert_eq!(outcome.answer, again.answer);
            assert_eq!(outcome.effects, again.effects);
        }

        let bytes = outcome.batch.encode(Vec::new());
        let decoded = Batch::decode(&bytes).expect("a batch can be decoded");
        assert_eq!(decoded, outcome.batch, "a batch survives the journal");
        node.replayed.replay(&decoded).expect("a batch can be replayed");
        if with_states {
            // Twice: what was changed by the batch is not idle at first.
            for _ in 0..2 {
                node.replayed.tidy().expect("the store takes it");
            }
            let after = image(&node.live);
            assert!(image(&node.replayed) == after, "replay leads to another state");
        }

        self.print(partition, &outcome.batch);
        for effect in outcome.effects {
            if let Effect::Send(to, command) = effect {
                if self.lose != Some(self.n_sent) {
                    if self.duplicate {
                        self.in_flight.push_back((to, command.clone()));
                    }
                    self.in_flight.push_back((to, command));
                }
                self.n_sent += 1;
            } else {
                self.effects.push(effect);
            }
        }
        outcome.answer
    }

    /// Moves the clock, processing what becomes due on the way.
    pub fn advance(&mut self, ms: i64) {
        let until = self.now + ms;
        loop {
            let due = self.nodes.iter().filter_map(|node| node.live.next_due()).min();
            match due {
                Some(at) if at.0 <= until => self.now = self.now.max(at.0),
                _ => break,
            }
            for id in 1..=self.nodes.len() {
                for command in self.nodes[id - 1].live.due(Timestamp(self.now), 100) {
                    self.step(PartitionId(id as u16), command);
                }
            }
            self.settle();
        }
        self.now = until;
    }

    fn print(&mut self, partition: PartitionId, batch: &Batch) {
        for record in &batch.records {
            let line = batch.line(record);
            let kind = match record.body {
                Body::Command(_) => 'C',
                Body::Event(_) => 'E',
                Body::Rejection(_) => 'R',
            };
            let (value_type, intent) = line.names();
            let mut text = String::new();
            if self.nodes.len() > 1 {
                write!(text, "{partition} ").unwrap();
            }
            write!(text, "{kind} {value_type}:{intent}").unwrap();
            if record.key != -1 {
                write!(text, " ").unwrap();
                key(&mut text, record.key).unwrap();
            }
            line.details(&mut text, &|f, raw| key(f, raw), true).unwrap();
            let text = text.split(" process_instance=").next().unwrap();
            let text = text.replace('\n', "\\n");
            match &record.body {
                Body::Event(Event::Incident(IncidentEvent::Created(_))) => {
                    self.incidents.push(IncidentKey(record.key));
                }
                Body::Event(Event::ProcessInstance(
                    ProcessInstanceIntent::ElementActivating,
                    value,
                )) if value.flow_scope_key.0 == -1 => {
                    self.started.push(ProcessInstanceKey(record.key));
                }
                Body::Event(Event::BatchOperation(event)) => {
                    let key = BatchOperationKey(record.key);
                    self.batch_operations.push((partition.0, key, event.clone()));
                }
                _ => (),
            }
            writeln!(self.log, "{text}").unwrap();
        }
    }

    /// The log since the last call.
    pub fn take_log(&mut self) -> String {
        std::mem::take(&mut self.log)
    }

    // Commands as clients send them.

    pub fn ok(&mut self, partition: u16, command: impl Into<AuthorizedCommand>) -> Response {
        match self.submit(partition, command) {
            Answer::Reply(Ok(response)) => response,
            other => panic!("expected a response, got {other:?}"),
        }
    }

    pub fn rejected(&mut self, partition: u16, command: impl Into<AuthorizedCommand>) -> String {
        match self.submit(partition, command) {
            Answer::Reply(Err(rejection)) => rejection.to_string(),
            other => panic!("expected a rejection, got {other:?}"),
        }
    }
}
/// A snapshot without its format, its next key and its last position.
fn tables(snapshot: &[u8]) -> &[u8] {
    let mut at = 1;
    for _ in 0..2 {
        while snapshot[at] & 0x80 != 0 {
            at += 1;
        }
        at += 1;
    }
    &snapshot[at..]
}
