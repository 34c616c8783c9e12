//! `skep broadcast`

use serde_json::json;

use super::{connection::ConnectionArgs, variables};
use crate::{failure::Failure, output::Output};

const EXAMPLES: &str = "\
Examples:
  skep broadcast market-closed
  skep broadcast market-closed --variables '{\"at\": \"17:30\"}'";

/// Flags of `skep broadcast`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct BroadcastArgs {
    /// Name of the signal.
    name: String,
    /// JSON object; `@FILE` reads a file, `-` reads stdin.
    #[arg(long, value_name = "JSON|@FILE|-")]
    variables: Option<String>,
    /// Tenant; needed only where the cluster has more than one.
    #[arg(long, value_name = "ID")]
    tenant: Option<String>,
    #[command(flatten)]
    connection: ConnectionArgs,
}

/// Runs the command.
///
/// # Errors
/// When the variables are no object, and when the gateway refuses.
pub(crate) async fn run(args: BroadcastArgs, output: Output) -> Result<(), Failure> {
    let variables = variables::read(args.variables.as_deref())?;
    let client = args.connection.connect()?;
    let mut broadcast = client.broadcast_signal(&args.name).variables(variables);
    if let Some(tenant) = args.tenant {
        broadcast = broadcast.tenant_id(tenant);
    }
    let signal = broadcast.send().await?;
    let text = format!("broadcast signal {} with key {}", args.name, signal.key);
    let json = json!({ "signalKey": signal.key.to_string(), "tenantId": signal.tenant_id });
    output.print(text, &json)
}
