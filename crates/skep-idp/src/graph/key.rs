//! `addKey` and `removeKey`: an application rolls its own certificates, on proof that it has one.
//!
//! Source: microsoftgraph/microsoft-graph-docs: api-reference/v1.0/api/application-addkey.md,
//! application-removekey.md, concepts/application-rollkey-prooftoken.md

use serde::Deserialize;
use serde_json::Value;
use uuid::{Uuid, uuid};

use super::{
    Answer, Call, GraphError, Key,
    application::registered,
    caller::WRITE_APPLICATIONS,
    credential::{KeyCredential, shown_certificate},
};
use crate::{client::KeyProof, dates, registry::App};

/// What proofs are addressed to: the directory's retired API.
const AUDIENCE: Uuid = uuid!("00000002-0000-0000-c000-000000000000");

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Add {
    key_credential: KeyCredential,
    #[serde(default)]
    password_credential: Option<Value>,
    proof: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Remove {
    key_id: Uuid,
    proof: String,
}

/// `POST /applications/{id}/addKey`
pub(super) fn add(call: &Call, key: &Key) -> Result<Answer, GraphError> {
    let app = rolled(call, key)?;
    let body: Add = call.body()?;
    check(call, &app, &body.proof)?;
    if body.password_credential.is_some() {
        return Err(GraphError::bad_request(
            "The property 'passwordCredential' must be null: only certificates that verify can be added.",
        ));
    }
    let now = dates::now(&call.site.core.clock);
    let certificate = body.key_credential.certificate(&[], now)?;
    call.site.core.registry.change(app.app_id, |app| {
        if app.certificates.iter().any(|known| known.x5t_s256 == certificate.x5t_s256) {
            return Err(GraphError::conflict("The application has this key already."));
        }
        app.certificates.push(certificate.clone());
        app.check().map_err(GraphError::from)
    })?;
    Ok(Answer::Ok(shown_certificate(&certificate)))
}

/// `POST /applications/{id}/removeKey`
pub(super) fn remove(call: &Call, key: &Key) -> Result<Answer, GraphError> {
    let app = rolled(call, key)?;
    let body: Remove = call.body()?;
    check(call, &app, &body.proof)?;
    call.site.core.registry.remove_certificate(app.app_id, body.key_id)?;
    Ok(Answer::NoContent)
}

/// The application whose keys are rolled: the caller itself, or any for who may change them.
fn rolled(call: &Call, key: &Key) -> Result<App, GraphError> {
    let app = registered(call, key)?;
    let is_own = call.caller.user.is_none() && call.caller.client == Some(app.app_id);
    if !is_own {
        call.caller.require(WRITE_APPLICATIONS)?;
    }
    Ok(app)
}

/// Checks that `proof` is signed with a valid key of the application.
fn check(call: &Call, app: &App, proof: &str) -> Result<(), GraphError> {
    let refused =
        |why: String| GraphError::bad_request(format!("The proof is not accepted: {why}"));
    let entry = call.index().app(app.app_id);
    let entry = entry.ok_or_else(|| GraphError::not_found(&app.object_id.to_string()))?;
    let of_key = |refusal: crate::refusal::Refusal| refused(refusal.text);
    let proof = KeyProof::parse(&call.site, proof).map_err(of_key)?;
    let issuer = proof.claims().text("iss").unwrap_or_default();
    if issuer != app.object_id.to_string() {
        return Err(refused(format!(
            "its 'iss' must be the application's object id {}.",
            app.object_id
        )));
    }
    let audiences = proof.claims().texts("aud").unwrap_or_default();
    if audiences != [AUDIENCE.to_string()] {
        return Err(refused(format!("its 'aud' must be {AUDIENCE}.")));
    }
    proof.check(&call.site, entry).map_err(of_key)
}
