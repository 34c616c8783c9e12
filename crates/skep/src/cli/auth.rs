//! `skep auth explain`

use super::connection::ConnectionArgs;
use crate::{failure::Failure, output::Output};

/// `skep auth` and its subcommands.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct AuthArgs {
    #[command(subcommand)]
    command: AuthCommand,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum AuthCommand {
    /// Show every effective setting and where it comes from.
    Explain {
        #[command(flatten)]
        connection: ConnectionArgs,
    },
}

/// Runs the command.
pub(crate) async fn run(args: AuthArgs, output: Output) -> Result<(), Failure> {
    Err(Failure::new(format!("not built yet: {args:?} {output:?}")))
}
