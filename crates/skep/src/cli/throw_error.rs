//! `skep throw-error`

use serde_json::json;

use super::{connection::ConnectionArgs, variables};
use crate::{failure::Failure, output::Output};

const EXAMPLES: &str = "\
Examples:
  skep throw-error 2251799813685260 card-declined
  skep throw-error 2251799813685260 card-declined --message 'limit reached'";

/// Flags of `skep throw-error`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ThrowErrorArgs {
    /// Key of the job.
    key: i64,
    /// Error code that an error event of the process catches.
    code: String,
    /// What happened, for people.
    #[arg(long, value_name = "TEXT", default_value = "")]
    message: String,
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
pub(crate) async fn run(args: ThrowErrorArgs, output: Output) -> Result<(), Failure> {
    let variables = variables::read(args.variables.as_deref())?;
    let client = args.connection.connect()?;
    let throw = client.throw_error(args.key, &args.code).message(args.message);
    throw.variables(variables).send().await?;
    let text = format!("threw error {} for job {}", args.code, args.key);
    output.print(text, &json!({ "jobKey": args.key.to_string(), "errorCode": args.code }))
}
