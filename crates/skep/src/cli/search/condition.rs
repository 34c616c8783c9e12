//! Conditions on the command line, and what they are in a filter of the REST API.

use std::str::FromStr;

use serde_json::{Map, Value, json};

use crate::failure::Failure;

/// `NAME=VALUE` and the like.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Condition {
    name: String,
    operator: &'static str,
    value: String,
}

/// Those that are the beginning of another come after it.
const OPERATORS: [(&str, &str); 7] = [
    ("!=", "$neq"),
    (">=", "$gte"),
    ("<=", "$lte"),
    ("=", "$eq"),
    ("~", "$like"),
    (">", "$gt"),
    ("<", "$lt"),
];

impl FromStr for Condition {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let at = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
        let (name, rest) = text.split_at(at);
        let found = OPERATORS
            .iter()
            .find_map(|(sign, operator)| rest.strip_prefix(sign).map(|value| (*operator, value)));
        match found {
            Some((operator, value)) if !name.is_empty() => {
                Ok(Self { name: name.to_owned(), operator, value: value.to_owned() })
            }
            _ => Err("a condition is NAME=VALUE, or has one of != ~ > >= < <= for =".to_owned()),
        }
    }
}

impl Condition {
    /// Adds it to what a filter says already.
    ///
    /// # Errors
    /// Usage: the filter has another value where this needs an object of operators.
    pub(super) fn add_to(&self, filter: &mut Map<String, Value>) -> Result<(), Failure> {
        let value = self.value();
        match filter.get_mut(&self.name) {
            // The short form: attributes of some resources take no other.
            None if self.operator == "$eq" => {
                filter.insert(self.name.clone(), value);
            }
            None => {
                filter.insert(self.name.clone(), json!({ self.operator: value }));
            }
            Some(Value::Object(operators)) => {
                operators.insert(self.operator.to_owned(), value);
            }
            Some(former) => *former = json!({ "$eq": former.take(), self.operator: value }),
        }
        Ok(())
    }

    /// In the JSON type that the attribute has.
    fn value(&self) -> Value {
        let is_flag = self.name.starts_with("is") || self.name.starts_with("has");
        let is_number = ["ersion", "priority", "retries", "partitionId", "HashCode"]
            .iter()
            .any(|end| self.name.ends_with(end));
        match (self.value.parse::<bool>(), self.value.parse::<i64>()) {
            (Ok(flag), _) if is_flag => flag.into(),
            (_, Ok(number)) if is_number && self.operator != "$like" => number.into(),
            _ => self.value.as_str().into(),
        }
    }
}

/// A variable that is to have a value.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct VariableIs {
    name: String,
    value: String,
}

impl FromStr for VariableIs {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = text.split_once('=').ok_or("write NAME=VALUE")?;
        let is_json = serde_json::from_str::<Value>(value).is_ok();
        let value = if is_json { value.to_owned() } else { Value::from(value).to_string() };
        Ok(Self { name: name.to_owned(), value })
    }
}

impl VariableIs {
    /// As the filter of process instances has it: the value as JSON text.
    pub(super) fn to_json(&self) -> Value {
        json!({ "name": self.name, "value": self.value })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(conditions: &[&str]) -> Value {
        let mut filter = Map::new();
        for condition in conditions {
            condition.parse::<Condition>().unwrap().add_to(&mut filter).unwrap();
        }
        Value::Object(filter)
    }

    #[test]
    fn conditions_become_a_filter() {
        for (conditions, expected) in [
            (&["state=ACTIVE"][..], json!({"state": "ACTIVE"})),
            (&["processInstanceKey=7"], json!({"processInstanceKey": "7"})),
            (&["version=7"], json!({"version": 7})),
            (&["hasIncident=true"], json!({"hasIncident": true})),
            (&["name=true"], json!({"name": "true"})),
            (&["name~a*=b"], json!({"name": {"$like": "a*=b"}})),
            (&["value=\"x\""], json!({"value": "\"x\""})),
            (&["priority>=5", "priority<9"], json!({"priority": {"$gte": 5, "$lt": 9}})),
            (&["state=A", "state!=B"], json!({"state": {"$eq": "A", "$neq": "B"}})),
        ] {
            assert_eq!(filter(conditions), expected, "{conditions:?}");
        }
    }

    #[test]
    fn what_is_no_condition_is_refused() {
        for text in ["", "state", "=x", "state ACTIVE", "a.b=c"] {
            assert!(text.parse::<Condition>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_variable_is_json_or_text() {
        for (text, value) in [
            ("id=A-42", "\"A-42\""),
            ("id=42", "42"),
            ("id=\"42\"", "\"42\""),
            ("id=null", "null"),
            ("id=a=b", "\"a=b\""),
        ] {
            let variable: VariableIs = text.parse().unwrap();
            assert_eq!(variable.to_json(), json!({"name": "id", "value": value}), "{text}");
        }
    }
}
