//! `/applications`: registrations.

use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    Answer, Call, GraphError, Key,
    caller::{READ_APPLICATIONS, WRITE_APPLICATIONS},
    credential::{self, KeyCredential},
    find,
};
use crate::{
    dates,
    registry::{App, AppRole, GroupClaims, MemberType, NewApp, PermissionScope, RequiredAccess},
};

/// What a create or update may hold. Anything else is refused by name.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Changes {
    display_name: Option<String>,
    #[serde(default, deserialize_with = "nullable")]
    description: Option<Option<String>>,
    #[serde(default, deserialize_with = "nullable")]
    notes: Option<Option<String>>,
    tags: Option<Vec<String>>,
    sign_in_audience: Option<String>,
    identifier_uris: Option<Vec<String>>,
    #[serde(default, deserialize_with = "nullable")]
    is_fallback_public_client: Option<Option<bool>>,
    #[serde(default, deserialize_with = "nullable")]
    group_membership_claims: Option<Option<String>>,
    api: Option<ApiChanges>,
    app_roles: Option<Vec<RoleBody>>,
    web: Option<WebChanges>,
    spa: Option<UriChanges>,
    public_client: Option<UriChanges>,
    required_resource_access: Option<Vec<RequiredAccess>>,
    key_credentials: Option<Vec<KeyCredential>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ApiChanges {
    #[serde(default, deserialize_with = "nullable")]
    requested_access_token_version: Option<Option<u8>>,
    oauth2_permission_scopes: Option<Vec<ScopeBody>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WebChanges {
    redirect_uris: Option<Vec<String>>,
    #[serde(default, deserialize_with = "nullable")]
    logout_url: Option<Option<String>>,
    #[serde(default, deserialize_with = "nullable")]
    home_page_url: Option<Option<String>>,
    implicit_grant_settings: Option<ImplicitChanges>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ImplicitChanges {
    enable_id_token_issuance: Option<bool>,
    enable_access_token_issuance: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct UriChanges {
    redirect_uris: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RoleBody {
    id: Uuid,
    value: String,
    display_name: String,
    #[serde(default)]
    description: String,
    allowed_member_types: Vec<MemberType>,
    #[serde(default = "enabled")]
    is_enabled: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ScopeBody {
    id: Uuid,
    value: String,
    #[serde(default)]
    admin_consent_display_name: Option<String>,
    #[serde(default)]
    user_consent_display_name: Option<String>,
    #[serde(default, rename = "type")]
    kind: Option<String>,
    #[serde(default = "enabled")]
    is_enabled: bool,
}

fn enabled() -> bool {
    true
}

/// Tells `null`, which clears a property, from a property that is not there.
fn nullable<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// `GET /applications`
pub(super) fn list(call: &Call) -> Result<Answer, GraphError> {
    call.caller.require(READ_APPLICATIONS)?;
    let apps = call.site.core.registry.list();
    call.list("applications", apps.iter().map(|app| shown(call, app)))
}

/// `GET /applications/{id}`
pub(super) fn read(call: &Call, key: &Key) -> Result<Answer, GraphError> {
    call.caller.require(READ_APPLICATIONS)?;
    Ok(call.one(shown(call, &registered(call, key)?)))
}

/// `POST /applications`. The service principal is another request's business.
pub(super) fn create(call: &Call) -> Result<Answer, GraphError> {
    call.caller.require(WRITE_APPLICATIONS)?;
    let changes: Changes = call.body()?;
    let name = changes
        .display_name
        .clone()
        .ok_or_else(|| GraphError::bad_request("The property 'displayName' is missing."))?;
    let new = NewApp {
        identifier_uris: Some(Vec::new()),
        requested_access_token_version: None,
        permission_scopes: Some(Vec::new()),
        with_service_principal: false,
        ..NewApp::named(name)
    };
    let registry = &call.site.core.registry;
    let app = registry.add_adjusted_app(new, |app| apply(call, app, changes))?;
    Ok(Answer::Created(shown(call, &app)))
}

/// `PATCH /applications/{id}`
pub(super) fn update(call: &Call, key: &Key) -> Result<Answer, GraphError> {
    call.caller.require(WRITE_APPLICATIONS)?;
    let app_id = registered(call, key)?.app_id;
    let changes: Changes = call.body()?;
    call.site.core.registry.change(app_id, |app| apply(call, app, changes))?;
    Ok(Answer::NoContent)
}

/// `DELETE /applications/{id}`
pub(super) fn delete(call: &Call, key: &Key) -> Result<Answer, GraphError> {
    call.caller.require(WRITE_APPLICATIONS)?;
    call.site.core.registry.remove_app(registered(call, key)?.app_id)?;
    Ok(Answer::NoContent)
}

/// The application of the tenant that `key` names; the built-in ones have no registration here.
pub(super) fn registered(call: &Call, key: &Key) -> Result<App, GraphError> {
    find(call.site.core.registry.list(), key, |app, key| match key {
        Key::Id(id) => app.object_id.to_string() == id.to_lowercase(),
        Key::AppId(id) => app.app_id.to_string() == id.to_lowercase(),
    })
}

fn apply(call: &Call, app: &mut App, changes: Changes) -> Result<(), GraphError> {
    if changes.sign_in_audience.as_ref().is_some_and(|audience| audience != "AzureADMyOrg") {
        return Err(GraphError::bad_request(
            "The property 'signInAudience' must be 'AzureADMyOrg': this provider has one tenant.",
        ));
    }
    if let Some(name) = changes.display_name {
        app.display_name = name;
    }
    if let Some(description) = changes.description {
        app.description = description;
    }
    if let Some(notes) = changes.notes {
        app.notes = notes;
    }
    if let Some(tags) = changes.tags {
        app.tags = tags;
    }
    if let Some(uris) = changes.identifier_uris {
        uris.iter().try_for_each(|uri| check_identifier_uri(call, app, uri))?;
        app.identifier_uris = uris;
    }
    if let Some(is_public) = changes.is_fallback_public_client {
        app.is_fallback_public_client = is_public.unwrap_or(false);
    }
    if let Some(claims) = changes.group_membership_claims {
        app.group_membership_claims = group_claims(claims.as_deref())?;
    }
    if let Some(api) = changes.api {
        if let Some(version) = api.requested_access_token_version {
            app.requested_access_token_version = version;
        }
        if let Some(scopes) = api.oauth2_permission_scopes {
            let scopes: Vec<PermissionScope> = scopes.into_iter().map(Into::into).collect();
            let kept: Vec<Uuid> = scopes.iter().map(|scope| scope.id).collect();
            let enabled = app.permission_scopes.iter().filter(|s| s.enabled).map(|s| s.id);
            check_removed(enabled, &kept)?;
            app.permission_scopes = scopes;
        }
    }
    if let Some(roles) = changes.app_roles {
        let roles: Vec<AppRole> = roles.into_iter().map(Into::into).collect();
        let kept: Vec<Uuid> = roles.iter().map(|role| role.id).collect();
        check_removed(app.app_roles.iter().filter(|r| r.enabled).map(|r| r.id), &kept)?;
        app.app_roles = roles;
    }
    if let Some(web) = changes.web {
        apply_web(app, web)?;
    }
    if let Some(spa) = changes.spa {
        app.redirect_uris.spa = spa.redirect_uris;
    }
    if let Some(public) = changes.public_client {
        app.redirect_uris.public_client = public.redirect_uris;
    }
    if let Some(required) = changes.required_resource_access {
        app.required_resource_access = required;
    }
    if let Some(keys) = changes.key_credentials {
        let now = dates::now(&call.site.core.clock);
        app.certificates = credential::parse(&app.certificates, &keys, now)?;
    }
    Ok(app.check()?)
}

fn apply_web(app: &mut App, web: WebChanges) -> Result<(), GraphError> {
    if let Some(uris) = web.redirect_uris {
        app.redirect_uris.web = uris;
    }
    if let Some(url) = web.logout_url {
        app.logout_url = url;
    }
    if let Some(url) = web.home_page_url {
        app.home_page_url = url;
    }
    if let Some(implicit) = web.implicit_grant_settings {
        if implicit.enable_access_token_issuance == Some(true) {
            return Err(GraphError::bad_request(
                "The property 'enableAccessTokenIssuance' must be false: use the code flow.",
            ));
        }
        if let Some(enable) = implicit.enable_id_token_issuance {
            app.enable_id_token_issuance = enable;
        }
    }
    Ok(())
}

/// Names outside the tenant's own could claim somebody else's API.
fn check_identifier_uri(call: &Call, app: &App, uri: &str) -> Result<(), GraphError> {
    let own = [
        app.app_id.to_string(),
        call.directory.document.tenant_id.to_string(),
        call.site.core.config.tenant_domain.clone(),
    ];
    let host = uri
        .strip_prefix("api://")
        .or_else(|| uri.strip_prefix("https://"))
        .map(|rest| rest.split('/').next().unwrap_or_default().to_lowercase());
    let is_own = host.is_some_and(|host| {
        own.iter().any(|own| host == *own || host.ends_with(&format!(".{own}")))
    });
    if is_own {
        return Ok(());
    }
    Err(GraphError::new(
        axum::http::StatusCode::BAD_REQUEST,
        "HostNameNotOnVerifiedDomain",
        format!(
            "The identifier URI '{uri}' must be api://{} or start with a verified domain of the tenant.",
            app.app_id
        ),
    ))
}

/// What is in use must be disabled before it can go.
fn check_removed(enabled: impl Iterator<Item = Uuid>, kept: &[Uuid]) -> Result<(), GraphError> {
    let mut removed = enabled.filter(|id| !kept.contains(id));
    match removed.next() {
        None => Ok(()),
        Some(id) => Err(GraphError::new(
            axum::http::StatusCode::BAD_REQUEST,
            "CannotDeleteOrUpdateEnabledEntitlement",
            format!("The permission '{id}' is enabled. Disable it before removing it."),
        )),
    }
}

fn group_claims(value: Option<&str>) -> Result<GroupClaims, GraphError> {
    match value {
        None | Some("None") => Ok(GroupClaims::None),
        Some("SecurityGroup") => Ok(GroupClaims::SecurityGroup),
        Some("DirectoryRole") => Ok(GroupClaims::DirectoryRole),
        Some("ApplicationGroup") => Ok(GroupClaims::ApplicationGroup),
        Some("All") => Ok(GroupClaims::All),
        Some(other) => Err(GraphError::bad_request(format!(
            "The value '{other}' of 'groupMembershipClaims' is not one of None, SecurityGroup, DirectoryRole, ApplicationGroup, All."
        ))),
    }
}

impl From<RoleBody> for AppRole {
    fn from(body: RoleBody) -> Self {
        Self {
            id: body.id,
            value: body.value,
            display_name: body.display_name,
            description: body.description,
            allowed_member_types: body.allowed_member_types,
            enabled: body.is_enabled,
        }
    }
}

impl From<ScopeBody> for PermissionScope {
    fn from(body: ScopeBody) -> Self {
        let name = body.user_consent_display_name.or(body.admin_consent_display_name);
        Self {
            id: body.id,
            display_name: name.unwrap_or_else(|| body.value.clone()),
            value: body.value,
            admin_only: body.kind.as_deref() == Some("Admin"),
            enabled: body.is_enabled,
        }
    }
}

pub(super) fn shown_roles(app: &App) -> Value {
    let roles = app.app_roles.iter().map(|role| {
        json!({
            "id": role.id,
            "value": role.value,
            "displayName": role.display_name,
            "description": role.description,
            "allowedMemberTypes": role.allowed_member_types,
            "isEnabled": role.enabled,
            "origin": "Application",
        })
    });
    roles.collect()
}

pub(super) fn shown_scopes(app: &App) -> Value {
    let scopes = app.permission_scopes.iter().map(|scope| {
        json!({
            "id": scope.id,
            "value": scope.value,
            "type": if scope.admin_only { "Admin" } else { "User" },
            "isEnabled": scope.enabled,
            "adminConsentDisplayName": scope.display_name,
            "adminConsentDescription": scope.display_name,
            "userConsentDisplayName": scope.display_name,
            "userConsentDescription": scope.display_name,
        })
    });
    scopes.collect()
}

fn shown(call: &Call, app: &App) -> Value {
    let claims = app.group_membership_claims;
    let group_claims = (claims != GroupClaims::None).then_some(claims);
    json!({
        "id": app.object_id,
        "appId": app.app_id,
        "displayName": app.display_name,
        "description": app.description,
        "notes": app.notes,
        "tags": app.tags,
        "createdDateTime": app.created_at.to_string(),
        "signInAudience": "AzureADMyOrg",
        "publisherDomain": call.site.core.config.tenant_domain,
        "identifierUris": app.identifier_uris,
        "isFallbackPublicClient": app.is_fallback_public_client,
        "groupMembershipClaims": group_claims,
        "api": {
            "requestedAccessTokenVersion": app.requested_access_token_version,
            "oauth2PermissionScopes": shown_scopes(app),
        },
        "appRoles": shown_roles(app),
        "web": {
            "redirectUris": app.redirect_uris.web,
            "logoutUrl": app.logout_url,
            "homePageUrl": app.home_page_url,
            "implicitGrantSettings": {
                "enableIdTokenIssuance": app.enable_id_token_issuance,
                "enableAccessTokenIssuance": false,
            },
        },
        "spa": {"redirectUris": app.redirect_uris.spa},
        "publicClient": {"redirectUris": app.redirect_uris.public_client},
        "requiredResourceAccess": app.required_resource_access,
        "passwordCredentials": credential::shown_secrets(app),
        "keyCredentials": credential::shown_certificates(app),
    })
}
