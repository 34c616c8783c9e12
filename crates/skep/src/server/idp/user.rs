//! `skep idp user …`

use std::io::Read as _;

use serde_json::{Value, json};
use skep_auth::Secret;
use skep_idp::{NewUser, Registry, User};

use super::{args::UserCommand, done, list, refused};
use crate::{
    failure::Failure,
    output::{self, Output},
};

/// Longest password that is read.
const PASSWORD_BYTES_MAX: u64 = 1024;

pub(super) fn administer(
    registry: &Registry,
    command: UserCommand,
    output: Output,
) -> Result<(), Failure> {
    match command {
        UserCommand::Add { user_name, name, mail, admin, password_stdin } => {
            let made = if password_stdin { None } else { Some(made_password()?) };
            let password = match &made {
                Some(password) => password.clone(),
                None => read_password()?,
            };
            let plain = NewUser::named(user_name, password);
            let display_name = name.unwrap_or_else(|| plain.display_name.clone());
            let new = NewUser { display_name, mail, is_admin: admin, ..plain };
            let user = registry.add_user(new).map_err(|error| refused("create the user", error))?;
            added(&user, made.as_ref(), output)
        }
        UserCommand::List => {
            let users = registry.users();
            let lines: Vec<String> = users.iter().map(line).collect();
            list(output, &lines, &users.iter().map(shown).collect())
        }
        UserCommand::Delete { user } => {
            let found = registry.users().into_iter().find(|known| {
                known.user_principal_name.eq_ignore_ascii_case(&user)
                    || known.object_id.to_string() == user.to_lowercase()
            });
            let Some(found) = found else {
                return Err(Failure::new(format!("there is no user {user:?}"))
                    .fix("list them with `skep idp user list`"));
            };
            registry
                .remove_user(found.object_id)
                .map_err(|error| refused("remove the user", error))?;
            done(output, &json!({ "id": found.object_id }))
        }
    }
}

fn added(user: &User, made: Option<&Secret>, output: Output) -> Result<(), Failure> {
    let mut json = shown(user);
    let Some(password) = made else {
        return output.print(user.object_id.to_string(), &json);
    };
    output::note("this is the only time that the password is shown");
    json["password"] = json!(password.expose());
    output.print(password.expose(), &json)
}

fn made_password() -> Result<Secret, Failure> {
    Secret::generate().map_err(|error| Failure::new("cannot make a password").caused_by(error))
}

fn read_password() -> Result<Secret, Failure> {
    let mut text = String::new();
    std::io::stdin()
        .take(PASSWORD_BYTES_MAX)
        .read_to_string(&mut text)
        .map_err(|error| Failure::usage("cannot read the password").caused_by(error))?;
    Ok(Secret::new(text.trim_end_matches(['\r', '\n'])))
}

fn line(user: &User) -> String {
    let mut line = format!("{}  {}", user.object_id, user.user_principal_name);
    if user.is_admin {
        line.push_str("  administrator");
    }
    if !user.enabled {
        line.push_str("  disabled");
    }
    line
}

fn shown(user: &User) -> Value {
    json!({
        "id": user.object_id,
        "userName": user.user_principal_name,
        "displayName": user.display_name,
        "mail": user.mail,
        "admin": user.is_admin,
        "enabled": user.enabled,
    })
}
