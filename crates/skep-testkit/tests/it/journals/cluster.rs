//! Three partitions that work together: messages, modification, migration and batch operations.
//!
//! As with the single runs there is a snapshot from halfway, and the last step is for whoever
//! finds the data.

use std::{fmt::Write as _, path::Path};

use skep_record::{
    ActivateInstruction, BatchOperationAction, BatchOperationKey, BatchOperationOrder,
    BatchOperationPlan, BroadcastSignal, Command, ControlBatchOperation, CreateBatchOperation,
    ElementInstanceSelector, ElementMapping, InstanceCondition, MigrateProcessInstance,
    ModifyProcessInstance, ProcessDefinitionKey, ProcessInstanceFilter, ProcessInstanceKey,
    PublishMessage, Response, TenantId, Test, TextField, TextTest, partition_for_correlation_key,
};

use super::archive::{self, Files};
use crate::rig::{Rig, doc};

const FILES: &str = "cluster.gz";
const STATE: &str = "cluster.txt";
const N_PARTITIONS: u16 = 3;
/// Instances of `stock`, more than a batch operation works on in one go.
const N_STOCKS: u16 = 30;

/// A task that a message may overtake, one that waits for a message, one for each of two items,
/// and an event subprocess; ids end with `now` in the second version.
fn order(now: &str) -> String {
    format!(
        r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" targetNamespace="cluster"><process id="order" isExecutable="true">
        <startEvent id="start"/><parallelGateway id="fork"/><parallelGateway id="join{now}"/><endEvent id="end"/>
        <serviceTask id="pay{now}"><extensionElements><zeebe:taskDefinition type="pay"/></extensionElements></serviceTask>
        <boundaryEvent id="told{now}" attachedToRef="pay{now}" cancelActivity="false"><messageEventDefinition messageRef="told_message"/></boundaryEvent><endEvent id="told_end"/>
        <receiveTask id="hear{now}" messageRef="heard_message"/>
        <serviceTask id="pick{now}"><extensionElements><zeebe:taskDefinition type="pick"/></extensionElements><multiInstanceLoopCharacteristics><extensionElements><zeebe:loopCharacteristics inputCollection="=[1,2]" inputElement="item"/></extensionElements></multiInstanceLoopCharacteristics></serviceTask>
        <subProcess id="recall{now}" triggeredByEvent="true"><startEvent id="recall_start{now}" isInterrupting="false"><signalEventDefinition signalRef="recall_signal"/></startEvent><userTask id="call{now}"><extensionElements><zeebe:userTask/></extensionElements></userTask><endEvent id="recall_end"/><sequenceFlow id="r1" sourceRef="recall_start{now}" targetRef="call{now}"/><sequenceFlow id="r2" sourceRef="call{now}" targetRef="recall_end"/></subProcess>
        <sequenceFlow id="f1" sourceRef="start" targetRef="fork"/><sequenceFlow id="f2" sourceRef="fork" targetRef="pay{now}"/><sequenceFlow id="f3" sourceRef="fork" targetRef="hear{now}"/><sequenceFlow id="f4" sourceRef="fork" targetRef="pick{now}"/>
        <sequenceFlow id="from_pay{now}" sourceRef="pay{now}" targetRef="join{now}"/><sequenceFlow id="from_hear{now}" sourceRef="hear{now}" targetRef="join{now}"/><sequenceFlow id="from_pick{now}" sourceRef="pick{now}" targetRef="join{now}"/><sequenceFlow id="f8" sourceRef="join{now}" targetRef="end"/><sequenceFlow id="f9" sourceRef="told{now}" targetRef="told_end"/>
        </process>
        <message id="told_message" name="told"><extensionElements><zeebe:subscription correlationKey="=key"/></extensionElements></message><message id="heard_message" name="heard"><extensionElements><zeebe:subscription correlationKey="=key"/></extensionElements></message><signal id="recall_signal" name="recall"/></definitions>"#
    )
}

const STOCK: &str = r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" targetNamespace="cluster"><process id="stock" isExecutable="true"><startEvent id="start"/><serviceTask id="count"><extensionElements><zeebe:taskDefinition type="count"/></extensionElements></serviceTask><sequenceFlow id="f1" sourceRef="start" targetRef="count"/></process></definitions>"#;

