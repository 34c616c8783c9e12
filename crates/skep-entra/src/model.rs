//! What Graph says about registrations, as far as it matters here.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::Error;

/// Microsoft Graph's own client id, in every tenant of every cloud.
pub(crate) const GRAPH_APP_ID: &str = "00000003-0000-0000-c000-000000000000";

/// The properties that are read of a registration.
pub(crate) const APPLICATION_PROPERTIES: &str = "id,appId,displayName,tags,signInAudience,\
identifierUris,api,appRoles,web,spa,requiredResourceAccess,passwordCredentials,keyCredentials";

/// A registration.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Application {
    pub(crate) id: String,
    pub(crate) app_id: String,
    pub(crate) display_name: String,
    pub(crate) tags: Vec<String>,
    pub(crate) identifier_uris: Vec<String>,
    pub(crate) api: Api,
    pub(crate) app_roles: Vec<Value>,
    pub(crate) web: Redirects,
    pub(crate) spa: Redirects,
    pub(crate) required_resource_access: Vec<Value>,
    pub(crate) password_credentials: Vec<Credential>,
    /// As Graph gave them: a change must send each of them back.
    pub(crate) key_credentials: Vec<Value>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Api {
    pub(crate) requested_access_token_version: Option<i64>,
    pub(crate) oauth2_permission_scopes: Vec<Value>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Redirects {
    pub(crate) redirect_uris: Vec<String>,
}

/// A secret or a certificate of a registration, without its value.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Credential {
    pub(crate) key_id: String,
    pub(crate) display_name: Option<String>,
    pub(crate) custom_key_identifier: Option<String>,
    pub(crate) end_date_time: Option<Timestamp>,
    pub(crate) hint: Option<String>,
}

/// A registration as a principal of the tenant.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ServicePrincipal {
    pub(crate) id: String,
    pub(crate) account_enabled: Option<bool>,
}

/// Consent of an administrator for all users, or of one user.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Grant {
    pub(crate) id: String,
    pub(crate) consent_type: String,
    pub(crate) resource_id: String,
    pub(crate) scope: String,
}

/// A role of one principal at another.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct RoleAssignment {
    pub(crate) principal_id: String,
    pub(crate) app_role_id: String,
}

impl Application {
    /// The certificates.
    pub(crate) fn keys(&self) -> Vec<Credential> {
        let parsed = self.key_credentials.iter().cloned().map(serde_json::from_value);
        // An entry that cannot be read is still sent back as it is.
        parsed.map(Result::unwrap_or_default).collect()
    }
}

/// Reads an entity of Graph's.
pub(crate) fn parsed<T: for<'de> Deserialize<'de>>(what: &str, value: Value) -> Result<T, Error> {
    serde_json::from_value(value).map_err(|error| Error::Answer {
        url: what.to_owned(),
        reason: format!("cannot be read: {error}"),
    })
}
