//! Copies of a broker's folder, taken while it works, and brokers that start from them.

use std::path::Path;

use skep_broker::{Broker, CopyError, Cut, SubmitError, copy_data};
use skep_record::{
    CancelProcessInstance, Command, DefinitionRef, PartitionId, ProcessInstanceKey, RejectionKind,
    Response, Timestamp,
};
use tokio::task::JoinSet;

use crate::rig::{FIRST, Rig, Running, complete, create, next, stream_request};

/// A broker that starts in a copy.
fn start_in(rig: &Rig, data_dir: &Path) -> Running {
    let mut config = rig.config.clone();
    config.data_dir = data_dir.to_owned();
    let broker = Running(Broker::start(config).unwrap());
    assert!(broker.partitions().iter().all(|partition| partition.stopped.is_none()));
    broker
}

/// A process whose jobs nobody works.
const KEPT: &str = r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="tests">
  <process id="kept" isExecutable="true">
    <startEvent id="start"/><sequenceFlow id="flow" sourceRef="start" targetRef="wait"/>
    <userTask id="wait"/>
  </process>
</definitions>"#;

fn create_kept() -> Command {
    let mut command = create();
    if let Command::CreateProcessInstance(create) = &mut command {
        create.definition = DefinitionRef::Latest("kept".into());
    }
    command
}

async fn exists(broker: &Running, process_instance_key: ProcessInstanceKey) -> bool {
    let cancel = CancelProcessInstance { process_instance_key, operation_reference: 0 };
    match broker.submit(Command::CancelProcessInstance(cancel)).await {
        Ok(_) => true,
        Err(SubmitError::Rejected { rejection, .. }) => {
            assert_eq!(rejection.kind, RejectionKind::NotFound);
            false
        }
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_taken_under_load_has_everything_acknowledged_before_it() {
    let rig = Rig::with(|config| {
        config.n_partitions = 3;
        config.segment_bytes = 64 << 10;
        config.snapshot_every_bytes = 100 << 10;
    });
    let broker = std::sync::Arc::new(rig.start_deployed().await);
    broker.deploy(KEPT).await;
    let mut load = JoinSet::new();
    for _ in 0..4 {
        let broker = std::sync::Arc::clone(&broker);
        load.spawn(async move {
            loop {
                let _ = broker.submit(create()).await;
            }
        });
    }
    let mut stream = broker.open_job_stream(stream_request(16));
    let completing = std::sync::Arc::clone(&broker);
    load.spawn(async move {
        while let Some(job) = stream.next().await {
            let _ = completing.submit(complete(job.key)).await;
        }
    });
    for round in 0..5 {
        let mut acknowledged = Vec::new();
        while acknowledged.len() < 50 {
            if let Ok(Response::Created(created)) = broker.submit(create_kept()).await {
                acknowledged.push(created.key);
            }
        }
        let backup = rig.config.data_dir.with_file_name(format!("backup-{round}"));
        let (from, to) = (rig.config.data_dir.clone(), backup.clone());
        let taken = tokio::task::spawn_blocking(move || copy_data(&from, &to, Cut::Newest));
        let taken = taken.await.unwrap().unwrap();
        let restored = backup.with_extension("restored");
        let again = copy_data(&backup, &restored, Cut::Newest).unwrap();
        assert_eq!(again.partitions, taken.partitions);
        for partition in &taken.partitions {
            let dir = skep_broker::journal_dir(&restored, partition.id);
            let report = skep_journal::verify(&dir).unwrap();
            assert!(report.damage.is_empty(), "{:?}", report.damage);
        }
        let copied = start_in(&rig, &restored);
        for key in acknowledged {
            assert!(exists(&copied, key).await, "round {round}: {key} was acknowledged");
        }
        for at in 0..3 {
            let found = copied.recoveries()[at].last_position;
            assert_eq!(found, taken.partitions[at].last_position);
        }
    }
}

#[tokio::test]
async fn a_copy_can_end_at_a_time_or_at_a_position() {
    let rig = Rig::new();
    let broker = rig.start_deployed().await;
    let first = broker.create().await.key;
    let between = position(&rig);
    let time = rig.config.clock.now();
    rig.clock.advance_ms(1_000);
    let second = broker.create().await.key;
    let base = rig.config.data_dir.clone();
    for (name, cut, has_second) in [
        ("newest", Cut::Newest, true),
        ("time", Cut::Time(time), false),
        ("later", Cut::Time(Timestamp(time.0 + 1_000)), true),
        ("position", Cut::Position(FIRST, between), false),
    ] {
        let to = base.with_file_name(name);
        let report = copy_data(&base, &to, cut).unwrap();
        assert_eq!(report.partitions[0].last_position == between, !has_second, "{name}");
        let copied = start_in(&rig, &to);
        assert_eq!(exists(&copied, second).await, has_second, "{name}");
        // What was not cut off goes on as if nothing had been.
        let job = next(&mut copied.stream(1)).await;
        assert_eq!(job.process_instance_key, first, "{name}");
        copied.complete(job.key).await.unwrap();
    }
}

fn position(rig: &Rig) -> u64 {
    let reader = skep_journal::Reader::open(rig.journal_dir(1), 0).unwrap();
    reader.map(|frame| frame.unwrap().last_position).last().unwrap()
}

#[tokio::test]
async fn a_broker_that_has_trimmed_everything_can_be_copied() {
    let rig = Rig::with(|config| {
        config.segment_bytes = 8 << 10;
        config.snapshot_every_bytes = 4 << 10;
    });
    let broker = rig.start_deployed().await;
    for _ in 0..50 {
        broker.create().await;
    }
    let last = broker.create().await.key;
    broker.shutdown().await;
    drop(broker);
    let base = rig.config.data_dir.clone();
    let to = base.with_file_name("copy");
    let report = copy_data(&base, &to, Cut::Newest).unwrap();
    assert!(report.partitions[0].snapshot_position > 0);
    assert!(exists(&start_in(&rig, &to), last).await);
    // Further back than the snapshots there is nothing.
    let error = copy_data(&base, &base.with_file_name("old"), Cut::Position(FIRST, 1)).unwrap_err();
    assert!(matches!(error, CopyError::Cut { partition_id: FIRST, .. }), "{error}");
    let error =
        copy_data(&base, &base.with_file_name("old2"), Cut::Position(PartitionId(1), 1 << 40));
    assert!(matches!(error, Err(CopyError::Cut { .. })), "{error:?}");
}

#[tokio::test]
async fn nothing_is_copied_into_a_folder_that_is_used_or_out_of_one_that_is_not() {
    let rig = Rig::new();
    let broker = rig.start_deployed().await;
    let base = rig.config.data_dir.clone();
    let error = copy_data(&base, &base, Cut::Newest).unwrap_err();
    assert!(matches!(error, CopyError::NotEmpty { .. }), "{error}");
    let empty = base.with_file_name("empty");
    std::fs::create_dir(&empty).unwrap();
    let error = copy_data(&empty, &base.with_file_name("copy"), Cut::Newest).unwrap_err();
    assert!(matches!(error, CopyError::NoData { .. }), "{error}");
    broker.create().await;
}
