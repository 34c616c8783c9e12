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
mod group;
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
    odata::{Key, Query, Segment},
};
use crate::{
    registry::{Directory, Index},
    server::{RequestIds, Site},
    storage::Loaded,
};

/// Largest request body: a few certificates.
const BODY_BYTES_MAX: usize = 256 * 1024;

/// A request, taken apart.
struct Call {
    site: Arc<Site>,
    directory: Arc<Loaded<Directory>>,
    caller: Caller,
    method: Method,
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
            query: Query::parse(parts.uri.query().unwrap_or_default())?,
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
    use Segment::{Key as K, Name as N};
    let names: Vec<_> = call.segments.iter().map(Segment::as_part).collect();
    let (get, post) = (call.method == Method::GET, call.method == Method::POST);
    let (patch, delete) = (call.method == Method::PATCH, call.method == Method::DELETE);
    match call.segments.as_slice() {
        [N(n)] if n == "applications" && get => application::list(call),
        [N(n)] if n == "applications" && post => application::create(call),
        [N(n), K(key)] if n == "applications" && get => application::read(call, key),
        [N(n), K(key)] if n == "applications" && patch => application::update(call, key),
        [N(n), K(key)] if n == "applications" && delete => application::delete(call, key),
        [N(n), K(key), N(action)] if n == "applications" && post => {
            credential::act(call, key, action)
        }
        [N(n)] if n == "servicePrincipals" && get => service_principal::list(call),
        [N(n)] if n == "servicePrincipals" && post => service_principal::create(call),
        [N(n), K(key)] if n == "servicePrincipals" && get => service_principal::read(call, key),
        [N(n), K(key)] if n == "servicePrincipals" && patch => service_principal::update(call, key),
        [N(n), K(key)] if n == "servicePrincipals" && delete => {
            service_principal::delete(call, key)
        }
        [N(n), K(key), N(side)] if n == "servicePrincipals" && get => {
            assignment::list(call, key, side)
        }
        [N(n), K(key), N(side)] if n == "servicePrincipals" && post => {
            assignment::create(call, key, side)
        }
        [N(n), K(key), N(side), K(id)] if n == "servicePrincipals" && delete => {
            assignment::delete(call, key, side, id)
        }
        [N(n)] if n == "oauth2PermissionGrants" && get => consent::list(call),
        [N(n)] if n == "oauth2PermissionGrants" && post => consent::create(call),
        [N(n), K(key)] if n == "oauth2PermissionGrants" && patch => consent::update(call, key),
        [N(n), K(key)] if n == "oauth2PermissionGrants" && delete => consent::delete(call, key),
        [N(n)] if n == "me" && get => user::me(call),
        [N(n), N(what)] if n == "me" => user::about_me(call, what),
        [N(n)] if n == "users" && get => user::list(call),
        [N(n)] if n == "users" && post => user::create(call),
        [N(n), K(key)] if n == "users" && get => user::read(call, key),
        [N(n), K(key)] if n == "users" && patch => user::update(call, key),
        [N(n), K(key)] if n == "users" && delete => user::delete(call, key),
        [N(n), K(key), N(what)] if n == "users" => user::about(call, key, what),
        [N(n)] if n == "groups" && get => group::list(call),
        [N(n)] if n == "groups" && post => group::create(call),
        [N(n), K(key)] if n == "groups" && get => group::read(call, key),
        [N(n), K(key)] if n == "groups" && delete => group::delete(call, key),
        [N(n), K(key), N(m)] if n == "groups" && m == "members" && get => group::members(call, key),
        [N(n), K(key), N(m), N(r)] if n == "groups" && m == "members" && r == "$ref" && post => {
            group::add_member(call, key)
        }
        [N(n), K(key), N(m), K(member), N(r)]
            if n == "groups" && m == "members" && r == "$ref" && delete =>
        {
            group::remove_member(call, key, member)
        }
        [N(n)] if n == "organization" && get => user::organization(call),
        _ => Err(GraphError::no_such_segment(&call.method, &names.join("/"))),
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
