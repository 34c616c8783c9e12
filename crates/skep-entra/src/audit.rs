//! What needs doing in a tenant that was set up.

use std::path::Path;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    Component, Directory, Error, Platform, Record, RecordedComponent,
    model::{
        APPLICATION_PROPERTIES, Application, Credential, GRAPH_APP_ID, ServicePrincipal, parsed,
    },
    registration::{Wanted, sign_in_scopes},
    setup::{consent_for_all, role_assignments},
};

/// A look at what was set up.
#[derive(Debug)]
pub struct Audit {
    directory: Directory,
    record: Record,
    warn_days: i64,
    now: Timestamp,
}

/// How much it matters.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Level {
    /// Something does not work, or soon will not.
    Problem,
    /// Worth knowing; nothing needs doing.
    Note,
}

/// One thing that was found.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Finding {
    /// How much it matters.
    pub level: Level,
    /// Which component.
    pub component: Component,
    /// Stable name, for scripts: `token-version`, `consent`, …
    pub code: &'static str,
    /// What was found.
    pub text: String,
    /// What to do about it; empty for notes.
    pub fix: String,
}

/// What an audit has found.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Findings {
    /// Problems first, in the order of the components.
    pub findings: Vec<Finding>,
    /// For each component: its client id, and the credentials of its registration.
    pub components: Vec<Value>,
}

impl Findings {
    /// Whether something needs doing.
    #[must_use]
    pub fn has_problems(&self) -> bool {
        self.findings.iter().any(|finding| finding.level == Level::Problem)
    }

    /// For programs.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let findings = self.findings.iter().map(|finding| {
            let level = match finding.level {
                Level::Problem => "problem",
                Level::Note => "note",
            };
            json!({
                "level": level, "component": finding.component, "code": finding.code,
                "text": finding.text, "fix": finding.fix,
            })
        });
        json!({ "components": self.components, "findings": findings.collect::<Vec<_>>() })
    }
}

/// What an audit of one component needs.
struct Inspected<'a> {
    component: Component,
    recorded: &'a RecordedComponent,
    findings: Vec<Finding>,
}

impl Inspected<'_> {
    fn problem(&mut self, code: &'static str, text: String, fix: &str) {
        let (level, component, fix) = (Level::Problem, self.component, fix.to_owned());
        self.findings.push(Finding { level, component, code, text, fix });
    }

    fn note(&mut self, code: &'static str, text: String) {
        let (level, component) = (Level::Note, self.component);
        self.findings.push(Finding { level, component, code, text, fix: String::new() });
    }
}

const SET_UP: &str = "run `skep entra setup` again";
const ROTATE: &str = "run `skep entra rotate`";
const REMOVE: &str = "remove it in the portal (Certificates & secrets) when nobody uses it";

impl Audit {
    /// Prepares to look at what was set up in `folder`.
    ///
    /// # Errors
    /// [`Error::Input`]: nothing was set up there; [`Error::File`], [`Error::Damaged`].
    pub fn new(
        directory: Directory,
        folder: &Path,
        warn_days: u32,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let record = Record::load(folder)?.ok_or_else(|| {
            Error::Input(format!(
                "there is no set-up in {}; name its folder with --out, or run `skep entra setup`",
                folder.display()
            ))
        })?;
        Ok(Self { directory, record, warn_days: warn_days.into(), now })
    }

    /// Looks.
    ///
    /// # Errors
    /// What keeps a call from being answered.
    pub async fn run(self) -> Result<Findings, Error> {
        let graph = self.principal(GRAPH_APP_ID).await?.map(|principal| principal.id);
        let mut findings = Vec::new();
        let mut components = Vec::new();
        for (component, recorded) in &self.record.components {
            let mut inspected = Inspected { component: *component, recorded, findings: Vec::new() };
            let shown = self.inspect(&mut inspected, graph.as_deref()).await?;
            components.push(shown);
            findings.extend(inspected.findings);
        }
        self.unrecorded(&mut findings).await?;
        findings.sort_by_key(|finding| finding.level);
        Ok(Findings { findings, components })
    }

