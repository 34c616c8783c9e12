//! Ad-hoc subprocesses by job worker.

use insta::assert_snapshot;
use skep_record::{
    AdHocActivation, AdHocResult, BroadcastSignal, CancelProcessInstance, Command, CompleteJob,
    FailJob, JobKey, JobKind, JobResult, ProcessInstanceKey, ResolveIncident, TenantId, ThrowError,
    UpdateJobRetries, UserTaskResult,
};

use crate::{
    rig::{Rig, doc},
    variable::set,
};

fn rig() -> (Rig, ProcessInstanceKey) {
    let mut rig = Rig::new();
    rig.deploy("ad_hoc_by_job.bpmn");
    rig.take_log();
    let root = rig.create("ad_hoc_by_job", r#"{"worker":"agent"}"#);
    (rig, root)
}

fn activate(elements: &[(&str, &str)]) -> AdHocResult {
    let element = |(id, variables): &(&str, &str)| AdHocActivation {
        element_id: (*id).into(),
        variables: doc(variables),
    };
    AdHocResult { activate: elements.iter().map(element).collect(), ..Default::default() }
}

fn fulfilled(cancel_remaining: bool) -> AdHocResult {
    AdHocResult { is_completion_condition_fulfilled: true, cancel_remaining, activate: Vec::new() }
}

fn complete(job_key: JobKey, result: JobResult, variables: &str) -> Command {
    let result = Some(Box::new(result));
    Command::CompleteJob(CompleteJob { job_key, variables: doc(variables), result })
}

/// Completes the job of the agent with this answer.
fn answer(rig: &mut Rig, result: AdHocResult) {
    let job_key = rig.activate("agent").remove(0).key;
    rig.ok(1, complete(job_key, JobResult::AdHocSubProcess(result), "{}"));
}

fn broadcast(rig: &mut Rig, name: &str) {
    let signal = BroadcastSignal {
        signal_name: name.into(),
        variables: doc("{}"),
        tenant_id: TenantId::default(),
    };
    rig.ok(1, Command::BroadcastSignal(signal));
}

fn resolve(rig: &mut Rig) {
    let incident_key = *rig.incidents.last().unwrap();
    rig.ok(1, Command::ResolveIncident(ResolveIncident { incident_key, operation_reference: 0 }));
}

fn ends(rig: &mut Rig) -> bool {
    let log = rig.take_log();
    log.lines().any(|line| line.contains("ELEMENT_COMPLETED") && line.contains(" PROCESS scope"))
}

#[test]
fn a_worker_decides_what_is_done_next() {
    let (mut rig, _) = rig();
    let job = rig.activate("agent").remove(0);
    assert_eq!((job.kind, job.retries), (JobKind::AdHocSubProcess, 2));
    assert_eq!(job.custom_headers.to_json(), r#"{"model":"small"}"#);
    assert_eq!(
        job.variables.to_json(),
        r#"{"adHocSubProcessElements":[{"elementId":"call","elementName":"Call the customer","documentation":"Only in office hours.","properties":{"tool":"phone"},"parameters":[{"name":"toolCall.number","description":"Whom to call","type":"string"},{"name":"toolCall.topic","schema":{"enum":["bill","repair"]},"options":{"required":false}}]},{"elementId":"repair"}],"results":[],"worker":"agent"}"#
    );
    let both = activate(&[("call", r#"{"toolCall":{"number":"112"}}"#), ("repair", "{}")]);
    rig.ok(1, complete(job.key, JobResult::AdHocSubProcess(both), r#"{"turn":1}"#));
    assert!(rig.activate("agent").is_empty(), "it is asked when something has ended");
    let call = rig.activate("call").remove(0);
    assert!(call.variables.to_json().contains(r#""number":"112""#));
    rig.complete(call.key, r#"{"result":"spoken"}"#);
    assert_snapshot!("ad_hoc_job", rig.take_log());

    // What the worker is about to say is out of date once something else has ended.
    let outdated = rig.activate("agent").remove(0).key;
    rig.work("repair", "{}");
    rig.work("test", r#"{"result":"works"}"#);
    let refused =
        rig.rejected(1, complete(outdated, JobResult::AdHocSubProcess(fulfilled(true)), "{}"));
    assert!(refused.starts_with("NOT_FOUND"), "{refused}");
    answer(&mut rig, fulfilled(false));
    assert_snapshot!("ad_hoc_job_fulfilled", rig.take_log());
    assert_eq!(rig.engine(1).next_due(), None);
}

#[test]
fn one_tool_can_be_wanted_twice() {
    let (mut rig, _) = rig();
    answer(&mut rig, activate(&[("call", r#"{"n":1}"#), ("call", r#"{"n":2}"#)]));
    assert_eq!(rig.work("call", r#"{"result":1}"#), 2);
    assert_eq!(rig.activate("agent").len(), 1);
}

#[test]
fn what_remains_ends_before_or_with_the_subprocess() {
    let (mut rig, _) = rig();
    answer(&mut rig, activate(&[("call", "{}"), ("repair", "{}")]));
    rig.work("call", r#"{"result":1}"#);
    answer(&mut rig, fulfilled(false));
    assert!(!ends(&mut rig), "the repair goes on");
    rig.work("repair", "{}");
    assert!(rig.activate("agent").is_empty(), "nobody is asked any more");
    rig.work("test", r#"{"result":2}"#);
    assert!(ends(&mut rig));

    rig.create("ad_hoc_by_job", r#"{"worker":"agent"}"#);
    answer(&mut rig, activate(&[("call", "{}"), ("repair", "{}")]));
    rig.work("call", r#"{"result":1}"#);
    rig.take_log();
    answer(&mut rig, fulfilled(true));
    assert_snapshot!("ad_hoc_job_cancels", rig.take_log());
    assert!(rig.activate("repair").is_empty());
}

#[test]
fn something_else_can_take_the_place_of_what_is_active() {
    let (mut rig, _) = rig();
    answer(&mut rig, activate(&[("repair", "{}"), ("call", "{}")]));
    rig.work("call", r#"{"result":1}"#);
    let instead = AdHocResult { cancel_remaining: true, ..activate(&[("call", "{}")]) };
    answer(&mut rig, instead);
    assert!(rig.activate("repair").is_empty());
    assert!(rig.activate("agent").is_empty(), "what was cancelled has not ended by itself");
    assert_eq!(rig.work("call", r#"{"result":2}"#), 1);
    answer(&mut rig, fulfilled(false));
    assert!(ends(&mut rig));
}

#[test]
fn an_answer_without_result_leaves_it_to_others() {
    let (mut rig, _) = rig();
    let job_key = rig.activate("agent").remove(0).key;
    rig.complete(job_key, r#"{"thought":"none"}"#);
    assert!(!ends(&mut rig));
    assert!(rig.activate("agent").is_empty());
    broadcast(&mut rig, "news");
    assert_eq!(rig.activate("agent").len(), 1, "an event subprocess has ended");
}

#[test]
fn wrong_answers_are_refused() {
    let (mut rig, _) = rig();
    let job_key = rig.activate("agent").remove(0).key;
    let both = AdHocResult { activate: activate(&[("call", "{}")]).activate, ..fulfilled(false) };
    let denied = UserTaskResult { denied: true, ..Default::default() };
    let mut refusals = String::new();
    for result in [
        JobResult::AdHocSubProcess(both),
        JobResult::AdHocSubProcess(activate(&[("call", "{}"), ("test", "{}")])),
        JobResult::AdHocSubProcess(activate(&[("nothing", "{}")])),
        JobResult::UserTask(denied),
    ] {
        refusals += &rig.rejected(1, complete(job_key, result, "{}"));
        refusals.push('\n');
    }
    assert_snapshot!("ad_hoc_job_refused", refusals.replace(&job_key.to_string(), "KEY"));
    rig.ok(1, complete(job_key, JobResult::AdHocSubProcess(fulfilled(false)), "{}"));
    assert!(ends(&mut rig));
}

fn fail(rig: &mut Rig, job_key: JobKey) {
    let fail = FailJob {
        job_key,
        retries: 0,
        retry_back_off_ms: 0,
        error_message: "no idea".into(),
        variables: doc("{}"),
    };
    rig.ok(1, Command::FailJob(fail));
}

#[test]
fn a_worker_without_retries_is_an_incident_until_it_is_asked_again() {
    let (mut rig, _) = rig();
    let job_key = rig.activate("agent").remove(0).key;
    fail(&mut rig, job_key);
    let log = rig.take_log();
    assert!(log.contains("AD_HOC_SUB_PROCESS_NO_RETRIES"), "{log}");
    let update = UpdateJobRetries { job_key, retries: 1, operation_reference: 0 };
    rig.ok(1, Command::UpdateJobRetries(update));
    resolve(&mut rig);
    answer(&mut rig, activate(&[("call", "{}"), ("repair", "{}")]));
    rig.work("call", r#"{"result":1}"#);
    let job_key = rig.activate("agent").remove(0).key;
    fail(&mut rig, job_key);
    rig.work("repair", "{}");
    rig.take_log();
    rig.work("test", r#"{"result":2}"#);
    assert_snapshot!("ad_hoc_job_incident", rig.take_log());
    answer(&mut rig, fulfilled(false));
    assert!(ends(&mut rig));
}

#[test]
fn a_job_that_cannot_be_made_again_is_an_incident_of_the_subprocess() {
    let (mut rig, root) = rig();
    answer(&mut rig, activate(&[("call", "{}")]));
    rig.ok(1, set(root.0, r#"{"worker":7}"#, true));
    rig.take_log();
    rig.work("call", r#"{"result":1}"#);
    let log = rig.take_log();
    assert_snapshot!("ad_hoc_job_wrong_type", log.lines().last().unwrap());
    resolve(&mut rig);
    assert!(rig.take_log().contains("INCIDENT:CREATED"), "it is still wrong");
    rig.ok(1, set(root.0, r#"{"worker":"agent"}"#, true));
    resolve(&mut rig);
    answer(&mut rig, fulfilled(false));
    assert!(ends(&mut rig));
}

#[test]
fn an_error_of_the_worker_is_caught_at_the_boundary() {
    let (mut rig, _) = rig();
    answer(&mut rig, activate(&[("repair", "{}"), ("call", "{}")]));
    rig.work("call", r#"{"result":1}"#);
    let job_key = rig.activate("agent").remove(0).key;
    rig.take_log();
    let throw = ThrowError {
        job_key,
        error_code: "GIVEN_UP".into(),
        error_message: String::new(),
        variables: doc("{}"),
    };
    rig.ok(1, Command::ThrowError(throw));
    assert_snapshot!("ad_hoc_job_error", rig.take_log());
    assert_eq!(rig.engine(1).next_due(), None);
}

#[test]
fn an_event_subprocess_asks_the_worker_or_ends_its_say() {
    let (mut rig, _) = rig();
    rig.take_log();
    broadcast(&mut rig, "news");
    assert_snapshot!("ad_hoc_job_event", rig.take_log());
    answer(&mut rig, activate(&[("repair", "{}"), ("call", "{}")]));
    rig.work("call", r#"{"result":1}"#);
    rig.take_log();
    broadcast(&mut rig, "recall");
    assert_snapshot!("ad_hoc_job_interrupted", rig.take_log());
    assert!(rig.activate("agent").is_empty());
    assert_eq!(rig.engine(1).next_due(), None);
}

#[test]
fn a_cancelled_subprocess_takes_its_job_along() {
    let (mut rig, process_instance_key) = rig();
    answer(&mut rig, activate(&[("call", "{}"), ("repair", "{}")]));
    rig.work("call", r#"{"result":1}"#);
    let cancel = CancelProcessInstance { process_instance_key, operation_reference: 0 };
    rig.ok(1, Command::CancelProcessInstance(cancel));
    for job_type in ["agent", "repair"] {
        assert!(rig.activate(job_type).is_empty());
    }
    assert_eq!(rig.engine(1).next_due(), None);
}
