//! Variables.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Key, PropertyFilter};

/// Selects variables: everything given must hold.
#[derive(Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct VariableSearchFilter {
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<PropertyFilter<String>>,
    /// Its value as JSON text, text in quotes; of a long value the beginning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<PropertyFilter<String>>,
    /// Its tenant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<String>,
    /// Whether its value is so long that only the beginning can be searched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_truncated: Option<bool>,
    /// Its key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variable_key: Option<PropertyFilter<Key>>,
    /// The process instance or element instance that owns it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope_key: Option<PropertyFilter<Key>>,
    /// Its process instance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process_instance_key: Option<PropertyFilter<Key>>,
}

/// Shows no value.
impl fmt::Debug for VariableSearchFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VariableSearchFilter")
            .field("name", &self.name)
            .field("variable_key", &self.variable_key)
            .field("scope_key", &self.scope_key)
            .field("process_instance_key", &self.process_instance_key)
            .finish_non_exhaustive()
    }
}

/// A variable of a scope, which may have ended.
#[derive(Clone, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value as JSON text.
    pub value: String,
    /// Of what was searched for, whether `value` is the beginning only; of one got by its key,
    /// which has all of it, there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_truncated: Option<bool>,
    /// Its tenant.
    pub tenant_id: String,
    /// Its key.
    pub variable_key: Key,
    /// The process instance or element instance that owns it.
    pub scope_key: Key,
    /// Its process instance.
    pub process_instance_key: Key,
    /// The instance that nobody called; gateways before 8.9 do not say.
    #[serde(default)]
    pub root_process_instance_key: Option<Key>,
}

/// Shows no value.
impl fmt::Debug for Variable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Variable")
            .field("name", &self.name)
            .field("variable_key", &self.variable_key)
            .field("scope_key", &self.scope_key)
            .finish_non_exhaustive()
    }
}
