//! `skep batch`: the same done with many process instances.

mod create;
mod filter;
mod items;
mod status;
mod wait;

use serde_json::json;

use super::connection::RestArgs;
use crate::{failure::Failure, output::Output};

const EXAMPLES: &str = "\
Examples:
  skep batch create cancel --process order --process-version 3 --wait
  skep batch create resolve-incidents --element charge_card
  skep batch create migrate --process order --to 2251799813685300 --map charge_card=charge
  skep batch create modify --process order --move ship=ship_by_post
  skep batch show 2251799813685400
  skep batch wait 2251799813685400 --timeout 10m
  skep batch items 2251799813685400 --state failed

A batch operation selects process instances once, when it begins, and then works on them one by
one, beside all other work. It needs the REST API of a gateway of 8.8 or later.";

/// Flags of `skep batch`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct BatchArgs {
    #[command(subcommand)]
    command: BatchCommand,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum BatchCommand {
    /// Begin to do something with all process instances that a filter selects.
    Create(Box<create::CreateArgs>),
    /// Show how far a batch operation has come.
    Show(KeyArgs),
    /// Wait for the end of a batch operation; exit code 1 when it did not do all of it.
    Wait(wait::WaitArgs),
    /// List what a batch operation works on and has worked on, with states and errors.
    Items(items::ItemsArgs),
    /// Let a batch operation rest until it is resumed.
    Suspend(KeyArgs),
    /// Let a suspended batch operation go on.
    Resume(KeyArgs),
    /// End a batch operation; what it has done stays done.
    Cancel(KeyArgs),
}

/// Which batch operation.
#[derive(Clone, Debug, clap::Args)]
struct KeyArgs {
    /// Key of the batch operation, as `skep batch create` has printed it.
    key: i64,
    #[command(flatten)]
    connection: RestArgs,
}

/// Runs the command.
///
/// # Errors
/// When the gateway refuses, and when a batch operation that is waited for fails.
pub(crate) async fn run(args: BatchArgs, output: Output) -> Result<(), Failure> {
    match args.command {
        BatchCommand::Create(args) => create::run(*args, output).await,
        BatchCommand::Show(KeyArgs { key, connection }) => {
            let status = connection.connect()?.batch_operation(key).await?;
            status::print(&status, output)
        }
        BatchCommand::Wait(args) => wait::run(args, output).await,
        BatchCommand::Items(args) => items::run(args, output).await,
        BatchCommand::Suspend(KeyArgs { key, connection }) => {
            connection.connect()?.suspend_batch_operation(key).await?;
            done("suspended", key, output)
        }
        BatchCommand::Resume(KeyArgs { key, connection }) => {
            connection.connect()?.resume_batch_operation(key).await?;
            done("resumed", key, output)
        }
        BatchCommand::Cancel(KeyArgs { key, connection }) => {
            connection.connect()?.cancel_batch_operation(key).await?;
            done("cancelled", key, output)
        }
    }
}

fn done(what: &str, key: i64, output: Output) -> Result<(), Failure> {
    let json = json!({ "batchOperationKey": key.to_string() });
    output.print(format!("{what} batch operation {key}"), &json)
}