    async fn inspect(
        &self,
        inspected: &mut Inspected<'_>,
        graph: Option<&str>,
    ) -> Result<Value, Error> {
        let app_id = &inspected.recorded.app_id;
        let path = format!("/applications(appId='{app_id}')?$select={APPLICATION_PROPERTIES}");
        let Some(found) = self.directory.find(&path, "read the registration").await? else {
            let text = format!("the registration {app_id} is gone");
            inspected.problem("registration", text, SET_UP);
            return Ok(json!({ "component": inspected.component, "clientId": app_id }));
        };
        let app: Application = parsed(&path, found)?;
        self.inspect_properties(inspected, &app);
        self.inspect_credentials(inspected, &app);
        match self.principal(app_id).await? {
            None => {
                let text = "it has no service principal (Enterprise application), so it gets no \
                            tokens: AADSTS7000229";
                inspected.problem("service-principal", text.to_owned(), SET_UP);
            }
            Some(principal) => {
                if principal.account_enabled == Some(false) {
                    let text = "its service principal is disabled: AADSTS7000112".to_owned();
                    let fix = "enable it under Enterprise applications";
                    inspected.problem("service-principal", text, fix);
                }
                self.inspect_consent(inspected, &principal.id, graph).await?;
                self.inspect_role(inspected, &app, &principal.id).await?;
            }
        }
        let secrets = app.password_credentials.iter().map(|c| self.shown(c, "secret"));
        let keys = app.keys();
        let certificates = keys.iter().map(|c| self.shown(c, "certificate"));
        Ok(json!({
            "component": inspected.component,
            "displayName": app.display_name,
            "clientId": app.app_id,
            "credentials": secrets.chain(certificates).collect::<Vec<_>>(),
        }))
    }

    fn shown(&self, credential: &Credential, kind: &str) -> Value {
        json!({
            "kind": kind,
            "keyId": credential.key_id,
            "displayName": credential.display_name,
            "ends": credential.end_date_time.map(|end| end.to_string()),
            "daysLeft": self.days_left(credential),
        })
    }

    fn days_left(&self, credential: &Credential) -> Option<i64> {
        let end = credential.end_date_time?;
        Some((end.as_second() - self.now.as_second()).div_euclid(24 * 60 * 60))
    }

    fn inspect_properties(&self, inspected: &mut Inspected<'_>, app: &Application) {
        let wanted = self.wanted(inspected);
        let version = app.api.requested_access_token_version;
        if version != Some(2) {
            let shown = version.map_or_else(|| "null".to_owned(), |version| version.to_string());
            let text = format!(
                "api.requestedAccessTokenVersion is {shown}, not 2: tokens come from \
                 sts.windows.net and their audience may be api://{}",
                app.app_id
            );
            inspected.problem("token-version", text, SET_UP);
        }
        if let Some(uri) = wanted.redirect_uri() {
            let is_single_page = inspected.component.platform() == Platform::SinglePage;
            let (right, wrong) = match is_single_page {
                true => (&app.spa.redirect_uris, &app.web.redirect_uris),
                false => (&app.web.redirect_uris, &app.spa.redirect_uris),
            };
            let (platform, code) = match is_single_page {
                true => ("Single-page application", "AADSTS9002326"),
                false => ("Web", "AADSTS9002327"),
            };
            if wrong.contains(&uri) {
                let text =
                    format!("{uri} is registered for another platform than {platform}: {code}");
                let fix = "remove it there in the portal, then run `skep entra setup` again";
                inspected.problem("redirect-uri", text, fix);
            } else if !right.contains(&uri) {
                let text = format!("{uri} is no redirect URI of platform {platform}: AADSTS50011");
                inspected.problem("redirect-uri", text, SET_UP);
            }
            for other in right.iter().filter(|other| **other != uri) {
                inspected.note("redirect-uri", format!("{other} is a redirect URI too"));
            }
        }
        let changes = wanted.changes(app);
        for (name, code, text) in [
            ("identifierUris", "identifier-uri", "it lacks its App ID URI api://CLIENT_ID"),
            ("appRoles", "app-role", "it lacks the role zeebe.client"),
            ("requiredResourceAccess", "permissions", "it does not list the permissions it needs"),
        ] {
            if changes.contains_key(name) {
                inspected.problem(code, text.to_owned(), SET_UP);
            }
        }
    }

    fn wanted<'a>(&'a self, inspected: &Inspected<'a>) -> Wanted<'a> {
        Wanted {
            component: inspected.component,
            prefix: &self.record.prefix,
            base_url: inspected.recorded.base_url.as_deref(),
            zeebe_app_id: self.record.app_id(Component::Zeebe),
        }
    }

