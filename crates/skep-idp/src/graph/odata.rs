//! The parts of OData that clients of a directory use: keys, and the options of lists.

use serde_json::{Value, json};

use super::{GraphError, filter::Filter};

/// Most segments of a path.
const SEGMENTS_MAX: usize = 8;
/// Entities of a page, unless `$top` says otherwise, and most that it may say.
const PAGE_SIZE: usize = 100;
const PAGE_SIZE_MAX: usize = 999;
/// Collections whose next segment is a key.
const COLLECTIONS: [&str; 10] = [
    "applications",
    "servicePrincipals",
    "oauth2PermissionGrants",
    "users",
    "groups",
    "members",
    "appRoleAssignedTo",
    "appRoleAssignments",
    "federatedIdentityCredentials",
    "organization",
];

/// One part of a path.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Segment {
    Name(String),
    Key(Key),
}

/// A [`Segment`] to match on.
#[derive(Clone, Copy, Debug)]
pub(super) enum Part<'a> {
    N(&'a str),
    K(&'a Key),
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
    pub(super) fn as_part(&self) -> Part<'_> {
        match self {
            Self::Name(name) => Part::N(name),
            Self::Key(key) => Part::K(key),
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

/// What a list is narrowed by: `$filter`, `$select`, `$orderby`, `$top`, `$count`.
#[derive(Debug)]
pub(super) struct Query {
    /// The address without its query.
    address: String,
    /// The options, as the next page's address repeats them.
    options: Vec<(String, String)>,
    filter: Option<Filter>,
    select: Vec<String>,
    order: Vec<(String, Descending)>,
    page_size: usize,
    skip: usize,
    count: bool,
}

/// Whether the highest comes first.
type Descending = bool;

impl Query {
    pub(super) fn parse(address: String, query: &str) -> Result<Self, GraphError> {
        let mut parsed = Self {
            address,
            options: Vec::new(),
            filter: None,
            select: Vec::new(),
            order: Vec::new(),
            page_size: PAGE_SIZE,
            skip: 0,
            count: false,
        };
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            parsed.option(&name, value.trim())?;
            if name != "$skiptoken" {
                parsed.options.push((name.into_owned(), value.into_owned()));
            }
        }
        Ok(parsed)
    }

    fn option(&mut self, name: &str, value: &str) -> Result<(), GraphError> {
        match name {
            "$filter" => self.filter = Some(Filter::parse(value)?),
            "$select" => {
                self.select = value.split(',').map(|name| name.trim().to_owned()).collect();
            }
            "$orderby" => self.order = value.split(',').map(order).collect::<Result<_, _>>()?,
            "$top" => {
                let size = value.parse().ok().filter(|size| (1..=PAGE_SIZE_MAX).contains(size));
                self.page_size = size.ok_or_else(|| {
                    GraphError::bad_request(format!(
                        "The query option $top must be 1 to {PAGE_SIZE_MAX}, it is '{value}'."
                    ))
                })?;
            }
            "$skiptoken" => {
                self.skip = value.parse().map_err(|_| {
                    GraphError::bad_request(
                        "The query option $skiptoken is none of this provider's: start at the first page.",
                    )
                })?;
            }
            "$count" => self.count = value == "true",
            name if !name.starts_with('$') => (),
            name => return Err(unsupported(&format!("the query option {name} is not supported"))),
        }
        Ok(())
    }

    /// One page of a list, in its envelope.
    pub(super) fn apply(
        &self,
        context: &str,
        items: impl Iterator<Item = Value>,
    ) -> Result<Value, GraphError> {
        let mut kept = Vec::new();
        for item in items {
            if self.filter.as_ref().map_or(Ok(true), |filter| filter.accepts(&item))? {
                kept.push(item);
            }
        }
        for (property, descending) in self.order.iter().rev() {
            kept.sort_by(|a, b| {
                let ordering = sort_key(a, property).cmp(&sort_key(b, property));
                if *descending { ordering.reverse() } else { ordering }
            });
        }
        let n = kept.len();
        let page = kept.into_iter().skip(self.skip).take(self.page_size);
        let value: Vec<Value> = page.map(|item| self.select(item)).collect();
        let mut list = json!({"@odata.context": context});
        if self.count {
            list["@odata.count"] = json!(n);
        }
        let next = self.skip.saturating_add(self.page_size);
        if next < n {
            list["@odata.nextLink"] = json!(self.page_address(next));
        }
        list["value"] = Value::from(value);
        Ok(list)
    }

    fn page_address(&self, skip: usize) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(&self.options).append_pair("$skiptoken", &skip.to_string());
        format!("{}?{}", self.address, query.finish())
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

fn order(text: &str) -> Result<(String, Descending), GraphError> {
    let mut words = text.split_ascii_whitespace();
    match (words.next(), words.next(), words.next()) {
        (Some(name), None | Some("asc"), None) => Ok((name.to_owned(), false)),
        (Some(name), Some("desc"), None) => Ok((name.to_owned(), true)),
        _ => Err(unsupported("$orderby must be 'property', 'property asc' or 'property desc'")),
    }
}

fn sort_key(item: &Value, property: &str) -> String {
    let value = &item[property];
    value.as_str().map_or_else(|| value.to_string(), str::to_lowercase)
}

pub(super) fn unsupported(why: &str) -> GraphError {
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
    fn lists_come_in_pages_that_lead_to_the_next() {
        let query = |text: &str| Query::parse("https://x/v1.0/users".to_owned(), text).unwrap();
        let items = || (0..5).map(|n| json!({"n": n, "even": n % 2 == 0}));
        let first = query("$top=2&$count=true&$filter=even%20eq%20true&$select=n");
        let first = first.apply("c", items()).unwrap();
        assert_eq!(first["@odata.count"], 3);
        assert_eq!(first["value"], json!([{"n": 0}, {"n": 2}]));
        let next = first["@odata.nextLink"].as_str().unwrap();
        let (address, options) = next.split_once('?').unwrap();
        assert_eq!(address, "https://x/v1.0/users");
        let last = query(options).apply("c", items()).unwrap();
        assert_eq!(last["value"], json!([{"n": 4}]));
        assert_eq!(last["@odata.nextLink"], Value::Null);
        let ordered = query("$orderby=n%20desc&$top=1").apply("c", items()).unwrap();
        assert_eq!(ordered["value"][0]["n"], 4);
        for bad in ["$top=0", "$top=1000", "$top=x", "$skiptoken=x", "$expand=y", "$orderby=a b"] {
            assert!(Query::parse(String::new(), bad).is_err(), "{bad}");
        }
    }
}
