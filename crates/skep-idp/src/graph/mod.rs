//! A subset of Microsoft Graph v1.0: what registering applications and reading people needs.
//!
//! Applications with their credentials, service principals and role assignments, consent, users
//! and groups; errors in Graph's form. Properties that this directory does not keep are refused
//! by name rather than dropped.
//!
//! Source: microsoftgraph/microsoft-graph-docs: api-reference/v1.0

mod answer;
mod application;
mod assignment;
mod caller;
mod consent;
mod credential;
mod federated;
mod filter;
mod group;
mod key;
mod odata;
mod service_principal;
mod user;

use std::sync::Arc;

use axum::{
    extract::{Path, Request, State},
    http::Method,
    response::Response,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

pub(crate) use self::answer::GraphError;
use self::{
    answer::Answer,
    caller::Caller,
    odata::{Key, Part, Query, Segment},
};
use crate::{
    registry::{Directory, Index},
    server::{RequestIds, Site},
    storage::Loaded,
};

/// Largest request body: a few certificates.
const BODY_BYTES_MAX: usize = 256 * 1024;
/// The collection of an application's federated credentials.
const FEDERATED: &str = "federatedIdentityCredentials";

/// A request, taken apart.
struct Call {
    site: Arc<Site>,
    directory: Arc<Loaded<Directory>>,
    caller: Caller,
    method: Method,
    path: String,
    segments: Vec<Segment>,
    query: Query,
    body: Vec<u8>,
}

impl Call {
    fn index(&self) -> &Index {
        &self.directory.view
    }

    /// The JSON body, with its unknown properties refused.
    fn body<T: DeserializeOwned>(&self) -> Result<T, GraphError> {
        serde_json::from_slice(&self.body)
            .map_err(|error| GraphError::bad_request(error.to_string()))
    }

    /// A list, filtered and narrowed as the query asks.
    fn list(&self, entity: &str, items: impl Iterator<Item = Value>) -> Result<Answer, GraphError> {
        let context = format!("{}/v1.0/$metadata#{entity}", self.site.origin);
        self.query.apply(&context, items).map(Answer::Ok)
    }

    /// One entity, narrowed as the query asks.
    fn one(&self, entity: Value) -> Answer {
        Answer::Ok(self.query.select(entity))
    }
}

/// Every method of `/v1.0/…`.
pub(crate) async fn graph(
    State(site): State<Arc<Site>>,
    Path(path): Path<String>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let ids = RequestIds::of(&parts.headers, parts.uri.query());
    let answered = async {
        let directory = site.core.registry.current();
        let caller = Caller::of(&site, &directory.view, &parts.headers)?;
        let body = axum::body::to_bytes(body, BODY_BYTES_MAX)
            .await
            .map_err(|_| GraphError::too_large(BODY_BYTES_MAX))?;
        let call = Call {
            site: Arc::clone(&site),
            directory,
            caller,
            method: parts.method,
            segments: odata::segments(&path)?,
            path,
            query: Query::parse(
                format!("{}{}", site.origin, parts.uri.path()),
                parts.uri.query().unwrap_or_default(),
            )?,
            body: body.to_vec(),
        };
        // Changes write files, and passwords take their time: not for an async thread.
        tokio::task::spawn_blocking(move || dispatch(&call))
            .await
            .unwrap_or_else(|error| Err(GraphError::internal(&error)))
    };
    match answered.await {
        Ok(answer) => answer.into_response(ids),
        Err(error) => error.into_response(&site, ids),
    }
}

/// The one table of what is served.
fn dispatch(call: &Call) -> Result<Answer, GraphError> {
    use Part::{K, N};
    let parts: Vec<Part<'_>> = call.segments.iter().map(Segment::as_part).collect();
    match (call.method.as_str(), parts.as_slice()) {
        ("GET", [N("applications")]) => application::list(call),
        ("POST", [N("applications")]) => application::create(call),
        ("GET", [N("applications"), K(app)]) => application::read(call, app),
        ("PATCH", [N("applications"), K(app)]) => application::update(call, app),
        ("DELETE", [N("applications"), K(app)]) => application::delete(call, app),
        ("POST", [N("applications"), K(app), N("addPassword")]) => {
            credential::add_password(call, app)
        }
        ("POST", [N("applications"), K(app), N("removePassword")]) => {
            credential::remove_password(call, app)
        }
        ("POST", [N("applications"), K(app), N("addKey")]) => key::add(call, app),
        ("POST", [N("applications"), K(app), N("removeKey")]) => key::remove(call, app),
        ("GET", [N("applications"), K(app), N(FEDERATED)]) => federated::list(call, app),
        ("POST", [N("applications"), K(app), N(FEDERATED)]) => federated::create(call, app),
        ("GET", [N("applications"), K(app), N(FEDERATED), K(id)]) => federated::read(call, app, id),
        ("PATCH", [N("applications"), K(app), N(FEDERATED), K(id)]) => {
            federated::update(call, app, id)
        }
        ("DELETE", [N("applications"), K(app), N(FEDERATED), K(id)]) => {
            federated::delete(call, app, id)
        }
        ("GET", [N("servicePrincipals")]) => service_principal::list(call),
        ("POST", [N("servicePrincipals")]) => service_principal::create(call),
        ("GET", [N("servicePrincipals"), K(key)]) => service_principal::read(call, key),
        ("PATCH", [N("servicePrincipals"), K(key)]) => service_principal::update(call, key),
        ("DELETE", [N("servicePrincipals"), K(key)]) => service_principal::delete(call, key),
        ("GET", [N("servicePrincipals"), K(key), N("oauth2PermissionGrants")]) => {
            consent::list_of_client(call, key)
        }
        ("GET", [N("servicePrincipals"), K(key), N(side)]) => assignment::list(call, key, side),
        ("POST", [N("servicePrincipals"), K(key), N(side)]) => assignment::create(call, key, side),
        ("GET", [N("servicePrincipals"), K(key), N(side), K(id)]) => {
            assignment::read(call, key, side, id)
        }
        ("DELETE", [N("servicePrincipals"), K(key), N(side), K(id)]) => {
            assignment::delete(call, key, side, id)
        }
        ("GET", [N("oauth2PermissionGrants")]) => consent::list(call),
        ("POST", [N("oauth2PermissionGrants")]) => consent::create(call),
        ("GET", [N("oauth2PermissionGrants"), K(id)]) => consent::read(call, id),
        ("PATCH", [N("oauth2PermissionGrants"), K(id)]) => consent::update(call, id),
        ("DELETE", [N("oauth2PermissionGrants"), K(id)]) => consent::delete(call, id),
        ("GET", [N("me")]) => user::me(call),
        (_, [N("me"), N(what)]) => user::about_me(call, what),
        ("GET", [N("users")]) => user::list(call),
        ("POST", [N("users")]) => user::create(call),
        ("GET", [N("users"), K(user)]) => user::read(call, user),
        ("PATCH", [N("users"), K(user)]) => user::update(call, user),
        ("DELETE", [N("users"), K(user)]) => user::delete(call, user),
        (_, [N("users"), K(user), N(what)]) => user::about(call, user, what),
        ("GET", [N("groups")]) => group::list(call),
        ("POST", [N("groups")]) => group::create(call),
        ("GET", [N("groups"), K(group)]) => group::read(call, group),
        ("DELETE", [N("groups"), K(group)]) => group::delete(call, group),
        ("GET", [N("groups"), K(group), N("members")]) => group::members(call, group),
        ("POST", [N("groups"), K(group), N("members"), N("$ref")]) => {
            group::add_member(call, group)
        }
        ("DELETE", [N("groups"), K(group), N("members"), K(member), N("$ref")]) => {
            group::remove_member(call, group, member)
        }
        ("GET", [N("organization")]) => user::organizations(call),
        ("GET", [N("organization"), K(id)]) => user::organization(call, id),
        _ => Err(GraphError::no_such_segment(&call.method, &call.path)),
    }
}

pub(crate) use user::userinfo;

/// Finds what `key` names in `items`.
fn find<T>(
    items: impl IntoIterator<Item = T>,
    key: &Key,
    matches: impl Fn(&T, &Key) -> bool,
) -> Result<T, GraphError> {
    items
        .into_iter()
        .find(|item| matches(item, key))
        .ok_or_else(|| GraphError::not_found(key.as_part()))
}
