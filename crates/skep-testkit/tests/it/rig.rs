//! A broker without threads on a disk in memory, told what to do step by step. It has the words
//! of the engine's test rig, because both play the same scripts.

#[path = "../../../skep-engine/tests/it/rig/words.rs"]
mod words;

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use skep_broker::{BrokerConfig, ManualClock, SteppedBroker};
use skep_journal::Disk;
use skep_record::{
    Batch, BatchOperationEvent, BatchOperationKey, Body, Command, Event, IncidentEvent,
    IncidentKey, PartitionId, ProcessInstanceIntent, ProcessInstanceKey, Response, Timestamp,
};
use skep_testkit::{Mounted, Rng, SimDisk};

pub use self::words::*;

const START: Timestamp = Timestamp(1_700_000_000_000);
const DATA_DIR: &str = "/broker";

pub struct Rig {
    disk: Mounted,
    clock: Arc<ManualClock>,
    broker: Option<SteppedBroker>,
    /// For each partition, the position of its last record in the log.
    last_positions: Vec<u64>,
    log: String,
    /// Every incident that was ever raised.
    pub incidents: Vec<IncidentKey>,
    /// Every instance that was ever started, by whatever.
    pub started: Vec<ProcessInstanceKey>,
    /// The instance that a client created last.
    pub created: Option<ProcessInstanceKey>,
    /// The batch operations that have not ended.
    pub batches: BTreeSet<BatchOperationKey>,
    /// What the records are about: value type and intent.
    pub kinds: BTreeSet<String>,
}

/// Folders of the partitions, with their names in an archive: those of an only one have no number.
fn folders(n_partitions: u16) -> Vec<(String, PathBuf)> {
    let data_dir = Path::new(DATA_DIR);
    let mut folders = Vec::new();
    for id in 1..=n_partitions {
        let of = if n_partitions == 1 { String::new() } else { format!("partition-{id}/") };
        let id = PartitionId(id);
        folders.push((format!("{of}journal"), skep_broker::journal_dir(data_dir, id)));
        folders.push((format!("{of}snapshots"), skep_broker::snapshots_dir(data_dir, id)));
    }
    folders
}

impl Rig {
    pub fn new() -> Self {
        Self::with_partitions(1)
    }

    pub fn with_partitions(n: u16) -> Self {
        Self::on(Mounted(SimDisk::new(Rng::new(1))), n)
    }

