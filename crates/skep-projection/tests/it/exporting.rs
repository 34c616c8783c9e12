//! How records get into the history, whatever happens.

use std::fs;

use skep_broker::Broker;
use skep_projection::{
    Condition, CorrelatedMessage, DecisionDefinition, DecisionInstance, ElementInstance,
    ElementInstanceField, History, MessageSubscription, ProcessDefinition, ProcessInstance,
    Projector, Search,
};
use skep_record::{AuthorizedTenants, Command, Document, PublishMessage, TenantId, Test, TextTest};

use crate::{
    model,
    rig::{Model, PATIENCE, Rig},
};

const TWO_TASKS: Model = model!("two_service_tasks");
const NOTICE: Model = model!("boundary_message_non_interrupting");
const DISHES: Model =
    ("requirements.dmn", include_bytes!("../../../../tests/dmn/requirements.dmn"));

#[tokio::test]
async fn a_restart_goes_on_where_it_was() {
    let rig = Rig::new();
    let mut expected = Vec::new();
    for round in 0..3 {
        let running = rig.start();
        if round == 0 {
            running.deploy(&[TWO_TASKS]).await;
        }
        for _ in 0..10 {
            expected.push(running.create("two_service_tasks", "{}").await.key.0);
        }
        let found = running.search::<ProcessInstance>(Search::default()).await;
        let keys: Vec<i64> = found.items.iter().map(|item| item.key).collect();
        assert_eq!(keys, expected);
        running.stop().await;
    }
}

#[tokio::test]
async fn after_a_restart_nobody_waits_for_what_was_there_before() {
    let (rig, running) = Rig::with(&[TWO_TASKS]).await;
    running.create("two_service_tasks", "{}").await;
    running.caught_up().await;
    running.stop().await;
    for _ in 0..3 {
        let running = rig.start();
        let began = std::time::Instant::now();
        running.caught_up().await;
        assert!(began.elapsed() < PATIENCE / 2, "{:?}", began.elapsed());
        running.stop().await;
    }
}

