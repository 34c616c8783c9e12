//! Migrating running instances to another process definition.

mod compensation;
mod gateway;
mod message;
mod refused;
mod scope;
mod task;

use insta::assert_snapshot;
use skep_record::{
    BroadcastSignal, CancelProcessInstance, Command, CompleteUserTask, DeleteResource,
    ElementMapping, FailJob, IncidentKey, JobKey, MigrateProcessInstance, PartitionId,
    ProcessDefinitionKey, ProcessInstanceKey, PublishMessage, ResolveIncident, TenantId,
    UserTaskKey, partition_for_correlation_key,
};

use crate::rig::{Rig, doc};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

fn migrate(
    key: ProcessInstanceKey,
    target: ProcessDefinitionKey,
    mappings: &[(&str, &str)],
) -> Command {
    let mappings = mappings.iter().map(|(source, target)| ElementMapping {
        source_element_id: (*source).into(),
        target_element_id: (*target).into(),
    });
    Command::MigrateProcessInstance(Box::new(MigrateProcessInstance {
        process_instance_key: key,
        target_process_definition_key: target,
        mappings: mappings.collect(),
        operation_reference: 0,
    }))
}

/// A file with one process, and with messages `one` and `two` and the signals of the same names.
fn process(id: &str, body: &str) -> String {
    let events: String = ["one", "two"]
        .map(|name| {
            format!(
                r#"<bpmn:message id="m_{name}" name="{name}"><bpmn:extensionElements>
                <zeebe:subscription correlationKey="=order_id" /></bpmn:extensionElements></bpmn:message>
                <bpmn:signal id="s_{name}" name="{name}" />"#
            )
        })
        .concat();
    format!(
        r#"<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="definitions" targetNamespace="http://skep.example/bpmn">
        <bpmn:process id="{id}" isExecutable="true">{body}</bpmn:process>{events}</bpmn:definitions>"#
    )
}

