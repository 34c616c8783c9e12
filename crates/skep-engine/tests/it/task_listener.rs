//! Task listeners of native user tasks.

use insta::assert_snapshot;
use skep_engine::{Answer, Effect};
use skep_record::{
    ActivatedJob, AssignUserTask, BroadcastSignal, CancelProcessInstance, Command, CompleteJob,
    CompleteUserTask, ElementInstanceSelector, ElementMapping, FailJob, JobKind, JobResult,
    MigrateProcessInstance, ModifyProcessInstance, PartitionId, ProcessInstanceKey, Rejection,
    ResolveIncident, Response, TaskListenerEvent, TenantId, ThrowError, UpdateJobRetries,
    UpdateUserTask, UserTaskChanges, UserTaskCorrections, UserTaskKey, UserTaskResult,
};

use crate::{
    rig::{Rig, complete_command, doc, fixture},
    variable::set,
};

/// The key of the last user task in the log.
fn task(log: &str) -> UserTaskKey {
    let (_, rest) = log.rsplit_once("USER_TASK:CREATING k").unwrap();
    UserTaskKey(PartitionId(1).key(rest.split(' ').next().unwrap().parse().unwrap()))
}

/// A task that the creating listener has let pass; nobody has it.
fn created() -> (Rig, ProcessInstanceKey, UserTaskKey) {
    let (mut rig, root, key) = creating(r#"{"requester":null,"second":"on-assigning-too"}"#);
    rig.work("on-creating", "{}");
    rig.take_log();
    (rig, root, key)
}

fn creating(variables: &str) -> (Rig, ProcessInstanceKey, UserTaskKey) {
    let mut rig = Rig::new();
    rig.deploy("task_listeners.bpmn");
    let root = rig.create("task_listeners", variables);
    let log = rig.take_log();
    let key = task(&log);
    (rig, root, key)
}

fn assign(user_task_key: UserTaskKey, assignee: &str) -> Command {
    Command::AssignUserTask(Box::new(AssignUserTask {
        user_task_key,
        assignee: assignee.into(),
        allow_override: true,
        action: "escalate".into(),
    }))
}

fn claim(user_task_key: UserTaskKey, assignee: &str) -> Command {
    Command::AssignUserTask(Box::new(AssignUserTask {
        user_task_key,
        assignee: assignee.into(),
        allow_override: false,
        action: String::new(),
    }))
}

fn complete(user_task_key: UserTaskKey, variables: &str) -> Command {
    let action = String::new();
    let variables = doc(variables);
    Command::CompleteUserTask(Box::new(CompleteUserTask { user_task_key, variables, action }))
}

fn update(user_task_key: UserTaskKey, priority: i32) -> Command {
    let changes = UserTaskChanges { priority: Some(priority), ..Default::default() };
    let action = String::new();
    Command::UpdateUserTask(Box::new(UpdateUserTask { user_task_key, changes, action }))
}

/// Sends a command whose answer waits for listeners.
fn waits(rig: &mut Rig, key: UserTaskKey, command: Command) {
    assert_eq!(rig.submit(1, command), Answer::WhenStepEnds(key));
}

/// What whoever waits is told at last.
fn told(rig: &mut Rig, key: UserTaskKey) -> Result<Response, Rejection> {
    let at = rig
        .effects
        .iter()
        .position(|effect| matches!(effect, Effect::StepEnded(known, _) if *known == key))
        .expect("somebody is told");
    let Effect::StepEnded(_, result) = rig.effects.remove(at) else { unreachable!() };
    result
}

fn answer(rig: &mut Rig, job_type: &str, result: UserTaskResult) -> ActivatedJob {
    let job = rig.activate(job_type).remove(0);
    rig.ok(1, with_result(&job, result));
    job
}

fn with_result(job: &ActivatedJob, result: UserTaskResult) -> Command {
    Command::CompleteJob(CompleteJob {
        job_key: job.key,
        variables: doc("{}"),
        result: Some(Box::new(JobResult::UserTask(result))),
    })
}

fn denied() -> UserTaskResult {
    UserTaskResult { denied: true, denied_reason: "no form".into(), ..Default::default() }
}

fn corrected(change: impl FnOnce(&mut UserTaskCorrections)) -> UserTaskResult {
    let mut result = UserTaskResult::default();
    change(&mut result.corrections);
    result
}

fn resolve(rig: &mut Rig) {
    let incident_key = *rig.incidents.last().unwrap();
    rig.ok(1, Command::ResolveIncident(ResolveIncident { incident_key, operation_reference: 0 }));
}

fn is_over(log: &str) -> bool {
    log.lines().any(|line| line.contains("ELEMENT_COMPLETED") && line.contains(" PROCESS scope"))
}

#[test]
fn a_task_is_created_and_assigned_once_its_listeners_are_done() {
    let (mut rig, _, key) = creating(r#"{"requester":"eve","second":"on-assigning-too"}"#);
    assert!(rig.rejected(1, complete(key, "{}")).contains("in state 'CREATING'"));
    let job = rig.activate("on-creating").remove(0);
    assert_eq!(job.kind, JobKind::TaskListener(TaskListenerEvent::Creating));
    assert_eq!(
        job.custom_headers.to_json().replace(&key.to_string(), "KEY"),
        r#"{"area":"north","io.camunda.zeebe:assignee":"eve","io.camunda.zeebe:candidateGroups":"[\"sales\",\"support\"]","io.camunda.zeebe:priority":"50","io.camunda.zeebe:userTaskKey":"KEY"}"#
    );
    let refused = rig.rejected(
        1,
        with_result(&job, corrected(|corrections| corrections.assignee = Some("ada".into()))),
    );
    assert!(refused.starts_with("INVALID_ARGUMENT"), "{refused}");
    rig.ok(1, with_result(&job, corrected(|corrections| corrections.changes.priority = Some(80))));
    let first = rig.activate("on-assigning").remove(0);
    assert_eq!(first.retries, 2);
    let headers = first.custom_headers.to_json();
    assert!(
        headers.contains(r#""io.camunda.zeebe:changedAttributes":"[\"assignee\"]""#),
        "{headers}"
    );
    rig.complete(first.key, "{}");
    assert_eq!(rig.work("on-assigning-too", "{}"), 1);
    assert_snapshot!("task_listener_created", rig.take_log());
}

#[test]
fn a_creating_listener_may_say_who_does_it() {
    let (mut rig, _, key) = creating(r#"{"requester":null,"second":"on-assigning-too"}"#);
    answer(&mut rig, "on-creating", corrected(|it| it.assignee = Some("ada".into())));
    let log = rig.take_log();
    let created = log.lines().find(|line| line.contains("USER_TASK:CREATED")).unwrap();
    assert!(created.contains(r#"assignee="ada""#), "{created}");
    assert!(!log.contains("USER_TASK:ASSIGNING"), "{log}");
    assert!(rig.rejected(1, claim(key, "eve")).contains("already been assigned"));
}

#[test]
fn corrections_are_seen_by_the_next_listener_and_kept_at_last() {
    let (mut rig, _, key) = created();
    waits(&mut rig, key, assign(key, "eve"));
    assert!(rig.rejected(1, assign(key, "bob")).contains("in state 'ASSIGNING'"));
    let correction = corrected(|it| {
        it.assignee = Some("ada".into());
        it.changes.candidate_groups = Some(Vec::new());
        it.changes.due_date = Some("2026-12-01T08:00:00Z".into());
    });
    answer(&mut rig, "on-assigning", correction);
    let second = rig.activate("on-assigning-too").remove(0);
    let headers = second.custom_headers.to_json();
    for part in [
        r#""io.camunda.zeebe:action":"escalate""#,
        r#""io.camunda.zeebe:assignee":"ada""#,
        r#""io.camunda.zeebe:dueDate":"2026-12-01T08:00:00Z""#,
        r#"[\"assignee\",\"candidateGroupsList\",\"dueDate\"]"#,
    ] {
        assert!(headers.contains(part), "{part}: {headers}");
    }
    assert!(!headers.contains("candidateGroups\":\"["), "{headers}");
    rig.ok(1, with_result(&second, corrected(|it| it.changes.due_date = Some(String::new()))));
    assert_eq!(told(&mut rig, key), Ok(Response::Done));
    assert_snapshot!("task_listener_corrected", rig.take_log());
}

#[test]
fn a_denied_step_leaves_the_task_as_it_was() {
    let (mut rig, root, key) = created();
    waits(&mut rig, key, assign(key, "eve"));
    answer(&mut rig, "on-assigning", corrected(|it| it.changes.priority = Some(1)));
    answer(&mut rig, "on-assigning-too", denied());
    let mut answers = vec![told(&mut rig, key)];
    waits(&mut rig, key, update(key, 90));
    answer(&mut rig, "on-updating", denied());
    answers.push(told(&mut rig, key));
    waits(&mut rig, key, complete(key, r#"{"ok":true}"#));
    answer(&mut rig, "on-completing", denied());
    answers.push(told(&mut rig, key));
    let answers: Vec<String> =
        answers.into_iter().map(|answer| answer.unwrap_err().to_string()).collect();
    assert_snapshot!("task_listener_answers", answers.join("\n").replace(&key.to_string(), "KEY"));
    assert_snapshot!("task_listener_denied", rig.take_log());

    // All listeners have their turn again, and see none of what was denied.
    waits(&mut rig, key, claim(key, "eve"));
    let job = rig.activate("on-assigning").remove(0);
    let headers = job.custom_headers.to_json();
    assert!(headers.contains(r#""io.camunda.zeebe:priority":"50""#), "{headers}");
    rig.complete(job.key, "{}");
    rig.work("on-assigning-too", "{}");
    assert_eq!(told(&mut rig, key), Ok(Response::Done));
    assert!(rig.take_log().contains("USER_TASK:CLAIMING"));
    let _ = root;
}

#[test]
fn completing_listeners_see_what_the_task_brings() {
    let (mut rig, _, key) = created();
    waits(&mut rig, key, complete(key, r#"{"approved":true,"requester":"bob"}"#));
    let job = rig.activate("on-completing").remove(0);
    assert_eq!(
        job.variables.to_json(),
        r#"{"second":"on-assigning-too","approved":true,"requester":"bob"}"#
    );
    rig.complete(job.key, "{}");
    answer(&mut rig, "on-completing-too", UserTaskResult::default());
    assert_eq!(told(&mut rig, key), Ok(Response::Done));
    assert_snapshot!("task_listener_completed", rig.take_log());
}

#[test]
fn variables_of_the_task_are_set_once_its_listeners_are_done() {
    let (mut rig, _, key) = created();
    // The task's element instance was made shortly before the task.
    let scope = (1..20).map(|n| key.0 - n).find(|scope| {
        rig.submit(1, set(*scope, r#"{"note":"a"}"#, true)) == Answer::WhenStepEnds(key)
    });
    let scope = scope.unwrap();
    assert!(rig.rejected(1, set(scope, "{}", true)).contains("in state 'UPDATING'"));
    let job = answer(&mut rig, "on-updating", denied());
    let headers = job.custom_headers.to_json();
    assert!(headers.contains(r#"[\"variables\"]"#), "{headers}");
    assert_eq!(job.variables.value("note"), doc(r#"{"note":"a"}"#).value("note"));
    assert!(told(&mut rig, key).unwrap_err().reason.contains("was denied"));
    rig.take_log();
    waits(&mut rig, key, set(scope, r#"{"note":"b"}"#, true));
    rig.work("on-updating", "{}");
    assert!(matches!(told(&mut rig, key), Ok(Response::VariablesSet(_))));
    assert_snapshot!("task_listener_variables", rig.take_log());
}

#[test]
fn wrong_answers_are_refused() {
    let (mut rig, _, key) = creating(r#"{"requester":null,"second":"on-assigning-too"}"#);
    let job = rig.activate("on-creating").remove(0);
    let mut refusals = vec![
        rig.rejected(1, with_result(&job, denied())),
        rig.rejected(1, complete_command(job.key, r#"{"a":1}"#)),
    ];
    rig.complete(job.key, "{}");
    waits(&mut rig, key, update(key, 10));
    let job = rig.activate("on-updating").remove(0);
    let mut both = denied();
    both.corrections.changes.priority = Some(1);
    refusals.push(rig.rejected(1, with_result(&job, both)));
    for result in [
        corrected(|it| it.changes.priority = Some(101)),
        corrected(|it| it.changes.due_date = Some("tomorrow".into())),
    ] {
        refusals.push(rig.rejected(1, with_result(&job, result)));
    }
    let ad_hoc = CompleteJob {
        job_key: job.key,
        variables: doc("{}"),
        result: Some(Box::new(JobResult::AdHocSubProcess(Default::default()))),
    };
    refusals.push(rig.rejected(1, Command::CompleteJob(ad_hoc)));
    let throw = ThrowError {
        job_key: job.key,
        error_code: "A".into(),
        error_message: String::new(),
        variables: doc("{}"),
    };
    refusals.push(rig.rejected(1, Command::ThrowError(throw)));
    let text: String = refusals.join("\n");
    let keyless: String = text.chars().map(|c| if c.is_ascii_digit() { '#' } else { c }).collect();
    assert_snapshot!("task_listener_refused", keyless);
    rig.complete(job.key, "{}");
    assert_eq!(told(&mut rig, key), Ok(Response::Done));
}

#[test]
fn a_listener_without_retries_alone_runs_again() {
    let (mut rig, _, key) = created();
    waits(&mut rig, key, assign(key, "eve"));
    rig.work("on-assigning", "{}");
    let job_key = rig.activate("on-assigning-too")[0].key;
    rig.take_log();
    let fail = FailJob {
        job_key,
        retries: 0,
        retry_back_off_ms: 0,
        error_message: "no staff".into(),
        variables: doc("{}"),
    };
    rig.ok(1, Command::FailJob(fail));
    let update = UpdateJobRetries { job_key, retries: 1, operation_reference: 0 };
    rig.ok(1, Command::UpdateJobRetries(update));
    resolve(&mut rig);
    assert_eq!(rig.work("on-assigning-too", "{}"), 1);
    assert_snapshot!("task_listener_failed", rig.take_log());
    assert_eq!(told(&mut rig, key), Ok(Response::Done));
}

#[test]
fn a_listener_that_cannot_be_created_makes_all_run_again() {
    let (mut rig, root, key) = created();
    rig.ok(1, set(root.0, r#"{"second":2}"#, true));
    waits(&mut rig, key, assign(key, "eve"));
    rig.work("on-assigning", "{}");
    let log = rig.take_log();
    assert_snapshot!("task_listener_wrong", log.lines().last().unwrap());
    rig.ok(1, set(root.0, r#"{"second":"on-assigning-too"}"#, true));
    resolve(&mut rig);
    assert_eq!(rig.work("on-assigning", "{}"), 1);
    assert_eq!(rig.work("on-assigning-too", "{}"), 1);
    assert_eq!(told(&mut rig, key), Ok(Response::Done));
}

#[test]
fn an_interrupted_task_ends_when_its_canceling_listener_is_done() {
    let (mut rig, _, key) = created();
    rig.advance(86_400_000);
    assert!(rig.rejected(1, complete(key, "{}")).contains("in state 'CANCELING'"));
    rig.work("on-canceling", "{}");
    let log = rig.take_log();
    assert_snapshot!("task_listener_interrupted", log);
    assert!(is_over(&log));
    assert_eq!(rig.engine(1).next_due(), None);
}

#[test]
fn whoever_waits_is_told_that_the_task_is_cancelled() {
    let (mut rig, process_instance_key, key) = created();
    waits(&mut rig, key, assign(key, "eve"));
    let assigning = rig.activate("on-assigning").remove(0);
    rig.take_log();
    let cancel = CancelProcessInstance { process_instance_key, operation_reference: 0 };
    rig.ok(1, Command::CancelProcessInstance(cancel));
    assert!(told(&mut rig, key).unwrap_err().reason.contains("was canceled"));
    assert!(rig.rejected(1, complete_command(assigning.key, "{}")).starts_with("NOT_FOUND"));
    rig.work("on-canceling", "{}");
    assert_snapshot!("task_listener_cancelled", rig.take_log());
    assert!(rig.rejected(1, complete(key, "{}")).starts_with("NOT_FOUND"));
    assert_eq!(rig.engine(1).next_due(), None);
}

#[test]
fn a_cancelled_process_waits_for_a_listener_with_an_incident() {
    let (mut rig, process_instance_key, _) = created();
    let cancel = CancelProcessInstance { process_instance_key, operation_reference: 0 };
    rig.ok(1, Command::CancelProcessInstance(cancel));
    let job_key = rig.activate("on-canceling")[0].key;
    let fail = FailJob {
        job_key,
        retries: 0,
        retry_back_off_ms: 0,
        error_message: String::new(),
        variables: doc("{}"),
    };
    rig.ok(1, Command::FailJob(fail));
    let log = rig.take_log();
    assert!(
        log.contains("TASK_LISTENER_NO_RETRIES") && !log.contains("ELEMENT_TERMINATED"),
        "{log}"
    );
    let update = UpdateJobRetries { job_key, retries: 1, operation_reference: 0 };
    rig.ok(1, Command::UpdateJobRetries(update));
    resolve(&mut rig);
    rig.work("on-canceling", "{}");
    assert!(rig.take_log().lines().last().unwrap().contains("ELEMENT_TERMINATED"));
}

#[test]
fn a_modification_waits_for_no_listener() {
    let (mut rig, process_instance_key, key) = created();
    waits(&mut rig, key, assign(key, "eve"));
    rig.take_log();
    let modify = ModifyProcessInstance {
        process_instance_key,
        activate: Vec::new(),
        moves: Vec::new(),
        terminate: vec![ElementInstanceSelector::Element("approve".into())],
        operation_reference: 0,
    };
    rig.ok(1, Command::ModifyProcessInstance(Box::new(modify)));
    assert_snapshot!("task_listener_modified", rig.take_log());
    assert!(told(&mut rig, key).is_err());
    for job_type in ["on-assigning", "on-canceling"] {
        assert!(rig.activate(job_type).is_empty(), "{job_type}");
    }
}

#[test]
fn a_migration_takes_along_the_listener_that_has_its_turn() {
    let (mut rig, process_instance_key, key) = created();
    let text = fixture("task_listeners.bpmn").replace("on-completing\"", "on-completing-now\"");
    let target = rig.deploy_text("task_listeners.bpmn", &text).processes[0].key;
    let migrate = Command::MigrateProcessInstance(Box::new(MigrateProcessInstance {
        process_instance_key,
        target_process_definition_key: target,
        mappings: ["approve", "too_slow"]
            .map(|id| ElementMapping { source_element_id: id.into(), target_element_id: id.into() })
            .to_vec(),
        operation_reference: 0,
    }));
    waits(&mut rig, key, update(key, 10));
    rig.ok(1, migrate);
    assert_eq!(rig.work("on-updating", "{}"), 1);
    assert!(rig.take_log().contains("E USER_TASK:UPDATED"));
    waits(&mut rig, key, complete(key, "{}"));
    assert_eq!(rig.work("on-completing-now", "{}"), 1);
    assert_eq!(rig.work("on-completing-too", "{}"), 1);
    assert!(is_over(&rig.take_log()));
}

/// A user task with a canceling listener beside a job, after which `last` happens; in a
/// subprocess that an event subprocess can interrupt.
fn beside_a_job(last: &str) -> String {
    let task = "<userTask id=\"task\"><extensionElements><zeebe:userTask/><zeebe:taskListeners>\
                <zeebe:taskListener eventType=\"canceling\" type=\"on-canceling\"/>\
                </zeebe:taskListeners></extensionElements></userTask>";
    let job = "<serviceTask id=\"job\"><extensionElements><zeebe:taskDefinition type=\"job\"/>\
               </extensionElements></serviceTask>";
    let flow = |from: &str, to: &str| {
        format!("<sequenceFlow id=\"{from}_{to}\" sourceRef=\"{from}\" targetRef=\"{to}\"/>")
    };
    let (to_task, to_job, to_last) = (flow("s", "task"), flow("s", "job"), flow("job", "last"));
    let (to_sub, to_end) = (flow("start", "sub"), flow("sub", "end"));
    format!(
        "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" \
         xmlns:zeebe=\"http://camunda.org/schema/zeebe/1.0\" targetNamespace=\"http://skep.example/bpmn\">\
         <signal id=\"sig\" name=\"stop\"/>\
         <process id=\"p\" isExecutable=\"true\"><startEvent id=\"start\"/>\
         <subProcess id=\"sub\"><startEvent id=\"s\"/>{task}{job}{last}{to_task}{to_job}{to_last}\
         <subProcess id=\"handler\" triggeredByEvent=\"true\"><startEvent id=\"stopped\">\
         <signalEventDefinition signalRef=\"sig\"/></startEvent></subProcess></subProcess>\
         <endEvent id=\"end\"/>{to_sub}{to_end}</process></definitions>"
    )
}

#[test]
fn scopes_wait_for_canceling_listeners_of_what_they_end() {
    let terminate = beside_a_job("<endEvent id=\"last\"><terminateEventDefinition/></endEvent>");
    for interrupt in [false, true] {
        let mut rig = Rig::new();
        rig.deploy_text("p.bpmn", &terminate);
        rig.create("p", "{}");
        if interrupt {
            let signal = BroadcastSignal {
                signal_name: "stop".into(),
                variables: doc("{}"),
                tenant_id: TenantId::default(),
            };
            rig.ok(1, Command::BroadcastSignal(signal));
        } else {
            rig.work("job", "{}");
        }
        let log = rig.take_log();
        assert!(!is_over(&log), "{log}");
        assert_eq!(rig.work("on-canceling", "{}"), 1);
        let log = rig.take_log();
        assert!(is_over(&log), "{log}");
        assert_eq!(log.contains(" EVENT_SUB_PROCESS scope"), interrupt, "{log}");
    }
}
