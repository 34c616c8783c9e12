//! HTTP basic authentication: a user name and a password with every call (RFC 7617).

use std::fmt;

use aws_lc_rs::{constant_time, digest};
use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::{Principal, Secret, TokenError};

/// Longest header value that is looked at, in bytes.
const HEADER_BYTES_MAX: usize = 4096;

/// The users that may call, with their passwords.
///
/// Only digests are kept. A check takes the same time whichever user is named and whether or
/// not there is one.
#[derive(Clone)]
pub struct BasicUsers {
    users: Vec<User>,
}

#[derive(Clone)]
struct User {
    name: String,
    name_sha256: digest::Digest,
    password_sha256: digest::Digest,
}

impl BasicUsers {
    /// Names and passwords.
    ///
    /// # Errors
    /// There is no user, a name or password is empty, a name has a colon or comes twice: the
    /// text says which.
    pub fn new(users: impl IntoIterator<Item = (String, Secret)>) -> Result<Self, String> {
        let mut known: Vec<User> = Vec::new();
        for (name, password) in users {
            if name.is_empty() || name.contains(':') {
                return Err(format!("the user name {name:?} is empty or has a colon"));
            }
            if password.is_empty() {
                return Err(format!("the user {name:?} has no password"));
            }
            if known.iter().any(|user| user.name == name) {
                return Err(format!("the user {name:?} is there twice"));
            }
            known.push(User {
                name_sha256: sha256(&name),
                password_sha256: sha256(password.expose()),
                name,
            });
        }
        if known.is_empty() {
            return Err("there are no users".to_owned());
        }
        Ok(Self { users: known })
    }

    /// Who is calling, by the value of the header `authorization`.
    ///
    /// # Errors
    /// [`TokenError::Password`]
    pub fn check(&self, authorization: Option<&str>) -> Result<Principal, TokenError> {
        let (name, password) = parse(authorization.map(str::trim).unwrap_or_default())?;
        let (name, password) = (sha256(&name), sha256(&password));
        let mut found = None;
        for user in &self.users {
            // Both are compared always, so that time does not tell which one was wrong.
            let is_name = equal(&user.name_sha256, &name);
            let is_password = equal(&user.password_sha256, &password);
            if is_name & is_password {
                found = Some(user);
            }
        }
        let user = found.ok_or_else(|| refused("user name or password is wrong"))?;
        Ok(Principal {
            username: Some(user.name.clone()),
            subject: user.name.clone(),
            expires_at: i64::MAX,
            ..Principal::default()
        })
    }
}

/// Shows the names, which are no secrets.
impl fmt::Debug for BasicUsers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.users.iter().map(|user| &user.name)).finish()
    }
}

fn sha256(text: &str) -> digest::Digest {
    digest::digest(&digest::SHA256, text.as_bytes())
}

fn equal(one: &digest::Digest, other: &digest::Digest) -> bool {
    constant_time::verify_slices_are_equal(one.as_ref(), other.as_ref()).is_ok()
}

fn refused(reason: &'static str) -> TokenError {
    TokenError::Password { reason }
}

/// User name and password of a header value.
fn parse(value: &str) -> Result<(String, String), TokenError> {
    if value.is_empty() {
        return Err(refused("it is not there"));
    }
    if value.len() > HEADER_BYTES_MAX {
        return Err(refused("it is longer than any user name and password"));
    }
    let (scheme, encoded) = value.split_once(' ').unwrap_or((value, ""));
    if !scheme.eq_ignore_ascii_case("Basic") {
        return Err(refused("it has another scheme"));
    }
    let text = STANDARD.decode(encoded.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let pair = text.as_deref().and_then(|text| text.split_once(':'));
    let (name, password) = pair.ok_or_else(|| refused("it is not base64 of NAME:PASSWORD"))?;
    Ok((name.to_owned(), password.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn users(users: &[(&str, &str)]) -> Result<BasicUsers, String> {
        let users =
            users.iter().map(|(name, password)| ((*name).to_owned(), Secret::new(*password)));
        BasicUsers::new(users)
    }

    fn header(text: &str) -> String {
        format!("Basic {}", STANDARD.encode(text))
    }

    #[test]
    fn a_user_is_known_by_name_and_password() {
        let users = users(&[("demo", "d:emo"), ("ops", "s3cret")]).unwrap();
        let caller = users.check(Some(&header("demo:d:emo"))).unwrap();
        assert_eq!(caller.username.as_deref(), Some("demo"));
        assert!(users.check(Some(&header("ops:s3cret"))).is_ok());
        assert_eq!(format!("{users:?}"), r#"["demo", "ops"]"#);
        for (value, words) in [
            (Some(header("demo:s3cret")), "is wrong"),
            (Some(header("nobody:d:emo")), "is wrong"),
            (Some(header("demo")), "base64"),
            (Some("Basic ???".to_owned()), "base64"),
            (Some("Bearer abc".to_owned()), "scheme"),
            (Some(String::new()), "not there"),
            (Some(header(&"x".repeat(5_000))), "longer"),
            (None, "not there"),
        ] {
            let error = users.check(value.as_deref()).unwrap_err();
            assert_eq!(error.code(), "SKEP-AUTH-PASSWORD");
            assert!(error.to_string().contains(words), "{error}");
            assert!(!error.to_string().contains("s3cret"), "{error}");
        }
    }

    #[test]
    fn users_that_cannot_be_are_refused() {
        for (given, words) in [
            (&[][..], "no users"),
            (&[("", "x")], "empty"),
            (&[("a:b", "x")], "colon"),
            (&[("a", "")], "no password"),
            (&[("a", "x"), ("a", "y")], "twice"),
        ] {
            let text = users(given).unwrap_err();
            assert!(text.contains(words), "{text}");
        }
    }
}
