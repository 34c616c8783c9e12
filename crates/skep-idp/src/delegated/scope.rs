//! The scope of a request in a user's name.

use uuid::Uuid;

use crate::{
    refusal::{Refusal, RequestFault, ScopeFault},
    registry::{GRAPH, Index},
    resource::Resource,
};

/// Most scopes of one request.
const SCOPES_MAX: usize = 64;

/// A scope, taken apart.
#[derive(Default)]
pub(crate) struct DelegatedScope {
    /// `openid`, `profile`, `email`, `offline_access`, as far as they were asked for.
    pub(crate) oidc: Vec<String>,
    /// The resources, in the order of their first scope; without any, Microsoft Graph.
    pub(crate) targets: Vec<Target>,
}

/// Whose consent `.default` looks up.
#[derive(Clone, Copy)]
pub(crate) struct Grantee {
    pub(crate) client: Uuid,
    /// Absent before somebody has signed in.
    pub(crate) user: Option<Uuid>,
}

/// One resource and what is wanted of it.
pub(crate) struct Target {
    pub(crate) resource: Resource,
    /// Scope values: `scp`.
    pub(crate) names: Vec<String>,
    /// As the client wrote them; MSAL takes a scope that does not come back for declined.
    pub(crate) written: Vec<String>,
}

/// What a user is asked to consent to, at one resource.
pub(crate) struct ConsentItem {
    pub(crate) resource_app_id: Uuid,
    pub(crate) resource_name: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) texts: Vec<String>,
    /// One of the scopes is for administrators to consent to.
    pub(crate) admin_only: bool,
}

/// What a request of the v1.0 endpoints asks for: they name a resource instead of scopes, and
/// always sign in and keep access.
pub(crate) fn scope_of_resource(resource: Option<&str>) -> String {
    let resource = resource.map_or_else(String::new, |resource| format!(" {resource}/.default"));
    format!("openid profile offline_access{resource}")
}

impl DelegatedScope {
    /// Takes `scope` apart.
    ///
    /// Source: MicrosoftDocs/entra-docs: docs/identity-platform/scopes-oidc.md
    pub(crate) fn parse(
        scope: Option<&str>,
        index: &Index,
        graph_origin: &str,
        tenant_id: Uuid,
        grantee: Grantee,
    ) -> Result<Self, Refusal> {
        let scope = scope.unwrap_or_default();
        let malformed = |why| ScopeFault::Malformed { scope: scope.to_owned(), why };
        if scope.chars().any(char::is_control) {
            return Err(malformed("it has control characters").into());
        }
        let mut parsed = Self { oidc: Vec::new(), targets: Vec::new() };
        for (n, written) in scope.split_ascii_whitespace().enumerate() {
            if n >= SCOPES_MAX {
                return Err(malformed("it has too many scopes").into());
            }
            if crate::resource::OIDC_SCOPES.contains(&written) {
                parsed.oidc.push(written.to_owned());
                continue;
            }
            // A name without a resource is Microsoft Graph's.
            let (resource, name) = written.rsplit_once('/').unwrap_or(("", written));
            let resource = if resource.is_empty() {
                Resource::graph(index)
            } else {
                Resource::find(resource, index, graph_origin, tenant_id)?
            };
            if name != ".default" && !resource.exposes(name) {
                return Err(malformed("the resource exposes no such scope").into());
            }
            let known =
                parsed.targets.iter_mut().find(|t| t.resource.app_id() == resource.app_id());
            let target = match known {
                Some(target) => target,
                None => {
                    parsed.targets.push(Target {
                        resource,
                        names: Vec::new(),
                        written: Vec::new(),
                    });
                    let last = parsed.targets.len() - 1;
                    &mut parsed.targets[last]
                }
            };
            target.written.push(written.to_owned());
            if name == ".default" {
                let consented = match grantee.user {
                    Some(user) => index
                        .consented(grantee.client, target.resource.app_id(), user)
                        .into_iter()
                        .map(str::to_owned)
                        .collect(),
                    None => Vec::new(),
                };
                target.names = target.resource.default_scopes(&consented);
            } else if !target.names.iter().any(|known| known == name) {
                target.names.push(name.to_owned());
            }
        }
        if parsed.oidc.is_empty() && parsed.targets.is_empty() {
            return Err(RequestFault::MissingCredentialField { name: "scope" }.into());
        }
        Ok(parsed)
    }

    pub(crate) fn has(&self, oidc: &str) -> bool {
        self.oidc.iter().any(|scope| scope == oidc)
    }

    /// The one resource that an access token is for: the first, unless the token request itself
    /// named several.
    pub(crate) fn into_target(mut self, index: &Index) -> (Vec<String>, Target) {
        let mut target = if self.targets.is_empty() {
            Target { resource: Resource::graph(index), names: Vec::new(), written: Vec::new() }
        } else {
            self.targets.swap_remove(0)
        };
        if target.resource.app_id() == GRAPH {
            let oidc = self.oidc.iter().filter(|scope| *scope != "offline_access").cloned();
            target.names.extend(oidc);
        }
        (self.oidc, target)
    }

    /// What neither the user nor an administrator has consented to.
    pub(crate) fn missing_consent(
        &self,
        index: &Index,
        client: Uuid,
        user: Uuid,
    ) -> Vec<ConsentItem> {
        let all = self.wanted(index);
        let mut items = Vec::new();
        for (resource, names) in all {
            let consented = index.consented(client, resource.app_id(), user);
            let scopes: Vec<String> =
                names.into_iter().filter(|name| !consented.contains(name.as_str())).collect();
            if !scopes.is_empty() {
                items.push(ConsentItem::new(&resource, scopes));
            }
        }
        items
    }

    /// Everything that is asked for, consented to or not.
    pub(crate) fn items(&self, index: &Index) -> Vec<ConsentItem> {
        self.wanted(index)
            .iter()
            .map(|(resource, names)| ConsentItem::new(resource, names.clone()))
            .collect()
    }

    fn wanted(&self, index: &Index) -> Vec<(Resource, Vec<String>)> {
        let mut wanted = Vec::new();
        let mut of_graph = self.oidc.clone();
        for target in &self.targets {
            if target.resource.app_id() == GRAPH {
                of_graph.extend(target.names.iter().cloned());
            } else {
                wanted.push((target.resource.clone(), target.names.clone()));
            }
        }
        if !of_graph.is_empty() {
            wanted.insert(0, (Resource::graph(index), of_graph));
        }
        wanted
    }
}

impl ConsentItem {
    fn new(resource: &Resource, scopes: Vec<String>) -> Self {
        Self {
            resource_app_id: resource.app_id(),
            resource_name: resource.app().display_name.clone(),
            texts: scopes.iter().map(|scope| resource.scope_text(scope)).collect(),
            admin_only: scopes.iter().any(|scope| resource.is_admin_only(scope)),
            scopes,
        }
    }
}
