//! Where jobs come from: the stream and the poll. Each runs until the worker stops.

use std::{
    ops::ControlFlow,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use skep_api::gateway::StreamActivatedJobsRequest;
use tokio::time::sleep;
use tonic::Code;

use super::{Desk, StartJob};
use crate::{
    Error, ErrorKind, Job,
    backoff::Backoff,
    call::{Call, Repeat},
    command::ms,
};

const STREAM_CALL: &str = "StreamActivatedJobs";

/// A worker polls when it has at most this part of its jobs left, in percent.
///
/// Source: camunda/zeebe: clients/java/src/main/java/io/camunda/zeebe/client/impl/worker
const POLL_THRESHOLD_PERCENT: usize = 30;

/// Takes the jobs that are pushed, and opens the stream again whenever it ends.
pub(super) async fn stream(desk: Arc<Desk>, start_job: StartJob) {
    let mut backoff = Backoff::for_workers();
    loop {
        let outcome = tokio::select! {
            () = desk.stopping.cancelled() => return,
            outcome = stream_once(&desk, &start_job, &mut backoff) => outcome,
        };
        match outcome {
            Ok(()) => tracing::debug!(job_type = desk.settings.job_type, "job stream ended"),
            Err(Error::Refused { code: Code::Unimplemented, .. }) if desk.settings.polling => {
                tracing::info!("the gateway cannot push jobs; the worker polls");
                return;
            }
            Err(error) => warn(&desk, "job stream", &error),
        }
        if pause(&desk, backoff.pause()).await.is_break() {
            return;
        }
    }
}

async fn stream_once(
    desk: &Arc<Desk>,
    start_job: &StartJob,
    backoff: &mut Backoff,
) -> Result<(), Error> {
    let settings = &desk.settings;
    let request = StreamActivatedJobsRequest {
        r#type: settings.job_type.clone(),
        worker: settings.name.clone(),
        timeout: ms(settings.timeout),
        fetch_variable: settings.fetch_variables.clone(),
        tenant_ids: settings.tenant_ids.clone(),
    };
    let call = Call::new(STREAM_CALL, Repeat::Always).endless();
    let open = desk
        .client
        .start(call, request, |mut stub, r| async move { stub.stream_activated_jobs(r).await });
    let mut pushed = open.await?.into_inner();
    loop {
        let message = pushed.message().await;
        let Some(job) = (match message {
            Ok(job) => job,
            Err(status) => {
                return Err(desk.client.explain(STREAM_CALL, Duration::MAX, status).await);
            }
        }) else {
            return Ok(());
        };
        backoff.reset();
        start_job(desk, Job::new(job, settings.timeout));
        // What is not read stays with the server once the window of the stream is full: that is
        // the only back-pressure the protocol has.
        desk.at_most(settings.jobs_active_max - 1).await;
    }
}

/// Asks for jobs whenever few are left.
pub(super) async fn poll(desk: Arc<Desk>, start_job: StartJob) {
    let settings = &desk.settings;
    let threshold = settings.jobs_active_max * POLL_THRESHOLD_PERCENT / 100;
    let mut backoff = Backoff::for_workers();
    loop {
        let outcome = tokio::select! {
            () = desk.stopping.cancelled() => return,
            outcome = poll_once(&desk, threshold) => outcome,
        };
        let step = match outcome {
            Ok(jobs) if jobs.is_empty() => pause(&desk, backoff.pause()).await,
            Ok(jobs) => {
                backoff.reset();
                jobs.into_iter().for_each(|job| start_job(&desk, job));
                ControlFlow::Continue(())
            }
            Err(error) => {
                warn(&desk, "poll", &error);
                pause(&desk, backoff.pause()).await
            }
        };
        if step.is_break() {
            return;
        }
    }
}

async fn poll_once(desk: &Desk, threshold: usize) -> Result<Vec<Job>, Error> {
    let settings = &desk.settings;
    desk.at_most(threshold).await;
    let n_free =
        settings.jobs_active_max.saturating_sub(desk.n_in_hand.load(Ordering::Acquire)).max(1);
    desk.client
        .activate_jobs(&settings.job_type)
        .worker_name(&settings.name)
        .max_jobs(i32::try_from(n_free).unwrap_or(i32::MAX))
        .timeout(settings.timeout)
        .fetch_variables(&settings.fetch_variables)
        .tenant_ids(&settings.tenant_ids)
        .wait(Some(settings.poll_timeout))
        .send()
        .await
}

/// Waits, unless the worker stops.
async fn pause(desk: &Desk, pause: Duration) -> ControlFlow<()> {
    tokio::select! {
        () = desk.stopping.cancelled() => ControlFlow::Break(()),
        () = sleep(pause) => ControlFlow::Continue(()),
    }
}

fn warn(desk: &Desk, feed: &str, error: &Error) {
    let job_type = &desk.settings.job_type;
    match error.kind() {
        // The server has more to do than it can: it recovers, and asking slower helps.
        ErrorKind::Overloaded | ErrorKind::Deadline => {
            tracing::debug!(job_type, feed, %error, "no jobs for now");
        }
        ErrorKind::Usage | ErrorKind::Connect | ErrorKind::Auth | ErrorKind::Refused => {
            let fix = error.fix().unwrap_or_default();
            tracing::warn!(job_type, feed, %error, fix, "no jobs; trying again");
        }
    }
}
