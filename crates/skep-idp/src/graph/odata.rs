//! The parts of OData that clients of a directory use: keys, `$filter`, `$select`.

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::GraphError;

/// Most segments of a path.
const SEGMENTS_MAX: usize = 8;
/// Query options that change nothing here: lists are short, whole and unordered.
const IGNORED: [&str; 5] = ["$top", "$count", "$orderby", "$expand", "api-version"];
/// Collections whose next segment is a key.
const COLLECTIONS: [&str; 8] = [
    "applications",
    "servicePrincipals",
    "oauth2PermissionGrants",
    "users",
    "groups",
    "members",
    "appRoleAssignedTo",
    "appRoleAssignments",
];

/// One part of a path.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Segment {
    Name(String),
    Key(Key),
}

/// What an entity is addressed by.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Key {
    /// The object id, or a user's name.
    Id(String),
    /// `(appId='…')`
    AppId(String),
}

impl Segment {
    pub(super) fn as_part(&self) -> &str {
        match self {
            Self::Name(name) => name,
            Self::Key(key) => key.as_part(),
        }
    }
}

impl Key {
    pub(super) fn as_part(&self) -> &str {
        match self {
            Self::Id(id) | Self::AppId(id) => id,
        }
    }
}

/// Takes a path apart: `applications/{id}`, `applications('{id}')`, `applications(appId='{id}')`.
pub(super) fn segments(path: &str) -> Result<Vec<Segment>, GraphError> {
    let mut segments = Vec::new();
    let mut key_is_next = false;
    for part in path.split('/').filter(|part| !part.is_empty()) {
        if segments.len() >= SEGMENTS_MAX {
            return Err(GraphError::bad_request("The path is too long."));
        }
        let (name, parenthesis) = match part.strip_suffix(')').and_then(|p| p.split_once('(')) {
            Some((name, inside)) => (name, Some(inside)),
            None => (part, None),
        };
        if let Some(inside) = parenthesis {
            segments.push(Segment::Name(name.to_owned()));
            segments.push(Segment::Key(parenthesized(inside)?));
            key_is_next = false;
        } else if key_is_next && !part.starts_with('$') {
            segments.push(Segment::Key(Key::Id(part.to_owned())));
            key_is_next = false;
        } else {
            key_is_next = COLLECTIONS.contains(&part);
            segments.push(Segment::Name(part.to_owned()));
        }
    }
    Ok(segments)
}

fn parenthesized(inside: &str) -> Result<Key, GraphError> {
    let quoted = |text: &str| -> Option<String> {
        Some(text.trim().strip_prefix('\'')?.strip_suffix('\'')?.replace("''", "'"))
    };
    let key = match inside.split_once('=') {
        Some((name, value)) if name.trim() == "appId" => quoted(value).map(Key::AppId),
        Some(_) => None,
        None => quoted(inside).map(Key::Id),
    };
    key.ok_or_else(|| {
        GraphError::bad_request("The key in the path is not one of ('id') or (appId='id').")
    })
}

/// `$filter` and `$select`.
#[derive(Debug, Default)]
pub(super) struct Query {
    filter: Option<Filter>,
    select: Vec<String>,
}

#[derive(Debug, PartialEq)]
enum Filter {
    /// `property eq 'value'`
    Equals(String, Value),
    /// `startswith(property,'value')`
    StartsWith(String, String),
    /// `property/any(x:x eq 'value')`
    AnyEquals(String, String),
}

impl Query {
    pub(super) fn parse(query: &str) -> Result<Self, GraphError> {
        let mut parsed = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match name.as_ref() {
                "$filter" => parsed.filter = Some(Filter::parse(value.trim())?),
                "$select" => {
                    parsed.select = value.split(',').map(|name| name.trim().to_owned()).collect();
                }
                name if IGNORED.contains(&name) || !name.starts_with('$') => (),
                name => {
                    return Err(unsupported(&format!("the query option {name} is not supported")));
                }
            }
        }
        Ok(parsed)
    }

    /// A list in its envelope.
    pub(super) fn apply(
        &self,
        context: &str,
        items: impl Iterator<Item = Value>,
    ) -> Result<Value, GraphError> {
        let kept = items.filter(|item| self.filter.as_ref().is_none_or(|f| f.accepts(item)));
        let value: Vec<Value> = kept.map(|item| self.select(item)).collect();
        Ok(json!({"@odata.context": context, "value": value}))
    }

    /// Only the selected properties.
    pub(super) fn select(&self, item: Value) -> Value {
        if self.select.is_empty() {
            return item;
        }
        let selected = item.as_object().into_iter().flatten();
        let selected = selected.filter(|(name, _)| self.select.contains(name));
        selected.map(|(name, value)| (name.clone(), value.clone())).collect()
    }
}

