//! Cursors: where an item stands in an order.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use rusqlite::types::{Value, ValueRef};

/// The values by which an item is ordered; opaque to those who keep it.
#[derive(Clone, PartialEq)]
pub struct Cursor(pub(super) Vec<Value>);

impl Eq for Cursor {}

impl Cursor {
    /// The cursor in a text that [`Cursor`]'s `Display` has written.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = STANDARD.decode(text).ok()?;
        let values: Vec<serde_json::Value> = serde_json::from_slice(&bytes).ok()?;
        let value = |value: serde_json::Value| match value {
            serde_json::Value::Null => Some(Value::Null),
            serde_json::Value::Number(number) => number.as_i64().map(Value::Integer),
            serde_json::Value::String(text) => Some(Value::Text(text)),
            serde_json::Value::Bool(_)
            | serde_json::Value::Array(_)
            | serde_json::Value::Object(_) => None,
        };
        values.into_iter().map(value).collect::<Option<_>>().map(Self)
    }

    /// The last `n` columns of a row.
    pub(super) fn read(row: &rusqlite::Row<'_>, n: usize) -> rusqlite::Result<Self> {
        let n_columns = row.as_ref().column_count();
        let values = (n_columns - n..n_columns).map(|at| {
            Ok(match row.get_ref(at)? {
                ValueRef::Integer(number) => Value::Integer(number),
                ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
                ValueRef::Null | ValueRef::Real(_) | ValueRef::Blob(_) => Value::Null,
            })
        });
        values.collect::<rusqlite::Result<_>>().map(Self)
    }
}

/// Shows no values: they may be those of variables.
impl std::fmt::Debug for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Cursor({} values)", self.0.len())
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let value = |value: &Value| match value {
            Value::Integer(number) => serde_json::Value::from(*number),
            Value::Text(text) => serde_json::Value::from(text.as_str()),
            Value::Null | Value::Real(_) | Value::Blob(_) => serde_json::Value::Null,
        };
        let values: serde_json::Value = self.0.iter().map(value).collect();
        f.write_str(&STANDARD.encode(values.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_was_written() {
        let cursor = Cursor(vec![Value::Text("größe".into()), Value::Null, Value::Integer(-7)]);
        assert_eq!(Cursor::parse(&cursor.to_string()), Some(cursor));
        for text in ["", "x", "W10", "e30=", "W3RydWVd"] {
            assert_eq!(Cursor::parse(text), None, "{text}");
        }
    }
}