#[tokio::test]
async fn a_lost_history_is_made_anew_from_the_journal() {
    let (rig, running) = Rig::with(&[TWO_TASKS]).await;
    for _ in 0..20 {
        running.create("two_service_tasks", "{}").await;
    }
    for job in running.jobs("collect-money").await.iter().take(7) {
        running.complete(job.key, "{}").await;
    }
    running.caught_up().await;
    running.stop().await;
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
async fn a_history_of_another_journal_is_thrown_away() {
    let (rig, running) = Rig::with(&[TWO_TASKS]).await;
    for _ in 0..20 {
        running.create("two_service_tasks", "{}").await;
    }
    running.caught_up().await;
    running.stop().await;
    // As after a restore of the journal alone, from before all of it.
    fs::remove_dir_all(&rig.config.data_dir).unwrap();
    let running = rig.start();
    running.deploy(&[TWO_TASKS]).await;
    let created = running.create("two_service_tasks", "{}").await;
    let found = running.search::<ProcessInstance>(Search::default()).await;
    assert_eq!(found.items.len(), 1);
    assert_eq!(found.items[0].key, created.key.0);
    running.stop().await;
}

#[tokio::test]
async fn the_journal_keeps_what_is_not_exported() {
    let rig = Rig::new();
    let mut config = rig.config.clone();
    config.snapshot_every_bytes = 64 << 10;
    config.segment_bytes = 64 << 10;
    let rig = Rig { config, ..rig };
    let payload = format!(r#"{{"text": "{}"}}"#, "x".repeat(20_000));
    for round in 0..3 {
        let running = rig.start();
        if round == 0 {
            running.deploy(&[TWO_TASKS]).await;
        }
        for _ in 0..20 {
            running.create("two_service_tasks", &payload).await;
        }
        running.caught_up().await;
        running.stop().await;
    }
    let live = rig.dump();
    let first = |rig: &Rig| {
        let dir = skep_broker::journal_dir(&rig.config.data_dir, skep_record::PartitionId(1));
        let frame = skep_journal::Reader::open(dir, 1).unwrap().next().unwrap().unwrap();
        frame.first_position
    };
    assert!(first(&rig) > 1, "what is exported goes");

    // A history that has seen nothing keeps it, and what has gone is missing in it.
    let until = first(&rig);
    for file in ["history.db", "history.db-wal", "history.db-shm"] {
        let _ = fs::remove_file(rig.dir.path().join(file));
    }
    let running = rig.start();
    running.caught_up().await;
    assert_ne!(running.search::<ProcessInstance>(Search::default()).await.total, 60);
    assert_eq!(first(&rig), until);
    running.stop().await;
    assert_ne!(rig.dump(), live);
}

#[tokio::test]
async fn a_history_of_another_version_is_refused() {
    let rig = Rig::new();
    rig.start().stop().await;
    let connection = rusqlite::Connection::open(rig.file()).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    let error = Projector::open(rig.file()).unwrap_err().to_string();
    assert!(error.contains("has format 99"), "{error}");
}

#[tokio::test]
async fn without_an_exporter_nothing_is_awaited() {
    let rig = Rig::new();
    let broker = Broker::start(rig.config.clone()).unwrap();
    assert!(broker.await_export(std::time::Duration::ZERO).await);
    assert!(broker.exported().is_empty());
    broker.shutdown().await;
}

#[tokio::test]
async fn searches_do_not_hinder_each_other() {
    let (_rig, running) = Rig::with(&[TWO_TASKS]).await;
    running.create("two_service_tasks", "{}").await;
    running.caught_up().await;
    let search = |history: History| {
        std::thread::spawn(move || {
            for _ in 0..50 {
                let search = Search::<ProcessInstance>::default();
                assert_eq!(history.search(&search, &AuthorizedTenants::All).unwrap().total, 1);
            }
        })
    };
    let threads: Vec<_> = (0..12).map(|_| search(running.history.clone())).collect();
    for thread in threads {
        thread.join().unwrap();
    }
    running.stop().await;
}

#[tokio::test]
async fn what_goes_on_after_the_history_began_is_found_without_its_beginning() {
    let rig = Rig::new();
    let mut config = rig.config.clone();
    config.snapshot_every_bytes = 64 << 10;
    config.segment_bytes = 64 << 10;
    let rig = Rig { config, ..rig };
    let payload = format!(r#"{{"order_id": "A-1", "text": "{}"}}"#, "x".repeat(20_000));
    for round in 0..3 {
        let running = rig.start();
        if round == 0 {
            running.deploy(&[TWO_TASKS, NOTICE, DISHES]).await;
            running.create("two_service_tasks", "{}").await;
            running.create("boundary_message_non_interrupting", &payload).await;
        }
        for _ in 0..20 {
            running.create("two_service_tasks", &payload).await;
        }
        running.caught_up().await;
        running.stop().await;
    }
    for file in ["history.db", "history.db-wal", "history.db-shm"] {
        let _ = fs::remove_file(rig.dir.path().join(file));
    }
    let running = rig.start();
    for job in running.jobs("collect-money").await {
        running.complete(job.key, "{}").await;
    }
    let publish = Command::PublishMessage(PublishMessage {
        name: "cancel order".into(),
        correlation_key: "A-1".into(),
        time_to_live_ms: 60_000,
        message_id: String::new(),
        variables: Document::default(),
        tenant_id: TenantId::default(),
    });
    running.submit(publish).await;
    // No job, variable or incident tells of this instance before its element does.
    let is_notice = TextTest::Is(Test::Equals("notice".to_owned()));
    let notices = Search::<ElementInstance> {
        all: vec![Condition::Text(ElementInstanceField::ElementId, is_notice)],
        ..Search::default()
    };
    let mut n_looks = 0;
    while running.search(notices.clone()).await.total == 0 {
        n_looks += 1;
        assert!(n_looks < 100_000, "the message is never taken");
        tokio::task::yield_now().await;
    }
    let instances = running.search(Search::<ProcessInstance>::default()).await;
    assert!(instances.total > 0);
    let elements = running.search(Search::<ElementInstance>::default()).await;
    let ships = elements.items.iter().filter(|found| found.element_id == "ship_parcel");
    assert!(ships.count() > 0);
    for instance in elements.items.iter().map(|found| found.process_instance_key) {
        assert!(running.get::<ProcessInstance>(instance).await.is_some(), "{instance}");
    }
    let definitions = running.search(Search::<ProcessDefinition>::default()).await.items;
    assert!(definitions.iter().all(|found| found.resource_name.is_empty()), "{definitions:?}");
    let file = |key| running.history.process_definition_file(key, &AuthorizedTenants::All);
    assert_eq!(file(definitions[0].key).unwrap(), Some(Vec::new()));
    running.search(Search::<MessageSubscription>::default()).await;
    running.search(Search::<CorrelatedMessage>::default()).await;
    running.search(Search::<DecisionDefinition>::default()).await;
    running.search(Search::<DecisionInstance>::default()).await;
    running.stop().await;
}
