//! `skep worker`: a shell command for every job of a type.

mod command;
mod outcome;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::json;
use skep_client::{Completion, Job, JobFailure, Worker};
use tokio::sync::Notify;

use super::{connection::ConnectionArgs, duration};
use crate::{
    failure::Failure,
    output::{Output, line, note},
};
use command::JobCommand;
use outcome::Outcome;

const EXAMPLES: &str = "\
Examples:
  skep worker charge-card -- ./charge.sh
  skep worker charge-card -- jq '{total: (.price * .amount)}'
  skep worker ship --concurrency 4 --timeout 10m --back-off 30s -- python3 ship.py --fast
  skep worker check-form -- 'echo \"{\\\"jobResult\\\": {\\\"denied\\\": true}}\"'
  skep worker greet --count 1 -- 'echo \"{\\\"greeting\\\": \\\"hello\\\"}\"'

The command gets the variables of the job as JSON on stdin. A command given as one word with
spaces runs in `sh -c`. What it prints decides what becomes of the job:

  exit code 0, nothing printed            the job completes
  exit code 0, a JSON object printed      the job completes with these variables
  exit code 0, {\"bpmnError\": \"CODE\"}      a BPMN error is thrown, which an error event catches
  exit code 0, {\"bpmnError\": {\"code\": \"CODE\", \"message\": \"…\", \"variables\": {…}}}   likewise
  exit code 0, {\"jobResult\": {…}}        the job completes with this answer to a task listener
                                          or an ad-hoc subprocess; \"variables\": {…} may be beside
  any other exit code                     the job fails and has one retry less; the end of
                                          stderr is the message of the failure

A jobResult is written as in the REST API. A task listener refuses what is asked by
{\"denied\": true, \"deniedReason\": \"…\"}, or changes the task by {\"corrections\": {…}} with any of
assignee, dueDate, followUpDate, candidateUsers, candidateGroups and priority. An ad-hoc subprocess
goes on with {\"activateElements\": [{\"elementId\": \"…\", \"variables\": {…}}]}, and ends with
{\"isCompletionConditionFulfilled\": true, \"isCancelRemainingInstances\": true}.

Environment of the command: SKEP_JOB_KEY, SKEP_JOB_TYPE, SKEP_JOB_RETRIES, SKEP_JOB_DEADLINE (Unix
milliseconds), SKEP_JOB_HEADERS (JSON), SKEP_PROCESS_INSTANCE_KEY, SKEP_BPMN_PROCESS_ID,
SKEP_PROCESS_VERSION, SKEP_ELEMENT_ID, SKEP_ELEMENT_INSTANCE_KEY, SKEP_TENANT_ID, SKEP_JOB_KIND
(BPMN_ELEMENT, EXECUTION_LISTENER, TASK_LISTENER, AD_HOC_SUB_PROCESS); of listeners
SKEP_LISTENER_EVENT, and of task listeners SKEP_USER_TASK (JSON: assignee, priority, action, …).

Ctrl-C takes no more jobs and waits for those that run; a second Ctrl-C kills them.";

/// Flags of `skep worker`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct WorkerArgs {
    /// Job type.
    #[arg(value_name = "TYPE")]
    job_type: String,
    /// Command and its arguments.
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<String>,
    /// Commands that run at once.
    #[arg(long, value_name = "N", default_value_t = 8, visible_alias = "maxJobsActive",
          value_parser = clap::value_parser!(u32).range(1..=1_024))]
    concurrency: u32,
    /// How long a job stays locked; a command that takes longer is killed.
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = duration::parse)]
    timeout: Duration,
    /// How long a failed job waits before its next attempt.
    #[arg(long, value_name = "DURATION", default_value = "0", value_parser = duration::parse)]
    back_off: Duration,
    /// Name stored on the jobs.
    #[arg(long, value_name = "NAME", default_value = "skep")]
    name: String,
    /// Only these variables.
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    fetch_variables: Vec<String>,
    /// Stop after so many jobs.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,
    /// Tenant; needed only where the cluster has more than one.
    #[arg(long, value_name = "ID")]
    tenant: Option<String>,

    #[command(flatten)]
    connection: ConnectionArgs,
}

/// Runs the command.
///
/// # Errors
/// When the gateway cannot be reached at the start, and when commands had to be killed.
pub(crate) async fn run(args: WorkerArgs, output: Output) -> Result<(), Failure> {
    let command = JobCommand::new(&args.command)?;
    let client = args.connection.connect()?;
    // Finds a wrong address or token now; later ones are ridden out.
    client.topology().await?;
    let shared = Arc::new(Shared {
        command,
        back_off: args.back_off,
        output,
        n_left: args.count.map(AtomicU64::new),
        enough: Notify::new(),
    });
    let at_once = u64::from(args.concurrency).min(args.count.unwrap_or(u64::MAX));
    let mut worker = client
        .worker(&args.job_type)
        .name(args.name)
        .max_active_jobs(usize::try_from(at_once).unwrap_or(usize::MAX))
        .timeout(args.timeout)
        .fetch_variables(args.fetch_variables);
    if let Some(tenant) = args.tenant {
        worker = worker.tenant_ids([tenant]);
    }
    note(format!("working jobs of type {} from {}", args.job_type, client.address()));
    let handler = Arc::clone(&shared);
    let worker = worker.start(move |job| {
        let shared = Arc::clone(&handler);
        async move { shared.work(job).await }
    });
    tokio::select! {
        () = shared.enough.notified() => (),
        signal = stop_signal() => signal?,
    }
    drain(worker).await
}

/// Waits for the commands that run, until the user has no more patience.
async fn drain(worker: Worker) -> Result<(), Failure> {
    let n_running = worker.in_hand();
    if n_running > 0 {
        note(format!("stopping: waiting for {n_running} jobs; Ctrl-C again kills their commands"));
    }
    tokio::select! {
        counts = worker.stop() => {
            note(format!(
                "completed {}, failed {}, BPMN errors {}, not reported {}",
                counts.completed, counts.failed, counts.errors_thrown, counts.unreported
            ));
            Ok(())
        }
        signal = stop_signal() => {
            signal?;
            Err(Failure::new("killed the commands of the jobs that were running")
                .fix("their jobs come back when their locks end"))
        }
    }
}

/// Ctrl-C, or what a supervisor sends.
async fn stop_signal() -> Result<(), Failure> {
    let unheard = |e| Failure::new("cannot listen for signals").caused_by(e);
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate()).map_err(unheard)?;
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted.map_err(unheard),
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await.map_err(unheard)
}

