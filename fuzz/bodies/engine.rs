//! What users deploy and evaluate, and what a crash or a bad disk leaves: models, decisions,
//! expressions, journals, records.

use std::sync::{Arc, OnceLock};

use skep_engine::{Engine, EngineConfig};
use skep_feel::{Environment, Expression, Variables};
use skep_journal::{Disk, Journal, JournalConfig};
use skep_record::{
    Batch, Command, CreateProcessInstance, DefinitionRef, DeployResources, Document, PartitionId,
    PublishMessage, Resource, TenantId, Timestamp,
};
use skep_testkit::{Mounted, Rng, SimDisk};

/// A body and the name of its target and corpus.
pub type Target = (&'static str, fn(&[u8]));

/// All of them.
#[allow(dead_code, reason = "a fuzzer takes one of them by name")]
pub const TARGETS: [Target; 6] = [
    ("bpmn", bpmn),
    ("dmn", dmn),
    ("feel", feel),
    ("journal", journal),
    ("record", record),
    ("snapshot", snapshot),
];

/// A BPMN file that somebody deploys.
pub fn bpmn(data: &[u8]) {
    match skep_model::parse_bpmn(data) {
        Ok(processes) => assert!(!processes.is_empty(), "a file without a process was taken"),
        Err(problems) => told(&problems.to_string()),
    }
}

/// A DMN file that somebody deploys, and its decisions without any input.
pub fn dmn(data: &[u8]) {
    match skep_model::parse_dmn(data) {
        Ok(requirements) => {
            for decision in requirements.decisions() {
                drop(requirements.evaluate(&decision.id, &Nothing, &environment()));
            }
        }
        Err(problems) => told(&problems.to_string()),
    }
}

/// An expression, as a value and as a cell of a decision table.
pub fn feel(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let parsed = [Expression::parse(text), Expression::parse_unary_tests(text)];
    for expression in parsed.into_iter().flatten() {
        assert_eq!(expression.text(), text);
        let mut results = [Vec::new(), Vec::new()];
        for result in &mut results {
            let environment = environment();
            drop(expression.evaluate_msgpack(&Nothing, &environment, result));
        }
        assert_eq!(results[0], results[1], "{text:?} has two values");
    }
}

/// A segment as a bad disk may have it: opening it gives what was written, or says what is wrong.
#[allow(clippy::expect_used, reason = "a disk in memory has no faults but those put there")]
pub fn journal(data: &[u8]) {
    let disk = Mounted(SimDisk::new(Rng::new(1)));
    let dir = std::path::Path::new("journal");
    let config = JournalConfig {
        segment_bytes: 8192,
        disk: Arc::new(disk.clone()),
        background: false,
        ..JournalConfig::default()
    };
    let bodies = [b"first".as_slice(), b"second", b"third"];
    {
        let (mut journal, _) = Journal::open(dir, config.clone()).expect("an empty disk is good");
        for (position, body) in (1..).zip(bodies) {
            journal.append(position, position, body).expect("positions follow each other");
            journal.commit().expect("the disk is good");
        }
    }
    // The input is written over the segment: the first two bytes say where.
    let [low, high, rest @ ..] = data else { return };
    let offset = u64::from(u16::from_le_bytes([*low, *high])) % 8192;
    let n = rest.len().min(usize::try_from(8192 - offset).unwrap_or(0));
    let segment = disk.open(&dir.join("segment-0000000001.skj"), true).expect("it is there");
    if n > 0 {
        segment.write_at(&rest[..n], offset).expect("the disk is good");
    }
    match Journal::open(dir, config) {
        Ok((journal, recovery)) => {
            assert!(
                recovery.last_position >= 3,
                "acknowledged frames are gone, and nobody says so"
            );
            let found = journal.read_from(1).expect("it was opened");
            for (frame, body) in found.zip(bodies) {
                assert_eq!(frame.expect("it was checked").payload, body, "a changed body is taken");
            }
        }
        Err(error) => told(&error.to_string()),
    }
}

/// A frame's body: what can be decoded is encoded to something that decodes to the same.
pub fn record(data: &[u8]) {
    if let Ok(batch) = Batch::decode(data) {
        for record in &batch.records {
            told(&batch.line(record).to_string());
        }
        let again = Batch::decode(&batch.encode(Vec::new()));
        assert_eq!(again.ok().as_ref(), Some(&batch));
    }
    if let Ok(document) = Document::from_msgpack(data.to_vec()) {
        drop(document.to_json());
    }
}

/// The tables of a partition: what can be read is written as something that is read as the same.
/// The input is tried as it is, and written over a real snapshot at the place that its first two
/// bytes say.
pub fn snapshot(data: &[u8]) {
    restore(data);
    static REAL: OnceLock<Vec<u8>> = OnceLock::new();
    let [low, high, rest @ ..] = data else { return };
    let mut bytes = REAL.get_or_init(real_snapshot).clone();
    let offset = usize::from(u16::from_le_bytes([*low, *high])) % bytes.len();
    let n = rest.len().min(bytes.len() - offset);
    bytes[offset..offset + n].copy_from_slice(&rest[..n]);
    restore(&bytes);
}

#[allow(clippy::expect_used, reason = "without a store nothing can be missing in it")]
fn restore(bytes: &[u8]) {
    let config = || EngineConfig::new(PartitionId(1), 1);
    match Engine::restore(config(), None, bytes) {
        Ok(engine) => {
            let written = engine.freeze().encode().expect("there is no store");
            let again = Engine::restore(config(), None, &*written).expect("it was just written");
            // Not their indexes: a table that names a key twice, which nothing writes, leaves
            // behind what was known of the first.
            assert_eq!(again.freeze().encode().expect("there is no store"), written);
        }
        Err(error) => told(&error.to_string()),
    }
}

/// Instances that wait for all kinds of things, and a message that waits for an instance.
#[allow(clippy::expect_used, reason = "these commands are carried out")]
fn real_snapshot() -> Vec<u8> {
    const PROCESS: &str = r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" targetNamespace="t"><process id="p" isExecutable="true"><startEvent id="start"/><parallelGateway id="fork"/><serviceTask id="work"><extensionElements><zeebe:taskDefinition type="work"/></extensionElements><multiInstanceLoopCharacteristics><extensionElements><zeebe:loopCharacteristics inputCollection="=[1,2]" inputElement="item"/></extensionElements></multiInstanceLoopCharacteristics></serviceTask><userTask id="ask"><extensionElements><zeebe:userTask/></extensionElements></userTask><receiveTask id="hear" messageRef="m"/><boundaryEvent id="late" attachedToRef="hear"><timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition></boundaryEvent><exclusiveGateway id="stuck"/><sequenceFlow id="f1" sourceRef="start" targetRef="fork"/><sequenceFlow id="f2" sourceRef="fork" targetRef="work"/><sequenceFlow id="f3" sourceRef="fork" targetRef="ask"/><sequenceFlow id="f4" sourceRef="fork" targetRef="hear"/><sequenceFlow id="f5" sourceRef="fork" targetRef="stuck"/><sequenceFlow id="f6" sourceRef="stuck" targetRef="done"><conditionExpression>=missing &gt; 1</conditionExpression></sequenceFlow><endEvent id="done"/></process><message id="m" name="m"><extensionElements><zeebe:subscription correlationKey="=key"/></extensionElements></message></definitions>"#;
    let document = |json: &str| Document::from_json(json).expect("it is JSON");
    let commands = [
        Command::DeployResources(DeployResources {
            resources: vec![Resource {
                name: "p.bpmn".to_owned(),
                content: PROCESS.as_bytes().to_vec().into(),
            }],
            tenant_id: TenantId::default(),
        }),
        Command::CreateProcessInstance(CreateProcessInstance {
            definition: DefinitionRef::Latest("p".into()),
            variables: document(r#"{"key": "k", "more": [1, {"x": null}]}"#),
            tenant_id: TenantId::default(),
            start_at: Vec::new(),
            terminate_after: Vec::new(),
            await_result: None,
            operation_reference: 0,
            tags: Vec::new(),
            business_id: None,
        }),
        Command::PublishMessage(PublishMessage {
            name: "other".into(),
            correlation_key: "k".into(),
            time_to_live_ms: 60_000,
            message_id: "once".to_owned(),
            variables: document("{}"),
            tenant_id: TenantId::default(),
        }),
    ];
    let mut engine = Engine::new(EngineConfig::new(PartitionId(1), 1));
    for command in commands {
        engine.process(Timestamp(1_000), command).expect("nothing is in a store");
    }
    engine.freeze().encode().expect("nothing is in a store")
}

/// What people read is of bounded length.
fn told(text: &str) {
    assert!(text.len() < 1 << 20, "a text of {} bytes", text.len());
}

struct Nothing;

impl Variables for Nothing {
    fn variable(&self, _name: &str) -> Option<&[u8]> {
        None
    }
}

fn environment() -> Environment {
    Environment::new(jiff::Timestamp::UNIX_EPOCH, jiff::tz::TimeZone::UTC)
}
