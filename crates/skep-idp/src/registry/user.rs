//! Users and groups of the tenant.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use skep_auth::Secret;
use uuid::Uuid;

use super::{AppRoleAssignment, password::PasswordHash};
use crate::error::Error;

/// Longest name of a user or group, in characters.
const NAME_CHARS_MAX: usize = 256;

/// A user of the tenant.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// `oid`: the same in every application.
    pub object_id: Uuid,
    /// What the user signs in with, for example `ada@skep.test`; compared without regard to case.
    pub user_principal_name: String,
    /// `name`.
    pub display_name: String,
    /// `given_name`.
    pub given_name: Option<String>,
    /// `family_name`.
    pub family_name: Option<String>,
    /// `email`.
    pub mail: Option<String>,
    /// A disabled user cannot sign in.
    pub enabled: bool,
    /// Global administrator: may consent for everybody and change the directory.
    #[serde(default)]
    pub is_admin: bool,
    /// Roles of applications, granted to the user directly.
    pub app_role_assignments: Vec<AppRoleAssignment>,
    /// Refresh tokens and sessions from before are not accepted.
    pub sessions_valid_from: Timestamp,
    pub(super) password: PasswordHash,
}

/// What to create a user with.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// What the user signs in with.
    pub user_principal_name: String,
    /// 8 to 256 characters.
    pub password: Secret,
    /// Name for people.
    pub display_name: String,
    /// First name.
    pub given_name: Option<String>,
    /// Last name.
    pub family_name: Option<String>,
    /// Mail address.
    pub mail: Option<String>,
    /// Global administrator.
    pub is_admin: bool,
}

/// A group of users.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Group {
    /// What appears in `groups`.
    pub object_id: Uuid,
    /// Name for people.
    pub display_name: String,
    /// Object ids of the users in it.
    pub members: Vec<Uuid>,
    /// Roles of applications, granted to every member.
    pub app_role_assignments: Vec<AppRoleAssignment>,
}

impl NewUser {
    /// A user of that name and password.
    #[must_use]
    pub fn named(user_principal_name: impl Into<String>, password: Secret) -> Self {
        let user_principal_name = user_principal_name.into();
        let display_name = user_principal_name.split('@').next().unwrap_or_default().to_owned();
        Self {
            user_principal_name,
            password,
            display_name,
            given_name: None,
            family_name: None,
            mail: None,
            is_admin: false,
        }
    }

    /// Hashes the password, which takes a tenth of a second.
    pub(super) fn into_user(self, now: Timestamp) -> Result<User, Error> {
        Ok(User {
            object_id: Uuid::new_v4(),
            user_principal_name: self.user_principal_name,
            display_name: self.display_name,
            given_name: self.given_name,
            family_name: self.family_name,
            mail: self.mail,
            enabled: true,
            is_admin: self.is_admin,
            app_role_assignments: Vec::new(),
            sessions_valid_from: now,
            password: PasswordHash::of(self.password.expose())?,
        })
    }
}

impl User {
    pub(crate) fn password(&self) -> &PasswordHash {
        &self.password
    }

    /// What the user is found by.
    pub(super) fn key(&self) -> String {
        self.user_principal_name.to_lowercase()
    }

    pub(super) fn check(&self) -> Result<(), Error> {
        let upn = &self.user_principal_name;
        let valid = upn.split_once('@').is_some_and(|(name, domain)| {
            !name.is_empty() && domain.contains('.') && !domain.contains('@')
        });
        if !valid || upn.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(Error::Invalid(format!(
                "the user name {upn:?} must look like a mail address, for example ada@skep.test"
            )));
        }
        let texts = [Some(upn), Some(&self.display_name), self.given_name.as_ref()];
        let texts = texts.into_iter().chain([self.family_name.as_ref(), self.mail.as_ref()]);
        for text in texts.flatten() {
            check_name(text)?;
        }
        Ok(())
    }
}

impl Group {
    pub(super) fn check(&self) -> Result<(), Error> {
        check_name(&self.display_name)
    }
}

fn check_name(text: &str) -> Result<(), Error> {
    let chars = text.chars().count();
    if chars == 0 || chars > NAME_CHARS_MAX || text.chars().any(char::is_control) {
        return Err(Error::Invalid(format!(
            "{:?} must have 1 to {NAME_CHARS_MAX} characters, none of them control characters",
            text.chars().take(40).collect::<String>()
        )));
    }
    Ok(())
}
