//! What happens when time passes.

use crate::rig::{Rig, eventually, next};

#[tokio::test]
async fn a_lock_ends_at_its_deadline_and_not_before() {
    let rig = Rig::new();
    let broker = rig.start_deployed().await;
    broker.create().await;
    let job = broker.activate(1).await.pop().unwrap();
    rig.clock.advance_ms(59_999);
    assert!(broker.activate(1).await.is_empty());
    rig.clock.advance_ms(1);
    let again = eventually(async || broker.activate(1).await.pop()).await;
    assert_eq!(again.key, job.key);
}

#[tokio::test]
async fn a_job_that_timed_out_is_pushed_to_a_stream() {
    let rig = Rig::new();
    let broker = rig.start_deployed().await;
    broker.create().await;
    let job = broker.activate(1).await.pop().unwrap();
    let mut stream = broker.stream(4);
    rig.clock.advance_ms(60_000);
    assert_eq!(next(&mut stream).await.key, job.key);
}

#[tokio::test]
async fn the_system_clock_wakes_a_sleeping_partition() {
    let rig = Rig::with(|config| config.clock = skep_broker::Clock::system());
    let broker = rig.start_deployed().await;
    let mut request = crate::rig::stream_request(4);
    request.timeout_ms = 50;
    let mut first = broker.open_job_stream(request);
    broker.create().await;
    let job = next(&mut first).await;
    drop(first);
    let mut second = broker.stream(4);
    let again = next(&mut second).await;
    assert_eq!(again.key, job.key);
    assert!(again.deadline > job.deadline);
}
