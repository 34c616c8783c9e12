//! Secrets and certificates of a registration.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::{Value, json};
use skep_auth::{Secret, jose::Certificate};
use uuid::Uuid;

use crate::{
    Directory, Error,
    directory::placeholder,
    model::{APPLICATION_PROPERTIES, Application, Credential, parsed},
};

/// How a component proves who it is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum CredentialKind {
    /// With a client secret.
    #[default]
    Secret,
    /// With a certificate.
    Certificate,
}

/// Uploads a certificate to the registration with this client id, beside those it has.
///
/// Returns the certificate's id there, and whether it was uploaded now.
///
/// # Errors
/// [`Error::Graph`] and what else keeps a call from being answered.
pub async fn upload_certificate(
    directory: &Directory,
    app_id: &str,
    certificate: &Certificate,
    name: &str,
    now: Timestamp,
) -> Result<(String, bool), Error> {
    let path = format!("/applications(appId='{app_id}')?$select={APPLICATION_PROPERTIES}");
    let app = match directory.find(&path, "find the registration").await? {
        Some(found) => parsed(&path, found)?,
        None if directory.is_dry_run() => {
            let id = "<object id>".to_owned();
            Application { id, app_id: app_id.to_owned(), ..Application::default() }
        }
        None => {
            return Err(Error::Input(format!(
                "there is no registration with client id {app_id} in this tenant; check --app and \
                 --tenant"
            )));
        }
    };
    if let Some(known) = find(&app, certificate) {
        return Ok((known.key_id, false));
    }
    let key_id = upload(directory, &app, Some(certificate), name, now).await?;
    Ok((key_id, true))
}

/// Adds a certificate; `None` stands for one that a dry run does not make.
pub(crate) async fn upload(
    directory: &Directory,
    app: &Application,
    certificate: Option<&Certificate>,
    name: &str,
    now: Timestamp,
) -> Result<String, Error> {
    let key_id =
        if directory.is_dry_run() { "<new key id>".to_owned() } else { Uuid::new_v4().to_string() };
    let mut entry = json!({
        "keyId": key_id,
        "type": "AsymmetricX509Cert",
        "usage": "Verify",
        "displayName": name,
    });
    match certificate {
        Some(certificate) => {
            // Inside the certificate's own time, or Graph refuses.
            entry["startDateTime"] = json!(time(certificate.not_before_s())?.to_string());
            entry["endDateTime"] = json!(time(certificate.not_after_s())?.to_string());
            entry["key"] = json!(STANDARD.encode(certificate.der()));
        }
        None => {
            entry["startDateTime"] = json!("<begin of the certificate>");
            entry["endDateTime"] = json!("<end of the certificate>");
            entry["key"] = json!("<new certificate, base64 of its DER form>");
        }
    }
    let mut keys = kept_keys(app, now);
    keys.push(entry);
    let body = json!({ "keyCredentials": keys });
    patch(directory, &app.id, body, "upload the certificate, keeping those that are there").await?;
    Ok(key_id)
}

/// The certificates as they must be sent back: the list replaces what is there. Those that have
/// ended are left out, because Graph refuses a list with one of them in it.
fn kept_keys(app: &Application, now: Timestamp) -> Vec<Value> {
    let has_ended = |key: &Credential| key.end_date_time.is_some_and(|end| end <= now);
    let keys = app.keys();
    app.key_credentials
        .iter()
        .zip(&keys)
        .filter(|(_, key)| !has_ended(key))
        .map(|(value, _)| value.clone())
        .collect()
}

/// Removes the certificate `key_id` unless it is gone.
pub(crate) async fn remove_certificate(
    directory: &Directory,
    app: &Application,
    key_id: &str,
    now: Timestamp,
) -> Result<(), Error> {
    if !app.keys().iter().any(|key| key.key_id == key_id) {
        return Ok(());
    }
    let keys: Vec<Value> =
        kept_keys(app, now).into_iter().filter(|key| key["keyId"] != key_id).collect();
    patch(directory, &app.id, json!({ "keyCredentials": keys }), "remove the old certificate").await
}

/// Makes a secret; its value is told this once.
pub(crate) async fn add_secret(
    directory: &Directory,
    object_id: &str,
    name: &str,
    days: u32,
    now: Timestamp,
) -> Result<(String, Secret), Error> {
    let end = now
        .checked_add(SignedDuration::from_hours(24 * i64::from(days)))
        .map_err(|_| Error::Input(format!("{days} days are too many for a secret")))?;
    let end = if directory.is_dry_run() {
        json!(format!("<now + {days} days>"))
    } else {
        // Whole seconds: Graph has no use for more.
        json!(time(end.as_second())?.to_string())
    };
    let body = json!({ "passwordCredential": { "displayName": name, "endDateTime": end } });
    let path = format!("/applications/{object_id}/addPassword");
    let simulated = json!({ "keyId": placeholder("new key id"), "secretText": "" });
    let answer = directory
        .change(Method::POST, &path, Some(body), "make a client secret", simulated)
        .await?;
    let text = |name: &str| {
        answer[name]
            .as_str()
            .map(str::to_owned)
            .ok_or_else(|| Error::Answer { url: path.clone(), reason: format!("has no {name}") })
    };
    Ok((text("keyId")?, Secret::new(text("secretText")?)))
}

/// Removes the secret `key_id` unless it is gone.
pub(crate) async fn remove_secret(
    directory: &Directory,
    app: &Application,
    key_id: &str,
) -> Result<(), Error> {
    if !app.password_credentials.iter().any(|secret| secret.key_id == key_id) {
        return Ok(());
    }
    let path = format!("/applications/{}/removePassword", app.id);
    let body = json!({ "keyId": key_id });
    directory
        .change(Method::POST, &path, Some(body), "remove the old secret", Value::Null)
        .await
        .map(|_| ())
}

/// The credential of the registration that is this certificate.
pub(crate) fn find(app: &Application, certificate: &Certificate) -> Option<Credential> {
    let sha1 = certificate.sha1();
    let hex = thumbprint(certificate);
    // The identifier is documented as bytes; it is seen as hexadecimal, and as base64 of either.
    let forms = [STANDARD.encode(sha1), STANDARD.encode(&hex), hex.clone()];
    app.keys().into_iter().find(|key| {
        let found = key.custom_key_identifier.as_deref().unwrap_or_default();
        forms.iter().any(|form| form == found) || found.eq_ignore_ascii_case(&hex)
    })
}

/// SHA-1 of a certificate as the portal shows it.
pub(crate) fn thumbprint(certificate: &Certificate) -> String {
    certificate.sha1().iter().map(|byte| format!("{byte:02X}")).collect()
}

fn time(seconds: i64) -> Result<Timestamp, Error> {
    Timestamp::from_second(seconds)
        .map_err(|error| Error::Input(format!("a date is out of range: {error}")))
}

/// Changes a registration.
pub(crate) async fn patch(
    directory: &Directory,
    object_id: &str,
    body: Value,
    purpose: &str,
) -> Result<(), Error> {
    let path = format!("/applications/{object_id}");
    directory.change(Method::PATCH, &path, Some(body), purpose, Value::Null).await.map(|_| ())
}
