//! Values that must not be shown.

use std::{fmt, fs::File, io::Read as _, path::Path};

use crate::{AuthError, jose::KeyError};

/// Largest secret in a file; Entra's have 40 characters.
const FILE_BYTES_MAX: u64 = 4 * 1024;

/// A value that must not be shown: `Debug` and logs print `***`; comparing takes constant time.
#[derive(Clone, Default, serde::Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Hides `value`.
    #[must_use]
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The one line of text in the file `path`, without the space around it.
    ///
    /// # Errors
    /// [`AuthError::SecretFile`]
    pub fn from_file(path: &Path) -> Result<Self, AuthError> {
        let wrong = |reason: String| AuthError::SecretFile { path: path.to_owned(), reason };
        let mut text = String::new();
        File::open(path)
            .and_then(|file| file.take(FILE_BYTES_MAX + 1).read_to_string(&mut text))
            .map_err(|error| wrong(error.to_string()))?;
        let secret = text.trim();
        if secret.is_empty() {
            return Err(wrong("it is empty".to_owned()));
        }
        if text.len() as u64 > FILE_BYTES_MAX || secret.contains(['\r', '\n']) {
            return Err(wrong("it holds more than one line of text".to_owned()));
        }
        Ok(Self(secret.to_owned()))
    }

    /// A new password: 192 random bits in letters and digits, which every shell, file format and
    /// tool takes as they are.
    ///
    /// # Errors
    /// [`KeyError::Crypto`]: the system has no randomness to give.
    pub fn generate() -> Result<Self, KeyError> {
        let mut bytes = [0; 24];
        aws_lc_rs::rand::fill(&mut bytes).map_err(|_| KeyError::Crypto("random generation"))?;
        Ok(Self(bytes.iter().map(|byte| format!("{byte:02x}")).collect()))
    }

    /// The value itself, for the one place that sends it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// True for the empty value, which no provider takes as a credential.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl PartialEq for Secret {
    /// The time does not depend on where the values differ, only on whether their lengths do.
    fn eq(&self, other: &Self) -> bool {
        aws_lc_rs::constant_time::verify_slices_are_equal(self.0.as_bytes(), other.0.as_bytes())
            .is_ok()
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_hides_the_value() {
        let secret = Secret::new("hunter2");
        assert_eq!(format!("{secret:?} {:?}", Some(secret.clone())), "*** Some(***)");
    }

    #[test]
    fn equality_compares_the_values() {
        assert_eq!(Secret::new("a"), Secret::new("a"));
        assert_ne!(Secret::new("a"), Secret::new("b"));
        assert_ne!(Secret::new("a"), Secret::new("ab"));
    }
}
