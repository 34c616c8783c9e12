//! What happens when time passes.

use std::collections::BTreeSet;

use skep_broker::{Broker, Clock};
use skep_record::{Key as _, Timestamp};

use crate::rig::{
    ONE_TASK, Rig, Running, begin, create, create_with, eventually, is_ready, next, soon,
};

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
    let rig = Rig::with(|config| config.clock = Clock::system());
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

const TIMER: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="tests">
  <process id="one_task" isExecutable="true">
    <startEvent id="start"/>
    <sequenceFlow id="to_pause" sourceRef="start" targetRef="pause"/>
    <intermediateCatchEvent id="pause">
      <timerEventDefinition><timeDuration>PT15M</timeDuration></timerEventDefinition>
    </intermediateCatchEvent>
    <sequenceFlow id="to_end" sourceRef="pause" targetRef="end"/>
    <endEvent id="end"/>
  </process>
</definitions>"#;

#[tokio::test]
async fn a_timer_fires_at_its_time_also_after_a_restart() {
    let rig = Rig::new();
    let broker = rig.start();
    broker.deploy(TIMER).await;
    let await_result = Some(skep_record::AwaitResult::default());
    let mut early = Box::pin(broker.submit(create_with(await_result.clone())));
    begin(&mut early);
    let waiting = broker.create().await;
    rig.clock.advance_ms(15 * 60_000 - 1);
    broker.create().await;
    assert!(!is_ready(&mut early));
    rig.clock.advance_ms(1);
    soon(early).await.unwrap();
    drop(broker);

    let broker = rig.start();
    let gone = skep_record::Command::CancelProcessInstance(skep_record::CancelProcessInstance {
        process_instance_key: waiting.key,
        operation_reference: 0,
    });
    assert!(broker.submit(gone).await.is_err());
    let mut later = Box::pin(broker.submit(create_with(await_result)));
    begin(&mut later);
    // It has begun to wait once a later command has been answered.
    broker.create().await;
    rig.clock.advance_ms(15 * 60_000);
    soon(later).await.unwrap();
}

/// A broker with a clock that no other has had before.
fn start_with(rig: &Rig, clock: Clock) -> Running {
    let mut config = rig.config.clone();
    config.clock = clock;
    Running(Broker::start(config).unwrap())
}

/// When the lock of a new job ends that is taken for a minute, less that minute.
async fn time_of_a_job(broker: &Running) -> i64 {
    broker.create().await;
    let mut jobs = broker.activate(1).await;
    jobs.pop().unwrap().deadline.0 - 60_000
}

#[tokio::test]
async fn a_pinned_clock_stays_pinned_over_crashes_and_restarts() {
    let rig = Rig::new();
    let broker = start_with(&rig, Clock::controlled());
    broker.deploy(ONE_TASK).await;
    let at = Timestamp(2_000_000_000_000);
    broker.move_clock(Some(at)).await.unwrap();
    assert_eq!(time_of_a_job(&broker).await, at.0);
    // As hard as a crash: the journal alone brings it back.
    drop(broker);
    let broker = start_with(&rig, Clock::controlled());
    assert_eq!(broker.recoveries()[0].snapshot_position, 0);
    assert_eq!(time_of_a_job(&broker).await, at.0);
    broker.shutdown().await;
    drop(broker);
    let broker = start_with(&rig, Clock::controlled());
    assert_eq!(broker.recoveries()[0].n_records, 0, "all is in the snapshot");
    assert_eq!(time_of_a_job(&broker).await, at.0);

    broker.move_clock(None).await.unwrap();
    assert!(time_of_a_job(&broker).await < at.0);
    drop(broker);
    let broker = start_with(&rig, Clock::controlled());
    assert!(time_of_a_job(&broker).await < at.0);
}

#[tokio::test]
async fn a_clock_that_is_no_longer_controlled_is_the_systems() {
    let rig = Rig::new();
    let broker = start_with(&rig, Clock::controlled());
    broker.deploy(ONE_TASK).await;
    let at = Timestamp(2_000_000_000_000);
    broker.move_clock(Some(at)).await.unwrap();
    drop(broker);
    let broker = start_with(&rig, Clock::system());
    assert!(!broker.is_clock_controlled());
    assert!(time_of_a_job(&broker).await < at.0);
}

#[tokio::test]
async fn time_is_moved_on_all_partitions() {
    let rig = Rig::with(|config| config.n_partitions = 3);
    let broker = start_with(&rig, Clock::controlled());
    broker.deploy(ONE_TASK).await;
    let mut stream = broker.stream(10);
    let at = Timestamp(2_000_000_000_000);
    for pinned in [at, at.plus_ms(1_000)] {
        broker.move_clock(Some(pinned)).await.unwrap();
        let mut partitions = BTreeSet::new();
        while partitions.len() < 3 {
            // A partition that has not heard of the process yet refuses.
            while broker.submit(create()).await.is_err() {}
            let job = next(&mut stream).await;
            assert_eq!(job.deadline.0 - 60_000, pinned.0);
            partitions.insert(job.key.partition());
        }
    }
}
