//! A broker in a folder of its own, and the few commands that tests send again and again.

use std::{
    future::Future,
    path::{Path, PathBuf},
    pin::Pin,
    sync::{Arc, Condvar, Mutex},
    task::{Context, Poll, Waker},
    time::Duration,
};

use skep_broker::{
    Broker, BrokerConfig, JobStream, JobStreamRequest, ManualClock, StartError, SubmitError,
};
use skep_journal::{Disk, DiskFile, OsDisk};
use skep_record::{
    ActivateJobs, ActivatedJob, AwaitResult, Command, CompleteJob, CreateProcessInstance,
    CreatedProcessInstance, DefinitionRef, DeployResources, Document, JobKey, PartitionId,
    Resource, Response, TenantId, Timestamp,
};
use tempfile::TempDir;

pub(crate) const FIRST: PartitionId = PartitionId(1);
/// Generous: the tests share the machine with others.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A folder, and how brokers in it are configured.
pub(crate) struct Rig {
    _dir: TempDir,
    pub(crate) config: BrokerConfig,
    pub(crate) clock: Arc<ManualClock>,
}

impl Rig {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = ManualClock::new(Timestamp(1_700_000_000_000));
        let mut config = BrokerConfig::new(dir.path().join("broker"));
        config.segment_bytes = 256 << 10;
        config.clock = clock.clock();
        Self { _dir: dir, config, clock }
    }

    pub(crate) fn with(change: impl FnOnce(&mut BrokerConfig)) -> Self {
        let mut rig = Self::new();
        change(&mut rig.config);
        rig
    }

    pub(crate) fn start(&self) -> Running {
        Running(self.try_start().unwrap())
    }

    pub(crate) fn try_start(&self) -> Result<Broker, StartError> {
        Broker::start(self.config.clone())
    }

    /// A running broker that has the process `one_task` with a job of type `work`.
    pub(crate) async fn start_deployed(&self) -> Running {
        let broker = self.start();
        broker.deploy(ONE_TASK).await;
        broker
    }

    pub(crate) fn journal_dir(&self, partition: u16) -> PathBuf {
        skep_broker::journal_dir(&self.config.data_dir, PartitionId(partition))
    }

    pub(crate) fn snapshots_dir(&self, partition: u16) -> PathBuf {
        skep_broker::snapshots_dir(&self.config.data_dir, PartitionId(partition))
    }
}

/// A running broker with shorthands. Dropping it is as hard as a crash, but for the queue.
pub(crate) struct Running(pub(crate) Broker);

impl std::ops::Deref for Running {
    type Target = Broker;
    fn deref(&self) -> &Broker {
        &self.0
    }
}

pub(crate) const ONE_TASK: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" targetNamespace="tests">
  <process id="one_task" isExecutable="true">
    <startEvent id="start"><outgoing>to_task</outgoing></startEvent>
    <sequenceFlow id="to_task" sourceRef="start" targetRef="task"/>
    <serviceTask id="task">
      <extensionElements><zeebe:taskDefinition type="work"/></extensionElements>
      <incoming>to_task</incoming><outgoing>to_end</outgoing>
    </serviceTask>
    <sequenceFlow id="to_end" sourceRef="task" targetRef="end"/>
    <endEvent id="end"><incoming>to_end</incoming></endEvent>
  </process>
</definitions>"#;

impl Running {
    pub(crate) async fn deploy(&self, bpmn: &'static str) {
        let resource = Resource { name: "process.bpmn".to_owned(), content: bpmn.into() };
        let command = Command::DeployResources(DeployResources {
            resources: vec![resource],
            tenant_id: TenantId::default(),
        });
        let answer = self.submit(command).await.unwrap();
        assert!(matches!(answer, Response::Deployed(_)), "{answer:?}");
    }

    pub(crate) async fn create(&self) -> CreatedProcessInstance {
        let answer = self.submit(create()).await.unwrap();
        let Response::Created(created) = answer else { panic!("{answer:?}") };
        created
    }

    /// Jobs of type `work`, locked for a minute.
    pub(crate) async fn activate(&self, max_jobs: i32) -> Vec<ActivatedJob> {
        let answer = self.submit_to(FIRST, activate(max_jobs)).await.unwrap();
        let Response::Activated(activated) = answer else { panic!("{answer:?}") };
        activated.jobs
    }

    pub(crate) async fn complete(&self, job_key: JobKey) -> Result<Response, SubmitError> {
        self.submit(complete(job_key)).await
    }

    pub(crate) fn stream(&self, buffer: usize) -> JobStream {
        self.open_job_stream(stream_request(buffer))
    }
}

pub(crate) fn create() -> Command {
    create_with(None)
}

