//! Jobs pushed and polled, outcomes, and stopping.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde_json::json;
use skep_client::{Completion, Job, JobFailure, JobResult};
use tokio::sync::{Notify, Semaphore};
use tonic::Status;

use crate::stub::{Done, Stub, job};

async fn echo(job: Job) -> Result<serde_json::Value, JobFailure> {
    Ok(json!({ "key": job.key() }))
}

fn keys(done: &[Done]) -> BTreeSet<i64> {
    done.iter()
        .map(|done| match done {
            Done::Completed { key, .. } | Done::Failed { key, .. } | Done::Thrown { key, .. } => {
                *key
            }
        })
        .collect()
}

#[tokio::test]
async fn pushed_and_waiting_jobs_are_both_worked() {
    let stub = Stub::start();
    stub.add_job(job(1));
    let worker = stub.client().worker("work").name("w").fetch_variables(["n"]).start(echo);
    stub.push(job(2)).await;
    let done = stub.until_done(2).await;
    assert_eq!(keys(&done), BTreeSet::from([1, 2]));
    assert!(done.contains(&Done::Completed { key: 2, variables: r#"{"key":2}"#.to_owned() }));
    assert_eq!(worker.stop().await.completed, 2);

    let pushed = &stub.stream_requests()[0];
    assert_eq!((pushed.r#type.as_str(), pushed.worker.as_str()), ("work", "w"));
    assert_eq!(
        (pushed.timeout, pushed.fetch_variable.as_slice()),
        (300_000, &["n".to_owned()][..])
    );
    let poll = &stub.polls()[0];
    assert_eq!((poll.max_jobs_to_activate, poll.timeout), (32, 300_000));
    assert_eq!(poll.request_timeout, 10_000);
}

#[tokio::test]
async fn a_handler_may_answer_with_a_result() {
    let stub = Stub::start();
    let worker = stub.client().worker("work").start(async |job: Job| {
        let result = JobResult::ad_hoc().activate_with("call", json!({ "n": job.key() }));
        Ok::<_, JobFailure>(Completion::with_result(result).variables(json!({ "turn": 1 })))
    });
    stub.push(job(7)).await;
    let done = stub.until_done(1).await;
    assert_eq!(done, [Done::Completed { key: 7, variables: r#"{"turn":1}"#.to_owned() }]);
    let result = stub.results().remove(0);
    assert_eq!(result.r#type.as_deref(), Some("adHocSubProcess"));
    assert_eq!(result.activate_elements[0].element_id, "call");
    assert_eq!(result.activate_elements[0].variables, r#"{"n":7}"#);
    worker.stop().await;
}

#[tokio::test]
async fn the_stream_has_no_deadline() {
    let stub = Stub::start();
    let worker = stub.client().worker("work").start(echo);
    stub.until_asked("StreamActivatedJobs", 1).await;
    let asked = stub.asked();
    let stream = asked.iter().find(|asked| asked.call == "StreamActivatedJobs").unwrap();
    assert_eq!(stream.grpc_timeout, None);
    worker.stop().await;
}

#[tokio::test]
async fn a_stream_that_ends_is_opened_again() {
    let stub = Stub::start();
    let worker = stub.client().worker("work").polling(false).start(echo);
    stub.push(job(1)).await;
    stub.until_done(1).await;
    stub.end_streams();
    stub.push(job(2)).await;
    assert_eq!(keys(&stub.until_done(2).await), BTreeSet::from([1, 2]));
    worker.stop().await;
}

#[tokio::test]
async fn a_gateway_that_cannot_push_is_polled() {
    let stub = Stub::start();
    stub.refuse("StreamActivatedJobs", Status::unimplemented("older"));
    let worker = stub.client().worker("work").start(echo);
    stub.until_asked("StreamActivatedJobs", 1).await;
    stub.add_job(job(1));
    stub.until_done(1).await;
    worker.stop().await;
    assert_eq!(stub.n_asked("StreamActivatedJobs"), 1);
}

#[tokio::test]
async fn polls_go_on_after_errors() {
    let stub = Stub::start();
    stub.refuse("ActivateJobs", Status::internal("broken"));
    stub.refuse("ActivateJobs", Status::permission_denied("not yet"));
    stub.add_job(job(1));
    let worker = stub.client().worker("work").streaming(false).start(echo);
    stub.until_done(1).await;
    worker.stop().await;
}

#[tokio::test]
async fn a_worker_survives_the_restart_of_its_gateway() {
    let mut stub = Stub::start();
    let worker = stub.client().worker("work").start(echo);
    stub.push(job(1)).await;
    stub.until_done(1).await;
    stub.kill();
    let again = Stub::start_at(stub.address);
    again.push(job(2)).await;
    again.add_job(job(3));
    assert_eq!(keys(&again.until_done(2).await), BTreeSet::from([2, 3]));
    worker.stop().await;
}

#[tokio::test]
async fn an_error_takes_a_retry_and_is_told_with_its_chain() {
    #[derive(Debug, thiserror::Error)]
    #[error("no receipt")]
    struct NoReceipt(#[source] std::io::Error);

    let stub = Stub::start();
    stub.add_job(job(1));
    let worker = stub.client().worker("work").start(|_| async {
        Err::<(), JobFailure>(NoReceipt(std::io::Error::other("disk full")).into())
    });
    let done = stub.until_done(1).await;
    assert_eq!(
        done[0],
        Done::Failed {
            key: 1,
            retries: 2,
            message: "no receipt: disk full".to_owned(),
            back_off_ms: 0,
            variables: String::new(),
        }
    );
    assert_eq!(worker.stop().await.failed, 1);
}

#[tokio::test]
async fn a_failure_says_its_own_retries_back_off_and_variables() {
    let stub = Stub::start();
    stub.add_job(job(1));
    let worker = stub.client().worker("work").start(|_| async {
        let failure = JobFailure::failed("later").retries(9).back_off(Duration::from_secs(30));
        Err::<(), _>(failure.variables(json!({"seen": 1})))
    });
    let done = stub.until_done(1).await;
    assert_eq!(
        done[0],
        Done::Failed {
            key: 1,
            retries: 9,
            message: "later".to_owned(),
            back_off_ms: 30_000,
            variables: r#"{"seen":1}"#.to_owned(),
        }
    );
    worker.stop().await;
}

#[tokio::test]
async fn a_bpmn_error_is_thrown() {
    let stub = Stub::start();
    stub.add_job(job(1));
    let worker = stub
        .client()
        .worker("work")
        .start(|_| async { Err::<(), _>(JobFailure::bpmn_error("declined", "limit reached")) });
    let done = stub.until_done(1).await;
    let (code, message) = ("declined".to_owned(), "limit reached".to_owned());
    assert_eq!(done[0], Done::Thrown { key: 1, code, message });
    assert_eq!(worker.stop().await.errors_thrown, 1);
}

#[tokio::test]
async fn a_panic_fails_its_job_and_no_other() {
    let stub = Stub::start();
    stub.add_job(job(1));
    stub.add_job(job(2));
    let worker = stub.client().worker("work").start(|job: Job| async move {
        assert_ne!(job.key(), 1, "one is unlucky");
        Ok(())
    });
    let done = stub.until_done(2).await;
    let failed = done.iter().find(|done| matches!(done, Done::Failed { key: 1, retries: 2, .. }));
    let Some(Done::Failed { message, .. }) = failed else { panic!("{done:?}") };
    assert!(message.contains("panicked") && message.contains("unlucky"), "{message}");
    assert!(done.contains(&Done::Completed { key: 2, variables: String::new() }));
    worker.stop().await;
}

#[tokio::test]
async fn a_result_that_is_no_object_fails_the_job() {
    let stub = Stub::start();
    stub.add_job(job(1));
    let worker = stub.client().worker("work").start(|_| async { Ok::<_, JobFailure>([1, 2]) });
    let done = stub.until_done(1).await;
    let Done::Failed { message, .. } = &done[0] else { panic!("{done:?}") };
    assert!(message.contains("must be a JSON object"), "{message}");
    assert_eq!(worker.stop().await.failed, 1);
}

#[tokio::test]
async fn no_more_jobs_run_than_allowed() {
    let stub = Stub::start();
    let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let worker = stub.client().worker("work").max_active_jobs(2).start({
        let (running, most) = (Arc::clone(&running), Arc::clone(&most));
        move |_| {
            let (running, most) = (Arc::clone(&running), Arc::clone(&most));
            async move {
                let now = running.fetch_add(1, Ordering::SeqCst) + 1;
                most.fetch_max(now, Ordering::SeqCst);
                for _ in 0..10 {
                    tokio::task::yield_now().await;
                }
                running.fetch_sub(1, Ordering::SeqCst);
                Ok::<_, JobFailure>(())
            }
        }
    });
    for key in 1..=10 {
        stub.add_job(job(key));
        stub.push(job(key + 10)).await;
    }
    stub.until_done(20).await;
    worker.stop().await;
    assert_eq!(most.load(Ordering::SeqCst), 2);
    assert!(stub.polls().iter().all(|poll| poll.max_jobs_to_activate <= 2));
}

#[tokio::test]
async fn stopping_finishes_what_runs_and_gives_back_what_waits() {
    let stub = Stub::start();
    let (began, go) = (Arc::new(Notify::new()), Arc::new(Semaphore::new(0)));
    let worker = stub.client().worker("work").max_active_jobs(1).polling(false).start({
        let (began, go) = (Arc::clone(&began), Arc::clone(&go));
        move |_| {
            let (began, go) = (Arc::clone(&began), Arc::clone(&go));
            async move {
                began.notify_one();
                let _ = go.acquire().await;
                Ok::<_, JobFailure>(())
            }
        }
    });
    stub.push(job(1)).await;
    began.notified().await;
    // A second feed that brings a job while the only place is taken.
    let poller = stub.client().worker("work").max_active_jobs(1).streaming(false).start({
        let go = Arc::clone(&go);
        move |_| {
            let go = Arc::clone(&go);
            async move {
                let _ = go.acquire().await;
                Ok::<_, JobFailure>(())
            }
        }
    });
    stub.add_job(job(2));
    while poller.in_hand() == 0 {
        tokio::task::yield_now().await;
    }
    let stopping = tokio::spawn(worker.stop());
    let stopping_poller = tokio::spawn(poller.stop());
    tokio::task::yield_now().await;
    assert!(!stopping.is_finished());
    go.add_permits(2);
    assert_eq!(stopping.await.unwrap().completed, 1);
    assert_eq!(stopping_poller.await.unwrap().completed, 1);
    assert_eq!(keys(&stub.done()), BTreeSet::from([1, 2]));
}

#[tokio::test]
async fn a_completion_is_repeated_while_the_job_is_ours() {
    let stub = Stub::start();
    for _ in 0..3 {
        stub.refuse("CompleteJob", Status::unavailable("restarting"));
    }
    stub.add_job(job(1));
    let worker = stub.client().worker("work").start(echo);
    stub.until_done(1).await;
    assert_eq!(worker.stop().await.completed, 1);
    assert_eq!(stub.n_asked("CompleteJob"), 4);
}

#[tokio::test]
async fn an_outcome_that_is_not_taken_is_counted() {
    let stub = Stub::start();
    stub.refuse("CompleteJob", Status::not_found("cancelled meanwhile"));
    stub.add_job(job(1));
    let worker = stub.client().worker("work").start(echo);
    stub.until_asked("CompleteJob", 1).await;
    let counts = worker.stop().await;
    assert_eq!((counts.completed, counts.unreported), (0, 1));
}
