//! Filters: what a search or a batch operation is about.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, IntoDeserializer as _, value::MapAccessDeserializer},
};

use super::Key;

/// Comparisons that must all hold: an object of operators, or a value as short form of `$eq`.
///
/// Which operators an attribute takes depends on its type.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(remote = "Self", deny_unknown_fields, bound(deserialize = "T: Deserialize<'de>"))]
pub struct PropertyFilter<T> {
    /// It is this.
    #[serde(rename = "$eq", default, skip_serializing_if = "Option::is_none")]
    pub equals: Option<T>,
    /// It is absent or something else.
    #[serde(rename = "$neq", default, skip_serializing_if = "Option::is_none")]
    pub differs: Option<T>,
    /// It is there, or it is not.
    #[serde(rename = "$exists", default, skip_serializing_if = "Option::is_none")]
    pub exists: Option<bool>,
    /// It is greater.
    #[serde(rename = "$gt", default, skip_serializing_if = "Option::is_none")]
    pub above: Option<T>,
    /// It is greater or equal.
    #[serde(rename = "$gte", default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<T>,
    /// It is less.
    #[serde(rename = "$lt", default, skip_serializing_if = "Option::is_none")]
    pub below: Option<T>,
    /// It is less or equal.
    #[serde(rename = "$lte", default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<T>,
    /// It is one of these.
    #[serde(rename = "$in", default, skip_serializing_if = "Option::is_none")]
    pub one_of: Option<Vec<T>>,
    /// It is absent or none of these.
    #[serde(rename = "$notIn", default, skip_serializing_if = "Option::is_none")]
    pub none_of: Option<Vec<T>>,
    /// It matches this pattern of `*`, `?` and backslashes before either.
    #[serde(rename = "$like", default, skip_serializing_if = "Option::is_none")]
    pub like: Option<String>,
}

impl<T> Default for PropertyFilter<T> {
    fn default() -> Self {
        Self {
            equals: None,
            differs: None,
            exists: None,
            above: None,
            at_least: None,
            below: None,
            at_most: None,
            one_of: None,
            none_of: None,
            like: None,
        }
    }
}

impl<T> PropertyFilter<T> {
    /// The same comparisons with other values.
    ///
    /// # Errors
    /// Of the first value that has none.
    pub fn try_map<U, E>(
        self,
        mut map: impl FnMut(T) -> Result<U, E>,
    ) -> Result<PropertyFilter<U>, E> {
        let list = |values: Option<Vec<T>>, map: &mut dyn FnMut(T) -> Result<U, E>| {
            values.map(|values| values.into_iter().map(map).collect()).transpose()
        };
        Ok(PropertyFilter {
            one_of: list(self.one_of, &mut map)?,
            none_of: list(self.none_of, &mut map)?,
            equals: self.equals.map(&mut map).transpose()?,
            differs: self.differs.map(&mut map).transpose()?,
            exists: self.exists,
            above: self.above.map(&mut map).transpose()?,
            at_least: self.at_least.map(&mut map).transpose()?,
            below: self.below.map(&mut map).transpose()?,
            at_most: self.at_most.map(&mut map).transpose()?,
            like: self.like,
        })
    }
}

impl<T> From<T> for PropertyFilter<T> {
    fn from(value: T) -> Self {
        Self { equals: Some(value), ..Self::default() }
    }
}

impl<T: Serialize> Serialize for PropertyFilter<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for PropertyFilter<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PropertyVisitor(PhantomData))
    }
}

struct PropertyVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> de::Visitor<'de> for PropertyVisitor<T> {
    type Value = PropertyFilter<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value, or an object of operators such as {\"$eq\": …}")
    }

    fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        PropertyFilter::deserialize(MapAccessDeserializer::new(map))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        T::deserialize(text.into_deserializer()).map(PropertyFilter::from)
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Self::Value, E> {
        T::deserialize(number.into_deserializer()).map(PropertyFilter::from)
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Self::Value, E> {
        T::deserialize(number.into_deserializer()).map(PropertyFilter::from)
    }
}

