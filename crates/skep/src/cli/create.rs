//! `skep create`

use super::connection::ConnectionArgs;
use crate::{failure::Failure, output::Output};

const EXAMPLES: &str = "\
Examples:
  skep create order
  skep create order --variables '{\"total\": 42}'
  skep create order --variables @order.json --version 3
  echo '{\"total\": 42}' | skep create order --variables -
  skep create order --with-result --fetch-variables receipt --output json";

/// Flags of `skep create`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct CreateArgs {
    /// Process id from the BPMN file, or the key of a process definition.
    #[arg(value_name = "PROCESS_ID|KEY")]
    process: String,
    /// Version of the process; the latest unless given.
    #[arg(long, value_name = "N")]
    version: Option<i32>,
    /// JSON object; `@FILE` reads a file, `-` reads stdin.
    #[arg(long, value_name = "JSON|@FILE|-")]
    variables: Option<String>,
    /// Wait until the instance has completed, and print its variables.
    #[arg(long)]
    with_result: bool,
    /// Only these variables in the result.
    #[arg(long, value_name = "NAME,…", value_delimiter = ',', requires = "with_result")]
    fetch_variables: Vec<String>,
    /// Tenant; needed only where the cluster has more than one.
    #[arg(long, value_name = "ID")]
    tenant: Option<String>,
    #[command(flatten)]
    connection: ConnectionArgs,
}

/// Runs the command.
pub(crate) async fn run(args: CreateArgs, output: Output) -> Result<(), Failure> {
    Err(Failure::new(format!("not built yet: {args:?} {output:?}")))
}
