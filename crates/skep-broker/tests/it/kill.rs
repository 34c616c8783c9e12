//! `kill -9` under load, again and again: what was acknowledged is there, nothing happens twice.
//!
//! The load runs in a process of its own: this test binary, asked to run [`child`]. It prints a
//! line before each completion and after each acknowledgement, which outlive it in the pipe.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command as Process, Stdio},
    sync::Arc,
    time::Duration,
};

use skep_broker::{BrokerConfig, SubmitError};
use skep_record::{CancelProcessInstance, Command, JobKey, ProcessInstanceKey, RejectionKind};
use tokio::task::JoinSet;

use crate::rig::{ONE_TASK, Running, complete, create, stream_request};

const ROUNDS: u64 = 100;
const CHILD_DIR: &str = "SKEP_TEST_KILL_DIR";

fn config(data_dir: &Path) -> BrokerConfig {
    let mut config = BrokerConfig::new(data_dir);
    config.segment_bytes = 64 << 10;
    config.snapshot_every_bytes = 128 << 10;
    // All checks of a round are submitted at once.
    config.queue_capacity = 1 << 20;
    config
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    // Nobody reads any more only when the parent is gone too.
    drop(out.write_all(format!("{line}\n").as_bytes()).and_then(|()| out.flush()));
}

/// The process that is killed. Does nothing when run as a test like any other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn child() {
    let Some(data_dir) = std::env::var_os(CHILD_DIR) else { return };
    let broker = Running(skep_broker::Broker::start(config(Path::new(&data_dir))).unwrap());
    say("READY");
    for _ in 0..8 {
        let broker = broker.clone();
        tokio::spawn(async move {
            loop {
                if let Ok(skep_record::Response::Created(created)) = broker.submit(create()).await {
                    say(&format!("CREATED {}", created.key));
                }
            }
        });
    }
    let mut stream = broker.open_job_stream(stream_request(32));
    let mut n = 0;
    while let Some(job) = stream.next().await {
        n += 1;
        // Some instances stay, to be found by later rounds.
        if n % 5 == 0 {
            continue;
        }
        let broker = broker.clone();
        tokio::spawn(async move {
            say(&format!("COMPLETING {} {}", job.process_instance_key, job.key));
            if broker.submit(complete(job.key)).await.is_ok() {
                say(&format!("COMPLETED {} {}", job.process_instance_key, job.key));
            }
        });
    }
}

/// What the killed processes have said.
#[derive(Default)]
struct Said {
    /// Instances acknowledged and not yet checked.
    created: BTreeSet<ProcessInstanceKey>,
    /// Instances that may have completed, because it was tried.
    completing: BTreeSet<ProcessInstanceKey>,
    /// Completed jobs and their instances.
    completed: BTreeMap<JobKey, ProcessInstanceKey>,
}

impl Said {
    fn hear(&mut self, line: &str) {
        let words: Vec<&str> = line.split(' ').collect();
        let key = |n: usize| words[n].parse::<i64>().unwrap();
        match words[0] {
            "CREATED" => assert!(self.created.insert(key(1).into()), "{line}: created twice"),
            "COMPLETING" => drop(self.completing.insert(key(1).into())),
            "COMPLETED" => {
                let twice = self.completed.insert(key(2).into(), key(1).into());
                assert_eq!(twice, None, "{line}: completed twice");
            }
            // The test harness has its say too.
            _ => (),
        }
    }
}

fn start_child(data_dir: &Path) -> (Child, BufReader<std::process::ChildStdout>) {
    let mut child = Process::new(std::env::current_exe().unwrap())
        .args(["kill::child", "--exact", "--nocapture", "--test-threads=1"])
        .env(CHILD_DIR, data_dir)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    // The test harness begins the line.
    while !line.trim_end().ends_with("READY") {
        line.clear();
        assert!(lines.read_line(&mut line).unwrap() > 0, "the child has ended");
    }
    (child, lines)
}

/// Whether the instance was still there; it is gone afterwards.
async fn cancel(broker: &Running, process_instance_key: ProcessInstanceKey) -> bool {
    let command = Command::CancelProcessInstance(CancelProcessInstance {
        process_instance_key,
        operation_reference: 0,
    });
    match broker.submit(command).await {
        Ok(_) => true,
        Err(SubmitError::Rejected { rejection, .. }) => {
            assert_eq!(rejection.kind, RejectionKind::NotFound);
            false
        }
        Err(other) => panic!("{other}"),
    }
}

/// Checks what was said so far; keeps every third instance for later.
async fn check(data_dir: &Path, said: &mut Said, keep: bool) {
    let journal_dir = skep_broker::journal_dir(data_dir, crate::rig::FIRST);
    let report = skep_journal::verify(&journal_dir).unwrap();
    assert!(report.damage.is_empty(), "{:?}", report.damage);
    let broker = Arc::new(Running(skep_broker::Broker::start(config(data_dir)).unwrap()));
    assert_eq!(broker.partitions()[0].stopped, None);
    let mut checks = JoinSet::new();
    for (job_key, process_instance_key) in std::mem::take(&mut said.completed) {
        said.created.remove(&process_instance_key);
        let broker = Arc::clone(&broker);
        checks.spawn(async move {
            let error = broker.complete(job_key).await.unwrap_err();
            let gone = matches!(&error, SubmitError::Rejected { rejection, .. }
                if rejection.kind == RejectionKind::NotFound);
            assert!(gone, "job {job_key} was completed, but: {error}");
            let is_there = cancel(&broker, process_instance_key).await;
            assert!(!is_there, "instance {process_instance_key} was completed and is there");
        });
    }
    let mut kept = BTreeSet::new();
    for (n, key) in std::mem::take(&mut said.created).into_iter().enumerate() {
        if keep && n % 3 == 0 {
            kept.insert(key);
            continue;
        }
        let (broker, completing) = (Arc::clone(&broker), said.completing.contains(&key));
        checks.spawn(async move {
            let is_there = cancel(&broker, key).await;
            assert!(is_there || completing, "instance {key} was acknowledged and is gone");
        });
    }
    said.created = kept;
    while let Some(checked) = checks.join_next().await {
        checked.unwrap();
    }
}

#[tokio::test]
async fn what_was_acknowledged_survives_a_hundred_kills() {
    let dir = tempfile::tempdir().unwrap();
    let data_dir: PathBuf = dir.path().join("broker");
    Running(skep_broker::Broker::start(config(&data_dir)).unwrap()).deploy(ONE_TASK).await;
    let mut said = Said::default();
    let mut n_lines = 0_usize;
    let mut coin: u64 = 0x9E37_79B9_7F4A_7C15;
    for round in 0..ROUNDS {
        let (mut child, lines) = start_child(&data_dir);
        coin ^= coin << 13;
        coin ^= coin >> 7;
        coin ^= coin << 17;
        // The moment is what is being tested, so it is left to chance and not to an event.
        tokio::time::sleep(Duration::from_micros(coin % 80_000)).await;
        child.kill().unwrap();
        child.wait().unwrap();
        for line in lines.lines() {
            let line = line.unwrap();
            n_lines += 1;
            said.hear(&line);
        }
        check(&data_dir, &mut said, round + 1 < ROUNDS).await;
    }
    assert!(n_lines > 1000, "hardly anything was going on: {n_lines} lines");
}
