//! `$filter`: conditions over properties, joined by `and`, `or` and `not`.
//!
//! Source: OASIS OData 4.0, part 2, 5.1.1; microsoftgraph/microsoft-graph-docs:
//! concepts/filter-query-parameter.md

use serde_json::Value;

use super::{GraphError, odata::unsupported};

/// Longest filter.
const CHARS_MAX: usize = 4096;
/// Deepest nesting of parentheses and `not`.
const DEPTH_MAX: usize = 16;

/// A condition over an entity.
#[derive(Debug, PartialEq)]
pub(super) enum Filter {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    Equals(Path, Vec<Value>),
    StartsWith(Path, String),
    /// `property/any(x:condition over x)`: the condition's paths begin at `x`.
    AnyItem(Path, Box<Self>),
}

/// A property, or one within a property; empty for the item itself of an `any`.
type Path = Vec<String>;

impl Filter {
    pub(super) fn parse(text: &str) -> Result<Self, GraphError> {
        if text.len() > CHARS_MAX {
            return Err(unsupported(&format!("the filter is longer than {CHARS_MAX} characters")));
        }
        let tokens = tokens(text)?;
        let mut parser = Parser { tokens: &tokens, variable: None };
        let filter = parser.either(0)?;
        match parser.tokens {
            [] => Ok(filter),
            [token, ..] => Err(unsupported(&format!("{token:?} in the filter is not expected"))),
        }
    }

    /// Whether `item` fulfils the condition; text is compared without regard to case.
    pub(super) fn accepts(&self, item: &Value) -> Result<bool, GraphError> {
        match self {
            Self::All(all) => all.iter().try_fold(true, |so_far, f| Ok(so_far & f.accepts(item)?)),
            Self::Any(any) => any.iter().try_fold(false, |so_far, f| Ok(so_far | f.accepts(item)?)),
            Self::Not(filter) => Ok(!filter.accepts(item)?),
            Self::Equals(path, values) => {
                let found = property(item, path)?;
                Ok(values.iter().any(|value| same(found, value)))
            }
            Self::StartsWith(path, start) => {
                let found = property(item, path)?.as_str().unwrap_or_default().to_lowercase();
                Ok(found.starts_with(&start.to_lowercase()))
            }
            Self::AnyItem(path, condition) => {
                let items = property(item, path)?.as_array().into_iter().flatten();
                items
                    .map(|item| condition.accepts(item))
                    .try_fold(false, |so_far, is| Ok(so_far | is?))
            }
        }
    }
}

fn property<'a>(item: &'a Value, path: &[String]) -> Result<&'a Value, GraphError> {
    path.iter().try_fold(item, |value, name| {
        value.get(name).ok_or_else(|| {
            unsupported(&format!("the property '{}' is not known here", path.join("/")))
        })
    })
}

fn same(found: &Value, expected: &Value) -> bool {
    match (found.as_str(), expected.as_str()) {
        (Some(found), Some(expected)) => found.to_lowercase() == expected.to_lowercase(),
        _ => found == expected,
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    /// A name, a keyword, a number or an id without quotes.
    Word(String),
    Text(String),
    Sign(char),
}

fn tokens(text: &str) -> Result<Vec<Token>, GraphError> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_ascii_alphanumeric() || "-_.@$".contains(c);
        if first == '\'' {
            let (value, after) = quoted(&rest[1..])
                .ok_or_else(|| unsupported("a text in the filter has no closing quote"))?;
            tokens.push(Token::Text(value));
            rest = after;
        } else if is_word(first) {
            let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            tokens.push(Token::Word(rest[..end].to_owned()));
            rest = &rest[end..];
        } else if "()/:,".contains(first) {
            tokens.push(Token::Sign(first));
            rest = &rest[1..];
        } else {
            return Err(unsupported(&format!(
                "the character {first:?} in the filter is not known"
            )));
        }
        rest = rest.trim_start();
    }
    Ok(tokens)
}

