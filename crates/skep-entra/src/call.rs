//! A call to Microsoft Graph as it is shown to people.

use std::fmt;

use serde_json::{Value, json};

/// A call to Microsoft Graph that was made, or would be.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// `GET`, `POST`, `PATCH` or `DELETE`.
    pub method: &'static str,
    /// The whole address.
    pub url: String,
    /// The body, with the bytes of certificates left out.
    pub body: Option<Value>,
    /// What it is for, in words.
    pub purpose: String,
}

impl Call {
    pub(crate) fn new(
        method: &'static str,
        url: String,
        body: Option<&Value>,
        purpose: &str,
    ) -> Self {
        Self { method, url, body: body.map(without_bytes), purpose: purpose.to_owned() }
    }

    /// Whether it changes the directory.
    #[must_use]
    pub fn is_write(&self) -> bool {
        self.method != "GET"
    }

    /// For programs.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "method": self.method, "url": self.url, "body": self.body, "purpose": self.purpose,
        })
    }
}

/// Certificates are no secrets, but a thousand letters of base64 hide everything else.
fn without_bytes(body: &Value) -> Value {
    match body {
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| match (name.as_str(), value) {
                ("key", Value::String(key)) if !key.starts_with('<') => (
                    name.clone(),
                    json!(format!("<certificate, {} characters of base64>", key.len())),
                ),
                _ => (name.clone(), without_bytes(value)),
            })
            .collect(),
        Value::Array(items) => items.iter().map(without_bytes).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => body.clone(),
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.url)?;
        match &self.body {
            Some(body) => write!(f, "\n{body:#}"),
            None => Ok(()),
        }
    }
}
