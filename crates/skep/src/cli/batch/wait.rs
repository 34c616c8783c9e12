//! `skep batch wait`, and `--wait` of `skep batch create`

use std::time::Duration;

use skep_client::{RestClient, rest::BatchOperation};
use tokio::time::{Instant, sleep};

use super::status;
use crate::{
    cli::{connection::RestArgs, duration},
    failure::Failure,
    output::{Output, note},
};

/// How soon it is asked again, at first and later on.
const POLL_FIRST: Duration = Duration::from_millis(50);
const POLL_MAX: Duration = Duration::from_secs(2);

/// How often progress is told, when there is some.
const TELL_EVERY: Duration = Duration::from_secs(2);

/// Flags of `skep batch wait`.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct WaitArgs {
    /// Key of the batch operation, as `skep batch create` has printed it.
    key: i64,
    /// Stop waiting after this long; the batch operation goes on.
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    timeout: Option<Duration>,
    #[command(flatten)]
    connection: RestArgs,
}

/// Runs the command.
///
/// # Errors
/// As [`until_end`].
pub(super) async fn run(args: WaitArgs, output: Output) -> Result<(), Failure> {
    until_end(&args.connection.connect()?, args.key, args.timeout, output).await
}

/// Waits, tells progress on stderr, and prints how it ended.
///
/// # Errors
/// When the gateway refuses, when the time is up, and when not everything was done.
pub(super) async fn until_end(
    client: &RestClient,
    key: i64,
    timeout: Option<Duration>,
    output: Output,
) -> Result<(), Failure> {
    let began = Instant::now();
    let mut pause = POLL_FIRST;
    let mut told = (began, String::new());
    loop {
        let now = client.batch_operation(key).await?;
        if now.end_date.is_some() {
            status::print(&now, output)?;
            return judged(&now);
        }
        let progress = format!("{} ({})", status::counts(&now), now.state);
        if told.0.elapsed() >= TELL_EVERY && told.1 != progress {
            note(&progress);
            told = (Instant::now(), progress);
        }
        if timeout.is_some_and(|timeout| began.elapsed() + pause > timeout) {
            status::print(&now, output)?;
            return Err(Failure::new(format!("batch operation {key} has not ended in time"))
                .fix(format!("it goes on; wait again with `skep batch wait {key}`")));
        }
        sleep(pause).await;
        pause = (pause * 2).min(POLL_MAX);
    }
}

/// Whether it has done all that it was to do.
fn judged(ended: &BatchOperation) -> Result<(), Failure> {
    let key = ended.batch_operation_key.raw;
    if ended.state == "COMPLETED" && ended.operations_failed_count == 0 {
        return Ok(());
    }
    let failure = if ended.operations_failed_count > 0 {
        Failure::new(format!(
            "batch operation {key} could not do {} of {} process instances",
            ended.operations_failed_count, ended.operations_total_count
        ))
        .fix(format!("`skep batch items {key} --state failed` says why"))
    } else {
        Failure::new(format!("batch operation {key} has not done all: it is {}", ended.state))
    };
    Err(failure)
}
