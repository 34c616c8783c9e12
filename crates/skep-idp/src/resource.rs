//! What is asked for: from `scope` or `resource` to the application that tokens are for.

use std::sync::Arc;

use uuid::Uuid;

use crate::{
    refusal::{Refusal, RequestFault, ScopeFault},
    registry::{App, AppEntry, GRAPH, GRAPH_URI, Index, MemberType},
};

/// Scopes about the user, which some SDKs append to every request. They are Microsoft Graph's.
pub(crate) const OIDC_SCOPES: [&str; 4] = ["openid", "profile", "email", "offline_access"];
const DEFAULT: &str = ".default";

/// The resource of a token.
#[derive(Clone)]
pub(crate) struct Resource {
    /// As the caller named it: the audience of v1 tokens.
    pub(crate) requested: String,
    entry: Arc<AppEntry>,
}

impl Resource {
    /// Microsoft Graph, by the name that tokens for users have.
    pub(crate) fn graph(index: &Index) -> Self {
        Self { requested: GRAPH.to_string(), entry: Arc::clone(index.graph()) }
    }

    /// The application.
    pub(crate) fn app(&self) -> &App {
        &self.entry.app
    }

    /// Whether clients may ask for this scope in a user's name.
    pub(crate) fn exposes(&self, scope: &str) -> bool {
        self.app().permission_scopes.iter().any(|known| known.enabled && known.value == scope)
    }

    /// What `.default` stands for in the user's name: the scopes of an application of the tenant,
    /// and of Microsoft Graph what is consented to.
    pub(crate) fn default_scopes(&self, consented: &[String]) -> Vec<String> {
        if self.app_id() == GRAPH {
            let others = consented.iter().filter(|scope| !OIDC_SCOPES.contains(&scope.as_str()));
            let mut scopes: Vec<String> = others.cloned().collect();
            if !scopes.iter().any(|scope| scope == "User.Read") {
                scopes.push("User.Read".to_owned());
            }
            return scopes;
        }
        let scopes = self.app().permission_scopes.iter().filter(|scope| scope.enabled);
        scopes.map(|scope| scope.value.clone()).collect()
    }

    /// What the consent page says about a scope.
    pub(crate) fn scope_text(&self, scope: &str) -> String {
        let known = self.app().permission_scopes.iter().find(|known| known.value == scope);
        known.map_or(scope, |known| &known.display_name).to_owned()
    }

    /// Whether only an administrator may consent to a scope.
    pub(crate) fn is_admin_only(&self, scope: &str) -> bool {
        let known = self.app().permission_scopes.iter().find(|known| known.value == scope);
        known.is_some_and(|known| known.admin_only)
    }

    /// The resource of a v2.0 scope: exactly one, with `/.default`.
    pub(crate) fn of_scope(
        scope: Option<&str>,
        index: &Index,
        graph_origin: &str,
        tenant_id: Uuid,
    ) -> Result<Self, Refusal> {
        let scope = scope.unwrap_or_default();
        let mut tokens = scope.split_ascii_whitespace().peekable();
        if tokens.peek().is_none() {
            return Err(RequestFault::MissingCredentialField { name: "scope" }.into());
        }
        if scope.chars().any(char::is_control) {
            let why = "it has control characters";
            return Err(ScopeFault::Malformed { scope: scope.to_owned(), why }.into());
        }
        let mut resources = Vec::new();
        let mut has_names = false;
        for token in tokens.filter(|token| !OIDC_SCOPES.contains(token)) {
            match token.strip_suffix(DEFAULT).map(|rest| (rest, rest.strip_suffix('/'))) {
                // No resource at all means Microsoft Graph.
                Some(("", _)) => resources.push(GRAPH_URI),
                Some((_, Some(resource))) if !resource.is_empty() => resources.push(resource),
                _ => has_names = true,
            }
        }
        resources.dedup();
        match resources.as_slice() {
            [] => Err(ScopeFault::NotDefault { scope: scope.to_owned() }.into()),
            _ if has_names => {
                let why = "'.default' cannot be combined with other scopes";
                Err(ScopeFault::Malformed { scope: scope.to_owned(), why }.into())
            }
            [resource] => Self::find(resource, index, graph_origin, tenant_id),
            _ => Err(ScopeFault::SeveralResources { scope: scope.to_owned() }.into()),
        }
    }

    /// The resource of that id or App ID URI.
    pub(crate) fn find(
        requested: &str,
        index: &Index,
        graph_origin: &str,
        tenant_id: Uuid,
    ) -> Result<Self, Refusal> {
        let without_slash = requested.strip_suffix('/').unwrap_or(requested);
        if without_slash == graph_origin {
            return Ok(Self { requested: requested.to_owned(), ..Self::graph(index) });
        }
        let entry = index
            .resource(requested)
            .filter(|entry| entry.app.enabled && entry.app.service_principal.is_some())
            .ok_or_else(|| ScopeFault::UnknownResource {
                resource: requested.to_owned(),
                tenant_id,
            })?;
        Ok(Self { requested: requested.to_owned(), entry: Arc::clone(entry) })
    }

    /// The resource's client id: the audience of v2.0 tokens.
    pub(crate) fn app_id(&self) -> Uuid {
        self.app().app_id
    }

    /// Whether the resource wants v2.0 tokens.
    pub(crate) fn wants_v2_tokens(&self) -> bool {
        self.app().wants_v2_tokens()
    }

    /// The roles of this resource that are granted to the application `client`.
    pub(crate) fn roles_of(&self, client: &App) -> Result<Vec<String>, ScopeFault> {
        let resource = self.app();
        let granted = client.service_principal.iter().flat_map(|p| &p.app_role_assignments);
        let roles: Vec<String> = granted
            .filter(|assignment| assignment.resource_app_id == resource.app_id)
            .filter_map(|assignment| {
                resource.app_roles.iter().find(|role| role.id == assignment.app_role_id)
            })
            .filter(|role| {
                role.enabled && role.allowed_member_types.contains(&MemberType::Application)
            })
            .map(|role| role.value.clone())
            .collect();
        let is_required = resource
            .service_principal
            .as_ref()
            .is_some_and(|principal| principal.app_role_assignment_required);
        if is_required && roles.is_empty() {
            return Err(ScopeFault::AssignmentRequired {
                app: client.app_id,
                resource: resource.app_id,
            });
        }
        Ok(roles)
    }
}
