//! `skep activate`

use super::connection::ConnectionArgs;
use crate::{failure::Failure, output::Output};

const EXAMPLES: &str = "\
Examples:
  skep activate charge-card
  skep activate charge-card --max-jobs 10 --timeout 1m --output json
  skep activate charge-card --no-wait";

/// Flags of `skep activate`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ActivateArgs {
    /// Job type.
    #[arg(value_name = "TYPE")]
    job_type: String,
    /// At most this many.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(i32).range(1..))]
    max_jobs: i32,
    /// How long the jobs stay locked for you.
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = super::duration::parse)]
    timeout: std::time::Duration,
    /// Name stored on the jobs.
    #[arg(long, value_name = "NAME", default_value = "skep")]
    worker: String,
    /// Only these variables.
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    fetch_variables: Vec<String>,
    /// Do not wait for jobs when there are none.
    #[arg(long)]
    no_wait: bool,
    /// Tenant; needed only where the cluster has more than one.
    #[arg(long, value_name = "ID")]
    tenant: Option<String>,
    #[command(flatten)]
    connection: ConnectionArgs,
}

/// Runs the command.
pub(crate) async fn run(args: ActivateArgs, output: Output) -> Result<(), Failure> {
    Err(Failure::new(format!("not built yet: {args:?} {output:?}")))
}
