//! `skep worker`: real commands for jobs of the stub.

use std::process::Stdio;

use crate::{
    run::{at, has, run, skep_at},
    stub::{Done, Stub, job},
};

#[test]
fn a_command_gets_the_job_and_its_output_completes_it() {
    let stub = Stub::start();
    stub.add_job(job(1));
    let script = r#"read variables; echo "{\"seen\": $variables, \"key\": $SKEP_JOB_KEY,
        \"element\": \"$SKEP_ELEMENT_ID\", \"headers\": $SKEP_JOB_HEADERS}""#;
    let ran = skep_at(&stub, &["worker", "work", "--count", "1", "--", "sh", "-c", script]);
    has(ran.ok(), &["job 1: completed in"]);
    let [Done::Completed { key: 1, variables }] = &stub.done()[..] else {
        panic!("{:?}", stub.done())
    };
    let variables: serde_json::Value = serde_json::from_str(variables).unwrap();
    let expected = serde_json::json!({
        "seen": {"n": 1}, "key": 1, "element": "task", "headers": {"lane": "fast"},
    });
    assert_eq!(variables, expected);
}

#[test]
fn a_failing_command_fails_the_job_with_the_end_of_its_stderr() {
    let stub = Stub::start();
    stub.add_job(job(1));
    let script = "echo some output; echo card reader is offline >&2; exit 7";
    let ran = skep_at(&stub, &["worker", "work", "--count", "1", "--back-off", "3s", "--", script]);
    has(ran.ok(), &["job 1: failed in"]);
    let done = stub.done();
    let [Done::Failed { key: 1, retries: 2, message, back_off_ms: 3_000, .. }] = &done[..] else {
        panic!("{done:?}")
    };
    has(message, &["exit status: 7", "card reader is offline"]);
}

#[test]
fn a_bpmn_error_is_thrown() {
    let stub = Stub::start();
    stub.add_job(job(1));
    let script = r#"echo '{"bpmnError": {"code": "declined", "message": "limit"}}'"#;
    let ran = skep_at(&stub, &["worker", "work", "--count", "1", "-o", "json", "--", script]);
    assert_eq!(ran.json()["outcome"], "bpmnError");
    let (code, message) = ("declined".to_owned(), "limit".to_owned());
    assert_eq!(stub.done(), [Done::Thrown { key: 1, code, message }]);
}

#[test]
fn a_command_that_does_not_exist_fails_the_job() {
    let stub = Stub::start();
    stub.add_job(job(1));
    skep_at(&stub, &["worker", "work", "--count", "1", "--", "/no/such/command"]).ok();
    let done = stub.done();
    let [Done::Failed { message, .. }] = &done[..] else { panic!("{done:?}") };
    has(message, &["cannot run /no/such/command"]);
}

#[test]
fn a_command_that_outlives_the_lock_is_killed() {
    let stub = Stub::start();
    stub.add_job(job(1));
    let args = ["worker", "work", "--count", "1", "--timeout", "300ms", "--", "sleep", "600"];
    skep_at(&stub, &args).ok();
    let done = stub.done();
    let [Done::Failed { message, .. }] = &done[..] else { panic!("{done:?}") };
    has(message, &["longer than the lock"]);
}

#[test]
fn a_gateway_that_is_not_there_is_told_at_once() {
    let mut stub = Stub::start();
    stub.kill();
    has(skep_at(&stub, &["worker", "work", "--", "true"]).fails(3), &["nothing listens"]);
}

#[test]
fn sigterm_lets_the_running_command_finish() {
    let stub = Stub::start();
    stub.add_job(job(1));
    let folder = tempfile::tempdir().unwrap();
    let (began, go) = (folder.path().join("began"), folder.path().join("go"));
    let script = format!(
        "touch {}; while [ ! -e {} ]; do sleep 0.02; done; echo '{{\"late\": true}}'",
        began.display(),
        go.display()
    );
    let mut worker = at(&stub, &["worker", "work", "--", &script]);
    let worker = worker.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while !began.exists() {
        std::thread::yield_now();
    }
    let kill = std::process::Command::new("kill").arg(worker.id().to_string()).status().unwrap();
    assert!(kill.success());
    std::fs::write(&go, "").unwrap();
    let output = worker.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    has(&String::from_utf8(output.stderr).unwrap(), &["completed 1, failed 0"]);
    let variables = r#"{"late":true}"#.to_owned();
    assert_eq!(stub.done(), [Done::Completed { key: 1, variables }]);
}

