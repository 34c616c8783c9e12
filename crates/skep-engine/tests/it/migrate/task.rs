//! Listeners that have their turn, and user tasks by job that become native ones.

use super::*;

fn with_listeners(task: &str, listeners: &str) -> String {
    task.replace(
        "<zeebe:ioMapping>",
        &format!(
            "<zeebe:executionListeners>{listeners}</zeebe:executionListeners><zeebe:ioMapping>"
        ),
    )
}

#[test]
fn an_execution_listener_goes_on_and_so_do_the_listeners_of_the_target() {
    for event in ["start", "end"] {
        let mut rig = Rig::new();
        let listener = |name: &str| {
            format!(r#"<zeebe:executionListener eventType="{event}" type="{name}" />"#)
        };
        let first = with_listeners(&task("pay"), &listener("first"));
        let second = with_listeners(&task("pay"), &(listener("other") + &listener("second")));
        let (key, target) =
            started(&mut rig, &sequence(&[("pay", first)]), &sequence(&[("pay", second)]));
        if event == "end" {
            assert_eq!(rig.work("pay", ""), 1);
            rig.take_log();
        }
        rig.ok(1, migrate(key, target, &[("pay", "pay")]));
        if event == "start" {
            assert_snapshot!("migrated_listener", rig.take_log());
        }
        assert_eq!(rig.work("first", ""), 1);
        assert!(rig.activate("other").is_empty(), "the first listener has had its turn");
        assert_eq!(rig.work("second", ""), 1);
        if event == "start" {
            assert_eq!(rig.work("pay", ""), 1);
        }
        assert_ended(&mut rig);
    }
}

#[test]
fn a_task_listener_goes_on() {
    let mut rig = Rig::new();
    let listened = |name: &str| {
        user_task(&format!(
            r#"<zeebe:userTask /><zeebe:taskListeners><zeebe:taskListener eventType="completing" type="{name}" /></zeebe:taskListeners>"#
        ))
    };
    let (key, target) = started(&mut rig, &listened("check"), &listened("check_now"));
    let user_task_key = user_task_key(&mut rig, key, target);
    let complete = Command::CompleteUserTask(Box::new(CompleteUserTask {
        user_task_key,
        variables: doc("{}"),
        action: String::new(),
    }));
    rig.submit(1, complete);
    let again = deployed(&mut rig, &listened("check_again"));
    rig.ok(1, migrate(key, again, &[("pay", "pay")]));
    assert_eq!(rig.work("check_now", ""), 1);
    assert_ended(&mut rig);
}

/// The key of the only user task, found by migrating its instance.
fn user_task_key(
    rig: &mut Rig,
    key: ProcessInstanceKey,
    target: ProcessDefinitionKey,
) -> UserTaskKey {
    rig.take_log();
    rig.ok(1, migrate(key, target, &[("pay", "pay")]));
    UserTaskKey(key_of(&rig.take_log(), "E USER_TASK:MIGRATED"))
}

#[test]
fn a_user_task_by_job_becomes_a_native_one() {
    let mut rig = Rig::new();
    let by_job = user_task(
        r#"<zeebe:assignmentDefinition assignee="bo" candidateGroups="a,b" candidateUsers="=[&quot;kim&quot;]" /><zeebe:taskSchedule dueDate="2030-01-01T00:00:00Z" /><zeebe:formDefinition formKey="outside" /><zeebe:taskHeaders><zeebe:header key="of" value="me" /></zeebe:taskHeaders>"#,
    )
    .replace(r#"<zeebe:assignmentDefinition assignee="kim" />"#, "");
    let native = user_task(
        r#"<zeebe:userTask /><zeebe:priorityDefinition priority="70" /><zeebe:taskListeners><zeebe:taskListener eventType="assigning" type="check" /></zeebe:taskListeners>"#,
    );
    let (key, target) = started(&mut rig, &by_job, &native);
    let job = rig.activate("io.camunda.zeebe:userTask")[0].key;
    fail(&mut rig, job);
    rig.take_log();
    rig.ok(1, migrate(key, target, &[("pay", "pay")]));
    let log = rig.take_log();
    assert_snapshot!("migrated_user_task_by_job", log);
    let user_task_key = UserTaskKey(key_of(&log, "E USER_TASK:CREATED"));
    // What it is now can be migrated again.
    rig.ok(1, migrate(key, target, &[("pay", "pay")]));
    let task = rig.take_log();
    assert!(task.contains("E USER_TASK:MIGRATED"), "{task}");
    rig.ok(
        1,
        Command::CompleteUserTask(Box::new(CompleteUserTask {
            user_task_key,
            variables: doc("{}"),
            action: String::new(),
        })),
    );
    assert_ended(&mut rig);
}

#[test]
fn a_script_that_is_stuck_becomes_a_job() {
    let mut rig = Rig::new();
    let script = r#"<bpmn:scriptTask id="sum"><bpmn:extensionElements><zeebe:script expression="=assert(missing, missing != null)" resultVariable="x" /></bpmn:extensionElements></bpmn:scriptTask>"#;
    let by_job = r#"<bpmn:scriptTask id="sum"><bpmn:extensionElements><zeebe:taskDefinition type="sum" /></bpmn:extensionElements></bpmn:scriptTask>"#;
    let (key, target) = started(
        &mut rig,
        &sequence(&[("sum", script.to_owned())]),
        &sequence(&[("sum", by_job.to_owned())]),
    );
    rig.ok(1, migrate(key, target, &[("sum", "sum")]));
    let log = rig.take_log();
    resolve(&mut rig, &log);
    assert_eq!(rig.work("sum", ""), 1);
    assert_ended(&mut rig);
}
