//! `kill -9` under load, again and again: what was acknowledged is there, nothing happens twice,
//! and what was going on goes on to its end.
//!
//! The load is a mix of processes, one for each way of going on ([`mix`]); it runs in a process
//! of its own ([`load`]).

mod load;
mod mix;

use std::{
    collections::{BTreeMap, BTreeSet},
    io::BufRead,
    path::{Path, PathBuf},
    time::Duration,
};

use skep_broker::{Broker, BrokerConfig, ManualClock, SubmitError};
use skep_record::{
    Batch, Body, CancelProcessInstance, Command, Document, ElementInstanceKey, Event, JobKey,
    ProcessInstanceKey, RejectionKind, Response, SetVariables, Timestamp, UserTaskIntent,
    UserTaskKey,
};
use tokio::task::JoinSet;

use self::mix::{JOB_TYPES, KINDS, Kind, USER_TASK, Work};
use crate::rig::{Running, eventually};

const ROUNDS: u64 = 100;
/// How many instances of each process stay beyond a round: so many of whose work something is
/// left, and so many others.
const N_KEPT: usize = 3;

/// In every other round there is room in memory for next to no instance that waits.
fn memory_budget(round: u64) -> Option<u64> {
    (round % 2 == 1).then_some(4 << 10)
}

fn config(data_dir: &Path, memory_budget_bytes: Option<u64>) -> BrokerConfig {
    let mut config = BrokerConfig::new(data_dir);
    config.memory_budget_bytes = memory_budget_bytes;
    config.segment_bytes = 64 << 10;
    config.snapshot_every_bytes = 128 << 10;
    // All checks of a round are submitted at once.
    config.queue_capacity = 1 << 20;
    config
}

/// What the killed processes have said.
#[derive(Default)]
struct Said {
    /// Instances acknowledged and not yet checked, and of which process they are.
    created: BTreeMap<ProcessInstanceKey, usize>,
    /// Instances of whose work something is left.
    left: BTreeSet<ProcessInstanceKey>,
    /// What was tried to be completed, by root instance.
    completing: BTreeMap<ProcessInstanceKey, BTreeSet<Work>>,
    /// What was completed, by root instance.
    completed: BTreeMap<ProcessInstanceKey, BTreeSet<Work>>,
    /// What was completed and is not yet checked.
    unchecked: BTreeSet<Work>,
    /// Messages that were published and are not yet checked.
    published: BTreeSet<String>,
    n_lines: usize,
}

impl Said {
    fn hear(&mut self, line: &str) {
        let words: Vec<&str> = line.split(' ').collect();
        let key = |n: usize| words[n].parse::<i64>().unwrap();
        let work = || match words[1] {
            "JOB" => Work::Job(JobKey(key(2))),
            "TASK" => Work::UserTask(UserTaskKey(key(2))),
            _ => panic!("{line}"),
        };
        self.n_lines += 1;
        match words[0] {
            "PUBLISHED" => drop(self.published.insert(words[1].to_owned())),
            "CREATED" => {
                let twice = self.created.insert(key(2).into(), words[1].parse().unwrap());
                assert_eq!(twice, None, "{line}: created twice");
            }
            "LEFT" => drop(self.left.insert(key(3).into())),
            "COMPLETING" => drop(self.completing.entry(key(3).into()).or_default().insert(work())),
            "COMPLETED" => {
                let is_new = self.completed.entry(key(3).into()).or_default().insert(work());
                assert!(is_new, "{line}: completed twice");
                self.unchecked.insert(work());
            }
            "WRONG" => panic!("{line}"),
            // The test harness has its say too.
            _ => (),
        }
    }

    fn forget(&mut self, instance: ProcessInstanceKey) {
        self.created.remove(&instance);
        self.left.remove(&instance);
        self.completing.remove(&instance);
        self.completed.remove(&instance);
    }

