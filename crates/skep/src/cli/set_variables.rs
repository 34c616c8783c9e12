//! `skep set-variables`

use serde_json::json;

use super::{connection::ConnectionArgs, variables};
use crate::{failure::Failure, output::Output};

const EXAMPLES: &str = "\
Examples:
  skep set-variables 2251799813685251 --variables '{\"approved\": true}'
  skep set-variables 2251799813685255 --variables @fix.json --local";

/// Flags of `skep set-variables`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct SetVariablesArgs {
    /// Key of the process instance or element instance.
    key: i64,
    /// JSON object; `@FILE` reads a file, `-` reads stdin.
    #[arg(long, value_name = "JSON|@FILE|-")]
    variables: String,
    /// Set them in this scope only, not where they exist already.
    #[arg(long)]
    local: bool,
    #[command(flatten)]
    connection: ConnectionArgs,
}

/// Runs the command.
///
/// # Errors
/// When the variables are no object, and when the gateway refuses.
pub(crate) async fn run(args: SetVariablesArgs, output: Output) -> Result<(), Failure> {
    let variables = variables::read(Some(&args.variables))?;
    let client = args.connection.connect()?;
    let set = client.set_variables(args.key).local(args.local).variables(variables);
    let key = set.send().await?.key;
    output.print(format!("set variables of {}", args.key), &json!({ "key": key.to_string() }))
}
