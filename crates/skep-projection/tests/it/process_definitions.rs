//! Process definitions.

use skep_projection::{
    Condition, ProcessDefinition, ProcessDefinitionCondition, ProcessDefinitionField as Field,
    Search,
};
use skep_record::{AuthorizedTenants, Command, DeleteResource, Test, TextTest};

use crate::{
    model,
    rig::{Model, Rig, Running},
};

const COLLABORATION: Model = model!("collaboration");
const TWO_TASKS: Model = model!("two_service_tasks");

async fn versions(running: &Running, conditions: Vec<Condition<ProcessDefinition>>) -> Vec<i32> {
    let search = Search { all: conditions, ..Search::default() };
    running.search(search).await.items.iter().map(|found| found.version).collect()
}

async fn delete(running: &Running, key: i64) {
    let delete = DeleteResource { resource_key: key, operation_reference: 0 };
    running.submit(Command::DeleteResource(delete)).await;
}

#[tokio::test]
async fn a_file_with_several_processes_is_kept_once() {
    let (rig, running) = Rig::with(&[COLLABORATION]).await;
    let found = running.search(Search::<ProcessDefinition>::default()).await;
    let mut ids: Vec<&str> =
        found.items.iter().map(|found| found.process_definition_id.as_str()).collect();
    ids.sort_unstable();
    assert_eq!(ids, ["buy", "sell"]);
    for definition in &found.items {
        let file = |tenants| running.history.process_definition_file(definition.key, &tenants);
        let read = file(AuthorizedTenants::All).unwrap();
        assert_eq!(read.as_deref(), Some(COLLABORATION.1));
        assert_eq!(definition.resource_name, "collaboration.bpmn");
        let foreign = AuthorizedTenants::Only(["acme".into()].into());
        assert_eq!(file(foreign).unwrap(), None);
    }
    let none = running.history.process_definition_file(7, &AuthorizedTenants::All).unwrap();
    assert_eq!(none, None);
    let connection = rusqlite::Connection::open(rig.file()).unwrap();
    let n_files: i64 = connection
        .query_row("SELECT count(file) FROM process_definition", [], |row| row.get(0))
        .unwrap();
    assert_eq!(n_files, 1);
    rig.check_made_anew(running).await;
}

#[tokio::test]
async fn the_latest_version_is_the_newest_that_is_not_deleted() {
    let mut rig = Rig::new();
    rig.config.n_partitions = 3;
    let running = rig.start();
    let mut keys = Vec::new();
    for n in 1..=3 {
        // Another content makes another version.
        let content = [TWO_TASKS.1, format!("<!-- {n} -->").as_bytes()].concat();
        let deployed = running.deploy(&[("two.bpmn", content.leak())]).await;
        keys.push(deployed.processes[0].key.0);
    }
    let latest = || vec![Condition::Of(ProcessDefinitionCondition::IsLatestVersion)];
    assert_eq!(versions(&running, latest()).await, [3]);
    delete(&running, keys[2]).await;
    assert_eq!(versions(&running, latest()).await, [2]);
    // It is deleted at once, although it has an instance left.
    let created = running.create("two_service_tasks", "{}").await;
    assert_eq!(created.process_definition_key.0, keys[1]);
    delete(&running, keys[1]).await;
    assert_eq!(versions(&running, latest()).await, [1]);
    let state = |state: &str| {
        vec![Condition::Text(Field::State, TextTest::Is(Test::Equals(state.to_owned())))]
    };
    assert_eq!(versions(&running, state("DELETED")).await, [2, 3]);
    assert_eq!(versions(&running, state("ACTIVE")).await, [1]);
    let deleted = running.get::<ProcessDefinition>(keys[2]).await.unwrap();
    assert_eq!(deleted.state, "DELETED");
    let file = running.history.process_definition_file(keys[2], &AuthorizedTenants::All).unwrap();
    assert!(!file.unwrap().is_empty());
    running.stop().await;
}
