//! Replacing a credential: the new one is added, tried, put in place; then the old one goes.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use jiff::Timestamp;
use skep_auth::{
    AssertionOptions, AuthError, CertificateFile, ClientCredentials, Credential, FetchPolicy,
    KeystoreAccess, Secret, TokenEndpoint, TokenSource,
};
use tokio::time::Instant;

use crate::{
    Component, Directory, Error, Record, RecordedCredential,
    credential::{self, thumbprint},
    files::{self, ALIAS, Files},
    model::{APPLICATION_PROPERTIES, Application, parsed},
    record::RecordedRotation,
    setup::new_certificate,
};

/// A rotation about to be made, or to be gone on with.
#[derive(Debug)]
pub struct Rotation {
    component: Component,
    directory: Directory,
    http: reqwest::Client,
    files: Files,
    record: Record,
    days: u32,
    patience: Duration,
    keep_old: bool,
    now: Timestamp,
}

/// What a rotation has led to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Rotated {
    /// Whose credential it is.
    pub component: Component,
    /// Id of the new credential in the registration.
    pub new_key_id: String,
    /// Id of the one that was removed.
    pub removed_key_id: Option<String>,
    /// Whether it went on with a rotation that was interrupted.
    pub is_resumed: bool,
    /// The file that clients read the credential from.
    pub file: PathBuf,
}

impl Rotation {
    /// Prepares to rotate the credential of `component`, as set up in `folder`.
    ///
    /// `http` reaches the token endpoint and must not follow redirects.
    ///
    /// # Errors
    /// [`Error::Input`]: nothing was set up there, or the component has no credential.
    pub fn new(
        component: Component,
        directory: Directory,
        http: reqwest::Client,
        folder: &Path,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let record = Record::load(folder)?.ok_or_else(|| {
            Error::Input(format!(
                "there is no set-up in {}; name its folder with --out, or run `skep entra setup`",
                folder.display()
            ))
        })?;
        if record.components.get(&component).is_none_or(|c| c.credential.is_none()) {
            return Err(Error::Input(format!("{component} has no credential to rotate")));
        }
        let files = Files::open(folder)?;
        let (days, patience) = (180, Duration::from_secs(300));
        Ok(Self { component, directory, http, files, record, days, patience, keep_old: false, now })
    }

    /// For how many days the new credential is valid.
    #[must_use]
    pub fn valid_for_days(mut self, days: u32) -> Self {
        self.days = days;
        self
    }

