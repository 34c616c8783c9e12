//! Work that needs more than one partition.

use std::collections::BTreeSet;

use skep_record::{
    BroadcastSignal, Command, CorrelationKey, CreateProcessInstance, DefinitionRef, Document, Key,
    PartitionId, ProcessInstanceKey, PublishMessage, Response, TenantId,
    partition_for_correlation_key,
};

use crate::rig::{Rig, Running, create, eventually, next, soon};

#[tokio::test]
async fn instances_and_streams_use_all_partitions() {
    let rig = Rig::with(|config| config.n_partitions = 3);
    let broker = rig.start_deployed().await;
    let mut stream = broker.stream(64);
    let mut partitions = BTreeSet::new();
    for _ in 0..9 {
        // The deployment reaches the other partitions a little later.
        let created = eventually(async || broker.submit(create()).await.ok()).await;
        assert!(matches!(created, Response::Created(_)));
        let job = next(&mut stream).await;
        partitions.insert(job.key.partition().unwrap());
        broker.complete(job.key).await.unwrap();
    }
    assert_eq!(partitions, (1..=3).map(PartitionId).collect());
}

const WAITING: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" targetNamespace="tests">
  <process id="waiting" isExecutable="true">
    <startEvent id="start"/>
    <sequenceFlow id="to_message" sourceRef="start" targetRef="message"/>
    <intermediateCatchEvent id="message">
      <messageEventDefinition messageRef="paid"/>
    </intermediateCatchEvent>
    <sequenceFlow id="to_signal" sourceRef="message" targetRef="signal"/>
    <intermediateCatchEvent id="signal">
      <signalEventDefinition signalRef="released"/>
    </intermediateCatchEvent>
    <sequenceFlow id="to_task" sourceRef="signal" targetRef="task"/>
    <serviceTask id="task">
      <extensionElements><zeebe:taskDefinition type="work"/></extensionElements>
    </serviceTask>
    <sequenceFlow id="to_end" sourceRef="task" targetRef="end"/>
    <endEvent id="end"/>
  </process>
  <message id="paid" name="paid">
    <extensionElements><zeebe:subscription correlationKey="=order"/></extensionElements>
  </message>
  <signal id="released" name="released"/>
</definitions>"#;

async fn create_waiting(broker: &Running, order: &str) -> ProcessInstanceKey {
    let command = Command::CreateProcessInstance(CreateProcessInstance {
        definition: DefinitionRef::Latest("waiting".into()),
        variables: Document::from_json(&format!(r#"{{"order":"{order}"}}"#)).unwrap(),
        tenant_id: TenantId::default(),
        start_at: Vec::new(),
        terminate_after: Vec::new(),
        await_result: None,
        operation_reference: 0,
        tags: Vec::new(),
        business_id: None,
    });
    let answer = eventually(async || broker.submit(command.clone()).await.ok()).await;
    let Response::Created(created) = answer else { panic!("{answer:?}") };
    created.key
}

async fn publish(broker: &Running, order: &str) {
    let command = Command::PublishMessage(PublishMessage {
        name: "paid".into(),
        correlation_key: CorrelationKey::from(order),
        time_to_live_ms: 3_600_000,
        message_id: String::new(),
        variables: Document::from_json(r#"{"amount": 12.5}"#).unwrap(),
        tenant_id: TenantId::default(),
    });
    broker.submit(command).await.unwrap();
}

async fn broadcast(broker: &Running) {
    let command = Command::BroadcastSignal(BroadcastSignal {
        signal_name: "released".to_owned(),
        variables: Document::empty(),
        tenant_id: TenantId::default(),
    });
    broker.submit(command).await.unwrap();
}

/// Orders whose correlation keys belong to each of three partitions.
fn orders() -> Vec<String> {
    let orders: Vec<_> = (0..9).map(|n| format!("order-{n}")).collect();
    let partitions: BTreeSet<_> =
        orders.iter().map(|order| partition_for_correlation_key(order, 3)).collect();
    assert_eq!(partitions.len(), 3);
    orders
}

#[tokio::test]
async fn messages_and_signals_reach_instances_on_other_partitions() {
    let rig = Rig::with(|config| config.n_partitions = 3);
    let broker = rig.start();
    broker.deploy(WAITING).await;
    let mut stream = broker.stream(64);
    let mut waiting = BTreeSet::new();
    for (n, order) in orders().iter().enumerate() {
        // Some messages are there before the instance that waits for them.
        if n % 2 == 0 {
            publish(&broker, order).await;
        }
        waiting.insert(create_waiting(&broker, order).await);
        if n % 2 == 1 {
            publish(&broker, order).await;
        }
    }
    let mut reached = BTreeSet::new();
    while reached != waiting {
        // Whoever has its message only now waits for the next signal.
        broadcast(&broker).await;
        while let Ok(Some(job)) =
            tokio::time::timeout(std::time::Duration::from_millis(100), stream.next()).await
        {
            assert!(job.variables.to_json().contains(r#""amount":12.5"#));
            assert!(reached.insert(job.process_instance_key), "only once each");
        }
    }
}

#[tokio::test]
async fn what_a_partition_missed_is_sent_again_after_a_restart() {
    let rig = Rig::with(|config| config.n_partitions = 3);
    let broker = rig.start();
    broker.deploy(WAITING).await;
    let mut waiting = BTreeSet::new();
    for order in orders() {
        waiting.insert(create_waiting(&broker, &order).await);
    }
    // Subscriptions may be on their way between partitions: the crash loses them.
    drop(broker);
    let broker = rig.start();
    let mut stream = broker.stream(64);
    for order in orders() {
        publish(&broker, &order).await;
    }
    let mut reached = BTreeSet::new();
    soon(async {
        while reached != waiting {
            rig.clock.advance_ms(10_000);
            broadcast(&broker).await;
            while let Ok(Some(job)) =
                tokio::time::timeout(std::time::Duration::from_millis(100), stream.next()).await
            {
                reached.insert(job.process_instance_key);
            }
        }
    })
    .await;
}
