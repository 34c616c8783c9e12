//! Deployed resources.

use serde::{Deserialize, Serialize};

use super::{CreatedBatchOperation, Key};

/// `POST /v2/resources/{resourceKey}/deletion`
#[derive(Clone, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct DeleteResourceRequest {
    /// Copied to the resulting records; at least 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_reference: Option<i64>,
    /// Whether what was recorded about its instances is to go as well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delete_history: Option<bool>,
}

/// Answer to `POST /v2/resources/{resourceKey}/deletion`
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeletedResource {
    /// What was deleted.
    pub resource_key: Key,
    /// The batch operation that deletes the history of its instances.
    pub batch_operation: Option<CreatedBatchOperation>,
}

/// Answer to `GET /v2/resources/{resourceKey}`
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeployedResource {
    /// File name it was deployed under.
    pub resource_name: String,
    /// Counts from 1 for each id and tenant.
    pub version: i32,
    /// `versionTag` of the file.
    pub version_tag: Option<String>,
    /// Its id.
    pub resource_id: String,
    /// Its tenant.
    pub tenant_id: String,
    /// The resource.
    pub resource_key: Key,
}
