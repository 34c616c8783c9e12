//! What instances cost that wait, with all of them in memory and with a memory budget.
//!
//! `cargo bench -p skep-broker --bench idle` starts a million instances, each of which waits for
//! a message and has 400 bytes of variables, without a budget and with one of 64 MB, each in a
//! process of its own. It prints the memory of each, what the store has of them, what it takes
//! to wake one, the throughput of other work beside them, and how long stop and start take.
//! Arguments are another number of instances and another budget in MB.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement prints, and stops when it cannot go on"
)]

mod load;

use std::{
    fs,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use skep_broker::{Broker, BrokerConfig};
use skep_record::{Command, Document, PartitionId, PublishMessage, Response, TenantId};
use tokio::sync::Semaphore;

const RUN: Duration = Duration::from_secs(4);
const IN_FLIGHT: usize = 256;
/// Instances woken one after the other, and as many at once as are in flight.
const N_WOKEN: u64 = 2_000;

const WAITING: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" targetNamespace="bench">
  <message id="message" name="go">
    <extensionElements><zeebe:subscription correlationKey="=order"/></extensionElements>
  </message>
  <process id="waiting" isExecutable="true">
    <startEvent id="start"/>
    <sequenceFlow id="to_catch" sourceRef="start" targetRef="catch"/>
    <intermediateCatchEvent id="catch">
      <messageEventDefinition messageRef="message"/>
    </intermediateCatchEvent>
    <sequenceFlow id="to_end" sourceRef="catch" targetRef="end"/>
    <endEvent id="end"/>
  </process>
</definitions>"#;

fn main() {
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|text| !text.starts_with("--")).collect();
    let number = |at: usize| arguments.get(at).map(|text| text.parse::<u64>().unwrap());
    let (n, budget_mb) = (number(0).unwrap_or(1_000_000), number(1).unwrap_or(64));
    if arguments.get(2).is_some_and(|text| text == "alone") {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.block_on(measure(n, (budget_mb > 0).then_some(budget_mb << 20)));
        return;
    }
    // Each in a process of its own: memory that was freed would be used again unseen.
    for budget_mb in [0, budget_mb] {
        let program = std::env::current_exe().unwrap();
        let arguments = [n.to_string(), budget_mb.to_string(), "alone".to_owned()];
        let ended = std::process::Command::new(program).args(arguments).status().unwrap();
        assert!(ended.success(), "{ended}");
    }
}

async fn measure(n: u64, memory_budget_bytes: Option<u64>) {
    match memory_budget_bytes {
        None => println!("{n} instances, all in memory"),
        Some(bytes) => println!("{n} instances, budget {} MB", bytes >> 20),
    }
    let dir = load::folder();
    let mut config = BrokerConfig::new(dir.path());
    config.memory_budget_bytes = memory_budget_bytes;
    // Only the one at the end: a snapshot beside the work takes its share of the machine.
    config.snapshot_every_bytes = 1 << 40;
    let broker = Broker::start(config.clone()).unwrap();
    load::deploy_one_task(&broker).await;
    load::deploy(&broker, WAITING).await;
    let worker = tokio::spawn(load::work(broker.clone()));
    beside(&broker, "none wait yet").await;

    let before = anonymous_bytes();
    let began = Instant::now();
    at_once(&broker, (0..n).map(create)).await;
    println!("  created {:.0}/s", n as f64 / began.elapsed().as_secs_f64());
    let grown = anonymous_bytes().saturating_sub(before);
    let store = skep_broker::cold_dir(dir.path(), PartitionId(1));
    println!(
        "  memory {} MB, of each {:.0} bytes; on disk {} MB",
        anonymous_bytes() >> 20,
        grown as f64 / n as f64,
        disk_bytes(&store) >> 20,
    );
    beside(&broker, "beside them").await;
    wake(&broker, n).await;
    worker.abort();
    drop(worker.await);
    println!("  memory in the end {} MB", anonymous_bytes() >> 20);

    let began = Instant::now();
    broker.shutdown().await;
    drop(broker);
    let stopped = began.elapsed();
    let began = Instant::now();
    let broker = Broker::start(config).unwrap();
    assert_eq!(broker.partitions()[0].stopped, None);
    println!(
        "  stopped with a snapshot in {:.1} s, started from it in {:.1} s, peak memory {} MB",
        stopped.as_secs_f64(),
        began.elapsed().as_secs_f64(),
        status_bytes("VmHWM:") >> 20,
    );
    drop(broker);
    drop(dir);
}

