//! Waking those who poll.

use crate::rig::{Rig, begin, soon};
use skep_broker::SubmitError;
use skep_record::{Command, JobKey, PartitionId};

#[tokio::test]
async fn pollers_are_woken_when_no_stream_takes_a_job() {
    let rig = Rig::new();
    let broker = rig.start_deployed().await;
    let mut notified = broker.job_notifications(&"work".into());
    let mut other = broker.job_notifications(&"other".into());
    begin(&mut Box::pin(notified.changed()));
    broker.create().await;
    soon(notified.changed()).await.unwrap();
    assert_eq!(broker.activate(1).await.len(), 1);
    begin(&mut Box::pin(other.changed()));
}

#[tokio::test]
async fn pollers_sleep_on_when_a_stream_takes_the_job() {
    let rig = Rig::new();
    let broker = rig.start_deployed().await;
    let mut stream = broker.stream(4);
    let mut notified = broker.job_notifications(&"work".into());
    broker.create().await;
    crate::rig::next(&mut stream).await;
    begin(&mut Box::pin(notified.changed()));
}

#[tokio::test]
async fn a_partition_that_does_not_exist_is_named() {
    let rig = Rig::new();
    let broker = rig.start();
    for (number, key) in [(2, PartitionId(2).key(1)), (0, 1), (4000, PartitionId(4000).key(9))] {
        let error = broker.submit(Command::YieldJob(JobKey(key))).await.unwrap_err();
        assert!(matches!(error, SubmitError::UnknownPartition(n) if n == number), "{error}");
    }
    let error = broker.submit_to(PartitionId(3), crate::rig::activate(1)).await.unwrap_err();
    assert!(matches!(error, SubmitError::UnknownPartition(3)), "{error}");
}
