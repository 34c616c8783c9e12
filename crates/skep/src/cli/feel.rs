//! `skep feel`

use crate::{failure::Failure, output::Output};

const EXAMPLES: &str = "\
Examples:
  skep feel '1 + 2'
  skep feel 'total > 100' --context '{\"total\": 142}'
  skep feel 'for i in items return i.price' --context @order.json";

/// Flags of `skep feel`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct FeelArgs {
    /// The expression; a leading `=` is allowed.
    #[arg(value_name = "EXPR", allow_hyphen_values = true)]
    expression: String,
    /// JSON object with the variables; `@FILE` reads a file, `-` reads stdin.
    #[arg(long, value_name = "JSON|@FILE|-")]
    context: Option<String>,
}

/// Runs the command.
pub(crate) async fn run(args: FeelArgs, output: Output) -> Result<(), Failure> {
    Err(Failure::new(format!("not built yet: {args:?} {output:?}")))
}
