//! What a restart brings back, and when it must not.

use std::fs;

use skep_broker::StartError;
use skep_record::{Command, JobKey};

use crate::rig::{FIRST, ONE_TASK, Rig, Running, create, eventually, soon};

#[tokio::test]
async fn a_restart_keeps_everything() {
    let rig = Rig::new();
    let broker = rig.start_deployed().await;
    let created = broker.create().await;
    let other = broker.create().await;
    let locked = broker.activate(1).await;
    broker.shutdown().await;
    drop(broker);

    let broker = rig.start();
    assert!(broker.recoveries()[0].snapshot_position > 0);
    let jobs = broker.activate(10).await;
    assert_eq!(jobs.len(), 1, "the other is still locked");
    assert_eq!(jobs[0].process_instance_key, other.key);
    assert_eq!(locked[0].process_instance_key, created.key);
    for job in [&locked[0], &jobs[0]] {
        broker.complete(job.key).await.unwrap();
    }
    assert!(broker.complete(jobs[0].key).await.is_err(), "it is gone");
}

#[tokio::test]
async fn a_restart_without_shutdown_keeps_what_was_acknowledged() {
    let rig = Rig::new();
    let broker = rig.start_deployed().await;
    let created = broker.create().await;
    drop(broker);

    let broker = rig.start();
    let report = &broker.recoveries()[0];
    assert_eq!(report.snapshot_position, 0);
    assert!(report.n_records > 10, "{report:?}");
    assert_eq!(broker.activate(1).await[0].process_instance_key, created.key);
}

#[tokio::test]
async fn restarts_under_load_lose_nothing_and_complete_nothing_twice() {
    let rig = Rig::with(|config| config.snapshot_every_bytes = 40 << 10);
    let mut broker = rig.start_deployed().await;
    let mut n_open = 0;
    for round in 0..6 {
        let n = 20 + 7 * round;
        let created: Vec<_> = (0..n)
            .map(|_| {
                let broker = broker.clone();
                tokio::spawn(async move { broker.submit(create()).await })
            })
            .collect();
        for task in created {
            soon(task).await.unwrap().unwrap();
        }
        n_open += n;
        let jobs = broker.activate(15).await;
        assert_eq!(jobs.len(), 15);
        for job in &jobs {
            broker.complete(job.key).await.unwrap();
            assert!(broker.complete(job.key).await.is_err());
        }
        n_open -= 15;
        drop(broker);
        broker = rig.start();
    }
    let jobs = broker.activate(10_000).await;
    assert_eq!(jobs.len(), n_open);
    let report = skep_journal::verify(rig.journal_dir(1)).unwrap();
    assert!(report.damage.is_empty(), "{:?}", report.damage);
}

#[tokio::test]
async fn a_second_broker_on_the_same_folder_is_refused() {
    let rig = Rig::new();
    let broker = rig.start();
    let error = rig.try_start().unwrap_err();
    let StartError::Locked { data_dir, pid } = &error else { panic!("{error}") };
    assert_eq!((data_dir, *pid), (&rig.config.data_dir, Some(std::process::id())));
    drop(broker);
    rig.start();
}

#[tokio::test]
async fn the_number_of_partitions_cannot_change() {
    let mut rig = Rig::new();
    drop(rig.start());
    rig.config.n_partitions = 2;
    let error = rig.try_start().unwrap_err();
    assert!(error.to_string().contains("was made with 1 partitions, not 2"), "{error}");
    rig.config.n_partitions = 0;
    assert!(matches!(rig.try_start(), Err(StartError::Config(_))));
}

#[tokio::test]
async fn snapshots_are_written_and_the_journal_is_trimmed() {
    let rig = Rig::with(|config| {
        config.segment_bytes = 32 << 10;
        config.snapshot_every_bytes = 64 << 10;
    });
    let broker = rig.start_deployed().await;
    let mut left = None;
    for n in 0..200 {
        broker.create().await;
        let job = broker.activate(1).await.pop().unwrap();
        if n == 0 {
            left = Some(job.key);
        } else {
            broker.complete(job.key).await.unwrap();
        }
    }
    let segments = |rig: &Rig| skep_journal::verify(rig.journal_dir(1)).unwrap().segments;
    eventually(async || (segments(&rig)[0].first_position > 1).then_some(())).await;
    assert_eq!(fs::read_dir(rig.snapshots_dir(1)).unwrap().count(), 2);
    drop(broker);

    let broker = rig.start();
    let report = broker.recoveries()[0].clone();
    assert!(report.snapshot_position > 0);
    assert!(report.n_records < report.last_position / 2, "{report:?}");
    broker.complete(left.unwrap()).await.unwrap();
    assert!(broker.activate(10).await.is_empty());
}

