//! Variable documents: MessagePack maps, kept and compared as bytes.

mod lenient;
mod msgpack;
mod value;

use std::{fmt, ops::Range, sync::Arc};

pub use value::StoredValue;

use bytes::Bytes;
use serde::{
    Deserialize, Serialize,
    de::{DeserializeSeed, MapAccess, SeqAccess, Visitor},
};

/// Deepest nesting of a document; deeper input is refused instead of exhausting the stack.
pub const DOCUMENT_DEPTH_MAX: usize = 128;

/// Variables by name: one MessagePack map, insertion-ordered.
///
/// Integers and floats stay apart (`10` does not come back as `10.0`), as clients expect.
#[derive(Clone, Eq, PartialEq, Deserialize, Serialize)]
#[serde(transparent)]
pub struct Document(Bytes);

/// Why a text is not a variable document.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum DocumentError {
    /// The text is not JSON.
    #[error("Invalid JSON value: {0}")]
    Syntax(String),
    /// The text is JSON, but no object.
    #[error(
        "Property 'variables' is invalid: Expected document to be a root level object, but was '{0}'"
    )]
    NotAnObject(&'static str),
    /// The bytes are not one well-formed MessagePack map.
    #[error("not a MessagePack map: {0}")]
    Malformed(&'static str),
}

impl Document {
    /// The document without variables.
    #[must_use]
    pub fn empty() -> Self {
        Self(Bytes::from_static(&[0x80]))
    }

    /// Whether there is no variable in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.as_ref() == [0x80]
    }

    /// The MessagePack bytes.
    #[must_use]
    pub fn as_msgpack(&self) -> &[u8] {
        &self.0
    }

    /// Takes MessagePack bytes after checking that they are exactly one map with string keys.
    ///
    /// # Errors
    /// [`DocumentError::Malformed`] otherwise.
    pub fn from_msgpack(bytes: impl Into<Bytes>) -> Result<Self, DocumentError> {
        let bytes = bytes.into();
        msgpack::check_document(&bytes)?;
        Ok(Self(bytes))
    }

    /// Reads a JSON object. As in Zeebe, blank text and `null` are the empty document, and
    /// strings may stand in single quotes.
    ///
    /// # Errors
    /// [`DocumentError::Syntax`] or [`DocumentError::NotAnObject`].
    pub fn from_json(text: &str) -> Result<Self, DocumentError> {
        let trimmed = text.trim_start();
        if trimmed.is_empty() {
            return Ok(Self::empty());
        }
        let out = match msgpack_of(text) {
            Ok(out) => out,
            // Only now, because hardly any client writes single quotes.
            Err(error) => lenient::with_double_quotes(text)
                .and_then(|text| msgpack_of(&text).ok())
                .ok_or_else(|| DocumentError::Syntax(error.to_string()))?,
        };
        match out.first() {
            Some(0xc0) => Ok(Self::empty()),
            Some(0x80..=0x8f | 0xde | 0xdf) => Ok(Self(out.into())),
            _ => Err(DocumentError::NotAnObject(match trimmed.as_bytes().first() {
                Some(b'[') => "ARRAY",
                Some(b'"' | b'\'') => "STRING",
                Some(b't' | b'f') => "BOOLEAN",
                _ if trimmed.contains(['.', 'e', 'E']) => "FLOAT",
                _ => "INTEGER",
            })),
        }
    }

    /// The document as JSON text without spaces.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut out = String::with_capacity(self.0.len() * 2);
        msgpack::write_json(&self.0, &mut out);
        out
    }

    /// Name and MessagePack value of each variable, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        msgpack::entries(&self.0)
    }

    /// The entries of the map, in order.
    pub fn variables(&self) -> impl Iterator<Item = VariableRef<'_>> {
        msgpack::whole_entries(&self.0).map(|(bytes, name, value)| VariableRef {
            bytes,
            name,
            value,
        })
    }

    /// The MessagePack value of one variable.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&[u8]> {
        self.iter().find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    /// Builds a document from variables.
    pub fn from_variables<'a>(variables: impl ExactSizeIterator<Item = &'a VariableEntry>) -> Self {
        let mut out = Vec::with_capacity(64);
        msgpack::write_map_len(&mut out, variables.len());
        for variable in variables {
            out.extend_from_slice(&variable.0);
        }
        Self(out.into())
    }

    /// Builds a document from names and MessagePack values.
    ///
    /// Each value must be one well-formed MessagePack value, as [`Document::iter`] yields them.
    pub fn from_entries<'a>(entries: impl ExactSizeIterator<Item = (&'a str, &'a [u8])>) -> Self {
        let mut out = Vec::with_capacity(64);
        msgpack::write_map_len(&mut out, entries.len());
        for (name, value) in entries {
            msgpack::write_str(&mut out, name);
            out.extend_from_slice(value);
        }
        Self(out.into())
    }
}

/// What stands before `n` items of a list, as MessagePack.
#[must_use]
pub fn list_header(n: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(5);
    msgpack::write_array_len(&mut out, n);
    out
}

/// Where each item is in the MessagePack `value` of a list; `None` if it is no list.
///
/// Items follow each other without a gap.
pub fn list_items(value: &[u8]) -> Option<impl Iterator<Item = Range<usize>>> {
    msgpack::items(value)
}

/// One variable: the entry of a [`Document`], name and value in one shared piece of memory.
#[derive(Clone, Eq, PartialEq)]
pub struct VariableEntry(Arc<[u8]>);

/// One entry of a document, where it stands.
#[derive(Clone, Copy)]
pub struct VariableRef<'a> {
    bytes: &'a [u8],
    name: &'a str,
    value: &'a [u8],
}

