//! The registry file's content, and its index.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use serde::{Deserialize, Serialize};
use skep_auth::jose::VerifyingKey;
use uuid::Uuid;

use super::{App, CertificateInfo, ConsentGrant, Group, User, builtin};
use crate::{error::BoxError, storage::Document};

/// Format of the file; a newer one is refused rather than misread.
const FORMAT: u32 = 1;

/// The file's content.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Directory {
    format: u32,
    pub(crate) tenant_id: Uuid,
    pub(super) apps: Vec<App>,
    #[serde(default)]
    pub(super) users: Vec<User>,
    #[serde(default)]
    pub(super) groups: Vec<Group>,
    #[serde(default)]
    pub(super) consents: Vec<ConsentGrant>,
}

/// The content, indexed for requests.
pub(crate) struct Index {
    apps: HashMap<Uuid, Arc<AppEntry>>,
    graph: Arc<AppEntry>,
    /// By App ID URI without a trailing slash.
    resources: HashMap<String, Uuid>,
    users: HashMap<Uuid, Arc<User>>,
    /// By user principal name in lower case.
    user_names: HashMap<String, Uuid>,
    groups: Vec<Group>,
    consents: Vec<ConsentGrant>,
}

/// An application and the keys of its certificates.
pub(crate) struct AppEntry {
    pub(crate) app: App,
    /// In the order of `app.certificates`.
    pub(crate) keys: Vec<VerifyingKey>,
}

impl Directory {
    pub(super) fn new(tenant_id: Uuid) -> Self {
        Self {
            format: FORMAT,
            tenant_id,
            apps: Vec::new(),
            users: Vec::new(),
            groups: Vec::new(),
            consents: Vec::new(),
        }
    }
}

impl Directory {
    pub(crate) fn apps(&self) -> &[App] {
        &self.apps
    }

    pub(crate) fn users(&self) -> &[User] {
        &self.users
    }

    pub(crate) fn groups(&self) -> &[Group] {
        &self.groups
    }

    pub(crate) fn consents(&self) -> &[ConsentGrant] {
        &self.consents
    }
}

impl Document for Directory {
    type View = Index;

    fn view(&self) -> Result<Index, BoxError> {
        if self.format != FORMAT {
            return Err(format!("format {} is not {FORMAT}", self.format).into());
        }
        let graph = AppEntry { app: builtin::graph(self.tenant_id), keys: Vec::new() };
        let mut index = Index {
            apps: HashMap::new(),
            graph: Arc::new(graph),
            resources: HashMap::new(),
            users: HashMap::new(),
            user_names: HashMap::new(),
            groups: self.groups.clone(),
            consents: self.consents.clone(),
        };
        let cli = builtin::graph_cli(self.tenant_id);
        let exchange = builtin::token_exchange(self.tenant_id);
        index.insert_app(&Arc::clone(&index.graph).app)?;
        for app in [&cli, &exchange].into_iter().chain(&self.apps) {
            index.insert_app(app)?;
        }
        for user in &self.users {
            index.insert_user(user)?;
        }
        self.groups.iter().try_for_each(Group::check)?;
        Ok(index)
    }
}

impl Index {
    fn insert_app(&mut self, app: &App) -> Result<(), BoxError> {
        app.check()?;
        let keys = app
            .certificates
            .iter()
            .map(CertificateInfo::verifying_key)
            .collect::<Result<_, BoxError>>()?;
        let entry = Arc::new(AppEntry { app: app.clone(), keys });
        if self.apps.insert(app.app_id, entry).is_some() {
            return Err(format!("application {} is registered twice", app.app_id).into());
        }
        for uri in &app.identifier_uris {
            let owner = self.resources.insert(resource_key(uri).to_owned(), app.app_id);
            if owner.is_some_and(|owner| owner != app.app_id) {
                return Err(format!("two applications have the App ID URI {uri:?}").into());
            }
        }
        Ok(())
    }

    fn insert_user(&mut self, user: &User) -> Result<(), BoxError> {
        user.check()?;
        if self.user_names.insert(user.key(), user.object_id).is_some() {
            return Err(format!("there are two users {:?}", user.user_principal_name).into());
        }
        if self.users.insert(user.object_id, Arc::new(user.clone())).is_some() {
            return Err(format!("there are two users with the id {}", user.object_id).into());
        }
        Ok(())
    }

    /// The application with this client id.
    pub(crate) fn app(&self, app_id: Uuid) -> Option<&Arc<AppEntry>> {
        self.apps.get(&app_id)
    }

    /// Microsoft Graph.
    pub(crate) fn graph(&self) -> &Arc<AppEntry> {
        &self.graph
    }

    /// All applications, in no order.
    pub(crate) fn apps(&self) -> impl Iterator<Item = &Arc<AppEntry>> {
        self.apps.values()
    }

    /// The application that `resource` names: a client id, or an App ID URI with or without a
    /// trailing slash.
    pub(crate) fn resource(&self, resource: &str) -> Option<&Arc<AppEntry>> {
        let app_id = match Uuid::parse_str(resource) {
            Ok(app_id) => app_id,
            Err(_) => *self.resources.get(resource_key(resource))?,
        };
        self.app(app_id)
    }

    /// The user with this object id.
    pub(crate) fn user(&self, object_id: Uuid) -> Option<&Arc<User>> {
        self.users.get(&object_id)
    }

    /// The user who signs in with this name.
    pub(crate) fn user_named(&self, name: &str) -> Option<&Arc<User>> {
        self.user(*self.user_names.get(&name.trim().to_lowercase())?)
    }

    /// The groups that the user is in.
    pub(crate) fn groups_of(&self, user: Uuid) -> impl Iterator<Item = &Group> {
        self.groups.iter().filter(move |group| group.members.contains(&user))
    }

    /// The scopes of `resource` that `client` may use for `user`, by the user's own consent or an
    /// administrator's for all.
    pub(crate) fn consented(&self, client: Uuid, resource: Uuid, user: Uuid) -> BTreeSet<&str> {
        self.consents
            .iter()
            .filter(|grant| grant.client_app_id == client && grant.resource_app_id == resource)
            .filter(|grant| grant.user_id.is_none_or(|id| id == user))
            .flat_map(|grant| grant.scopes.iter().map(String::as_str))
            .collect()
    }
}

fn resource_key(uri: &str) -> &str {
    uri.strip_suffix('/').unwrap_or(uri)
}
