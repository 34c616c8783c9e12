//! BPMN errors.

use insta::assert_snapshot;
use skep_record::{Command, JobKey, ThrowError};

use crate::rig::{Rig, doc};

fn throw(job_key: JobKey, code: &str) -> Command {
    Command::ThrowError(ThrowError {
        job_key,
        error_code: code.into(),
        error_message: "no money".into(),
        variables: doc(r#"{"reason":"limit"}"#),
    })
}

#[test]
fn a_worker_s_error_is_caught_by_its_code() {
    let mut rig = Rig::new();
    rig.deploy("boundary_error.bpmn");
    rig.create("boundary_error", "");
    let job = rig.activate("work")[0].key;
    rig.take_log();
    rig.ok(1, throw(job, "CARD_DECLINED"));
    assert_snapshot!("boundary_error", rig.take_log());
    let again = rig.rejected(1, throw(job, "CARD_DECLINED"));
    assert!(again.starts_with("NOT_FOUND: Expected to throw an error for job"), "{again}");
}

#[test]
fn an_error_that_nothing_catches_is_an_incident() {
    let mut rig = Rig::new();
    rig.deploy("boundary_error.bpmn");
    rig.create("boundary_error", "");
    let job = rig.activate("work")[0].key;
    rig.take_log();
    rig.ok(1, throw(job, "SOLD_OUT"));
    assert_snapshot!("error_not_caught", rig.take_log());
    let again = rig.rejected(1, throw(job, "SOLD_OUT"));
    assert!(again.contains("but it is in state 'ERROR_THROWN'"), "{again}");
    assert!(rig.activate("work").is_empty());
}

#[test]
fn a_boundary_event_without_code_catches_every_error() {
    let mut rig = Rig::new();
    rig.deploy("boundary_error_catch_all.bpmn");
    rig.create("boundary_error_catch_all", "");
    let job = rig.activate("work")[0].key;
    rig.take_log();
    rig.ok(1, throw(job, "ANY"));
    assert!(rig.take_log().contains("BOUNDARY_EVENT"));
}

#[test]
fn an_error_end_event_interrupts_its_subprocess() {
    let mut rig = Rig::new();
    rig.deploy("error_end.bpmn");
    rig.create("error_end", "");
    assert_snapshot!("error_end", rig.take_log());
}

#[test]
fn an_error_end_event_that_nothing_catches_is_an_incident() {
    let mut rig = Rig::new();
    rig.deploy("error_end_uncaught.bpmn");
    rig.create("error_end_uncaught", "");
    let log = rig.take_log();
    assert!(log.contains("INCIDENT:CREATED"), "{log}");
    assert!(log.contains("UNHANDLED_ERROR_EVENT"), "{log}");
}