#[test]
fn more_output_than_a_gateway_takes_fails_the_job() {
    let stub = Stub::start();
    stub.add_job(job(1));
    let script = "head -c 5000000 /dev/zero | tr '\\0' x";
    run(at(&stub, &["worker", "work", "--count", "1", "--", script]), "").ok();
    let done = stub.done();
    let [Done::Failed { message, .. }] = &done[..] else { panic!("{done:?}") };
    has(message, &["more than 4 MiB"]);
}

/// A job of a task listener, about a task that somebody has.
fn listener_job() -> skep_api::gateway::ActivatedJob {
    use skep_api::gateway::{
        UserTaskProperties,
        activated_job::{JobKind, ListenerEventType},
    };
    let mut job = job(1);
    job.kind = JobKind::TaskListener.into();
    job.listener_event_type = ListenerEventType::Completing.into();
    job.user_task = Some(UserTaskProperties {
        assignee: Some("eve".to_owned()),
        priority: Some(70),
        user_task_key: Some(77),
        ..UserTaskProperties::default()
    });
    job
}

#[test]
fn a_task_listener_is_answered_by_what_its_command_prints() {
    let stub = Stub::start();
    stub.add_job(listener_job());
    let script = r#"printf '{"jobResult": {"corrections": {"candidateUsers": ["%s", "%s", "%s"]}}}' \
        "$SKEP_JOB_KIND" "$SKEP_LISTENER_EVENT" "$(echo "$SKEP_USER_TASK" | tr -d '\"')""#;
    let ran = skep_at(&stub, &["worker", "work", "--count", "1", "--", "sh", "-c", script]);
    has(ran.ok(), &["job 1: completed in", ": with corrections"]);
    let variables = String::new();
    assert_eq!(stub.done(), [Done::Completed { key: 1, variables }]);
    let [result] = &stub.results()[..] else { panic!("{:?}", stub.results()) };
    let corrections = result.corrections.as_ref().unwrap();
    let told = &corrections.candidate_users.as_ref().unwrap().values;
    assert_eq!(told[..2], ["TASK_LISTENER", "COMPLETING"]);
    has(&told[2], &["assignee:eve", "priority:70", "userTaskKey:77", "action:null"]);
}

#[test]
fn a_task_listener_denies() {
    let stub = Stub::start();
    stub.add_job(listener_job());
    let script = r#"echo '{"jobResult": {"denied": true, "deniedReason": "no form"}}'"#;
    let ran = skep_at(&stub, &["worker", "work", "--count", "1", "-o", "json", "--", script]);
    assert_eq!(ran.json()["detail"], "denied");
    let [result] = &stub.results()[..] else { panic!("{:?}", stub.results()) };
    assert_eq!((result.denied, result.denied_reason.as_deref()), (Some(true), Some("no form")));
}

#[test]
fn an_ad_hoc_subprocess_goes_on_as_its_command_prints() {
    let stub = Stub::start();
    let mut ad_hoc = job(1);
    ad_hoc.kind = skep_api::gateway::activated_job::JobKind::AdHocSubProcess.into();
    stub.add_job(ad_hoc);
    let script = r#"echo '{"jobResult": {"activateElements": [{"elementId": "call", "variables": {"to": "eve"}}]},
        "variables": {"rounds": 1}}'"#;
    skep_at(&stub, &["worker", "work", "--count", "1", "--", script]).ok();
    let variables = r#"{"rounds":1}"#.to_owned();
    assert_eq!(stub.done(), [Done::Completed { key: 1, variables }]);
    let [result] = &stub.results()[..] else { panic!("{:?}", stub.results()) };
    assert_eq!(result.r#type.as_deref(), Some("adHocSubProcess"));
    assert_eq!(result.activate_elements[0].element_id, "call");
    assert_eq!(result.activate_elements[0].variables, r#"{"to": "eve"}"#.replace(": ", ":"));
}

#[test]
fn a_result_that_is_none_fails_the_job() {
    let stub = Stub::start();
    stub.add_job(listener_job());
    let script = r#"echo '{"jobResult": {"deny": true}}'"#;
    skep_at(&stub, &["worker", "work", "--count", "1", "--", script]).ok();
    let done = stub.done();
    let [Done::Failed { message, .. }] = &done[..] else { panic!("{done:?}") };
    has(message, &["jobResult", "unknown field `deny`"]);
}
