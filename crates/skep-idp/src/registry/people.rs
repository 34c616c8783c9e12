//! Administration of users, groups and consent.

use serde::{Deserialize, Serialize};
use skep_auth::Secret;
use uuid::Uuid;

use super::{
    AppRole, AppRoleAssignment, Directory, GRAPH, Group, MemberType, NewUser, Registry, User,
    builtin, find, password::PasswordHash,
};
use crate::{dates, error::Error};

/// Most users, and most groups, of the tenant.
const PEOPLE_MAX: usize = 10_000;

/// What a client may do at a resource in a user's name.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConsentGrant {
    /// Names the grant in the directory.
    pub id: Uuid,
    /// The client.
    pub client_app_id: Uuid,
    /// The resource.
    pub resource_app_id: Uuid,
    /// The user who consented; absent means an administrator, for all users.
    pub user_id: Option<Uuid>,
    /// Scope values of the resource.
    pub scopes: Vec<String>,
}

/// Whom a role is assigned to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Assignee {
    /// The service principal of the application with this client id.
    Application(Uuid),
    /// The user with this object id.
    User(Uuid),
    /// The members of the group with this object id.
    Group(Uuid),
}

impl Registry {
    /// All users, in the order of their creation.
    #[must_use]
    pub fn users(&self) -> Vec<User> {
        self.current().document.users.clone()
    }

    /// All groups, in the order of their creation.
    #[must_use]
    pub fn groups(&self) -> Vec<Group> {
        self.current().document.groups.clone()
    }

    /// Creates a user. Hashing the password takes a tenth of a second.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the name is taken or no user name, or the password too short;
    /// [`Error::File`] or [`Error::Damaged`] when the registry cannot be rewritten.
    pub fn add_user(&self, new: NewUser) -> Result<User, Error> {
        let user = new.into_user(dates::now(&self.clock))?;
        self.file.update(|directory| {
            check_room(directory.users.len(), "users")?;
            directory.users.push(user.clone());
            Ok(user)
        })
    }

    /// Changes a user; id and password stay as they are.
    ///
    /// # Errors
    /// [`Error::UnknownUser`]; otherwise as [`Self::add_user`].
    pub fn update_user(
        &self,
        user_id: Uuid,
        change: impl FnOnce(&mut User),
    ) -> Result<User, Error> {
        self.file.update(|directory| {
            let user = find_user(directory, user_id)?;
            let (object_id, password) = (user.object_id, user.password.clone());
            change(user);
            user.object_id = object_id;
            user.password = password;
            Ok(user.clone())
        })
    }

    /// Gives a user another password and ends the user's sessions.
    ///
    /// # Errors
    /// [`Error::UnknownUser`]; otherwise as [`Self::add_user`].
    pub fn set_password(&self, user_id: Uuid, password: &Secret) -> Result<(), Error> {
        let hash = PasswordHash::of(password.expose())?;
        let now = dates::now(&self.clock);
        self.file.update(|directory| {
            let user = find_user(directory, user_id)?;
            user.password = hash;
            user.sessions_valid_from = now;
            Ok(())
        })
    }

    /// Removes a user, with memberships and consents.
    ///
    /// # Errors
    /// [`Error::UnknownUser`]; [`Error::File`] or [`Error::Damaged`].
    pub fn remove_user(&self, user_id: Uuid) -> Result<(), Error> {
        self.file.update(|directory| {
            find_user(directory, user_id)?;
            directory.users.retain(|user| user.object_id != user_id);
            directory.consents.retain(|grant| grant.user_id != Some(user_id));
            for group in &mut directory.groups {
                group.members.retain(|member| *member != user_id);
            }
            Ok(())
        })
    }