/// A text up to its closing quote, where a quote within is doubled, and what follows.
fn quoted(text: &str) -> Option<(String, &str)> {
    let (mut value, mut rest) = (String::new(), text);
    loop {
        let (before, after) = rest.split_once('\'')?;
        value.push_str(before);
        match after.strip_prefix('\'') {
            Some(after) => {
                value.push('\'');
                rest = after;
            }
            None => return Some((value, after)),
        }
    }
}

struct Parser<'a> {
    tokens: &'a [Token],
    /// The variable of the `any` that is being read.
    variable: Option<String>,
}

impl Parser<'_> {
    fn either(&mut self, depth: usize) -> Result<Filter, GraphError> {
        let mut parts = vec![self.both(depth)?];
        while self.word("or") {
            parts.push(self.both(depth)?);
        }
        Ok(if parts.len() == 1 { parts.swap_remove(0) } else { Filter::Any(parts) })
    }

    fn both(&mut self, depth: usize) -> Result<Filter, GraphError> {
        let mut parts = vec![self.condition(depth)?];
        while self.word("and") {
            parts.push(self.condition(depth)?);
        }
        Ok(if parts.len() == 1 { parts.swap_remove(0) } else { Filter::All(parts) })
    }

    fn condition(&mut self, depth: usize) -> Result<Filter, GraphError> {
        if depth >= DEPTH_MAX {
            return Err(unsupported("the filter is nested too deeply"));
        }
        if self.word("not") {
            return Ok(Filter::Not(Box::new(self.condition(depth + 1)?)));
        }
        if self.sign('(') {
            let inside = self.either(depth + 1)?;
            self.expect(')')?;
            return Ok(inside);
        }
        let (path, function) = self.path()?;
        match function.as_deref() {
            Some("startswith") if path.is_empty() => {
                let (path, _) = self.path()?;
                self.expect(',')?;
                let start = self.value()?;
                self.expect(')')?;
                let start = start.as_str().ok_or_else(|| unsupported("startswith needs a text"))?;
                Ok(Filter::StartsWith(path, start.to_owned()))
            }
            Some("any") => self.any(path, depth),
            Some(other) => Err(unsupported(&format!("the function {other} is not supported"))),
            None => self.comparison(path),
        }
    }

    fn any(&mut self, path: Path, depth: usize) -> Result<Filter, GraphError> {
        let Some((Token::Word(variable), rest)) = self.tokens.split_first() else {
            return Err(unsupported("'any' needs a variable, as in uris/any(u:u eq 'x')"));
        };
        if self.variable.is_some() {
            return Err(unsupported("an 'any' within an 'any' is not supported"));
        }
        self.variable = Some(variable.clone());
        self.tokens = rest;
        self.expect(':')?;
        let condition = self.either(depth + 1)?;
        self.variable = None;
        self.expect(')')?;
        Ok(Filter::AnyItem(path, Box::new(condition)))
    }

    fn comparison(&mut self, path: Path) -> Result<Filter, GraphError> {
        if self.word("eq") {
            return Ok(Filter::Equals(path, vec![self.value()?]));
        }
        if self.word("ne") {
            let equals = Filter::Equals(path, vec![self.value()?]);
            return Ok(Filter::Not(Box::new(equals)));
        }
        if self.word("in") {
            self.expect('(')?;
            let mut values = vec![self.value()?];
            while self.sign(',') {
                values.push(self.value()?);
            }
            self.expect(')')?;
            return Ok(Filter::Equals(path, values));
        }
        Err(unsupported(
            "a condition of a filter must be one of eq, ne, in, startswith(p,'v') and p/any(x:…)",
        ))
    }

    /// A path, and the function that it ends with when a parenthesis follows.
    fn path(&mut self) -> Result<(Path, Option<String>), GraphError> {
        let mut path = Vec::new();
        loop {
            let Some((Token::Word(name), rest)) = self.tokens.split_first() else {
                return Err(unsupported("a property's name is missing in the filter"));
            };
            self.tokens = rest;
            if self.sign('(') {
                return Ok((path, Some(name.clone())));
            }
            path.push(name.clone());
            if !self.sign('/') {
                break;
            }
        }
        if let Some(variable) = &self.variable {
            if path.first() != Some(variable) {
                return Err(unsupported("the condition of an 'any' must be about its variable"));
            }
            path.remove(0);
        }
        Ok((path, None))
    }

    fn value(&mut self) -> Result<Value, GraphError> {
        let Some((token, rest)) = self.tokens.split_first() else {
            return Err(unsupported("a value is missing in the filter"));
        };
        self.tokens = rest;
        match token {
            Token::Text(text) => Ok(Value::String(text.clone())),
            Token::Word(word) => match word.as_str() {
                "true" => Ok(Value::Bool(true)),
                "false" => Ok(Value::Bool(false)),
                "null" => Ok(Value::Null),
                number if number.parse::<i64>().is_ok() => {
                    Ok(number.parse::<i64>().map_or(Value::Null, Value::from))
                }
                id if uuid::Uuid::parse_str(id).is_ok() => Ok(Value::String(id.to_owned())),
                other => Err(unsupported(&format!("{other:?} is no value: quote texts"))),
            },
            Token::Sign(sign) => Err(unsupported(&format!("a value was expected, not {sign:?}"))),
        }
    }

    fn word(&mut self, word: &str) -> bool {
        self.skip(&Token::Word(word.to_owned()))
    }

    fn sign(&mut self, sign: char) -> bool {
        self.skip(&Token::Sign(sign))
    }

    fn expect(&mut self, sign: char) -> Result<(), GraphError> {
        if self.sign(sign) {
            return Ok(());
        }
        Err(unsupported(&format!("{sign:?} is missing in the filter")))
    }

    fn skip(&mut self, token: &Token) -> bool {
        match self.tokens.split_first() {
            Some((next, rest)) if next == token => {
                self.tokens = rest;
                true
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn conditions_compare_without_regard_to_case_and_can_be_joined() {
        let item = json!({
            "displayName": "O'Hara", "on": true, "uris": ["api://x"], "n": 2, "none": null,
            "web": {"redirectUris": ["https://a/"]}, "roles": [{"value": "R"}],
        });
        for (filter, accepted) in [
            ("displayName eq 'o''hara'", true),
            ("displayName eq 'other'", false),
            ("displayName ne 'other'", true),
            ("displayName in ('x','O''HARA')", true),
            ("startswith(displayName,'O')", true),
            ("not startswith(displayName,'O')", false),
            ("on eq true and n eq 2", true),
            ("on eq false or none eq null", true),
            ("on eq false and (n eq 2 or n eq 3)", false),
            ("uris/any(u:u eq 'api://X')", true),
            ("uris/any(u:startswith(u,'api:'))", true),
            ("uris/any(u:u eq 'api://y')", false),
            ("web/redirectUris/any(p:p eq 'https://a/')", true),
            ("roles/any(r:r/value eq 'R')", true),
        ] {
            let parsed = Filter::parse(filter).unwrap();
            assert_eq!(parsed.accepts(&item).unwrap(), accepted, "{filter}");
        }
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        let deep = format!("{}a eq 'b'{}", "(".repeat(40), ")".repeat(40));
        for bad in [
            "displayName",
            "displayName eq x",
            "a eq 'b'c'",
            "a eq 'b",
            "a gt 'b'",
            "a eq",
            "endswith(a,'b')",
            "uris/any(u:v eq 'x')",
            "a eq 'b' and",
            "",
            "a eq 'b')",
            "ä eq 'b'",
            &deep,
            &"x".repeat(5000),
        ] {
            assert!(Filter::parse(bad).is_err(), "{bad}");
        }
        let unknown = Filter::parse("nothing eq 'x'").unwrap();
        assert!(unknown.accepts(&json!({"displayName": "x"})).is_err());
    }
}
