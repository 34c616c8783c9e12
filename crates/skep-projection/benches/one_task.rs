//! What the history costs: one-task processes with half a kilobyte of variables.
//!
//! `cargo bench -p skep-projection` has a broker create and complete instances, and then exports
//! their records to projectors. It prints microseconds of processor time for each instance, how
//! many bytes of file one takes, and of which tables and indexes these are. An argument is another
//! number of instances.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement prints, and stops when it cannot go on"
)]

use std::{
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use rustix::time::{ClockId, clock_gettime};
use skep_broker::{Broker, BrokerConfig};
use skep_projection::Projector;
use skep_record::{
    ActivateJobs, Batch, Command, CompleteJob, CreateProcessInstance, DefinitionRef,
    DeployResources, Document, ExportError, Exporter, PartitionId, Resource, Response, TenantId,
};
use tokio::task::JoinSet;

/// Bytes of journal between two flushes, as in a broker under load.
const FLUSH_BYTES: usize = 1 << 20;
const IN_FLIGHT: usize = 500;
const ROUNDS: usize = 3;

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

fn main() {
    let argument = std::env::args().skip(1).find(|text| !text.starts_with("--"));
    let n_instances: usize = argument.map_or(20_000, |text| text.parse().unwrap());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let batches = runtime.block_on(record(n_instances));
    let n_bytes: usize = batches.iter().map(|(n_bytes, _)| n_bytes).sum();
    println!("{n_instances} instances, {} bytes of journal each", n_bytes / n_instances);
    for round in 1..=ROUNDS {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("history.db");
        let mut projector = Projector::open(&file).unwrap();
        let began = cpu_time();
        export(&mut projector, &batches);
        let taken = cpu_time().checked_sub(began).unwrap();
        projector.sync().unwrap();
        drop(projector);
        let n = u32::try_from(n_instances).unwrap();
        println!("{:.1} µs of processor time for each", (taken / n).as_secs_f64() * 1e6);
        if round == ROUNDS {
            print_sizes(&file, n_instances);
        }
    }
}

/// The records of instances from their beginning to their end, and how long the batches are.
async fn record(n_instances: usize) -> Vec<(usize, Batch)> {
    let dir = tempfile::tempdir().unwrap();
    let recorder = Recorder::default();
    let config = BrokerConfig::new(dir.path());
    let broker = Broker::start_exporting(config, Box::new(recorder.clone())).unwrap();
    let resource = Resource { name: "one_task.bpmn".to_owned(), content: ONE_TASK.into() };
    let (resources, tenant_id) = (vec![resource], TenantId::default());
    let deploy = Command::DeployResources(DeployResources { resources, tenant_id });
    broker.submit(deploy).await.unwrap();
    let mut left = n_instances;
    while left > 0 {
        let n = left.min(IN_FLIGHT);
        submit_all(&broker, (0..n).map(|n| create(left - n))).await;
        let activate = Command::ActivateJobs(ActivateJobs {
            job_type: "work".into(),
            worker: "bench".into(),
            timeout_ms: 600_000,
            max_jobs: i32::try_from(n).unwrap(),
            fetch_variables: vec!["orderId".into()],
            tenant_ids: vec![TenantId::default()],
        });
        let Response::Activated(activated) =
            broker.submit_to(PartitionId(1), activate).await.unwrap()
        else {
            panic!("jobs are activated");
        };
        assert_eq!(activated.jobs.len(), n);
        submit_all(
            &broker,
            activated.jobs.iter().map(|job| {
                let variables = Document::from_json(r#"{"paid": true}"#).unwrap();
                Command::CompleteJob(CompleteJob { job_key: job.key, variables, result: None })
            }),
        )
        .await;
        left -= n;
    }
    assert!(broker.await_export(Duration::from_secs(600)).await);
    broker.shutdown().await;
    let mut recorded = recorder.0.lock().unwrap();
    std::mem::take(&mut *recorded)
}

fn create(n: usize) -> Command {
    let text = "x".repeat(440);
    let variables = format!(r#"{{"orderId": "order-{n}", "amount": {n}, "text": "{text}"}}"#);
    Command::CreateProcessInstance(CreateProcessInstance {
        definition: DefinitionRef::Latest("one_task".into()),
        variables: Document::from_json(&variables).unwrap(),
        tenant_id: TenantId::default(),
        await_result: None,
        tags: Vec::new(),
        start_at: Vec::new(),
        terminate_after: Vec::new(),
        business_id: None,
        operation_reference: 0,
    })
}

async fn submit_all(broker: &Broker, commands: impl Iterator<Item = Command>) {
    let mut answers = JoinSet::new();
    for command in commands {
        let broker = broker.clone();
        answers.spawn(async move { broker.submit(command).await.map(drop) });
    }
    for answer in answers.join_all().await {
        answer.unwrap();
    }
}

fn export(projector: &mut Projector, batches: &[(usize, Batch)]) {
    let mut pending = 0;
    for (n_bytes, batch) in batches {
        projector.export(PartitionId(1), batch).unwrap();
        pending += n_bytes;
        if pending >= FLUSH_BYTES {
            projector.flush().unwrap();
            pending = 0;
        }
    }
    projector.flush().unwrap();
}

/// Keeps what it is handed.
#[derive(Clone, Debug, Default)]
struct Recorder(Arc<Mutex<Vec<(usize, Batch)>>>);

impl Exporter for Recorder {
    fn position(&mut self, _: PartitionId) -> Result<u64, ExportError> {
        Ok(self.0.lock().unwrap().last().map_or(0, |(_, batch)| batch.last_position()))
    }

    fn export(&mut self, _: PartitionId, batch: &Batch) -> Result<(), ExportError> {
        let n_bytes = batch.encode(Vec::new()).len();
        self.0.lock().unwrap().push((n_bytes, batch.clone()));
        Ok(())
    }

    fn flush(&mut self) -> Result<(), ExportError> {
        Ok(())
    }

    fn sync(&mut self) -> Result<(), ExportError> {
        Ok(())
    }

    fn forget(&mut self) {}

    fn reset(&mut self) -> Result<(), ExportError> {
        Ok(())
    }
}

/// Of this thread.
fn cpu_time() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(now.tv_sec.unsigned_abs(), u32::try_from(now.tv_nsec).unwrap())
}

/// Of the file, and of each table and index in it.
fn print_sizes(file: &Path, n_instances: usize) {
    let n_instances = i64::try_from(n_instances).unwrap();
    let connection = rusqlite::Connection::open(file).unwrap();
    let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let n_bytes = number("page_count").unwrap() * number("page_size").unwrap();
    println!("{} bytes of file for each", n_bytes / n_instances);
    let mut trees = connection
        .prepare("SELECT name, sum(pgsize) n FROM dbstat GROUP BY name ORDER BY n DESC")
        .unwrap();
    let trees = trees.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)));
    for tree in trees.unwrap() {
        let (name, n_bytes) = tree.unwrap();
        if n_bytes >= n_instances {
            println!("  {:>5} {name}", n_bytes / n_instances);
        }
    }
}