/// Selects process instances: everything given must hold.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ProcessInstanceFilter {
    /// When it began: date and time with offset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_date: Option<PropertyFilter<String>>,
    /// When it ended: date and time with offset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_date: Option<PropertyFilter<String>>,
    /// `ACTIVE`, `COMPLETED` or `TERMINATED`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<PropertyFilter<String>>,
    /// Whether it, or one that it called, has an incident.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub has_incident: Option<bool>,
    /// Its tenant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<PropertyFilter<String>>,
    /// Variables that it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variables: Option<Vec<VariableFilter>>,
    /// Its key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process_instance_key: Option<PropertyFilter<Key>>,
    /// The instance that called it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_process_instance_key: Option<PropertyFilter<Key>>,
    /// The call activity's execution that called it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_element_instance_key: Option<PropertyFilter<Key>>,
    /// Older name of `batchOperationKey`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch_operation_id: Option<PropertyFilter<Key>>,
    /// A batch operation that worked on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch_operation_key: Option<PropertyFilter<Key>>,
    /// Message of an incident of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_message: Option<PropertyFilter<String>>,
    /// Whether a job of it that failed has retries left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub has_retries_left: Option<bool>,
    /// State of an element instance: `ACTIVE`, `COMPLETED` or `TERMINATED`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub element_instance_state: Option<PropertyFilter<String>>,
    /// BPMN id of an element that it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub element_id: Option<PropertyFilter<String>>,
    /// Whether that element instance has an incident.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub has_element_instance_incident: Option<bool>,
    /// Hash of the message of an incident of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incident_error_hash_code: Option<PropertyFilter<i32>>,
    /// Tags, all of which it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    /// Its business id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub business_id: Option<PropertyFilter<String>>,
    /// Id of its process.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process_definition_id: Option<PropertyFilter<String>>,
    /// Name of its process.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process_definition_name: Option<PropertyFilter<String>>,
    /// Version of its process.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process_definition_version: Option<PropertyFilter<i32>>,
    /// Version tag of its process.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process_definition_version_tag: Option<PropertyFilter<String>>,
    /// Key of its process definition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process_definition_key: Option<PropertyFilter<Key>>,
    /// Alternatives, of which one must hold too; there are none inside one.
    #[serde(rename = "$or", skip_serializing_if = "Option::is_none")]
    pub or: Option<Vec<Self>>,
}

/// A variable that an instance has.
#[derive(Clone, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VariableFilter {
    /// Its name.
    pub name: String,
    /// Its value as JSON text: text in quotes.
    pub value: PropertyFilter<String>,
}

/// Shows no value.
impl fmt::Debug for VariableFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VariableFilter").field("name", &self.name).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_property_is_a_value_or_operators() {
        let short: PropertyFilter<String> = serde_json::from_str(r#""order""#).unwrap();
        let long: PropertyFilter<String> = serde_json::from_str(r#"{"$eq": "order"}"#).unwrap();
        assert_eq!(short, long);
        let keys: PropertyFilter<Key> = serde_json::from_str(r#"{"$in": ["7", 8]}"#).unwrap();
        let raw: Vec<i64> = keys.one_of.unwrap().iter().map(|key| key.raw).collect();
        assert_eq!(raw, [7, 8]);
        assert_eq!(serde_json::from_str::<PropertyFilter<i32>>("3").unwrap().equals, Some(3));
        assert_eq!(serde_json::to_string(&long).unwrap(), r#"{"$eq":"order"}"#);
    }

    #[test]
    fn what_is_neither_is_refused() {
        let refused = |json: &str| {
            serde_json::from_str::<PropertyFilter<String>>(json).unwrap_err().to_string()
        };
        for (json, words) in [
            (r#"{"$is": "order"}"#, "unknown field `$is`, expected one of `$eq`"),
            ("7", "expected a string"),
            ("[]", "expected a value, or an object of operators"),
            ("true", "expected a value, or an object of operators"),
            (r#"{"$in": "order"}"#, "expected a sequence"),
        ] {
            let text = refused(json);
            assert!(text.contains(words), "{words:?} is not in {text:?}");
        }
    }

    #[test]
    fn values_of_variables_are_not_shown() {
        let json = r#"{"variables": [{"name": "card", "value": "\"4111\""}]}"#;
        let filter: ProcessInstanceFilter = serde_json::from_str(json).unwrap();
        let shown = format!("{filter:?}");
        assert!(shown.contains("card") && !shown.contains("4111"), "{shown}");
        assert_eq!(
            serde_json::to_string(&filter).unwrap(),
            r#"{"variables":[{"name":"card","value":{"$eq":"\"4111\""}}]}"#
        );
    }
}