impl<'a> VariableRef<'a> {
    /// The variable's name.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.name
    }

    /// The variable's MessagePack value.
    #[must_use]
    pub fn value(&self) -> &'a [u8] {
        self.value
    }

    /// A copy that stands for itself.
    #[must_use]
    pub fn to_entry(&self) -> VariableEntry {
        VariableEntry(self.bytes.into())
    }
}

/// Shows the name and the size, never the value.
impl fmt::Debug for VariableRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({} bytes)", self.name, self.value.len())
    }
}

impl VariableEntry {
    /// The variable `name` with this MessagePack `value`.
    #[must_use]
    pub fn new(name: &str, value: &[u8]) -> Self {
        let mut out = Vec::with_capacity(name.len() + value.len() + 5);
        msgpack::write_str(&mut out, name);
        out.extend_from_slice(value);
        Self(out.into())
    }

    /// The variable's name.
    #[must_use]
    pub fn name(&self) -> &str {
        msgpack::entry(&self.0).0
    }

    /// The variable's MessagePack value.
    #[must_use]
    pub fn value(&self) -> &[u8] {
        msgpack::entry(&self.0).1
    }

    /// The variable's value as JSON text without spaces.
    #[must_use]
    pub fn value_json(&self) -> String {
        let value = self.value();
        let mut out = String::with_capacity(value.len() * 2);
        msgpack::write_json(value, &mut out);
        out
    }

    /// The same variable with `item` at the place `index` of its list; `None` if its value is no
    /// list, or none so long.
    #[must_use]
    pub fn with_item(&self, index: u32, item: &[u8]) -> Option<Self> {
        let found = msgpack::items(self.value())?.nth(index as usize)?;
        let value_at = self.0.len() - self.value().len();
        let (start, end) = (value_at + found.start, value_at + found.end);
        let mut out = Vec::with_capacity(self.0.len() + item.len());
        out.extend_from_slice(&self.0[..start]);
        out.extend_from_slice(item);
        out.extend_from_slice(&self.0[end..]);
        Some(Self(out.into()))
    }

    /// The item at the place `index` of its list.
    #[must_use]
    pub fn item(&self, index: u32) -> Option<&[u8]> {
        self.value().get(msgpack::items(self.value())?.nth(index as usize)?)
    }

    /// Whether both are the same piece of memory, and so equal without a look at them.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Number of bytes in a document.
    #[must_use]
    pub fn len_bytes(&self) -> usize {
        self.0.len()
    }
}

/// Shows the name and the size, never the value.
impl fmt::Debug for VariableEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({} bytes)", self.name(), self.value().len())
    }
}

impl Serialize for VariableEntry {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for VariableEntry {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EntryVisitor;
        impl Visitor<'_> for EntryVisitor {
            type Value = VariableEntry;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("one entry of a MessagePack map")
            }

            fn visit_bytes<E: serde::de::Error>(self, bytes: &[u8]) -> Result<VariableEntry, E> {
                msgpack::check_entry(bytes).map_err(E::custom)?;
                Ok(VariableEntry(bytes.into()))
            }
        }
        deserializer.deserialize_bytes(EntryVisitor)
    }
}

impl Default for Document {
    fn default() -> Self {
        Self::empty()
    }
}

/// Shows the size and never the content: variable values stay out of logs.
impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Document({} bytes)", self.0.len())
    }
}

fn msgpack_of(json: &str) -> Result<Vec<u8>, serde_json::Error> {
    let mut out = Vec::with_capacity(json.len());
    let mut json = serde_json::Deserializer::from_str(json);
    JsonToMsgpack { out: &mut out, depth: 0 }.deserialize(&mut json)?;
    json.end()?;
    Ok(out)
}

/// Streams JSON into MessagePack without building a tree.
struct JsonToMsgpack<'o> {
    out: &'o mut Vec<u8>,
    depth: usize,
}

impl JsonToMsgpack<'_> {
    fn nested<E: serde::de::Error>(&mut self) -> Result<JsonToMsgpack<'_>, E> {
        if self.depth == DOCUMENT_DEPTH_MAX {
            return Err(E::custom(format_args!("nested deeper than {DOCUMENT_DEPTH_MAX} levels")));
        }
        Ok(JsonToMsgpack { out: self.out, depth: self.depth + 1 })
    }
}

impl<'de> DeserializeSeed<'de> for JsonToMsgpack<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for JsonToMsgpack<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.out.push(0xc0);
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.out.push(if value { 0xc3 } else { 0xc2 });
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        msgpack::write_int(self.out, value);
        Ok(())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        // An integer beyond 64 signed bits has no exact MessagePack form in Zeebe either.
        match i64::try_from(value) {
            Ok(value) => msgpack::write_int(self.out, value),
            Err(_) => msgpack::write_uint(self.out, value),
        }
        Ok(())
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        msgpack::write_float(self.out, value);
        Ok(())
    }

    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        msgpack::write_str(self.out, value);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<(), A::Error> {
        let header = msgpack::open(self.out);
        let mut n = 0;
        while seq.next_element_seed(self.nested::<A::Error>()?)?.is_some() {
            n += 1;
        }
        msgpack::close_array(self.out, header, n);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        let header = msgpack::open(self.out);
        let mut n = 0;
        while map.next_key_seed(self.nested::<A::Error>()?)?.is_some() {
            map.next_value_seed(self.nested::<A::Error>()?)?;
            n += 1;
        }
        msgpack::close_map(self.out, header, n);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
