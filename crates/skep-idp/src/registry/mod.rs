//! The directory: the tenant and what is registered in it, in one JSON file.

mod app;
mod builtin;
mod certificate;
mod directory;
mod federated;
mod password;
mod people;
mod secret;
mod user;

use std::{fmt, path::Path, sync::Arc};

use skep_auth::{Clock, Secret};
use uuid::Uuid;

pub use self::{
    app::{
        App, AppRole, AppRoleAssignment, GroupClaims, MemberType, NewApp, PermissionKind,
        PermissionScope, RedirectUris, RequiredAccess, RequiredPermission, ServicePrincipal,
    },
    certificate::CertificateInfo,
    federated::FederatedCredential,
    people::ConsentGrant,
    secret::{NewSecret, SecretInfo},
    user::{Group, NewUser, User},
};
pub(crate) use self::{
    builtin::{GRAPH, GRAPH_URI, TOKEN_EXCHANGE, TOKEN_EXCHANGE_URI},
    directory::{AppEntry, Directory, Index},
    people::Assignee,
};
use crate::{
    dates,
    error::Error,
    storage::{DirLock, Loaded, SharedFile},
};

/// Most applications of the tenant.
const APPS_MAX: usize = 10_000;

/// The tenant's registrations; cheap to clone.
///
/// Every change is on disk before the call returns, and seen by other processes on their next
/// request; two processes may change the same file.
#[derive(Clone)]
pub struct Registry {
    file: Arc<SharedFile<Directory>>,
    clock: Clock,
}

impl Registry {
    pub(crate) fn open(
        lock: &DirLock,
        dir: &Path,
        tenant_id: Option<Uuid>,
        clock: Clock,
    ) -> Result<Self, Error> {
        let file = SharedFile::open(lock, dir.join("registry.json"), || {
            let tenant_id = tenant_id.unwrap_or_else(Uuid::new_v4);
            Ok(Directory::new(tenant_id))
        })?;
        Ok(Self { file: Arc::new(file), clock })
    }

    pub(crate) fn current(&self) -> Arc<Loaded<Directory>> {
        self.file.current()
    }

    /// The tenant's id.
    #[must_use]
    pub fn tenant_id(&self) -> Uuid {
        self.current().document.tenant_id
    }

    /// Gives the tenant another id; tokens of the old one stop being valid.
    ///
    /// # Errors
    /// [`Error::File`] or [`Error::Damaged`] when the registry cannot be rewritten.
    pub fn set_tenant_id(&self, tenant_id: Uuid) -> Result<(), Error> {
        self.file.update(|directory| {
            directory.tenant_id = tenant_id;
            Ok(())
        })
    }

    /// All applications, in the order of their registration.
    #[must_use]
    pub fn list(&self) -> Vec<App> {
        self.current().document.apps.clone()
    }

    /// The application with this client id.
    #[must_use]
    pub fn app(&self, app_id: Uuid) -> Option<App> {
        self.current().view.app(app_id).map(|entry| entry.app.clone())
    }

    /// Registers an application.
    ///
    /// # Errors
    /// [`Error::Invalid`] when it breaks a rule of the directory or its client id or App ID URI is
    /// taken; [`Error::File`] or [`Error::Damaged`] when the registry cannot be rewritten.
    pub fn add_app(&self, new: NewApp) -> Result<App, Error> {
        self.add_adjusted_app(new, |_| Ok(()))
    }

    /// [`Self::add_app`], after a change that may refuse it.
    pub(crate) fn add_adjusted_app<E: From<Error>>(
        &self,
        new: NewApp,
        adjust: impl FnOnce(&mut App) -> Result<(), E>,
    ) -> Result<App, E> {
        let mut app = new.into_app(dates::now(&self.clock));
        adjust(&mut app)?;
        self.file.update(|directory| {
            if directory.apps.len() >= APPS_MAX {
                return Err(Error::Invalid(format!(
                    "the tenant has {APPS_MAX} applications already: remove one first"
                ))
                .into());
            }
            directory.apps.push(app.clone());
            Ok(app)
        })
    }

    /// Changes an application; its ids and credentials stay as they are.
    ///
    /// # Errors
    /// [`Error::UnknownApp`]; otherwise as [`Self::add_app`].
    pub fn update_app(&self, app_id: Uuid, change: impl FnOnce(&mut App)) -> Result<App, Error> {
        self.change(app_id, |app| {
            let before = app.clone();
            change(app);
            app.app_id = before.app_id;
            app.object_id = before.object_id;
            app.secrets = before.secrets;
            app.certificates = before.certificates;
            app.federated_credentials = before.federated_credentials;
            Ok(app.clone())
        })
    }

    /// Removes an application; tokens already issued stay valid until they expire.
    ///
    /// # Errors
    /// [`Error::UnknownApp`]; [`Error::File`] or [`Error::Damaged`].
    pub fn remove_app(&self, app_id: Uuid) -> Result<(), Error> {
        self.file.update(|directory| {
            let before = directory.apps.len();
            directory.apps.retain(|app| app.app_id != app_id);
            if directory.apps.len() == before {
                return Err(Error::UnknownApp(app_id));
            }
            let principals = directory.apps.iter_mut().filter_map(|a| a.service_principal.as_mut());
            let of_apps = principals.map(|principal| &mut principal.app_role_assignments);
            let of_users = directory.users.iter_mut().map(|user| &mut user.app_role_assignments);
            let of_groups =
                directory.groups.iter_mut().map(|group| &mut group.app_role_assignments);
            for assignments in of_apps.chain(of_users).chain(of_groups) {
                assignments.retain(|assignment| assignment.resource_app_id != app_id);
            }
            directory
                .consents
                .retain(|grant| grant.client_app_id != app_id && grant.resource_app_id != app_id);
            Ok(())
        })
    }

