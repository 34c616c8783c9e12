//! `skep idp secret …`, `certificate …` and `federated …`

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use skep_idp::{App, FederatedCredential, NewSecret, Registry};

use super::{
    app::find,
    args::{CertificateCommand, FederatedCommand, SecretCommand},
    day, done, list, refused,
};
use crate::{
    failure::Failure,
    output::{self, Output},
};

pub(super) fn secret(
    registry: &Registry,
    command: SecretCommand,
    output: Output,
) -> Result<(), Failure> {
    match command {
        SecretCommand::Add { client_id, name, expires, lifetime } => {
            let by_lifetime = lifetime
                .map(|lifetime| {
                    SignedDuration::try_from(lifetime)
                        .ok()
                        .and_then(|lifetime| Timestamp::now().checked_add(lifetime).ok())
                        .ok_or_else(|| Failure::usage("the lifetime is too long"))
                })
                .transpose()?;
            let new = NewSecret { display_name: name, expires_at: expires.or(by_lifetime) };
            let (info, value) = registry
                .add_secret(client_id, new)
                .map_err(|error| refused("make a secret", error))?;
            output::note("this is the only time that the secret is shown");
            let json = json!({
                "id": info.key_id,
                "secretText": value.expose(),
                "expiresAt": info.expires_at.to_string(),
            });
            output.print(value.expose(), &json)
        }
        SecretCommand::List { client_id } => {
            let app = find(registry, client_id)?;
            list(output, &secret_lines(&app), &shown_secrets(&app))
        }
        SecretCommand::Remove { client_id, secret_id } => {
            registry
                .remove_secret(client_id, secret_id)
                .map_err(|error| refused("remove the secret", error))?;
            done(output, &json!({ "id": secret_id }))
        }
    }
}

pub(super) fn certificate(
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
            let json = json!({
                "id": info.key_id,
                "x5t": info.x5t,
                "expiresAt": info.not_after.to_string(),
            });
            output.print(format!("{}  {}", info.key_id, info.x5t), &json)
        }
        CertificateCommand::List { client_id } => {
            let app = find(registry, client_id)?;
            list(output, &certificate_lines(&app), &shown_certificates(&app))
        }
        CertificateCommand::Remove { client_id, certificate_id } => {
            registry
                .remove_certificate(client_id, certificate_id)
                .map_err(|error| refused("remove the certificate", error))?;
            done(output, &json!({ "id": certificate_id }))
        }
    }
}

pub(super) fn federated(
    registry: &Registry,
    command: FederatedCommand,
    output: Output,
) -> Result<(), Failure> {
    match command {
        FederatedCommand::Add { client_id, name, issuer, subject, audience } => {
            let new = FederatedCredential {
                audiences: vec![audience],
                ..FederatedCredential::new(name, issuer, subject)
            };
            let added = registry
                .add_federated_credential(client_id, new)
                .map_err(|error| refused("add the federated credential", error))?;
            output.print(added.id.to_string(), &json!({ "id": added.id, "name": added.name }))
        }
        FederatedCommand::List { client_id } => {
            let app = find(registry, client_id)?;
            list(output, &federated_lines(&app), &shown_federated(&app))
        }
        FederatedCommand::Remove { client_id, credential_id } => {
            registry
                .remove_federated_credential(client_id, credential_id)
                .map_err(|error| refused("remove the federated credential", error))?;
            done(output, &json!({ "id": credential_id }))
        }
    }
}

/// Every credential of an application, one a line.
pub(super) fn lines(app: &App) -> Vec<String> {
    [secret_lines(app), certificate_lines(app), federated_lines(app)].concat()
}

/// Secrets appear as their hints.
fn secret_lines(app: &App) -> Vec<String> {
    let secrets = app.secrets.iter().map(|secret| {
        let ends = ending(secret.expires_at);
        let name = named(&secret.display_name);
        format!("secret       {}  {}…  {ends}{name}", secret.key_id, secret.hint)
    });
    secrets.collect()
}

fn certificate_lines(app: &App) -> Vec<String> {
    let certificates = app.certificates.iter().map(|certificate| {
        let ends = ending(certificate.not_after);
        let name = named(&certificate.display_name);
        format!("certificate  {}  {}  {ends}{name}", certificate.key_id, certificate.x5t)
    });
    certificates.collect()
}

fn federated_lines(app: &App) -> Vec<String> {
    let credentials = app.federated_credentials.iter().map(|known| {
        let FederatedCredential { id, name, issuer, subject, .. } = known;
        format!("federated    {id}  {name}  {subject} of {issuer}")
    });
    credentials.collect()
}

fn ending(at: Timestamp) -> String {
    let verb = if at <= Timestamp::now() { "ENDED" } else { "ends" };
    format!("{verb} {}", day(at))
}

fn named(name: &str) -> String {
    if name.is_empty() { String::new() } else { format!("  {name}") }
}

pub(super) fn shown_secrets(app: &App) -> Value {
    let secrets = app.secrets.iter().map(|secret| {
        json!({
            "id": secret.key_id,
            "name": secret.display_name,
            "hint": secret.hint,
            "createdAt": secret.created_at.to_string(),
            "expiresAt": secret.expires_at.to_string(),
        })
    });
    secrets.collect()
}

pub(super) fn shown_certificates(app: &App) -> Value {
    let certificates = app.certificates.iter().map(|certificate| {
        json!({
            "id": certificate.key_id,
            "name": certificate.display_name,
            "x5t": certificate.x5t,
            "x5t#S256": certificate.x5t_s256,
            "expiresAt": certificate.not_after.to_string(),
        })
    });
    certificates.collect()
}

pub(super) fn shown_federated(app: &App) -> Value {
    let credentials = app.federated_credentials.iter().map(|known| {
        json!({
            "id": known.id,
            "name": known.name,
            "issuer": known.issuer,
            "subject": known.subject,
            "audiences": known.audiences,
        })
    });
    credentials.collect()
}
