//! One job, from its arrival to the outcome that the gateway has taken.

use std::{
    future::Future,
    sync::{Arc, atomic::Ordering},
};

use tokio::{task::JoinError, time::Instant};
use tonic::Code;

use super::{Completion, Desk, JobFailure, outcome::FailureKind};
use crate::{Client, Error, Job, JobResult};

/// Texts longer than this are cut by gateways; cutting them here saves sending them.
///
/// Source: camunda/zeebe: zeebe/engine processors of jobs
const ERROR_MESSAGE_CHARS_MAX: usize = 10_000;

/// Starts `job` in a task of its own; it waits there until it may run.
pub(super) fn start<H, F, V>(desk: &Arc<Desk>, handler: &Arc<H>, job: Job)
where
    H: Fn(Job) -> F + Send + Sync + 'static,
    F: Future<Output = Result<V, JobFailure>> + Send + 'static,
    V: Into<Completion> + Send + 'static,
{
    let in_hand = InHand::new(Arc::clone(desk));
    let handler = Arc::clone(handler);
    tokio::spawn(async move {
        let desk = &in_hand.0;
        let permit = tokio::select! {
            biased;
            () = desk.stopping.cancelled() => return give_back(desk, &job).await,
            permit = Arc::clone(&desk.permits).acquire_owned() => permit,
        };
        if Instant::now() >= job.deadline() {
            // Its lock ended while it waited: someone else has it, or soon will.
            tracing::debug!(job_key = job.key(), "job expired before it could run");
            return;
        }
        let (key, retries, deadline) = (job.key(), job.retries(), job.deadline());
        // A task of its own, so that a panic stays there.
        let outcome = match tokio::spawn(async move { handler(job).await }).await {
            Ok(Ok(completion)) => Ok(completion.into()),
            Ok(Err(failure)) => Err(failure),
            Err(e) => Err(JobFailure::failed(panic_text(e))),
        };
        report(desk, key, retries, deadline, outcome).await;
        drop(permit);
    });
}

/// Counts a job as in hand for as long as it lives.
struct InHand(Arc<Desk>);

impl InHand {
    fn new(desk: Arc<Desk>) -> Self {
        desk.n_in_hand.fetch_add(1, Ordering::AcqRel);
        Self(desk)
    }
}

impl Drop for InHand {
    fn drop(&mut self) {
        self.0.n_in_hand.fetch_sub(1, Ordering::AcqRel);
        self.0.changed.notify_waiters();
    }
}

/// Lets others have a job that has not begun, without taking one of its retries.
async fn give_back(desk: &Desk, job: &Job) {
    let given = desk
        .client
        .fail_job(job.key(), job.retries())
        .message("the worker stopped before the job began")
        .send()
        .await;
    if let Err(error) = given {
        tracing::debug!(job_key = job.key(), %error, "job not given back; its lock ends it");
    }
}

async fn report(
    desk: &Desk,
    key: i64,
    retries: i32,
    deadline: Instant,
    outcome: Result<Completion, JobFailure>,
) {
    let counters = &desk.counters;
    // A result that cannot be sent is a failure of the handler.
    let outcome = outcome.and_then(|completion| {
        let variables = completion.variables.into_text()?;
        Ok((variables, completion.result.map(JobResult::into_message).transpose()?))
    });
    let (counter, sent) = match outcome {
        Ok((variables, result)) => {
            let complete = desk.client.complete_job(key).variables_json(variables);
            (&counters.completed, complete.result_message(result).until(deadline).send().await)
        }
        Err(failure) => {
            let counter = match &failure.kind {
                FailureKind::BpmnError { .. } => &counters.errors_thrown,
                FailureKind::Failed { .. } => &counters.failed,
            };
            (counter, fail(&desk.client, key, retries, deadline, failure).await)
        }
    };
    match sent {
        Ok(()) => counter.fetch_add(1, Ordering::Relaxed),
        Err(error) => {
            unreported(key, &error);
            counters.unreported.fetch_add(1, Ordering::Relaxed)
        }
    };
}

async fn fail(
    client: &Client,
    key: i64,
    retries: i32,
    deadline: Instant,
    failure: JobFailure,
) -> Result<(), Error> {
    let message: String = failure.message.chars().take(ERROR_MESSAGE_CHARS_MAX).collect();
    let variables = failure.variables.into_text().unwrap_or_else(|error| {
        tracing::warn!(job_key = key, %error, "job fails without its variables");
        String::new()
    });
    match failure.kind {
        FailureKind::BpmnError { code } => {
            let throw = client.throw_error(key, code).message(message);
            throw.variables_json(variables).until(deadline).send().await
        }
        FailureKind::Failed { retries: wanted, back_off } => {
            let left = wanted.unwrap_or_else(|| retries.saturating_sub(1)).max(0);
            let fail = client.fail_job(key, left).message(message).back_off(back_off);
            fail.variables_json(variables).until(deadline).send().await
        }
    }
}

fn unreported(key: i64, error: &Error) {
    match error.code() {
        // The instance was cancelled, or the lock ended and another worker was quicker.
        Some(Code::NotFound | Code::FailedPrecondition) => {
            tracing::info!(job_key = key, %error, "job is no longer ours");
        }
        _ => tracing::warn!(job_key = key, %error, "outcome of the job not taken"),
    }
}

fn panic_text(error: JoinError) -> String {
    let Ok(panic) = error.try_into_panic() else {
        return "the handler was cancelled".to_owned();
    };
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    match text {
        Some(text) => format!("the handler panicked: {text}"),
        None => "the handler panicked".to_owned(),
    }
}
