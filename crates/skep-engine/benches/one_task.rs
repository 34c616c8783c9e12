//! The one-task process in the pure engine: create, activate, complete.
//!
//! `cargo bench -p skep-engine` prints process instances per second (the thousands of elements
//! per second that criterion reports), and on the way the journal's bytes and the memory of one
//! instance.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    missing_docs,
    reason = "a benchmark reads the clock, prints what it measured and stops where it fails"
)]

use std::{hint::black_box, path::PathBuf};

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use skep_engine::{Answer, Engine, EngineConfig, Outcome};
use skep_record::{
    ActivateJobs, Batch, Command, CompleteJob, CreateProcessInstance, DefinitionRef,
    DeployResources, Document, PartitionId, Resource, Response, TenantId, Timestamp,
};

/// The allocator of the binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const NOW: Timestamp = Timestamp(1_700_000_000_000);

struct Commands {
    create: Command,
    activate: Command,
    result: Document,
}

fn commands(payload_bytes: usize, max_jobs: i32) -> Commands {
    let text = "x".repeat(payload_bytes.saturating_sub(24));
    let variables = format!(r#"{{"orderId": 42, "text": "{text}"}}"#);
    Commands {
        create: Command::CreateProcessInstance(CreateProcessInstance {
            definition: DefinitionRef::Latest("order_process".into()),
            variables: Document::from_json(&variables).unwrap(),
            tenant_id: TenantId::default(),
            start_at: Vec::new(),
            terminate_after: Vec::new(),
            await_result: None,
            operation_reference: 0,
            tags: Vec::new(),
            business_id: None,
        }),
        activate: Command::ActivateJobs(ActivateJobs {
            job_type: "payment-service".into(),
            worker: "worker".into(),
            timeout_ms: 60_000,
            max_jobs,
            fetch_variables: Vec::new(),
            tenant_ids: vec![TenantId::default()],
        }),
        result: Document::from_json(r#"{"paid": true}"#).unwrap(),
    }
}

fn engine() -> Engine {
    let mut engine = Engine::new(EngineConfig::new(PartitionId(1), 1));
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/bpmn/service_task.bpmn");
    let outcome = process(
        &mut engine,
        Command::DeployResources(DeployResources {
            resources: vec![Resource {
                name: "service_task.bpmn".into(),
                content: std::fs::read(path).unwrap().into(),
            }],
            tenant_id: TenantId::default(),
        }),
    );
    assert!(matches!(outcome.answer, Answer::Reply(Ok(_))));
    engine
}

/// A batch as a broker has it made: tidied up after.
fn process(engine: &mut Engine, command: Command) -> Outcome {
    let outcome = engine.process(NOW, command).unwrap();
    engine.tidy().unwrap();
    outcome
}

/// One instance from creation to completion, each batch handed to `sink`.
fn run_one(engine: &mut Engine, commands: &Commands, mut sink: impl FnMut(&Batch)) {
    let created = process(engine, commands.create.clone());
    sink(&created.batch);
    let activated = process(engine, commands.activate.clone());
    sink(&activated.batch);
    let Answer::Reply(Ok(Response::Activated(activated))) = activated.answer else { panic!() };
    for job in activated.jobs {
        let complete =
            CompleteJob { job_key: job.key, variables: commands.result.clone(), result: None };
        let completed = process(engine, Command::CompleteJob(complete));
        sink(&completed.batch);
    }
}

/// Resident memory in bytes.
fn resident() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: usize =
        text.split_whitespace().nth(1).and_then(|pages| pages.parse().ok()).unwrap_or(0);
    pages * 4096
}

/// Time this process has run on a CPU, in nanoseconds: other load does not count.
fn cpu_ns() -> u64 {
    let text = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    text.split_whitespace().next().and_then(|ns| ns.parse().ok()).unwrap_or(0)
}

/// CPU time of one instance, with so many instances waiting.
fn report_cpu(n_waiting: usize) {
    let commands = commands(500, 1);
    let mut engine = engine();
    for _ in 0..n_waiting {
        process(&mut engine, commands.create.clone());
    }
    let n = 200_000;
    let started = cpu_ns();
    for _ in 0..n {
        run_one(&mut engine, &commands, |batch| {
            black_box(batch.records.len());
        });
    }
    let ns = (cpu_ns() - started) / n;
    println!(
        "CPU of one instance, {n_waiting} waiting: {ns} ns, {} instances/s",
        1_000_000_000 / ns.max(1)
    );
}

fn report() {
    let commands = commands(500, 1);
    let mut bytes = 0;
    let mut records = 0;
    run_one(&mut engine(), &commands, |batch| {
        bytes += batch.encode(Vec::new()).len();
        records += batch.records.len();
    });
    println!("journal of one instance: {bytes} bytes in {records} records, payload 500 bytes");

    let small = self::commands(50, 1);
    let mut engine = engine();
    let before = resident();
    let n = 200_000;
    for _ in 0..n {
        black_box(process(&mut engine, small.create.clone()));
    }
    println!("memory of one waiting instance: {} bytes", (resident() - before) / n);
    let started = std::time::Instant::now();
    let frozen = engine.freeze();
    let froze = started.elapsed();
    let started = std::time::Instant::now();
    let snapshot = frozen.encode().unwrap();
    println!(
        "snapshot of {n} instances: frozen in {froze:?}, encoded in {:?}, {} bytes each",
        started.elapsed(),
        snapshot.len() / n
    );
    let started = std::time::Instant::now();
    let restored = Engine::restore(EngineConfig::new(PartitionId(1), 1), None, &*snapshot).unwrap();
    println!("restored in {:?}", started.elapsed());
    black_box((restored, engine));
    report_cpu(0);
    report_cpu(100_000);
    report_cpu(1_000_000);
}

fn bench(criterion: &mut Criterion) {
    report();
    let mut group = criterion.benchmark_group("one_task");
    group.throughput(Throughput::Elements(1));
    group.bench_function("empty", |bencher| {
        let commands = commands(500, 1);
        let mut engine = engine();
        bencher.iter(|| {
            run_one(&mut engine, &commands, |batch| {
                black_box(batch.records.len());
            });
        });
    });
    group.bench_function("empty_with_encoding", |bencher| {
        let commands = commands(500, 1);
        let mut engine = engine();
        let mut out = Vec::new();
        bencher.iter(|| {
            run_one(&mut engine, &commands, |batch| {
                out.clear();
                out = batch.encode(std::mem::take(&mut out));
            });
        });
    });
    group.bench_function("with_100000_waiting", |bencher| {
        let commands = commands(500, 1);
        let mut engine = engine();
        for _ in 0..100_000 {
            process(&mut engine, commands.create.clone());
        }
        bencher.iter(|| {
            run_one(&mut engine, &commands, |batch| {
                black_box(batch.records.len());
            });
        });
    });
    group.bench_function("replay", |bencher| {
        let commands = commands(500, 1);
        let mut live = engine();
        let mut batches = Vec::new();
        for _ in 0..1000 {
            run_one(&mut live, &commands, |batch| batches.push(batch.clone()));
        }
        bencher.iter_batched(
            || (engine(), 0),
            |(mut engine, _)| {
                for batch in &batches[..3] {
                    engine.replay(batch).unwrap();
                }
                engine
            },
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().without_plots();
    targets = bench
}
criterion_main!(benches);
