use serde_json::{Map, Value};

/// The claims of a token, read by name and type.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Claims(Map<String, Value>);

/// A claim of the wrong type.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("claim {name:?} must be {expected}")]
pub struct ClaimError {
    /// The claim.
    pub name: &'static str,
    /// What it must be.
    pub expected: &'static str,
}

impl Claims {
    /// Wraps an object.
    #[must_use]
    pub fn new(map: Map<String, Value>) -> Self {
        Self(map)
    }

    /// All of them.
    #[must_use]
    pub fn as_map(&self) -> &Map<String, Value> {
        &self.0
    }

    /// A claim of any type.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// A text claim; `None` when absent, null, or no text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    /// A NumericDate in seconds since the Unix epoch, fractions allowed (RFC 7519 §2).
    ///
    /// # Errors
    /// The claim is there and is no finite number.
    pub fn numeric_date(&self, name: &'static str) -> Result<Option<f64>, ClaimError> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => match value.as_f64() {
                Some(seconds) if seconds.is_finite() => Ok(Some(seconds)),
                Some(_) | None => {
                    Err(ClaimError { name, expected: "a number of seconds since 1970" })
                }
            },
        }
    }

    /// The value at a path: a name, or `$.` and names with dots in between.
    #[must_use]
    pub fn at(&self, path: &str) -> Option<&Value> {
        match path.strip_prefix("$.") {
            None => self.0.get(path),
            Some(path) => {
                let mut names = path.split('.');
                let first = self.0.get(names.next()?)?;
                names.try_fold(first, |value, name| value.get(name))
            }
        }
    }

    /// A claim that is one text or a list of texts, such as `aud` and `roles`; empty when absent.
    ///
    /// # Errors
    /// The claim is there and is neither.
    pub fn texts(&self, name: &'static str) -> Result<Vec<String>, ClaimError> {
        self.texts_at(name, None)
    }

    /// As [`Claims::texts`], from another `path` if there is one; errors have the `name`.
    pub(crate) fn texts_at(
        &self,
        name: &'static str,
        path: Option<&str>,
    ) -> Result<Vec<String>, ClaimError> {
        let wrong = || ClaimError { name, expected: "a text or a list of texts" };
        match self.at(path.unwrap_or(name)) {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::String(text)) => Ok(vec![text.clone()]),
            Some(Value::Array(values)) => values
                .iter()
                .map(|value| value.as_str().map(str::to_owned).ok_or_else(wrong))
                .collect(),
            Some(Value::Bool(_) | Value::Number(_) | Value::Object(_)) => Err(wrong()),
        }
    }
}

impl From<Map<String, Value>> for Claims {
    fn from(map: Map<String, Value>) -> Self {
        Self(map)
    }
}
