//! A broker without threads on a disk in memory, told what to do step by step. It has the words
//! of the engine's test rig, because both play the same scripts.

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use skep_broker::{BrokerConfig, ManualClock, SteppedBroker};
use skep_journal::Disk;
use skep_record::{
    ActivateJobs, ActivatedJob, Batch, Body, Command, CompleteJob, CreateProcessInstance,
    DefinitionRef, DeployResources, Deployment, Document, Event, IncidentEvent, IncidentKey,
    JobKey, PartitionId, ProcessInstanceIntent, ProcessInstanceKey, Resource, Response, TenantId,
    Timestamp,
};
use skep_testkit::{Mounted, Rng, SimDisk};

const FIRST: PartitionId = PartitionId(1);
const START: Timestamp = Timestamp(1_700_000_000_000);
const DATA_DIR: &str = "/broker";

pub struct Rig {
    disk: Mounted,
    clock: Arc<ManualClock>,
    broker: Option<SteppedBroker>,
    /// Position of the last record in the log.
    last_position: u64,
    log: String,
    /// Every incident that was ever raised.
    pub incidents: Vec<IncidentKey>,
    /// Every instance that was ever started, by whatever.
    pub started: Vec<ProcessInstanceKey>,
    /// The instance that a client created last.
    pub created: Option<ProcessInstanceKey>,
    /// What the records are about: value type and intent.
    pub kinds: BTreeSet<String>,
}

/// Folders of the partition, with their names in an archive.
fn folders() -> [(&'static str, PathBuf); 2] {
    let data_dir = Path::new(DATA_DIR);
    [
        ("journal", skep_broker::journal_dir(data_dir, FIRST)),
        ("snapshots", skep_broker::snapshots_dir(data_dir, FIRST)),
    ]
}

impl Rig {
    pub fn new() -> Self {
        Self::on(Mounted(SimDisk::new(Rng::new(1))))
    }

    /// A broker that finds these files.
    pub fn with_files<'f>(files: impl Iterator<Item = (&'f str, &'f [u8])>) -> Self {
        let disk = Mounted(SimDisk::new(Rng::new(1)));
        for (name, bytes) in files {
            let (folder, file) = name.split_once('/').unwrap();
            let (_, dir) = folders().into_iter().find(|(known, _)| *known == folder).unwrap();
            let created = disk.create(&dir.join(file)).unwrap();
            assert_eq!(created.write_at(bytes, 0).unwrap(), bytes.len());
            created.sync_data().unwrap();
            disk.sync_dir(&dir).unwrap();
        }
        Self::on(disk)
    }

    fn on(disk: Mounted) -> Self {
        let mut rig = Self {
            disk,
            clock: ManualClock::new(START),
            broker: None,
            last_position: 0,
            log: String::new(),
            incidents: Vec::new(),
            started: Vec::new(),
            created: None,
            kinds: BTreeSet::new(),
        };
        rig.recover();
        rig
    }

    fn recover(&mut self) {
        let mut config = BrokerConfig::new(DATA_DIR);
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
        for (folder, dir) in folders() {
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

    fn broker(&self) -> &SteppedBroker {
        self.broker.as_ref().unwrap()
    }

    /// Lets the partition do all it has to do now, and takes in what it wrote.
    fn settle(&mut self) {
        let broker = self.broker.as_mut().unwrap();
        while broker.busy().next().is_some() {
            broker.turn(FIRST).unwrap();
        }
        if broker.engines().all(|engine| engine.last_position() == self.last_position) {
            return;
        }
        let reader = broker.read_journal(FIRST, self.last_position + 1).unwrap();
        for frame in reader {
            let batch = Batch::decode(&frame.unwrap().payload).unwrap();
            self.take_in(&batch);
        }
    }

    fn take_in(&mut self, batch: &Batch) {
        let behind = batch.timestamp.0 - self.now();
        if behind > 0 {
            self.clock.advance_ms(behind);
        }
        self.last_position = batch.last_position();
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

    pub fn deploy(&mut self, name: &str) -> Deployment {
        match self.ok(1, deploy_command(name, &fixture(name))) {
            Response::Deployed(deployment) => deployment,
            other => panic!("{other:?}"),
        }
    }

    pub fn create(&mut self, id: &str, variables: &str) -> ProcessInstanceKey {
        let command = Command::CreateProcessInstance(CreateProcessInstance {
            definition: DefinitionRef::Latest(id.into()),
            variables: doc(variables),
            tenant_id: TenantId::default(),
            start_at: Vec::new(),
            terminate_after: Vec::new(),
            await_result: None,
            operation_reference: 0,
            tags: Vec::new(),
            business_id: None,
        });
        match self.ok(1, command) {
            Response::Created(created) => created.key,
            other => panic!("{other:?}"),
        }
    }

    pub fn activate(&mut self, job_type: &str) -> Vec<ActivatedJob> {
        let command = Command::ActivateJobs(ActivateJobs {
            job_type: job_type.into(),
            worker: "worker".into(),
            timeout_ms: 60_000,
            max_jobs: 32,
            fetch_variables: Vec::new(),
            tenant_ids: vec![TenantId::default()],
        });
        match self.ok(1, command) {
            Response::Activated(activated) => activated.jobs,
            other => panic!("{other:?}"),
        }
    }

    /// Activates and completes all jobs of a type.
    pub fn work(&mut self, job_type: &str, variables: &str) -> usize {
        let jobs = self.activate(job_type);
        for job in &jobs {
            self.complete(job.key, variables);
        }
        jobs.len()
    }

    pub fn complete(&mut self, job_key: JobKey, variables: &str) {
        let variables = doc(variables);
        self.ok(1, Command::CompleteJob(CompleteJob { job_key, variables, result: None }));
    }
}

fn key(f: &mut dyn std::fmt::Write, raw: i64) -> std::fmt::Result {
    match PartitionId::of_key(raw) {
        Some(FIRST) => write!(f, "k{}", raw - FIRST.key(0)),
        Some(_) | None => write!(f, "{raw}"),
    }
}

pub fn fixture(name: &str) -> String {
    test_file("bpmn", name)
}

pub fn dmn(name: &str) -> String {
    test_file("dmn", name)
}

pub fn form(name: &str) -> String {
    test_file("form", name)
}

pub fn tests_dir() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests")
}

fn test_file(folder: &str, name: &str) -> String {
    let path = tests_dir().join(folder).join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub fn doc(json: &str) -> Document {
    Document::from_json(json).unwrap()
}

pub fn deploy_command(name: &str, content: &str) -> Command {
    let resource = Resource { name: name.into(), content: content.as_bytes().to_vec().into() };
    let tenant_id = TenantId::default();
    Command::DeployResources(DeployResources { resources: vec![resource], tenant_id })
}
