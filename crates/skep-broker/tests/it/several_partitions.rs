//! Work that needs more than one partition.

use std::collections::BTreeSet;

use skep_record::{Key, PartitionId};

use crate::rig::{Rig, create, eventually, next};

#[tokio::test]
async fn instances_and_streams_use_all_partitions() {
    let rig = Rig::with(|config| config.n_partitions = 3);
    let broker = rig.start_deployed().await;
    let mut stream = broker.stream(64);
    let mut partitions = BTreeSet::new();
    for _ in 0..9 {
        // The deployment reaches the other partitions a little later.
        let created = eventually(async || broker.submit(create()).await.ok()).await;
        assert!(matches!(created, skep_record::Response::Created(_)));
        let job = next(&mut stream).await;
        partitions.insert(job.key.partition().unwrap());
        broker.complete(job.key).await.unwrap();
    }
    assert_eq!(partitions, (1..=3).map(PartitionId).collect());
}
