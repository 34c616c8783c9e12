//! `skep update-retries`

use serde_json::json;

use super::connection::ConnectionArgs;
use crate::{failure::Failure, output::Output};

const EXAMPLES: &str = "\
Examples:
  skep update-retries 2251799813685260 --retries 3
  skep resolve-incident 2251799813685262       lets the job run again";

/// Flags of `skep update-retries`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct UpdateRetriesArgs {
    /// Key of the job.
    key: i64,
    /// New number of retries, at least 1.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i32).range(1..))]
    retries: i32,
    #[command(flatten)]
    connection: ConnectionArgs,
}

/// Runs the command.
///
/// # Errors
/// When the gateway refuses.
pub(crate) async fn run(args: UpdateRetriesArgs, output: Output) -> Result<(), Failure> {
    let client = args.connection.connect()?;
    client.update_job_retries(args.key, args.retries).await?;
    output.print(
        format!("job {} has {} retries", args.key, args.retries),
        &json!({ "jobKey": args.key.to_string(), "retries": args.retries }),
    )
}
