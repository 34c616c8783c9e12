//! Jobs that do not reach their worker go to another.

use crate::rig::FIRST;
use crate::rig::{GateDisk, Rig, activate, begin, eventually, next};

#[tokio::test]
async fn a_dropped_stream_gives_unread_jobs_back() {
    let rig = Rig::new();
    let broker = rig.start_deployed().await;
    let stream = broker.stream(8);
    let mut keys = Vec::new();
    for _ in 0..3 {
        keys.push(broker.create().await.key);
    }
    assert!(broker.activate(10).await.is_empty());
    let mut other = broker.stream(8);
    drop(stream);
    let mut found = Vec::new();
    for _ in 0..3 {
        let job = next(&mut other).await;
        assert_eq!(job.retries, 3, "giving back costs no retry");
        found.push(job.process_instance_key);
    }
    found.sort_unstable();
    assert_eq!(found, keys);
}

#[tokio::test]
async fn a_stream_that_does_not_read_loses_its_jobs() {
    let rig = Rig::new();
    let broker = rig.start_deployed().await;
    let mut idle = broker.stream(8);
    let created = broker.create().await;
    assert!(broker.activate(1).await.is_empty());
    rig.clock.advance_ms(5_000);
    let job = eventually(async || broker.activate(1).await.pop()).await;
    assert_eq!(job.process_instance_key, created.key);
    // It gets jobs again once it reads.
    broker.create().await;
    let mut waiting = Box::pin(idle.next());
    let second = crate::rig::soon(&mut waiting).await.unwrap();
    assert_ne!(second.process_instance_key, created.key);
}

#[tokio::test]
async fn jobs_for_a_caller_who_has_gone_are_given_back() {
    let (rig, gate) = GateDisk::rig();
    let broker = rig.start_deployed().await;
    let created = broker.create().await;
    gate.close();
    let mut activation = Box::pin(broker.submit_to(FIRST, activate(1)));
    begin(&mut activation);
    gate.reached().await;
    drop(activation);
    gate.open();
    let job = eventually(async || broker.activate(1).await.pop()).await;
    assert_eq!((job.process_instance_key, job.retries), (created.key, 3));
}

#[tokio::test]
async fn an_answer_that_nobody_takes_out_is_given_back() {
    let rig = Rig::new();
    let broker = rig.start_deployed().await;
    broker.create().await;
    let mut activation = Box::pin(broker.submit_to(FIRST, activate(1)));
    begin(&mut activation);
    // The answer is there once a later command has been answered.
    broker.create().await;
    drop(activation);
    let jobs = eventually(async || {
        let jobs = broker.activate(2).await;
        (!jobs.is_empty()).then_some(jobs)
    })
    .await;
    assert!(!jobs.is_empty());
}

#[tokio::test]
async fn jobs_given_back_by_hand_are_there_again_unless_their_lock_has_ended() {
    let rig = Rig::new();
    let broker = rig.start_deployed().await;
    broker.create().await;
    let first = broker.activate(1).await;
    broker.give_back(&first);
    let second = eventually(async || broker.activate(1).await.pop()).await;
    assert_eq!(second.key, first[0].key);

    rig.clock.advance_ms(60_001);
    let third = eventually(async || broker.activate(1).await.pop()).await;
    assert_eq!(third.key, second.key);
    // A late give-back of the second holder must not take it from the third.
    broker.give_back(&[second]);
    broker.create().await;
    assert_ne!(broker.activate(5).await.iter().map(|job| job.key).next(), Some(third.key));
    broker.complete(third.key).await.unwrap();
}
