//! Setting up: the guide's steps 1 to 4, for every component.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};
use skep_auth::Secret;

mod credentials;
mod permissions;

pub(crate) use self::{
    credentials::new_certificate,
    permissions::{consent_for_all, role_assignments},
};
use crate::{
    Cloud, Component, CredentialKind, Directory, Error, Record, RecordedComponent,
    RecordedCredential, credential,
    directory::placeholder,
    files::{self, Files},
    model::{APPLICATION_PROPERTIES, Application, ServicePrincipal, parsed},
    registration::Wanted,
};

/// What to set up.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The tenant, by its id.
    pub tenant_id: String,
    /// Its cloud.
    pub cloud: Cloud,
    /// PEM of a CA that its hosts are trusted with, besides the system's.
    pub ca_certificate: Option<PathBuf>,
    /// With what every display name begins.
    pub prefix: String,
    /// What to register.
    pub components: Vec<Component>,
    /// Addresses of the web applications, for their redirect URIs.
    pub base_urls: BTreeMap<Component, String>,
    /// How components prove who they are.
    pub credential: CredentialKind,
    /// For how many days a new credential is valid.
    pub credential_days: u32,
    /// Registrations that exist already, by their client ids.
    pub adopt: BTreeMap<Component, String>,
    /// Whether to consent for all users, and to assign roles.
    pub consent: bool,
    /// Password of keystores that are in the folder already.
    pub keystore_password: Option<Secret>,
}

/// A set-up about to be made.
#[derive(Debug)]
pub struct Setup {
    plan: Plan,
    directory: Directory,
    files: Files,
    record: Record,
    now: Timestamp,
    registered: Vec<Registered>,
    written: Vec<PathBuf>,
}

/// What a set-up has led to.
#[derive(Clone, Debug)]
pub struct SetUp {
    /// Each component, in the order of the plan.
    pub registered: Vec<Registered>,
    /// Files that are new or have changed.
    pub written: Vec<PathBuf>,
    /// How many calls changed the directory, or would have.
    pub n_changes: usize,
}

/// A component and its registration.
#[derive(Clone, Debug)]
pub struct Registered {
    /// Which.
    pub component: Component,
    /// Its display name.
    pub display_name: String,
    /// Its client id.
    pub app_id: String,
    /// Whether it was registered now.
    pub is_new: bool,
    app: Application,
    principal_id: String,
}

impl Setup {
    /// Prepares to set up what `plan` says, with the files in `folder`.
    ///
    /// # Errors
    /// [`Error::Input`]: the plan contradicts itself or what is in the folder; [`Error::File`],
    /// [`Error::Damaged`].
    pub fn new(
        plan: Plan,
        directory: Directory,
        folder: &Path,
        now: Timestamp,
    ) -> Result<Self, Error> {
        check(&plan)?;
        let recorded = Record::load(folder)?;
        if let Some(recorded) = &recorded
            && (recorded.tenant_id != plan.tenant_id || recorded.cloud != plan.cloud)
        {
            return Err(Error::Input(format!(
                "{} holds the set-up of tenant {} at {}; choose another folder with --out",
                folder.display(),
                recorded.tenant_id,
                recorded.cloud.authority
            )));
        }
        let mut record = recorded.unwrap_or_else(|| Record {
            tenant_id: plan.tenant_id.clone(),
            cloud: plan.cloud.clone(),
            ca_certificate: None,
            prefix: plan.prefix.clone(),
            without_consent: false,
            components: BTreeMap::new(),
        });
        record.ca_certificate.clone_from(&plan.ca_certificate);
        record.prefix.clone_from(&plan.prefix);
        record.without_consent = !plan.consent;
        let files =
            if directory.is_dry_run() { Files::planned(folder)? } else { Files::open(folder)? };
        let (registered, written) = (Vec::new(), Vec::new());
        Ok(Self { plan, directory, files, record, now, registered, written })
    }

    /// Does it; safe to run again, then only what differs is changed.
    ///
    /// # Errors
    /// What keeps a call from being answered; what was done until then stays, and a second run
    /// goes on from there.
    pub async fn run(mut self) -> Result<SetUp, Error> {
        let known = self.known().await?;
        for component in self.plan.components.clone() {
            self.register(component, &known).await?;
        }
        for at in 0..self.registered.len() {
            if self.registered[at].component.has_credential() {
                self.provide_credential(at).await?;
            }
        }
        if self.plan.consent {
            self.consent().await?;
            self.assign_roles().await?;
        }
        self.write_configuration()?;
        let n_changes = self.directory.calls().iter().filter(|call| call.is_write()).count();
        Ok(SetUp { registered: self.registered, written: self.written, n_changes })
    }

