//! Passwords of users: chosen by people, so hashed slowly.

use std::num::NonZeroU32;

use aws_lc_rs::pbkdf2;
use serde::{Deserialize, Serialize};
use skep_auth::jose::encode_base64url;

use crate::{error::Error, hidden::Hidden, random};

/// Rounds of HMAC-SHA-256, as OWASP advises; about a tenth of a second.
const ROUNDS: NonZeroU32 = NonZeroU32::new(600_000).unwrap();
const SALT_BYTES: usize = 16;
const HASH_BYTES: usize = 32;
/// Longest password; a longer one would only cost time.
const CHARS_MAX: usize = 256;
/// Shortest password, as in Entra.
const CHARS_MIN: usize = 8;

/// A password, hashed.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PasswordHash {
    rounds: NonZeroU32,
    salt: Hidden,
    hash: Hidden,
}

impl PasswordHash {
    pub(super) fn of(password: &str) -> Result<Self, Error> {
        let chars = password.chars().count();
        if !(CHARS_MIN..=CHARS_MAX).contains(&chars) {
            return Err(Error::Invalid(format!(
                "a password must have {CHARS_MIN} to {CHARS_MAX} characters, this one has {chars}"
            )));
        }
        let salt = random::base64url::<SALT_BYTES>()?;
        let mut hash = [0; HASH_BYTES];
        pbkdf2::derive(
            pbkdf2::PBKDF2_HMAC_SHA256,
            ROUNDS,
            salt.as_bytes(),
            password.as_bytes(),
            &mut hash,
        );
        Ok(Self { rounds: ROUNDS, salt: Hidden(salt), hash: Hidden(encode_base64url(hash)) })
    }

    /// Whether `password` is this one. Takes a tenth of a second: not for an async thread.
    pub(crate) fn matches(&self, password: &str) -> bool {
        let Some(hash) = skep_auth::jose::decode_base64url(&self.hash.0) else { return false };
        password.chars().count() <= CHARS_MAX
            && pbkdf2::verify(
                pbkdf2::PBKDF2_HMAC_SHA256,
                self.rounds,
                self.salt.0.as_bytes(),
                password.as_bytes(),
                &hash,
            )
            .is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_password_matches_and_nothing_shows_it() {
        let hash = PasswordHash::of("correct horse").unwrap();
        assert!(hash.matches("correct horse"));
        assert!(!hash.matches("correct horsf"));
        assert!(!format!("{hash:?}").contains("horse"));
        assert_ne!(PasswordHash::of("correct horse").unwrap(), hash, "salted");
    }

    #[test]
    fn short_and_huge_passwords_are_refused() {
        assert!(PasswordHash::of("short").is_err());
        assert!(PasswordHash::of(&"x".repeat(257)).is_err());
    }
}
