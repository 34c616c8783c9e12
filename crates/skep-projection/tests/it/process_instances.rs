//! Process instances.

use skep_projection::{
    Condition, Cursor, Order, Page, ProcessInstance, ProcessInstanceCondition,
    ProcessInstanceField as Field, Search,
};
use skep_record::{
    AuthorizedTenants, CancelProcessInstance, Command, ElementCondition, Test, TextTest, Timestamp,
};

use crate::{
    model,
    rig::{Model, Rig, Running},
};

const TWO_TASKS: Model = model!("two_service_tasks");
const CALL_ACTIVITY: Model = model!("call_activity");
const MULTI_INSTANCE: Model = model!("multi_instance_parallel");

fn is(text: &str) -> TextTest {
    TextTest::Is(Test::Equals(text.into()))
}

fn all(conditions: Vec<Condition<ProcessInstance>>) -> Search<ProcessInstance> {
    Search { all: conditions, ..Search::default() }
}

async fn keys(running: &Running, search: Search<ProcessInstance>) -> Vec<i64> {
    running.search(search).await.items.iter().map(|found| found.key).collect()
}

#[tokio::test]
async fn an_instance_is_found_from_its_beginning_to_its_end() {
    let (_rig, running) = Rig::with(&[TWO_TASKS]).await;
    let created = running
        .create_with("two_service_tasks", "{}", |create| {
            create.tags = vec!["priority:high".into(), "eu".into()];
            create.business_id = Some("A-42".into());
        })
        .await;
    let found = running.get::<ProcessInstance>(created.key.0).await.unwrap();
    assert_eq!(found.process_definition_id, "two_service_tasks");
    assert_eq!(found.process_definition_key, created.process_definition_key.0);
    assert_eq!(found.process_definition_version, 1);
    assert_eq!((found.state, found.end_at, found.has_incident), ("ACTIVE", None, false));
    assert_eq!(found.start_at, Timestamp(1_700_000_000_000));
    assert_eq!(found.tenant_id, "<default>");
    assert_eq!(found.root_process_instance_key, created.key.0);
    assert_eq!(found.parent_process_instance_key, None);
    assert_eq!(found.tags, ["priority:high", "eu"]);
    assert_eq!(found.business_id.as_deref(), Some("A-42"));

    running.clock.advance_ms(1500);
    for job_type in ["collect-money", "ship-parcel"] {
        let jobs = running.jobs(job_type).await;
        running.complete(jobs[0].key, "{}").await;
    }
    let found = running.get::<ProcessInstance>(created.key.0).await.unwrap();
    assert_eq!((found.state, found.end_at), ("COMPLETED", Some(Timestamp(1_700_000_001_500))));

    let other = running.create("two_service_tasks", "{}").await;
    let cancel = CancelProcessInstance { process_instance_key: other.key, operation_reference: 0 };
    running.submit(Command::CancelProcessInstance(cancel)).await;
    let found = running.get::<ProcessInstance>(other.key.0).await.unwrap();
    assert_eq!(found.state, "TERMINATED");
    running.stop().await;
}

#[tokio::test]
async fn a_called_instance_names_its_parent_and_its_root() {
    let (_rig, running) = Rig::with(&[CALL_ACTIVITY]).await;
    let parent = running.create("call_activity", "{}").await;
    let children =
        all(vec![Condition::Number(Field::ParentProcessInstanceKey, Test::Equals(parent.key.0))]);
    let found = running.search(children).await;
    let [child] = &found.items[..] else { panic!("{found:?}") };
    assert_eq!(child.process_definition_id, "billing");
    assert_eq!(child.root_process_instance_key, parent.key.0);
    assert!(child.parent_element_instance_key.is_some());
    let roots = vec![Condition::Number(Field::ParentProcessInstanceKey, Test::Exists(false))];
    assert_eq!(keys(&running, all(roots)).await, [parent.key.0]);
    running.stop().await;
}

