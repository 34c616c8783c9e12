//! `skep resolve-incident`

use super::connection::ConnectionArgs;
use crate::{failure::Failure, output::Output};

const EXAMPLES: &str = "\
Examples:
  skep resolve-incident 2251799813685262";

/// Flags of `skep resolve-incident`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ResolveIncidentArgs {
    /// Key of the incident.
    key: i64,
    #[command(flatten)]
    connection: ConnectionArgs,
}

/// Runs the command.
pub(crate) async fn run(args: ResolveIncidentArgs, output: Output) -> Result<(), Failure> {
    Err(Failure::new(format!("not built yet: {args:?} {output:?}")))
}
