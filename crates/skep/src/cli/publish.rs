//! `skep publish`

use super::connection::ConnectionArgs;
use crate::{failure::Failure, output::Output};

const EXAMPLES: &str = "\
Examples:
  skep publish payment-received --correlation-key order-42
  skep publish payment-received --correlation-key order-42 --variables '{\"paid\": true}' --ttl 10m
  skep publish order-placed --correlation-key '' --message-id 7d3f";

/// Flags of `skep publish`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct PublishArgs {
    /// Name of the message.
    name: String,
    /// What the waiting instance compares with; empty text for a message start event.
    #[arg(long, value_name = "TEXT")]
    correlation_key: String,
    /// Refuse the message while one with the same id is buffered.
    #[arg(long, value_name = "ID")]
    message_id: Option<String>,
    /// How long the message waits for an instance; 0 is now or never.
    #[arg(long, value_name = "DURATION", default_value = "1h", value_parser = super::duration::parse)]
    ttl: std::time::Duration,
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
pub(crate) async fn run(args: PublishArgs, output: Output) -> Result<(), Failure> {
    Err(Failure::new(format!("not built yet: {args:?} {output:?}")))
}
