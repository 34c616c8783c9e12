//! Deletion of what was deployed.

use insta::assert_snapshot;
use skep_record::*;

use crate::{
    decision::deployed,
    rig::{Rig, create_command, deploy_command, dmn, fixture, form},
};

fn delete(resource_key: i64) -> Command {
    Command::DeleteResource(DeleteResource { resource_key, operation_reference: 0 })
}

fn create_by_key(key: ProcessDefinitionKey) -> Command {
    match create_command("", "{}") {
        Command::CreateProcessInstance(create) => {
            Command::CreateProcessInstance(CreateProcessInstance {
                definition: DefinitionRef::Key(key),
                ..create
            })
        }
        other => other,
    }
}

#[test]
fn a_deleted_process_cannot_be_started() {
    let mut rig = Rig::new();
    let first = rig.deploy("service_task.bpmn").processes[0].clone();
    rig.take_log();
    assert_eq!(rig.ok(1, delete(first.key.0)), Response::Done);
    assert_snapshot!(rig.take_log());
    assert!(rig.rejected(1, create_command("order_process", "")).starts_with("NOT_FOUND"));
    assert!(rig.rejected(1, create_by_key(first.key)).starts_with("NOT_FOUND"));
    assert!(rig.rejected(1, delete(first.key.0)).starts_with("NOT_FOUND"));
    // A version is not given out again.
    let again = rig.deploy("service_task.bpmn").processes[0].clone();
    assert_eq!((again.version, again.duplicate), (2, false));
    rig.create("order_process", "");
}

#[test]
fn what_is_not_there_cannot_be_deleted() {
    let mut rig = Rig::new();
    let key = PartitionId(1).key(999);
    assert_snapshot!(rig.rejected(1, delete(key)), @"NOT_FOUND: Expected to delete resource but no resource found with key `2251799813686247`");
    // A decision goes with its graph, not alone.
    let decisions = deployed(&mut rig, &[("d.dmn", &dmn("version_tag.dmn"))]).decisions;
    assert!(rig.rejected(1, delete(decisions[0].key.0)).starts_with("NOT_FOUND"));
}

#[test]
fn a_deleted_process_ends_with_its_last_instance() {
    let mut rig = Rig::new();
    let definition = rig.deploy("service_task.bpmn").processes[0].clone();
    let cancelled = rig.create("order_process", "");
    rig.create("order_process", "");
    rig.take_log();
    rig.ok(1, delete(definition.key.0));
    let log = rig.take_log();
    assert!(log.contains("PROCESS:DELETING") && !log.contains("E PROCESS:DELETED"), "{log}");
    assert!(rig.rejected(1, create_command("order_process", "")).starts_with("NOT_FOUND"));
    rig.ok(
        1,
        Command::CancelProcessInstance(CancelProcessInstance {
            process_instance_key: cancelled,
            operation_reference: 0,
        }),
    );
    let log = rig.take_log();
    assert!(!log.contains("E PROCESS:DELETED"), "{log}");
    assert_eq!(rig.work("payment-service", "{}"), 1);
    let log = rig.take_log();
    assert!(log.contains("E PROCESS:DELETED k1 \"order_process\" v1"), "{log}");
    // Another version goes on beside it.
    rig.deploy("service_task.bpmn");
    rig.create("order_process", "");
    assert_eq!(rig.work("payment-service", "{}"), 1);
    assert!(!rig.take_log().contains("PROCESS:DELETED"));
}

#[test]
fn the_version_before_takes_over_the_start_events() {
    for (file, closed, opened) in [
        (
            "message_start.bpmn",
            "E MESSAGE_START_EVENT_SUBSCRIPTION:DELETED",
            "E MESSAGE_START_EVENT_SUBSCRIPTION:CREATED",
        ),
        ("signal_start.bpmn", "E SIGNAL_SUBSCRIPTION:DELETED", "E SIGNAL_SUBSCRIPTION:CREATED"),
        ("timer_start.bpmn", "E TIMER:CANCELED", "E TIMER:CREATED"),
    ] {
        let mut rig = Rig::new();
        let text = fixture(file);
        let first = rig.deploy_text("a.bpmn", &text).processes[0].clone();
        let second = rig.deploy_text("a.bpmn", &(text + "\n")).processes[0].clone();
        rig.take_log();
        rig.ok(1, delete(second.key.0));
        let log = rig.take_log();
        let (closed_at, opened_at) = (log.find(closed), log.find(opened));
        assert!(closed_at.is_some() && closed_at < opened_at, "{log}");
        // An old version that is deleted changes nothing.
        let third = rig.deploy_text("a.bpmn", &(fixture(file) + "\n\n")).processes[0].clone();
        assert_eq!(third.version, 3);
        rig.take_log();
        rig.ok(1, delete(first.key.0));
        let log = rig.take_log();
        assert!(!log.contains(closed) && !log.contains(opened), "{log}");
        // The last one leaves nothing that waits.
        rig.ok(1, delete(third.key.0));
        let log = rig.take_log();
        assert!(log.contains(closed) && !log.contains(opened), "{log}");
    }
}

