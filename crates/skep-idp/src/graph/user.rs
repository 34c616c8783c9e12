//! `/users` and `/me`, the organization, and the OpenID Connect user info.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{Method, StatusCode},
    response::Response,
};
use serde::Deserialize;
use serde_json::{Value, json};
use skep_auth::Secret;

use super::{
    Answer, Call, GraphError, Key,
    caller::{Caller, READ_APPLICATIONS, READ_GROUPS, READ_SELF, READ_USERS, WRITE_USERS},
    find, group,
};
use crate::{
    delegated::pairwise,
    registry::{NewUser, User},
    server::{RequestIds, Site, private_json},
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Create {
    user_principal_name: String,
    display_name: String,
    password_profile: PasswordProfile,
    account_enabled: bool,
    #[serde(rename = "mailNickname")]
    _mail_nickname: Option<String>,
    given_name: Option<String>,
    surname: Option<String>,
    mail: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PasswordProfile {
    password: Secret,
    /// Nobody is asked for a new password here.
    #[serde(rename = "forceChangePasswordNextSignIn")]
    _force_change: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Changes {
    display_name: Option<String>,
    account_enabled: Option<bool>,
    given_name: Option<String>,
    surname: Option<String>,
    mail: Option<String>,
    password_profile: Option<PasswordProfile>,
}

/// `GET /users`
pub(super) fn list(call: &Call) -> Result<Answer, GraphError> {
    call.caller.require(READ_USERS)?;
    call.list("users", call.directory.document.users().iter().map(shown))
}

/// `POST /users`
pub(super) fn create(call: &Call) -> Result<Answer, GraphError> {
    call.caller.require(WRITE_USERS)?;
    let body: Create = call.body()?;
    let registry = &call.site.core.registry;
    let mut user = registry.add_user(NewUser {
        display_name: body.display_name,
        given_name: body.given_name,
        family_name: body.surname,
        mail: body.mail,
        ..NewUser::named(body.user_principal_name, body.password_profile.password)
    })?;
    if !body.account_enabled {
        user = registry.update_user(user.object_id, |user| user.enabled = false)?;
    }
    Ok(Answer::Created(shown(&user)))
}

/// `GET /users/{id or name}`
pub(super) fn read(call: &Call, key: &Key) -> Result<Answer, GraphError> {
    call.caller.require(READ_USERS)?;
    Ok(call.one(shown(named(call, key)?)))
}

/// `PATCH /users/{id or name}`
pub(super) fn update(call: &Call, key: &Key) -> Result<Answer, GraphError> {
    call.caller.require(WRITE_USERS)?;
    let id = named(call, key)?.object_id;
    let changes: Changes = call.body()?;
    let registry = &call.site.core.registry;
    if let Some(profile) = &changes.password_profile {
        registry.set_password(id, &profile.password)?;
    }
    registry.update_user(id, |user| {
        if let Some(name) = changes.display_name {
            user.display_name = name;
        }
        if let Some(enabled) = changes.account_enabled {
            user.enabled = enabled;
        }
        for (property, change) in [
            (&mut user.given_name, changes.given_name),
            (&mut user.family_name, changes.surname),
            (&mut user.mail, changes.mail),
        ] {
            if change.is_some() {
                *property = change;
            }
        }
    })?;
    Ok(Answer::NoContent)
}

/// `DELETE /users/{id or name}`
pub(super) fn delete(call: &Call, key: &Key) -> Result<Answer, GraphError> {
    call.caller.require(WRITE_USERS)?;
    let id = named(call, key)?.object_id;
    call.site.core.registry.remove_user(id)?;
    Ok(Answer::NoContent)
}

/// `/users/{id}/memberOf`, `/getMemberObjects`, `/getMemberGroups`
pub(super) fn about(call: &Call, key: &Key, what: &str) -> Result<Answer, GraphError> {
    call.caller.require(READ_GROUPS)?;
    memberships(call, named(call, key)?, what)
}

/// `GET /me`
pub(super) fn me(call: &Call) -> Result<Answer, GraphError> {
    call.caller.require(READ_SELF)?;
    Ok(call.one(shown(own(call)?)))
}

/// `/me/memberOf`, `/getMemberObjects`, `/getMemberGroups`
pub(super) fn about_me(call: &Call, what: &str) -> Result<Answer, GraphError> {
    call.caller.require(&[READ_SELF, READ_GROUPS].concat())?;
    memberships(call, own(call)?, what)
}

fn memberships(call: &Call, user: &User, what: &str) -> Result<Answer, GraphError> {
    let groups = call.index().groups_of(user.object_id);
    match (what, &call.method) {
        ("memberOf" | "transitiveMemberOf", &Method::GET) => {
            call.list("directoryObjects", groups.map(group::shown_object))
        }
        ("getMemberObjects" | "getMemberGroups", &Method::POST) => {
            let ids: Vec<_> = groups.map(|group| group.object_id).collect();
            let context = format!("{}/v1.0/$metadata#Collection(Edm.String)", call.site.origin);
            Ok(Answer::Ok(json!({"@odata.context": context, "value": ids})))
        }
        _ => Err(GraphError::no_such_segment(&call.method, what)),
    }
}

/// `GET /organization`
pub(super) fn organizations(call: &Call) -> Result<Answer, GraphError> {
    let needed = [READ_SELF, READ_USERS, READ_APPLICATIONS].concat();
    call.caller.require(&needed)?;
    call.list("organization", std::iter::once(shown_tenant(call)))
}

/// `GET /organization/{id}`
pub(super) fn organization(call: &Call, key: &Key) -> Result<Answer, GraphError> {
    let needed = [READ_SELF, READ_USERS, READ_APPLICATIONS].concat();
    call.caller.require(&needed)?;
    let tenant_id = call.directory.document.tenant_id;
    let is_own = |_: &(), key: &Key| key.as_part().eq_ignore_ascii_case(&tenant_id.to_string());
    find([()], key, is_own)?;
    Ok(call.one(shown_tenant(call)))
}

fn shown_tenant(call: &Call) -> Value {
    let domain = &call.site.core.config.tenant_domain;
    json!({
        "id": call.directory.document.tenant_id,
        "displayName": domain,
        "tenantType": "AAD",
        "verifiedDomains": [{
            "name": domain,
            "type": "Managed",
            "capabilities": "Email",
            "isDefault": true,
            "isInitial": true,
        }],
    })
}

fn own(call: &Call) -> Result<&User, GraphError> {
    let user = call.caller.user.and_then(|id| call.index().user(id));
    user.map(|user| &**user).ok_or_else(|| {
        GraphError::bad_request("/me request is only valid with delegated authentication flow.")
    })
}

fn named<'a>(call: &'a Call, key: &Key) -> Result<&'a User, GraphError> {
    find(call.directory.document.users(), key, |user, key| {
        let part = key.as_part().to_lowercase();
        user.object_id.to_string() == part || user.user_principal_name.to_lowercase() == part
    })
}

pub(super) fn shown(user: &User) -> Value {
    json!({
        "id": user.object_id,
        "userPrincipalName": user.user_principal_name,
        "displayName": user.display_name,
        "givenName": user.given_name,
        "surname": user.family_name,
        "mail": user.mail,
        "accountEnabled": user.enabled,
    })
}

/// `GET` or `POST /oidc/userinfo`: what an id token says already, for clients that ask again.
///
/// Source: MicrosoftDocs/entra-docs: docs/identity-platform/userinfo.md
pub(crate) async fn userinfo(State(site): State<Arc<Site>>, request: Request) -> Response {
    let ids = RequestIds::of(request.headers(), request.uri().query());
    let directory = site.core.registry.current();
    let index = &directory.view;
    let answered = || -> Result<Value, GraphError> {
        let caller = Caller::of(&site, index, request.headers())?;
        caller.require(&["openid"])?;
        let user = caller.user.and_then(|id| index.user(id));
        let (Some(user), Some(client)) = (user, caller.client) else {
            return Err(GraphError::unauthenticated("The token is not a user's."));
        };
        let mut info = json!({
            "sub": pairwise(directory.document.tenant_id, client, user.object_id),
            "name": user.display_name,
            "picture": format!("{}/v1.0/me/photo/$value", site.origin),
        });
        let optional = [
            ("given_name", &user.given_name),
            ("family_name", &user.family_name),
            ("email", &user.mail),
        ];
        for (name, value) in optional {
            if let Some(value) = value {
                info[name] = json!(value);
            }
        }
        Ok(info)
    };
    match answered() {
        Ok(info) => private_json(StatusCode::OK, ids, &info),
        Err(error) => error.into_response(&site, ids),
    }
}
