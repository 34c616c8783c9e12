//! Execution listeners.

use insta::assert_snapshot;
use skep_record::{
    CancelProcessInstance, Command, FailJob, JobKey, JobKind, ListenerEvent, ResolveIncident,
    ThrowError, UpdateJobRetries,
};

use crate::{
    rig::{Rig, doc},
    variable::set,
};

fn rig() -> Rig {
    let mut rig = Rig::new();
    rig.deploy("execution_listeners.bpmn");
    rig.take_log();
    rig
}

const VARIABLES: &str = r#"{"job":"work","second":"check"}"#;

#[test]
fn listeners_have_their_turn_before_start_and_end() {
    let mut rig = rig();
    rig.create("execution_listeners", VARIABLES);
    assert_eq!(rig.work("process-start", r#"{"from":"process"}"#), 1);
    let job = rig.activate("prepare").remove(0);
    assert_eq!(job.kind, JobKind::ExecutionListener(ListenerEvent::Start));
    assert_eq!(job.custom_headers.to_json(), r#"{"area":"north"}"#);
    rig.complete(job.key, r#"{"base":10}"#);
    let job = rig.activate("check").remove(0);
    assert_eq!(job.retries, 2);
    rig.complete(job.key, "{}");
    let job = rig.activate("work").remove(0);
    assert_eq!(job.kind, JobKind::BpmnElement);
    assert_eq!(
        job.variables.to_json(),
        r#"{"base":10,"from":"process","job":"work","second":"check"}"#
    );
    rig.complete(job.key, r#"{"given":5}"#);
    let job = rig.activate("clean-up").remove(0);
    assert_eq!(job.kind, JobKind::ExecutionListener(ListenerEvent::End));
    rig.complete(job.key, r#"{"cleaned":true}"#);
    assert_eq!(rig.work("look", "{}"), 1);
    let job = rig.activate("process-end").remove(0);
    assert_eq!(
        job.variables.to_json(),
        r#"{"cleaned":true,"from":"process","job":"work","second":"check","sum":15}"#
    );
    rig.complete(job.key, "{}");
    assert_snapshot!("listeners", rig.take_log());
}

fn to_second_listener(rig: &mut Rig, variables: &str) -> skep_record::ProcessInstanceKey {
    let root = rig.create("execution_listeners", variables);
    rig.work("process-start", "{}");
    rig.work("prepare", "{}");
    root
}

fn fail(rig: &mut Rig, job_key: JobKey) {
    rig.ok(
        1,
        Command::FailJob(FailJob {
            job_key,
            retries: 0,
            retry_back_off_ms: 0,
            error_message: "no stock".into(),
            variables: doc("{}"),
        }),
    );
}

fn resolve(rig: &mut Rig) {
    let incident_key = *rig.incidents.last().unwrap();
    rig.ok(1, Command::ResolveIncident(ResolveIncident { incident_key, operation_reference: 0 }));
}

#[test]
fn a_listener_without_retries_alone_runs_again() {
    let mut rig = rig();
    to_second_listener(&mut rig, VARIABLES);
    let job_key = rig.activate("check")[0].key;
    rig.take_log();
    fail(&mut rig, job_key);
    let update = UpdateJobRetries { job_key, retries: 1, operation_reference: 0 };
    rig.ok(1, Command::UpdateJobRetries(update));
    resolve(&mut rig);
    assert_snapshot!("listener_failed", rig.take_log());
    assert_eq!(rig.work("check", "{}"), 1);
    assert_eq!(rig.work("work", "{}"), 1);
}

#[test]
fn a_listener_that_cannot_be_created_makes_all_run_again() {
    let mut rig = rig();
    let root = to_second_listener(&mut rig, r#"{"job":"work","second":2}"#);
    let log = rig.take_log();
    assert_snapshot!("listener_wrong", log.lines().last().unwrap());
    rig.ok(1, set(root.0, r#"{"second":"check"}"#, true));
    resolve(&mut rig);
    assert_eq!(rig.work("prepare", "{}"), 1);
    assert_eq!(rig.work("check", "{}"), 1);
    assert_eq!(rig.activate("work").len(), 1);
}

#[test]
fn a_failing_element_makes_its_listeners_run_again() {
    let mut rig = rig();
    let root = to_second_listener(&mut rig, r#"{"job":7,"second":"check"}"#);
    assert_eq!(rig.work("check", "{}"), 1);
    rig.ok(1, set(root.0, r#"{"job":"work"}"#, true));
    resolve(&mut rig);
    assert_eq!(rig.work("prepare", "{}"), 1);
    assert_eq!(rig.work("check", "{}"), 1);
    let job = rig.activate("work").remove(0);
    rig.complete(job.key, r#"{"given":"text"}"#);
    // The output mapping gives null, which is no failure; the end listener follows.
    assert_eq!(rig.activate("clean-up").len(), 1);
}

#[test]
fn a_listener_ends_with_its_element_and_throws_no_errors() {
    let mut rig = rig();
    let process_instance_key = to_second_listener(&mut rig, VARIABLES);
    let job_key = rig.activate("check")[0].key;
    let throw = ThrowError {
        job_key,
        error_code: "A".into(),
        error_message: String::new(),
        variables: doc("{}"),
    };
    let refused = rig.rejected(1, Command::ThrowError(throw));
    assert!(
        refused.starts_with("INVALID_STATE: Cannot throw BPMN error from EXECUTION_LISTENER job"),
        "{refused}"
    );
    rig.take_log();
    let cancel = CancelProcessInstance { process_instance_key, operation_reference: 0 };
    rig.ok(1, Command::CancelProcessInstance(cancel));
    assert_snapshot!("listener_cancelled", rig.take_log());
}
