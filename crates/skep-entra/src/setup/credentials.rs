//! The guide's step 2: a secret or a certificate, and the file that clients read it from.

use jiff::Timestamp;
use skep_auth::{ClientCertificate, NewCertificate, Secret, jose::Certificate};

use super::Setup;
use crate::{
    Component, CredentialKind, Error, RecordedCredential,
    credential::{self, thumbprint},
    files::{self, ALIAS, Files},
    model::Application,
};

impl Setup {
    /// Step 2: a secret or a certificate, unless the files hold one that counts.
    pub(super) async fn provide_credential(&mut self, at: usize) -> Result<(), Error> {
        let component = self.registered[at].component;
        match self.plan.credential {
            CredentialKind::Secret => self.provide_secret(at, component).await,
            CredentialKind::Certificate => self.provide_certificate(at, component).await,
        }
    }

    async fn provide_secret(&mut self, at: usize, component: Component) -> Result<(), Error> {
        let app = &self.registered[at].app;
        let recorded = self.record.components.get(&component).and_then(|c| c.credential.as_ref());
        if let Some(RecordedCredential::Secret { key_id }) = recorded {
            let has_file = self.files.environment(component)?.is_some();
            let known = app.password_credentials.iter().find(|secret| secret.key_id == *key_id);
            let is_valid =
                known.is_some_and(|secret| secret.end_date_time.is_none_or(|end| end > self.now));
            if has_file && is_valid {
                return Ok(());
            }
        }
        let name = format!("skep {component} {}", self.now.strftime("%Y-%m-%d"));
        let (key_id, secret) = credential::add_secret(
            &self.directory,
            &app.id,
            &name,
            self.plan.credential_days,
            self.now,
        )
        .await?;
        // At once: Graph tells a secret only now. And the file first: what is recorded is in it.
        self.write_environment(component, &files::Value::Secret(&secret))?;
        self.record_credential(component, RecordedCredential::Secret { key_id })
    }

    async fn provide_certificate(&mut self, at: usize, component: Component) -> Result<(), Error> {
        let path = self.files.keystore_path(component);
        let known_password = self.files.keystore_password(component)?;
        let password = known_password.or_else(|| self.plan.keystore_password.clone());
        if path.exists() && password.is_none() {
            return Err(Error::Input(format!(
                "{} is there, but not its password: set ZEEBE_CLIENT_ASSERTION_KEYSTORE_PASSWORD",
                path.display()
            )));
        }
        let kept = match &password {
            Some(password) => Files::keystore(&path, password)?,
            None => None,
        };
        let kept = kept.filter(|kept| kept.certificate().not_after_s() > self.now.as_second());
        let is_kept = kept.is_some();
        let password = match password {
            Some(password) => password,
            None => Secret::generate().map_err(Error::Certificate)?,
        };
        // A dry run makes no key: that takes a while, and nobody would use it.
        let certificate = match kept {
            Some(kept) => Some(kept),
            None if self.directory.is_dry_run() => None,
            None => {
                let made = new_certificate(component, self.plan.credential_days, self.now).await?;
                let store = made.to_pkcs12(ALIAS, &password).map_err(Error::Certificate)?;
                if Files::write(&path, &store)? {
                    self.written.push(path.clone());
                }
                Some(made)
            }
        };
        let value = files::Value::Keystore { path: &path, password: &password };
        // Before the upload: a keystore whose password is lost would be in the way for ever.
        self.write_environment(component, &value)?;
        let app = &self.registered[at].app;
        let certificate = certificate.as_ref().map(ClientCertificate::certificate);
        if is_kept
            && let Some(certificate) = certificate
            && let Some(key_id) = self.uploaded(app, component, certificate)
        {
            let thumbprint = thumbprint(certificate);
            return self.record_credential(
                component,
                RecordedCredential::Certificate { key_id, thumbprint },
            );
        }
        let name = format!("skep {component} {}", self.now.strftime("%Y-%m-%d"));
        let key_id = credential::upload(&self.directory, app, certificate, &name, self.now).await?;
        let thumbprint = certificate.map(thumbprint).unwrap_or_default();
        self.record_credential(component, RecordedCredential::Certificate { key_id, thumbprint })
    }

    /// The id of this certificate in the registration, when it is there.
    fn uploaded(
        &self,
        app: &Application,
        component: Component,
        certificate: &Certificate,
    ) -> Option<String> {
        if let Some(found) = credential::find(app, certificate) {
            return Some(found.key_id);
        }
        let recorded = self.record.components.get(&component)?.credential.as_ref()?;
        match recorded {
            RecordedCredential::Certificate { key_id, thumbprint: known }
                if *known == thumbprint(certificate)
                    && app.keys().iter().any(|key| key.key_id == *key_id) =>
            {
                Some(key_id.clone())
            }
            RecordedCredential::Certificate { .. } | RecordedCredential::Secret { .. } => None,
        }
    }
}

/// A key and certificate for a component.
pub(crate) async fn new_certificate(
    component: Component,
    days: u32,
    now: Timestamp,
) -> Result<ClientCertificate, Error> {
    let new = NewCertificate { days, ..NewCertificate::named(format!("skep-{component}")) };
    // Finding primes takes a while of pure computing.
    tokio::task::spawn_blocking(move || ClientCertificate::generate(&new, now.as_second()))
        .await
        .map_err(|_| Error::Input("making a key was interrupted".to_owned()))?
        .map_err(Error::Certificate)
}