    /// Creates a group without members.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the name is empty or too long; [`Error::File`] or
    /// [`Error::Damaged`].
    pub fn add_group(&self, display_name: impl Into<String>) -> Result<Group, Error> {
        let group = Group {
            object_id: Uuid::new_v4(),
            display_name: display_name.into(),
            members: Vec::new(),
            app_role_assignments: Vec::new(),
        };
        self.file.update(|directory| {
            check_room(directory.groups.len(), "groups")?;
            directory.groups.push(group.clone());
            Ok(group)
        })
    }

    /// Puts a user into a group.
    ///
    /// # Errors
    /// [`Error::UnknownUser`], [`Error::UnknownGroup`]; [`Error::File`] or [`Error::Damaged`].
    pub fn add_member(&self, group_id: Uuid, user_id: Uuid) -> Result<(), Error> {
        self.file.update(|directory| {
            find_user(directory, user_id)?;
            let group = find_group(directory, group_id)?;
            if !group.members.contains(&user_id) {
                group.members.push(user_id);
            }
            Ok(())
        })
    }

    /// Takes a user out of a group.
    ///
    /// # Errors
    /// [`Error::UnknownGroup`]; [`Error::File`] or [`Error::Damaged`].
    pub fn remove_member(&self, group_id: Uuid, user_id: Uuid) -> Result<(), Error> {
        self.file.update(|directory| {
            find_group(directory, group_id)?.members.retain(|member| *member != user_id);
            Ok(())
        })
    }

    /// Removes a group.
    ///
    /// # Errors
    /// [`Error::UnknownGroup`]; [`Error::File`] or [`Error::Damaged`].
    pub fn remove_group(&self, group_id: Uuid) -> Result<(), Error> {
        self.file.update(|directory| {
            find_group(directory, group_id)?;
            directory.groups.retain(|group| group.object_id != group_id);
            Ok(())
        })
    }

    /// Grants the role `value` of `resource_app_id` to a user.
    ///
    /// # Errors
    /// [`Error::UnknownUser`], [`Error::UnknownApp`]; [`Error::Invalid`] when the resource defines
    /// no such role for users; [`Error::File`] or [`Error::Damaged`].
    pub fn assign_role_to_user(
        &self,
        user_id: Uuid,
        resource_app_id: Uuid,
        value: &str,
    ) -> Result<(), Error> {
        self.file.update(|directory| {
            let assignment = assignment(directory, resource_app_id, value, MemberType::User)?;
            add_once(&mut find_user(directory, user_id)?.app_role_assignments, assignment);
            Ok(())
        })
    }

    /// Grants the role `value` of `resource_app_id` to the members of a group.
    ///
    /// # Errors
    /// [`Error::UnknownGroup`]; otherwise as [`Self::assign_role_to_user`].
    pub fn assign_role_to_group(
        &self,
        group_id: Uuid,
        resource_app_id: Uuid,
        value: &str,
    ) -> Result<(), Error> {
        self.file.update(|directory| {
            let assignment = assignment(directory, resource_app_id, value, MemberType::User)?;
            add_once(&mut find_group(directory, group_id)?.app_role_assignments, assignment);
            Ok(())
        })
    }

    /// Assigns a role by its id; false when it was assigned already.
    pub(crate) fn assign(
        &self,
        assignee: Assignee,
        assignment: AppRoleAssignment,
    ) -> Result<bool, Error> {
        self.file.update(|directory| {
            let assignments = assignments(directory, assignee)?;
            let is_new = !assignments.contains(&assignment);
            add_once(assignments, assignment);
            Ok(is_new)
        })
    }

    /// Takes a role back.
    pub(crate) fn unassign(
        &self,
        assignee: Assignee,
        assignment: &AppRoleAssignment,
    ) -> Result<(), Error> {
        self.file.update(|directory| {
            assignments(directory, assignee)?.retain(|known| known != assignment);
            Ok(())
        })
    }

    /// Replaces the scopes of a grant, or removes it.
    pub(crate) fn set_consent(&self, id: Uuid, scopes: Option<Vec<String>>) -> Result<(), Error> {
        self.file.update(|directory| {
            match scopes {
                Some(scopes) => directory
                    .consents
                    .iter_mut()
                    .filter(|grant| grant.id == id)
                    .for_each(|grant| grant.scopes.clone_from(&scopes)),
                None => directory.consents.retain(|grant| grant.id != id),
            }
            Ok(())
        })
    }

