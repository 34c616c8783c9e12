//! The cluster, its licence, and who is calling.

use std::{collections::BTreeMap, sync::Arc};

use axum::{Extension, Json, extract::State};
use http::StatusCode;
use skep_api::rest::{
    BrokerInfo, CurrentUser, License, Partition, PartitionHealth, PartitionRole, Tenant, Topology,
};
use skep_auth::Principal;
use skep_record::TenantId;

use crate::{
    call::Call,
    shared::Shared,
    tenant::{CallerTenants, MultiTenancy},
    version::GATEWAY_VERSION,
};

/// `GET /v2/topology`
pub(super) async fn topology(State(shared): State<Arc<Shared>>) -> Json<Topology> {
    let partitions: Vec<_> = shared
        .broker
        .partitions()
        .iter()
        .map(|status| {
            let (role, health) = match status.stopped {
                None => (PartitionRole::Leader, PartitionHealth::Healthy),
                Some(_) => (PartitionRole::Inactive, PartitionHealth::Dead),
            };
            Partition { partition_id: status.id.0.into(), role, health }
        })
        .collect();
    let (host, port) = shared.advertised.clone();
    Json(Topology {
        cluster_id: None,
        cluster_size: 1,
        partitions_count: i32::try_from(partitions.len()).unwrap_or(i32::MAX),
        replication_factor: 1,
        gateway_version: GATEWAY_VERSION.to_owned(),
        last_completed_change_id: String::new(),
        brokers: vec![BrokerInfo {
            node_id: 0,
            host,
            port: port.into(),
            partitions,
            version: GATEWAY_VERSION.to_owned(),
        }],
    })
}

/// `GET /v2/status`: 204 when some partition works, else 503; no body.
pub(super) async fn status(State(shared): State<Arc<Shared>>) -> StatusCode {
    if shared.is_healthy() { StatusCode::NO_CONTENT } else { StatusCode::SERVICE_UNAVAILABLE }
}

/// `GET /v2/license`: Skep needs none, so it is always a valid one.
pub(super) async fn license() -> Json<License> {
    Json(License {
        valid_license: true,
        license_type: "Apache-2.0".to_owned(),
        is_commercial: false,
        expires_at: None,
    })
}

/// `GET /v2/authentication/me`
pub(super) async fn me(
    call: Call,
    principal: Option<Extension<Arc<Principal>>>,
) -> Json<CurrentUser> {
    let mut me = CurrentUser {
        username: "anonymous".to_owned(),
        display_name: None,
        email: None,
        authorized_components: vec!["*".to_owned()],
        tenants: tenants(&call),
        groups: Vec::new(),
        roles: Vec::new(),
        sales_plan_type: None,
        c8_links: BTreeMap::new(),
        can_logout: false,
    };
    if let Some(Extension(principal)) = principal {
        let name = principal.username.as_ref().or(principal.client_id.as_ref());
        me.username = name.unwrap_or(&principal.subject).clone();
        me.display_name.clone_from(&principal.username);
        me.email = principal.username.clone().filter(|name| name.contains('@'));
        me.groups.clone_from(&principal.groups);
        me.roles.clone_from(&principal.roles);
    }
    Json(me)
}

fn tenants(call: &Call) -> Vec<Tenant> {
    let tenant =
        |id: &TenantId, name: String| Tenant { name, tenant_id: id.to_string(), description: None };
    match (call.caller_tenants(), &call.shared.multi_tenancy) {
        (CallerTenants::Assigned(ids), MultiTenancy::Enabled(directory)) => ids
            .iter()
            .map(|id| tenant(id, directory.name_of(id).unwrap_or_else(|| id.to_string())))
            .collect(),
        (CallerTenants::Default | CallerTenants::Assigned(_), _) => {
            vec![tenant(&TenantId::default(), "Default".to_owned())]
        }
    }
}