#[tokio::test]
async fn what_a_multi_instance_body_repeats_is_counted_without_it() {
    let (_rig, running) = Rig::with(&[MULTI_INSTANCE]).await;
    let created = running.create("multi_instance_parallel", r#"{"items": [1, 2, 3]}"#).await;
    let jobs = running.jobs("pack").await;
    running.complete(jobs[0].key, "{}").await;
    running.caught_up().await;
    let tenants = AuthorizedTenants::All;
    let found = running.history.element_statistics(created.key.0, &tenants).unwrap();
    let pack = found.iter().find(|found| found.element_id == "pack").unwrap();
    assert_eq!((pack.active, pack.completed, pack.canceled, pack.incidents), (2, 1, 0, 0));
    // Of the definition, it is instances that are counted.
    let key = created.process_definition_key.0;
    let found = running.history.definition_element_statistics(key, &all(Vec::new()), &tenants);
    let found = found.unwrap();
    let pack = found.iter().find(|found| found.element_id == "pack").unwrap();
    assert_eq!((pack.active, pack.completed, pack.canceled, pack.incidents), (1, 1, 0, 0));
    running.stop().await;
}

#[tokio::test]
async fn conditions_are_combined() {
    let (_rig, running) = Rig::with(&[TWO_TASKS, CALL_ACTIVITY]).await;
    let mut two = Vec::new();
    for n in 0..3 {
        let tags = |create: &mut skep_record::CreateProcessInstance| {
            create.tags = vec![format!("n{n}"), "all".into()];
        };
        two.push(running.create_with("two_service_tasks", "{}", tags).await.key.0);
    }
    let call = running.create("call_activity", "{}").await.key.0;
    let jobs = running.jobs("collect-money").await;
    running.complete(jobs[0].key, "{}").await;
    let id = |test| Condition::Text(Field::ProcessDefinitionId, test);
    let of = Condition::Of;

    assert_eq!(keys(&running, all(vec![id(is("two_service_tasks"))])).await, two);
    assert_eq!(keys(&running, all(vec![id(TextTest::Like("two_*_t?sks".into()))])).await, two);
    assert_eq!(keys(&running, all(vec![id(TextTest::Like("TWO*".into()))])).await, [0_i64; 0]);
    assert_eq!(keys(&running, all(vec![id(TextTest::Like("two%".into()))])).await, [0_i64; 0]);
    let tagged = |tags: &[&str]| {
        of(ProcessInstanceCondition::Tags(tags.iter().map(|tag| (*tag).into()).collect()))
    };
    assert_eq!(keys(&running, all(vec![tagged(&["all", "n1"])])).await, [two[1]]);
    assert_eq!(keys(&running, all(vec![tagged(&["n1", "n2"])])).await, [0_i64; 0]);
    let at = |element: &str| {
        of(ProcessInstanceCondition::Element(ElementCondition {
            id: vec![is(element)],
            state: vec![is("ACTIVE")],
            has_incident: None,
        }))
    };
    assert_eq!(keys(&running, all(vec![at("collect_money")])).await, two[1..]);
    assert_eq!(keys(&running, all(vec![at("ship_parcel")])).await, [two[0]]);
    let state = |state: &str| Condition::Text(Field::State, is(state));
    assert_eq!(keys(&running, all(vec![state("COMPLETED")])).await, [0_i64; 0]);
    let number = |test| Condition::Number(Field::Key, test);
    let search = Search {
        all: vec![state("ACTIVE"), Condition::Is(Field::HasIncident, false)],
        any: vec![
            vec![id(is("call_activity")), number(Test::AtLeast(call))],
            vec![number(Test::OneOf([two[0], two[2]].into())), number(Test::Differs(two[0]))],
        ],
        ..Search::default()
    };
    assert_eq!(keys(&running, search).await, [two[2], call]);
    let none = vec![number(Test::NoneOf([two[0], two[1]].into())), id(is("two_service_tasks"))];
    assert_eq!(keys(&running, all(none)).await, [two[2]]);
    running.stop().await;
}

#[tokio::test]
async fn pages_follow_each_other_in_any_order() {
    let (_rig, running) = Rig::with(&[TWO_TASKS]).await;
    let mut created = Vec::new();
    for n in 0..7 {
        running.clock.advance_ms(1);
        let instance = running
            .create_with("two_service_tasks", "{}", |create| {
                create.business_id = (n % 3 != 0).then(|| format!("B{}", n % 3).into());
            })
            .await;
        created.push(instance.key.0);
    }
    let (a, b) = (Order::Ascending, Order::Descending);
    for (order, expected) in [
        (vec![], [0, 1, 2, 3, 4, 5, 6]),
        (vec![(Field::Key, b)], [6, 5, 4, 3, 2, 1, 0]),
        (vec![(Field::StartAt, b)], [6, 5, 4, 3, 2, 1, 0]),
        // What is absent comes last in both directions.
        (vec![(Field::BusinessId, a)], [1, 4, 2, 5, 0, 3, 6]),
        (vec![(Field::BusinessId, b)], [2, 5, 1, 4, 0, 3, 6]),
        (vec![(Field::BusinessId, b), (Field::StartAt, b)], [5, 2, 4, 1, 6, 3, 0]),
        (vec![(Field::State, b), (Field::EndAt, a), (Field::Key, b)], [6, 5, 4, 3, 2, 1, 0]),
    ] {
        let expected: Vec<i64> = expected.iter().map(|n| created[*n]).collect();
        let page = |page: Page| Search::<ProcessInstance> {
            order: order.clone(),
            page,
            limit: 3,
            ..Search::default()
        };
        let mut there = Vec::new();
        let mut found = running.search(page(Page::From(0))).await;
        assert_eq!((found.total, found.has_more), (7, false));
        let reread = |cursor: Option<Cursor>| Cursor::parse(&cursor.unwrap().to_string()).unwrap();
        let mut last = found.clone();
        while !found.items.is_empty() {
            there.extend(found.items.iter().map(|item| item.key));
            let after = Page::After(reread(found.end.clone()));
            last = found;
            found = running.search(page(after)).await;
        }
        assert_eq!(there, expected, "{order:?}");
        assert_eq!((found.start, found.end), (None, None));
        let mut back: Vec<i64> = last.items.iter().map(|item| item.key).collect();
        loop {
            let found = running.search(page(Page::Before(reread(last.start.clone())))).await;
            if found.items.is_empty() {
                break;
            }
            let before = found.items.iter().map(|item| item.key);
            back = before.chain(back).collect();
            last = found;
        }
        assert_eq!(back, expected, "{order:?} backwards");
        let found = running.search(page(Page::From(5))).await;
        assert_eq!(found.items.iter().map(|item| item.key).collect::<Vec<_>>(), expected[5..]);
    }
    let after = Page::After(Cursor::parse("WzFd").unwrap());
    let search: Search<ProcessInstance> =
        Search { order: vec![(Field::StartAt, a)], page: after, ..Search::default() };
    let error = running.history.search(&search, &AuthorizedTenants::All).unwrap_err();
    assert!(error.to_string().contains("page.after is no cursor"), "{error}");
    running.stop().await;
}

#[tokio::test]
async fn instances_of_other_tenants_are_not_found() {
    let (_rig, running) = Rig::with(&[TWO_TASKS]).await;
    let created = running.create("two_service_tasks", "{}").await;
    running.caught_up().await;
    let history = &running.history;
    for (tenants, n) in [
        (AuthorizedTenants::Only(["<default>".into()].into()), 1),
        (AuthorizedTenants::Only(["acme".into()].into()), 0),
        (AuthorizedTenants::Only([].into()), 0),
    ] {
        let found = history.search(&all(Vec::new()), &tenants).unwrap();
        assert_eq!((found.items.len(), found.total), (n, n as u64));
        let one = history.get::<ProcessInstance>(created.key.0, &tenants).unwrap();
        assert_eq!(one.is_some(), n == 1);
    }
    running.stop().await;
}
