//! `skep idp app …`

use serde_json::{Value, json};
use skep_idp::{App, AppRole, Error, MemberType, NewApp, RedirectUris, Registry};
use uuid::Uuid;

use super::{
    args::{AppAddArgs, AppCommand},
    credential, day, done, list, refused,
};
use crate::{failure::Failure, output::Output};

pub(super) fn administer(
    registry: &Registry,
    command: AppCommand,
    output: Output,
) -> Result<(), Failure> {
    match command {
        AppCommand::Add(args) => {
            let app =
                add(registry, args).map_err(|error| refused("register the application", error))?;
            output.print(app.app_id.to_string(), &shown(&app))
        }
        AppCommand::List => {
            let apps = registry.list();
            let lines: Vec<String> = apps.iter().map(line).collect();
            list(output, &lines, &apps.iter().map(shown).collect())
        }
        AppCommand::Show { client_id } => {
            let app = find(registry, client_id)?;
            output.print(described(&app), &shown(&app))
        }
        AppCommand::Grant { client_id, resource, role } => {
            registry
                .assign_role(client_id, resource, &role)
                .map_err(|error| refused("grant the role", error))?;
            done(output, &json!({ "clientId": client_id, "resource": resource, "role": role }))
        }
        AppCommand::Delete { client_id } => {
            registry
                .remove_app(client_id)
                .map_err(|error| refused("remove the application", error))?;
            done(output, &json!({ "clientId": client_id }))
        }
    }
}

/// The application with this client id.
pub(super) fn find(registry: &Registry, client_id: Uuid) -> Result<App, Failure> {
    let app = registry.list().into_iter().find(|app| app.app_id == client_id);
    app.ok_or_else(|| refused("show the application", Error::UnknownApp(client_id)))
}

fn add(registry: &Registry, args: AppAddArgs) -> Result<App, Error> {
    let roles = args.roles.into_iter().map(|value| AppRole {
        id: Uuid::new_v4(),
        display_name: value.clone(),
        description: value.clone(),
        value,
        allowed_member_types: vec![MemberType::Application, MemberType::User],
        enabled: true,
    });
    let app = registry.add_app(NewApp {
        app_id: args.client_id,
        identifier_uris: (!args.identifier_uris.is_empty()).then_some(args.identifier_uris),
        requested_access_token_version: Some(args.token_version),
        app_roles: roles.collect(),
        redirect_uris: RedirectUris { web: args.web, spa: args.spa, public_client: args.public },
        ..NewApp::named(args.name)
    })?;
    if !args.require_role && !args.public_client {
        return Ok(app);
    }
    registry.update_app(app.app_id, |app| {
        app.is_fallback_public_client = args.public_client;
        if let Some(principal) = &mut app.service_principal {
            principal.app_role_assignment_required = args.require_role;
        }
    })
}

fn line(app: &App) -> String {
    let credentials = [
        (app.secrets.len(), "secret"),
        (app.certificates.len(), "certificate"),
        (app.federated_credentials.len(), "federated"),
    ];
    let mut line = format!("{}  {}", app.app_id, app.display_name);
    for (n, what) in credentials.into_iter().filter(|(n, _)| *n > 0) {
        line.push_str(&format!("  {n} {what}"));
    }
    line
}

/// An application over some lines.
fn described(app: &App) -> String {
    let version = if app.wants_v2_tokens() { "2.0" } else { "1.0" };
    let mut lines = vec![
        format!("{}  {}", app.app_id, app.display_name),
        format!("  object id    {}", app.object_id),
        format!("  tokens       version {version}"),
    ];
    lines.extend(app.identifier_uris.iter().map(|uri| format!("  App ID URI   {uri}")));
    let platforms = [
        ("web", &app.redirect_uris.web),
        ("spa", &app.redirect_uris.spa),
        ("public", &app.redirect_uris.public_client),
    ];
    for (platform, uris) in platforms {
        lines.extend(uris.iter().map(|uri| format!("  redirect     {uri}  ({platform})")));
    }
    lines.extend(app.app_roles.iter().map(|role| format!("  role         {}", role.value)));
    lines.extend(credential::lines(app).iter().map(|line| format!("  {line}")));
    lines.push(format!("  registered   {}", day(app.created_at)));
    lines.join("\n")
}

fn shown(app: &App) -> Value {
    let redirects = &app.redirect_uris;
    let roles: Vec<&String> = app.app_roles.iter().map(|role| &role.value).collect();
    json!({
        "clientId": app.app_id,
        "objectId": app.object_id,
        "servicePrincipalId": app.principal_id(),
        "displayName": app.display_name,
        "createdAt": app.created_at.to_string(),
        "enabled": app.enabled,
        "identifierUris": app.identifier_uris,
        "requestedAccessTokenVersion": app.requested_access_token_version,
        "roles": roles,
        "redirectUris": {
            "web": redirects.web, "spa": redirects.spa, "publicClient": redirects.public_client,
        },
        "secrets": credential::shown_secrets(app),
        "certificates": credential::shown_certificates(app),
        "federatedCredentials": credential::shown_federated(app),
    })
}