pub(crate) fn create_with(await_result: Option<AwaitResult>) -> Command {
    Command::CreateProcessInstance(CreateProcessInstance {
        definition: DefinitionRef::Latest("one_task".into()),
        variables: Document::from_json(r#"{"order": 42}"#).unwrap(),
        tenant_id: TenantId::default(),
        start_at: Vec::new(),
        terminate_after: Vec::new(),
        await_result,
        operation_reference: 0,
        tags: Vec::new(),
        business_id: None,
    })
}

pub(crate) fn activate(max_jobs: i32) -> Command {
    Command::ActivateJobs(ActivateJobs {
        job_type: "work".into(),
        worker: "tests".to_owned(),
        timeout_ms: 60_000,
        max_jobs,
        fetch_variables: Vec::new(),
        tenant_ids: vec![TenantId::default()],
    })
}

pub(crate) fn complete(job_key: JobKey) -> Command {
    let variables = Document::from_json(r#"{"done": true}"#).unwrap();
    Command::CompleteJob(CompleteJob { job_key, variables, result: None })
}

pub(crate) fn stream_request(buffer: usize) -> JobStreamRequest {
    JobStreamRequest {
        job_type: "work".into(),
        worker: "tests".to_owned(),
        timeout_ms: 60_000,
        fetch_variables: Vec::new(),
        tenant_ids: vec![TenantId::default()],
        buffer,
    }
}

/// The next job of a stream, which must come.
pub(crate) async fn next(stream: &mut JobStream) -> ActivatedJob {
    soon(stream.next()).await.unwrap()
}

/// What must happen, and not only one day.
pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.unwrap()
}

/// Asks again until there is an answer: for what a background thread does.
pub(crate) async fn eventually<T>(mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    soon(async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await
}

/// Polls a future once, which must not be ready: the command is queued from then on.
pub(crate) fn begin<F: Future + Unpin>(future: &mut F)
where
    F::Output: std::fmt::Debug,
{
    let poll = Pin::new(future).poll(&mut Context::from_waker(Waker::noop()));
    assert!(poll.is_pending(), "{poll:?}");
}

pub(crate) fn is_ready<F: Future + Unpin>(future: &mut F) -> bool {
    !matches!(Pin::new(future).poll(&mut Context::from_waker(Waker::noop())), Poll::Pending)
}

/// A disk on which the syncs of partitions wait while the gate is closed.
#[derive(Debug, Default)]
pub(crate) struct GateDisk(Arc<Gate>);

#[derive(Debug, Default)]
pub(crate) struct Gate {
    state: Mutex<GateState>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct GateState {
    closed: bool,
    n_waiting: usize,
}

impl Gate {
    pub(crate) fn close(&self) {
        self.state.lock().unwrap().closed = true;
    }

    pub(crate) fn open(&self) {
        self.state.lock().unwrap().closed = false;
        self.changed.notify_all();
    }

    /// Waits until a sync waits here.
    pub(crate) async fn reached(&self) {
        eventually(async || (self.state.lock().unwrap().n_waiting > 0).then_some(())).await;
    }

    fn pass(&self) {
        // Segments being filled ahead do not wait: only commits do.
        if !std::thread::current().name().is_some_and(|name| name.starts_with("skep-part")) {
            return;
        }
        let mut state = self.state.lock().unwrap();
        state.n_waiting += 1;
        state = self.changed.wait_while(state, |state| state.closed).unwrap();
        state.n_waiting -= 1;
    }
}

impl GateDisk {
    /// A rig on such a disk.
    pub(crate) fn rig() -> (Rig, Arc<Gate>) {
        let disk = Self::default();
        let gate = Arc::clone(&disk.0);
        (Rig::with(|config| config.disk = Arc::new(disk)), gate)
    }
}

impl Disk for GateDisk {
    fn create_dir_all(&self, dir: &Path) -> std::io::Result<()> {
        OsDisk.create_dir_all(dir)
    }
    fn file_names(&self, dir: &Path) -> std::io::Result<Vec<String>> {
        OsDisk.file_names(dir)
    }
    fn create(&self, path: &Path) -> std::io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(GateFile(OsDisk.create(path)?, Arc::clone(&self.0))))
    }
    fn open(&self, path: &Path, writable: bool) -> std::io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(GateFile(OsDisk.open(path, writable)?, Arc::clone(&self.0))))
    }
    fn rename(&self, from: &Path, to: &Path) -> std::io::Result<()> {
        OsDisk.rename(from, to)
    }
    fn remove(&self, path: &Path) -> std::io::Result<()> {
        OsDisk.remove(path)
    }
    fn sync_dir(&self, dir: &Path) -> std::io::Result<()> {
        OsDisk.sync_dir(dir)
    }
}

#[derive(Debug)]
struct GateFile(Box<dyn DiskFile>, Arc<Gate>);

impl DiskFile for GateFile {
    fn length(&self) -> std::io::Result<u64> {
        self.0.length()
    }
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> std::io::Result<usize> {
        self.0.read_at(buffer, offset)
    }
    fn write_at(&self, data: &[u8], offset: u64) -> std::io::Result<usize> {
        self.0.write_at(data, offset)
    }
    fn sync_data(&self) -> std::io::Result<()> {
        self.1.pass();
        self.0.sync_data()
    }
}
