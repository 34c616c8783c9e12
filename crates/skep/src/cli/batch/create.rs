//! `skep batch create`

use std::time::Duration;

use skep_client::rest::{BatchMoveInstruction, Key, KeyFormat, MappingInstruction, MigrationPlan};

use super::{filter::FilterArgs, status, wait};
use crate::{
    cli::{connection::RestArgs, duration},
    failure::Failure,
    output::Output,
};

const EXAMPLES: &str = "\
Examples:
  skep batch create cancel --process order --variable 'customer=\"eve\"' --wait
  skep batch create cancel --filter '{\"processDefinitionId\": {\"$like\": \"order*\"}, \"hasIncident\": true}'
  skep batch create resolve-incidents --element charge_card --wait --timeout 5m
  skep batch create migrate --process order --process-version 1 --to 2251799813685300 \\
      --map charge_card=charge --map ship
  skep batch create modify --instance 2251799813685310,2251799813685320 --move ship=ship_by_post";

/// Flags of `skep batch create`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct CreateArgs {
    #[command(subcommand)]
    command: CreateCommand,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum CreateCommand {
    /// Cancel process instances.
    Cancel(Common),
    /// Resolve the incidents of process instances.
    ResolveIncidents(Common),
    /// Migrate process instances to another process definition.
    Migrate(MigrateArgs),
    /// Move tokens in process instances from one element to another.
    Modify(ModifyArgs),
}

/// What all of them take.
#[derive(Clone, Debug, clap::Args)]
struct Common {
    #[command(flatten)]
    filter: FilterArgs,
    /// Wait for the end; exit code 1 when not all of it could be done.
    #[arg(long)]
    wait: bool,
    /// Stop waiting after this long; the batch operation goes on.
    #[arg(long, value_name = "DURATION", requires = "wait", value_parser = duration::parse)]
    timeout: Option<Duration>,
    #[command(flatten)]
    connection: RestArgs,
}

#[derive(Clone, Debug, clap::Args)]
struct MigrateArgs {
    /// Key of the process definition that they shall run from now on.
    #[arg(long, value_name = "KEY")]
    to: i64,
    /// Element that they run, and the one that it becomes; `ID` alone stays the same.
    #[arg(long, value_name = "ID[=ID]", required = true, value_parser = pair)]
    map: Vec<(String, String)>,
    #[command(flatten)]
    common: Common,
}

#[derive(Clone, Debug, clap::Args)]
struct ModifyArgs {
    /// Element whose instances are terminated, and the one that is activated for each.
    #[arg(long = "move", value_name = "ID=ID", required = true, value_parser = two)]
    moves: Vec<(String, String)>,
    #[command(flatten)]
    common: Common,
}

/// Runs the command.
///
/// # Errors
/// When the filter is none, when the gateway refuses, and when not all was done that is waited
/// for.
pub(super) async fn run(args: CreateArgs, output: Output) -> Result<(), Failure> {
    let (common, plan) = match args.command {
        CreateCommand::Cancel(common) => (common, Plan::Cancel),
        CreateCommand::ResolveIncidents(common) => (common, Plan::ResolveIncidents),
        CreateCommand::Migrate(args) => (args.common, Plan::Migrate(migration(args.to, args.map))),
        CreateCommand::Modify(args) => (args.common, Plan::Modify(moves(args.moves))),
    };
    let filter = common.filter.read()?;
    let client = common.connection.connect()?;
    let created = match plan {
        Plan::Cancel => client.cancel_process_instances(filter).await?,
        Plan::ResolveIncidents => client.resolve_incidents(filter).await?,
        Plan::Migrate(plan) => client.migrate_process_instances(filter, plan).await?,
        Plan::Modify(moves) => client.modify_process_instances(filter, moves).await?,
    };
    if common.wait {
        let key = created.batch_operation_key.raw;
        return wait::until_end(&client, key, common.timeout, output).await;
    }
    status::print_created(&created, output)
}

/// What is to be done.
enum Plan {
    Cancel,
    ResolveIncidents,
    Migrate(MigrationPlan),
    Modify(Vec<BatchMoveInstruction>),
}

fn migration(to: i64, map: Vec<(String, String)>) -> MigrationPlan {
    let mapping = |(source_element_id, target_element_id)| MappingInstruction {
        source_element_id,
        target_element_id,
    };
    MigrationPlan {
        target_process_definition_key: Key { raw: to, format: KeyFormat::Text },
        mapping_instructions: map.into_iter().map(mapping).collect(),
    }
}

fn moves(moves: Vec<(String, String)>) -> Vec<BatchMoveInstruction> {
    let instruction = |(source_element_id, target_element_id)| BatchMoveInstruction {
        source_element_id,
        target_element_id,
    };
    moves.into_iter().map(instruction).collect()
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        None if !text.is_empty() => Ok((text.to_owned(), text.to_owned())),
        Some(_) | None => two(text),
    }
}

fn two(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((from, to)) if !from.is_empty() && !to.is_empty() => {
            Ok((from.to_owned(), to.to_owned()))
        }
        Some(_) | None => Err("write two element ids, as in charge_card=charge".to_owned()),
    }
}
