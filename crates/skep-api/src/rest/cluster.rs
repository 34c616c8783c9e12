//! The cluster, its licence, and who is calling.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// `GET /v2/topology`
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Topology {
    /// Every known broker.
    pub brokers: Vec<BrokerInfo>,
    /// Identifies the cluster; `null` when it has no id.
    pub cluster_id: Option<String>,
    /// Number of brokers.
    pub cluster_size: i32,
    /// Number of partitions.
    pub partitions_count: i32,
    /// Copies of each partition.
    pub replication_factor: i32,
    /// API level of the gateway.
    pub gateway_version: String,
    /// The last change of the cluster that was carried out; empty when there was none.
    pub last_completed_change_id: String,
}

/// A broker and its partitions.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BrokerInfo {
    /// Identifies the broker in the cluster.
    pub node_id: i32,
    /// Where it listens.
    pub host: String,
    /// Where it listens.
    pub port: i32,
    /// Partitions it holds.
    pub partitions: Vec<Partition>,
    /// Its API level.
    pub version: String,
}

/// A partition as one broker has it.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Partition {
    /// From 1.
    pub partition_id: i32,
    /// What the broker does for it.
    pub role: PartitionRole,
    /// How well.
    pub health: PartitionHealth,
}

/// What a broker does for a partition.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PartitionRole {
    /// It decides.
    Leader,
    /// It copies.
    Follower,
    /// Neither.
    Inactive,
}

/// How well a broker does it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PartitionHealth {
    /// It works.
    Healthy,
    /// It does not work, but may again.
    Unhealthy,
    /// It has stopped for good.
    Dead,
}

/// `GET /v2/license`
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct License {
    /// Whether the product may be used.
    pub valid_license: bool,
    /// Name of the licence.
    pub license_type: String,
    /// Whether it is a commercial one.
    pub is_commercial: bool,
    /// RFC 3339; `null` when it does not expire.
    pub expires_at: Option<String>,
}

/// `GET /v2/authentication/me`
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CurrentUser {
    /// The user, or the client id of an application.
    pub username: String,
    /// Name to show.
    pub display_name: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Applications that may be used; `*` for all.
    pub authorized_components: Vec<String>,
    /// Tenants the caller belongs to.
    pub tenants: Vec<Tenant>,
    /// Groups the caller belongs to.
    pub groups: Vec<String>,
    /// Roles the caller has.
    pub roles: Vec<String>,
    /// Always `null`: there are no plans.
    pub sales_plan_type: Option<String>,
    /// Always empty: there are no other products to link to.
    pub c8_links: BTreeMap<String, String>,
    /// Whether there is a session that can end.
    pub can_logout: bool,
}

/// A tenant.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Tenant {
    /// Name to show.
    pub name: String,
    /// Identifies it.
    pub tenant_id: String,
    /// What it is for.
    pub description: Option<String>,
}
