//! What is forgotten: because it was asked for, or because it is old.

use std::{collections::BTreeSet, fs, time::Duration};

use skep_broker::Clock;
use skep_projection::{
    BatchOperation, BatchOperationItem, Condition, DecisionInstance, ElementInstance,
    ProcessInstance, ProcessInstanceField, Search,
};
use skep_record::{
    BatchOperationKey, BatchOperationOrder, BatchOperationPlan, CancelProcessInstance, Command,
    CreateBatchOperation, DecisionRef, DeleteHistory, Document, EvaluateDecision, HistoryType,
    ProcessInstanceFilter, ProcessInstanceKey, Response, TenantId, Timestamp,
};

use crate::{
    model,
    rig::{Model, PATIENCE, Rig, Running},
};

const TWO_TASKS: Model = model!("two_service_tasks");
const CALL_ACTIVITY: Model = model!("call_activity");
const CALLED: Model = model!("service_task");
const DISHES: Model =
    ("requirements.dmn", include_bytes!("../../../../tests/dmn/requirements.dmn"));
const DAY: Duration = Duration::from_secs(86_400);
const DAY_MS: i64 = 86_400_000;

async fn cancel(running: &Running, key: ProcessInstanceKey) {
    let cancel = CancelProcessInstance { process_instance_key: key, operation_reference: 0 };
    running.submit(Command::CancelProcessInstance(cancel)).await;
}

fn delete(key: i64) -> Command {
    let history_type = HistoryType::ProcessInstance;
    Command::DeleteHistory(DeleteHistory {
        resource_key: key,
        history_type,
        operation_reference: 0,
    })
}

async fn delete_all(running: &Running, keys: impl IntoIterator<Item = i64>) -> BatchOperationKey {
    let plan = BatchOperationPlan::DeleteHistory {
        history_type: HistoryType::ProcessInstance,
        keys: keys.into_iter().collect(),
    };
    let command = Command::CreateBatchOperation(Box::new(CreateBatchOperation {
        order: BatchOperationOrder {
            plan,
            filter: ProcessInstanceFilter { all: Vec::new(), any: Vec::new() },
            tenant_ids: vec![TenantId::default()],
        },
        process_instance_key: None,
        operation_reference: 0,
    }));
    let answer = running.submit(command).await;
    let Response::BatchOperationCreated(key) = answer else { panic!("{answer:?}") };
    let ended =
        async { while running.get::<BatchOperation>(key.0).await.unwrap().end_at.is_none() {} };
    tokio::time::timeout(PATIENCE, ended).await.unwrap();
    key
}

async fn instances(running: &Running) -> BTreeSet<i64> {
    let found = running.search::<ProcessInstance>(Search::default()).await;
    found.items.iter().map(|item| item.key).collect()
}

/// Rows of the file that name one of these keys.
fn rows_with(rig: &Rig, keys: &[i64]) -> Vec<String> {
    let names = |row: &str| keys.iter().any(|key| row.contains(&format!("Integer({key})")));
    rig.dump().into_iter().filter(|row| names(row)).collect()
}