    /// A broker that finds these files.
    pub fn with_files<'f>(n: u16, files: impl Iterator<Item = (&'f str, &'f [u8])>) -> Self {
        let disk = Mounted(SimDisk::new(Rng::new(1)));
        for (name, bytes) in files {
            let (folder, file) = name.rsplit_once('/').unwrap();
            let (_, dir) = folders(n).into_iter().find(|(known, _)| *known == folder).unwrap();
            let created = disk.create(&dir.join(file)).unwrap();
            assert_eq!(created.write_at(bytes, 0).unwrap(), bytes.len());
            created.sync_data().unwrap();
            disk.sync_dir(&dir).unwrap();
        }
        Self::on(disk, n)
    }

    fn on(disk: Mounted, n_partitions: u16) -> Self {
        let mut rig = Self {
            disk,
            clock: ManualClock::new(START),
            broker: None,
            last_positions: vec![0; usize::from(n_partitions)],
            log: String::new(),
            incidents: Vec::new(),
            started: Vec::new(),
            created: None,
            batches: BTreeSet::new(),
            kinds: BTreeSet::new(),
        };
        rig.recover();
        rig
    }

    fn recover(&mut self) {
        let mut config = BrokerConfig::new(DATA_DIR);
        config.n_partitions = self.n_partitions();
        config.segment_bytes = 64 << 10;
        config.clock = self.clock.clock();
        config.zone = jiff::tz::TimeZone::UTC;
        config.disk = Arc::new(self.disk.clone());
        self.broker = Some(SteppedBroker::recover(&config).unwrap());
        self.settle();
    }

    /// Shuts the broker down, which writes a snapshot, and starts it again.
    pub fn restart(&mut self) {
        self.broker.take().unwrap().end().unwrap();
        self.recover();
    }

    /// The files of the broker, by name; it ends as if it had crashed.
    pub fn into_files(mut self) -> Vec<(String, Vec<u8>)> {
        self.broker = None;
        let mut files = Vec::new();
        for (folder, dir) in folders(self.n_partitions()) {
            for name in self.disk.file_names(&dir).unwrap() {
                let file = self.disk.open(&dir.join(&name), false).unwrap();
                let mut bytes = vec![0; usize::try_from(file.length().unwrap()).unwrap()];
                assert_eq!(file.read_at(&mut bytes, 0).unwrap(), bytes.len());
                files.push((format!("{folder}/{name}"), bytes));
            }
        }
        files.sort();
        files
    }

    pub fn outline(&self) -> String {
        self.broker().engines().map(skep_engine::Engine::outline).collect()
    }

    pub fn n_partitions(&self) -> u16 {
        u16::try_from(self.last_positions.len()).unwrap()
    }

    fn broker(&self) -> &SteppedBroker {
        self.broker.as_ref().unwrap()
    }

    /// Lets the partitions do all they have to do now, and takes in what they wrote.
    pub fn settle(&mut self) {
        let broker = self.broker.as_mut().unwrap();
        let next = |broker: &SteppedBroker| broker.busy().next();
        while let Some(busy) = next(broker) {
            broker.turn(busy).unwrap();
            for sent in broker.take_sent() {
                assert!(broker.deliver(sent), "there is room for it");
            }
        }
        for id in 1..=self.n_partitions() {
            self.read_journal(PartitionId(id));
        }
    }

    fn read_journal(&mut self, id: PartitionId) {
        let at = usize::from(id.0) - 1;
        let from = self.last_positions[at] + 1;
        let broker = self.broker();
        if broker.engines().nth(at).unwrap().last_position() < from {
            return;
        }
        let reader = broker.read_journal(id, from).unwrap();
        for frame in reader {
            let batch = Batch::decode(&frame.unwrap().payload).unwrap();
            self.last_positions[at] = batch.last_position();
            self.take_in(&batch);
        }
    }

    fn take_in(&mut self, batch: &Batch) {
        let behind = batch.timestamp.0 - self.now();
        if behind > 0 {
            self.clock.advance_ms(behind);
        }
        for record in &batch.records {
            let kind = match &record.body {
                Body::Command(_) => 'C',
                Body::Event(event) => {
                    self.hear(batch, record.key, event);
                    'E'
                }
                Body::Rejection(_) => 'R',
            };
            let line = batch.line(record);
            let (value_type, intent) = line.names();
            self.kinds.insert(format!("{kind} {value_type}:{intent}"));
            write!(self.log, "{kind} {value_type}:{intent} ").unwrap();
            key(&mut self.log, record.key).unwrap();
            line.details(&mut self.log, &|f, raw| key(f, raw), true).unwrap();
            self.log.push('\n');
        }
    }

    fn hear(&mut self, batch: &Batch, key: i64, event: &Event) {
        match event {
            Event::Incident(IncidentEvent::Created(_)) => self.incidents.push(IncidentKey(key)),
            Event::ProcessInstance(ProcessInstanceIntent::ElementActivating, value)
                if value.flow_scope_key.0 == -1 =>
            {
                self.started.push(ProcessInstanceKey(key));
            }
            Event::BatchOperation(BatchOperationEvent::Created(created))
                if Some(created.lead) == PartitionId::of_key(batch.next_key) =>
            {
                self.batches.insert(BatchOperationKey(key));
            }
            Event::BatchOperation(BatchOperationEvent::Ended { .. }) => {
                self.batches.remove(&BatchOperationKey(key));
            }
            Event::ProcessInstanceCreated(value) => {
                self.created = batch.instance(value.instance).map(|it| it.process_instance_key);
            }
            _ => (),
        }
    }

    fn now(&self) -> i64 {
        self.clock.clock().now().0
    }

    /// Moves the clock, processing what becomes due on the way.
    pub fn advance(&mut self, ms: i64) {
        let until = self.now() + ms;
        while let Some(at) = self.broker().engines().filter_map(skep_engine::Engine::next_due).min()
            && at.0 <= until
        {
            self.clock.advance_ms((at.0 - self.now()).max(0));
            self.settle();
        }
        self.clock.advance_ms(until - self.now());
    }

    /// The log since the last call.
    pub fn take_log(&mut self) -> String {
        std::mem::take(&mut self.log)
    }

    pub fn ok(&mut self, partition: u16, command: Command) -> Response {
        let mut call = self.broker().submit(PartitionId(partition), command).unwrap();
        self.settle();
        call.answer().expect("it is answered").unwrap()
    }

    /// As [`Self::ok`], but no partition does more than it takes to answer.
    pub fn answer_at_once(&mut self, partition: u16, command: Command) -> Response {
        let mut call = self.broker().submit(PartitionId(partition), command).unwrap();
        let broker = self.broker.as_mut().unwrap();
        loop {
            let busy = broker.busy().next().expect("it is answered");
            broker.turn(busy).unwrap();
            if let Some(answer) = call.answer() {
                return answer.unwrap();
            }
        }
    }
}
