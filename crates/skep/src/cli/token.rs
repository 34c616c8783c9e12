//! `skep token`

use super::connection::ConnectionArgs;
use crate::{failure::Failure, output::Output};

const EXAMPLES: &str = "\
Examples:
  skep token
  skep token --curl";

/// Flags of `skep token`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct TokenArgs {
    /// Print the decoded header and claims as JSON.
    #[arg(long)]
    decode: bool,
    /// Print the token request as a curl command, without the secret.
    #[arg(long)]
    curl: bool,
    /// Print the token itself.
    #[arg(long)]
    show: bool,
    #[command(flatten)]
    connection: ConnectionArgs,
}

/// Runs the command.
pub(crate) async fn run(args: TokenArgs, output: Output) -> Result<(), Failure> {
    Err(Failure::new(format!("not built yet: {args:?} {output:?}")))
}
