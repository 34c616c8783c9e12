//! User tasks.

use skep_projection::{
    Condition, Order, Search, UserTask, UserTaskCondition, UserTaskField as Field,
};
use skep_record::{
    AssignUserTask, AuthorizedTenants, CancelProcessInstance, Command, CompleteJob,
    CompleteUserTask, Document, ElementMapping, JobResult, MigrateProcessInstance, Test, TextTest,
    Timestamp, UpdateUserTask, UserTaskChanges, UserTaskCorrections, UserTaskKey, UserTaskResult,
};

use crate::{
    model,
    rig::{Model, Rig, Running},
};

const NATIVE: Model = model!("user_task_native");
const LISTENERS: Model = model!("task_listeners");
const BY_JOB: Model = model!("user_task");

const VARIABLES: &str =
    r#"{"requester":null,"follow_up":"2026-12-01T08:00:00Z","order":"17","urgency":80}"#;

fn only(conditions: Vec<Condition<UserTask>>) -> Search<UserTask> {
    Search { all: conditions, ..Search::default() }
}

/// The task of an instance.
async fn task_of(running: &Running, instance: i64) -> UserTask {
    let of_instance = Condition::Number(Field::ProcessInstanceKey, Test::Equals(instance));
    let mut found = running.search(only(vec![of_instance])).await;
    assert_eq!(found.items.len(), 1, "{found:?}");
    found.items.remove(0)
}

fn assignment(key: i64, assignee: &str) -> Command {
    Command::AssignUserTask(Box::new(AssignUserTask {
        user_task_key: UserTaskKey(key),
        assignee: assignee.into(),
        allow_override: true,
        action: String::new(),
    }))
}

fn update(key: i64, changes: UserTaskChanges) -> Command {
    Command::UpdateUserTask(Box::new(UpdateUserTask {
        user_task_key: UserTaskKey(key),
        changes,
        action: String::new(),
    }))
}

fn completion(key: i64) -> Command {
    Command::CompleteUserTask(Box::new(CompleteUserTask {
        user_task_key: UserTaskKey(key),
        variables: Document::empty(),
        action: String::new(),
    }))
}

