//! `skep journal print` and `skep journal verify`

use std::path::PathBuf;

use crate::{failure::Failure, output::Output};

/// `skep journal` and its subcommands.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct JournalArgs {
    #[command(subcommand)]
    command: JournalCommand,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum JournalCommand {
    /// Print the records, one a line, without variable values.
    Print(JournalDir),
    /// Check every checksum, and that no record is missing.
    Verify(JournalDir),
}

#[derive(Clone, Debug, clap::Args)]
struct JournalDir {
    /// Data directory of the server.
    #[arg(long, value_name = "DIR", default_value = "skep-data")]
    data_dir: PathBuf,
}

/// Runs the command.
pub(crate) async fn run(args: JournalArgs, output: Output) -> Result<(), Failure> {
    Err(Failure::new(format!("not built yet: {args:?} {output:?}")))
}
