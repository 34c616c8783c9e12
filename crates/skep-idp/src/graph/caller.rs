//! Who calls, by a token of this provider for Microsoft Graph.

use std::collections::BTreeSet;

use axum::http::{HeaderMap, header};
use skep_auth::{
    bearer_token,
    jose::{Jws, JwsError},
};
use uuid::Uuid;

use super::GraphError;
use crate::{
    dates,
    registry::{GRAPH, GRAPH_URI, Index},
    server::Site,
};

/// How far clocks may differ.
const SKEW_S: f64 = 300.0;

/// The caller of a directory request.
#[derive(Debug)]
pub(super) struct Caller {
    /// `roles` of an application's own token, `scp` of a user's.
    permissions: BTreeSet<String>,
    /// The user whose token it is.
    pub(super) user: Option<Uuid>,
    /// The application.
    pub(super) client: Option<Uuid>,
    is_admin: bool,
}

impl Caller {
    /// Checks the request's token.
    pub(super) fn of(site: &Site, index: &Index, headers: &HeaderMap) -> Result<Self, GraphError> {
        let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = bearer_token(value)
            .map_err(|_| GraphError::unauthenticated("Access token is empty."))?;
        let unreadable = |error: JwsError| {
            GraphError::unauthenticated(format!("Access token validation failure: {error}."))
        };
        let jws = Jws::parse(token).map_err(unreadable)?;
        let keys = site.core.keys.current();
        let kid = jws.header.kid.as_deref().unwrap_or_default();
        let key = keys.view.verifying.get(kid).ok_or_else(|| {
            GraphError::unauthenticated("Access token validation failure: the key is unknown.")
        })?;
        jws.verify(key).map_err(unreadable)?;

        let claims = &jws.claims;
        let failed = |why: &str| {
            GraphError::unauthenticated(format!("Access token validation failure: {why}."))
        };
        let endpoints = site.endpoints();
        let issuer = claims.text("iss").unwrap_or_default();
        if issuer != endpoints.issuer() && issuer != endpoints.issuer_v1() {
            return Err(failed("the issuer is another"));
        }
        let audience = claims.text("aud").unwrap_or_default();
        let graph = [GRAPH.to_string(), GRAPH_URI.to_owned(), site.origin.clone()];
        if !graph.iter().any(|own| own == audience.trim_end_matches('/')) {
            return Err(failed("the token is for another audience than Microsoft Graph"));
        }
        #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 are far below 2^52")]
        let now_s = dates::now(&site.core.clock).as_second() as f64;
        let expires = claims.numeric_date("exp").ok().flatten().unwrap_or(0.0);
        if now_s > expires + SKEW_S {
            return Err(failed("the lifetime has ended"));
        }
        Self::from_claims(index, claims).ok_or_else(|| failed("the user is gone"))
    }

    fn from_claims(index: &Index, claims: &skep_auth::jose::Claims) -> Option<Self> {
        let id = |name| claims.text(name).and_then(|text| Uuid::parse_str(text).ok());
        let client = id("appid").or_else(|| id("azp"));
        let Some(scopes) = claims.text("scp") else {
            let permissions = claims.texts("roles").unwrap_or_default().into_iter().collect();
            return Some(Self { permissions, user: None, client, is_admin: false });
        };
        let user = index.user(id("oid")?).filter(|user| user.enabled)?;
        let permissions = scopes.split(' ').map(str::to_owned).collect();
        Some(Self { permissions, user: Some(user.object_id), client, is_admin: user.is_admin })
    }

    /// Allows what one of `needed` permits: an application by its roles, a user by the scope and,
    /// beyond the user's own profile, by being an administrator.
    pub(super) fn require(&self, needed: &[&str]) -> Result<(), GraphError> {
        let allowed = needed.iter().any(|permission| {
            let is_own = !permission.ends_with(".All");
            self.permissions.contains(*permission)
                && (self.user.is_none() || self.is_admin || is_own)
        });
        if allowed { Ok(()) } else { Err(GraphError::denied(needed)) }
    }
}

pub(super) const READ_APPLICATIONS: &[&str] = &[
    "Application.Read.All",
    "Application.ReadWrite.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
];
pub(super) const WRITE_APPLICATIONS: &[&str] =
    &["Application.ReadWrite.All", "Directory.ReadWrite.All"];
pub(super) const ASSIGN_ROLES: &[&str] = &["AppRoleAssignment.ReadWrite.All"];
pub(super) const CONSENT: &[&str] =
    &["DelegatedPermissionGrant.ReadWrite.All", "Directory.ReadWrite.All"];
pub(super) const READ_USERS: &[&str] =
    &["User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"];
pub(super) const WRITE_USERS: &[&str] = &["User.ReadWrite.All", "Directory.ReadWrite.All"];
pub(super) const READ_SELF: &[&str] = &["User.Read", "User.Read.All", "User.ReadWrite.All"];
pub(super) const READ_GROUPS: &[&str] = &[
    "GroupMember.Read.All",
    "Group.Read.All",
    "Group.ReadWrite.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
];
pub(super) const WRITE_GROUPS: &[&str] = &["Group.ReadWrite.All", "Directory.ReadWrite.All"];