    fn inspect_credentials(&self, inspected: &mut Inspected<'_>, app: &Application) {
        let keys = app.keys();
        let all: Vec<&Credential> = app.password_credentials.iter().chain(&keys).collect();
        let recorded = inspected.recorded;
        let in_use = recorded.credential.as_ref().map(|credential| credential.key_id());
        if inspected.component.has_credential()
            && !in_use.is_some_and(|id| all.iter().any(|credential| credential.key_id == id))
        {
            let text = "the credential in its files is not in the registration".to_owned();
            inspected.problem("credential", text, SET_UP);
        }
        if let Some(rotation) = &recorded.rotation {
            let text = format!("a rotation was begun and not finished ({})", rotation.name);
            inspected.problem("rotation", text, ROTATE);
        }
        let rotating = recorded.rotation.as_ref();
        let new = rotating.and_then(|r| r.new.as_ref()).map(|new| new.key_id());
        let old = rotating.and_then(|r| r.old_key_id.as_deref());
        for credential in all {
            let is_used = in_use == Some(credential.key_id.as_str());
            let is_rotating = [new, old].contains(&Some(credential.key_id.as_str()));
            let named = credential.display_name.as_deref().unwrap_or("without a name");
            let what = format!("credential {:?} ({})", named, credential.key_id);
            match self.days_left(credential) {
                Some(..0) => {
                    let fix = if is_used { ROTATE } else { REMOVE };
                    inspected.problem("expired", format!("{what} has ended"), fix);
                }
                Some(days) if days < self.warn_days && is_used => {
                    let text = format!("{what} ends in {days} days");
                    inspected.problem("expiring", text, ROTATE);
                }
                _ if is_used || is_rotating => {}
                _ if named.starts_with("skep ") => {
                    let text = format!("{what} was made by Skep and is not in use");
                    inspected.problem("unused", text, REMOVE);
                }
                _ => inspected.note("unused", format!("{what} is not Skep's")),
            }
        }
    }

    async fn inspect_consent(
        &self,
        inspected: &mut Inspected<'_>,
        principal_id: &str,
        graph: Option<&str>,
    ) -> Result<(), Error> {
        if inspected.component.platform() == Platform::Service {
            return Ok(());
        }
        let Some(graph) = graph else { return Ok(()) };
        let grant = consent_for_all(&self.directory, principal_id, graph).await?;
        let scope = grant.map(|grant| grant.scope).unwrap_or_default();
        let present: Vec<&str> = scope.split_whitespace().collect();
        let missing: Vec<&str> =
            sign_in_scopes().into_iter().filter(|scope| !present.contains(scope)).collect();
        if !missing.is_empty() {
            let text = format!("no admin consent for {}: AADSTS65001", missing.join(", "));
            let fix = "run `skep entra setup` as an administrator, or grant it in the portal (API \
                       permissions)";
            inspected.problem("consent", text, fix);
        }
        Ok(())
    }

    async fn inspect_role(
        &self,
        inspected: &mut Inspected<'_>,
        app: &Application,
        principal_id: &str,
    ) -> Result<(), Error> {
        if inspected.component != Component::Zeebe || self.record.without_consent {
            return Ok(());
        }
        let Some(role_id) = self.wanted(inspected).client_role_id(app) else { return Ok(()) };
        let assigned = role_assignments(&self.directory, principal_id).await?;
        for client in [Component::Zeebe, Component::Connectors] {
            let Some(app_id) = self.record.app_id(client) else { continue };
            let Some(principal) = self.principal(app_id).await? else { continue };
            let has_it = assigned.iter().any(|assignment| {
                assignment.principal_id == principal.id && assignment.app_role_id == role_id
            });
            if !has_it {
                let text =
                    format!("{client} does not have the role zeebe.client: the gateway refuses it");
                inspected.problem("role", text, SET_UP);
            }
        }
        Ok(())
    }

    /// Registrations that are marked as ours and are not recorded.
    async fn unrecorded(&self, findings: &mut Vec<Finding>) -> Result<(), Error> {
        let path = format!(
            "/applications?$filter=startswith(displayName,'{} ')&$select={APPLICATION_PROPERTIES}",
            self.record.prefix
        );
        for found in self.directory.list(&path, "find registrations by name").await? {
            let app: Application = parsed(&path, found)?;
            let is_recorded = self.record.components.values().any(|c| c.app_id == app.app_id);
            let tagged = Component::ALL
                .into_iter()
                .find(|component| app.tags.contains(&format!("skep:{component}")));
            if let (false, Some(component)) = (is_recorded, tagged) {
                findings.push(Finding {
                    level: Level::Problem,
                    component,
                    code: "unused",
                    text: format!(
                        "the registration {:?} ({}) is marked as Skep's and not recorded here",
                        app.display_name, app.app_id
                    ),
                    fix: "remove it, or set up from the folder that has it".to_owned(),
                });
            }
        }
        Ok(())
    }

    async fn principal(&self, app_id: &str) -> Result<Option<ServicePrincipal>, Error> {
        let path =
            format!("/servicePrincipals?$filter=appId eq '{app_id}'&$select=id,accountEnabled");
        let found = self.directory.list(&path, "find the service principal").await?;
        found.into_iter().next().map(|principal| parsed(&path, principal)).transpose()
    }
}