/// Throughput of the one-task process.
async fn beside(broker: &Broker, when: &str) {
    let (cpu, began) = (load::cpu_time(), Instant::now());
    let latencies = load::create_for(broker, IN_FLIGHT, RUN).await;
    let n = latencies.len() as f64;
    println!(
        "  {when}: {:.0} PI/s, p50 {:.2} ms, p99 {:.2} ms, {:.1} us CPU each",
        n / began.elapsed().as_secs_f64(),
        load::percentile_ms(&latencies, 50),
        load::percentile_ms(&latencies, 99),
        (load::cpu_time() - cpu).as_secs_f64() * 1e6 / n,
    );
}

/// Sends messages to instances all over the place, each to one that has had none.
async fn wake(broker: &Broker, n: u64) {
    // Coprime to any number of instances that is not a multiple of it.
    let nth = |at: u64| (at * 7_368_787) % n;
    let mut latencies = Vec::new();
    for at in 0..N_WOKEN {
        let began = Instant::now();
        broker.submit(publish(nth(at))).await.unwrap();
        latencies.push(began.elapsed());
    }
    latencies.sort_unstable();
    let (cpu, began) = (load::cpu_time(), Instant::now());
    let many = 10 * N_WOKEN;
    at_once(broker, (N_WOKEN..N_WOKEN + many).map(|at| publish(nth(at)))).await;
    println!(
        "  woken one by one: p50 {:.2} ms, p99 {:.2} ms; {IN_FLIGHT} at once: {:.0}/s, {:.1} us CPU each",
        load::percentile_ms(&latencies, 50),
        load::percentile_ms(&latencies, 99),
        many as f64 / began.elapsed().as_secs_f64(),
        (load::cpu_time() - cpu).as_secs_f64() * 1e6 / many as f64,
    );
}

/// Submits commands, so many at once as are in flight.
async fn at_once(broker: &Broker, commands: impl Iterator<Item = Command>) {
    let permits = Arc::new(Semaphore::new(IN_FLIGHT));
    for command in commands {
        let permit = Arc::clone(&permits).acquire_owned().await.unwrap();
        let broker = broker.clone();
        tokio::spawn(async move {
            let answer = broker.submit(command).await.unwrap();
            assert!(matches!(answer, Response::Created(_) | Response::Published(_)), "{answer:?}");
            drop(permit);
        });
    }
    let all = u32::try_from(IN_FLIGHT).unwrap();
    drop(permits.acquire_many(all).await.unwrap());
}

fn create(n: u64) -> Command {
    // Half of it compresses, as customers' data does.
    let mut noise = String::new();
    for i in 0..10 {
        let word = (n + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(7 * i);
        noise.push_str(&format!("{word:016x}"));
    }
    let json = format!(
        r#"{{"order":"order-{n}","amount":{n},"note":"{noise}","address":"{}"}}"#,
        "Lange Strasse 12, ".repeat(10)
    );
    load::create("waiting", Document::from_json(&json).unwrap(), None)
}

fn publish(n: u64) -> Command {
    Command::PublishMessage(PublishMessage {
        name: "go".into(),
        correlation_key: format!("order-{n}").into(),
        time_to_live_ms: 0,
        message_id: String::new(),
        variables: Document::empty(),
        tenant_id: TenantId::default(),
    })
}

/// Memory of this process that is not cached files.
fn anonymous_bytes() -> u64 {
    status_bytes("RssAnon:")
}

fn status_bytes(name: &str) -> u64 {
    let status = fs::read_to_string(Path::new("/proc/self/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse::<u64>().map_or(0, |kb| kb << 10)
}

/// Bytes of the files below a folder that are on the disk.
fn disk_bytes(dir: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt;
    let Ok(entries) = fs::read_dir(dir) else { return 0 };
    let size = |entry: fs::DirEntry| match entry.metadata() {
        Ok(found) if found.is_dir() => disk_bytes(&entry.path()),
        Ok(found) => found.blocks() * 512,
        Err(_) => 0,
    };
    entries.filter_map(Result::ok).map(size).sum()
}
