//! Role assignments of service principals, seen from both sides: `appRoleAssignedTo` lists who
//! has roles of this one, `appRoleAssignments` which roles this one has.

use aws_lc_rs::digest;
use serde::Deserialize;
use serde_json::{Value, json};
use skep_auth::jose::encode_base64url;
use uuid::Uuid;

use super::{
    Answer, Call, GraphError, Key,
    caller::{ASSIGN_ROLES, READ_APPLICATIONS},
    service_principal::principal,
};
use crate::registry::{App, AppRoleAssignment, Assignee};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Create {
    principal_id: Uuid,
    resource_id: Uuid,
    app_role_id: Uuid,
}

/// One assignment, with both ends resolved.
struct Assigned<'a> {
    assignee: Assignee,
    /// Object id of the assignee's principal.
    principal_id: Uuid,
    assignee_name: &'a str,
    resource: &'a App,
    app_role_id: Uuid,
}

/// `GET /servicePrincipals/{id}/appRoleAssignedTo` and `/appRoleAssignments`
pub(super) fn list(call: &Call, key: &Key, side: &str) -> Result<Answer, GraphError> {
    call.caller.require(READ_APPLICATIONS)?;
    let assigned = of_side(call, key, side)?;
    call.list("appRoleAssignments", assigned.iter().map(Assigned::shown))
}

/// `GET` of one assignment, of either side
pub(super) fn read(call: &Call, key: &Key, side: &str, id: &Key) -> Result<Answer, GraphError> {
    call.caller.require(READ_APPLICATIONS)?;
    let assigned = of_side(call, key, side)?;
    let found = assigned.iter().find(|assigned| assigned.id() == id.as_part());
    found
        .map(|assigned| call.one(assigned.shown()))
        .ok_or_else(|| GraphError::not_found(id.as_part()))
}

/// `POST` of either side; both bodies are the same.
pub(super) fn create(call: &Call, key: &Key, side: &str) -> Result<Answer, GraphError> {
    call.caller.require(ASSIGN_ROLES)?;
    let here = principal(call, key)?.app.principal_id();
    let body: Create = call.body()?;
    let expected = match side {
        "appRoleAssignedTo" => body.resource_id,
        "appRoleAssignments" => body.principal_id,
        other => return Err(GraphError::no_such_segment(&call.method, other)),
    };
    if here != Some(expected) {
        return Err(GraphError::bad_request(
            "The service principal in the path is not the one in the body.",
        ));
    }
    let resource = &principal(call, &Key::Id(body.resource_id.to_string()))?.app;
    let Some((assignee, assignee_name)) = assignee(call, body.principal_id) else {
        return Err(GraphError::not_found(&body.principal_id.to_string()));
    };
    // The all-zero role assigns somebody without giving a role.
    let is_defined = resource.app_roles.iter().any(|r| r.enabled && r.id == body.app_role_id);
    if !is_defined && !body.app_role_id.is_nil() {
        return Err(GraphError::bad_request(
            "Permission being assigned was not found on application.",
        ));
    }
    let assignment =
        AppRoleAssignment { resource_app_id: resource.app_id, app_role_id: body.app_role_id };
    if !call.site.core.registry.assign(assignee, assignment)? {
        return Err(GraphError::bad_request(
            "Permission being assigned already exists on the object.",
        ));
    }
    let assigned = Assigned {
        assignee,
        principal_id: body.principal_id,
        assignee_name,
        resource,
        app_role_id: body.app_role_id,
    };
    Ok(Answer::Created(assigned.shown()))
}

/// `DELETE` of either side
pub(super) fn delete(call: &Call, key: &Key, side: &str, id: &Key) -> Result<Answer, GraphError> {
    call.caller.require(ASSIGN_ROLES)?;
    let assigned = of_side(call, key, side)?;
    let found = assigned.iter().find(|assigned| assigned.id() == id.as_part());
    let found = found.ok_or_else(|| GraphError::not_found(id.as_part()))?;
    let assignment = AppRoleAssignment {
        resource_app_id: found.resource.app_id,
        app_role_id: found.app_role_id,
    };
    call.site.core.registry.unassign(found.assignee, &assignment)?;
    Ok(Answer::NoContent)
}

fn of_side<'a>(call: &'a Call, key: &Key, side: &str) -> Result<Vec<Assigned<'a>>, GraphError> {
    let app = &principal(call, key)?.app;
    let all = all(call);
    match side {
        "appRoleAssignedTo" => {
            Ok(all.into_iter().filter(|a| a.resource.app_id == app.app_id).collect())
        }
        "appRoleAssignments" => Ok(all
            .into_iter()
            .filter(|a| a.assignee == Assignee::Application(app.app_id))
            .collect()),
        other => Err(GraphError::no_such_segment(&call.method, other)),
    }
}

/// Every assignment of the tenant.
fn all(call: &Call) -> Vec<Assigned<'_>> {
    let index = call.index();
    let document = &call.directory.document;
    let of_apps = document.apps().iter().filter_map(|app| {
        app.service_principal.as_ref().map(|p| {
            let assignee = Assignee::Application(app.app_id);
            (assignee, p.object_id, app.display_name.as_str(), &p.app_role_assignments)
        })
    });
    let of_users = document.users().iter().map(|user| {
        let (id, name) = (user.object_id, user.display_name.as_str());
        (Assignee::User(id), id, name, &user.app_role_assignments)
    });
    let of_groups = document.groups().iter().map(|group| {
        let (id, name) = (group.object_id, group.display_name.as_str());
        (Assignee::Group(id), id, name, &group.app_role_assignments)
    });
    let mut all = Vec::new();
    for (assignee, principal_id, assignee_name, assignments) in
        of_apps.chain(of_users).chain(of_groups)
    {
        for assignment in assignments {
            if let Some(resource) = index.app(assignment.resource_app_id) {
                all.push(Assigned {
                    assignee,
                    principal_id,
                    assignee_name,
                    resource: &resource.app,
                    app_role_id: assignment.app_role_id,
                });
            }
        }
    }
    all
}

fn assignee(call: &Call, principal_id: Uuid) -> Option<(Assignee, &str)> {
    let document = &call.directory.document;
    let app = document.apps().iter().find(|app| app.principal_id() == Some(principal_id));
    let user = document.users().iter().find(|user| user.object_id == principal_id);
    let group = document.groups().iter().find(|group| group.object_id == principal_id);
    app.map(|app| (Assignee::Application(app.app_id), app.display_name.as_str()))
        .or_else(|| user.map(|user| (Assignee::User(principal_id), user.display_name.as_str())))
        .or_else(|| group.map(|group| (Assignee::Group(principal_id), group.display_name.as_str())))
}

impl Assigned<'_> {
    /// The same for the same assignment, like the real ids opaque.
    fn id(&self) -> String {
        let mut context = digest::Context::new(&digest::SHA256);
        for part in [self.principal_id, self.resource.app_id, self.app_role_id] {
            context.update(part.as_bytes());
        }
        encode_base64url(context.finish())
    }

    fn shown(&self) -> Value {
        let kind = match self.assignee {
            Assignee::Application(_) => "ServicePrincipal",
            Assignee::User(_) => "User",
            Assignee::Group(_) => "Group",
        };
        json!({
            "id": self.id(),
            "appRoleId": self.app_role_id,
            "principalId": self.principal_id,
            "principalType": kind,
            "principalDisplayName": self.assignee_name,
            "resourceId": self.resource.principal_id(),
            "resourceDisplayName": self.resource.display_name,
        })
    }
}
