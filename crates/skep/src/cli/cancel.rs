//! `skep cancel`

use serde_json::json;

use super::connection::ConnectionArgs;
use crate::{failure::Failure, output::Output};

const EXAMPLES: &str = "\
Examples:
  skep cancel 2251799813685251";

/// Flags of `skep cancel`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct CancelArgs {
    /// Key of the process instance.
    key: i64,
    #[command(flatten)]
    connection: ConnectionArgs,
}

/// Runs the command.
///
/// # Errors
/// When the gateway refuses.
pub(crate) async fn run(args: CancelArgs, output: Output) -> Result<(), Failure> {
    let client = args.connection.connect()?;
    client.cancel_process_instance(args.key).await?;
    output.print(
        format!("cancelled process instance {}", args.key),
        &json!({ "processInstanceKey": args.key.to_string() }),
    )
}
