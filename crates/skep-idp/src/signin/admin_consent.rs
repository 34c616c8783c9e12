//! Consent by an administrator, for all users, to everything that an application says it needs.
//!
//! Source: MicrosoftDocs/entra-docs: docs/identity-platform/v2-admin-consent.md

use axum::response::Response;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    ResponseMode,
    authorize::{Denied, find_app, redirect},
    redirect,
};
use crate::{
    error::Error,
    registry::{App, AppRoleAssignment, Assignee, Index, PermissionKind, RequiredAccess},
    server::{Form, Site},
};

/// A request for it.
#[derive(Deserialize, Serialize)]
pub(crate) struct AdminConsentRequest {
    pub(crate) client_id: Uuid,
    pub(crate) redirect_uri: String,
    pub(crate) state: Option<String>,
}

impl AdminConsentRequest {
    /// Checks a request; what is wrong with it becomes a page.
    pub(crate) fn parse(index: &Index, tenant_id: Uuid, form: &Form) -> Result<Self, Denied> {
        let app = &find_app(index, tenant_id, form.required("client_id")?)?.app;
        let (redirect_uri, _) = redirect(app, form)?;
        let state = form.optional("state")?.map(str::to_owned);
        Ok(Self { client_id: app.app_id, redirect_uri, state })
    }

    /// Sends the browser back with the good news.
    pub(super) fn granted(&self, tenant_id: Uuid) -> Response {
        let mut parameters =
            vec![("admin_consent", "True".to_owned()), ("tenant", tenant_id.to_string())];
        parameters.extend(self.state.clone().map(|state| ("state", state)));
        redirect::answer(ResponseMode::Query, &self.redirect_uri, &parameters)
    }
}

/// What the consent page lists: each resource with what is asked of it.
pub(super) fn items(index: &Index, app: &App) -> Vec<(String, Vec<String>)> {
    let required = app.required_resource_access.iter().filter_map(|required| {
        let resource = &index.app(required.resource_app_id)?.app;
        let scopes = scopes(resource, required).into_iter().map(|(_, text)| text);
        let roles = roles(resource, required).into_iter().map(|(_, value)| value);
        Some((resource.display_name.clone(), scopes.chain(roles).collect()))
    });
    required.collect()
}

/// Grants it: scopes for all users, roles to the application itself.
pub(super) fn grant(site: &Site, index: &Index, app: &App) -> Result<(), Error> {
    let registry = &site.core.registry;
    for required in &app.required_resource_access {
        let Some(resource) = index.app(required.resource_app_id) else { continue };
        let values: Vec<String> =
            scopes(&resource.app, required).into_iter().map(|(value, _)| value).collect();
        if !values.is_empty() {
            registry.grant_consent(app.app_id, required.resource_app_id, None, &values)?;
        }
        for (app_role_id, _) in roles(&resource.app, required) {
            let resource_app_id = required.resource_app_id;
            let assignment = AppRoleAssignment { resource_app_id, app_role_id };
            registry.assign(Assignee::Application(app.app_id), assignment)?;
        }
    }
    Ok(())
}

/// Value and text of the scopes that are asked for and exist.
fn scopes(resource: &App, required: &RequiredAccess) -> Vec<(String, String)> {
    let asked = ids(required, PermissionKind::Scope);
    let scopes = resource.permission_scopes.iter();
    let scopes = scopes.filter(|scope| scope.enabled && asked.contains(&scope.id));
    scopes.map(|scope| (scope.value.clone(), scope.display_name.clone())).collect()
}

/// Id and value of the roles that are asked for and exist.
fn roles(resource: &App, required: &RequiredAccess) -> Vec<(Uuid, String)> {
    let asked = ids(required, PermissionKind::Role);
    let roles = resource.app_roles.iter();
    let roles = roles.filter(|role| role.enabled && asked.contains(&role.id));
    roles.map(|role| (role.id, role.value.clone())).collect()
}

fn ids(required: &RequiredAccess, kind: PermissionKind) -> Vec<Uuid> {
    let asked = required.resource_access.iter().filter(|asked| asked.kind == kind);
    asked.map(|asked| asked.id).collect()
}