    /// The registrations whose names begin as ours do.
    async fn known(&self) -> Result<Vec<Application>, Error> {
        let path = format!(
            "/applications?$filter=startswith(displayName,'{} ')&$select={APPLICATION_PROPERTIES}",
            self.plan.prefix
        );
        let found = self.directory.list(&path, "find registrations by name").await?;
        found.into_iter().map(|app| parsed(&path, app)).collect()
    }

    /// Step 1, and what of the others is a property of the registration.
    async fn register(&mut self, component: Component, known: &[Application]) -> Result<(), Error> {
        let base_url = self.plan.base_urls.get(&component).cloned();
        let zeebe = self.record.app_id(Component::Zeebe).map(str::to_owned);
        let prefix = self.plan.prefix.clone();
        let wanted = Wanted {
            component,
            prefix: &prefix,
            base_url: base_url.as_deref(),
            zeebe_app_id: zeebe.as_deref(),
        };
        let located = self.locate(wanted, known).await?;
        let is_new = located.is_none();
        let app = match located {
            Some(app) => app,
            None => self.create(wanted).await?,
        };
        let recorded = self.record.components.entry(component).or_default();
        if recorded.app_id != app.app_id {
            // The credential of another registration is none of this one's.
            *recorded = RecordedComponent::default();
        }
        recorded.app_id.clone_from(&app.app_id);
        recorded.base_url = base_url.clone();
        self.save()?;
        let principal_id = self.principal(&app, is_new).await?;
        let changes = wanted.changes(&app);
        if !changes.is_empty() {
            let names: Vec<_> = changes.keys().map(String::as_str).collect();
            let purpose = format!("set {}", names.join(", "));
            credential::patch(&self.directory, &app.id, Value::Object(changes.clone()), &purpose)
                .await?;
        }
        self.registered.push(Registered {
            component,
            display_name: app.display_name.clone(),
            app_id: app.app_id.clone(),
            is_new,
            app: changed(app, &changes)?,
            principal_id,
        });
        Ok(())
    }

    /// The registration of a component: as told, as recorded, or by tag.
    async fn locate(
        &self,
        wanted: Wanted<'_>,
        known: &[Application],
    ) -> Result<Option<Application>, Error> {
        let component = wanted.component;
        let adopted = self.plan.adopt.get(&component).map(String::as_str);
        if let Some(app_id) = adopted.or_else(|| self.record.app_id(component)) {
            if let Some(app) = known.iter().find(|app| app.app_id.eq_ignore_ascii_case(app_id)) {
                return Ok(Some(app.clone()));
            }
            let path = format!("/applications(appId='{app_id}')?$select={APPLICATION_PROPERTIES}");
            match self.directory.find(&path, "find the registration by its client id").await? {
                Some(found) => return parsed(&path, found).map(Some),
                None if adopted.is_some() && !self.directory.is_dry_run() => {
                    return Err(Error::Input(format!(
                        "there is no registration with client id {app_id} to adopt for {component}"
                    )));
                }
                // Removed by hand: it is made anew.
                None => {}
            }
        }
        let tag = wanted.tag();
        let tagged: Vec<_> = known.iter().filter(|app| app.tags.contains(&tag)).collect();
        let name = wanted.display_name();
        match tagged.as_slice() {
            [app] => Ok(Some((*app).clone())),
            [] => match known.iter().find(|app| app.display_name == name) {
                Some(app) => Err(Error::Foreign { name, app_id: app.app_id.clone() }),
                None => Ok(None),
            },
            several => Err(Error::Ambiguous {
                component: component.to_string(),
                app_ids: several.iter().map(|app| app.app_id.clone()).collect(),
            }),
        }
    }

