//! `skep fail`

use serde_json::json;

use super::{connection::ConnectionArgs, duration, variables};
use crate::{failure::Failure, output::Output};

const EXAMPLES: &str = "\
Examples:
  skep fail 2251799813685260 --retries 2 --message 'card reader is offline'
  skep fail 2251799813685260 --retries 2 --back-off 30s";

/// Flags of `skep fail`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct FailArgs {
    /// Key of the job.
    key: i64,
    /// Retries left after this failure; 0 raises an incident.
    #[arg(long, value_name = "N")]
    retries: i32,
    /// Why it failed.
    #[arg(long, value_name = "TEXT", default_value = "")]
    message: String,
    /// How long the job waits before its next attempt.
    #[arg(long, value_name = "DURATION", default_value = "0", value_parser = duration::parse)]
    back_off: std::time::Duration,
    /// JSON object; `@FILE` reads a file, `-` reads stdin.
    #[arg(long, value_name = "JSON|@FILE|-")]
    variables: Option<String>,
    #[command(flatten)]
    connection: ConnectionArgs,
}

/// Runs the command.
///
/// # Errors
/// When the variables are no object, and when the gateway refuses.
pub(crate) async fn run(args: FailArgs, output: Output) -> Result<(), Failure> {
    let variables = variables::read(args.variables.as_deref())?;
    let client = args.connection.connect()?;
    let fail = client.fail_job(args.key, args.retries).message(args.message);
    fail.back_off(args.back_off).variables(variables).send().await?;
    let text = format!("failed job {}, which has {} retries", args.key, args.retries);
    output.print(text, &json!({ "jobKey": args.key.to_string(), "retries": args.retries }))
}
