//! Variables.

use skep_projection::{
    Condition, ElementInstance, ElementInstanceField, Order, ProcessInstance,
    ProcessInstanceCondition, Search, Variable, VariableField as Field, VariableTest,
};
use skep_record::{
    AuthorizedTenants, Command, Document, ElementInstanceKey, SetVariables, Test, TextTest,
    VariableCondition,
};

use crate::{
    model,
    rig::{Model, Rig, Running},
};

const TWO_TASKS: Model = model!("two_service_tasks");
const SUBPROCESS: Model = model!("subprocess_mappings");
const IN_PARALLEL: Model = model!("multi_instance_parallel");

fn is(text: &str) -> TextTest {
    TextTest::Is(Test::Equals(text.into()))
}

fn all(conditions: Vec<Condition<Variable>>) -> Search<Variable> {
    Search { all: conditions, ..Search::default() }
}

fn named(name: &str) -> Condition<Variable> {
    Condition::Text(Field::Name, is(name))
}

fn value(test: TextTest) -> Condition<Variable> {
    Condition::Of(VariableTest::Value(test))
}

fn scope(test: Test<i64>) -> Condition<Variable> {
    Condition::Of(VariableTest::Scope(test))
}

async fn names(running: &Running, search: Search<Variable>) -> Vec<String> {
    running.search(search).await.items.into_iter().map(|found| found.name).collect()
}

async fn set(running: &Running, scope_key: i64, variables: &str) {
    let command = Command::SetVariables(SetVariables {
        element_instance_key: ElementInstanceKey(scope_key),
        variables: Document::from_json(variables).unwrap(),
        local: true,
        operation_reference: 0,
    });
    running.submit(command).await;
}

