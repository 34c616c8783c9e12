//! Create with result.

use skep_broker::SubmitError;
use skep_record::{AwaitResult, CancelProcessInstance, Command, Response};

use crate::rig::{Rig, begin, create_with, is_ready, soon};

fn create_and_await() -> Command {
    create_with(Some(AwaitResult::default()))
}

#[tokio::test]
async fn the_answer_comes_when_the_instance_has_completed() {
    let rig = Rig::new();
    let broker = rig.start_deployed().await;
    let mut result = Box::pin(broker.submit(create_and_await()));
    begin(&mut result);
    let job = broker.activate(1).await.pop().unwrap();
    assert!(!is_ready(&mut result));
    broker.complete(job.key).await.unwrap();
    let Ok(Response::Completed(completed)) = soon(result).await else { panic!("not completed") };
    assert_eq!(completed.instance.key, job.process_instance_key);
    // MessagePack of 42 and of true.
    assert_eq!(completed.variables.value("order"), Some(&[42][..]));
    assert_eq!(completed.variables.value("done"), Some(&[0xc3][..]));
}

#[tokio::test]
async fn the_creator_of_a_terminated_instance_is_told_so() {
    let rig = Rig::new();
    let broker = rig.start_deployed().await;
    let mut result = Box::pin(broker.submit(create_and_await()));
    begin(&mut result);
    let job = broker.activate(1).await.pop().unwrap();
    let cancel = Command::CancelProcessInstance(CancelProcessInstance {
        process_instance_key: job.process_instance_key,
        operation_reference: 0,
    });
    broker.submit(cancel).await.unwrap();
    let error = soon(result).await.unwrap_err();
    assert!(
        matches!(&error, SubmitError::NoResult { process_instance_key, reason: "was terminated" }
            if *process_instance_key == job.process_instance_key),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_caller_who_gave_up_does_no_harm() {
    let rig = Rig::new();
    let broker = rig.start_deployed().await;
    for _ in 0..200 {
        begin(&mut Box::pin(broker.submit(create_and_await())));
    }
    let jobs = broker.activate(1000).await;
    assert_eq!(jobs.len(), 200, "the commands are carried out all the same");
    for job in &jobs {
        broker.complete(job.key).await.unwrap();
    }
}
