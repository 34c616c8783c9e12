//! `skep idp`: the embedded identity provider alone, and its administration.

use std::net::{Ipv4Addr, SocketAddr};

use serde_json::json;
use skep_idp::{App, NewApp, NewSecret, Provider, Registry};

use super::{
    IDP_DIR,
    args::{AppCommand, CertificateCommand, IdpArgs, IdpCommand, KeysCommand, SecretCommand},
    config::Config,
    start,
};
use crate::{
    failure::Failure,
    output::{self, Output},
};

/// Serves until told to stop, or carries out one administration command.
pub(crate) async fn idp(args: IdpArgs, output: Output) -> Result<(), Failure> {
    let config = Config::load(args.config.as_deref(), |name| std::env::var(name).ok())?.skep.idp;
    let dir = args.data.data_dir.join(IDP_DIR);
    let provider = Provider::open(&dir, config.provider)
        .map_err(|error| Failure::new("cannot open the identity provider").caused_by(error))?;
    match args.command {
        Some(command) => administer(&provider, command, output),
        None => serve(&provider, args.port.unwrap_or(config.port)).await,
    }
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
    stop.requested().await;
    running.shutdown().await;
    Ok(())
}

fn administer(provider: &Provider, command: IdpCommand, output: Output) -> Result<(), Failure> {
    let registry = provider.registry();
    match command {
        IdpCommand::App(command) => app(registry, command, output),
        IdpCommand::Secret(command) => secret(registry, command, output),
        IdpCommand::Certificate(command) => certificate(registry, command, output),
        IdpCommand::Keys(KeysCommand::Roll) => {
            let kid = provider.roll_keys().map_err(|error| refused("roll the keys", error))?;
            match output {
                Output::Text => output::line(format!("tokens are signed with key {kid} now")),
                Output::Json => output::line(json!({ "kid": kid }).to_string()),
            }
        }
    }
}

fn app(registry: &Registry, command: AppCommand, output: Output) -> Result<(), Failure> {
    match command {
        AppCommand::Add { name, client_id, identifier_uris, token_version } => {
            let app = registry
                .add_app(NewApp {
                    app_id: client_id,
                    identifier_uris: (!identifier_uris.is_empty()).then_some(identifier_uris),
                    requested_access_token_version: Some(token_version),
                    ..NewApp::named(name)
                })
                .map_err(|error| refused("register the application", error))?;
            match output {
                Output::Text => output::line(app.app_id.to_string()),
                Output::Json => output::line(shown(&app).to_string()),
            }
        }
        AppCommand::List => {
            let apps = registry.list();
            match output {
                Output::Text => apps.iter().try_for_each(list),
                Output::Json => {
                    let apps: Vec<_> = apps.iter().map(shown).collect();
                    output::line(serde_json::Value::from(apps).to_string())
                }
            }
        }
        AppCommand::Remove { client_id } => {
            registry.remove_app(client_id).map_err(|error| refused("remove the application", error))
        }
    }
}

/// One application over a few lines; secrets appear as their hints.
fn list(app: &App) -> Result<(), Failure> {
    output::line(format!("{}  {}", app.app_id, app.display_name))?;
    for uri in &app.identifier_uris {
        output::line(format!("  App ID URI   {uri}"))?;
    }
    for secret in &app.secrets {
        output::line(format!(
            "  secret       {}  {}…  until {}",
            secret.key_id, secret.hint, secret.expires_at
        ))?;
    }
    for certificate in &app.certificates {
        output::line(format!(
            "  certificate  {}  {}  until {}",
            certificate.key_id, certificate.x5t, certificate.not_after
        ))?;
    }
    Ok(())
}

fn shown(app: &App) -> serde_json::Value {
    json!({
        "clientId": app.app_id,
        "displayName": app.display_name,
        "identifierUris": app.identifier_uris,
        "requestedAccessTokenVersion": app.requested_access_token_version,
        "secrets": app.secrets.iter().map(|secret| json!({
            "id": secret.key_id,
            "name": secret.display_name,
            "hint": secret.hint,
            "expiresAt": secret.expires_at.to_string(),
        })).collect::<Vec<_>>(),
        "certificates": app.certificates.iter().map(|certificate| json!({
            "id": certificate.key_id,
            "name": certificate.display_name,
            "x5t": certificate.x5t,
            "expiresAt": certificate.not_after.to_string(),
        })).collect::<Vec<_>>(),
    })
}

fn secret(registry: &Registry, command: SecretCommand, output: Output) -> Result<(), Failure> {
    match command {
        SecretCommand::Add { client_id, name } => {
            let (info, value) = registry
                .add_secret(client_id, NewSecret { display_name: name, expires_at: None })
                .map_err(|error| refused("make a secret", error))?;
            match output {
                Output::Text => {
                    output::note("this is the only time that the secret is shown");
                    output::line(value.expose())
                }
                Output::Json => {
                    let id = info.key_id;
                    output::line(json!({ "id": id, "secretText": value.expose() }).to_string())
                }
            }
        }
        SecretCommand::Remove { client_id, secret_id } => registry
            .remove_secret(client_id, secret_id)
            .map_err(|error| refused("remove the secret", error)),
    }
}

fn certificate(
    registry: &Registry,
    command: CertificateCommand,
    output: Output,
) -> Result<(), Failure> {
    match command {
        CertificateCommand::Add { client_id, file } => {
            let content = std::fs::read(&file).map_err(|error| {
                Failure::usage(format!("cannot read certificate {}", file.display()))
                    .caused_by(error)
            })?;
            let info = registry
                .add_certificate(client_id, &content)
                .map_err(|error| refused("add the certificate", error))?;
            match output {
                Output::Text => output::line(format!("{}  {}", info.key_id, info.x5t)),
                Output::Json => {
                    output::line(json!({ "id": info.key_id, "x5t": info.x5t }).to_string())
                }
            }
        }
        CertificateCommand::Remove { client_id, certificate_id } => registry
            .remove_certificate(client_id, certificate_id)
            .map_err(|error| refused("remove the certificate", error)),
    }
}

fn refused(what: &str, error: skep_idp::Error) -> Failure {
    Failure::new(format!("cannot {what}")).caused_by(error)
}
