//! The `skep` binary: the server and a command-line client for any Zeebe-compatible gateway.
//!
//! ```text
//! skep quickstart --once
//! skep deploy order.bpmn && skep create order --variables '{"total": 42}'
//! ```
//!
//! Commands print their result to stdout and everything else to stderr. No command prints a
//! token or a secret unless it is asked to by name.

mod cli;
mod failure;
mod logging;
mod output;
mod server;

use std::process::ExitCode;

use clap::Parser as _;

use crate::{
    cli::{Cli, Command},
    failure::Failure,
};

/// Small parts of process instances come and go by the million, and glibc's allocator takes up to
/// twice the time for a step once it has seen many of them go: see `docs/benchmarks.md`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    logging::init(cli.verbose, cli.command.log_level());
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

fn run(cli: Cli) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|e| Failure::new("cannot start the asynchronous runtime").caused_by(e))?;
    runtime.block_on(dispatch(cli))
}

async fn dispatch(cli: Cli) -> Result<(), Failure> {
    let output = cli.output;
    match cli.command {
        Command::Quickstart(args) => server::quickstart(args).await,
        Command::Start(args) => server::start(args).await,
        Command::Config(args) => server::inspect(args, output),
        Command::Env(args) => server::env(&args, output),
        Command::Idp(args) => server::idp(args, output).await,
        Command::Deploy(args) => answer(Box::pin(cli::deploy::run(args, output))).await,
        Command::Delete(args) => answer(Box::pin(cli::delete::run(args, output))).await,
        Command::Definition(args) => answer(Box::pin(cli::definition::run(args, output))).await,
        Command::Create(args) => cli::create::run(args, output).await,
        Command::Cancel(args) => answer(Box::pin(cli::cancel::run(args, output))).await,
        Command::Search(args) => cli::search::run(args, output).await,
        Command::Batch(args) => Box::pin(cli::batch::run(args, output)).await,
        Command::Evaluate(args) => answer(Box::pin(cli::evaluate::run(args, output))).await,
        Command::Publish(args) => answer(Box::pin(cli::publish::run(args, output))).await,
        Command::Broadcast(args) => answer(Box::pin(cli::broadcast::run(args, output))).await,
        Command::Activate(args) => cli::activate::run(args, output).await,
        Command::Complete(args) => answer(Box::pin(cli::complete::run(args, output))).await,
        Command::Fail(args) => answer(Box::pin(cli::fail::run(args, output))).await,
        Command::ThrowError(args) => answer(Box::pin(cli::throw_error::run(args, output))).await,
        Command::Worker(args) => cli::worker::run(args, output).await,
        Command::SetVariables(args) => {
            answer(Box::pin(cli::set_variables::run(args, output))).await
        }
        Command::ResolveIncident(args) => {
            answer(Box::pin(cli::resolve_incident::run(args, output))).await
        }
        Command::UpdateRetries(args) => {
            answer(Box::pin(cli::update_retries::run(args, output))).await
        }
        Command::UpdateTimeout(args) => {
            answer(Box::pin(cli::update_timeout::run(args, output))).await
        }
        Command::Status(args) => cli::status::run(args, output).await,
        Command::Token(args) => cli::token::run(args, output).await,
        Command::Auth(args) => cli::auth::run(&args, output),
        Command::Cert(args) => cli::cert::run(args, output).await,
        Command::Doctor(args) => Box::pin(cli::doctor::run(args, output)).await,
        Command::Entra(args) => Box::pin(cli::entra::run(args, output)).await,
        Command::Feel(args) => cli::feel::run(&args),
        Command::Backup(args) => cli::backup::backup(args, output).await,
        Command::Restore(args) => cli::backup::restore(args, output).await,
        Command::Journal(args) => cli::journal::run(args, output).await,
        Command::Bench(args) => cli::bench::run(args, output).await,
    }
}

/// Awaits a command that is one call, and says so when the answer takes its time.
async fn answer(command: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    cli::progress::while_waiting("waiting for the gateway", command).await
}
