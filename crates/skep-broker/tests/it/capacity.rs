//! Full queues refuse new work, and nothing that ends work.

use skep_broker::SubmitError;
use skep_record::{CancelProcessInstance, Command, JobKey, ProcessInstanceKey, Response};

use crate::rig::{FIRST, GateDisk, begin, complete, create, soon};

#[tokio::test]
async fn a_full_queue_refuses_new_work_and_accepts_what_ends_work() {
    let (mut rig, gate) = GateDisk::rig();
    rig.config.queue_capacity = 3;
    let broker = rig.start_deployed().await;
    gate.close();
    let mut first = Box::pin(broker.submit(create()));
    begin(&mut first);
    // The thread has taken it and waits for the disk; its place is still occupied.
    gate.reached().await;
    let mut more: Vec<_> = (0..2).map(|_| Box::pin(broker.submit(create()))).collect();
    more.iter_mut().for_each(begin);
    let error = broker.submit(create()).await.unwrap_err();
    assert!(matches!(error, SubmitError::ResourceExhausted(_)), "{error:?}");
    let text = error.to_string();
    assert!(text.contains("Reached maximum capacity of requests handled"), "{text}");

    let unknown = FIRST.key(1_000_000);
    let mut relief = [
        Box::pin(broker.submit(complete(JobKey(unknown)))),
        Box::pin(broker.submit(Command::CancelProcessInstance(CancelProcessInstance {
            process_instance_key: ProcessInstanceKey(unknown),
            operation_reference: 0,
        }))),
        Box::pin(broker.submit(complete(JobKey(unknown)))),
    ];
    relief.iter_mut().for_each(begin);
    // Even that room has an end.
    let error = broker.submit(complete(JobKey(unknown))).await.unwrap_err();
    assert!(matches!(error, SubmitError::ResourceExhausted(_)), "{error:?}");

    gate.open();
    for answer in [first].into_iter().chain(more) {
        assert!(matches!(soon(answer).await, Ok(Response::Created(_))));
    }
    for answer in relief {
        assert!(matches!(soon(answer).await, Err(SubmitError::Rejected { .. })));
    }
    broker.create().await;
}

#[tokio::test]
async fn payload_bytes_are_limited_too() {
    let (mut rig, gate) = GateDisk::rig();
    rig.config.queue_bytes_max = 20;
    let broker = rig.start_deployed().await;
    gate.close();
    // One command of any size fits an empty queue; its variables take 8 bytes.
    let mut first = Box::pin(broker.submit(create()));
    begin(&mut first);
    gate.reached().await;
    let mut second = Box::pin(broker.submit(create()));
    begin(&mut second);
    assert!(matches!(broker.submit(create()).await, Err(SubmitError::ResourceExhausted(_))));
    gate.open();
    soon(first).await.unwrap();
    soon(second).await.unwrap();
    broker.create().await;
}

#[tokio::test]
async fn a_create_goes_to_the_next_partition_when_one_is_full() {
    let (mut rig, gate) = GateDisk::rig();
    rig.config.queue_capacity = 1;
    rig.config.n_partitions = 2;
    let broker = rig.start_deployed().await;
    gate.close();
    let mut waiting: Vec<_> = (0..2).map(|_| Box::pin(broker.submit(create()))).collect();
    waiting.iter_mut().for_each(begin);
    let text = broker.submit(create()).await.unwrap_err().to_string();
    assert!(text.starts_with("Expected to execute the command on one of the partitions"), "{text}");
    assert!(
        text.contains("partition 1: Reached") && text.contains("partition 2: Reached"),
        "{text}"
    );
    gate.open();
    let mut partitions = Vec::new();
    for answer in waiting {
        if let Ok(Response::Created(created)) = soon(answer).await {
            partitions.push(skep_record::Key::partition(created.key).unwrap().0);
        }
    }
    partitions.sort_unstable();
    // The second partition may not have been told of the process yet; the first has.
    assert!(partitions == [1, 2] || partitions == [1], "{partitions:?}");
}