    /// How long the new credential is given to work: Entra spreads it over many machines.
    #[must_use]
    pub fn waiting_at_most(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Leaves the old credential where it is; the next rotation removes it.
    #[must_use]
    pub fn keeping_the_old_one(mut self, keep_old: bool) -> Self {
        self.keep_old = keep_old;
        self
    }

    /// Does it, or what is left to do of one that was interrupted; `tell` hears how it goes.
    ///
    /// # Errors
    /// What keeps a call from being answered; [`Error::NotEffective`]. The old credential stays
    /// in use until the new one works, and a second run goes on from there.
    pub async fn run(mut self, tell: impl Fn(&str)) -> Result<Rotated, Error> {
        let is_resumed = self.under_way().is_some();
        if self.under_way().is_none_or(|rotation| rotation.new.is_none()) {
            self.begin(&tell).await?;
        }
        let Some(RecordedRotation { new: Some(new), old_key_id, .. }) = self.under_way().cloned()
        else {
            return Err(Error::Input("the rotation was not begun".to_owned()));
        };
        let target = self.target(&new);
        // The staged file is gone once it has been put in place.
        if Files::staged(&target).exists() {
            self.wait_until_it_works(&new, &tell).await?;
            Files::switch(&target)?;
            tell(&format!("{} has the new credential now", target.display()));
        }
        self.with_recorded(|recorded| recorded.credential = Some(new.clone()))?;
        let new_key_id = new.key_id().to_owned();
        let mut removed_key_id = None;
        if !self.keep_old {
            if let Some(old) = &old_key_id {
                self.remove(old, &new_key_id).await?;
                removed_key_id = Some(old.clone());
            }
            self.with_recorded(|recorded| recorded.rotation = None)?;
        }
        let component = self.component;
        Ok(Rotated { component, new_key_id, removed_key_id, is_resumed, file: target })
    }

    fn under_way(&self) -> Option<&RecordedRotation> {
        self.record.components.get(&self.component)?.rotation.as_ref()
    }

    fn with_recorded(
        &mut self,
        change: impl FnOnce(&mut crate::RecordedComponent),
    ) -> Result<(), Error> {
        change(self.record.components.entry(self.component).or_default());
        self.record.save(self.files.folder())
    }

    async fn application(&self) -> Result<Application, Error> {
        let app_id = self.record.app_id(self.component).unwrap_or_default();
        let path = format!("/applications(appId='{app_id}')?$select={APPLICATION_PROPERTIES}");
        match self.directory.find(&path, "read the registration").await? {
            Some(found) => parsed(&path, found),
            None => Err(Error::Input(format!(
                "the registration {app_id} of {} is gone; run `skep entra setup` again",
                self.component
            ))),
        }
    }

    /// Adds the new credential and keeps it in a file beside the one in use.
    async fn begin(&mut self, tell: &impl Fn(&str)) -> Result<(), Error> {
        let app = self.application().await?;
        if let Some(interrupted) = self.under_way().cloned() {
            self.clean_up(&app, &interrupted.name).await?;
        }
        let old = self.record.components.get(&self.component).and_then(|c| c.credential.clone());
        let old_key_id = old.as_ref().map(|old| old.key_id().to_owned());
        // Unlike any other, so that it can be told from them if this is where it ends.
        let name =
            format!("skep {} {}", self.component, self.now.strftime("%Y-%m-%dT%H:%M:%S%.3fZ"));
        let begun = RecordedRotation { name: name.clone(), new: None, old_key_id };
        self.with_recorded(|recorded| recorded.rotation = Some(begun))?;
        let new = match old {
            Some(RecordedCredential::Certificate { .. }) => {
                self.add_certificate(&app, &name).await?
            }
            Some(RecordedCredential::Secret { .. }) | None => self.add_secret(&app, &name).await?,
        };
        tell(&format!("the new credential {} is registered", new.key_id()));
        self.with_recorded(|recorded| {
            if let Some(rotation) = &mut recorded.rotation {
                rotation.new = Some(new);
            }
        })
    }

    /// Removes what an interrupted begin may have left: nobody knows its value any more.
    async fn clean_up(&self, app: &Application, name: &str) -> Result<(), Error> {
        let is_it = |display_name: &Option<String>| display_name.as_deref() == Some(name);
        for secret in app.password_credentials.iter().filter(|s| is_it(&s.display_name)) {
            credential::remove_secret(&self.directory, app, &secret.key_id).await?;
        }
        for key in app.keys().iter().filter(|key| is_it(&key.display_name)) {
            credential::remove_certificate(&self.directory, app, &key.key_id, self.now).await?;
        }
        Files::discard(&self.files.environment_path(self.component))?;
        Files::discard(&self.files.keystore_path(self.component))
    }

    async fn add_secret(&self, app: &Application, name: &str) -> Result<RecordedCredential, Error> {
        let (key_id, secret) =
            credential::add_secret(&self.directory, &app.id, name, self.days, self.now).await?;
        let text = files::environment(&self.record, self.component, &files::Value::Secret(&secret));
        let path = Files::staged(&self.files.environment_path(self.component));
        Files::write(&path, text.as_bytes())?;
        Ok(RecordedCredential::Secret { key_id })
    }

    /// The password stays, so that clients which read the file again need nothing else.
    async fn add_certificate(
        &self,
        app: &Application,
        name: &str,
    ) -> Result<RecordedCredential, Error> {
        let password = self.password()?;
        let made = new_certificate(self.component, self.days, self.now).await?;
        let store = made.to_pkcs12(ALIAS, &password).map_err(Error::Certificate)?;
        let path = Files::staged(&self.files.keystore_path(self.component));
        Files::write(&path, &store)?;
        let certificate = made.certificate();
        let key_id =
            credential::upload(&self.directory, app, Some(certificate), name, self.now).await?;
        Ok(RecordedCredential::Certificate { key_id, thumbprint: thumbprint(certificate) })
    }

    fn password(&self) -> Result<Secret, Error> {
        self.files.keystore_password(self.component)?.ok_or_else(|| Error::Damaged {
            path: self.files.environment_path(self.component),
            reason: "it has no keystore password".to_owned(),
        })
    }

    /// The file that clients read.
    fn target(&self, new: &RecordedCredential) -> PathBuf {
        match new {
            RecordedCredential::Secret { .. } => self.files.environment_path(self.component),
            RecordedCredential::Certificate { .. } => self.files.keystore_path(self.component),
        }
    }

    /// What the staged file holds.
    fn staged(&self, new: &RecordedCredential) -> Result<Credential, Error> {
        let path = Files::staged(&self.target(new));
        match new {
            RecordedCredential::Secret { .. } => {
                let secret = files::secret_in(&path)?;
                Ok(Credential::Secret(secret))
            }
            RecordedCredential::Certificate { .. } => {
                let access =
                    KeystoreAccess { password: self.password()?, ..KeystoreAccess::default() };
                let file = CertificateFile::Pkcs12 { path, access };
                Ok(Credential::Certificate { file, assertion: AssertionOptions::default() })
            }
        }
    }

    async fn wait_until_it_works(
        &self,
        new: &RecordedCredential,
        tell: &impl Fn(&str),
    ) -> Result<(), Error> {
        let began = Instant::now();
        let mut pause = Duration::from_millis(500);
        loop {
            let last = match self.try_it(self.staged(new)?).await {
                Ok(()) => return Ok(()),
                Err(error) => error,
            };
            let waited = began.elapsed();
            if !may_work_later(&last) {
                return Err(Error::SignIn(last));
            }
            if waited + pause > self.patience {
                let component = self.component.to_string();
                return Err(Error::NotEffective { component, waited, last });
            }
            tell(&format!("the new credential gives no token yet ({} s) …", waited.as_secs()));
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(10));
        }
    }