#[tokio::test]
async fn a_damaged_snapshot_is_passed_over() {
    let rig = Rig::with(|config| config.segment_bytes = 32 << 10);
    let broker = rig.start_deployed().await;
    broker.create().await;
    broker.shutdown().await;
    let broker = rig.start();
    broker.create().await;
    broker.shutdown().await;

    let mut snapshots: Vec<_> =
        fs::read_dir(rig.snapshots_dir(1)).unwrap().map(|entry| entry.unwrap().path()).collect();
    snapshots.sort();
    assert_eq!(snapshots.len(), 2);
    flip_a_bit(&snapshots[1], 200);
    let broker = rig.start();
    assert!(broker.recoveries()[0].n_records > 0);
    assert_eq!(broker.activate(10).await.len(), 2);
    drop(broker);

    // Without any snapshot the whole journal is replayed.
    flip_a_bit(&snapshots[0], 200);
    let broker = rig.start();
    assert_eq!(broker.recoveries()[0].snapshot_position, 0);
    assert_eq!(broker.activate(10).await.len(), 0, "both are locked");
}

#[tokio::test]
async fn a_damaged_journal_stops_its_partition_and_no_other() {
    let rig = Rig::with(|config| config.n_partitions = 2);
    let broker = rig.start_deployed().await;
    for _ in 0..4 {
        broker.create().await;
    }
    drop(broker);
    let segment = first_segment(&rig, 2);
    flip_a_bit(&segment, 4096 + 60);

    let broker = rig.start();
    let partitions = broker.partitions();
    assert_eq!(partitions[0].stopped, None);
    let reason = partitions[1].stopped.as_deref().unwrap();
    let expected = format!("{}, byte 4096, position 1", segment.display());
    assert!(reason.contains("its journal is damaged") && reason.contains(&expected), "{reason}");
    // New instances go to the partition that works; what names the other says why not.
    for _ in 0..4 {
        let created = broker.create().await;
        assert_eq!(skep_record::Key::partition(created.key), Some(FIRST));
    }
    let there = JobKey(skep_record::PartitionId(2).key(5));
    let error = broker.submit(Command::YieldJob(there)).await.unwrap_err();
    assert!(error.to_string().contains("partition 2 is not running: its journal is damaged"));
}

#[tokio::test]
async fn a_snapshot_ahead_of_its_journal_means_lost_records() {
    let rig = Rig::new();
    let broker = rig.start_deployed().await;
    let old = copy_dir(&rig.journal_dir(1));
    broker.create().await;
    broker.shutdown().await;
    drop(broker);
    fs::remove_dir_all(rig.journal_dir(1)).unwrap();
    fs::rename(old.path(), rig.journal_dir(1)).unwrap();

    let broker = rig.start();
    let reason = broker.partitions()[0].stopped.clone().unwrap();
    assert!(reason.contains("acknowledged records are missing"), "{reason}");
}

#[tokio::test]
async fn a_journal_that_begins_after_the_snapshot_is_not_enough() {
    let rig = Rig::with(|config| {
        config.segment_bytes = 16 << 10;
        config.snapshot_every_bytes = 24 << 10;
    });
    let broker = rig.start_deployed().await;
    for _ in 0..300 {
        broker.create().await;
    }
    broker.shutdown().await;
    drop(broker);
    for entry in fs::read_dir(rig.snapshots_dir(1)).unwrap() {
        fs::remove_file(entry.unwrap().path()).unwrap();
    }
    let broker = rig.start();
    let reason = broker.partitions()[0].stopped.clone().unwrap();
    assert!(reason.contains("the records between are missing"), "{reason}");
}

#[tokio::test]
async fn shutting_down_refuses_new_commands() {
    let rig = Rig::new();
    let broker = rig.start_deployed().await;
    let mut stream = broker.stream(4);
    let notified = broker.job_notifications(&"other".into());
    broker.shutdown().await;
    let error = broker.submit(create()).await.unwrap_err();
    assert!(error.to_string().contains("shutting down"), "{error}");
    assert_eq!(soon(stream.next()).await, None);
    assert!(notified.has_changed().is_err());
    broker.shutdown().await;
}

#[tokio::test]
async fn a_broker_that_is_dropped_gives_its_folder_back() {
    let rig = Rig::new();
    for _ in 0..5 {
        let broker = Running(rig.try_start().unwrap());
        broker.deploy(ONE_TASK).await;
    }
    let broker = rig.start();
    let clone = broker.clone();
    drop(broker);
    assert!(matches!(rig.try_start(), Err(StartError::Locked { .. })));
    drop(clone);
    rig.start();
}

fn first_segment(rig: &Rig, partition: u16) -> std::path::PathBuf {
    rig.journal_dir(partition).join("segment-0000000001.skj")
}

fn flip_a_bit(path: &std::path::Path, offset: usize) {
    let mut content = fs::read(path).unwrap();
    content[offset] ^= 1;
    fs::write(path, content).unwrap();
}

fn copy_dir(dir: &std::path::Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir_in(dir.parent().unwrap()).unwrap();
    for entry in fs::read_dir(dir).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), copy.path().join(entry.file_name())).unwrap();
    }
    copy
}