#[tokio::test]
async fn what_was_asked_for_is_gone_and_stays_gone() {
    let mut rig = Rig::new();
    rig.config.n_partitions = 2;
    let running = rig.start();
    running.deploy(&[TWO_TASKS]).await;
    let mut created = Vec::new();
    for _ in 0..8 {
        created.push(running.create("two_service_tasks", r#"{"n": 1}"#).await.key);
    }
    for key in &created[1..] {
        cancel(&running, *key).await;
    }
    let all: BTreeSet<i64> = created.iter().map(|key| key.0).collect();
    assert_eq!(instances(&running).await, all);
    // One that has just ended, before the rows of its end were written, and one written before.
    cancel(&running, created[0]).await;
    running.submit(delete(created[0].0)).await;
    running.submit(delete(created[1].0)).await;
    let one = running.create("two_service_tasks", "{}").await.key;
    let refused = running.broker.submit(delete(one.0)).await.unwrap_err();
    assert!(refused.to_string().contains("has not ended"), "{refused}");
    let operation = delete_all(&running, [created[2].0, created[3].0, one.0]).await;
    let left: BTreeSet<i64> = created[4..].iter().map(|key| key.0).chain([one.0]).collect();
    assert_eq!(instances(&running).await, left);
    let items = running.search::<BatchOperationItem>(Search::default()).await.items;
    let state = |key: i64| items.iter().find(|item| item.item_key == key).unwrap();
    assert_eq!(state(created[2].0).state, "COMPLETED");
    assert_eq!(state(created[2].0).root_process_instance_key, None, "nothing is known of it");
    let failed = state(one.0);
    assert_eq!((failed.state, failed.batch_operation_key), ("FAILED", operation.0));
    assert!(failed.error.as_deref().unwrap().contains("has not ended"), "{failed:?}");
    running.stop().await;

    let gone: Vec<i64> = created[..4].iter().map(|key| key.0).collect();
    let rows = rows_with(&rig, &gone);
    assert!(rows.iter().all(|row| row.starts_with("batch_operation_item ")), "{rows:?}");
    // Made anew from the journal, it is not known either.
    let live = rig.dump();
    for file in ["history.db", "history.db-wal", "history.db-shm"] {
        let _ = fs::remove_file(rig.dir.path().join(file));
    }
    let running = rig.start();
    running.caught_up().await;
    running.stop().await;
    assert_eq!(rig.dump(), live);
}

#[tokio::test]
async fn called_instances_are_deleted_by_their_own_keys() {
    let (_rig, running) = Rig::with(&[CALL_ACTIVITY, CALLED]).await;
    let parent = running.create("call_activity", "{}").await.key;
    let called = instances(&running).await.into_iter().find(|key| *key != parent.0).unwrap();
    cancel(&running, parent).await;
    running.submit(delete(parent.0)).await;
    assert_eq!(instances(&running).await, [called].into());
    let found = running.get::<ProcessInstance>(called).await.unwrap();
    assert_eq!(found.parent_process_instance_key, Some(parent.0));
    let elements = running.search::<ElementInstance>(Search::default()).await.items;
    assert!(elements.iter().all(|element| element.process_instance_key == called));
    assert!(!elements.is_empty());
    running.stop().await;
}

#[tokio::test]
async fn what_has_ended_long_ago_is_forgotten_a_little_at_a_time() {
    let mut rig = Rig::new();
    rig.keeps = Some(30 * DAY);
    rig.config.n_partitions = 2;
    let running = rig.start();
    running.deploy(&[TWO_TASKS, DISHES]).await;
    // More than one step takes.
    let mut old = Vec::new();
    for _ in 0..450 {
        let key = running.create("two_service_tasks", "{}").await.key;
        cancel(&running, key).await;
        old.push(key.0);
    }
    let evaluate = || {
        Command::EvaluateDecision(Box::new(EvaluateDecision {
            decision: DecisionRef::Latest("dish".into()),
            variables: Document::from_json(r#"{"temperature": 30, "weekend": false}"#).unwrap(),
            tenant_id: TenantId::default(),
        }))
    };
    running.submit(evaluate()).await;
    let runs = running.create("two_service_tasks", "{}").await.key;
    let operation = delete_all(&running, old[..5].iter().copied()).await;
    running.clock.advance_ms(10 * DAY_MS);
    let younger = running.create("two_service_tasks", "{}").await.key;
    cancel(&running, younger).await;
    assert_eq!(running.search::<ProcessInstance>(Search::default()).await.total, 447);

    // Thirty days to the millisecond is not longer than thirty days.
    running.clock.advance_ms(20 * DAY_MS);
    let newest = running.create("two_service_tasks", "{}").await.key;
    assert_eq!(running.search::<ProcessInstance>(Search::default()).await.total, 448);
    assert!(running.get::<BatchOperation>(operation.0).await.is_some());

    let n_evaluated = running.search::<DecisionInstance>(Search::default()).await.total;
    assert!(n_evaluated > 1);
    running.submit(evaluate()).await;

    running.clock.advance_ms(1);
    // Something happens, so that the exporter looks at the clock.
    let jobs = running.jobs("collect-money").await;
    assert_eq!(jobs.len(), 2);
    let forgotten = async {
        loop {
            let n = running.search::<ProcessInstance>(Search::default()).await.total;
            let evaluated = running.search::<DecisionInstance>(Search::default()).await;
            if n == 3
                && evaluated.total == n_evaluated
                && running.get::<BatchOperation>(operation.0).await.is_none()
            {
                return;
            }
            // What is found at once gives the time limit no turn.
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, forgotten).await.unwrap();
    // Of jobs, whole minutes are forgotten.
    let counts = |rig: &Rig| rig.dump().iter().filter(|row| row.starts_with("job_count ")).count();
    let n_counts = counts(&rig);
    running.clock.advance_ms(120_000);
    let fewer = async {
        while counts(&rig) >= n_counts {
            running.jobs("collect-money").await;
            running.caught_up().await;
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, fewer).await.unwrap();
    assert!(counts(&rig) > 0, "those of the last minutes stay");
    assert_eq!(instances(&running).await, [runs.0, younger.0, newest.0].into());
    assert_eq!(running.search::<BatchOperationItem>(Search::default()).await.total, 0);
    running.stop().await;
    assert_eq!(rows_with(&rig, &old), [0_i32; 0].map(|_| String::new()));
}

#[tokio::test]
async fn where_time_stands_still_nothing_grows_old() {
    let mut rig = Rig::new();
    rig.keeps = Some(30 * DAY);
    rig.config.clock = Clock::controlled();
    let running = rig.start();
    running.deploy(&[TWO_TASKS]).await;
    // Long ago, by the system's clock.
    let then = 1_000_000_000_000;
    running.broker.move_clock(Some(Timestamp(then))).await.unwrap();
    let key = running.create("two_service_tasks", "{}").await.key;
    cancel(&running, key).await;
    for _ in 0..3 {
        running.create("two_service_tasks", "{}").await;
        assert!(running.get::<ProcessInstance>(key.0).await.is_some());
    }
    running.broker.move_clock(Some(Timestamp(then + 31 * DAY_MS))).await.unwrap();
    let forgotten = async {
        while running.get::<ProcessInstance>(key.0).await.is_some() {
            running.create("two_service_tasks", "{}").await;
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, forgotten).await.unwrap();
    running.stop().await;
}

#[tokio::test]
async fn without_a_retention_nothing_is_forgotten() {
    let (_rig, running) = Rig::with(&[TWO_TASKS]).await;
    let key = running.create("two_service_tasks", "{}").await.key;
    cancel(&running, key).await;
    running.clock.advance_ms(100_000 * DAY_MS);
    running.create("two_service_tasks", "{}").await;
    running.caught_up().await;
    running.create("two_service_tasks", "{}").await;
    assert!(running.get::<ProcessInstance>(key.0).await.is_some());
    running.stop().await;
}

#[tokio::test]
async fn keys_of_what_is_found_are_in_order_and_limited() {
    let (_rig, running) = Rig::with(&[TWO_TASKS]).await;
    let mut created = Vec::new();
    for _ in 0..5 {
        created.push(running.create("two_service_tasks", "{}").await.key.0);
    }
    cancel(&running, ProcessInstanceKey(created[2])).await;
    running.caught_up().await;
    let is_active = Condition::Text(
        ProcessInstanceField::State,
        skep_record::TextTest::Is(skep_record::Test::Equals("ACTIVE".to_owned())),
    );
    let search = Search::<ProcessInstance> { all: vec![is_active], ..Search::default() };
    let all = skep_record::AuthorizedTenants::All;
    let none = skep_record::AuthorizedTenants::Only([].into());
    let history = &running.history;
    assert_eq!(
        history.keys(ProcessInstanceField::Key, &search, &all, 10).unwrap(),
        [created[0], created[1], created[3], created[4]]
    );
    assert_eq!(history.keys(ProcessInstanceField::Key, &search, &all, 2).unwrap(), created[..2]);
    assert_eq!(history.keys(ProcessInstanceField::Key, &search, &none, 10).unwrap(), [0_i64; 0]);
    running.stop().await;
}
