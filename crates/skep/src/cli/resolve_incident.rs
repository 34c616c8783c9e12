//! `skep resolve-incident`

use serde_json::json;

use super::connection::ConnectionArgs;
use crate::{failure::Failure, output::Output};

const EXAMPLES: &str = "\
Examples:
  skep resolve-incident 2251799813685262";

/// Flags of `skep resolve-incident`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ResolveIncidentArgs {
    /// Key of the incident.
    key: i64,
    #[command(flatten)]
    connection: ConnectionArgs,
}

/// Runs the command.
///
/// # Errors
/// When the gateway refuses.
pub(crate) async fn run(args: ResolveIncidentArgs, output: Output) -> Result<(), Failure> {
    let client = args.connection.connect()?;
    client.resolve_incident(args.key).await?;
    output.print(
        format!("resolved incident {}", args.key),
        &json!({ "incidentKey": args.key.to_string() }),
    )
}
