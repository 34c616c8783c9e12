//! Variables on their way out: any value that serialises to a JSON object.

use serde::Serialize;

use crate::Error;

/// The variables of a command; a mistake is kept until the command is sent.
#[derive(Clone, Default)]
pub(crate) enum Variables {
    /// No variables.
    #[default]
    None,
    /// The text of a JSON object.
    Object(String),
    /// The value that was given cannot be variables.
    Wrong(String),
}

impl Variables {
    /// Serialises `value`; `null` and `()` stand for no variables.
    pub(crate) fn from_value<T: Serialize + ?Sized>(value: &T) -> Self {
        match serde_json::to_string(value) {
            Ok(text) => Self::from_json(text),
            Err(e) => Self::Wrong(format!("they cannot be written as JSON: {e}")),
        }
    }

    /// Takes JSON text as it is. Only its first character is looked at: the gateway parses it.
    pub(crate) fn from_json(text: String) -> Self {
        match text.trim_start().bytes().next() {
            Some(b'{') => Self::Object(text),
            None => Self::None,
            Some(b'n') if text.trim() == "null" => Self::None,
            Some(first) => Self::Wrong(format!(
                "they must be a JSON object, but start with {:?}",
                char::from(first)
            )),
        }
    }

    /// The text for the protocol, where empty means none.
    ///
    /// # Errors
    /// [`Error::Variables`] when the value given was none.
    pub(crate) fn into_text(self) -> Result<String, Error> {
        match self {
            Self::None => Ok(String::new()),
            Self::Object(text) => Ok(text),
            Self::Wrong(reason) => Err(Error::Variables { reason }),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn objects_and_nothing_are_variables() {
        assert_eq!(Variables::from_value(&json!({"a": 1})).into_text().unwrap(), "{\"a\":1}");
        assert_eq!(Variables::from_value(&()).into_text().unwrap(), "");
        assert_eq!(Variables::from_json("  ".to_owned()).into_text().unwrap(), "");
    }

    #[test]
    fn other_values_are_refused() {
        for value in [json!([1]), json!("text"), json!(1), json!(true)] {
            let error = Variables::from_value(&value).into_text().unwrap_err().to_string();
            assert!(error.contains("must be a JSON object"), "{error}");
        }
    }
}
