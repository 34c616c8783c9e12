//! `skep publish`

use serde_json::json;

use super::{connection::ConnectionArgs, duration, variables};
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
    #[arg(long, value_name = "DURATION", default_value = "1h", value_parser = duration::parse)]
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
///
/// # Errors
/// When the variables are no object, and when the gateway refuses.
pub(crate) async fn run(args: PublishArgs, output: Output) -> Result<(), Failure> {
    let variables = variables::read(args.variables.as_deref())?;
    let client = args.connection.connect()?;
    let mut publish = client
        .publish_message(&args.name, &args.correlation_key)
        .time_to_live(args.ttl)
        .variables(variables);
    if let Some(id) = args.message_id {
        publish = publish.message_id(id);
    }
    if let Some(tenant) = args.tenant {
        publish = publish.tenant_id(tenant);
    }
    let published = publish.send().await?;
    let text = format!("published message {} with key {}", args.name, published.key);
    let json = json!({ "messageKey": published.key.to_string(), "tenantId": published.tenant_id });
    output.print(text, &json)
}
