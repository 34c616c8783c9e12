//! Client secrets: made in Entra's format, kept as salted hashes.

use aws_lc_rs::{constant_time, digest};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use skep_auth::{Secret, jose::encode_base64url};
use uuid::Uuid;

use crate::{error::Error, hidden::Hidden, random};

/// Characters of a secret, and how many follow its marker.
const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_~.-";
const TAIL_CHARS: usize = 34;
const SALT_BYTES: usize = 16;

/// A client secret, without its value.
///
/// The hash is one round of SHA-256 over a salt of its own and the secret. That is enough because
/// secrets are never chosen by people: 34 characters drawn from 66 are more than 200 bits, so
/// there is no dictionary to try and a slow hash would only slow the token endpoint down.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SecretInfo {
    /// Names the secret in the registry. Not the secret, though often mistaken for it.
    pub key_id: Uuid,
    /// Name for people.
    pub display_name: String,
    /// The first three characters of the value.
    pub hint: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working.
    pub expires_at: Timestamp,
    salt: Hidden,
    sha256: Hidden,
}

/// What to make a secret with.
#[derive(Clone, Debug, Default)]
pub struct NewSecret {
    /// Name for people.
    pub display_name: String,
    /// When it stops working; absent means in two years, as in Entra.
    pub expires_at: Option<Timestamp>,
}

impl SecretInfo {
    /// Makes a secret; the second value is the only copy of it.
    pub(super) fn generate(new: NewSecret, now: Timestamp) -> Result<(Self, Secret), Error> {
        let expires_at = match new.expires_at {
            Some(at) => at,
            None => two_years_after(now),
        };
        let value = generate_value()?;
        let salt = random::base64url::<SALT_BYTES>()?;
        let info = Self {
            key_id: Uuid::new_v4(),
            display_name: new.display_name,
            hint: value.chars().take(3).collect(),
            created_at: now,
            expires_at,
            sha256: Hidden(hash(&salt, &value)),
            salt: Hidden(salt),
        };
        Ok((info, Secret::new(value)))
    }

    /// Whether `value` is this secret, in a time that does not depend on where they differ.
    pub(crate) fn matches(&self, value: &str) -> bool {
        let hash = hash(&self.salt.0, value);
        constant_time::verify_slices_are_equal(hash.as_bytes(), self.sha256.0.as_bytes()).is_ok()
    }
}

fn two_years_after(now: Timestamp) -> Timestamp {
    now.checked_add(jiff::SignedDuration::from_hours(2 * 365 * 24)).unwrap_or(Timestamp::MAX)
}

/// Three characters, a digit, `Q~`, 34 characters: what scanners for leaked secrets look for.
///
/// Source: gitleaks/gitleaks: cmd/generate/config/rules/azure.go
fn generate_value() -> Result<String, Error> {
    let mut value = random::chars(&ALPHABET[..ALPHABET.len() - 1], 3)?;
    value.push_str(&random::chars(b"0123456789", 1)?);
    value.push_str("Q~");
    value.push_str(&random::chars(ALPHABET, TAIL_CHARS)?);
    Ok(value)
}

fn hash(salt: &str, value: &str) -> String {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(salt.as_bytes());
    context.update(value.as_bytes());
    encode_base64url(context.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_has_the_form_that_scanners_know() {
        let (info, secret) =
            SecretInfo::generate(NewSecret::default(), Timestamp::UNIX_EPOCH).unwrap();
        let value = secret.expose();
        assert_eq!(value.len(), 40);
        assert!(value.as_bytes()[3].is_ascii_digit());
        assert_eq!(&value[4..6], "Q~");
        assert!(value.bytes().all(|b| ALPHABET.contains(&b)));
        assert_eq!(info.hint, value[..3]);
    }

    #[test]
    fn only_the_value_matches_and_nothing_shows_it() {
        let (info, secret) =
            SecretInfo::generate(NewSecret::default(), Timestamp::UNIX_EPOCH).unwrap();
        assert!(info.matches(secret.expose()));
        assert!(!info.matches(&info.key_id.to_string()));
        assert!(!info.matches(""));
        let shown = format!("{info:?} {}", serde_json::to_string(&info).unwrap());
        assert!(!shown.contains(secret.expose()));
    }
}
