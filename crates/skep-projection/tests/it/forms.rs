//! Forms, and what names them.

use skep_projection::{Form, Search, UserTask};
use skep_record::{AuthorizedTenants, Command, DeleteResource, Deployment};

use crate::{
    model,
    rig::{Model, Rig, Running},
};

const NESTED: Model = model!("user_task_nested");
const FORM: &[u8] = include_bytes!("../../../../tests/form/approve.form");

/// A file that lives as long as the tests.
fn file(name: &'static str, content: &str) -> Model {
    (name, Box::leak(content.to_owned().into_bytes().into_boxed_slice()))
}

/// The form with another label and another tag.
fn form(label: &str, tag: &str) -> Model {
    let text = std::str::from_utf8(FORM).unwrap();
    assert!(text.contains("\"Approved\"") && text.contains("\"v1\""));
    file("approve.form", &text.replace("\"Approved\"", label).replace("v1", tag))
}

/// The process with another binding of the start form.
fn process(id: &str, binding: &str) -> Model {
    let text = std::str::from_utf8(NESTED.1).unwrap();
    let text = text.replace("user_task_nested", id).replacen(
        "formId=\"approve\"",
        &format!("formId=\"approve\" {binding}"),
        1,
    );
    file("process.bpmn", &text)
}

fn definition(deployment: &Deployment) -> i64 {
    deployment.processes[0].key.0
}

async fn start_form(running: &Running, definition: i64) -> Option<Form> {
    running.caught_up().await;
    running.history.start_form(definition, &AuthorizedTenants::All).unwrap()
}

#[tokio::test]
async fn a_start_form_is_bound_to_a_version() {
    let mut rig = Rig::new();
    rig.config.n_partitions = 3;
    let running = rig.start();
    let latest = definition(&running.deploy(&[process("latest", "")]).await);
    assert_eq!(start_form(&running, latest).await, None);
    let first = form("\"One\"", "v1");
    let together = process("together", "bindingType=\"deployment\"");
    let together = definition(&running.deploy(&[together, first]).await);
    let tag = "bindingType=\"versionTag\" versionTag=\"v1\"";
    let tagged = definition(&running.deploy(&[process("tagged", tag)]).await);
    running.deploy(&[form("\"Two\"", "v1")]).await;
    running.deploy(&[form("\"Three\"", "v2")]).await;

    for (definition, version) in [(latest, 3), (together, 1), (tagged, 2)] {
        let found = start_form(&running, definition).await.unwrap();
        assert_eq!(
            (found.version, &*found.form_id, &*found.tenant_id),
            (version, "approve", "<default>")
        );
    }
    let found = start_form(&running, together).await.unwrap();
    assert_eq!(found.schema.as_bytes(), first.1);
    let other = AuthorizedTenants::Only(["other".into()].into());
    assert_eq!(running.history.start_form(latest, &other).unwrap(), None);
    assert_eq!(running.history.form(found.key, &other).unwrap(), None);
    rig.check_made_anew(running).await;
}

#[tokio::test]
async fn a_task_keeps_its_form_and_a_start_gets_what_is_left() {
    let (_rig, running) = Rig::with(&[NESTED, form("\"One\"", "v1")]).await;
    let newest = running.deploy(&[form("\"Two\"", "v2")]).await;
    let [form] = &newest.forms[..] else { panic!("{newest:?}") };
    let created = running.create("user_task_nested", "{}").await;
    let delete = DeleteResource { resource_key: form.key.0, operation_reference: 0 };
    running.submit(Command::DeleteResource(delete)).await;
    let tasks = running.search::<UserTask>(Search::default()).await;
    assert_eq!(tasks.items[0].form_key, Some(form.key.0));
    let found = running.history.form(form.key.0, &AuthorizedTenants::All).unwrap().unwrap();
    assert_eq!(found.version, 2);
    let start = start_form(&running, created.process_definition_key.0).await.unwrap();
    assert_eq!(start.version, 1);
    running.stop().await;
}
