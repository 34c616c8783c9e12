//! Full and failing disks.

use std::sync::Arc;

use skep_broker::SubmitError;
use skep_journal::fault::FaultDisk;
use skep_record::{Command, JobKey, Response};

use crate::rig::{FIRST, Rig, begin, create, eventually, soon};

fn rig() -> (Rig, Arc<FaultDisk>) {
    let disk = FaultDisk::new();
    let mut rig = Rig::new();
    rig.config.disk = Arc::clone(&disk) as _;
    rig.config.segment_bytes = 32 << 10;
    (rig, disk)
}

#[tokio::test]
async fn a_full_disk_refuses_new_work_until_there_is_room() {
    let (rig, disk) = rig();
    let broker = rig.start_deployed().await;
    disk.limit_room(Some(64 << 10));
    let mut n_created = 0;
    let error = loop {
        match soon(broker.submit(create())).await {
            Ok(_) => n_created += 1,
            Err(error) => break error,
        }
        assert!(n_created < 10_000, "the limit does not bite");
    };
    assert!(matches!(error, SubmitError::ResourceExhausted(_)), "{error:?}");
    assert!(error.to_string().contains("out of disk space"), "{error}");
    // What ends work is refused as well: it has to be stored like everything else.
    let complete = crate::rig::complete(JobKey(FIRST.key(1)));
    let error = soon(broker.submit(complete)).await.unwrap_err();
    assert!(matches!(error, SubmitError::ResourceExhausted(_)), "{error:?}");
    assert_eq!(broker.partitions()[0].stopped, None);

    disk.limit_room(None);
    eventually(async || broker.submit(create()).await.ok()).await;
    drop(broker);
    let broker = rig.start();
    assert_eq!(broker.activate(100_000).await.len(), n_created + 1);
}

#[tokio::test]
async fn commands_that_were_decided_wait_for_room() {
    let (rig, disk) = rig();
    let broker = rig.start_deployed().await;
    disk.refuse_writes(true);
    let mut waiting = Box::pin(broker.submit(create()));
    begin(&mut waiting);
    // Others are told at once as soon as the disk has been found full.
    eventually(async || {
        let mut other = Box::pin(broker.submit(Command::YieldJob(JobKey(FIRST.key(1)))));
        tokio::select! {
            biased;
            answer = &mut other => matches!(answer, Err(SubmitError::ResourceExhausted(_))).then_some(()),
            () = tokio::time::sleep(std::time::Duration::from_millis(50)) => None,
        }
    })
    .await;
    disk.refuse_writes(false);
    assert!(matches!(soon(waiting).await, Ok(Response::Created(_))));
    drop(broker);
    assert_eq!(rig.start().activate(10).await.len(), 1);
}

#[tokio::test]
async fn a_failed_sync_stops_the_partition() {
    let (rig, disk) = rig();
    let broker = rig.start_deployed().await;
    broker.create().await;
    disk.fail_syncs(true);
    let error = soon(broker.submit(create())).await.unwrap_err();
    assert!(matches!(error, SubmitError::Unavailable { .. }), "{error:?}");
    assert!(error.to_string().contains("injected sync failure"), "{error}");
    disk.fail_syncs(false);
    let error = soon(broker.submit(create())).await.unwrap_err();
    assert!(error.to_string().contains("injected sync failure"), "{error}");
    assert!(broker.partitions()[0].stopped.as_deref().unwrap().contains("disk has failed"));
    drop(broker);

    let broker = rig.start();
    assert_eq!(broker.partitions()[0].stopped, None);
    assert!(!broker.activate(10).await.is_empty());
}