    async fn create(&self, wanted: Wanted<'_>) -> Result<Application, Error> {
        let component = wanted.component;
        let body = wanted.creation();
        let mut simulated = body.clone();
        simulated["id"] = placeholder(&format!("{component} object id"));
        simulated["appId"] = placeholder(&format!("{component} client id"));
        let purpose = format!("register {}", wanted.display_name());
        let created = self
            .directory
            .change(Method::POST, "/applications", Some(body), &purpose, simulated)
            .await?;
        parsed("/applications", created)
    }

    /// The object id of the service principal; the portal makes it silently, Graph does not.
    async fn principal(&self, app: &Application, is_new: bool) -> Result<String, Error> {
        if !is_new {
            let path = format!(
                "/servicePrincipals?$filter=appId eq '{}'&$select=id,accountEnabled",
                app.app_id
            );
            let found = self.directory.list(&path, "find the service principal").await?;
            if let Some(found) = found.into_iter().next() {
                let principal: ServicePrincipal = parsed(&path, found)?;
                return Ok(principal.id);
            }
        }
        let body = json!({ "appId": app.app_id });
        let simulated = json!({ "id": placeholder(&format!("{} principal id", app.display_name)) });
        let created = self
            .directory
            .change(
                Method::POST,
                "/servicePrincipals",
                Some(body),
                "make the service principal (Enterprise application)",
                simulated,
            )
            .await?;
        parsed::<ServicePrincipal>("/servicePrincipals", created).map(|principal| principal.id)
    }

    fn of(&self, component: Component) -> Option<&Registered> {
        self.registered.iter().find(|registered| registered.component == component)
    }

    fn record_credential(
        &mut self,
        component: Component,
        credential: RecordedCredential,
    ) -> Result<(), Error> {
        self.record.components.entry(component).or_default().credential = Some(credential);
        self.save()
    }

    fn save(&self) -> Result<(), Error> {
        if self.directory.is_dry_run() {
            return Ok(());
        }
        self.record.save(self.files.folder())
    }

    fn write_environment(
        &mut self,
        component: Component,
        value: &files::Value<'_>,
    ) -> Result<(), Error> {
        let text = files::environment(&self.record, component, value);
        self.write(self.files.environment_path(component), &text)
    }

    fn write_configuration(&mut self) -> Result<(), Error> {
        for registered in self.registered.clone() {
            if !registered.component.has_credential() {
                self.write_environment(registered.component, &files::Value::None)?;
            }
        }
        self.write(self.files.config_path(), &files::config(&self.record))
    }

    fn write(&mut self, path: PathBuf, text: &str) -> Result<(), Error> {
        if !self.directory.is_dry_run() && Files::write(&path, text.as_bytes())? {
            self.written.push(path);
        }
        Ok(())
    }
}

/// The registration as it is after `changes`.
fn changed(
    app: Application,
    changes: &serde_json::Map<String, Value>,
) -> Result<Application, Error> {
    let change: Application = parsed("/applications", Value::Object(changes.clone()))?;
    let mut app = app;
    if changes.contains_key("appRoles") {
        app.app_roles = change.app_roles;
    }
    Ok(app)
}

fn check(plan: &Plan) -> Result<(), Error> {
    let wrong = |text: String| Err(Error::Input(text));
    let is_name = |c: char| c.is_alphanumeric() || " -_.()".contains(c);
    let n_chars = plan.prefix.chars().count();
    if n_chars == 0 || n_chars > 80 || !plan.prefix.chars().all(is_name) {
        return wrong(format!(
            "the name {:?} must have 1 to 80 letters, digits, blanks or any of -_.()",
            plan.prefix
        ));
    }
    let needs_zeebe = plan.components.contains(&Component::Connectors);
    if plan.components.is_empty() || (needs_zeebe && !plan.components.contains(&Component::Zeebe)) {
        return wrong("connectors need the component zeebe, whose API they call".to_owned());
    }
    for (component, url) in &plan.base_urls {
        let parsed = reqwest::Url::parse(url);
        let is_fine = parsed.is_ok_and(|url| {
            let is_local = matches!(url.host_str(), Some("localhost" | "127.0.0.1"));
            (url.scheme() == "https" || (url.scheme() == "http" && is_local))
                && url.has_host()
                && url.query().is_none()
                && url.fragment().is_none()
        });
        if !is_fine || url.chars().count() > 200 {
            return wrong(format!(
                "the address {url:?} of {component} cannot be a redirect URI: Entra takes https \
                 URLs, and http with localhost"
            ));
        }
    }
    Ok(())
}
