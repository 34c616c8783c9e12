//! `skep update-retries`

use super::connection::ConnectionArgs;
use crate::{failure::Failure, output::Output};

const EXAMPLES: &str = "\
Examples:
  skep update-retries 2251799813685260 --retries 3
  skep resolve-incident 2251799813685262       lets the job run again";

/// Flags of `skep update-retries`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct UpdateRetriesArgs {
    /// Key of the job.
    key: i64,
    /// New number of retries, at least 1.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i32).range(1..))]
    retries: i32,
    #[command(flatten)]
    connection: ConnectionArgs,
}

/// Runs the command.
pub(crate) async fn run(args: UpdateRetriesArgs, output: Output) -> Result<(), Failure> {
    Err(Failure::new(format!("not built yet: {args:?} {output:?}")))
}
