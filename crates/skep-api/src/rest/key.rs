//! Keys on the wire: text since 8.8, numbers in the default media type of 8.6.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A 64-bit key and how it is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Key {
    /// The key itself.
    pub raw: i64,
    /// How it is written; of no meaning in requests.
    pub format: KeyFormat,
}

/// How a response writes its keys.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum KeyFormat {
    /// `"2251799813685249"`
    #[default]
    Text,
    /// `2251799813685249`
    Number,
}

impl KeyFormat {
    /// Media type by which clients of the 8.6 and 8.7 lines ask for numbers.
    pub const NUMBER_MEDIA_TYPE: &str = "application/vnd.camunda.api.keys.number+json";
    /// Media type by which clients of the 8.6 and 8.7 lines ask for text.
    pub const TEXT_MEDIA_TYPE: &str = "application/vnd.camunda.api.keys.string+json";

    /// `raw`, to be written this way.
    #[must_use]
    pub fn key(self, raw: i64) -> Key {
        Key { raw, format: self }
    }
}

/// Why a text is not a key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KeyParseError;

impl fmt::Display for KeyParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key is a 64-bit integer")
    }
}

impl std::error::Error for KeyParseError {}

impl FromStr for Key {
    type Err = KeyParseError;

    fn from_str(text: &str) -> Result<Self, KeyParseError> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(KeyParseError);
        }
        text.parse().map(|raw| KeyFormat::Text.key(raw)).map_err(|_| KeyParseError)
    }
}

impl Serialize for Key {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.format {
            KeyFormat::Text => serializer.collect_str(&self.raw),
            KeyFormat::Number => serializer.serialize_i64(self.raw),
        }
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(KeyVisitor)
    }
}

struct KeyVisitor;

impl de::Visitor<'_> for KeyVisitor {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key as text, such as \"2251799813685249\"")
    }

    fn visit_i64<E>(self, raw: i64) -> Result<Key, E> {
        Ok(KeyFormat::Number.key(raw))
    }

    fn visit_u64<E: de::Error>(self, raw: u64) -> Result<Key, E> {
        let raw = i64::try_from(raw).map_err(|_| E::custom(KeyParseError))?;
        Ok(KeyFormat::Number.key(raw))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Key, E> {
        text.parse().map_err(E::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_as_text_and_as_numbers() {
        for json in ["2251799813685249", "\"2251799813685249\""] {
            assert_eq!(serde_json::from_str::<Key>(json).unwrap().raw, 2_251_799_813_685_249);
        }
        for json in ["\"\"", "\"x\"", "\"1.5\"", "1.5", "\"+1\"", "18446744073709551615", "\"-\""] {
            assert!(serde_json::from_str::<Key>(json).is_err(), "{json}");
        }
    }

    #[test]
    fn keys_are_written_as_the_client_asked() {
        let write = |format: KeyFormat| serde_json::to_string(&format.key(7)).unwrap();
        assert_eq!(write(KeyFormat::Text), "\"7\"");
        assert_eq!(write(KeyFormat::Number), "7");
    }
}