#[test]
fn a_deleted_graph_takes_its_decisions_along() {
    let mut rig = Rig::new();
    let decisions = dmn("version_tag.dmn");
    let newer = decisions.replace("<text>1</text>", "<text>\"newer\"</text>");
    deployed(&mut rig, &[("d.dmn", &decisions)]);
    let second = deployed(&mut rig, &[("d.dmn", &newer)]);
    rig.take_log();
    rig.ok(1, delete(second.decision_requirements[0].key.0));
    assert_snapshot!(rig.take_log());
    // The versions before count again.
    rig.deploy("decision_task_tagged.bpmn");
    rig.create("decision_task_tagged", "{}");
    let log = rig.take_log();
    assert!(log.contains("\"tagged\" v1 "), "{log}");
    let again = deployed(&mut rig, &[("d.dmn", &decisions)]);
    assert!(again.decisions[0].duplicate);
    let third = deployed(&mut rig, &[("d.dmn", &newer)]);
    assert_eq!((third.decision_requirements[0].version, third.decisions[0].version), (3, 3));
}

#[test]
fn forms_and_other_files_are_deleted() {
    let mut rig = Rig::new();
    let first =
        deployed(&mut rig, &[("f.form", &form("approve.form")), ("r.rpa", r#"{"id":"robot"}"#)]);
    rig.take_log();
    rig.ok(1, delete(first.forms[0].key.0));
    rig.ok(1, delete(first.resources[0].key.0));
    let log = rig.take_log();
    assert!(log.contains("E FORM:DELETED k1 \"approve\" v1"), "{log}");
    assert!(log.contains("E RESOURCE:DELETED k2 \"robot\" v1"), "{log}");
    let text = fixture("user_task.bpmn")
        .replace("formKey=\"camunda-forms:bpmn:approve_form\"", "formId=\"approve\"");
    rig.deploy_text("user_task.bpmn", &text);
    rig.create("user_task", r#"{"requester":"eve"}"#);
    assert!(rig.take_log().contains("FORM_NOT_FOUND"));
}

#[test]
fn every_partition_deletes() {
    let mut rig = Rig::with_partitions(3);
    let definition = rig.deploy("service_task.bpmn").processes[0].clone();
    rig.create_on(2, "order_process", "");
    rig.take_log();
    rig.ok(1, delete(definition.key.0));
    assert_snapshot!(rig.take_log());
    for partition in 1..=3 {
        let command = create_command("order_process", "");
        assert!(rig.rejected(partition, command).starts_with("NOT_FOUND"));
    }
    let jobs = rig.activate_on(2, "payment-service");
    rig.complete(jobs[0].key, "{}");
    let log = rig.take_log();
    assert!(log.contains("2 E PROCESS:DELETED"), "{log}");
}

#[test]
fn a_deletion_that_overtakes_its_deployment_comes_again() {
    let mut rig = Rig::with_partitions(2);
    rig.deliver = false;
    let text = fixture("service_task.bpmn");
    let Response::Deployed(deployment) = rig.ok(1, deploy_command("a.bpmn", &text)) else {
        panic!()
    };
    let late = rig.in_flight.pop_front().unwrap();
    rig.ok(1, delete(deployment.processes[0].key.0));
    rig.deliver = true;
    rig.settle();
    let log = rig.take_log();
    assert!(log.contains("2 R RESOURCE_DELETION:DELETE"), "{log}");
    // The deployment arrives, and then the deletion once more.
    rig.submit(late.0.0, late.1);
    rig.advance(60_000);
    let log = rig.take_log();
    assert!(log.contains("2 E PROCESS:CREATED"), "{log}");
    assert!(log.contains("2 E PROCESS:DELETED"), "{log}");
    assert!(log.contains("1 E COMMAND_DISTRIBUTION:FINISHED"), "{log}");
    assert!(rig.rejected(2, create_command("order_process", "")).starts_with("NOT_FOUND"));
}

#[test]
fn a_deployment_that_is_sent_again_leaves_out_what_was_deleted() {
    let mut rig = Rig::with_partitions(2);
    rig.lose = Some(0);
    let text = fixture("service_task.bpmn");
    let Response::Deployed(deployment) = rig.ok(1, deploy_command("a.bpmn", &text)) else {
        panic!()
    };
    rig.ok(1, delete(deployment.processes[0].key.0));
    rig.advance(120_000);
    let log = rig.take_log();
    assert!(!log.contains("2 E PROCESS:CREATED"), "{log}");
    assert!(log.contains("2 E RESOURCE_DELETION:DELETED"), "{log}");
    assert!(rig.rejected(2, create_command("order_process", "")).starts_with("NOT_FOUND"));
}

#[test]
fn a_deployment_that_comes_long_after_its_deletion_is_not_carried_out_again() {
    let mut rig = Rig::with_partitions(2);
    rig.deliver = false;
    let text = fixture("service_task.bpmn");
    let Response::Deployed(deployment) = rig.ok(1, deploy_command("a.bpmn", &text)) else {
        panic!()
    };
    let late = rig.in_flight.front().unwrap().clone();
    rig.deliver = true;
    rig.settle();
    rig.ok(1, delete(deployment.processes[0].key.0));
    rig.take_log();
    rig.submit(late.0.0, late.1);
    let log = rig.take_log();
    assert!(log.contains("2 R DEPLOYMENT:CREATE"), "{log}");
    assert!(rig.rejected(2, create_command("order_process", "")).starts_with("NOT_FOUND"));
}