#[tokio::test]
async fn variables_show_what_they_were_last_also_after_their_scope_has_ended() {
    let (rig, running) = Rig::with(&[SUBPROCESS]).await;
    let input = r#"{"order": {"address": "Elm Street 1", "n": 10.0}, "big": 18446744073709551615}"#;
    let instance = running.create("subprocess_mappings", input).await.key.0;
    let job = running.jobs("pack-parcel").await.remove(0);
    running.complete(job.key, r#"{"parcel": [1, null, "ä\n"]}"#).await;

    let search = Search { order: vec![(Field::Name, Order::Descending)], ..all(Vec::new()) };
    let found = running.search(search).await.items;
    let shown = |found: &Variable| (found.name.clone(), found.value.clone());
    let expected = [
        ("parcel", r#"[1,null,"ä\n"]"#),
        ("order", r#"{"address":"Elm Street 1","n":10.0,"parcel":[1,null,"ä\n"]}"#),
        ("big", "18446744073709551615"),
        ("address", r#""Elm Street 1""#),
    ];
    let expected: Vec<_> = expected.map(|(name, value)| (name.into(), value.into())).into();
    assert_eq!(found.iter().map(shown).collect::<Vec<_>>(), expected);
    for variable in &found {
        assert_eq!(variable.process_instance_key, instance);
        assert_eq!(variable.root_process_instance_key, instance);
        assert_eq!((variable.is_long, &*variable.tenant_id), (false, "<default>"));
        assert_eq!(running.get(variable.key).await.as_ref(), Some(variable));
    }
    let id = Condition::Text(ElementInstanceField::ElementId, is("shipping"));
    let search = Search { all: vec![id], ..Search::<ElementInstance>::default() };
    let subprocess = running.search(search).await.items.remove(0);
    assert_eq!(subprocess.state, "COMPLETED");
    let keys: Vec<i64> = found.iter().map(|variable| variable.scope_key).collect();
    // What a job brings goes as far out as nothing stops it.
    assert_eq!(keys, [instance, instance, instance, subprocess.key]);

    let of_scope = |test| all(vec![scope(test)]);
    let root = ["order", "big", "parcel"];
    assert_eq!(names(&running, of_scope(Test::Equals(instance))).await, root);
    let local = ["address"];
    assert_eq!(names(&running, of_scope(Test::Equals(subprocess.key))).await, local);
    assert_eq!(names(&running, of_scope(Test::Differs(instance))).await, local);
    let both = Test::OneOf([instance, subprocess.key].into());
    assert_eq!(names(&running, of_scope(both)).await, ["order", "big", "address", "parcel"]);
    let order = names(&running, of_scope(Test::Exists(true))).await;
    assert_eq!(order, ["order", "big", "address", "parcel"]);
    assert_eq!(names(&running, of_scope(Test::Equals(7))).await, [""; 0]);
    rig.check_made_anew(running).await;
}

#[tokio::test]
async fn a_value_is_found_whole_or_in_part() {
    let (_rig, running) = Rig::with(&[TWO_TASKS]).await;
    let text = |n: usize, end: &str| format!("{}{end}", "x".repeat(n));
    let (short, longer) = (text(37, ""), text(37, "yz"));
    for value in [&short, &longer] {
        let variables = format!(r#"{{"text": "{value}", "n": 7}}"#);
        running.create("two_service_tasks", &variables).await;
    }
    // 39 and 41 characters with their quotes: the index has the first 40.
    let quoted = |text: &str| format!("\"{text}\"");
    let found = |test: TextTest| {
        let search = all(vec![named("text"), value(test)]);
        let values = running.search(search);
        async { values.await.items.into_iter().map(|found| found.value).collect::<Vec<_>>() }
    };
    let one = |text: &str| TextTest::Is(Test::Equals(quoted(text)));
    assert_eq!(found(one(&short)).await, [quoted(&short)]);
    assert_eq!(found(one(&longer)).await, [quoted(&longer)]);
    assert_eq!(found(one(&text(37, "yx"))).await, [""; 0]);
    assert_eq!(found(one(&text(37, "y"))).await, [""; 0]);
    let either = TextTest::Is(Test::OneOf([quoted(&short), quoted(&longer)].into()));
    assert_eq!(found(either).await, [quoted(&short), quoted(&longer)]);
    let other = TextTest::Is(Test::Differs(quoted(&short)));
    assert_eq!(found(other).await, [quoted(&longer)]);
    for (pattern, expected) in [
        ("*z?", vec![&longer]),
        ("\"x*", vec![&short, &longer]),
        ("\"x*y??", vec![&longer]),
        ("\"X*", vec![]),
        ("\"%*", vec![]),
        ("?x*", vec![&short, &longer]),
        (&*format!("{}*", &quoted(&longer)[..39]), vec![&longer]),
        (&quoted(&short), vec![&short]),
        (&quoted(&longer), vec![&longer]),
    ] {
        let expected: Vec<_> = expected.into_iter().map(|text| quoted(text)).collect();
        assert_eq!(found(TextTest::Like(pattern.into())).await, expected, "{pattern}");
    }
    let seven = all(vec![value(is("7")), Condition::Is(Field::IsLong, false)]);
    assert_eq!(names(&running, seven).await, ["n", "n"]);
    running.stop().await;
}

#[tokio::test]
async fn of_a_long_value_the_beginning_is_searched() {
    let (rig, running) = Rig::with(&[TWO_TASKS]).await;
    // With the quotes, the last character that is shown would be cut in two.
    let long = format!("{}\u{1f600}end", "x".repeat(8189));
    let fits = "y".repeat(8189);
    let variables = format!(r#"{{"long": "{long}", "fits": "{fits}"}}"#);
    let instance = running.create("two_service_tasks", &variables).await.key.0;
    let get = |found: &Variable| (found.name.clone(), found.value.clone(), found.is_long);
    let found = running.search(all(vec![Condition::Is(Field::IsLong, true)])).await.items;
    let beginning = format!("\"{}", "x".repeat(8189));
    assert_eq!(get(&found[0]), ("long".into(), beginning.clone(), true));
    assert_eq!(found.len(), 1);
    let everyone = AuthorizedTenants::All;
    let whole = running.history.whole_variable(found[0].key, &everyone).unwrap().unwrap();
    assert_eq!(whole.value, format!("\"{long}\""));
    let whole = running.history.search_whole_variables(&all(Vec::new()), &everyone).unwrap().items;
    let values: Vec<_> = whole.iter().map(get).collect();
    let expected = [
        ("long".to_owned(), format!("\"{long}\""), true),
        ("fits".to_owned(), format!("\"{fits}\""), false),
    ];
    assert_eq!(values, expected);
    let search = |test| all(vec![named("long"), value(test)]);
    assert_eq!(running.search(search(is(&beginning))).await.total, 1);
    assert_eq!(running.search(search(TextTest::Like("*end*".into()))).await.total, 0);
    let none = AuthorizedTenants::Only(["acme".into()].into());
    assert_eq!(running.history.whole_variable(found[0].key, &none).unwrap(), None);

    set(&running, instance, r#"{"long": 1}"#).await;
    let found = running.get::<Variable>(found[0].key).await.unwrap();
    assert_eq!(get(&found), ("long".into(), "1".into(), false));
    rig.check_made_anew(running).await;
}

#[tokio::test]
async fn items_of_lists_change_one_by_one() {
    for n in [3, 1700] {
        let (rig, running) = Rig::with(&[IN_PARALLEL]).await;
        let items: Vec<usize> = (1..=n).collect();
        let input = format!(r#"{{"items": {}}}"#, serde_json::to_string(&items).unwrap());
        running.create("multi_instance_parallel", &input).await;
        let mut expected = vec!["null".to_owned(); n];
        let mut running = running;
        let mut jobs = running.jobs("pack").await;
        jobs.sort_by_key(|job| job.key);
        for (round, at) in [n.min(100) - 1, 0, 1].into_iter().enumerate() {
            let item = format!("\"parcel {at}\"");
            running.complete(jobs[at].key, &format!(r#"{{"parcel": {item}}}"#)).await;
            expected[at] = item;
            let has_ended = round == 2 && n == 3;
            let search = all(vec![named("parcels")]);
            running.caught_up().await;
            let found = running.history.search_whole_variables(&search, &AuthorizedTenants::All);
            let found = found.unwrap().items;
            assert_eq!(found.len(), if has_ended { 2 } else { 1 });
            let json = format!("[{}]", expected.join(","));
            assert_eq!(found[0].value, json);
            assert_eq!(found[0].is_long, n > 3);
            let shown = running.get::<Variable>(found[0].key).await.unwrap();
            assert_eq!(shown.value, json[..json.len().min(8191)]);
            // What was flushed is changed as what is in memory.
            running.stop().await;
            running = rig.start();
        }
        if n == 3 {
            // Of more the journal does not keep everything.
            rig.check_made_anew(running).await;
        } else {
            running.stop().await;
        }
    }
}

#[tokio::test]
async fn instances_are_found_by_their_variables() {
    let (_rig, running) = Rig::with(&[TWO_TASKS, SUBPROCESS]).await;
    let mut keys = Vec::new();
    for variables in
        [r#"{"colour": "red", "n": 1}"#, r#"{"colour": "blue", "n": 1}"#, r#"{"n": 2}"#]
    {
        keys.push(running.create("two_service_tasks", variables).await.key.0);
    }
    let local = r#"{"order": {"address": "red"}}"#;
    keys.push(running.create("subprocess_mappings", local).await.key.0);
    let has = |name: &str, tests: Vec<TextTest>| {
        let wanted = VariableCondition { name: name.into(), tests };
        Condition::Of(ProcessInstanceCondition::Variable(wanted))
    };
    let found = |all: Vec<Condition<ProcessInstance>>,
                 any: Vec<Vec<Condition<ProcessInstance>>>| {
        let found = running.search(Search { all, any, ..Search::default() });
        async { found.await.items.iter().map(|found| found.key).collect::<Vec<_>>() }
    };
    let exists = |wanted| TextTest::Is(Test::Exists(wanted));
    let one = |n: usize| vec![keys[n]];
    let red = || has("colour", vec![is("\"red\"")]);
    let n_is_1 = || has("n", vec![is("1")]);
    assert_eq!(found(vec![red()], vec![]).await, one(0));
    assert_eq!(found(vec![n_is_1()], vec![]).await, keys[..2]);
    assert_eq!(found(vec![n_is_1(), has("colour", vec![is("\"blue\"")])], vec![]).await, one(1));
    assert_eq!(found(vec![has("address", vec![is("\"red\"")])], vec![]).await, one(3));
    assert_eq!(found(vec![has("colour", vec![exists(true)])], vec![]).await, keys[..2]);
    assert_eq!(found(vec![has("colour", vec![exists(false)])], vec![]).await, keys[2..]);
    let like = TextTest::Like("\"*e*\"".into());
    let not_red = TextTest::Is(Test::Differs("\"red\"".into()));
    assert_eq!(found(vec![has("colour", vec![like, not_red])], vec![]).await, one(1));
    let either = TextTest::Is(Test::OneOf(["1".into(), "2".into()].into()));
    assert_eq!(found(vec![has("n", vec![either])], vec![]).await, keys[..3]);
    let any = vec![vec![red()], vec![has("n", vec![is("2")])]];
    assert_eq!(found(vec![], any).await, [keys[0], keys[2]]);
    let any = vec![vec![red(), has("n", vec![is("2")])], vec![has("order", vec![exists(true)])]];
    assert_eq!(found(vec![], any).await, one(3));
    running.stop().await;
}
