//! Jobs.

use skep_projection::{
    Condition, Job, JobField as Field, Order, ProcessInstance, ProcessInstanceCondition, Search,
};
use skep_record::{
    AssignUserTask, AuthorizedTenants, CancelProcessInstance, Command, CompleteJob, Document,
    ElementMapping, FailJob, JobKey, JobResult, MigrateProcessInstance, Test, ThrowError,
    Timestamp, UpdateJobRetries, UpdateJobTimeout, UserTaskKey, UserTaskResult,
};

use crate::{
    model,
    rig::{Model, Rig, Running},
};

const SERVICE_TASK: Model = model!("service_task");
const BOUNDARY_ERROR: Model = model!("boundary_error");
const LISTENERS: Model = model!("execution_listeners");
const TASK_LISTENERS: Model = model!("task_listeners");

/// When the clock of the tests begins.
const BEGIN: i64 = 1_700_000_000_000;

/// The jobs of an instance, in the order of their creation.
async fn jobs_of(running: &Running, instance: i64) -> Vec<Job> {
    let search = Search {
        all: vec![Condition::Number(Field::ProcessInstanceKey, Test::Equals(instance))],
        order: vec![(Field::Key, Order::Ascending)],
        ..Search::default()
    };
    running.search(search).await.items
}

fn failure(job_key: JobKey, retries: i32, retry_back_off_ms: i64) -> Command {
    Command::FailJob(FailJob {
        job_key,
        retries,
        retry_back_off_ms,
        error_message: format!("{retries} left"),
        variables: Document::empty(),
    })
}

fn error(job_key: JobKey, code: &str) -> Command {
    Command::ThrowError(ThrowError {
        job_key,
        error_code: code.into(),
        error_message: "card declined".into(),
        variables: Document::empty(),
    })
}

