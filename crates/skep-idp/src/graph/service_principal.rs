//! `/servicePrincipals`: applications as principals of the tenant.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    Answer, Call, GraphError, Key,
    application::{shown_roles, shown_scopes},
    caller::{READ_APPLICATIONS, WRITE_APPLICATIONS},
    find,
};
use crate::registry::{App, AppEntry, ServicePrincipal};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Create {
    app_id: Uuid,
    app_role_assignment_required: Option<bool>,
    account_enabled: Option<bool>,
    tags: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Changes {
    app_role_assignment_required: Option<bool>,
    account_enabled: Option<bool>,
    tags: Option<Vec<String>>,
}

/// `GET /servicePrincipals`
pub(super) fn list(call: &Call) -> Result<Answer, GraphError> {
    call.caller.require(READ_APPLICATIONS)?;
    let mut entries: Vec<&Arc<AppEntry>> =
        call.index().apps().filter(|entry| entry.app.service_principal.is_some()).collect();
    entries.sort_by_key(|entry| (entry.app.created_at, entry.app.app_id));
    call.list("servicePrincipals", entries.into_iter().map(|entry| shown(call, &entry.app)))
}

/// `GET /servicePrincipals/{id}`
pub(super) fn read(call: &Call, key: &Key) -> Result<Answer, GraphError> {
    call.caller.require(READ_APPLICATIONS)?;
    Ok(call.one(shown(call, &principal(call, key)?.app)))
}

/// `POST /servicePrincipals`
pub(super) fn create(call: &Call) -> Result<Answer, GraphError> {
    call.caller.require(WRITE_APPLICATIONS)?;
    let body: Create = call.body()?;
    let Some(entry) = call.index().app(body.app_id) else {
        return Err(GraphError::bad_request(format!(
            "The appId '{}' of the service principal names no application here.",
            body.app_id
        )));
    };
    if entry.app.service_principal.is_some() {
        return Err(GraphError::conflict(format!(
            "The service principal of the application '{}' exists already.",
            body.app_id
        )));
    }
    let app = call.site.core.registry.update_app(body.app_id, |app| {
        app.service_principal = Some(ServicePrincipal::new());
        let changes = Changes {
            app_role_assignment_required: body.app_role_assignment_required,
            account_enabled: body.account_enabled,
            tags: body.tags,
        };
        changes.apply(app);
    })?;
    Ok(Answer::Created(shown(call, &app)))
}

/// `PATCH /servicePrincipals/{id}`
pub(super) fn update(call: &Call, key: &Key) -> Result<Answer, GraphError> {
    call.caller.require(WRITE_APPLICATIONS)?;
    let app_id = principal(call, key)?.app.app_id;
    let changes: Changes = call.body()?;
    call.site.core.registry.update_app(app_id, |app| changes.apply(app))?;
    Ok(Answer::NoContent)
}

impl Changes {
    fn apply(self, app: &mut App) {
        if let Some(enabled) = self.account_enabled {
            app.enabled = enabled;
        }
        let Some(principal) = &mut app.service_principal else { return };
        if let Some(required) = self.app_role_assignment_required {
            principal.app_role_assignment_required = required;
        }
        if let Some(tags) = self.tags {
            principal.tags = tags;
        }
    }
}

/// `DELETE /servicePrincipals/{id}`
pub(super) fn delete(call: &Call, key: &Key) -> Result<Answer, GraphError> {
    call.caller.require(WRITE_APPLICATIONS)?;
    let app_id = principal(call, key)?.app.app_id;
    call.site.core.registry.update_app(app_id, |app| app.service_principal = None)?;
    Ok(Answer::NoContent)
}

/// The application whose service principal `key` names, the built-in ones included.
pub(super) fn principal<'a>(call: &'a Call, key: &Key) -> Result<&'a Arc<AppEntry>, GraphError> {
    find(call.index().apps(), key, |entry, key| match (key, entry.app.principal_id()) {
        (_, None) => false,
        (Key::Id(id), Some(principal_id)) => principal_id.to_string() == id.to_lowercase(),
        (Key::AppId(id), Some(_)) => entry.app.app_id.to_string() == id.to_lowercase(),
    })
}

fn shown(call: &Call, app: &App) -> Value {
    let mut names = vec![app.app_id.to_string()];
    names.extend(app.identifier_uris.iter().cloned());
    let uris = &app.redirect_uris;
    let reply_urls: Vec<&String> =
        uris.web.iter().chain(&uris.spa).chain(&uris.public_client).collect();
    json!({
        "id": app.principal_id(),
        "appId": app.app_id,
        "displayName": app.display_name,
        "appDisplayName": app.display_name,
        "accountEnabled": app.enabled,
        "appRoleAssignmentRequired":
            app.service_principal.as_ref().is_some_and(|p| p.app_role_assignment_required),
        "appOwnerOrganizationId": call.directory.document.tenant_id,
        "servicePrincipalType": "Application",
        "tags": app.service_principal.as_ref().map(|principal| &principal.tags),
        "servicePrincipalNames": names,
        "signInAudience": "AzureADMyOrg",
        "replyUrls": reply_urls,
        "logoutUrl": app.logout_url,
        "appRoles": shown_roles(app),
        "oauth2PermissionScopes": shown_scopes(app),
    })
}
