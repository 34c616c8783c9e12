//! `Topology`

use skep_api::gateway::{
    BrokerInfo, Partition, TopologyResponse,
    partition::{PartitionBrokerHealth, PartitionBrokerRole},
};

use crate::{shared::Shared, version::GATEWAY_VERSION};

/// The cluster as this gateway sees it: one broker that leads every partition it runs.
pub(super) fn topology(shared: &Shared) -> TopologyResponse {
    let partitions: Vec<_> = shared
        .broker
        .partitions()
        .iter()
        .map(|status| {
            let (role, health) = match status.stopped {
                None => (PartitionBrokerRole::Leader, PartitionBrokerHealth::Healthy),
                Some(_) => (PartitionBrokerRole::Inactive, PartitionBrokerHealth::Dead),
            };
            Partition { partition_id: status.id.0.into(), role: role.into(), health: health.into() }
        })
        .collect();
    let (host, port) = &shared.advertised;
    TopologyResponse {
        cluster_size: 1,
        partitions_count: i32::try_from(partitions.len()).unwrap_or(i32::MAX),
        replication_factor: 1,
        gateway_version: GATEWAY_VERSION.to_owned(),
        brokers: vec![BrokerInfo {
            node_id: 0,
            host: host.clone(),
            port: (*port).into(),
            partitions,
            version: GATEWAY_VERSION.to_owned(),
        }],
    }
}
