//! What a broker does without a network: create, push, complete, with real syncs.
//!
//! `cargo bench -p skep-broker` prints, for several numbers of instances in flight, completed
//! process instances per second, their latency, and the journal bytes, syncs and CPU time each
//! took. A folder named in `SKEP_BENCH_DIR` puts the data elsewhere than in the temporary folder.
//!
//! A number in `SKEP_BENCH_WAITING` measures beside so many instances that wait for a job instead:
//! by turns without snapshots, and with one snapshot of them after the other.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement prints, and stops when it cannot go on"
)]

use std::{
    fs,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use skep_broker::{Broker, BrokerConfig, JobStreamRequest};
use skep_record::{
    AwaitResult, Command, CompleteJob, CreateProcessInstance, DefinitionRef, DeployResources,
    Document, Resource, Response, TenantId,
};
use tokio::sync::Semaphore;

/// So much journal is replayed: snapshots must not shorten the measurement of recovery.
const SNAPSHOT_EVERY_BYTES: u64 = 1 << 40;
/// So little journal is between snapshots that one follows the other.
const SNAPSHOT_ALWAYS_BYTES: u64 = 1;
const RUN: Duration = Duration::from_secs(4);
const IN_FLIGHT: [usize; 4] = [1, 16, 64, 256];

const ONE_TASK: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" targetNamespace="bench">
  <process id="one_task" isExecutable="true">
    <startEvent id="start"/>
    <sequenceFlow id="to_task" sourceRef="start" targetRef="task"/>
    <serviceTask id="task">
      <extensionElements><zeebe:taskDefinition type="work"/></extensionElements>
    </serviceTask>
    <sequenceFlow id="to_end" sourceRef="task" targetRef="end"/>
    <endEvent id="end"/>
  </process>
  <process id="waiting" isExecutable="true">
    <startEvent id="begin"/>
    <sequenceFlow id="to_wait" sourceRef="begin" targetRef="wait"/>
    <serviceTask id="wait">
      <extensionElements><zeebe:taskDefinition type="idle"/></extensionElements>
    </serviceTask>
  </process>
</definitions>"#;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let waiting = std::env::var("SKEP_BENCH_WAITING").ok();
    match waiting.map(|n| n.parse().unwrap()) {
        None => {
            for in_flight in IN_FLIGHT {
                runtime.block_on(measure(in_flight, 0, SNAPSHOT_EVERY_BYTES));
            }
        }
        Some(n_waiting) => {
            for every_bytes in [SNAPSHOT_EVERY_BYTES, SNAPSHOT_ALWAYS_BYTES].repeat(3) {
                let text = if every_bytes == SNAPSHOT_ALWAYS_BYTES { "all along" } else { "none" };
                println!("beside {n_waiting} instances that wait, snapshots: {text}");
                runtime.block_on(measure(64, n_waiting, every_bytes));
            }
        }
    }
}

async fn measure(in_flight: usize, n_waiting: usize, snapshot_every_bytes: u64) {
    let dir = match std::env::var_os("SKEP_BENCH_DIR") {
        Some(dir) => tempfile::tempdir_in(dir).unwrap(),
        None => tempfile::tempdir().unwrap(),
    };
    let mut config = BrokerConfig::new(dir.path());
    config.snapshot_every_bytes = SNAPSHOT_EVERY_BYTES;
    let broker = Broker::start(config.clone()).unwrap();
    deploy(&broker).await;
    start_waiting(&broker, n_waiting).await;
    // Only now: the snapshots of so many instances are what is measured.
    broker.shutdown().await;
    drop(broker);
    config.snapshot_every_bytes = snapshot_every_bytes;
    let broker = Broker::start(config).unwrap();
    let before = journal_bytes(dir.path());
    let worker = tokio::spawn(work(broker.clone()));
    let (cpu, began) = (cpu_time(), Instant::now());
    let mut latencies = create_for(&broker, in_flight, RUN).await;
    let (cpu, elapsed) = (cpu_time().saturating_sub(cpu), began.elapsed());
    let n = latencies.len();
    latencies.sort_unstable();
    let at = |percent: usize| latencies[(n - 1) * percent / 100].as_secs_f64() * 1e3;
    let journal_bytes = journal_bytes(dir.path()).saturating_sub(before);
    println!(
        "{in_flight:4} in flight: {:7.0} PI/s   p50 {:6.2} ms  p99 {:6.2} ms   {:6.0} B journal/PI   {:5.1} us CPU/PI",
        n as f64 / elapsed.as_secs_f64(),
        at(50),
        at(99),
        journal_bytes as f64 / n as f64,
        cpu.as_secs_f64() * 1e6 / n as f64,
    );
    worker.abort();
    drop(worker.await);
    drop(broker);
    recover(dir.path(), journal_bytes);
}

