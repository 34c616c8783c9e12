//! Compensation.

use insta::assert_snapshot;
use skep_record::{CancelProcessInstance, Command, ThrowError};

use crate::rig::{Rig, doc};

fn completed(id: &str) -> String {
    format!("E PROCESS_INSTANCE:ELEMENT_COMPLETED k2 {id:?}")
}

#[test]
fn a_throw_event_waits_for_all_handlers_of_its_scope() {
    let mut rig = Rig::new();
    rig.deploy("compensation_throw.bpmn");
    rig.create("compensation_throw", "");
    rig.work("hotel", "");
    let job = rig.activate("flight")[0].key;
    rig.take_log();
    rig.complete(job, "");
    assert_snapshot!("compensation_triggered", rig.take_log());
    rig.work("undo-hotel", "");
    assert!(rig.activate("after").is_empty());
    let job = rig.activate("undo-flight")[0].key;
    rig.take_log();
    rig.complete(job, "");
    assert_snapshot!("compensation_completed", rig.take_log());
    rig.work("after", "");
    let log = rig.take_log();
    assert!(log.contains(&completed("compensation_throw")), "{log}");
    assert!(!log.contains("COMPENSATION_SUBSCRIPTION:DELETED"), "{log}");
}

#[test]
fn one_activity_is_compensated_before_the_rest() {
    let mut rig = Rig::new();
    rig.deploy("compensation_activity.bpmn");
    rig.create("compensation_activity", "");
    rig.work("hotel", "");
    rig.work("flight", "");
    assert!(rig.activate("undo-hotel").is_empty());
    assert_eq!(rig.work("undo-flight", ""), 1);
    // It was compensated already: only the other one is left.
    assert!(rig.activate("undo-flight").is_empty());
    assert_eq!(rig.work("undo-hotel", ""), 1);
    assert!(rig.take_log().contains(&completed("compensation_activity")));
}

#[test]
fn a_completed_subprocess_is_compensated_from_the_top_down() {
    let mut rig = Rig::new();
    rig.deploy("compensation_subprocess.bpmn");
    rig.create("compensation_subprocess", "");
    rig.work("hotel", "");
    let job = rig.activate("flight")[0].key;
    rig.take_log();
    rig.complete(job, "");
    assert_snapshot!("compensation_subprocess", rig.take_log());
    assert_eq!(rig.work("undo-hotel", ""), 1);
    let job = rig.activate("undo-flight")[0].key;
    rig.take_log();
    rig.complete(job, "");
    assert_snapshot!("compensation_subprocess_done", rig.take_log());
}

#[test]
fn an_event_subprocess_compensates_the_scope_around_it() {
    let mut rig = Rig::new();
    rig.deploy("compensation_event_subprocess.bpmn");
    rig.create("compensation_event_subprocess", "");
    rig.work("hotel", "");
    let job_key = rig.activate("pay")[0].key;
    rig.ok(
        1,
        Command::ThrowError(ThrowError {
            job_key,
            error_code: "ANY".into(),
            error_message: String::new(),
            variables: doc("{}"),
        }),
    );
    assert_eq!(rig.work("undo-hotel", ""), 1);
    assert!(rig.take_log().contains(&completed("compensation_event_subprocess")));
}

#[test]
fn a_handler_runs_as_often_as_its_activity_was_completed() {
    let mut rig = Rig::new();
    rig.deploy("compensation_loop.bpmn");
    rig.create("compensation_loop", r#"{"done":false}"#);
    rig.work("hotel", "");
    rig.work("hotel", "");
    rig.work("hotel", r#"{"done":true}"#);
    assert_eq!(rig.work("undo-hotel", ""), 3);
    assert!(rig.take_log().contains(&completed("compensation_loop")));
}

#[test]
fn what_is_not_completed_is_not_compensated() {
    let mut rig = Rig::new();
    rig.deploy("compensation_terminated.bpmn");
    rig.create("compensation_terminated", "");
    rig.work("hotel", "");
    rig.take_log();
    // The subprocess is interrupted: what was done in it is forgotten.
    rig.advance(3_600_000);
    assert_snapshot!("compensation_forgotten", rig.take_log());
    assert!(rig.activate("undo-hotel").is_empty());
}

#[test]
fn subscriptions_end_with_their_process_instance() {
    let mut rig = Rig::new();
    rig.deploy("compensation_event_subprocess.bpmn");
    let key = rig.create("compensation_event_subprocess", "");
    rig.work("hotel", "");
    rig.take_log();
    rig.work("pay", "");
    let log = rig.take_log();
    assert!(log.contains("E COMPENSATION_SUBSCRIPTION:DELETED"), "{log}");
    assert!(log.contains(&completed("compensation_event_subprocess")), "{log}");
    let other = rig.create("compensation_event_subprocess", "");
    assert_ne!(key, other);
    rig.work("hotel", "");
    rig.take_log();
    let cancel = CancelProcessInstance { process_instance_key: other, operation_reference: 0 };
    rig.ok(1, Command::CancelProcessInstance(cancel));
    assert_snapshot!("compensation_terminated", rig.take_log());
}

#[test]
fn terminating_ends_running_handlers() {
    let mut rig = Rig::new();
    rig.deploy("compensation_throw.bpmn");
    let key = rig.create("compensation_throw", "");
    rig.work("hotel", "");
    rig.work("flight", "");
    rig.take_log();
    let cancel = CancelProcessInstance { process_instance_key: key, operation_reference: 0 };
    rig.ok(1, Command::CancelProcessInstance(cancel));
    let log = rig.take_log();
    assert_eq!(log.matches("E COMPENSATION_SUBSCRIPTION:DELETED").count(), 2, "{log}");
    assert_eq!(log.matches("E JOB:CANCELED").count(), 2, "{log}");
    assert!(rig.activate("undo-hotel").is_empty());
}

#[test]
fn a_handler_that_fails_is_an_incident_of_its_own() {
    let mut rig = Rig::new();
    let model = crate::rig::fixture("compensation_throw.bpmn")
        .replace("type=\"undo-hotel\"", "type=\"=missing\"");
    rig.deploy_text("model.bpmn", &model);
    rig.create("compensation_throw", "");
    rig.work("hotel", "");
    rig.work("flight", "");
    let log = rig.take_log();
    assert!(log.contains("E INCIDENT:CREATED") && log.contains("\"undo_hotel\""), "{log}");
}
