//! Incidents and their resolution.

use insta::assert_snapshot;

use crate::{
    job::{incident_key, resolve},
    rig::Rig,
    variable::set,
};

/// Creates an instance that gets stuck, corrects its variables and resolves the incident.
fn check(fixture: &str, process: &str, wrong: &str, right: &str) -> String {
    check_text(&crate::rig::fixture(fixture), process, wrong, right)
}

fn check_text(text: &str, process: &str, wrong: &str, right: &str) -> String {
    let mut rig = Rig::new();
    rig.deploy_text("model.bpmn", text);
    let key = rig.create(process, wrong);
    let log = rig.take_log();
    let incident = incident_key(&log);
    let line = log.lines().rfind(|line| line.contains("INCIDENT:CREATED")).unwrap().to_owned();
    // Without a correction the same step fails again, with a new incident.
    rig.ok(1, resolve(incident));
    let again = rig.take_log();
    assert_ne!(incident_key(&again), incident);
    rig.ok(1, set(key.0, right, false));
    rig.ok(1, resolve(incident_key(&again)));
    let log = rig.take_log();
    assert!(!log.contains("INCIDENT:CREATED"), "{log}");
    line
}

#[test]
fn a_gateway_without_a_way_out() {
    let line = check(
        "exclusive_gateway_without_default.bpmn",
        "exclusive_gateway_without_default",
        r#"{"total":50}"#,
        r#"{"total":100}"#,
    );
    assert_snapshot!(line);
}

#[test]
fn a_condition_that_is_no_boolean() {
    let line = check(
        "exclusive_gateway_without_default.bpmn",
        "exclusive_gateway_without_default",
        "{}",
        r#"{"total":1}"#,
    );
    assert_snapshot!(line);
}

#[test]
fn a_correlation_key_that_is_missing() {
    let line = check("message_catch.bpmn", "message_catch", "{}", r#"{"order_id":1}"#);
    assert_snapshot!(line);
    // A boundary event's key is evaluated in the flow scope, and no job is created before.
    let line = check("boundary_message.bpmn", "boundary_message", "{}", r#"{"order_id":1}"#);
    assert_snapshot!(line);
}

#[test]
fn a_timer_that_cannot_be_computed() {
    let line = check(
        "timer_catch_expression.bpmn",
        "timer_catch_expression",
        r#"{"pause":"soon"}"#,
        r#"{"pause":"PT1H"}"#,
    );
    assert_snapshot!(line);
}

#[test]
fn a_job_type_that_is_no_string() {
    let line = check(
        "headers.bpmn",
        "headers",
        r#"{"provider":1,"attempts":1}"#,
        r#"{"provider":"visa"}"#,
    );
    assert_snapshot!(line);
}

#[test]
fn a_mapping_that_fails() {
    let text = crate::rig::fixture("mappings.bpmn")
        .replace("=order.total", "=assert(order, order != null).total");
    let line = check_text(&text, "mappings", "{}", r#"{"order":{"total":1}}"#);
    assert_snapshot!(line);
    // An output mapping fails as the task completes; the job is done by then.
    let text = crate::rig::fixture("mappings.bpmn")
        .replace("=receipt", "=assert(receipt, receipt != null)");
    let mut rig = Rig::new();
    rig.deploy_text("mappings.bpmn", &text);
    let key = rig.create("mappings", r#"{"order":{"total":1}}"#);
    rig.work("charge-card", r#"{"other":1}"#);
    let log = rig.take_log();
    assert!(log.contains("IO_MAPPING_ERROR"), "{log}");
    rig.ok(1, set(key.0, r#"{"receipt":"r"}"#, true));
    rig.ok(1, resolve(incident_key(&log)));
    let log = rig.take_log();
    assert!(log.contains("ELEMENT_COMPLETED k2 \"mappings\""), "{log}");
}

#[test]
fn a_form_that_is_not_deployed() {
    let text = crate::rig::fixture("user_task.bpmn")
        .replace("formKey=\"camunda-forms:bpmn:approve_form\"", "formId=\"approve\"");
    let mut rig = Rig::new();
    rig.deploy_text("user_task.bpmn", &text);
    rig.create("user_task", r#"{"requester":"eve"}"#);
    let log = rig.take_log();
    assert!(log.contains("FORM_NOT_FOUND") && !log.contains("JOB:CREATED"), "{log}");
}

#[test]
fn what_is_terminated_needs_no_resolution() {
    let mut rig = Rig::new();
    rig.deploy("message_catch.bpmn");
    let key = rig.create("message_catch", "{}");
    let incident = incident_key(&rig.take_log());
    rig.ok(
        1,
        skep_record::Command::CancelProcessInstance(skep_record::CancelProcessInstance {
            process_instance_key: key,
            operation_reference: 0,
        }),
    );
    let log = rig.take_log();
    assert!(log.contains("E INCIDENT:RESOLVED"), "{log}");
    assert!(rig.rejected(1, resolve(incident)).starts_with("NOT_FOUND"));
}
