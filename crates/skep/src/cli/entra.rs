//! `skep entra`: the portal steps of the guide as commands.

pub(super) mod calls;
mod rotate;
mod setup;
mod show;
mod tenant;

pub(super) use self::tenant::TenantArgs;
use crate::{failure::Failure, output::Output};

const EXAMPLES: &str = "\
Examples:
  skep entra setup --tenant contoso.com --dry-run           every call it would make, in order
  skep entra setup --tenant contoso.com --base-url https://bpm.contoso.com
  skep entra setup --tenant contoso.com --component zeebe --credential certificate
  skep entra setup --adopt zeebe=11111111-…                 take over a registration made by hand
  skep entra show                                           what needs doing; exit code 1 if anything
  skep entra rotate --component zeebe                       a new credential, without an outage
  skep start --config entra/skep.yaml                       a server that accepts the clients
  set -a; . entra/zeebe.env; set +a; skep status            as the Zeebe client

Sign in as an Application Administrator (consent for all users needs a Privileged Role
Administrator), or as an app that may: SKEP_ENTRA_ADMIN_CLIENT_ID with
SKEP_ENTRA_ADMIN_CLIENT_SECRET, or with --admin-keystore.";

/// `skep entra` and its subcommands.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct EntraArgs {
    #[command(subcommand)]
    command: EntraCommand,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum EntraCommand {
    /// Register what is missing, change what differs, and write the files that clients read.
    #[command(after_help = EXAMPLES)]
    Setup(Box<setup::SetupArgs>),
    /// Replace a credential: add the new one, wait until it works, switch, remove the old one.
    #[command(after_help = EXAMPLES)]
    Rotate(Box<rotate::RotateArgs>),
    /// Look for what does not work or soon will not; exit code 1 when something needs doing.
    #[command(after_help = EXAMPLES)]
    Show(Box<show::ShowArgs>),
}

/// Runs the command.
///
/// # Errors
/// Nobody can sign in, Graph refuses or is away, or a file cannot be written.
pub(crate) async fn run(args: EntraArgs, output: Output) -> Result<(), Failure> {
    match args.command {
        EntraCommand::Setup(args) => setup::run(*args, output).await,
        EntraCommand::Rotate(args) => rotate::run(*args, output).await,
        EntraCommand::Show(args) => show::run(*args, output).await,
    }
}
