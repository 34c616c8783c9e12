//! `/applications/{id}/federatedIdentityCredentials`: tokens of other issuers that an application
//! may sign in with.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Answer, Call, GraphError, Key,
    application::registered,
    caller::{READ_APPLICATIONS, WRITE_APPLICATIONS},
    find,
};
use crate::registry::{App, FederatedCredential};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Create {
    name: String,
    issuer: String,
    subject: String,
    audiences: Vec<String>,
    description: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Changes {
    /// May be sent, must be the same.
    name: Option<String>,
    issuer: Option<String>,
    subject: Option<String>,
    audiences: Option<Vec<String>>,
    description: Option<String>,
}

/// `GET …/federatedIdentityCredentials`
pub(super) fn list(call: &Call, app: &Key) -> Result<Answer, GraphError> {
    call.caller.require(READ_APPLICATIONS)?;
    let app = registered(call, app)?;
    let context = format!("applications('{}')/federatedIdentityCredentials", app.object_id);
    call.list(&context, app.federated_credentials.iter().map(shown))
}

/// `GET …/federatedIdentityCredentials/{id or name}`
pub(super) fn read(call: &Call, app: &Key, key: &Key) -> Result<Answer, GraphError> {
    call.caller.require(READ_APPLICATIONS)?;
    Ok(call.one(shown(&credential(&registered(call, app)?, key)?)))
}

/// `POST …/federatedIdentityCredentials`
pub(super) fn create(call: &Call, app: &Key) -> Result<Answer, GraphError> {
    call.caller.require(WRITE_APPLICATIONS)?;
    let app = registered(call, app)?;
    let body: Create = call.body()?;
    if app.federated_credentials.iter().any(|known| known.name == body.name) {
        return Err(GraphError::conflict(format!(
            "The federated identity credential '{}' exists already.",
            body.name
        )));
    }
    let new = FederatedCredential {
        audiences: body.audiences,
        description: body.description,
        ..FederatedCredential::new(body.name, body.issuer, body.subject)
    };
    let credential = call.site.core.registry.add_federated_credential(app.app_id, new)?;
    Ok(Answer::Created(shown(&credential)))
}

/// `PATCH …/federatedIdentityCredentials/{id or name}`
pub(super) fn update(call: &Call, app: &Key, key: &Key) -> Result<Answer, GraphError> {
    call.caller.require(WRITE_APPLICATIONS)?;
    let app = registered(call, app)?;
    let known = credential(&app, key)?;
    let changes: Changes = call.body()?;
    if changes.name.is_some_and(|name| name != known.name) {
        return Err(GraphError::bad_request(
            "The property 'name' of a federated identity credential cannot be changed.",
        ));
    }
    let changed = FederatedCredential {
        issuer: changes.issuer.unwrap_or(known.issuer),
        subject: changes.subject.unwrap_or(known.subject),
        audiences: changes.audiences.unwrap_or(known.audiences),
        description: changes.description.or(known.description),
        ..known
    };
    call.site.core.registry.change(app.app_id, |app| {
        let entry = app.federated_credentials.iter_mut().find(|entry| entry.id == changed.id);
        let entry = entry.ok_or_else(|| GraphError::not_found(key.as_part()))?;
        *entry = changed;
        app.check().map_err(GraphError::from)
    })?;
    Ok(Answer::NoContent)
}

/// `DELETE …/federatedIdentityCredentials/{id or name}`
pub(super) fn delete(call: &Call, app: &Key, key: &Key) -> Result<Answer, GraphError> {
    call.caller.require(WRITE_APPLICATIONS)?;
    let app = registered(call, app)?;
    let id = credential(&app, key)?.id;
    call.site.core.registry.remove_federated_credential(app.app_id, id)?;
    Ok(Answer::NoContent)
}

fn credential(app: &App, key: &Key) -> Result<FederatedCredential, GraphError> {
    let matches = |known: &&FederatedCredential, key: &Key| {
        known.id.to_string() == key.as_part().to_lowercase() || known.name == key.as_part()
    };
    find(&app.federated_credentials, key, matches).cloned()
}

fn shown(credential: &FederatedCredential) -> Value {
    json!({
        "id": credential.id,
        "name": credential.name,
        "issuer": credential.issuer,
        "subject": credential.subject,
        "audiences": credential.audiences,
        "description": credential.description,
    })
}