    /// Lets `client` use `scopes` of `resource`, for `user` or, when absent, for all users, beside
    /// what is granted already.
    ///
    /// # Errors
    /// [`Error::File`] or [`Error::Damaged`].
    pub fn grant_consent(
        &self,
        client: Uuid,
        resource: Uuid,
        user: Option<Uuid>,
        scopes: &[String],
    ) -> Result<ConsentGrant, Error> {
        self.file.update(|directory| {
            let known = directory.consents.iter_mut().find(|grant| {
                grant.client_app_id == client
                    && grant.resource_app_id == resource
                    && grant.user_id == user
            });
            if let Some(grant) = known {
                let new = scopes.iter().filter(|scope| !grant.scopes.contains(scope));
                let new: Vec<_> = new.cloned().collect();
                grant.scopes.extend(new);
                return Ok(grant.clone());
            }
            let grant = ConsentGrant {
                id: Uuid::new_v4(),
                client_app_id: client,
                resource_app_id: resource,
                user_id: user,
                scopes: scopes.to_vec(),
            };
            directory.consents.push(grant.clone());
            Ok(grant)
        })
    }
}

fn assignments(
    directory: &mut Directory,
    assignee: Assignee,
) -> Result<&mut Vec<AppRoleAssignment>, Error> {
    match assignee {
        Assignee::Application(id) => match &mut find(&mut directory.apps, id)?.service_principal {
            Some(principal) => Ok(&mut principal.app_role_assignments),
            None => Err(Error::Invalid(format!("application {id} has no service principal"))),
        },
        Assignee::User(id) => Ok(&mut find_user(directory, id)?.app_role_assignments),
        Assignee::Group(id) => Ok(&mut find_group(directory, id)?.app_role_assignments),
    }
}

/// The assignment of a role that `resource_app_id` defines for such members.
pub(super) fn assignment(
    directory: &mut Directory,
    resource_app_id: Uuid,
    value: &str,
    member: MemberType,
) -> Result<AppRoleAssignment, Error> {
    let graph;
    let resource = if resource_app_id == GRAPH {
        graph = builtin::graph(directory.tenant_id);
        &graph
    } else {
        &*find(&mut directory.apps, resource_app_id)?
    };
    let fits = |role: &&AppRole| role.value == value && role.allowed_member_types.contains(&member);
    match resource.app_roles.iter().find(fits) {
        Some(role) => Ok(AppRoleAssignment { resource_app_id, app_role_id: role.id }),
        None => {
            let whom = match member {
                MemberType::User => "users",
                MemberType::Application => "applications",
            };
            Err(Error::Invalid(format!(
                "application {resource_app_id} defines no role {value:?} for {whom}"
            )))
        }
    }
}

pub(super) fn add_once(assignments: &mut Vec<AppRoleAssignment>, assignment: AppRoleAssignment) {
    if !assignments.contains(&assignment) {
        assignments.push(assignment);
    }
}

fn find_user(directory: &mut Directory, user_id: Uuid) -> Result<&mut User, Error> {
    directory
        .users
        .iter_mut()
        .find(|user| user.object_id == user_id)
        .ok_or(Error::UnknownUser(user_id))
}

fn find_group(directory: &mut Directory, group_id: Uuid) -> Result<&mut Group, Error> {
    directory
        .groups
        .iter_mut()
        .find(|group| group.object_id == group_id)
        .ok_or(Error::UnknownGroup(group_id))
}

fn check_room(n: usize, what: &str) -> Result<(), Error> {
    if n < PEOPLE_MAX {
        return Ok(());
    }
    Err(Error::Invalid(format!("the tenant has {PEOPLE_MAX} {what} already: remove one first")))
}
