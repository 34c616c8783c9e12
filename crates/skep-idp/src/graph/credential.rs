//! Secrets and certificates of applications.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use skep_auth::jose::decode_base64url;
use uuid::Uuid;

use super::{Answer, Call, GraphError, Key, application::registered, caller::WRITE_APPLICATIONS};
use crate::registry::{App, CertificateInfo, NewSecret};

/// An entry of `keyCredentials`: a known one, by its key id, or a new one with its certificate.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct KeyCredential {
    key_id: Option<Uuid>,
    #[serde(rename = "type")]
    kind: Option<String>,
    usage: Option<String>,
    /// Base64 of the DER form.
    key: Option<String>,
    display_name: Option<String>,
    start_date_time: Option<Timestamp>,
    end_date_time: Option<Timestamp>,
    #[serde(rename = "customKeyIdentifier")]
    _custom_key_identifier: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AddPassword {
    #[serde(default)]
    password_credential: Option<PasswordCredential>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PasswordCredential {
    display_name: Option<String>,
    /// Secrets work from the moment they are made.
    #[serde(rename = "startDateTime")]
    _start_date_time: Option<Timestamp>,
    end_date_time: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RemovePassword {
    key_id: Uuid,
}

/// `POST /applications/{id}/removePassword`
pub(super) fn remove_password(call: &Call, key: &Key) -> Result<Answer, GraphError> {
    call.caller.require(WRITE_APPLICATIONS)?;
    let app_id = registered(call, key)?.app_id;
    let body: RemovePassword = call.body()?;
    call.site.core.registry.remove_secret(app_id, body.key_id)?;
    Ok(Answer::NoContent)
}

/// `POST /applications/{id}/addPassword`: the one answer with the secret's text.
pub(super) fn add_password(call: &Call, key: &Key) -> Result<Answer, GraphError> {
    call.caller.require(WRITE_APPLICATIONS)?;
    let app = registered(call, key)?;
    let body: AddPassword = call.body()?;
    let wanted = body.password_credential.unwrap_or_default();
    let new = NewSecret {
        display_name: wanted.display_name.unwrap_or_default(),
        expires_at: wanted.end_date_time,
    };
    let (info, value) = call.site.core.registry.add_secret(app.app_id, new)?;
    Ok(Answer::Ok(json!({
        "keyId": info.key_id,
        "displayName": info.display_name,
        "hint": info.hint,
        "secretText": value.expose(),
        "startDateTime": info.created_at.to_string(),
        "endDateTime": info.expires_at.to_string(),
        "customKeyIdentifier": null,
    })))
}

/// The certificates that an application is to have: the list replaces what is there.
pub(super) fn parse(
    known: &[CertificateInfo],
    credentials: &[KeyCredential],
    now: Timestamp,
) -> Result<Vec<CertificateInfo>, GraphError> {
    credentials.iter().map(|credential| credential.certificate(known, now)).collect()
}

impl KeyCredential {
    /// What the entry stands for: one of `known`, or a new certificate. One that has ended is
    /// refused, even when it is known: the whole list is written anew.
    pub(super) fn certificate(
        &self,
        known: &[CertificateInfo],
        now: Timestamp,
    ) -> Result<CertificateInfo, GraphError> {
        let certificate = self.resolve(known)?;
        if certificate.not_after <= now {
            return Err(GraphError::new(
                axum::http::StatusCode::BAD_REQUEST,
                "KeyCredentialsInvalidEndDate",
                format!(
                    "The key credential {} ended at {}: leave it out of the list, or renew it.",
                    certificate.key_id, certificate.not_after
                ),
            ));
        }
        Ok(certificate)
    }

    fn resolve(&self, known: &[CertificateInfo]) -> Result<CertificateInfo, GraphError> {
        let by_id = known.iter().find(|certificate| Some(certificate.key_id) == self.key_id);
        if let (Some(certificate), None) = (by_id, &self.key) {
            return Ok(certificate.clone());
        }
        for (found, expected, name) in
            [(&self.kind, "AsymmetricX509Cert", "type"), (&self.usage, "Verify", "usage")]
        {
            if found.as_deref().is_some_and(|found| found != expected) {
                return Err(GraphError::bad_request(format!(
                    "The property '{name}' of a key credential must be '{expected}'."
                )));
            }
        }
        let Some(key) = &self.key else {
            return Err(GraphError::bad_request(
                "A new key credential must hold its certificate in the property 'key'.",
            ));
        };
        let bytes = STANDARD
            .decode(key)
            .map_err(|_| GraphError::bad_request("The property 'key' is not base64."))?;
        let mut certificate = CertificateInfo::parse(&bytes)?;
        self.narrow(&mut certificate)?;
        if let Some(name) = &self.display_name {
            certificate.display_name.clone_from(name);
        }
        if let Some(key_id) = self.key_id {
            certificate.key_id = key_id;
        }
        Ok(certificate)
    }

    /// A credential may be valid for a part of its certificate's time, never beyond.
    fn narrow(&self, certificate: &mut CertificateInfo) -> Result<(), GraphError> {
        let within = certificate.not_before..=certificate.not_after;
        let outside = |code, name: &str| {
            GraphError::new(
                axum::http::StatusCode::BAD_REQUEST,
                code,
                format!("The property '{name}' lies outside the certificate's validity."),
            )
        };
        if let Some(start) = self.start_date_time {
            if !within.contains(&start) {
                return Err(outside("KeyCredentialsInvalidStartDate", "startDateTime"));
            }
            certificate.not_before = start;
        }
        if let Some(end) = self.end_date_time {
            if !within.contains(&end) {
                return Err(outside("KeyCredentialsInvalidEndDate", "endDateTime"));
            }
            certificate.not_after = end;
        }
        Ok(())
    }
}

pub(super) fn shown_secrets(app: &App) -> Value {
    let secrets = app.secrets.iter().map(|secret| {
        json!({
            "keyId": secret.key_id,
            "displayName": secret.display_name,
            "hint": secret.hint,
            "secretText": null,
            "startDateTime": secret.created_at.to_string(),
            "endDateTime": secret.expires_at.to_string(),
            "customKeyIdentifier": null,
        })
    });
    secrets.collect()
}

pub(super) fn shown_certificates(app: &App) -> Value {
    app.certificates.iter().map(shown_certificate).collect()
}

pub(super) fn shown_certificate(certificate: &CertificateInfo) -> Value {
    let thumbprint = decode_base64url(&certificate.x5t).unwrap_or_default();
    let hex: String = thumbprint.iter().map(|byte| format!("{byte:02X}")).collect();
    json!({
        "keyId": certificate.key_id,
        "displayName": certificate.display_name,
        "type": "AsymmetricX509Cert",
        "usage": "Verify",
        "key": null,
        "customKeyIdentifier": hex,
        "startDateTime": certificate.not_before.to_string(),
        "endDateTime": certificate.not_after.to_string(),
    })
}
