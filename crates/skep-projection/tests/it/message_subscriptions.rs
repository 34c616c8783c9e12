//! Message subscriptions, and messages that they took.

use skep_projection::{
    Condition, CorrelatedMessage, Cursor, DefinitionSubscriptions, HistoryError,
    MessageSubscription, MessageSubscriptionField as Field, Page, Search,
};
use skep_record::{
    AuthorizedTenants, CancelProcessInstance, Command, Document, ElementMapping,
    MigrateProcessInstance, PublishMessage, Response, TenantId, Test, TextTest, Timestamp,
};

use crate::{
    model,
    rig::{Model, Rig, Running},
};

const CATCH: Model = model!("message_catch");
const NOTICE: Model = model!("boundary_message_non_interrupting");
const START: Model = model!("message_start");

async fn publish(running: &Running, name: &str, correlation_key: &str) -> i64 {
    let command = Command::PublishMessage(PublishMessage {
        name: name.into(),
        correlation_key: correlation_key.into(),
        time_to_live_ms: 60_000,
        message_id: String::new(),
        variables: Document::default(),
        tenant_id: TenantId::default(),
    });
    let answer = running.submit(command).await;
    let Response::Published(key) = answer else { panic!("{answer:?}") };
    key.0
}

/// All subscriptions, once as many are in this state: partitions tell each other of them after
/// the command is answered.
async fn once(running: &Running, state: &str, n: usize) -> Vec<MessageSubscription> {
    for _ in 0..100_000 {
        let found = running.search(Search::<MessageSubscription>::default()).await.items;
        if found.iter().filter(|subscription| subscription.state == state).count() == n {
            return found;
        }
        tokio::task::yield_now().await;
    }
    panic!("{n} subscriptions are never {state}");
}

fn statistics(running: &Running) -> Vec<DefinitionSubscriptions> {
    let wanted = Search::<MessageSubscription>::default();
    let found = running.history.message_subscription_statistics(&wanted, &AuthorizedTenants::All);
    found.unwrap().items
}