impl Filter {
    fn parse(text: &str) -> Result<Self, GraphError> {
        let parsed = Self::parse_starts_with(text)
            .or_else(|| Self::parse_any(text))
            .or_else(|| Self::parse_equals(text));
        parsed.ok_or_else(|| {
            unsupported("only the filters \"p eq 'v'\", \"startswith(p,'v')\" and \"p/any(x:x eq 'v')\" are supported")
        })
    }

    fn parse_equals(text: &str) -> Option<Self> {
        let (property, value) = text.split_once(" eq ")?;
        let value = match value.trim() {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            quoted => Value::String(unquote(quoted)?),
        };
        Some(Self::Equals(name(property)?, value))
    }

    fn parse_starts_with(text: &str) -> Option<Self> {
        let inside = text.strip_prefix("startswith(")?.strip_suffix(')')?;
        let (property, value) = inside.split_once(',')?;
        Some(Self::StartsWith(name(property)?, unquote(value)?))
    }

    fn parse_any(text: &str) -> Option<Self> {
        let (property, inside) = text.strip_suffix(')')?.split_once("/any(")?;
        let (variable, condition) = inside.split_once(':')?;
        let (left, value) = condition.split_once(" eq ")?;
        if left.trim() != variable.trim() {
            return None;
        }
        Some(Self::AnyEquals(name(property)?, unquote(value)?))
    }

    fn accepts(&self, item: &Value) -> bool {
        let same = |a: &str, b: &str| a.to_lowercase() == b.to_lowercase();
        match self {
            Self::Equals(property, Value::String(value)) => {
                item[property].as_str().is_some_and(|found| same(found, value))
            }
            Self::Equals(property, value) => &item[property] == value,
            Self::StartsWith(property, prefix) => item[property]
                .as_str()
                .is_some_and(|found| found.to_lowercase().starts_with(&prefix.to_lowercase())),
            Self::AnyEquals(property, value) => item[property]
                .as_array()
                .is_some_and(|list| list.iter().filter_map(Value::as_str).any(|v| same(v, value))),
        }
    }
}

fn name(text: &str) -> Option<String> {
    let text = text.trim();
    let is_name = !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric());
    is_name.then(|| text.to_owned())
}

fn unquote(text: &str) -> Option<String> {
    let inside = text.trim().strip_prefix('\'')?.strip_suffix('\'')?;
    // A quote within is doubled; a single one would end the value early.
    let is_single = inside.replace("''", "").contains('\'');
    let decoded = percent_decode_str(inside).decode_utf8().ok()?;
    (!is_single).then(|| decoded.replace("''", "'"))
}

fn unsupported(why: &str) -> GraphError {
    GraphError::new(
        axum::http::StatusCode::BAD_REQUEST,
        "Request_UnsupportedQuery",
        format!("Unsupported query: {why}."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_in_every_form() {
        let by_id = [Segment::Name("applications".into()), Segment::Key(Key::Id("x".into()))];
        for path in ["applications/x", "applications('x')", "/applications/x/"] {
            assert_eq!(segments(path).unwrap(), by_id, "{path}");
        }
        assert_eq!(
            segments("servicePrincipals(appId='a')/appRoleAssignedTo/b").unwrap(),
            [
                Segment::Name("servicePrincipals".into()),
                Segment::Key(Key::AppId("a".into())),
                Segment::Name("appRoleAssignedTo".into()),
                Segment::Key(Key::Id("b".into())),
            ]
        );
        assert!(segments("applications(x)").is_err());
        assert!(segments(&"a/".repeat(20)).is_err());
    }

    #[test]
    fn filters_compare_without_regard_to_case() {
        let item = json!({"displayName": "O'Hara", "on": true, "uris": ["api://x"]});
        for (filter, accepted) in [
            ("displayName eq 'o''hara'", true),
            ("displayName eq 'other'", false),
            ("startswith(displayName,'O')", true),
            ("on eq true", true),
            ("on eq false", false),
            ("uris/any(u:u eq 'api://X')", true),
            ("uris/any(u:u eq 'api://y')", false),
        ] {
            assert_eq!(Filter::parse(filter).unwrap().accepts(&item), accepted, "{filter}");
        }
        for bad in ["displayName", "displayName eq x", "a eq 'b' or c eq 'd'", "a eq 'b'c'"] {
            assert!(Filter::parse(bad).is_err(), "{bad}");
        }
    }
}