#[tokio::test]
async fn a_job_is_found_from_its_beginning_to_its_end() {
    let (rig, running) = Rig::with(&[SERVICE_TASK]).await;
    let instance = running.create("order_process", "{}").await;
    let found = jobs_of(&running, instance.key.0).await.remove(0);
    let key = JobKey(found.key);
    let expected = Job {
        key: key.0,
        job_type: "payment-service".into(),
        worker: String::new(),
        state: "CREATED",
        kind: "BPMN_ELEMENT",
        listener_event: "UNSPECIFIED",
        retries: 3,
        has_failed_with_retries_left: false,
        deadline: None,
        created_at: Timestamp(BEGIN),
        updated_at: Timestamp(BEGIN),
        ended_at: None,
        error_code: None,
        error_message: None,
        is_denied: None,
        denied_reason: None,
        headers: Document::empty(),
        element_id: "charge_card".into(),
        element_instance_key: found.element_instance_key,
        process_instance_key: instance.key.0,
        root_process_instance_key: instance.key.0,
        process_definition_id: "order_process".into(),
        process_definition_key: instance.process_definition_key.0,
        tenant_id: "<default>".into(),
    };
    assert!(found == expected, "{found:?}");
    let shown = async || running.get::<Job>(key.0).await.unwrap();
    let has_retries_left = async |wanted: bool| {
        let condition = Condition::Of(ProcessInstanceCondition::HasRetriesLeft(wanted));
        let search = Search::<ProcessInstance> { all: vec![condition], ..Search::default() };
        running.search(search).await.total == 1
    };

    running.clock.advance_ms(1000);
    running.job("payment-service").await;
    let found = shown().await;
    assert_eq!((found.state, &*found.worker), ("CREATED", "tests"));
    assert_eq!(found.deadline, Some(Timestamp(BEGIN + 61_000)));
    assert_eq!(found.updated_at, Timestamp(BEGIN + 1000));
    assert!(has_retries_left(false).await && !has_retries_left(true).await);

    running.submit(failure(key, 2, 0)).await;
    let found = shown().await;
    assert_eq!((found.state, found.retries), ("FAILED", 2));
    assert_eq!(found.error_message.as_deref(), Some("2 left"));
    assert!(found.has_failed_with_retries_left);
    assert!(has_retries_left(true).await && !has_retries_left(false).await);

    running.job("payment-service").await;
    running.submit(failure(key, 0, 0)).await;
    let found = shown().await;
    assert_eq!((found.state, found.has_failed_with_retries_left), ("FAILED", false));
    assert!(has_retries_left(false).await);

    let update = UpdateJobRetries { job_key: key, retries: 5, operation_reference: 0 };
    running.submit(Command::UpdateJobRetries(update)).await;
    let found = shown().await;
    assert_eq!((found.state, found.retries), ("RETRIES_UPDATED", 5));

    let other = running.create("order_process", "{}").await;
    let other_key = jobs_of(&running, other.key.0).await[0].key;
    running.job("payment-service").await;
    let update =
        UpdateJobTimeout { job_key: JobKey(other_key), timeout_ms: 90_000, operation_reference: 0 };
    running.submit(Command::UpdateJobTimeout(update)).await;
    let found = running.get::<Job>(other_key).await.unwrap();
    assert_eq!((found.state, found.deadline), ("CREATED", Some(Timestamp(BEGIN + 91_000))));
    running.clock.advance_ms(90_001);
    // It comes again.
    assert_eq!(running.job("payment-service").await.key.0, other_key);
    assert_eq!(running.get::<Job>(other_key).await.unwrap().state, "TIMED_OUT");
    running.complete(JobKey(other_key), "{}").await;
    let found = running.get::<Job>(other_key).await.unwrap();
    assert_eq!((found.state, found.ended_at), ("COMPLETED", Some(Timestamp(BEGIN + 91_001))));
    assert_eq!((&*found.worker, found.is_denied), ("tests", None));

    let cancel =
        CancelProcessInstance { process_instance_key: instance.key, operation_reference: 0 };
    running.submit(Command::CancelProcessInstance(cancel)).await;
    let found = shown().await;
    assert_eq!((found.state, found.ended_at), ("CANCELED", Some(Timestamp(BEGIN + 91_001))));
    let no_tenants = AuthorizedTenants::Only([].into());
    assert!(running.history.get::<Job>(key.0, &no_tenants).unwrap().is_none());
    rig.check_made_anew(running).await;
}

#[tokio::test]
async fn an_error_ends_a_job_only_if_it_is_caught() {
    let (_rig, running) = Rig::with(&[BOUNDARY_ERROR]).await;
    for (code, ended_at) in [("CARD_DECLINED", Some(Timestamp(BEGIN))), ("OTHER", None)] {
        let instance = running.create("boundary_error", "{}").await;
        let job = running.job("work").await;
        running.submit(error(job.key, code)).await;
        let found = jobs_of(&running, instance.key.0).await.remove(0);
        assert_eq!((found.state, found.ended_at), ("ERROR_THROWN", ended_at));
        assert_eq!(found.error_code.as_deref(), Some(code));
        assert_eq!(found.error_message.as_deref(), Some("card declined"));
    }
    running.stop().await;
}

