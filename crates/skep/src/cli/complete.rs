//! `skep complete`

use serde_json::json;

use super::{connection::ConnectionArgs, variables};
use crate::{failure::Failure, output::Output};

const EXAMPLES: &str = "\
Examples:
  skep complete 2251799813685260
  skep complete 2251799813685260 --variables '{\"receipt\": \"r-1\"}'";

/// Flags of `skep complete`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct CompleteArgs {
    /// Key of the job.
    key: i64,
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
pub(crate) async fn run(args: CompleteArgs, output: Output) -> Result<(), Failure> {
    let variables = variables::read(args.variables.as_deref())?;
    let client = args.connection.connect()?;
    client.complete_job(args.key).variables(variables).send().await?;
    output.print(format!("completed job {}", args.key), &json!({ "jobKey": args.key.to_string() }))
}