/// A start event, these elements one after the other, and an end event.
fn sequence(elements: &[(&str, String)]) -> String {
    let ids: Vec<&str> =
        ["start"].into_iter().chain(elements.iter().map(|(id, _)| *id)).chain(["end"]).collect();
    let flows: String = ids
        .windows(2)
        .map(|pair| {
            let (from, to) = (pair[0], pair[1]);
            format!(
                r#"<bpmn:sequenceFlow id="{from}_to_{to}" sourceRef="{from}" targetRef="{to}" />"#
            )
        })
        .collect();
    let elements: String = elements.iter().map(|(_, xml)| xml.as_str()).collect();
    format!(r#"<bpmn:startEvent id="start" />{elements}<bpmn:endEvent id="end" />{flows}"#)
}

fn task(id: &str) -> String {
    format!(
        r#"<bpmn:serviceTask id="{id}"><bpmn:extensionElements><zeebe:taskDefinition type="{id}" />
        <zeebe:taskHeaders><zeebe:header key="of" value="{id}" /></zeebe:taskHeaders>
        <zeebe:ioMapping><zeebe:input source="=1" target="local" /></zeebe:ioMapping>
        </bpmn:extensionElements></bpmn:serviceTask>"#
    )
}

fn timer(duration: &str) -> String {
    format!(
        "<bpmn:timerEventDefinition><bpmn:timeDuration>{duration}</bpmn:timeDuration></bpmn:timerEventDefinition>"
    )
}

fn message(name: &str) -> String {
    format!(r#"<bpmn:messageEventDefinition messageRef="m_{name}" />"#)
}

fn signal(name: &str) -> String {
    format!(r#"<bpmn:signalEventDefinition signalRef="s_{name}" />"#)
}

fn catch(id: &str, event: &str) -> String {
    format!(r#"<bpmn:intermediateCatchEvent id="{id}">{event}</bpmn:intermediateCatchEvent>"#)
}

/// A boundary event that leads to an end event of its own.
fn boundary(id: &str, attached_to: &str, interrupting: bool, event: &str) -> String {
    format!(
        r#"<bpmn:boundaryEvent id="{id}" attachedToRef="{attached_to}" cancelActivity="{interrupting}">{event}</bpmn:boundaryEvent>
        <bpmn:endEvent id="{id}_end" /><bpmn:sequenceFlow id="{id}_out" sourceRef="{id}" targetRef="{id}_end" />"#
    )
}

fn subprocess(id: &str, body: &str) -> String {
    let body = body
        .replace("\"start", &format!("\"{id}_start"))
        .replace("\"end", &format!("\"{id}_end"))
        .replace("_to_end", &format!("_to_{id}_end"));
    format!(r#"<bpmn:subProcess id="{id}">{body}</bpmn:subProcess>"#)
}

fn deployed(rig: &mut Rig, body: &str) -> ProcessDefinitionKey {
    deployed_as(rig, "order", body)
}

fn deployed_as(rig: &mut Rig, id: &str, body: &str) -> ProcessDefinitionKey {
    rig.deploy_text("order.bpmn", &process(id, body)).processes[0].key
}

/// An instance of the first version, and the key of the second.
fn started(rig: &mut Rig, first: &str, second: &str) -> (ProcessInstanceKey, ProcessDefinitionKey) {
    deployed(rig, first);
    let key = rig.create("order", r#"{"order_id":"o1"}"#);
    let target = deployed(rig, second);
    rig.take_log();
    (key, target)
}

fn publish(rig: &mut Rig, name: &str) {
    let partition = partition_for_correlation_key("o1", rig.n_partitions());
    rig.ok(
        partition.0,
        Command::PublishMessage(PublishMessage {
            name: name.into(),
            correlation_key: "o1".into(),
            time_to_live_ms: 0,
            message_id: String::new(),
            variables: doc("{}"),
            tenant_id: TenantId::default(),
        }),
    );
}

fn broadcast(rig: &mut Rig, name: &str) {
    rig.ok(
        1,
        Command::BroadcastSignal(BroadcastSignal {
            signal_name: name.into(),
            variables: doc("{}"),
            tenant_id: TenantId::default(),
        }),
    );
}

fn fail(rig: &mut Rig, job_key: JobKey) {
    rig.ok(
        1,
        Command::FailJob(FailJob {
            job_key,
            retries: 0,
            retry_back_off_ms: 0,
            error_message: "no".into(),
            variables: doc("{}"),
        }),
    );
}

/// The key of the first record in the log that is of this kind, on the first partition.
fn key_of(log: &str, kind: &str) -> i64 {
    let line = log.lines().find(|line| line.starts_with(kind)).unwrap();
    let number: i64 = line.split(' ').nth(2).unwrap()[1..].parse().unwrap();
    PartitionId(1).key(0) + number
}

/// Resolves the incident that was migrated.
fn resolve(rig: &mut Rig, log: &str) {
    let incident_key = IncidentKey(key_of(log, "E INCIDENT:MIGRATED"));
    rig.ok(1, Command::ResolveIncident(ResolveIncident { incident_key, operation_reference: 0 }));
}

fn assert_ended(rig: &mut Rig) {
    let log = rig.take_log();
    let last = log.lines().rfind(|line| line.contains("E PROCESS_INSTANCE:ELEMENT_COMPLETED"));
    assert!(last.is_some_and(|line| line.contains("\"order\" PROCESS")), "{log}");
}

#[test]
fn a_job_goes_on_as_one_of_the_target() {
    let mut rig = Rig::new();
    let second = sequence(&[("pay_now", task("pay_now")), ("ship", task("ship"))]);
    let (key, target) = started(&mut rig, &sequence(&[("pay", task("pay"))]), &second);
    rig.ok(1, migrate(key, target, &[("pay", "pay_now")]));
    assert_snapshot!("migrated_job", rig.take_log());

    // What was evaluated stays: the type, the headers and the mapped variables.
    assert!(rig.activate("pay_now").is_empty());
    let jobs = rig.activate("pay");
    let job = &jobs[0];
    assert_eq!((&*job.element_id, job.process_definition_version), ("pay_now", 2));
    assert_eq!(job.process_definition_key, target);
    assert_eq!(job.custom_headers.to_json(), r#"{"of":"pay"}"#);
    assert_eq!(job.variables.to_json(), r#"{"local":1,"order_id":"o1"}"#);
    rig.complete(job.key, "{}");
    assert_eq!(rig.work("ship", ""), 1);
    assert_ended(&mut rig);
}

#[test]
fn an_instance_may_be_migrated_there_and_back_and_be_cancelled() {
    let mut rig = Rig::new();
    let first = sequence(&[("pay", task("pay"))]);
    let source = deployed(&mut rig, &first);
    let target = deployed_as(&mut rig, "other", &sequence(&[("pay_now", task("pay_now"))]));
    let key = rig.create("order", "{}");
    rig.ok(1, migrate(key, target, &[("pay", "pay_now")]));
    rig.ok(1, migrate(key, source, &[("pay_now", "pay")]));
    assert_eq!(&*rig.activate("pay")[0].bpmn_process_id, "order");
    rig.take_log();
    let cancel = CancelProcessInstance { process_instance_key: key, operation_reference: 0 };
    rig.ok(1, Command::CancelProcessInstance(cancel));
    let log = rig.take_log();
    assert!(log.contains("E JOB:CANCELED") && log.contains("ELEMENT_TERMINATED"), "{log}");
}

#[test]
fn an_incident_stays_and_can_be_resolved() {
    let mut rig = Rig::new();
    let second = sequence(&[("pay_now", task("pay_now"))]);
    let (key, target) = started(&mut rig, &sequence(&[("pay", task("pay"))]), &second);
    let job = rig.activate("pay")[0].key;
    fail(&mut rig, job);
    rig.take_log();
    rig.ok(1, migrate(key, target, &[("pay", "pay_now")]));
    let log = rig.take_log();
    let line = log.lines().find(|line| line.contains("E INCIDENT:MIGRATED")).unwrap();
    assert!(line.contains("\"pay_now\" SERVICE_TASK"), "{line}");
    let incident_key = IncidentKey(key_of(&log, "E INCIDENT:MIGRATED"));
    rig.ok(
        1,
        Command::UpdateJobRetries(skep_record::UpdateJobRetries {
            job_key: job,
            retries: 1,
            operation_reference: 0,
        }),
    );
    rig.ok(1, Command::ResolveIncident(ResolveIncident { incident_key, operation_reference: 0 }));
    assert_eq!(rig.work("pay", ""), 1);
    assert_ended(&mut rig);
}

#[test]
fn a_mapped_timer_keeps_its_due_date_and_takes_over_the_interruption() {
    let mut rig = Rig::new();
    let first = sequence(&[("pay", task("pay"))]) + &boundary("late", "pay", true, &timer("PT1H"));
    let second = sequence(&[("pay_now", task("pay_now"))])
        + &boundary("too_late", "pay_now", false, &timer("PT5H"));
    let (key, target) = started(&mut rig, &first, &second);
    rig.advance(30 * MINUTE);
    rig.ok(1, migrate(key, target, &[("pay", "pay_now"), ("late", "too_late")]));
    assert_snapshot!("migrated_timer", rig.take_log());
    rig.advance(30 * MINUTE);
    let log = rig.take_log();
    assert!(log.contains("ELEMENT_COMPLETED") && log.contains("\"too_late\" BOUNDARY_EVENT"));
    assert_eq!(rig.work("pay", ""), 1, "the target's event does not interrupt");
    assert_ended(&mut rig);
    assert_eq!(rig.engine(1).next_due(), None);
}

#[test]
fn unmapped_events_are_closed_and_new_ones_opened() {
    let mut rig = Rig::new();
    let first = sequence(&[("pay", task("pay"))])
        + &boundary("late", "pay", true, &timer("PT1H"))
        + &boundary("told", "pay", true, &message("one"))
        + &boundary("alarm", "pay", true, &signal("one"));
    let second = sequence(&[("pay_now", task("pay_now"))])
        + &boundary("later", "pay_now", true, &timer("PT5H"))
        + &boundary("told_now", "pay_now", true, &message("two"))
        + &boundary("alarm_now", "pay_now", false, &signal("two"));
    let (key, target) = started(&mut rig, &first, &second);
    rig.ok(1, migrate(key, target, &[("pay", "pay_now")]));
    assert_snapshot!("migrated_unmapped", rig.take_log());
    rig.advance(HOUR);
    publish(&mut rig, "one");
    broadcast(&mut rig, "one");
    broadcast(&mut rig, "two");
    let log = rig.take_log();
    assert!(log.contains("\"alarm_now\" BOUNDARY_EVENT"), "{log}");
    assert!(!log.contains("ELEMENT_TERMINATED"), "{log}");
    publish(&mut rig, "two");
    assert!(rig.take_log().contains("\"told_now\" BOUNDARY_EVENT"));
    assert!(rig.activate("pay").is_empty());
}

#[test]
fn a_mapped_message_keeps_its_name_and_key() {
    for n_partitions in [1, 3] {
        let mut rig = Rig::with_partitions(n_partitions);
        let first = sequence(&[("told", catch("told", &message("one")))]);
        let second =
            sequence(&[("told_now", catch("told_now", &message("two"))), ("ship", task("ship"))]);
        let (key, target) = started(&mut rig, &first, &second);
        rig.ok(1, migrate(key, target, &[("told", "told_now")]));
        if n_partitions == 1 {
            assert_snapshot!("migrated_message", rig.take_log());
        }
        publish(&mut rig, "two");
        assert!(rig.activate("ship").is_empty());
        publish(&mut rig, "one");
        assert_eq!(rig.work("ship", ""), 1);
        assert_ended(&mut rig);
    }
}

#[test]
fn a_mapped_signal_keeps_its_name() {
    let mut rig = Rig::new();
    let first = sequence(&[("told", catch("told", &signal("one")))]);
    let second =
        sequence(&[("told_now", catch("told_now", &signal("two"))), ("ship", task("ship"))]);
    let (key, target) = started(&mut rig, &first, &second);
    rig.ok(1, migrate(key, target, &[("told", "told_now")]));
    assert!(rig.take_log().contains("E SIGNAL_SUBSCRIPTION:MIGRATED"));
    broadcast(&mut rig, "one");
    assert_eq!(rig.work("ship", ""), 1);
    assert_ended(&mut rig);
}

#[test]
fn scopes_are_migrated_with_what_is_in_them() {
    let mut rig = Rig::new();
    let inner = sequence(&[("pay", task("pay"))]);
    let first = sequence(&[("part", subprocess("part", &inner))]);
    let inner = sequence(&[("pay_now", task("pay_now")), ("book", task("book"))]);
    let second = sequence(&[("part_now", subprocess("part_now", &inner))]);
    let (key, target) = started(&mut rig, &first, &second);
    let text = rig.rejected(1, migrate(key, target, &[("pay", "pay_now")]));
    assert!(text.contains("active element with id 'part'"), "{text}");
    rig.ok(1, migrate(key, target, &[("pay", "pay_now"), ("part", "part_now")]));
    assert_eq!(rig.work("pay", ""), 1);
    assert_eq!(rig.work("book", ""), 1);
    assert_ended(&mut rig);
}

#[test]
fn a_call_activity_goes_on_waiting_and_so_does_a_migrated_called_process() {
    let mut rig = Rig::new();
    let call = |id: &str| {
        format!(
            r#"<bpmn:callActivity id="{id}"><bpmn:extensionElements><zeebe:calledElement processId="called" /></bpmn:extensionElements></bpmn:callActivity>"#
        )
    };
    deployed_as(&mut rig, "called", &sequence(&[("pay", task("pay"))]));
    let first = sequence(&[("ask", call("ask"))]);
    let second = sequence(&[("ask_now", call("ask_now")), ("ship", task("ship"))]);
    let (key, target) = started(&mut rig, &first, &second);
    let called_target = deployed_as(&mut rig, "called", &sequence(&[("pay_now", task("pay_now"))]));
    rig.ok(1, migrate(key, target, &[("ask", "ask_now")]));
    let jobs = rig.activate("pay");
    rig.ok(1, migrate(jobs[0].process_instance_key, called_target, &[("pay", "pay_now")]));
    rig.complete(jobs[0].key, "{}");
    assert_eq!(rig.work("ship", ""), 1);
    assert_ended(&mut rig);
}

fn user_task(extension: &str) -> String {
    let task = format!(
        r#"<bpmn:userTask id="pay"><bpmn:extensionElements>{extension}<zeebe:assignmentDefinition assignee="kim" /></bpmn:extensionElements></bpmn:userTask>"#
    );
    sequence(&[("pay", task)])
}

#[test]
fn a_native_user_task_stays_and_can_be_completed() {
    let mut rig = Rig::new();
    let first = user_task("<zeebe:userTask />");
    let second = first.replace("\"pay\"", "\"pay_now\"");
    let (key, target) = started(&mut rig, &first, &second);
    rig.ok(1, migrate(key, target, &[("pay", "pay_now")]));
    let log = rig.take_log();
    let line = log.lines().find(|line| line.contains("E USER_TASK:MIGRATED")).unwrap();
    assert!(line.contains("\"pay_now\" USER_TASK"), "{line}");
    let user_task_key = UserTaskKey(key_of(&log, "E USER_TASK:MIGRATED"));
    rig.ok(
        1,
        Command::CompleteUserTask(Box::new(CompleteUserTask {
            user_task_key,
            variables: doc("{}"),
            action: String::new(),
        })),
    );
    assert_ended(&mut rig);
}

#[test]
fn a_deleted_definition_is_gone_once_nothing_runs_it() {
    let mut rig = Rig::new();
    let source = deployed(&mut rig, &sequence(&[("pay", task("pay"))]));
    let key = rig.create("order", "{}");
    let target = deployed(&mut rig, &sequence(&[("pay_now", task("pay_now"))]));
    let delete = DeleteResource { resource_key: source.0, operation_reference: 0 };
    rig.ok(1, Command::DeleteResource(delete));
    assert!(!rig.take_log().contains("E PROCESS:DELETED"), "an instance runs it");
    rig.ok(1, migrate(key, target, &[("pay", "pay_now")]));
    assert!(rig.take_log().contains("E PROCESS:DELETED"));
    assert_eq!(rig.work("pay", ""), 1);
    assert_ended(&mut rig);

    let key = rig.create("order", "{}");
    let delete = DeleteResource { resource_key: target.0, operation_reference: 0 };
    rig.ok(1, Command::DeleteResource(delete));
    let text = rig.rejected(1, migrate(key, target, &[("pay_now", "pay_now")]));
    assert!(text.starts_with("NOT_FOUND"), "{text}");
}

#[test]
fn instance_and_target_must_exist() {
    let mut rig = Rig::new();
    let pay = sequence(&[("pay", task("pay"))]);
    let (key, target) = started(&mut rig, &pay, &sequence(&[("pay_now", task("pay_now"))]));
    let unknown = ProcessInstanceKey(key.0 + 1_000);
    let text = rig.rejected(1, migrate(unknown, target, &[("pay", "pay_now")]));
    assert!(text.starts_with("NOT_FOUND"), "{text}");
    let unknown = ProcessDefinitionKey(target.0 + 1_000);
    let text = rig.rejected(1, migrate(key, unknown, &[("pay", "pay_now")]));
    assert!(text.starts_with("NOT_FOUND"), "{text}");
}
