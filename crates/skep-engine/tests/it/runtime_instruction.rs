//! Instances that end after an element.

use insta::assert_snapshot;
use skep_record::{
    CancelProcessInstance, Command, CreateProcessInstance, PublishMessage, Response, TenantId,
};

use crate::rig::{Rig, create_command, doc};

fn create(id: &str, variables: &str, change: impl FnOnce(&mut CreateProcessInstance)) -> Command {
    match create_command(id, variables) {
        Command::CreateProcessInstance(mut create) => {
            change(&mut create);
            Command::CreateProcessInstance(create)
        }
        other => panic!("{other:?}"),
    }
}

fn ending_after(id: &str, variables: &str, elements: &[&str]) -> Command {
    let elements = elements.iter().map(|&element| element.to_owned()).collect();
    create(id, variables, |create| create.terminate_after = elements)
}

#[test]
fn an_instance_ends_after_an_element_has_completed() {
    let mut rig = Rig::new();
    rig.deploy("two_service_tasks.bpmn");
    rig.ok(1, ending_after("two_service_tasks", "", &["collect_money"]));
    rig.take_log();
    assert_eq!(rig.work("collect-money", ""), 1);
    assert_snapshot!(rig.take_log());
    assert_eq!(rig.work("ship-parcel", ""), 0);
}

#[test]
fn an_instance_ends_after_an_element_was_terminated() {
    let mut rig = Rig::new();
    rig.deploy("boundary_message.bpmn");
    rig.ok(1, ending_after("boundary_message", r#"{"order_id":"7"}"#, &["work"]));
    rig.take_log();
    rig.ok(
        1,
        Command::PublishMessage(PublishMessage {
            name: "cancel order".into(),
            correlation_key: "7".into(),
            time_to_live_ms: 0,
            message_id: String::new(),
            variables: doc(""),
            tenant_id: TenantId::default(),
        }),
    );
    let log = rig.take_log();
    assert!(log.contains("E RUNTIME_INSTRUCTION:INTERRUPTED k2 \"work\""), "{log}");
    assert!(log.contains("E PROCESS_INSTANCE:ELEMENT_TERMINATED k2 \"boundary_message\""), "{log}");
    assert!(!log.contains("ELEMENT_COMPLETED"), "nothing goes on: {log}");
}

#[test]
fn what_runs_beside_the_element_ends_too() {
    let mut rig = Rig::new();
    rig.deploy("parallel_gateway.bpmn");
    rig.ok(1, ending_after("parallel_gateway", "", &["write_invoice", "pack_parcel"]));
    rig.take_log();
    assert_eq!(rig.work("pack-parcel", ""), 1);
    let log = rig.take_log();
    assert_eq!(log.matches("RUNTIME_INSTRUCTION:INTERRUPTED").count(), 1, "{log}");
    assert!(log.contains("JOB:CANCELED"), "{log}");
    assert!(log.contains("E PROCESS_INSTANCE:ELEMENT_TERMINATED k2 \"parallel_gateway\""), "{log}");
    assert_eq!(rig.work("write-invoice", ""), 0);
}

#[test]
fn an_element_in_a_subprocess_ends_the_whole_instance() {
    let mut rig = Rig::new();
    rig.deploy("nested_subprocess.bpmn");
    rig.ok(1, ending_after("nested_subprocess", "", &["work"]));
    rig.take_log();
    assert_eq!(rig.work("work", ""), 1);
    let log = rig.take_log();
    for element in ["inner", "outer", "nested_subprocess"] {
        assert!(log.contains(&format!("\"{element}\"")), "{log}");
    }
    assert!(!log.contains("ELEMENT_COMPLETED k2 "), "{log}");
    assert!(log.contains("E PROCESS_INSTANCE:ELEMENT_TERMINATED k2 "), "{log}");
}

#[test]
fn a_whole_multi_instance_activity_is_waited_for() {
    let mut rig = Rig::new();
    rig.deploy("multi_instance_parallel.bpmn");
    rig.ok(1, ending_after("multi_instance_parallel", r#"{"items":[1,2]}"#, &["pack"]));
    rig.take_log();
    let jobs = rig.activate("pack");
    assert_eq!(jobs.len(), 2);
    rig.complete(jobs[0].key, "");
    assert!(!rig.take_log().contains("RUNTIME_INSTRUCTION"));
    rig.complete(jobs[1].key, "");
    let log = rig.take_log();
    assert!(log.contains("RUNTIME_INSTRUCTION:INTERRUPTED k2"), "{log}");
    assert!(log.contains("E PROCESS_INSTANCE:ELEMENT_TERMINATED k2 "), "{log}");
}

#[test]
fn an_instance_that_is_cancelled_is_not_ended_again() {
    let mut rig = Rig::new();
    rig.deploy("two_service_tasks.bpmn");
    let command = ending_after("two_service_tasks", "", &["collect_money"]);
    let Response::Created(created) = rig.ok(1, command) else { panic!("not created") };
    rig.take_log();
    let cancel =
        CancelProcessInstance { process_instance_key: created.key, operation_reference: 0 };
    rig.ok(1, Command::CancelProcessInstance(cancel));
    let log = rig.take_log();
    assert!(!log.contains("RUNTIME_INSTRUCTION"), "{log}");
}

#[test]
fn only_elements_of_the_process_can_end_it() {
    let mut rig = Rig::new();
    rig.deploy("two_service_tasks.bpmn");
    assert_snapshot!(
        rig.rejected(1, ending_after("two_service_tasks", "", &["ship_parcel", "nothing"])),
        @"INVALID_ARGUMENT: Expected to create instance of process with runtime instructions but no element found with id 'nothing'."
    );
    assert_snapshot!(
        rig.rejected(1, ending_after("two_service_tasks", "", &["two_service_tasks"])),
        @"INVALID_ARGUMENT: Expected to create instance of process with runtime instructions but the element with id 'two_service_tasks' is the process itself, which ends anyway. Name an element of it."
    );
}
