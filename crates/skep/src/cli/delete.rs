//! `skep delete`

use serde_json::json;

use super::connection::ConnectionArgs;
use crate::{failure::Failure, output::Output};

const EXAMPLES: &str = "\
Examples:
  skep delete 2251799813685249";

/// Flags of `skep delete`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct DeleteArgs {
    /// Key of a process definition, of decision requirements or of a form, as `skep deploy`
    /// prints it.
    key: i64,
    #[command(flatten)]
    connection: ConnectionArgs,
}

/// Runs the command.
///
/// # Errors
/// When the gateway refuses.
pub(crate) async fn run(args: DeleteArgs, output: Output) -> Result<(), Failure> {
    let client = args.connection.connect()?;
    client.delete_resource(args.key).await?;
    output.print(
        format!("deleted resource {}", args.key),
        &json!({ "resourceKey": args.key.to_string() }),
    )
}
