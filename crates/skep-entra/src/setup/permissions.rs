//! The guide's step 3: consent in users' names, and the role that lets clients call.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Registered, Setup};
use crate::{
    Component, Directory, Error, Platform,
    model::{GRAPH_APP_ID, Grant, RoleAssignment, ServicePrincipal, parsed},
    registration::{Wanted, sign_in_scopes},
};

impl Setup {
    /// Step 3, in users' names: consent for all of them.
    pub(super) async fn consent(&self) -> Result<(), Error> {
        let has_users = |r: &&Registered| r.component.platform() != Platform::Service;
        let users: Vec<_> = self.registered.iter().filter(has_users).collect();
        if users.is_empty() {
            return Ok(());
        }
        let path = format!("/servicePrincipals?$filter=appId eq '{GRAPH_APP_ID}'&$select=id");
        let found = self.directory.list(&path, "find Microsoft Graph in the tenant").await?;
        let graph_id = match found.into_iter().next() {
            Some(found) => parsed::<ServicePrincipal>(&path, found)?.id,
            None => "<Microsoft Graph principal id>".to_owned(),
        };
        for registered in users {
            self.consent_of(registered, &graph_id).await?;
        }
        Ok(())
    }

    async fn consent_of(&self, registered: &Registered, graph_id: &str) -> Result<(), Error> {
        let client_id = &registered.principal_id;
        let grant = match registered.is_new {
            true => None,
            false => consent_for_all(&self.directory, client_id, graph_id).await?,
        };
        let needed = sign_in_scopes();
        let purpose = format!("consent for all users of {}", registered.display_name);
        let Some(grant) = grant else {
            let body = json!({
                "clientId": client_id,
                "consentType": "AllPrincipals",
                "principalId": null,
                "resourceId": graph_id,
                "scope": needed.join(" "),
            });
            let path = "/oauth2PermissionGrants";
            self.directory.change(Method::POST, path, Some(body), &purpose, Value::Null).await?;
            return Ok(());
        };
        let present: Vec<&str> = grant.scope.split_whitespace().collect();
        let missing: Vec<&str> =
            needed.into_iter().filter(|scope| !present.contains(scope)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let scopes = [present, missing].concat().join(" ");
        let body = json!({ "scope": scopes });
        let path = format!("/oauth2PermissionGrants/{}", grant.id);
        self.directory.change(Method::PATCH, &path, Some(body), &purpose, Value::Null).await?;
        Ok(())
    }

    /// Step 3, in the clients' own names: the role that lets them call.
    pub(super) async fn assign_roles(&self) -> Result<(), Error> {
        let Some(zeebe) = self.of(Component::Zeebe) else { return Ok(()) };
        let wanted = Wanted {
            component: Component::Zeebe,
            prefix: &self.plan.prefix,
            base_url: None,
            zeebe_app_id: None,
        };
        let Some(role_id) = wanted.client_role_id(&zeebe.app) else { return Ok(()) };
        let assigned = match zeebe.is_new {
            true => Vec::new(),
            false => role_assignments(&self.directory, &zeebe.principal_id).await?,
        };
        let clients = [Component::Zeebe, Component::Connectors];
        for client in clients.into_iter().filter_map(|component| self.of(component)) {
            let has_it = assigned.iter().any(|assignment| {
                assignment.principal_id == client.principal_id && assignment.app_role_id == role_id
            });
            if has_it {
                continue;
            }
            let path = format!("/servicePrincipals/{}/appRoleAssignedTo", zeebe.principal_id);
            let body = json!({
                "principalId": client.principal_id,
                "resourceId": zeebe.principal_id,
                "appRoleId": role_id,
            });
            let purpose = format!("let {} call the Zeebe API", client.display_name);
            self.directory.change(Method::POST, &path, Some(body), &purpose, Value::Null).await?;
        }
        Ok(())
    }
}

/// The consent of an administrator for all users of `client_id` at `resource_id`.
pub(crate) async fn consent_for_all(
    directory: &Directory,
    client_id: &str,
    resource_id: &str,
) -> Result<Option<Grant>, Error> {
    let path = format!("/oauth2PermissionGrants?$filter=clientId eq '{client_id}'");
    let found = directory.list(&path, "find consent").await?;
    let grants: Vec<Grant> =
        found.into_iter().map(|grant| parsed(&path, grant)).collect::<Result<_, _>>()?;
    Ok(grants
        .into_iter()
        .find(|grant| grant.consent_type == "AllPrincipals" && grant.resource_id == resource_id))
}

/// Who has which role at a principal.
pub(crate) async fn role_assignments(
    directory: &Directory,
    principal_id: &str,
) -> Result<Vec<RoleAssignment>, Error> {
    let path = format!("/servicePrincipals/{principal_id}/appRoleAssignedTo");
    let found = directory.list(&path, "find who may call the Zeebe API").await?;
    found.into_iter().map(|assignment| parsed(&path, assignment)).collect()
}