#[tokio::test]
async fn a_task_is_found_from_its_beginning_to_its_end() {
    let (_rig, running) = Rig::with(&[NATIVE]).await;
    let tags = |create: &mut skep_record::CreateProcessInstance| create.tags = vec!["eu".into()];
    let instance = running.create_with("user_task_native", VARIABLES, tags).await;
    let found = task_of(&running, instance.key.0).await;
    let expected = UserTask {
        key: found.key,
        state: "CREATED",
        name: Some("Approve order".into()),
        element_id: "approve".into(),
        element_instance_key: found.element_instance_key,
        process_instance_key: instance.key.0,
        root_process_instance_key: instance.key.0,
        process_definition_id: "user_task_native".into(),
        process_name: None,
        process_definition_key: instance.process_definition_key.0,
        process_definition_version: 1,
        tenant_id: "<default>".into(),
        tags: vec!["eu".into()],
        assignee: None,
        candidate_groups: vec!["sales".into(), "support".into()],
        candidate_users: vec!["ada".into(), "bob".into()],
        created_at: Timestamp(1_700_000_000_000),
        ended_at: None,
        due_at: Some(Timestamp(1_798_736_400_000)),
        follow_up_at: Some(Timestamp(1_796_112_000_000)),
        priority: 80,
        form_key: None,
        external_form_reference: Some("https://forms.example/17".into()),
        headers: Document::from_json(r#"{"channel":"web"}"#).unwrap(),
    };
    assert!(found == expected, "{found:?}");

    running.submit(assignment(found.key, "eve")).await;
    let changes = UserTaskChanges {
        candidate_users: Some(Vec::new()),
        due_date: Some(String::new()),
        priority: Some(9),
        ..UserTaskChanges::default()
    };
    running.submit(update(found.key, changes)).await;
    let found = running.get::<UserTask>(found.key).await.unwrap();
    assert_eq!((found.state, found.assignee.as_deref()), ("CREATED", Some("eve")));
    assert_eq!((found.priority, found.due_at), (9, None));
    assert_eq!(found.candidate_users, [""; 0]);
    assert_eq!(found.candidate_groups, ["sales", "support"]);

    running.clock.advance_ms(1500);
    running.submit(completion(found.key)).await;
    let found = running.get::<UserTask>(found.key).await.unwrap();
    assert_eq!((found.state, found.ended_at), ("COMPLETED", Some(Timestamp(1_700_000_001_500))));
    assert_eq!(found.assignee.as_deref(), Some("eve"));

    let other = running.create("user_task_native", VARIABLES).await;
    let task = task_of(&running, other.key.0).await;
    let cancel = CancelProcessInstance { process_instance_key: other.key, operation_reference: 0 };
    running.submit(Command::CancelProcessInstance(cancel)).await;
    let found = running.get::<UserTask>(task.key).await.unwrap();
    assert_eq!((found.state, found.ended_at), ("CANCELED", Some(Timestamp(1_700_000_001_500))));

    let no_tenants = AuthorizedTenants::Only([].into());
    assert!(running.history.get::<UserTask>(task.key, &no_tenants).unwrap().is_none());
    running.stop().await;
}

#[tokio::test]
async fn a_step_is_seen_once_its_listeners_are_done() {
    let (rig, running) = Rig::with(&[LISTENERS]).await;
    let variables = r#"{"requester":"eve","second":"on-assigning-too"}"#;
    let instance = running.create("task_listeners", variables).await;
    let key = task_of(&running, instance.key.0).await.key;
    let shown = async || {
        let found = running.get::<UserTask>(key).await.unwrap();
        (found.state, found.assignee, found.priority)
    };
    let eve = Some("eve".to_owned());
    let result = |key, result| {
        Command::CompleteJob(CompleteJob {
            job_key: key,
            variables: Document::empty(),
            result: Some(Box::new(JobResult::UserTask(result))),
        })
    };
    assert_eq!(shown().await, ("CREATING", None, 50));
    running.complete(running.job("on-creating").await.key, "{}").await;
    assert_eq!(shown().await, ("ASSIGNING", None, 50));
    for job_type in ["on-assigning", "on-assigning-too"] {
        running.complete(running.job(job_type).await.key, "{}").await;
    }
    assert_eq!(shown().await, ("CREATED", eve.clone(), 50));

    let submitted = |command: Command| {
        let broker = running.broker.clone();
        tokio::spawn(async move { broker.submit(command).await })
    };
    let changes = UserTaskChanges { priority: Some(70), ..UserTaskChanges::default() };
    let updated = submitted(update(key, changes.clone()));
    let job = running.job("on-updating").await;
    assert_eq!(shown().await, ("UPDATING", eve.clone(), 50));
    let denied = UserTaskResult { denied: true, ..UserTaskResult::default() };
    running.submit(result(job.key, denied)).await;
    updated.await.unwrap().unwrap_err();
    assert_eq!(shown().await, ("CREATED", eve.clone(), 50));

    let completed = submitted(completion(key));
    let job = running.job("on-completing").await;
    let corrections = UserTaskCorrections { assignee: None, changes };
    let corrected = UserTaskResult { corrections, ..UserTaskResult::default() };
    running.submit(result(job.key, corrected)).await;
    let job = running.job("on-completing-too").await;
    assert_eq!(shown().await, ("COMPLETING", eve.clone(), 50));
    running.complete(job.key, "{}").await;
    completed.await.unwrap().unwrap();
    assert_eq!(shown().await, ("COMPLETED", eve, 70));

    let instance = running.create("task_listeners", variables).await;
    running.complete(running.job("on-creating").await.key, "{}").await;
    let cancel =
        CancelProcessInstance { process_instance_key: instance.key, operation_reference: 0 };
    running.submit(Command::CancelProcessInstance(cancel)).await;
    let job = running.job("on-canceling").await;
    assert_eq!(task_of(&running, instance.key.0).await.state, "CANCELING");
    running.complete(job.key, "{}").await;
    assert_eq!(task_of(&running, instance.key.0).await.state, "CANCELED");
    rig.check_made_anew(running).await;
}

#[tokio::test]
async fn a_migrated_task_is_of_its_new_element() {
    let (_rig, running) = Rig::with(&[NATIVE]).await;
    let instance = running.create("user_task_native", VARIABLES).await;
    let task = task_of(&running, instance.key.0).await;
    let other = String::from_utf8(NATIVE.1.to_vec()).unwrap();
    let other = other.replace("Approve order", "Accept it").replace(r#""approve""#, r#""accept""#);
    let other: &'static [u8] = Box::leak(other.into_bytes().into_boxed_slice());
    running.deploy(&[("other.bpmn", other)]).await;
    let target = running.create("user_task_native", VARIABLES).await.process_definition_key;
    assert_ne!(target, instance.process_definition_key);
    let mapping = |source: &str, target: &str| ElementMapping {
        source_element_id: source.into(),
        target_element_id: target.into(),
    };
    let migrate = MigrateProcessInstance {
        process_instance_key: instance.key,
        target_process_definition_key: target,
        mappings: vec![mapping("approve", "accept"), mapping("too_late", "too_late")],
        operation_reference: 0,
    };
    running.submit(Command::MigrateProcessInstance(Box::new(migrate))).await;
    let found = running.get::<UserTask>(task.key).await.unwrap();
    assert_eq!(found.element_id, "accept");
    assert_eq!(found.name.as_deref(), Some("Accept it"));
    assert_eq!((found.process_definition_key, found.process_definition_version), (target.0, 2));
    assert_eq!((found.state, found.priority), ("CREATED", 80));
    running.stop().await;
}

#[tokio::test]
async fn tasks_that_are_jobs_are_not_among_them() {
    let (_rig, running) = Rig::with(&[BY_JOB]).await;
    running.create("user_task", "{}").await;
    assert_eq!(running.search(only(Vec::new())).await.total, 0);
    running.stop().await;
}

#[tokio::test]
async fn candidates_are_compared_one_by_one() {
    let (_rig, running) = Rig::with(&[NATIVE]).await;
    let mut keys = Vec::new();
    for groups in [&["sales", "support"][..], &["sales"], &["Sales", "s*es"], &[]] {
        let instance = running.create("user_task_native", VARIABLES).await;
        let key = task_of(&running, instance.key.0).await.key;
        let groups = groups.iter().map(|group| (*group).to_owned()).collect();
        let changes =
            UserTaskChanges { candidate_groups: Some(groups), ..UserTaskChanges::default() };
        running.submit(update(key, changes)).await;
        keys.push(key);
    }
    let text = |text: &str| text.to_owned();
    for (test, expected) in [
        (TextTest::Is(Test::Equals(text("sales"))), &[0, 1][..]),
        (TextTest::Is(Test::Differs(text("support"))), &[1, 2, 3]),
        (TextTest::Is(Test::Exists(true)), &[0, 1, 2]),
        (TextTest::Is(Test::Exists(false)), &[3]),
        (TextTest::Is(Test::OneOf([text("support"), text("Sales")].into())), &[0, 2]),
        (TextTest::Is(Test::NoneOf([text("support"), text("Sales")].into())), &[1, 3]),
        (TextTest::Like(text("s?l*")), &[0, 1]),
        (TextTest::Like(text(r"s\*es")), &[2]),
    ] {
        let search = Search {
            order: vec![(Field::Key, Order::Ascending)],
            ..only(vec![Condition::Of(UserTaskCondition::CandidateGroup(test.clone()))])
        };
        let found = running.search(search).await;
        let found: Vec<i64> = found.items.iter().map(|item| item.key).collect();
        let expected: Vec<i64> = expected.iter().map(|n| keys[*n]).collect();
        assert_eq!(found, expected, "{test:?}");
    }
    running.stop().await;
}