    /// Asks for a token with it, without any cache in between.
    async fn try_it(&self, credential: Credential) -> Result<(), AuthError> {
        let app_id = |component| self.record.app_id(component).map(str::to_owned);
        let client_id = app_id(self.component).unwrap_or_default();
        let api = if self.component == Component::Connectors {
            app_id(Component::Zeebe).unwrap_or_default()
        } else {
            client_id.clone()
        };
        let credentials = ClientCredentials {
            endpoint: TokenEndpoint::Url(self.record.cloud.token_url(&self.record.tenant_id)),
            client_id,
            credential,
            audience: None,
            scope: Some(format!("{api}/.default")),
            resource: None,
            policy: FetchPolicy { attempts_max: 1, ..FetchPolicy::default() },
        };
        let source = TokenSource::client_credentials(credentials, self.http.clone())?;
        source.authorization().await.map(|_| ())
    }

    /// Removes the old credential, once Graph's answers have the new one in them.
    async fn remove(&self, old: &str, new: &str) -> Result<(), Error> {
        let began = Instant::now();
        let app = loop {
            let app = self.application().await?;
            let has_new = app.keys().iter().any(|key| key.key_id == new)
                || app.password_credentials.iter().any(|secret| secret.key_id == new);
            if has_new {
                break app;
            }
            if began.elapsed() > self.patience {
                return Err(Error::Input(format!(
                    "the new credential {new} is not in the registration: somebody removed it; \
                     run `skep entra setup` to make another"
                )));
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        };
        credential::remove_secret(&self.directory, &app, old).await?;
        credential::remove_certificate(&self.directory, &app, old, self.now).await
    }
}

/// A credential that Entra has not heard of everywhere is refused like a wrong one.
fn may_work_later(error: &AuthError) -> bool {
    let AuthError::Refused(refusal) = error else { return error.is_transient() };
    let codes = ["invalid_client", "unauthorized_client", "temporarily_unavailable"];
    refusal.status >= 500 || codes.contains(&refusal.error.as_str())
}
