//! Jobs and the elements that create them.

use insta::assert_snapshot;
use skep_engine::Effect;
use skep_record::{
    ActivateJobs, ActivatedJobs, Command, FailJob, IncidentKey, JobKey, ResolveIncident, Response,
    TenantId, UpdateJobRetries, UpdateJobTimeout,
};

use crate::rig::{Rig, activate_command, complete_command, doc};

const NO_JOB: JobKey = JobKey(2_251_799_813_685_248 + 999);

fn fail(job_key: JobKey, retries: i32, retry_back_off_ms: i64) -> Command {
    Command::FailJob(FailJob {
        job_key,
        retries,
        retry_back_off_ms,
        error_message: "card declined".into(),
        variables: doc(r#"{"attempt":1}"#),
    })
}

fn update_retries(job_key: JobKey, retries: i32) -> Command {
    Command::UpdateJobRetries(UpdateJobRetries { job_key, retries, operation_reference: 0 })
}

fn update_timeout(job_key: JobKey, timeout_ms: i64) -> Command {
    Command::UpdateJobTimeout(UpdateJobTimeout { job_key, timeout_ms, operation_reference: 0 })
}

fn announced(rig: &mut Rig) -> usize {
    let n =
        rig.effects.iter().filter(|effect| matches!(effect, Effect::JobsAvailable { .. })).count();
    rig.effects.clear();
    n
}

/// A rig with one activated job.
fn with_job() -> (Rig, JobKey) {
    let mut rig = Rig::new();
    rig.deploy("service_task.bpmn");
    rig.create("order_process", r#"{"orderId": 42}"#);
    let key = rig.activate("payment-service")[0].key;
    rig.take_log();
    rig.effects.clear();
    (rig, key)
}

/// The newest incident in the log.
pub fn incident_key(log: &str) -> IncidentKey {
    let line = log.lines().rfind(|line| line.contains("E INCIDENT:CREATED")).expect(log);
    let key = line.split(" k").nth(1).unwrap().split(' ').next().unwrap();
    IncidentKey(2_251_799_813_685_248 + key.parse::<i64>().unwrap())
}

pub fn resolve(incident_key: IncidentKey) -> Command {
    Command::ResolveIncident(ResolveIncident { incident_key, operation_reference: 0 })
}

#[test]
fn a_service_task_is_done_by_a_worker() {
    let mut rig = Rig::new();
    rig.deploy("service_task.bpmn");
    rig.create("order_process", r#"{"orderId": 42}"#);
    assert_eq!(announced(&mut rig), 1);
    assert_snapshot!("service_task_waiting", rig.take_log());
    let jobs = rig.activate("payment-service");
    assert_eq!(jobs.len(), 1);
    let job = &jobs[0];
    assert_eq!(job.variables.to_json(), r#"{"orderId":42}"#);
    assert_eq!((&*job.element_id, &*job.worker, job.retries), ("charge_card", "worker", 3));
    assert_eq!(job.deadline.0, rig.now + 60_000);
    assert_eq!(&*job.tenant_id, TenantId::DEFAULT);
    rig.complete(jobs[0].key, r#"{"paid":true}"#);
    assert_snapshot!("service_task_done", rig.take_log());
    assert_eq!(rig.engine(1).next_due(), None);
    assert_snapshot!(rig.rejected(1, complete_command(jobs[0].key, "")), @"NOT_FOUND: Expected to complete job with key '2251799813685256', but no such job was found");
}

#[test]
fn every_element_done_by_a_job_completes_with_it() {
    for (fixture, process, job_type) in [
        ("send_task.bpmn", "send_task", "send-invoice"),
        ("business_rule_task.bpmn", "business_rule_task", "rate-customer"),
        ("script_task_by_job.bpmn", "script_task_by_job", "run-script"),
        ("message_throw.bpmn", "message_throw", "notify-customer"),
        ("message_end.bpmn", "message_end", "notify-customer"),
    ] {
        let mut rig = Rig::new();
        rig.deploy(fixture);
        rig.create(process, "");
        assert_eq!(rig.work(job_type, ""), 1, "{fixture}");
        let log = rig.take_log();
        assert!(log.contains(&format!("ELEMENT_COMPLETED k2 {process:?}")), "{log}");
    }
}

#[test]
fn a_user_task_is_a_job_with_reserved_headers() {
    let mut rig = Rig::new();
    rig.deploy("user_task.bpmn");
    rig.create("user_task", r#"{"requester":"eve","follow_up":"2026-12-01T08:00:00Z","other":1}"#);
    let jobs = rig.activate("io.camunda.zeebe:userTask");
    assert_eq!(jobs[0].retries, 1);
    assert_snapshot!(jobs[0].custom_headers.to_json(), @r#"{"priority":"high","io.camunda.zeebe:assignee":"eve","io.camunda.zeebe:candidateGroups":"[\"sales\",\"support\"]","io.camunda.zeebe:candidateUsers":"[\"ada\",\"bob\"]","io.camunda.zeebe:dueDate":"2026-12-31T18:00:00+01:00","io.camunda.zeebe:followUpDate":"2026-12-01T08:00:00Z","io.camunda.zeebe:formKey":"camunda-forms:bpmn:approve_form"}"#);
    rig.complete(jobs[0].key, r#"{"approved":true}"#);
    assert!(rig.take_log().contains("ELEMENT_COMPLETED k2 \"user_task\""));
}

#[test]
fn type_retries_and_headers_come_from_the_model() {
    let mut rig = Rig::new();
    rig.deploy("headers.bpmn");
    rig.create("headers", r#"{"provider":"visa","attempts":5}"#);
    let jobs = rig.activate("pay-visa");
    assert_eq!(jobs[0].retries, 5);
    assert_eq!(jobs[0].custom_headers.to_json(), r#"{"method":"VISA","region":"EU"}"#);
}

#[test]
fn a_failed_job_is_tried_again_at_once_or_after_its_back_off() {
    let (mut rig, key) = with_job();
    rig.ok(1, fail(key, 2, 0));
    assert_eq!(announced(&mut rig), 1);
    let job = rig.activate("payment-service").remove(0);
    assert_eq!(job.retries, 2);
    assert_eq!(job.variables.to_json(), r#"{"attempt":1,"orderId":42}"#);
    rig.take_log();

    rig.ok(1, fail(key, 1, 500));
    assert_eq!(announced(&mut rig), 0);
    assert_snapshot!(rig.rejected(1, fail(key, 1, 0)), @"INVALID_STATE: Expected to fail job with key '2251799813685256', but it is in state 'FAILED'");
    assert_snapshot!(rig.rejected(1, complete_command(key, "")), @"INVALID_STATE: Expected to complete job with key '2251799813685256', but it is in state 'FAILED'");
    rig.advance(499);
    assert!(rig.activate("payment-service").is_empty());
    rig.advance(1);
    assert_eq!(announced(&mut rig), 1);
    assert_snapshot!(rig.take_log());
    assert_eq!(rig.activate("payment-service")[0].retries, 1);
}

#[test]
fn a_job_without_retries_waits_for_its_incident() {
    let (mut rig, key) = with_job();
    rig.ok(1, fail(key, 0, 0));
    let log = rig.take_log();
    assert_snapshot!(log);
    let incident = incident_key(&log);
    assert!(rig.activate("payment-service").is_empty());
    assert_snapshot!(rig.rejected(1, resolve(incident)), @"INVALID_STATE: Expected to resolve incident with key '2251799813685259', but job with key '2251799813685256' has no retries left. Update the job's retries to a positive number first");
    assert_snapshot!(rig.rejected(1, update_retries(key, 0)), @"INVALID_ARGUMENT: Expected to update retries for job with key '2251799813685256' with a positive amount of retries, but the amount given was '0'");
    rig.ok(1, update_retries(key, 1));
    assert!(rig.activate("payment-service").is_empty(), "resolving the incident wakes the job");
    rig.take_log();
    rig.effects.clear();
    rig.ok(1, resolve(incident));
    assert_eq!(announced(&mut rig), 1);
    assert_snapshot!(rig.take_log(), @r#"
    C INCIDENT:RESOLVE incident=k11
    E INCIDENT:RESOLVED k11 element_instance=k7 job=k8
    "#);
    assert_snapshot!(rig.rejected(1, resolve(incident)), @"NOT_FOUND: Expected to resolve incident with key '2251799813685259', but no such incident was found");
    rig.work("payment-service", "");
}

#[test]
fn a_lock_ends_with_its_time() {
    let (mut rig, key) = with_job();
    rig.advance(59_999);
    assert!(rig.activate("payment-service").is_empty());
    rig.advance(1);
    assert_eq!(announced(&mut rig), 1);
    assert_snapshot!(rig.rejected(1, update_timeout(key, 1)), @"INVALID_STATE: Expected to update the timeout of job with key '2251799813685256', but it is not active: it is in state 'ACTIVATABLE'");
    assert_eq!(rig.activate("payment-service").len(), 1);
    rig.ok(1, update_timeout(key, 100));
    rig.advance(100);
    assert!(
        rig.take_log()
            .ends_with("E JOB:TIMED_OUT k8 \"charge_card\" SERVICE_TASK element_instance=k7\n")
    );
    // A worker that comes late may complete it nevertheless.
    rig.complete(key, "");
}

#[test]
fn a_job_that_could_not_be_delivered_is_given_back() {
    let (mut rig, key) = with_job();
    rig.ok(1, Command::YieldJob(key));
    assert_eq!(announced(&mut rig), 1);
    let again = rig.rejected(1, Command::YieldJob(key));
    assert!(again.starts_with("INVALID_STATE"), "{again}");
    assert_eq!(rig.activate("payment-service").len(), 1);
}

#[test]
fn commands_on_jobs_that_do_not_exist_are_refused() {
    let mut rig = Rig::new();
    for command in [
        complete_command(NO_JOB, ""),
        fail(NO_JOB, 1, 0),
        update_retries(NO_JOB, 1),
        update_timeout(NO_JOB, 1),
        Command::YieldJob(NO_JOB),
    ] {
        let text = rig.rejected(1, command);
        assert!(text.starts_with("NOT_FOUND: Expected to "), "{text}");
        assert!(
            text.ends_with("job with key '2251799813686247', but no such job was found"),
            "{text}"
        );
    }
}

fn activate_with(change: impl FnOnce(&mut ActivateJobs)) -> Command {
    let Command::ActivateJobs(mut activate) = activate_command("payment-service", 10) else {
        unreachable!()
    };
    change(&mut activate);
    Command::ActivateJobs(activate)
}

#[test]
fn activation_needs_a_type_a_time_and_a_number() {
    let mut rig = Rig::new();
    assert_snapshot!(rig.rejected(1, activate_with(|a| a.max_jobs = 0)), @"INVALID_ARGUMENT: Expected to activate job batch with max jobs to activate to be greater than zero, but it was '0'");
    assert_snapshot!(rig.rejected(1, activate_with(|a| a.timeout_ms = 0)), @"INVALID_ARGUMENT: Expected to activate job batch with timeout to be greater than zero, but it was '0'");
    assert_snapshot!(rig.rejected(1, activate_with(|a| a.job_type = "".into())), @"INVALID_ARGUMENT: Expected to activate job batch with type to be present, but it was blank");
}

fn activated(rig: &mut Rig, command: Command) -> ActivatedJobs {
    match rig.ok(1, command) {
        Response::Activated(activated) => activated,
        other => panic!("{other:?}"),
    }
}

#[test]
fn activation_takes_the_oldest_of_the_tenants_with_the_variables_asked_for() {
    let mut rig = Rig::new();
    rig.deploy("service_task.bpmn");
    for n in 0..5 {
        rig.create("order_process", &format!(r#"{{"n":{n},"other":0}}"#));
    }
    let jobs = activated(
        &mut rig,
        activate_with(|a| {
            a.max_jobs = 2;
            a.fetch_variables = vec!["n".into(), "unknown".into()];
            a.tenant_ids = vec![TenantId::default(), TenantId::default()];
        }),
    );
    let variables: Vec<String> = jobs.jobs.iter().map(|job| job.variables.to_json()).collect();
    assert_eq!(variables, [r#"{"n":0}"#, r#"{"n":1}"#]);
    let none = activated(&mut rig, activate_with(|a| a.tenant_ids = vec!["other".into()]));
    assert!(none.jobs.is_empty() && !none.truncated);
    assert_eq!(activated(&mut rig, activate_with(|a| a.max_jobs = 10)).jobs.len(), 3);
}

#[test]
fn activation_stops_at_the_message_size() {
    let mut rig = Rig::new();
    rig.deploy("service_task.bpmn");
    let large = format!(r#"{{"text":"{}"}}"#, "x".repeat(1_500_000));
    for _ in 0..3 {
        rig.create("order_process", &large);
    }
    let first = activated(&mut rig, activate_with(|_| ()));
    assert_eq!((first.jobs.len(), first.truncated), (2, true));
    let second = activated(&mut rig, activate_with(|_| ()));
    assert_eq!((second.jobs.len(), second.truncated), (1, false));
}

#[test]
fn a_job_that_fits_no_message_is_an_incident() {
    let mut rig = Rig::new();
    rig.deploy("service_task.bpmn");
    let key = rig.create("order_process", "");
    for name in ["a", "b", "c"] {
        rig.ok(
            1,
            crate::variable::set(
                key.0,
                &format!(r#"{{"{name}":"{}"}}"#, "x".repeat(1_800_000)),
                false,
            ),
        );
    }
    rig.create("order_process", r#"{"n":2}"#);
    rig.take_log();
    let first = activated(&mut rig, activate_with(|_| ()));
    assert_eq!((first.jobs.len(), first.truncated), (0, true));
    let log = rig.take_log();
    assert!(log.contains("MESSAGE_SIZE_EXCEEDED"), "{log}");
    // The next one is not held up by it.
    assert_eq!(activated(&mut rig, activate_with(|_| ())).jobs.len(), 1);
    rig.ok(1, crate::variable::set(key.0, r#"{"a":0,"b":0,"c":0}"#, false));
    rig.ok(1, resolve(incident_key(&log)));
    assert_eq!(activated(&mut rig, activate_with(|_| ())).jobs.len(), 1);
}