    /// Makes a client secret. Its value is returned this once and cannot be read again.
    ///
    /// # Errors
    /// [`Error::UnknownApp`]; otherwise as [`Self::add_app`].
    pub fn add_secret(&self, app_id: Uuid, new: NewSecret) -> Result<(SecretInfo, Secret), Error> {
        let (info, value) = SecretInfo::generate(new, dates::now(&self.clock))?;
        self.change(app_id, |app| {
            app.secrets.push(info.clone());
            Ok(())
        })?;
        Ok((info, value))
    }

    /// Removes a client secret.
    ///
    /// # Errors
    /// [`Error::UnknownApp`], [`Error::UnknownCredential`]; [`Error::File`] or [`Error::Damaged`].
    pub fn remove_secret(&self, app_id: Uuid, key_id: Uuid) -> Result<(), Error> {
        self.change(app_id, |app| {
            let before = app.secrets.len();
            app.secrets.retain(|secret| secret.key_id != key_id);
            if app.secrets.len() == before {
                return Err(Error::UnknownCredential { app_id, kind: "secret", key_id });
            }
            Ok(())
        })
    }

    /// Registers a certificate, DER or PEM, for client assertions. Registering the same one again
    /// returns what is there.
    ///
    /// # Errors
    /// [`Error::Invalid`] when it is not an X.509 certificate with an RSA key of 2048 bits or
    /// more; [`Error::UnknownApp`]; otherwise as [`Self::add_app`].
    pub fn add_certificate(
        &self,
        app_id: Uuid,
        certificate: &[u8],
    ) -> Result<CertificateInfo, Error> {
        let info = CertificateInfo::parse(certificate)?;
        self.change(app_id, |app| {
            match app.certificates.iter().find(|known| known.x5t_s256 == info.x5t_s256) {
                Some(known) => Ok(known.clone()),
                None => {
                    app.certificates.push(info.clone());
                    Ok(info)
                }
            }
        })
    }

    /// Removes a certificate.
    ///
    /// # Errors
    /// [`Error::UnknownApp`], [`Error::UnknownCredential`]; [`Error::File`] or [`Error::Damaged`].
    pub fn remove_certificate(&self, app_id: Uuid, key_id: Uuid) -> Result<(), Error> {
        self.change(app_id, |app| {
            let before = app.certificates.len();
            app.certificates.retain(|certificate| certificate.key_id != key_id);
            if app.certificates.len() == before {
                return Err(Error::UnknownCredential { app_id, kind: "certificate", key_id });
            }
            Ok(())
        })
    }

    /// Accepts tokens of another issuer as client assertions of an application.
    ///
    /// # Errors
    /// [`Error::Invalid`] when a value breaks a rule, or the name or the pair of issuer and subject
    /// is taken; [`Error::UnknownApp`]; otherwise as [`Self::add_app`].
    pub fn add_federated_credential(
        &self,
        app_id: Uuid,
        credential: FederatedCredential,
    ) -> Result<FederatedCredential, Error> {
        self.change(app_id, |app| {
            app.federated_credentials.push(credential.clone());
            app.check()?;
            Ok(credential)
        })
    }

    /// Accepts them no more.
    ///
    /// # Errors
    /// [`Error::UnknownApp`], [`Error::UnknownCredential`]; [`Error::File`] or [`Error::Damaged`].
    pub fn remove_federated_credential(&self, app_id: Uuid, id: Uuid) -> Result<(), Error> {
        self.change(app_id, |app| {
            let before = app.federated_credentials.len();
            app.federated_credentials.retain(|credential| credential.id != id);
            if app.federated_credentials.len() == before {
                let kind = "federated credential";
                return Err(Error::UnknownCredential { app_id, kind, key_id: id });
            }
            Ok(())
        })
    }

    /// Grants the role `value` of `resource_app_id` to the application `app_id`.
    ///
    /// # Errors
    /// [`Error::UnknownApp`]; [`Error::Invalid`] when the resource defines no such role for
    /// applications, or the application has no service principal; [`Error::File`] or
    /// [`Error::Damaged`].
    pub fn assign_role(
        &self,
        app_id: Uuid,
        resource_app_id: Uuid,
        value: &str,
    ) -> Result<(), Error> {
        self.file.update(|directory| {
            let assignment =
                people::assignment(directory, resource_app_id, value, MemberType::Application)?;
            let app = find(&mut directory.apps, app_id)?;
            let Some(principal) = &mut app.service_principal else {
                return Err(Error::Invalid(format!(
                    "application {app_id} has no service principal to give a role to"
                )));
            };
            people::add_once(&mut principal.app_role_assignments, assignment);
            Ok(())
        })
    }

    /// Changes anything about an application, unless the change itself refuses.
    pub(crate) fn change<T, E: From<Error>>(
        &self,
        app_id: Uuid,
        change: impl FnOnce(&mut App) -> Result<T, E>,
    ) -> Result<T, E> {
        self.file.update(|directory| change(find(&mut directory.apps, app_id)?))
    }
}

fn find(apps: &mut [App], app_id: Uuid) -> Result<&mut App, Error> {
    apps.iter_mut().find(|app| app.app_id == app_id).ok_or(Error::UnknownApp(app_id))
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry").finish_non_exhaustive()
    }
}
