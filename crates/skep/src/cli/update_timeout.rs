//! `skep update-timeout`

use serde_json::json;

use super::{connection::ConnectionArgs, duration};
use crate::{failure::Failure, output::Output};

const EXAMPLES: &str = "\
Examples:
  skep update-timeout 2251799813685260 --timeout 10m";

/// Flags of `skep update-timeout`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct UpdateTimeoutArgs {
    /// Key of the job.
    key: i64,
    /// The job stays locked for its worker this long from now.
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    timeout: std::time::Duration,
    #[command(flatten)]
    connection: ConnectionArgs,
}

/// Runs the command.
///
/// # Errors
/// When the gateway refuses.
pub(crate) async fn run(args: UpdateTimeoutArgs, output: Output) -> Result<(), Failure> {
    let client = args.connection.connect()?;
    client.update_job_timeout(args.key, args.timeout).await?;
    output.print(
        format!("job {} stays locked for {} ms", args.key, duration::ms(args.timeout)),
        &json!({ "jobKey": args.key.to_string(), "timeout": duration::ms(args.timeout) }),
    )
}
