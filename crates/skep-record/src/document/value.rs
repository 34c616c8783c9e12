//! A single value.

use std::fmt;

use bytes::Bytes;
use serde::{Deserialize, Serialize, de::Error as _};

use super::{DocumentError, msgpack};

/// One MessagePack value that belongs to no variable, such as the result of a decision.
#[derive(Clone, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct StoredValue(Bytes);

impl StoredValue {
    /// Null.
    #[must_use]
    pub fn null() -> Self {
        Self(Bytes::from_static(&[0xc0]))
    }

    /// Takes MessagePack bytes after checking that they are exactly one value.
    ///
    /// # Errors
    /// [`DocumentError::Malformed`] otherwise.
    pub fn from_msgpack(bytes: impl Into<Bytes>) -> Result<Self, DocumentError> {
        let bytes = bytes.into();
        msgpack::check_value(&bytes)?;
        Ok(Self(bytes))
    }

    /// The MessagePack bytes.
    #[must_use]
    pub fn as_msgpack(&self) -> &[u8] {
        &self.0
    }

    /// The value as JSON text without spaces.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut out = String::with_capacity(self.0.len() * 2);
        msgpack::write_json(&self.0, &mut out);
        out
    }
}

impl<'de> Deserialize<'de> for StoredValue {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_msgpack(Bytes::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// Shows the size and never the content: values stay out of logs.
impl fmt::Debug for StoredValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoredValue({} bytes)", self.0.len())
    }
}
