//! What a registration should be, and how one that exists differs from it.

use serde_json::{Map, Value, json};

use crate::{
    Component, Platform,
    model::{Application, GRAPH_APP_ID},
};

/// Marks a registration as one of Skep's.
pub(crate) const TAG: &str = "skep";
/// The role that lets a client call the Zeebe API.
pub(crate) const CLIENT_ROLE: &str = "zeebe.client";
/// Its id within each registration; always the same, so that a second run finds it.
const CLIENT_ROLE_ID: &str = "554bef2f-d8e4-437e-b50e-70968ad4fdfb";
/// The scope that users' tokens for a web application are asked for with.
const USER_SCOPE: &str = "access_as_user";
const USER_SCOPE_ID: &str = "c28b522b-6c41-4e3f-932a-10ca6815d079";
/// What signing in needs of Microsoft Graph, with the permissions' ids.
///
/// Source: microsoftgraph/microsoft-graph-docs: concepts/permissions-reference.md
const SIGN_IN_SCOPES: [(&str, &str); 4] = [
    ("openid", "37f7f235-527c-4136-accd-4a02d197296e"),
    ("profile", "14dad69e-099b-42c9-810b-d002981feec1"),
    ("email", "64a6cdd6-aab1-4aaf-94b8-3cc8405e90d0"),
    ("offline_access", "7427e0e9-2fba-42fe-b0c0-848c9e6a8182"),
];

/// What the registration of a component should be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted<'a> {
    pub(crate) component: Component,
    pub(crate) prefix: &'a str,
    /// Address of the component, without a slash at its end.
    pub(crate) base_url: Option<&'a str>,
    /// Client id of the Zeebe API.
    pub(crate) zeebe_app_id: Option<&'a str>,
}

impl Wanted<'_> {
    pub(crate) fn display_name(&self) -> String {
        format!("{} {}", self.prefix, self.component.title())
    }

    /// The tag that tells which component it is for.
    pub(crate) fn tag(&self) -> String {
        format!("{TAG}:{}", self.component)
    }

    pub(crate) fn redirect_uri(&self) -> Option<String> {
        let (base, path) = self.base_url.zip(self.component.redirect_path())?;
        Some(format!("{}{path}", base.trim_end_matches('/')))
    }

    /// The body that registers it; the App ID URI needs the client id, which is not known yet.
    pub(crate) fn creation(&self) -> Value {
        let mut body = Map::new();
        body.insert("displayName".to_owned(), json!(self.display_name()));
        body.insert("signInAudience".to_owned(), json!("AzureADMyOrg"));
        // An empty registration differs from the wanted one in everything there is to say.
        body.extend(self.changes(&Application::default()));
        body.remove("identifierUris");
        Value::Object(body)
    }

    /// What of `app` must change: the body of a PATCH, empty when nothing must.
    ///
    /// What others have added is kept.
    pub(crate) fn changes(&self, app: &Application) -> Map<String, Value> {
        let mut changes = Map::new();
        let tags = union(&app.tags, [TAG.to_owned(), self.tag()]);
        insert(&mut changes, "tags", tags);
        if self.is_api() {
            let uri = format!("api://{}", app.app_id);
            insert(&mut changes, "identifierUris", union(&app.identifier_uris, [uri]));
        }
        if let Some(api) = self.api_changes(app) {
            changes.insert("api".to_owned(), api);
        }
        if self.component == Component::Zeebe && self.client_role_id(app).is_none() {
            let mut roles = app.app_roles.clone();
            roles.push(client_role());
            changes.insert("appRoles".to_owned(), json!(roles));
        }
        if let Some(uri) = self.redirect_uri() {
            let (name, present) = match self.component.platform() {
                Platform::SinglePage => ("spa", &app.spa.redirect_uris),
                Platform::Web | Platform::Service => ("web", &app.web.redirect_uris),
            };
            if let Some(uris) = union(present, [uri]) {
                changes.insert(name.to_owned(), json!({ "redirectUris": uris }));
            }
        }
        insert(&mut changes, "requiredResourceAccess", self.access_changes(app));
        changes
    }

    /// Whether tokens are asked for with it as their audience.
    fn is_api(&self) -> bool {
        self.component != Component::Connectors
    }

    fn api_changes(&self, app: &Application) -> Option<Value> {
        let mut api = Map::new();
        if app.api.requested_access_token_version != Some(2) {
            api.insert("requestedAccessTokenVersion".to_owned(), json!(2));
        }
        let scopes = &app.api.oauth2_permission_scopes;
        let has_users = self.component.platform() != Platform::Service;
        if has_users && !scopes.iter().any(|scope| scope["value"] == USER_SCOPE) {
            let mut scopes = scopes.clone();
            scopes.push(user_scope(self.component));
            api.insert("oauth2PermissionScopes".to_owned(), json!(scopes));
        }
        (!api.is_empty()).then_some(Value::Object(api))
    }

    /// The permissions that the registration says it needs.
    fn required(&self) -> Option<(&str, Vec<Value>)> {
        match self.component.platform() {
            Platform::Web | Platform::SinglePage => {
                let scopes = SIGN_IN_SCOPES.map(|(_, id)| json!({ "id": id, "type": "Scope" }));
                Some((GRAPH_APP_ID, scopes.into()))
            }
            Platform::Service => match (self.component, self.zeebe_app_id) {
                (Component::Connectors, Some(zeebe)) => {
                    Some((zeebe, vec![json!({ "id": CLIENT_ROLE_ID, "type": "Role" })]))
                }
                _ => None,
            },
        }
    }

    fn access_changes(&self, app: &Application) -> Option<Vec<Value>> {
        let (resource, needed) = self.required()?;
        let mut access = app.required_resource_access.clone();
        let at = access.iter().position(|entry| entry["resourceAppId"] == resource);
        let mut permissions = match at {
            Some(at) => access[at]["resourceAccess"].as_array().cloned().unwrap_or_default(),
            None => Vec::new(),
        };
        let missing: Vec<Value> = needed
            .into_iter()
            .filter(|needed| !permissions.iter().any(|present| present["id"] == needed["id"]))
            .collect();
        if missing.is_empty() {
            return None;
        }
        permissions.extend(missing);
        let entry = json!({ "resourceAppId": resource, "resourceAccess": permissions });
        match at {
            Some(at) => access[at] = entry,
            None => access.push(entry),
        }
        Some(access)
    }

    /// The id of the role that lets clients call, when the registration has it.
    pub(crate) fn client_role_id(&self, app: &Application) -> Option<String> {
        let role = app.app_roles.iter().find(|role| role["value"] == CLIENT_ROLE)?;
        role["id"].as_str().map(str::to_owned)
    }
}

