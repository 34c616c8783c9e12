//! `/oauth2PermissionGrants`: consent to delegated permissions.

use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    Answer, Call, GraphError, Key,
    caller::{CONSENT, READ_APPLICATIONS},
    find,
    service_principal::principal,
};
use crate::registry::{App, ConsentGrant};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Create {
    client_id: Uuid,
    consent_type: String,
    #[serde(default)]
    principal_id: Option<Uuid>,
    resource_id: Uuid,
    scope: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Changes {
    scope: String,
}

/// `GET /oauth2PermissionGrants`
pub(super) fn list(call: &Call) -> Result<Answer, GraphError> {
    call.caller.require(&[READ_APPLICATIONS, CONSENT].concat())?;
    let grants = call.directory.document.consents().iter();
    call.list("oauth2PermissionGrants", grants.map(|grant| shown(call, grant)))
}

/// `GET /servicePrincipals/{id}/oauth2PermissionGrants`: what the client may do for users.
pub(super) fn list_of_client(call: &Call, key: &Key) -> Result<Answer, GraphError> {
    call.caller.require(&[READ_APPLICATIONS, CONSENT].concat())?;
    let client = principal(call, key)?.app.app_id;
    let grants = call.directory.document.consents().iter();
    let grants = grants.filter(|grant| grant.client_app_id == client);
    call.list("oauth2PermissionGrants", grants.map(|grant| shown(call, grant)))
}

/// `GET /oauth2PermissionGrants/{id}`
pub(super) fn read(call: &Call, key: &Key) -> Result<Answer, GraphError> {
    call.caller.require(&[READ_APPLICATIONS, CONSENT].concat())?;
    Ok(call.one(shown(call, granted(call, key)?)))
}

/// `POST /oauth2PermissionGrants`
pub(super) fn create(call: &Call) -> Result<Answer, GraphError> {
    call.caller.require(CONSENT)?;
    let body: Create = call.body()?;
    let user = match (body.consent_type.as_str(), body.principal_id) {
        ("AllPrincipals", None) => None,
        ("Principal", Some(user)) if call.index().user(user).is_some() => Some(user),
        _ => {
            return Err(GraphError::bad_request(
                "The 'consentType' must be 'AllPrincipals' without a 'principalId', or 'Principal' with that of a user.",
            ));
        }
    };
    let client = principal(call, &Key::Id(body.client_id.to_string()))?.app.app_id;
    let resource = &principal(call, &Key::Id(body.resource_id.to_string()))?.app;
    let scopes = exposed(resource, &body.scope)?;
    let exists = call.directory.document.consents().iter().any(|grant| {
        grant.client_app_id == client
            && grant.resource_app_id == resource.app_id
            && grant.user_id == user
    });
    if exists {
        return Err(GraphError::conflict("Permission entry already exists."));
    }
    let registry = &call.site.core.registry;
    let grant = registry.grant_consent(client, resource.app_id, user, &scopes)?;
    Ok(Answer::Created(shown(call, &grant)))
}

/// `PATCH /oauth2PermissionGrants/{id}`
pub(super) fn update(call: &Call, key: &Key) -> Result<Answer, GraphError> {
    call.caller.require(CONSENT)?;
    let grant = granted(call, key)?;
    let body: Changes = call.body()?;
    let resource = call.index().app(grant.resource_app_id);
    let resource = resource.ok_or_else(|| GraphError::not_found(key.as_part()))?;
    let scopes = exposed(&resource.app, &body.scope)?;
    call.site.core.registry.set_consent(grant.id, Some(scopes))?;
    Ok(Answer::NoContent)
}

/// `DELETE /oauth2PermissionGrants/{id}`
pub(super) fn delete(call: &Call, key: &Key) -> Result<Answer, GraphError> {
    call.caller.require(CONSENT)?;
    let id = granted(call, key)?.id;
    call.site.core.registry.set_consent(id, None)?;
    Ok(Answer::NoContent)
}

fn granted<'a>(call: &'a Call, key: &Key) -> Result<&'a ConsentGrant, GraphError> {
    find(call.directory.document.consents(), key, |grant, key| {
        grant.id.to_string() == key.as_part()
    })
}

/// The scopes of `text`, each of which `resource` must expose.
fn exposed(resource: &App, text: &str) -> Result<Vec<String>, GraphError> {
    let scopes: Vec<String> = text.split_ascii_whitespace().map(str::to_owned).collect();
    for scope in &scopes {
        if !resource.permission_scopes.iter().any(|known| known.enabled && known.value == *scope) {
            return Err(GraphError::bad_request(format!(
                "The resource '{}' exposes no scope '{scope}'.",
                resource.display_name
            )));
        }
    }
    Ok(scopes)
}

fn shown(call: &Call, grant: &ConsentGrant) -> Value {
    let principal = |app| call.index().app(app).and_then(|entry| entry.app.principal_id());
    json!({
        "id": grant.id,
        "clientId": principal(grant.client_app_id),
        "consentType": if grant.user_id.is_some() { "Principal" } else { "AllPrincipals" },
        "principalId": grant.user_id,
        "resourceId": principal(grant.resource_app_id),
        "scope": grant.scopes.join(" "),
    })
}
