//! Escalation events.

use insta::assert_snapshot;

use crate::rig::Rig;

fn completed(id: &str) -> String {
    format!("E PROCESS_INSTANCE:ELEMENT_COMPLETED k2 {id:?}")
}

#[test]
fn an_interrupting_boundary_event_ends_the_subprocess() {
    let mut rig = Rig::new();
    rig.deploy("escalation_boundary.bpmn");
    rig.create("escalation_boundary", "");
    let job = rig.activate("look")[0].key;
    rig.take_log();
    rig.complete(job, "");
    assert_snapshot!("escalation_boundary", rig.take_log());
    assert!(rig.activate("decide").is_empty());
    rig.work("manager", "");
    assert!(rig.take_log().contains(&completed("escalation_boundary")));
}

#[test]
fn a_boundary_event_that_does_not_interrupt_lets_the_throw_event_go_on() {
    let mut rig = Rig::new();
    rig.deploy("escalation_boundary_non_interrupting.bpmn");
    rig.create("escalation_boundary_non_interrupting", "");
    assert_snapshot!("escalation_boundary_beside", rig.take_log());
    assert_eq!(rig.work("manager", "") + rig.work("decide", ""), 2);
    assert!(rig.take_log().contains(&completed("escalation_boundary_non_interrupting")));
}

#[test]
fn an_end_event_escalates() {
    let mut rig = Rig::new();
    rig.deploy("escalation_end.bpmn");
    rig.create("escalation_end", "");
    let log = rig.take_log();
    assert!(log.contains("E PROCESS_INSTANCE:ELEMENT_TERMINATED k6 \"review\""), "{log}");
    rig.work("manager", "");
    assert!(rig.take_log().contains(&completed("escalation_end")));
}

#[test]
fn an_event_subprocess_interrupts_the_scope_that_escalated() {
    let mut rig = Rig::new();
    rig.deploy("escalation_event_subprocess.bpmn");
    rig.create("escalation_event_subprocess", "");
    assert_snapshot!("escalation_event_subprocess", rig.take_log());
    assert!(rig.activate("work").is_empty());
    rig.work("undo", "");
    assert!(rig.take_log().contains(&completed("escalation_event_subprocess")));
}

#[test]
fn an_event_subprocess_runs_beside_the_scope_that_escalated() {
    let mut rig = Rig::new();
    rig.deploy("escalation_event_subprocess_non_interrupting.bpmn");
    rig.create("escalation_event_subprocess_non_interrupting", "");
    assert_eq!(rig.work("work", "") + rig.work("undo", ""), 2);
    assert!(rig.take_log().contains(&completed("escalation_event_subprocess_non_interrupting")));
}

#[test]
fn an_escalation_that_nothing_catches_is_no_incident() {
    let mut rig = Rig::new();
    rig.deploy("escalation_not_caught.bpmn");
    rig.create("escalation_not_caught", r#"{"level":"HIGH"}"#);
    assert_snapshot!("escalation_not_caught", rig.take_log());
}

#[test]
fn a_code_that_is_no_text_is_an_incident() {
    let mut rig = Rig::new();
    rig.deploy("escalation_not_caught.bpmn");
    rig.create("escalation_not_caught", r#"{"level":3}"#);
    let log = rig.take_log();
    assert!(log.contains("E INCIDENT:CREATED") && log.contains("EXTRACT_VALUE_ERROR"), "{log}");
}