    /// Whether an instance must be there, must be gone, or may be either, which is `None`.
    fn must_be_there(&self, instance: ProcessInstanceKey, kind: &Kind) -> Option<bool> {
        let count = |by_instance: &BTreeMap<_, BTreeSet<Work>>| {
            by_instance.get(&instance).map_or(0, BTreeSet::len)
        };
        let (n_tried, n_done) = (count(&self.completing), count(&self.completed));
        assert!(n_done <= kind.n_completions_max, "{instance} of {}: {n_done} completed", kind.id);
        match () {
            () if n_done == kind.n_completions_max => Some(false),
            () if n_tried < kind.n_completions_min => Some(true),
            () => None,
        }
    }
}

/// Whether the broker no longer knows what this command is about.
async fn is_gone(broker: &Broker, command: Command) -> bool {
    match broker.submit(command).await {
        Ok(_) => false,
        Err(SubmitError::Rejected { rejection, .. }) => {
            assert_eq!(rejection.kind, RejectionKind::NotFound, "{rejection}");
            true
        }
        Err(other) => panic!("{other}"),
    }
}

fn cancel(process_instance_key: ProcessInstanceKey) -> Command {
    let operation_reference = 0;
    Command::CancelProcessInstance(CancelProcessInstance {
        process_instance_key,
        operation_reference,
    })
}

/// Changes nothing, and is refused when the instance is not there.
fn touch(instance: ProcessInstanceKey) -> Command {
    Command::SetVariables(SetVariables {
        element_instance_key: ElementInstanceKey(instance.0),
        variables: Document::empty(),
        local: true,
        operation_reference: 0,
    })
}

/// Checks that what was completed and published is done, and is refused a second time.
async fn check_work(broker: &Broker, said: &mut Said) {
    let mut checks = JoinSet::new();
    for work in std::mem::take(&mut said.unchecked) {
        let broker = broker.clone();
        checks.spawn(async move {
            let is_done = is_gone(&broker, mix::complete(work)).await;
            assert!(is_done, "{work:?} was completed, and could be again");
        });
    }
    for name in std::mem::take(&mut said.published) {
        let broker = broker.clone();
        checks.spawn(async move {
            let again = broker.submit(mix::publish(&name)).await;
            let is_known = matches!(&again, Err(SubmitError::Rejected { rejection, .. })
                if rejection.kind == RejectionKind::AlreadyExists);
            assert!(is_known, "message {name} was published, but: {again:?}");
        });
    }
    while let Some(checked) = checks.join_next().await {
        checked.unwrap();
    }
}

/// Checks each instance, and ends it if it is not to be kept.
async fn check_instances(broker: &Broker, said: &mut Said, n_kept: usize) {
    let mut checks = JoinSet::new();
    let mut kept = [[0; 2]; KINDS.len()];
    for (instance, at) in said.created.clone() {
        let must_be_there = said.must_be_there(instance, &KINDS[at]);
        let kept = &mut kept[at][usize::from(said.left.contains(&instance))];
        let is_kept = must_be_there != Some(false) && *kept < n_kept;
        *kept += usize::from(is_kept);
        let broker = broker.clone();
        checks.spawn(async move {
            let command = if is_kept { touch(instance) } else { cancel(instance) };
            let is_there = !is_gone(&broker, command).await;
            assert!(
                must_be_there.is_none_or(|must| must == is_there),
                "instance {instance} of {} is {}",
                KINDS[at].id,
                if is_there { "there, though all of it was done" } else { "gone" },
            );
            (instance, is_kept && is_there)
        });
    }
    while let Some(checked) = checks.join_next().await {
        let (instance, is_kept) = checked.unwrap();
        if !is_kept {
            said.forget(instance);
        }
    }
}

fn verify(data_dir: &Path) {
    let report = skep_journal::verify(skep_broker::journal_dir(data_dir, crate::rig::FIRST));
    let damage = report.unwrap().damage;
    assert!(damage.is_empty(), "{damage:?}");
}