/// Ids that differ between the versions of `order`, flows too.
const RENAMED: [&str; 11] = [
    "join",
    "pay",
    "told",
    "hear",
    "pick",
    "recall",
    "recall_start",
    "call",
    "from_pay",
    "from_hear",
    "from_pick",
];

/// A correlation key whose messages this partition has.
fn key_of(partition: u16) -> String {
    let mut keys = (0..).map(|n| format!("key-{n}"));
    let is_of = |key: &String| partition_for_correlation_key(key, N_PARTITIONS).0 == partition;
    keys.find(is_of).unwrap()
}

fn publish(rig: &mut Rig, name: &str, key: &str, time_to_live_ms: i64) {
    rig.ok(
        1,
        Command::PublishMessage(PublishMessage {
            name: name.into(),
            correlation_key: key.into(),
            time_to_live_ms,
            message_id: String::new(),
            variables: doc(r#"{"by":"message"}"#),
            tenant_id: TenantId::default(),
        }),
    );
}

fn work(rig: &mut Rig, job_type: &str, n: usize) {
    for partition in 1..=N_PARTITIONS {
        for job in rig.activate_on(partition, job_type).into_iter().take(n) {
            rig.complete(job.key, "{}");
        }
    }
}

fn mappings() -> Vec<ElementMapping> {
    let now = RENAMED.map(|id| ElementMapping {
        source_element_id: id.into(),
        target_element_id: format!("{id}_now").as_str().into(),
    });
    now.to_vec()
}

fn batch(rig: &mut Rig, process: &str, plan: BatchOperationPlan) -> BatchOperationKey {
    let is = TextTest::Is(Test::Equals(process.to_owned()));
    let order = BatchOperationOrder {
        plan,
        filter: ProcessInstanceFilter {
            all: vec![InstanceCondition::Text(TextField::ProcessDefinitionId, is)],
            any: Vec::new(),
        },
        tenant_ids: vec![TenantId::default()],
    };
    let create = CreateBatchOperation { order, process_instance_key: None, operation_reference: 0 };
    match rig.answer_at_once(1, Command::CreateBatchOperation(Box::new(create))) {
        Response::BatchOperationCreated(key) => key,
        other => panic!("{other:?}"),
    }
}

fn control(rig: &mut Rig, key: BatchOperationKey, action: BatchOperationAction) {
    let control = ControlBatchOperation { batch_operation_key: key, action };
    rig.ok(1, Command::ControlBatchOperation(control));
}

/// Two orders on each partition: one that waits for messages of its own partition, and one that
/// waits for those of the next.
fn orders(rig: &mut Rig) -> Vec<ProcessInstanceKey> {
    let mut orders = Vec::new();
    for partition in 1..=N_PARTITIONS {
        for key in [partition, partition % N_PARTITIONS + 1] {
            let variables = format!(r#"{{"key":"{}"}}"#, key_of(key));
            orders.push(rig.create_on(partition, "order", &variables));
        }
    }
    orders
}

fn modify(rig: &mut Rig, key: ProcessInstanceKey) {
    let modify = ModifyProcessInstance {
        process_instance_key: key,
        activate: vec![ActivateInstruction {
            element_id: "pay".into(),
            ancestor_scope_key: None,
            variables: Vec::new(),
        }],
        moves: Vec::new(),
        terminate: vec![ElementInstanceSelector::Element("hear".into())],
        operation_reference: 0,
    };
    rig.ok(1, Command::ModifyProcessInstance(Box::new(modify)));
}

fn migrate(rig: &mut Rig, key: ProcessInstanceKey, target: ProcessDefinitionKey) {
    let migrate = MigrateProcessInstance {
        process_instance_key: key,
        target_process_definition_key: target,
        mappings: mappings(),
        operation_reference: 0,
    };
    rig.ok(1, Command::MigrateProcessInstance(Box::new(migrate)));
}

/// The files of a broker that has done all but the last step.
fn play() -> Vec<(String, Vec<u8>)> {
    let mut rig = Rig::with_partitions(N_PARTITIONS);
    rig.deploy_text("order.bpmn", &order(""));
    rig.deploy_text("stock.bpmn", STOCK);
    let orders = orders(&mut rig);
    for partition in 1..=N_PARTITIONS {
        publish(&mut rig, "told", &key_of(partition), 0);
        publish(&mut rig, "nobody waits", &key_of(partition), 3_600_000_000);
    }
    for n in 0..N_STOCKS {
        rig.create_on(n % N_PARTITIONS + 1, "stock", "{}");
    }
    modify(&mut rig, orders[2]);
    work(&mut rig, "pick", 1);
    let tenant_id = TenantId::default();
    let recall = BroadcastSignal { signal_name: "recall".into(), variables: doc("{}"), tenant_id };
    rig.ok(1, Command::BroadcastSignal(recall));
    rig.restart();

    let target = rig.deploy_text("order.bpmn", &order("_now")).processes[0].key;
    publish(&mut rig, "heard", &key_of(2), 0);
    migrate(&mut rig, orders[0], target);
    let plan = BatchOperationPlan::MigrateProcessInstance {
        target_process_definition_key: target,
        mappings: mappings(),
    };
    batch(&mut rig, "order", plan);
    rig.settle();
    let key = batch(&mut rig, "stock", BatchOperationPlan::CancelProcessInstance);
    control(&mut rig, key, BatchOperationAction::Suspend);
    rig.into_files()
}

/// Whoever finds the data lets everything come to its end.
fn last_step(rig: &mut Rig) {
    // Whoever had jobs is gone.
    rig.advance(120_000);
    for key in rig.batches.clone() {
        control(rig, key, BatchOperationAction::Resume);
    }
    for partition in 1..=N_PARTITIONS {
        for name in ["told", "heard", "heard"] {
            publish(rig, name, &key_of(partition), 0);
        }
    }
    work(rig, "pay", 10);
    work(rig, "pick", 10);
}

/// What a broker finds in its files, and where the last step leads.
fn tell(files: &Files) -> String {
    let files = || {
        let all = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
        all.filter(|(name, _)| *name != super::CONF)
    };
    let mut rig = Rig::with_files(N_PARTITIONS, files());
    let found = rig.outline();
    let journals = files().filter(|(name, _)| name.contains("/journal/"));
    let replayed = Rig::with_files(N_PARTITIONS, journals).outline();
    assert_eq!(replayed, found, "the journals lead to another state than the snapshots");
    let kinds: Vec<_> = rig.kinds.iter().cloned().collect();
    let mut text = format!("{}\n\n== found\n{found}", kinds.join("\n"));
    last_step(&mut rig);
    write!(text, "\n== after the last step\n{}", rig.outline()).unwrap();
    text
}

/// Writes the data of the version being made.
pub(super) fn write(folder: &Path) {
    let mut files: Files = play().into_iter().collect();
    let dir = tempfile::tempdir().unwrap();
    drop(skep_broker::Broker::start(config(dir.path())).unwrap());
    files.insert(super::CONF.to_owned(), std::fs::read(dir.path().join(super::CONF)).unwrap());
    archive::write(&folder.join(FILES), &files);
    std::fs::write(folder.join(STATE), tell(&files)).unwrap();
}

fn config(dir: &Path) -> skep_broker::BrokerConfig {
    let mut config = skep_broker::BrokerConfig::new(dir);
    config.n_partitions = N_PARTITIONS;
    config
}

/// What is found is what was written, and goes on as it did.
pub(super) fn check(folder: &Path) {
    let expected = std::fs::read_to_string(folder.join(STATE)).unwrap();
    let found = tell(&archive::read(&folder.join(FILES)));
    let differing = expected.lines().zip(found.lines()).find(|(old, new)| old != new);
    assert!(expected == found, "{}: expected, found: {differing:?}", folder.display());
}

#[test]
fn a_server_of_several_partitions_starts_on_the_data_of_every_version() {
    for folder in super::versions() {
        let files = archive::read(&folder.join(FILES));
        let dir = tempfile::tempdir().unwrap();
        for (name, bytes) in &files {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
        let broker = skep_broker::Broker::start(config(dir.path())).unwrap();
        for (partition, report) in broker.partitions().iter().zip(broker.recoveries()) {
            assert_eq!(partition.stopped, None, "{}", folder.display());
            assert!(report.snapshot_position > 0 && report.n_records > 0, "{report:?}");
        }
    }
}
