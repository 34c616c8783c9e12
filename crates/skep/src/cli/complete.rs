//! `skep complete`

use serde_json::json;
use skep_client::JobResult;

use super::{connection::ConnectionArgs, variables};
use crate::{failure::Failure, output::Output};

const EXAMPLES: &str = "\
Examples:
  skep complete 2251799813685260
  skep complete 2251799813685260 --variables '{\"receipt\": \"r-1\"}'
  skep complete 2251799813685260 --result '{\"denied\": true, \"deniedReason\": \"no form\"}'";

/// Flags of `skep complete`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct CompleteArgs {
    /// Key of the job.
    key: i64,
    /// JSON object; `@FILE` reads a file, `-` reads stdin.
    #[arg(long, value_name = "JSON|@FILE|-")]
    variables: Option<String>,
    /// Answer to the job of a task listener or an ad-hoc subprocess, as in the REST API.
    #[arg(long, value_name = "JSON|@FILE|-")]
    result: Option<String>,
    #[command(flatten)]
    connection: ConnectionArgs,
}

/// Runs the command.
///
/// # Errors
/// When the variables or the result are not what they should be, and when the gateway refuses.
pub(crate) async fn run(args: CompleteArgs, output: Output) -> Result<(), Failure> {
    let variables = variables::read(args.variables.as_deref())?;
    let result = match args.result {
        None => None,
        Some(given) => {
            let object = variables::read_object("--result", "job result", Some(&given))?;
            let object = serde_json::Value::Object(object).to_string();
            Some(JobResult::from_json(&object)?)
        }
    };
    let client = args.connection.connect()?;
    let mut complete = client.complete_job(args.key).variables(variables);
    if let Some(result) = result {
        complete = complete.result(result);
    }
    complete.send().await?;
    output.print(format!("completed job {}", args.key), &json!({ "jobKey": args.key.to_string() }))
}
