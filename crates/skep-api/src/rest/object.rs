//! Variables and headers in bodies.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::value::RawValue;

/// A JSON object that passes through without being taken apart.
///
/// `Debug` shows its size only.
#[derive(Clone, Serialize)]
#[serde(transparent)]
pub struct JsonObject(Box<RawValue>);

impl JsonObject {
    /// Takes JSON text.
    ///
    /// # Errors
    /// The text is not a JSON object.
    pub fn new(json: String) -> Result<Self, serde_json::Error> {
        checked(RawValue::from_string(json)?)
    }

    /// The JSON text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.get()
    }
}

fn checked<E: de::Error>(value: Box<RawValue>) -> Result<JsonObject, E> {
    if value.get().starts_with('{') {
        Ok(JsonObject(value))
    } else {
        Err(E::custom("expected a JSON object"))
    }
}

impl<'de> Deserialize<'de> for JsonObject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        checked(Box::<RawValue>::deserialize(deserializer)?)
    }
}

impl PartialEq for JsonObject {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl fmt::Debug for JsonObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JsonObject({} bytes)", self.as_str().len())
    }
}

/// A JSON value that passes through without being taken apart.
///
/// `Debug` shows its size only.
#[derive(Clone, Deserialize, Serialize)]
#[serde(transparent)]
pub struct JsonValue(Box<RawValue>);

impl JsonValue {
    /// Takes JSON text.
    ///
    /// # Errors
    /// The text is not JSON.
    pub fn new(json: String) -> Result<Self, serde_json::Error> {
        RawValue::from_string(json).map(Self)
    }
}

impl PartialEq for JsonValue {
    fn eq(&self, other: &Self) -> bool {
        self.0.get() == other.0.get()
    }
}

impl fmt::Debug for JsonValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JsonValue({} bytes)", self.0.get().len())
    }
}

/// Text with a value in it, such as the result of a decision as JSON text.
///
/// `Debug` shows its size only.
#[derive(Clone, Eq, PartialEq, Deserialize, Serialize)]
#[serde(transparent)]
pub struct ValueText(pub String);

impl fmt::Debug for ValueText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ValueText({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_pass_through_as_they_are_and_nothing_else_does() {
        let json = r#"{"b":1.0,"a":{"x":[ 1 ]}}"#;
        let object: JsonObject = serde_json::from_str(json).unwrap();
        assert_eq!(object.as_str(), json);
        assert_eq!(serde_json::to_string(&object).unwrap(), json);
        assert_eq!(format!("{object:?}"), "JsonObject(25 bytes)");
        for json in ["[]", "1", "\"x\"", "{"] {
            assert!(serde_json::from_str::<JsonObject>(json).is_err(), "{json}");
            assert!(JsonObject::new(json.to_owned()).is_err(), "{json}");
        }
    }
}