#[tokio::test]
async fn a_subscription_is_found_from_its_opening_to_its_message() {
    for n_partitions in [1, 3] {
        let mut rig = Rig::new();
        rig.config.n_partitions = n_partitions;
        let running = rig.start();
        running.deploy(&[CATCH]).await;
        let created = running.create("message_catch", r#"{"order_id": "A-1"}"#).await.key.0;
        let found = once(&running, "CREATED", 1).await;
        let [subscription] = &found[..] else { panic!("{found:?}") };
        assert_eq!(subscription.process_instance_key, created);
        assert_eq!(subscription.root_process_instance_key, created);
        assert_eq!(subscription.process_definition_id, "message_catch");
        assert_eq!(subscription.element_id, "await_payment");
        assert_eq!(subscription.message_name, "payment received");
        assert_eq!(subscription.correlation_key, "A-1");
        assert_eq!(subscription.updated_at, Timestamp(1_700_000_000_000));
        assert_eq!(statistics(&running)[0].subscriptions, 1);

        running.clock.advance_ms(7);
        let message = publish(&running, "payment received", "A-1").await;
        let found = once(&running, "CORRELATED", 1).await;
        assert_eq!(found[0].updated_at, Timestamp(1_700_000_000_007));
        assert_eq!(statistics(&running), []);
        let taken = running.search(Search::<CorrelatedMessage>::default()).await.items;
        let [taken] = &taken[..] else { panic!("{taken:?}") };
        assert_eq!((taken.subscription_key, taken.message_key), (found[0].key, message));
        assert_eq!(
            (taken.message_name.as_str(), taken.correlation_key.as_str()),
            ("payment received", "A-1")
        );
        assert_eq!(taken.correlated_at, Timestamp(1_700_000_000_007));
        assert_eq!(taken.element_instance_key, Some(found[0].element_instance_key));
        assert_eq!(
            (taken.element_id.as_str(), taken.process_instance_key),
            ("await_payment", created)
        );
        assert!((1..=i32::from(n_partitions)).contains(&taken.partition_id));
        running.stop().await;
    }
}

#[tokio::test]
async fn a_subscription_that_goes_on_stays_open() {
    let (rig, running) = Rig::with(&[NOTICE, CATCH]).await;
    let notice = running.create("boundary_message_non_interrupting", r#"{"order_id": "A-1"}"#);
    let notice = notice.await;
    running.create("message_catch", r#"{"order_id": "A-2"}"#).await;
    let other = running.create("message_catch", r#"{"order_id": "A-3"}"#).await;
    once(&running, "CREATED", 3).await;
    let expected = |n_catch: u64| {
        let of = |key: i64, id: &str, n: u64| DefinitionSubscriptions {
            process_definition_key: key,
            process_definition_id: id.to_owned(),
            tenant_id: "<default>".to_owned(),
            process_instances: n,
            subscriptions: n,
        };
        let notice = of(notice.process_definition_key.0, "boundary_message_non_interrupting", 1);
        [notice, of(other.process_definition_key.0, "message_catch", n_catch)]
    };
    assert_eq!(statistics(&running), expected(2));
    let mut messages = Vec::new();
    for n in 1..=2 {
        messages.push(publish(&running, "cancel order", "A-1").await);
        for _ in 0..100_000 {
            let taken = running.search(Search::<CorrelatedMessage>::default()).await;
            if taken.total == n {
                break;
            }
            tokio::task::yield_now().await;
        }
    }
    let taken = running.search(Search::<CorrelatedMessage>::default()).await.items;
    let keys: Vec<i64> = taken.iter().map(|taken| taken.message_key).collect();
    assert_eq!(keys, messages);
    assert_eq!(taken[0].subscription_key, taken[1].subscription_key);
    once(&running, "CORRELATED", 1).await;
    assert_eq!(statistics(&running), expected(2), "it can take another one");

    let cancel = CancelProcessInstance { process_instance_key: other.key, operation_reference: 0 };
    running.submit(Command::CancelProcessInstance(cancel)).await;
    once(&running, "DELETED", 1).await;
    assert_eq!(statistics(&running), expected(1));
    // In pages, of which the first says where the next one begins.
    let page = |page: Page| {
        let wanted = Search::<MessageSubscription> { page, limit: 1, ..Search::default() };
        running.history.message_subscription_statistics(&wanted, &AuthorizedTenants::All)
    };
    let first = page(Page::From(0)).unwrap();
    assert_eq!((first.total, first.items.len()), (2, 1));
    let second = page(Page::After(first.end.unwrap())).unwrap();
    assert_eq!(second.items, expected(1)[1..]);
    let third = page(Page::After(second.end.unwrap())).unwrap();
    assert_eq!((third.total, third.items.len(), third.end), (2, 0, None));
    let bad = page(Page::After(Cursor::parse("WyJhIl0=").unwrap()));
    assert!(matches!(bad, Err(HistoryError::Cursor("after"))));
    let by_name = Search::<MessageSubscription> {
        all: vec![Condition::Text(
            Field::MessageName,
            TextTest::Is(Test::Equals("payment received".to_owned())),
        )],
        ..Search::default()
    };
    let found = running.history.message_subscription_statistics(&by_name, &AuthorizedTenants::All);
    assert_eq!(found.unwrap().items, expected(1)[1..]);
    let foreign = AuthorizedTenants::Only(["acme".into()].into());
    let found = running.history.message_subscription_statistics(&by_name, &foreign).unwrap();
    assert_eq!((found.total, found.items.len()), (0, 0));
    rig.check_made_anew(running).await;
}

#[tokio::test]
async fn a_message_that_starts_an_instance_is_correlated() {
    let (rig, running) = Rig::with(&[START]).await;
    let message = publish(&running, "order placed", "").await;
    let taken = running.search(Search::<CorrelatedMessage>::default()).await.items;
    let [taken] = &taken[..] else { panic!("{taken:?}") };
    assert_eq!((taken.message_key, taken.element_id.as_str()), (message, "order_placed"));
    assert_eq!((taken.element_instance_key, taken.correlation_key.as_str()), (None, ""));
    assert_eq!(taken.process_definition_id, "message_start");
    assert_eq!(taken.root_process_instance_key, taken.process_instance_key);
    rig.check_made_anew(running).await;
}

#[tokio::test]
async fn a_migrated_subscription_is_for_another_element() {
    let renamed = String::from_utf8(CATCH.1.to_vec()).unwrap();
    let renamed = renamed
        .replace("await_payment", "await_money")
        .replace("id=\"message_catch\"", "id=\"message_catch_2\"");
    let (rig, running) = Rig::with(&[CATCH]).await;
    let target = running.deploy(&[("two.bpmn", renamed.into_bytes().leak())]).await;
    let created = running.create("message_catch", r#"{"order_id": "A-1"}"#).await;
    once(&running, "CREATED", 1).await;
    let migrate = MigrateProcessInstance {
        process_instance_key: created.key,
        target_process_definition_key: target.processes[0].key,
        mappings: vec![ElementMapping {
            source_element_id: "await_payment".into(),
            target_element_id: "await_money".into(),
        }],
        operation_reference: 0,
    };
    running.submit(Command::MigrateProcessInstance(Box::new(migrate))).await;
    let found = once(&running, "MIGRATED", 1).await;
    assert_eq!(found[0].element_id, "await_money");
    assert_eq!(found[0].process_definition_id, "message_catch_2");
    assert_eq!(statistics(&running)[0].process_definition_key, target.processes[0].key.0);
    publish(&running, "payment received", "A-1").await;
    once(&running, "CORRELATED", 1).await;
    assert_eq!(statistics(&running), []);
    rig.check_made_anew(running).await;
}