fn restart(config: BrokerConfig) -> Running {
    let broker = Running(Broker::start(config).unwrap());
    assert_eq!(broker.partitions()[0].stopped, None);
    broker
}

/// Does all work there is until every instance has ended.
async fn finish(data_dir: &Path, said: &mut Said, distance: i64) {
    // The jobs of killed workers are locked for a minute.
    let mut config = config(data_dir, memory_budget(1));
    config.clock = ManualClock::new(Timestamp(config.clock.now().0 + 120_000)).clock();
    let broker = restart(config);
    check_work(&broker, said).await;
    check_instances(&broker, said, usize::MAX).await;
    let mut workers = JoinSet::new();
    for job_type in JOB_TYPES {
        let broker = broker.clone();
        workers.spawn(async move {
            let mut stream = broker.open_job_stream(mix::stream_request(job_type));
            while let Some(job) = stream.next().await {
                assert_eq!(mix::wrong_with(&job), None);
                broker.submit(mix::complete(Work::Job(job.key))).await.unwrap();
            }
        });
    }
    let mut n_finished = [0; KINDS.len()];
    for (instance, at) in std::mem::take(&mut said.created) {
        if KINDS[at].id == USER_TASK {
            broker.submit(mix::complete(mix::user_task(instance, distance))).await.unwrap();
        }
        eventually(async || is_gone(&broker, touch(instance)).await.then_some(())).await;
        n_finished[at] += 1;
    }
    for (kind, n) in KINDS.iter().zip(n_finished) {
        assert!(n > 0, "no instance of {} was left to go on", kind.id);
    }
    broker.shutdown().await;
    while let Some(worker) = workers.join_next().await {
        worker.unwrap();
    }
}

/// Deploys all processes and learns how far a user task's key is from that of its instance.
async fn prepare(data_dir: &Path) -> i64 {
    let broker = restart(config(data_dir, None));
    broker.submit(mix::deploy()).await.unwrap();
    let kind = KINDS.iter().find(|kind| kind.id == USER_TASK).unwrap();
    let Response::Created(created) = broker.submit(mix::create(kind, "0")).await.unwrap() else {
        panic!("it is created")
    };
    let reader =
        skep_journal::Reader::open(skep_broker::journal_dir(data_dir, crate::rig::FIRST), 1);
    for frame in reader.unwrap() {
        let batch = Batch::decode(&frame.unwrap().payload).unwrap();
        let task = batch.records.iter().find(|record| {
            matches!(record.body, Body::Event(Event::UserTask(UserTaskIntent::Creating, _)))
        });
        if let Some(task) = task {
            return task.key - created.key.0;
        }
    }
    panic!("there is no user task")
}

#[tokio::test]
async fn what_was_acknowledged_survives_a_hundred_kills() {
    let dir = tempfile::tempdir().unwrap();
    let data_dir: PathBuf = dir.path().join("broker");
    let distance = prepare(&data_dir).await;
    let mut said = Said::default();
    let mut coin: u64 = 0x9E37_79B9_7F4A_7C15;
    for round in 0..ROUNDS {
        let (mut child, lines) = load::start(&data_dir, distance, memory_budget(round));
        coin ^= coin << 13;
        coin ^= coin >> 7;
        coin ^= coin << 17;
        // The moment is what is being tested, so it is left to chance and not to an event.
        tokio::time::sleep(Duration::from_micros(coin % 80_000)).await;
        child.kill().unwrap();
        child.wait().unwrap();
        lines.lines().for_each(|line| said.hear(&line.unwrap()));
        verify(&data_dir);
        if round + 1 < ROUNDS {
            let broker = restart(config(&data_dir, memory_budget(round / 2)));
            check_work(&broker, &mut said).await;
            check_instances(&broker, &mut said, N_KEPT).await;
        }
    }
    finish(&data_dir, &mut said, distance).await;
    assert!(said.n_lines > 1000, "hardly anything was going on: {} lines", said.n_lines);
}
