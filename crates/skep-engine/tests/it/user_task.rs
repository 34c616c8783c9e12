//! Native user tasks.

use insta::assert_snapshot;
use skep_record::{
    AssignUserTask, CancelProcessInstance, Command, CompleteUserTask, PartitionId, ResolveIncident,
    UpdateUserTask, UserTaskChanges, UserTaskKey,
};

use crate::{
    rig::{Rig, deploy_command, doc, fixture, form},
    variable::set,
};

const VARIABLES: &str =
    r#"{"requester":"eve","follow_up":"2026-12-01T08:00:00Z","order":"17","urgency":80}"#;

/// The key of the last user task in the log.
fn task(log: &str) -> UserTaskKey {
    let (_, rest) = log.rsplit_once("USER_TASK:CREATING k").unwrap();
    UserTaskKey(PartitionId(1).key(rest.split(' ').next().unwrap().parse().unwrap()))
}

fn assign(user_task_key: UserTaskKey, assignee: &str, allow_override: bool) -> Command {
    Command::AssignUserTask(Box::new(AssignUserTask {
        user_task_key,
        assignee: assignee.into(),
        allow_override,
        action: String::new(),
    }))
}

fn complete(user_task_key: UserTaskKey, variables: &str) -> Command {
    Command::CompleteUserTask(Box::new(CompleteUserTask {
        user_task_key,
        variables: doc(variables),
        action: "approve".into(),
    }))
}

fn update(user_task_key: UserTaskKey, changes: UserTaskChanges) -> Command {
    let action = String::new();
    Command::UpdateUserTask(Box::new(UpdateUserTask { user_task_key, changes, action }))
}

fn resolve(rig: &mut Rig) {
    let incident_key = *rig.incidents.last().unwrap();
    rig.ok(1, Command::ResolveIncident(ResolveIncident { incident_key, operation_reference: 0 }));
}

#[test]
fn a_task_is_created_assigned_changed_and_completed() {
    let mut rig = Rig::new();
    rig.deploy("user_task_native.bpmn");
    rig.take_log();
    rig.create("user_task_native", VARIABLES);
    let log = rig.take_log();
    let key = task(&log);
    assert_snapshot!("user_task_created", log);
    rig.ok(1, assign(key, "ada", true));
    rig.ok(1, assign(key, "", true));
    rig.ok(1, assign(key, "bob", false));
    let changes = UserTaskChanges {
        candidate_groups: Some(Vec::new()),
        candidate_users: Some(vec!["eve".into()]),
        due_date: Some(String::new()),
        follow_up_date: Some("2027-01-01T00:00:00+02:00".into()),
        priority: Some(80),
    };
    rig.ok(1, update(key, changes));
    assert_snapshot!("user_task_changed", rig.take_log());
    rig.ok(1, complete(key, r#"{"approved":true}"#));
    assert_snapshot!("user_task_completed", rig.take_log());
    assert_eq!(rig.engine(1).next_due(), None);
    assert!(rig.rejected(1, complete(key, "{}")).starts_with("NOT_FOUND"));
}

#[test]
fn what_a_task_does_not_allow_is_refused() {
    let mut rig = Rig::new();
    rig.deploy("user_task_native.bpmn");
    rig.create("user_task_native", VARIABLES);
    let key = task(&rig.take_log());
    let none = UserTaskKey(PartitionId(1).key(9_999));
    let priority = |priority| UserTaskChanges { priority: Some(priority), ..Default::default() };
    let due = |date: &str| UserTaskChanges { due_date: Some(date.into()), ..Default::default() };
    let mut refusals = String::new();
    for command in [
        assign(none, "ada", true),
        assign(none, "ada", false),
        complete(none, "{}"),
        update(none, priority(1)),
        assign(key, "ada", false),
        assign(key, " ", false),
        update(key, priority(101)),
        update(key, priority(-1)),
        update(key, due("2026-01-01T00:00:00")),
    ] {
        refusals += &rig.rejected(1, command);
        refusals.push('\n');
    }
    assert_snapshot!("user_task_refused", refusals);
    rig.ok(1, assign(key, "eve", false));
    rig.ok(1, update(key, priority(100)));
    rig.ok(1, complete(key, "{}"));
}

#[test]
fn what_cannot_be_evaluated_is_an_incident() {
    let mut rig = Rig::new();
    rig.deploy("user_task_native.bpmn");
    let wrong = VARIABLES.replace("80", "101").replace("2026-12-01T08:00:00Z", "soon");
    let root = rig.create("user_task_native", &wrong);
    let mut incidents = String::new();
    let last = |rig: &mut Rig| {
        let log = rig.take_log();
        assert!(!log.contains("USER_TASK:CREATING"), "{log}");
        log.lines().last().unwrap().to_owned() + "\n"
    };
    incidents += &last(&mut rig);
    for correction in [r#"{"follow_up":null,"requester":7}"#, r#"{"requester":null}"#] {
        rig.ok(1, set(root.0, correction, true));
        rig.take_log();
        resolve(&mut rig);
        incidents += &last(&mut rig);
    }
    assert_snapshot!("user_task_incidents", incidents);
    rig.ok(1, set(root.0, r#"{"urgency":0}"#, true));
    resolve(&mut rig);
    let log = rig.take_log();
    assert!(!log.contains("USER_TASK:ASSIGNED"), "{log}");
    rig.ok(1, complete(task(&log), "{}"));
    assert!(rig.take_log().lines().last().unwrap().contains("ELEMENT_COMPLETED"));
}

#[test]
fn a_task_shows_the_deployed_form_it_names() {
    let text = fixture("user_task_native.bpmn").replace(
        "externalReference=\"=&quot;https://forms.example/&quot; + order\"",
        "formId=\"approve\"",
    );
    let mut rig = Rig::new();
    rig.deploy_text("user_task_native.bpmn", &text);
    rig.create("user_task_native", VARIABLES);
    let log = rig.take_log();
    assert!(log.contains("FORM_NOT_FOUND") && !log.contains("USER_TASK:CREATING"), "{log}");
    rig.ok(1, deploy_command("approve.form", &form("approve.form")));
    resolve(&mut rig);
    let log = rig.take_log();
    let created = log.lines().find(|line| line.contains("USER_TASK:CREATED")).unwrap();
    assert!(created.contains(" form=k"), "{created}");
}

#[test]
fn a_terminated_element_takes_its_task_with_it() {
    let mut rig = Rig::new();
    rig.deploy("user_task_native.bpmn");
    rig.create("user_task_native", VARIABLES);
    let key = task(&rig.take_log());
    rig.advance(86_400_000);
    assert_snapshot!("user_task_interrupted", rig.take_log());
    assert!(rig.rejected(1, complete(key, "{}")).starts_with("NOT_FOUND"));
    let process_instance_key = rig.create("user_task_native", VARIABLES);
    let key = task(&rig.take_log());
    let cancel = CancelProcessInstance { process_instance_key, operation_reference: 0 };
    rig.ok(1, Command::CancelProcessInstance(cancel));
    assert_snapshot!("user_task_terminated", rig.take_log());
    assert!(rig.rejected(1, assign(key, "ada", true)).starts_with("NOT_FOUND"));
    assert_eq!(rig.engine(1).next_due(), None);
}
