//! `skep update-timeout`

use super::connection::ConnectionArgs;
use crate::{failure::Failure, output::Output};

const EXAMPLES: &str = "\
Examples:
  skep update-timeout 2251799813685260 --timeout 10m";

/// Flags of `skep update-timeout`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct UpdateTimeoutArgs {
    /// Key of the job.
    key: i64,
    /// The job stays locked for its worker this long from now.
    #[arg(long, value_name = "DURATION", value_parser = super::duration::parse)]
    timeout: std::time::Duration,
    #[command(flatten)]
    connection: ConnectionArgs,
}

/// Runs the command.
pub(crate) async fn run(args: UpdateTimeoutArgs, output: Output) -> Result<(), Failure> {
    Err(Failure::new(format!("not built yet: {args:?} {output:?}")))
}
