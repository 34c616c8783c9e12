//! Events of what is deployed beside processes: decisions, forms, other files.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::{
    DecisionId, DecisionKey, DecisionRequirementsId, DecisionRequirementsKey, DeploymentKey,
    FormId, FormKey, ResourceId, ResourceKey, TenantId, element::names,
};

names! {
    /// Steps in the life of a version of something deployed.
    ResourceIntent {
        Created = "CREATED",
        Deleted = "DELETED",
    }
}

/// A version of a decision requirements graph.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct DecisionRequirementsValue {
    /// Key of this version.
    pub key: DecisionRequirementsKey,
    /// `id` of the file's definitions.
    pub decision_requirements_id: DecisionRequirementsId,
    /// `name` of the file's definitions.
    pub name: String,
    /// `namespace` of the file's definitions.
    pub namespace: String,
    /// Counts from 1 for each id and tenant.
    pub version: i32,
    /// Its tenant.
    pub tenant_id: TenantId,
    /// Deployment that brought it.
    pub deployment_key: DeploymentKey,
    /// File name it was deployed under.
    pub resource_name: String,
    /// The file; `None` where it is in the state anyway.
    pub resource: Option<Bytes>,
}

/// A version of a decision.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct DecisionValue {
    /// Key of this version.
    pub key: DecisionKey,
    /// The decision's id in the DMN file.
    pub decision_id: DecisionId,
    /// The decision's name in the DMN file.
    pub name: String,
    /// Counts from 1 for each id and tenant.
    pub version: i32,
    /// `zeebe:versionTag`
    pub version_tag: Option<String>,
    /// Its graph.
    pub decision_requirements_key: DecisionRequirementsKey,
    /// Id of its graph.
    pub decision_requirements_id: DecisionRequirementsId,
    /// Its tenant.
    pub tenant_id: TenantId,
    /// Deployment that brought it.
    pub deployment_key: DeploymentKey,
}

/// A version of a form.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct FormValue {
    /// Key of this version.
    pub key: FormKey,
    /// The form's id in its file.
    pub form_id: FormId,
    /// Counts from 1 for each id and tenant.
    pub version: i32,
    /// `versionTag` of the file.
    pub version_tag: Option<String>,
    /// Its tenant.
    pub tenant_id: TenantId,
    /// Deployment that brought it.
    pub deployment_key: DeploymentKey,
    /// File name it was deployed under.
    pub resource_name: String,
    /// The file; `None` where it is in the state anyway.
    pub resource: Option<Bytes>,
}

/// A version of a file that the engine keeps and does not execute.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct ResourceValue {
    /// Key of this version.
    pub key: ResourceKey,
    /// Its id.
    pub resource_id: ResourceId,
    /// Counts from 1 for each id and tenant.
    pub version: i32,
    /// `versionTag` of the file, if it can have one.
    pub version_tag: Option<String>,
    /// Its tenant.
    pub tenant_id: TenantId,
    /// Deployment that brought it.
    pub deployment_key: DeploymentKey,
    /// File name it was deployed under.
    pub resource_name: String,
    /// The file; `None` where it is in the state anyway.
    pub resource: Option<Bytes>,
}