fn journal_bytes(dir: &Path) -> u64 {
    let dir = skep_broker::journal_dir(dir, skep_record::PartitionId(1));
    let report = skep_journal::verify(dir).unwrap();
    report.segments.iter().map(|segment| segment.n_bytes).sum()
}

/// Starts again as after a crash, without a snapshot of the last instances.
fn recover(dir: &Path, journal_bytes: u64) {
    let broker = Broker::start(BrokerConfig::new(dir)).unwrap();
    let report = &broker.recoveries()[0];
    println!(
        "     recovered {} records of {} MB journal, snapshot at {}, in {:.0} ms",
        report.n_records,
        journal_bytes >> 20,
        report.snapshot_position,
        report.elapsed.as_secs_f64() * 1e3,
    );
}

async fn deploy(broker: &Broker) {
    let resource = Resource { name: "one_task.bpmn".to_owned(), content: ONE_TASK.into() };
    let command = Command::DeployResources(DeployResources {
        resources: vec![resource],
        tenant_id: TenantId::default(),
    });
    broker.submit(command).await.unwrap();
}

/// Creates instances whose jobs nobody works.
async fn start_waiting(broker: &Broker, n: usize) {
    let permits = Arc::new(Semaphore::new(256));
    let mut tasks = Vec::with_capacity(n);
    for _ in 0..n {
        let permit = Arc::clone(&permits).acquire_owned().await.unwrap();
        let broker = broker.clone();
        tasks.push(tokio::spawn(async move {
            broker.submit(create("waiting", Document::empty(), None)).await.unwrap();
            drop(permit);
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
}

/// Completes whatever is pushed.
async fn work(broker: Broker) {
    let mut stream = broker.open_job_stream(JobStreamRequest {
        job_type: "work".into(),
        worker: "bench".to_owned(),
        timeout_ms: 60_000,
        fetch_variables: Vec::new(),
        tenant_ids: vec![TenantId::default()],
        buffer: 1024,
    });
    while let Some(job) = stream.next().await {
        let broker = broker.clone();
        tokio::spawn(async move {
            let variables = Document::empty();
            let command =
                Command::CompleteJob(CompleteJob { job_key: job.key, variables, result: None });
            broker.submit(command).await.unwrap();
        });
    }
}

fn create(process: &str, variables: Document, await_result: Option<AwaitResult>) -> Command {
    Command::CreateProcessInstance(CreateProcessInstance {
        definition: DefinitionRef::Latest(process.into()),
        variables,
        tenant_id: TenantId::default(),
        start_at: Vec::new(),
        terminate_after: Vec::new(),
        await_result,
        operation_reference: 0,
        tags: Vec::new(),
        business_id: None,
    })
}

/// Creates instances and waits for their results, at most `in_flight` at once.
async fn create_for(broker: &Broker, in_flight: usize, time: Duration) -> Vec<Duration> {
    let payload = format!(r#"{{"payload":"{}"}}"#, "x".repeat(500));
    let variables = Document::from_json(&payload).unwrap();
    let permits = Arc::new(Semaphore::new(in_flight));
    let began = Instant::now();
    let mut tasks = Vec::new();
    while began.elapsed() < time {
        let permit = Arc::clone(&permits).acquire_owned().await.unwrap();
        let (broker, variables) = (broker.clone(), variables.clone());
        tasks.push(tokio::spawn(async move {
            let began = Instant::now();
            let result = AwaitResult { fetch_variables: vec!["none".to_owned()] };
            let command = create("one_task", variables, Some(result));
            let answer = broker.submit(command).await.unwrap();
            assert!(matches!(answer, Response::Completed(_)), "{answer:?}");
            drop(permit);
            began.elapsed()
        }));
    }
    let mut latencies = Vec::with_capacity(tasks.len());
    for task in tasks {
        latencies.push(task.await.unwrap());
    }
    latencies
}

/// User and system time of this process so far, in ticks of 10 ms.
fn cpu_time() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks: u64 =
        after_name.split_whitespace().skip(11).take(2).filter_map(|n| n.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}