/// What the jobs of one worker share.
struct Shared {
    command: JobCommand,
    back_off: Duration,
    output: Output,
    n_left: Option<AtomicU64>,
    enough: Notify,
}

impl Shared {
    async fn work(&self, job: Job) -> Result<Completion, JobFailure> {
        if !self.takes_one_more() {
            // More arrived than were wanted: others may have it at once.
            return Err(JobFailure::failed("the worker has done enough").retries(job.retries()));
        }
        let began = Instant::now();
        let outcome = self.command.run(&job).await;
        self.tell(&job, &outcome, began.elapsed());
        if self.n_left.as_ref().is_some_and(|left| left.load(Ordering::Relaxed) == 0) {
            self.enough.notify_one();
        }
        outcome.into_result(self.back_off)
    }

    fn takes_one_more(&self) -> bool {
        self.n_left.as_ref().is_none_or(|left| {
            let take = |n: u64| n.checked_sub(1);
            left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
        })
    }

    /// One line per job: what became of it, without its variables.
    fn tell(&self, job: &Job, outcome: &Outcome, took: Duration) {
        let (name, detail) = outcome.describe();
        let ms = took.as_millis();
        let told = match self.output {
            Output::Text => line(format!("job {}: {name} in {ms} ms{detail}", job.key())),
            Output::Json => line(
                json!({
                    "jobKey": job.key().to_string(),
                    "processInstanceKey": job.process_instance_key().to_string(),
                    "outcome": name,
                    "detail": detail.trim_start_matches([':', ' ']),
                    "ms": u64::try_from(ms).unwrap_or(u64::MAX),
                })
                .to_string(),
            ),
        };
        if let Err(failure) = told {
            tracing::warn!(?failure, "cannot tell what became of a job");
        }
    }
}
