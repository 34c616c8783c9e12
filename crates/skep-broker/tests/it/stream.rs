//! Jobs pushed to streams.

use skep_record::{Command, Document, FailJob};

use crate::rig::{Rig, begin, eventually, next, soon, stream_request};

#[tokio::test]
async fn a_job_is_pushed_when_it_is_created() {
    let rig = Rig::new();
    let broker = rig.start_deployed().await;
    let mut stream = broker.stream(8);
    let created = broker.create().await;
    let job = next(&mut stream).await;
    assert_eq!(job.process_instance_key, created.key);
    assert_eq!((job.worker.as_str(), job.retries), ("tests", 3));
    assert_eq!(job.variables.to_json(), r#"{"order":42}"#);
    assert!(broker.activate(10).await.is_empty(), "pollers do not see it");
    broker.complete(job.key).await.unwrap();
}

#[tokio::test]
async fn jobs_from_before_the_stream_are_pushed_too() {
    let rig = Rig::new();
    let broker = rig.start_deployed().await;
    let mut keys = Vec::new();
    for _ in 0..5 {
        keys.push(broker.create().await.key);
    }
    let mut stream = broker.stream(8);
    for key in keys {
        assert_eq!(next(&mut stream).await.process_instance_key, key);
    }
}

#[tokio::test]
async fn a_stream_gets_no_more_than_it_has_room_for_and_the_rest_when_it_reads() {
    let rig = Rig::new();
    let broker = rig.start_deployed().await;
    let mut notified = broker.job_notifications(&"work".into());
    let mut stream = broker.stream(4);
    for _ in 0..10 {
        broker.create().await;
    }
    soon(notified.changed()).await.unwrap();
    assert_eq!(broker.activate(2).await.len(), 2, "what finds no room is left to pollers");
    let mut read = 0;
    while read < 8 {
        next(&mut stream).await;
        read += 1;
    }
    assert!(broker.activate(10).await.is_empty());
}

#[tokio::test]
async fn several_streams_share() {
    let rig = Rig::new();
    let broker = rig.start_deployed().await;
    let mut streams: Vec<_> = (0..3).map(|_| broker.stream(100)).collect();
    // A stream that wants another type, and one for another tenant, get nothing.
    let mut request = stream_request(10);
    request.job_type = "other".into();
    let mut other_type = broker.open_job_stream(request);
    let mut request = stream_request(10);
    request.tenant_ids = vec!["other".into()];
    let mut other_tenant = broker.open_job_stream(request);
    for _ in 0..30 {
        broker.create().await;
    }
    for stream in &mut streams {
        for _ in 0..10 {
            next(stream).await;
        }
    }
    begin(&mut Box::pin(other_type.next()));
    begin(&mut Box::pin(other_tenant.next()));
}

#[tokio::test]
async fn a_failed_job_is_pushed_again() {
    let rig = Rig::new();
    let broker = rig.start_deployed().await;
    let mut stream = broker.stream(4);
    broker.create().await;
    let job = next(&mut stream).await;
    let fail = FailJob {
        job_key: job.key,
        retries: 1,
        retry_back_off_ms: 0,
        error_message: "card declined".to_owned(),
        variables: Document::empty(),
    };
    broker.submit(Command::FailJob(fail)).await.unwrap();
    let again = next(&mut stream).await;
    assert_eq!((again.key, again.retries), (job.key, 1));
}

#[tokio::test]
async fn a_closed_stream_gets_nothing_more() {
    let rig = Rig::new();
    let broker = rig.start_deployed().await;
    let stream = broker.stream(4);
    let mut kept = broker.stream(4);
    drop(stream);
    for _ in 0..4 {
        broker.create().await;
        next(&mut kept).await;
    }
    drop(kept);
    broker.create().await;
    assert_eq!(eventually(async || broker.activate(1).await.pop()).await.retries, 3);
}