/// What an administrator consents to for all users.
pub(crate) fn sign_in_scopes() -> Vec<&'static str> {
    SIGN_IN_SCOPES.map(|(name, _)| name).into()
}

fn client_role() -> Value {
    json!({
        "id": CLIENT_ROLE_ID,
        "value": CLIENT_ROLE,
        "displayName": "Zeebe client",
        "description": "May deploy and run processes and work jobs.",
        "allowedMemberTypes": ["Application", "User"],
        "isEnabled": true,
    })
}

fn user_scope(component: Component) -> Value {
    let title = component.title();
    json!({
        "id": USER_SCOPE_ID,
        "value": USER_SCOPE,
        "type": "User",
        "isEnabled": true,
        "adminConsentDisplayName": format!("Use {title}"),
        "adminConsentDescription": format!("Lets people use {title} as themselves."),
        "userConsentDisplayName": format!("Use {title}"),
        "userConsentDescription": format!("Lets you use {title}."),
    })
}

/// `present` with what it lacks of `wanted`; `None` when it lacks nothing.
fn union<const N: usize>(present: &[String], wanted: [String; N]) -> Option<Vec<String>> {
    let missing: Vec<String> =
        wanted.into_iter().filter(|wanted| !present.contains(wanted)).collect();
    (!missing.is_empty()).then(|| present.iter().cloned().chain(missing).collect())
}

fn insert<T: serde::Serialize>(changes: &mut Map<String, Value>, name: &str, value: Option<T>) {
    if let Some(value) = value {
        changes.insert(name.to_owned(), json!(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(component: Component) -> Wanted<'static> {
        Wanted {
            component,
            prefix: "Skep",
            base_url: Some("https://bpm.example/app/"),
            zeebe_app_id: Some("22222222-2222-4222-8222-222222222222"),
        }
    }

    /// The registration that the directory makes of a creation.
    fn created(component: Component) -> Application {
        let mut body = wanted(component).creation();
        body["appId"] = json!("11111111-1111-4111-8111-111111111111");
        serde_json::from_value(body).unwrap()
    }

    #[test]
    fn after_creation_only_the_app_id_uri_is_missing() {
        for component in Component::ALL {
            let changes = wanted(component).changes(&created(component));
            let names: Vec<_> = changes.keys().map(String::as_str).collect();
            let expected: &[&str] =
                if component == Component::Connectors { &[] } else { &["identifierUris"] };
            assert_eq!(names, expected, "{component}");
        }
    }

    #[test]
    fn what_others_added_is_kept() {
        let mut app = created(Component::Operate);
        app.identifier_uris = vec!["api://11111111-1111-4111-8111-111111111111".to_owned()];
        app.web.redirect_uris = vec!["https://old.example/callback".to_owned()];
        app.required_resource_access[0]["resourceAccess"] = json!([{"id": "x", "type": "Role"}]);
        app.api.requested_access_token_version = None;
        let changes = Value::Object(wanted(Component::Operate).changes(&app));
        assert_eq!(
            changes["web"]["redirectUris"],
            json!(["https://old.example/callback", "https://bpm.example/app/callback"])
        );
        assert_eq!(changes["api"], json!({"requestedAccessTokenVersion": 2}));
        let permissions =
            changes["requiredResourceAccess"][0]["resourceAccess"].as_array().unwrap();
        assert_eq!((permissions.len(), &permissions[0]["id"]), (5, &json!("x")));
        assert_eq!(changes.as_object().unwrap().len(), 3);
    }
}
