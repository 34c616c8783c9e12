//! Opaque tokens that only this provider can read: codes, refresh tokens, sessions.
//!
//! Each is a JSON value under AES-256-GCM. Nothing is stored for it, so any number can be out,
//! and they survive restarts as the key does.

use std::path::Path;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use serde::{Serialize, de::DeserializeOwned};
use skep_auth::jose::{decode_base64url, encode_base64url};

use crate::{
    error::Error,
    random,
    storage::{self, Access, DirLock},
};

const FILE: &str = "sealing-key";
const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 12;
/// Longest sealed text that is read.
const CHARS_MAX: usize = 16 * 1024;

/// What a sealed value is for: one cannot be used as another.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Purpose {
    Code,
    RefreshToken,
    Session,
    Flow,
    Admin,
    AdminForm,
}

impl Purpose {
    fn label(self) -> &'static [u8] {
        match self {
            Self::Code => b"code",
            Self::RefreshToken => b"refresh token",
            Self::Session => b"session",
            Self::Flow => b"flow",
            Self::Admin => b"admin",
            Self::AdminForm => b"admin form",
        }
    }
}

/// Seals and opens values with the data directory's key.
pub(crate) struct Sealer(LessSafeKey);

impl Sealer {
    /// Loads the key of `dir`, or makes one.
    pub(crate) fn open(_lock: &DirLock, dir: &Path) -> Result<Self, Error> {
        let path = dir.join(FILE);
        let key = match storage::read(&path)? {
            Some(text) => std::str::from_utf8(&text)
                .ok()
                .and_then(|text| decode_base64url(text.trim()))
                .filter(|key| key.len() == KEY_BYTES)
                .ok_or_else(|| Error::damaged(&path, "it is not a key of 32 bytes"))?,
            None => {
                let mut key = vec![0; KEY_BYTES];
                random::fill(&mut key)?;
                storage::write(&path, encode_base64url(&key).as_bytes(), Access::Private)?;
                key
            }
        };
        let key = UnboundKey::new(&AES_256_GCM, &key)
            .map_err(|error| Error::create("sealing key", error))?;
        Ok(Self(LessSafeKey::new(key)))
    }

    /// Seals `value` for one purpose.
    pub(crate) fn seal(&self, purpose: Purpose, value: &impl Serialize) -> Result<String, Error> {
        let create = |error: aws_lc_rs::error::Unspecified| Error::create("sealed token", error);
        let mut bytes =
            serde_json::to_vec(value).map_err(|error| Error::create("sealed token", error))?;
        // Random nonces of 96 bits are safe for 2^32 messages, which this provider will not see.
        let mut nonce = [0; NONCE_BYTES];
        random::fill(&mut nonce)?;
        self.0
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(purpose.label()),
                &mut bytes,
            )
            .map_err(create)?;
        let mut sealed = nonce.to_vec();
        sealed.extend_from_slice(&bytes);
        Ok(encode_base64url(sealed))
    }

    /// What was sealed for this purpose; `None` for anything else.
    pub(crate) fn unseal<T: DeserializeOwned>(&self, purpose: Purpose, text: &str) -> Option<T> {
        if text.len() > CHARS_MAX {
            return None;
        }
        let mut sealed = decode_base64url(text)?;
        let (nonce, bytes) = sealed.split_at_mut_checked(NONCE_BYTES)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let plain = self.0.open_in_place(nonce, Aad::from(purpose.label()), bytes).ok()?;
        serde_json::from_slice(plain).ok()
    }
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealer")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_key_and_purpose_open() {
        let dir = tempfile::tempdir().unwrap();
        let lock = DirLock::acquire(dir.path()).unwrap();
        let sealer = Sealer::open(&lock, dir.path()).unwrap();
        let again = Sealer::open(&lock, dir.path()).unwrap();
        let sealed = sealer.seal(Purpose::Code, &"value").unwrap();
        assert_eq!(again.unseal::<String>(Purpose::Code, &sealed).as_deref(), Some("value"));
        assert_eq!(sealer.unseal::<String>(Purpose::RefreshToken, &sealed), None);
        for broken in ["", "AAAA", &sealed[1..], &sealed[..sealed.len() - 2]] {
            assert_eq!(sealer.unseal::<String>(Purpose::Code, broken), None);
        }
        let other = tempfile::tempdir().unwrap();
        let other = Sealer::open(&lock, other.path()).unwrap();
        assert_eq!(other.unseal::<String>(Purpose::Code, &sealed), None);
    }
}
