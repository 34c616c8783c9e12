//! Batch operations on real partitions.

use skep_record::{
    BatchOperationKey, BatchOperationOrder, BatchOperationPlan, BatchOperationState, Command,
    CreateBatchOperation, PartitionId, ProcessInstanceFilter, Response, TenantId, Test,
};

use crate::rig::{Rig, Running, activate, create, eventually, soon};

const N: u64 = 150;

async fn cancel_all(broker: &Running) -> BatchOperationKey {
    let active = skep_record::InstanceCondition::Text(
        skep_record::TextField::State,
        skep_record::TextTest::Is(Test::Equals("ACTIVE".to_owned())),
    );
    let command = Command::CreateBatchOperation(Box::new(CreateBatchOperation {
        order: BatchOperationOrder {
            plan: BatchOperationPlan::CancelProcessInstance,
            filter: ProcessInstanceFilter { all: vec![active], any: Vec::new() },
            tenant_ids: vec![TenantId::default()],
        },
        process_instance_key: None,
        operation_reference: 0,
    }));
    let answer = broker.submit(command).await.unwrap();
    let Response::BatchOperationCreated(key) = answer else { panic!("{answer:?}") };
    key
}

#[tokio::test]
async fn it_goes_on_where_it_was_after_restarts() {
    let rig = Rig::with(|config| {
        config.n_partitions = 3;
        config.snapshot_every_bytes = 40 << 10;
    });
    let mut broker = rig.start_deployed().await;
    for _ in 0..N {
        // The deployment reaches the other partitions a little later.
        eventually(async || broker.submit(create()).await.ok()).await;
    }
    let key = cancel_all(&broker).await;
    let status = loop {
        drop(broker);
        broker = rig.start();
        // What was on its way to another partition is sent again.
        rig.clock.advance_ms(11_000);
        let before = soon(broker.batch_operation(key)).await.unwrap();
        if before.ended_at.is_some() {
            break before;
        }
        eventually(async || {
            let now = broker.batch_operation(key).await.unwrap();
            (now.ended_at.is_some() || now.counts != before.counts).then_some(())
        })
        .await;
    };
    assert_eq!(status.state, BatchOperationState::Completed);
    let counts = status.counts;
    assert_eq!((counts.n_total, counts.n_completed, counts.n_failed), (N, N, 0));
    for partition in (1..=3).map(PartitionId) {
        let answer = broker.submit_to(partition, activate(10)).await.unwrap();
        let Response::Activated(activated) = answer else { panic!("{answer:?}") };
        assert_eq!(activated.jobs, []);
    }
    let unknown = broker.batch_operation(BatchOperationKey(key.0 + 1_000)).await.unwrap_err();
    assert!(unknown.to_string().contains("NOT_FOUND"), "{unknown}");
}
