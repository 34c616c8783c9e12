//! Sections about users and tenants that are there from the start.
//!
//! Source: camunda/camunda-docs: versioned_docs/version-8.8/self-managed/components/orchestration-cluster/core-settings/configuration/properties.md
//! and …/identity/initialization

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// `camunda.security.initialization.*` (8.8)
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct Initialization {
    /// Who may call where the method is basic.
    pub(crate) users: Vec<InitialUser>,
    /// Which tenants there are, and who may use them.
    pub(crate) tenants: Vec<InitialTenant>,
    /// What tenants call by name.
    pub(crate) mapping_rules: Vec<MappingRule>,
}

/// One of `camunda.security.initialization.tenants` (8.8)
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct InitialTenant {
    pub(crate) tenant_id: String,
    pub(crate) name: Option<String>,
    /// For people; Skep does not show it yet.
    pub(crate) description: Option<String>,
    pub(crate) users: Vec<String>,
    pub(crate) clients: Vec<String>,
    pub(crate) groups: Vec<String>,
    /// Roles as tokens name them.
    pub(crate) roles: Vec<String>,
    /// Ids of mapping rules.
    pub(crate) mapping_rules: Vec<String>,
}

/// One of `camunda.security.initialization.mappingRules` (8.8)
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct MappingRule {
    pub(crate) mapping_rule_id: String,
    pub(crate) claim_name: String,
    pub(crate) claim_value: String,
}

/// `camunda.security.multiTenancy.*` (8.8)
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct MultiTenancy {
    /// Whether there are other tenants than the default one, each with its own callers.
    pub(crate) checks_enabled: bool,
    /// There it opens the tenant endpoints of the API; Skep does not have them yet.
    pub(crate) api_enabled: bool,
}

impl Default for MultiTenancy {
    fn default() -> Self {
        Self { checks_enabled: false, api_enabled: true }
    }
}

/// One of `camunda.security.initialization.users` (8.8)
#[derive(Clone, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct InitialUser {
    pub(crate) username: String,
    pub(crate) password: String,
    /// For people; Skep does not show it yet.
    pub(crate) name: Option<String>,
    /// For people; Skep does not show it yet.
    pub(crate) email: Option<String>,
}

impl std::fmt::Debug for InitialUser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InitialUser").field("username", &self.username).finish_non_exhaustive()
    }
}

/// An item of the list whose variables begin with this name, if it is a list of objects.
pub(super) fn template(name: &str) -> Option<Value> {
    let list = name.strip_prefix("CAMUNDA_SECURITY_INITIALIZATION_")?;
    let template = match list {
        "USERS" => serde_json::to_value(InitialUser::default()),
        "TENANTS" => serde_json::to_value(InitialTenant::default()),
        "MAPPINGRULES" => serde_json::to_value(MappingRule::default()),
        _ => return None,
    };
    template.ok()
}