#[tokio::test]
async fn jobs_of_listeners_tell_what_they_listen_to() {
    let (_rig, running) = Rig::with(&[LISTENERS]).await;
    let instance = running.create("execution_listeners", r#"{"second":"again"}"#).await;
    running.complete(running.job("process-start").await.key, "{}").await;
    running.job("prepare").await;
    let found = jobs_of(&running, instance.key.0).await;
    let [first, second] = &found[..] else { panic!("{found:?}") };
    for job in [first, second] {
        assert_eq!((job.kind, job.listener_event), ("EXECUTION_LISTENER", "START"));
        assert_eq!(job.is_denied, None);
    }
    // The process itself has listeners, too.
    assert_eq!(first.element_instance_key, instance.key.0);
    assert_eq!((&*first.element_id, first.state), ("execution_listeners", "COMPLETED"));
    running.stop().await;
}

#[tokio::test]
async fn a_listener_that_denies_is_told_from_one_that_does_not() {
    let (_rig, running) = Rig::with(&[TASK_LISTENERS]).await;
    let variables = r#"{"requester":null,"second":"on-assigning-too"}"#;
    let instance = running.create("task_listeners", variables).await;
    let created = running.job("on-creating").await;
    running.complete(created.key, "{}").await;
    for (denied, reason) in [(false, ""), (true, "not today"), (true, "")] {
        let found = running.search(Search::<skep_projection::UserTask>::default()).await;
        let assign = Command::AssignUserTask(Box::new(AssignUserTask {
            user_task_key: UserTaskKey(found.items[0].key),
            assignee: "eve".into(),
            allow_override: true,
            action: String::new(),
        }));
        let broker = running.broker.clone();
        let assigned = tokio::spawn(async move { broker.submit(assign).await });
        let mut last = running.job("on-assigning").await.key;
        if !denied {
            running.complete(last, "{}").await;
            last = running.job("on-assigning-too").await.key;
        }
        let result =
            UserTaskResult { denied, denied_reason: reason.into(), ..UserTaskResult::default() };
        running
            .submit(Command::CompleteJob(CompleteJob {
                job_key: last,
                variables: Document::empty(),
                result: Some(Box::new(JobResult::UserTask(result))),
            }))
            .await;
        assert_eq!(assigned.await.unwrap().is_err(), denied);
        let found = running.get::<Job>(last.0).await.unwrap();
        assert_eq!((found.kind, found.listener_event), ("TASK_LISTENER", "ASSIGNING"));
        assert_eq!((found.state, found.is_denied), ("COMPLETED", Some(denied)));
        assert_eq!(found.denied_reason.unwrap_or_default(), reason);
    }
    let denied: Search<Job> =
        Search { all: vec![Condition::Is(Field::IsDenied, true)], ..Search::default() };
    assert_eq!(running.search(denied).await.total, 2);
    assert_eq!(jobs_of(&running, instance.key.0).await.len(), 5);
    running.stop().await;
}

#[tokio::test]
async fn a_migrated_job_is_of_its_new_element() {
    let (_rig, running) = Rig::with(&[SERVICE_TASK]).await;
    let instance = running.create("order_process", "{}").await;
    let other = String::from_utf8(SERVICE_TASK.1.to_vec()).unwrap();
    let other = other.replace(r#""charge_card""#, r#""charge""#);
    let other: &'static [u8] = Box::leak(other.into_bytes().into_boxed_slice());
    running.deploy(&[("other.bpmn", other)]).await;
    let target = running.create("order_process", "{}").await.process_definition_key;
    let mapping = ElementMapping {
        source_element_id: "charge_card".into(),
        target_element_id: "charge".into(),
    };
    let migrate = MigrateProcessInstance {
        process_instance_key: instance.key,
        target_process_definition_key: target,
        mappings: vec![mapping],
        operation_reference: 0,
    };
    running.submit(Command::MigrateProcessInstance(Box::new(migrate))).await;
    let found = jobs_of(&running, instance.key.0).await.remove(0);
    assert_eq!((found.state, &*found.element_id), ("MIGRATED", "charge"));
    assert_eq!(found.process_definition_key, target.0);
    running.stop().await;
}

#[tokio::test]
async fn jobs_of_all_partitions_are_found() {
    let mut rig = Rig::new();
    rig.config.n_partitions = 3;
    let running = rig.start();
    running.deploy(&[SERVICE_TASK]).await;
    for _ in 0..6 {
        running.create("order_process", "{}").await;
    }
    let found = running.search(Search::<Job>::default()).await;
    assert_eq!(found.total, 6);
    let partitions = found.items.iter().map(|job| job.key >> 51);
    assert_eq!(partitions.collect::<std::collections::BTreeSet<_>>().len(), 3);
    assert!(found.items.iter().all(|job| job.element_id == "charge_card"));
    rig.check_made_anew(running).await;
}
