//! Instances that wait in the store on disk: they come back, and nothing depends on the store.

use std::{
    collections::BTreeSet,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use skep_broker::{Broker, BrokerConfig, ColdStores, FjallStores, SteppedBroker, SubmitError};
use skep_engine::{ColdError, ColdStore, ColdView};
use skep_record::{
    Batch, Body, Command, CompleteUserTask, CreateProcessInstance, DefinitionRef, Document,
    ElementInstanceKey, Event, PartitionId, ProcessInstanceKey, PublishMessage, RejectionKind,
    Response, SetVariables, TenantId, UserTaskIntent, UserTaskKey,
};
use tokio::task::JoinSet;

use crate::rig::{
    FIRST, ONE_TASK, Rig, Running, complete, create, eventually, next, stream_request,
};

/// Room for next to nothing: whatever waits goes to the store.
const TINY: Option<u64> = Some(4 << 10);

/// One process for each thing that an instance may wait for.
const WAITING: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
    xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" targetNamespace="tests">
  <message id="message" name="go">
    <extensionElements><zeebe:subscription correlationKey="=n"/></extensionElements>
  </message>
  <process id="job" isExecutable="true">
    <startEvent id="job_start"/><sequenceFlow id="job_flow" sourceRef="job_start" targetRef="job_task"/>
    <serviceTask id="job_task">
      <extensionElements><zeebe:taskDefinition type="work"/></extensionElements>
    </serviceTask>
  </process>
  <process id="message_wait" isExecutable="true">
    <startEvent id="message_start"/>
    <sequenceFlow id="message_flow" sourceRef="message_start" targetRef="message_catch"/>
    <intermediateCatchEvent id="message_catch">
      <messageEventDefinition messageRef="message"/>
    </intermediateCatchEvent>
  </process>
  <process id="timer" isExecutable="true">
    <startEvent id="timer_start"/>
    <sequenceFlow id="timer_flow" sourceRef="timer_start" targetRef="timer_catch"/>
    <intermediateCatchEvent id="timer_catch">
      <timerEventDefinition>
        <timeDuration xsi:type="tFormalExpression">PT10M</timeDuration>
      </timerEventDefinition>
    </intermediateCatchEvent>
  </process>
  <process id="user" isExecutable="true">
    <startEvent id="user_start"/>
    <sequenceFlow id="user_flow" sourceRef="user_start" targetRef="user_task"/>
    <userTask id="user_task"><extensionElements><zeebe:userTask/></extensionElements></userTask>
  </process>
  <process id="call" isExecutable="true">
    <startEvent id="call_start"/>
    <sequenceFlow id="call_flow" sourceRef="call_start" targetRef="call_activity"/>
    <callActivity id="call_activity">
      <extensionElements><zeebe:calledElement processId="job"/></extensionElements>
    </callActivity>
  </process>
</definitions>"#;

const KINDS: [&str; 5] = ["job", "message_wait", "timer", "user", "call"];

fn tiny() -> Rig {
    Rig::with(|config| {
        config.memory_budget_bytes = TINY;
        config.segment_bytes = 1 << 20;
        config.queue_capacity = 1 << 20;
    })
}

fn create_kind(kind: &str, n: usize) -> Command {
    // What does not compress makes the store work.
    let seed = (n as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let noise: String = (0..24).map(|i| format!("{:x}", seed.rotate_left(5 * i))).collect();
    let json = format!(r#"{{"n":"{kind}-{n}","noise":"{noise}"}}"#);
    let Command::CreateProcessInstance(one) = create() else { panic!("it creates") };
    Command::CreateProcessInstance(CreateProcessInstance {
        definition: DefinitionRef::Latest(kind.into()),
        variables: Document::from_json(&json).unwrap(),
        ..one
    })
}

/// Creates `n` instances of each kind, numbered from `from` on.
async fn create_all(broker: &Running, from: usize, n: usize) -> Vec<ProcessInstanceKey> {
    let kinds = |n| KINDS.iter().map(move |kind| create_kind(kind, n));
    let created = submit_all(broker, (from..from + n).flat_map(kinds)).await;
    keys(created)
}

fn keys(created: Vec<Response>) -> Vec<ProcessInstanceKey> {
    let key = |response| {
        let Response::Created(created) = response else { panic!("{response:?}") };
        created.key
    };
    created.into_iter().map(key).collect()
}

/// The user tasks in a partition's journal that were not completed.
fn user_tasks(rig: &Rig) -> BTreeSet<UserTaskKey> {
    let mut open = BTreeSet::new();
    let reader = skep_journal::Reader::open(rig.journal_dir(1), 0).unwrap();
    for frame in reader {
        let batch = Batch::decode(&frame.unwrap().payload).unwrap();
        for record in &batch.records {
            let Body::Event(Event::UserTask(intent, _)) = &record.body else { continue };
            if *intent == UserTaskIntent::Creating {
                open.insert(UserTaskKey(record.key));
            } else if *intent == UserTaskIntent::Completed {
                open.remove(&UserTaskKey(record.key));
            }
        }
    }
    open
}

/// Whether an instance is not there.
async fn is_gone(broker: Broker, instance: ProcessInstanceKey) -> bool {
    let touch = Command::SetVariables(SetVariables {
        element_instance_key: ElementInstanceKey(instance.0),
        variables: Document::empty(),
        local: true,
        operation_reference: 0,
    });
    match broker.submit(touch).await {
        Ok(_) => false,
        Err(SubmitError::Rejected { rejection, .. }) => {
            assert_eq!(rejection.kind, RejectionKind::NotFound, "{rejection}");
            true
        }
        Err(other) => panic!("{other}"),
    }
}

async fn all_are_gone(broker: &Running, instances: impl IntoIterator<Item = ProcessInstanceKey>) {
    let mut left: Vec<_> = instances.into_iter().collect();
    eventually(async || {
        let mut checks = JoinSet::new();
        for instance in left.drain(..) {
            let broker = broker.0.clone();
            checks.spawn(async move { (instance, is_gone(broker, instance).await) });
        }
        let checked = checks.join_all().await;
        left.extend(checked.into_iter().filter(|(_, is_gone)| !is_gone).map(|(key, _)| key));
        left.is_empty().then_some(())
    })
    .await;
}

/// Does what the instances numbered from `from` on wait for, except that time must pass.
async fn finish(rig: &Rig, broker: &Running, from: usize, n: usize) {
    let mut commands = Vec::new();
    let mut stream = broker.open_job_stream(stream_request(64));
    // Called instances have jobs too.
    for _ in 0..2 * n {
        commands.push(complete(next(&mut stream).await.key));
    }
    for n in from..from + n {
        commands.push(Command::PublishMessage(PublishMessage {
            name: "go".into(),
            correlation_key: format!("message_wait-{n}").into(),
            time_to_live_ms: 0,
            message_id: String::new(),
            variables: Document::empty(),
            tenant_id: TenantId::default(),
        }));
    }
    for user_task_key in user_tasks(rig) {
        commands.push(Command::CompleteUserTask(Box::new(CompleteUserTask {
            user_task_key,
            variables: Document::empty(),
            action: String::new(),
        })));
    }
    submit_all(broker, commands).await;
}

/// Submits commands at once, all of which must be carried out.
async fn submit_all(
    broker: &Running,
    commands: impl IntoIterator<Item = Command>,
) -> Vec<Response> {
    let mut calls = JoinSet::new();
    for command in commands {
        let broker = broker.0.clone();
        calls.spawn(async move { broker.submit(command).await });
    }
    calls.join_all().await.into_iter().map(Result::unwrap).collect()
}

/// Bytes of the tables in a partition's store.
fn stored_bytes(dir: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(dir) else { return 0 };
    let size = |path: &Path| {
        let is_table = path.parent().is_some_and(|dir| dir.ends_with("tables"));
        if is_table { path.metadata().map_or(0, |found| found.len()) } else { stored_bytes(path) }
    };
    entries.filter_map(Result::ok).map(|entry| size(&entry.path())).sum()
}

/// The engine's state, built from what is on disk.
fn state(config: &BrokerConfig) -> Vec<u8> {
    let broker = SteppedBroker::recover(config).unwrap();
    broker.engines().next().unwrap().freeze().encode().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_waits_in_the_store_comes_back_and_completes() {
    const N: usize = 120;
    let rig = tiny();
    let store = skep_broker::cold_dir(&rig.config.data_dir, FIRST);
    let broker = rig.start();
    assert!(!store.exists(), "nothing waits yet");
    broker.deploy(WAITING).await;
    let first = create_all(&broker, 0, N).await;
    eventually(async || (stored_bytes(&store) > 100_000).then_some(())).await;
    finish(&rig, &broker, 0, N / 2).await;
    // In good order: from a snapshot, for which everything was read from the store.
    broker.shutdown().await;
    drop(broker);
    assert!(!store.exists(), "it is of no use to the next process");

    let broker = rig.start();
    assert_eq!(broker.recoveries()[0].n_records, 0, "the snapshot has everything");
    let second = create_all(&broker, N, N).await;
    // As after a crash: from the snapshot and the journal after it.
    drop(broker);
    let broker = rig.start();
    assert!(broker.recoveries()[0].n_records > 0);
    eventually(async || (stored_bytes(&store) > 100_000).then_some(())).await;
    finish(&rig, &broker, N / 2, N + N / 2).await;
    rig.clock.advance_ms(600_000);
    all_are_gone(&broker, first.into_iter().chain(second)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_state_is_the_same_with_and_without_a_store() {
    let mut rig = tiny();
    rig.config.snapshot_every_bytes = 300 << 10;
    let broker = rig.start();
    broker.deploy(WAITING).await;
    create_all(&broker, 0, 200).await;
    finish(&rig, &broker, 0, 50).await;
    // Written beside the work, while instances are in the store.
    let count = || std::fs::read_dir(rig.snapshots_dir(1)).unwrap().count();
    eventually(async || (count() == 2).then_some(())).await;
    create_all(&broker, 200, 100).await;
    broker.shutdown().await;
    drop(broker);

    let mut config = rig.config.clone();
    let with_store = state(&config);
    config.memory_budget_bytes = None;
    assert!(state(&config) == with_store, "from the same snapshot");
    assert!(!skep_broker::cold_dir(&config.data_dir, FIRST).exists());
}

#[tokio::test]
async fn a_copy_of_the_data_leaves_the_store_out() {
    let rig = tiny();
    let broker = rig.start();
    broker.deploy(WAITING).await;
    create_all(&broker, 0, 100).await;
    let store = skep_broker::cold_dir(&rig.config.data_dir, FIRST);
    eventually(async || (stored_bytes(&store) > 50_000).then_some(())).await;
    let copies = tempfile::tempdir().unwrap();
    let copy = copies.path().join("copy");
    skep_broker::copy_data(&rig.config.data_dir, &copy, skep_broker::Cut::Newest).unwrap();
    assert!(!skep_broker::cold_dir(&copy, FIRST).exists());
    drop(broker);
    let mut config = rig.config.clone();
    let here = state(&config);
    config.data_dir = copy;
    assert!(state(&config) == here);
}

#[tokio::test]
async fn without_need_there_is_no_store() {
    let rig = Rig::with(|config| config.memory_budget_bytes = Some(64 << 20));
    let store = skep_broker::cold_dir(&rig.config.data_dir, FIRST);
    // What an earlier process left is removed all the same.
    std::fs::create_dir_all(&store).unwrap();
    let broker = rig.start_deployed().await;
    for _ in 0..50 {
        broker.create().await;
    }
    assert!(!store.exists());
}

/// Stores on disk that fail when they are told to.
#[derive(Debug, Default)]
struct FailingStores(Arc<Failures>);

#[derive(Debug, Default)]
struct Failures {
    puts: AtomicBool,
    gets: AtomicBool,
    views: AtomicBool,
}

fn check(fails: &AtomicBool) -> Result<(), ColdError> {
    match fails.load(Ordering::Relaxed) {
        true => Err(ColdError::Store("the disk is gone".into())),
        false => Ok(()),
    }
}

impl ColdStores for FailingStores {
    fn open(
        &self,
        id: PartitionId,
        dir: &Path,
        share_bytes: u64,
    ) -> Result<Box<dyn ColdStore>, ColdError> {
        let inner = FjallStores.open(id, dir, share_bytes)?;
        Ok(Box::new(FailingStore { inner, failures: Arc::clone(&self.0) }))
    }
}

#[derive(Debug)]
struct FailingStore {
    inner: Box<dyn ColdStore>,
    failures: Arc<Failures>,
}

impl ColdStore for FailingStore {
    fn put(&mut self, key: ProcessInstanceKey, image: &[u8]) -> Result<(), ColdError> {
        check(&self.failures.puts)?;
        self.inner.put(key, image)
    }

    fn get(&self, key: ProcessInstanceKey) -> Result<Vec<u8>, ColdError> {
        check(&self.failures.gets)?;
        self.inner.get(key)
    }

    fn remove(&mut self, key: ProcessInstanceKey) -> Result<(), ColdError> {
        self.inner.remove(key)
    }

    fn view(&self) -> Box<dyn ColdView> {
        Box::new(FailingView { inner: self.inner.view(), failures: Arc::clone(&self.failures) })
    }
}

#[derive(Debug)]
struct FailingView {
    inner: Box<dyn ColdView>,
    failures: Arc<Failures>,
}

impl ColdView for FailingView {
    fn get(&self, key: ProcessInstanceKey) -> Result<Vec<u8>, ColdError> {
        check(&self.failures.views)?;
        self.inner.get(key)
    }
}

fn failing() -> (Rig, Arc<Failures>) {
    let stores = FailingStores::default();
    let failures = Arc::clone(&stores.0);
    let mut rig = tiny();
    rig.config.cold_stores = Arc::new(stores);
    (rig, failures)
}

#[tokio::test]
async fn a_store_that_cannot_be_read_stops_its_partition_and_a_restart_loses_nothing() {
    let (rig, failures) = failing();
    let broker = rig.start_deployed().await;
    let created = keys(submit_all(&broker, (0..200).map(|_| create())).await);
    let locked = broker.activate(100).await;
    broker.complete(locked[0].key).await.unwrap();
    failures.gets.store(true, Ordering::Relaxed);
    // Some are in memory still.
    let mut n_done = 1;
    let error = loop {
        match broker.complete(locked[n_done].key).await {
            Ok(_) => n_done += 1,
            Err(error) => break error,
        }
    };
    let reason = broker.partitions()[0].stopped.clone().unwrap();
    assert!(
        reason.contains("store of idle process instances: the disk is gone")
            && reason.contains("a restart makes the store anew"),
        "{reason}"
    );
    assert!(error.to_string().contains(&reason), "{error}");
    drop(broker);
    failures.gets.store(false, Ordering::Relaxed);

    let broker = rig.start();
    assert_eq!(broker.partitions()[0].stopped, None);
    // What was acknowledged is done; what was not is not.
    for job in &locked[..n_done] {
        assert!(broker.complete(job.key).await.is_err());
    }
    for job in &locked[n_done..] {
        broker.complete(job.key).await.unwrap();
    }
    for job in broker.activate(200).await {
        broker.complete(job.key).await.unwrap();
    }
    all_are_gone(&broker, created).await;
}

#[tokio::test]
async fn a_store_that_takes_nothing_leaves_instances_in_memory() {
    let (rig, failures) = failing();
    failures.puts.store(true, Ordering::Relaxed);
    let broker = rig.start_deployed().await;
    for _ in 0..60 {
        broker.create().await;
    }
    for job in broker.activate(30).await {
        broker.complete(job.key).await.unwrap();
    }
    // It recovers, and takes what has gathered.
    failures.puts.store(false, Ordering::Relaxed);
    for job in broker.activate(10).await {
        broker.complete(job.key).await.unwrap();
    }
    drop(broker);
    // Nor does it keep a partition from starting.
    failures.puts.store(true, Ordering::Relaxed);
    let broker = rig.start();
    let jobs = broker.activate(100).await;
    assert_eq!(jobs.len(), 20);
    for job in jobs {
        broker.complete(job.key).await.unwrap();
    }
    assert_eq!(broker.partitions()[0].stopped, None);
}

#[tokio::test]
async fn a_snapshot_that_cannot_be_read_from_the_store_is_given_up_and_the_next_is_written() {
    let (mut rig, failures) = failing();
    rig.config.snapshot_every_bytes = 8 << 10;
    failures.views.store(true, Ordering::Relaxed);
    let broker = rig.start_deployed().await;
    for _ in 0..60 {
        broker.create().await;
    }
    // Without one that is still being written.
    let snapshots = |rig: &Rig| {
        let entries = std::fs::read_dir(rig.snapshots_dir(1)).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name());
        names.filter(|name| name.to_string_lossy().ends_with(".sks")).collect::<BTreeSet<_>>()
    };
    for job in broker.activate(10).await {
        broker.complete(job.key).await.unwrap();
    }
    assert_eq!(broker.partitions()[0].stopped, None);
    // Those at the very beginning had everything in memory.
    let before = snapshots(&rig);
    failures.views.store(false, Ordering::Relaxed);
    eventually(async || {
        broker.create().await;
        (snapshots(&rig).last() > before.last()).then_some(())
    })
    .await;
    drop(broker);
    let broker = rig.start();
    assert!(broker.recoveries()[0].snapshot_position > 0);
    broker.deploy(ONE_TASK).await;
}
