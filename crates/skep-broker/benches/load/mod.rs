//! The load of the benchmarks: one-task processes, created and worked.

use std::{
    fs,
    sync::Arc,
    time::{Duration, Instant},
};

use skep_broker::{Broker, JobStreamRequest};
use skep_record::{
    AwaitResult, Command, CompleteJob, CreateProcessInstance, DefinitionRef, DeployResources,
    Document, Resource, Response, TenantId,
};
use tempfile::TempDir;
use tokio::sync::Semaphore;

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
</definitions>"#;

/// A new folder, in the one that `SKEP_BENCH_DIR` names or among the temporary ones.
pub(crate) fn folder() -> TempDir {
    match std::env::var_os("SKEP_BENCH_DIR") {
        Some(dir) => tempfile::tempdir_in(dir).unwrap(),
        None => tempfile::tempdir().unwrap(),
    }
}

/// Deploys the one-task process.
pub(crate) async fn deploy_one_task(broker: &Broker) {
    deploy(broker, ONE_TASK).await;
}

pub(crate) async fn deploy(broker: &Broker, bpmn: &'static str) {
    let resource = Resource { name: "process.bpmn".to_owned(), content: bpmn.into() };
    let command = Command::DeployResources(DeployResources {
        resources: vec![resource],
        tenant_id: TenantId::default(),
    });
    broker.submit(command).await.unwrap();
}

/// Completes whatever is pushed.
pub(crate) async fn work(broker: Broker) {
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

/// Creates instances and waits for their results, at most `in_flight` at once; answers how long
/// each took, the shortest first.
pub(crate) async fn create_for(broker: &Broker, in_flight: usize, time: Duration) -> Vec<Duration> {
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
            let await_result = Some(AwaitResult { fetch_variables: vec!["none".to_owned()] });
            let command = create("one_task", variables, await_result);
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
    latencies.sort_unstable();
    latencies
}

pub(crate) fn create(
    process_id: &str,
    variables: Document,
    await_result: Option<AwaitResult>,
) -> Command {
    Command::CreateProcessInstance(CreateProcessInstance {
        definition: DefinitionRef::Latest(process_id.into()),
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

/// The latency that so many percent do not exceed, in milliseconds.
pub(crate) fn percentile_ms(sorted: &[Duration], percent: usize) -> f64 {
    let at = sorted.len().saturating_sub(1) * percent / 100;
    sorted.get(at).map_or(0.0, |latency| latency.as_secs_f64() * 1e3)
}

/// User and system time of this process so far, in ticks of 10 ms.
pub(crate) fn cpu_time() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks: u64 =
        after_name.split_whitespace().skip(11).take(2).filter_map(|n| n.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}
