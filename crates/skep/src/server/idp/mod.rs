//! `skep idp`: the embedded identity provider alone, and its administration.

mod app;
mod args;
mod credential;
mod user;

use std::net::{Ipv4Addr, SocketAddr};

use serde_json::{Value, json};
use skep_idp::{Administration, Faults, Provider};

pub(crate) use args::IdpArgs;
use args::{FaultsCommand, IdpCommand, KeysCommand};

use super::{IDP_DIR, config::Config, start};
use crate::{
    failure::Failure,
    output::{self, Output},
};

/// Serves until told to stop, or carries out one administration command.
pub(crate) async fn idp(args: IdpArgs, output: Output) -> Result<(), Failure> {
    let config = Config::load(args.config.as_deref(), |name| std::env::var(name).ok())?.skep.idp;
    let dir = args.data.data_dir.join(IDP_DIR);
    let opened = "cannot open the identity provider";
    let Some(command) = args.command else {
        let provider = Provider::open(&dir, config.provider)
            .map_err(|error| Failure::new(opened).caused_by(error))?;
        return serve(&provider, args.port.unwrap_or(config.port)).await;
    };
    let administration = Administration::open(&dir, &config.provider)
        .map_err(|error| Failure::new(opened).caused_by(error))?;
    administer(&administration, command, output)
}

async fn serve(provider: &Provider, port: u16) -> Result<(), Failure> {
    let running = provider
        .serve(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
        .await
        .map_err(|error| start::cannot_listen("identity provider", "--port", error))?;
    let mut stop = start::StopSignals::listen()?;
    let endpoints = running.endpoints();
    output::line(format!(
        "ready idp={} issuer={} ca={}",
        endpoints.origin,
        endpoints.issuer(),
        provider.ca_certificate_path().display()
    ))?;
    output::note(format!(
        "administration: {}/admin, as an administrator or with the token in {}",
        endpoints.origin,
        provider.admin_token_path().display()
    ));
    stop.requested().await;
    running.shutdown().await;
    Ok(())
}

fn administer(
    administration: &Administration,
    command: IdpCommand,
    output: Output,
) -> Result<(), Failure> {
    let registry = administration.registry();
    match command {
        IdpCommand::App(command) => app::administer(registry, command, output),
        IdpCommand::User(command) => user::administer(registry, command, output),
        IdpCommand::Secret(command) => credential::secret(registry, command, output),
        IdpCommand::Certificate(command) => credential::certificate(registry, command, output),
        IdpCommand::Federated(command) => credential::federated(registry, command, output),
        IdpCommand::Keys(command) => keys(administration, &command, output),
        IdpCommand::Faults(command) => faults(administration, &command, output),
    }
}

fn keys(
    administration: &Administration,
    command: &KeysCommand,
    output: Output,
) -> Result<(), Failure> {
    match command {
        KeysCommand::Roll => {
            let kid =
                administration.roll_keys().map_err(|error| refused("roll the keys", error))?;
            let text = format!("tokens are signed with key {kid} now");
            output.print(text, &json!({ "kid": kid }))
        }
        KeysCommand::List => {
            let keys = administration.keys().map_err(|error| refused("list the keys", error))?;
            let lines: Vec<String> = keys
                .iter()
                .map(|key| {
                    let state = if key.active { "active" } else { "published" };
                    let (made, ends) = (day(key.created_at), day(key.not_after));
                    format!("{}  {state:9}  made {made}  ends {ends}", key.kid)
                })
                .collect();
            let json = keys.iter().map(|key| {
                json!({
                    "kid": key.kid,
                    "active": key.active,
                    "createdAt": key.created_at.to_string(),
                    "expiresAt": key.not_after.to_string(),
                })
            });
            list(output, &lines, &json.collect())
        }
    }
}

fn faults(
    administration: &Administration,
    command: &FaultsCommand,
    output: Output,
) -> Result<(), Failure> {
    let faults = match *command {
        FaultsCommand::Set { latency, throttle, retry_after, fail } => {
            Faults { latency, throttle_next: throttle, retry_after_s: retry_after, fail_next: fail }
        }
        FaultsCommand::Clear => Faults::default(),
    };
    administration.inject(faults).map_err(|error| refused("set the faults", error))?;
    let text = if faults == Faults::default() {
        "the token endpoint answers as usual from the next request on".to_owned()
    } else {
        format!(
            "from the next request on the token endpoint answers {} requests with 429, then {} with 503, each after {:?}",
            faults.throttle_next, faults.fail_next, faults.latency
        )
    };
    let json = json!({
        "latencyMs": u64::try_from(faults.latency.as_millis()).unwrap_or(u64::MAX),
        "throttleNext": faults.throttle_next,
        "retryAfterS": faults.retry_after_s,
        "failNext": faults.fail_next,
    });
    output.print(text, &json)
}

/// The day of a point in time, as lists show it.
fn day(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

/// Prints a list, one entry a line; nothing when there is none.
fn list(output: Output, lines: &[String], json: &Value) -> Result<(), Failure> {
    if lines.is_empty() { done(output, json) } else { output.print(lines.join("\n"), json) }
}

/// Answers a command that has nothing to tell: its exit code says that it was done.
fn done(output: Output, json: &Value) -> Result<(), Failure> {
    match output {
        Output::Text => Ok(()),
        Output::Json => output.print("", json),
    }
}

fn refused(what: &str, error: skep_idp::Error) -> Failure {
    Failure::new(format!("cannot {what}")).caused_by(error)
}
