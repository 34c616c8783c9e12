//! The command line: one file per command.

pub(crate) mod activate;
pub(crate) mod auth;
pub(crate) mod backup;
pub(crate) mod batch;
pub(crate) mod bench;
pub(crate) mod broadcast;
pub(crate) mod cancel;
pub(crate) mod cert;
pub(crate) mod complete;
mod connection;
pub(crate) mod create;
mod curl;
pub(crate) mod definition;
pub(crate) mod delete;
pub(crate) mod deploy;
pub(crate) mod doctor;
pub(crate) mod duration;
pub(crate) mod entra;
pub(crate) mod evaluate;
pub(crate) mod fail;
pub(crate) mod feel;
pub(crate) mod journal;
mod password;
pub(crate) mod progress;
pub(crate) mod publish;
pub(crate) mod resolve_incident;
pub(crate) mod search;
pub(crate) mod set_variables;
pub(crate) mod status;
pub(crate) mod throw_error;
pub(crate) mod token;
pub(crate) mod update_retries;
pub(crate) mod update_timeout;
mod variables;
pub(crate) mod worker;

use tracing_subscriber::filter::LevelFilter;

use crate::{
    output::Output,
    server::{ConfigArgs, EnvArgs, IdpArgs, QuickstartArgs, StartArgs},
};

const EXAMPLES: &str = "\
Examples:
  skep quickstart                        everything in one process, explained step by step
  skep start --dev                       a server for development, with its own identity provider
  eval \"$(skep env)\"                     connect this shell's clients to it
  skep deploy order.bpmn                 deploy a process
  skep create order --variables '{\"total\": 42}'
  skep worker charge-card -- ./charge.sh run a command for every job of a type
  skep search process-instances          what runs and what has run
  skep status                            who am I, and what am I connected to

Client commands work with any Zeebe-compatible gateway and read the variables that Camunda 8
clients read (ZEEBE_ADDRESS, ZEEBE_CLIENT_ID, CAMUNDA_…). `skep auth explain` shows what counts.

Exit codes: 0 done, 1 the operation failed, 2 usage, 3 cannot connect, 4 not authenticated or
not authorised.";

/// Process orchestration in one binary: wire-compatible with Camunda 8, secure by default.
#[derive(Debug, clap::Parser)]
#[command(name = "skep", version, after_help = EXAMPLES, max_term_width = 100)]
pub(crate) struct Cli {
    /// Form of the result on stdout.
    #[arg(long, short, global = true, value_enum, default_value = "text", value_name = "FORM")]
    pub(crate) output: Output,

    /// Log more to stderr: -v life-cycle, -vv requests, -vvv everything. SKEP_LOG takes a filter
    /// such as `skep_auth=debug`, ZEEBE_LOG_LEVEL a level.
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,

    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What `skep` can do.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Show the whole way, from sign-in to a completed process, in one process.
    Quickstart(QuickstartArgs),
    /// Run the server.
    Start(StartArgs),
    /// Show and check what a server would be configured with.
    Config(ConfigArgs),
    /// Print the variables that connect clients to the running development server.
    Env(EnvArgs),
    /// Run and administer the embedded identity provider.
    Idp(IdpArgs),

    /// Deploy BPMN, DMN, form and other files.
    Deploy(deploy::DeployArgs),
    /// Delete a process definition, decisions or a form.
    Delete(delete::DeleteArgs),
    /// Show a process definition, or fetch its BPMN file.
    Definition(definition::DefinitionArgs),
    /// Create a process instance.
    Create(create::CreateArgs),
    /// Cancel a process instance.
    Cancel(cancel::CancelArgs),
    /// Search what has happened and what there is: instances, variables, incidents, jobs, tasks.
    Search(search::SearchArgs),
    /// Do the same with many process instances: cancel, resolve incidents, migrate, modify.
    Batch(batch::BatchArgs),
    /// Evaluate a decision.
    Evaluate(evaluate::EvaluateArgs),
    /// Publish a message.
    Publish(publish::PublishArgs),
    /// Broadcast a signal.
    #[command(visible_alias = "signal")]
    Broadcast(broadcast::BroadcastArgs),

    /// Run a command for every job of a type.
    Worker(worker::WorkerArgs),
    /// Activate jobs and print them.
    Activate(activate::ActivateArgs),
    /// Complete a job.
    Complete(complete::CompleteArgs),
    /// Fail a job.
    Fail(fail::FailArgs),
    /// Throw a BPMN error for a job.
    ThrowError(throw_error::ThrowErrorArgs),
    /// Set the retries of a job.
    UpdateRetries(update_retries::UpdateRetriesArgs),
    /// Set the timeout of an activated job.
    UpdateTimeout(update_timeout::UpdateTimeoutArgs),
    /// Set variables of a process instance or element instance.
    SetVariables(set_variables::SetVariablesArgs),
    /// Resolve an incident.
    ResolveIncident(resolve_incident::ResolveIncidentArgs),

    /// Show the cluster, and as whom this shell is connected.
    Status(status::StatusArgs),
    /// Fetch an access token and show its claims.
    Token(token::TokenArgs),
    /// Show how clients of this shell authenticate, and why.
    Auth(auth::AuthArgs),
    /// Check every step from settings to an answered call, and explain the first that fails.
    Doctor(doctor::DoctorArgs),

    /// Register clients and web applications in Microsoft Entra ID, and look after them.
    Entra(entra::EntraArgs),
    /// Make, show and upload certificates that clients sign in with.
    Cert(cert::CertArgs),

    /// Evaluate a FEEL expression.
    Feel(feel::FeelArgs),
    /// Copy a server's data, while it runs.
    Backup(backup::BackupArgs),
    /// Make a data directory from a backup, as of its end or of an earlier moment.
    Restore(backup::RestoreArgs),
    /// Read and check a journal on disk.
    Journal(journal::JournalArgs),
    /// Measure a gateway with a steady load.
    Bench(bench::BenchArgs),
}

impl Command {
    /// What it logs unless it is told: servers their life-cycle, clients what went wrong.
    pub(crate) fn log_level(&self) -> LevelFilter {
        if matches!(self, Self::Start(_) | Self::Idp(_)) {
            LevelFilter::INFO
        } else if matches!(self, Self::Doctor(_)) {
            // Its report says what the log would.
            LevelFilter::ERROR
        } else {
            LevelFilter::WARN
        }
    }
}
