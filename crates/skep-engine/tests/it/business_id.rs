//! Instances with a name in the user's words.

use skep_record::{
    BusinessId, CancelProcessInstance, Command, CreateProcessInstance, ElementMapping,
    MigrateProcessInstance, Response, TenantId,
};

use crate::rig::{Rig, create_command};

fn create(id: &str, variables: &str, change: impl FnOnce(&mut CreateProcessInstance)) -> Command {
    match create_command(id, variables) {
        Command::CreateProcessInstance(mut create) => {
            change(&mut create);
            Command::CreateProcessInstance(create)
        }
        other => panic!("{other:?}"),
    }
}

fn named(process: &str, business_id: &str) -> Command {
    let business_id: BusinessId = business_id.into();
    create(process, "", |create| create.business_id = Some(business_id))
}

fn unique() -> Rig {
    Rig::with_config(1, |config| config.unique_business_ids = true)
}

fn created(rig: &mut Rig, command: Command) -> skep_record::CreatedProcessInstance {
    match rig.ok(1, command) {
        Response::Created(created) => created,
        other => panic!("{other:?}"),
    }
}

#[test]
fn business_ids_may_repeat_unless_they_must_not() {
    let mut rig = Rig::new();
    rig.deploy("service_task.bpmn");
    let first = created(&mut rig, named("order_process", "order-7"));
    assert_eq!(first.business_id.as_deref(), Some("order-7"));
    created(&mut rig, named("order_process", "order-7"));
    assert_eq!(rig.work("payment-service", ""), 2);
    assert!(rig.engine(1).indexes().contains("business ids {}"));
}

#[test]
fn an_active_instance_keeps_its_business_id_for_itself() {
    let mut rig = unique();
    let definition = rig.deploy("service_task.bpmn").processes[0].key;
    rig.deploy("two_service_tasks.bpmn");
    let first = created(&mut rig, named("order_process", "order-7"));
    let text = rig.rejected(1, named("order_process", "order-7"));
    assert_eq!(
        text,
        format!(
            "ALREADY_EXISTS: Expected to create instance of process with business id 'order-7', but an instance with this business id already exists for process definition key '{definition}'"
        )
    );
    created(&mut rig, named("order_process", "order-8"));
    created(&mut rig, named("two_service_tasks", "order-7"));
    created(&mut rig, create_command("order_process", ""));
    // Completed, and then cancelled: the id is free again.
    let job = rig.activate("payment-service").into_iter().next().unwrap();
    assert_eq!(job.process_instance_key, first.key);
    rig.complete(job.key, "");
    let second = created(&mut rig, named("order_process", "order-7"));
    rig.rejected(1, named("order_process", "order-7"));
    let cancel = CancelProcessInstance { process_instance_key: second.key, operation_reference: 0 };
    rig.ok(1, Command::CancelProcessInstance(cancel));
    created(&mut rig, named("order_process", "order-7"));
}

#[test]
fn each_tenant_has_its_own_business_ids() {
    let mut rig = unique();
    rig.deploy("service_task.bpmn");
    let acme = TenantId::from("acme");
    let deploy =
        crate::rig::deploy_command("service_task.bpmn", &crate::rig::fixture("service_task.bpmn"));
    let Command::DeployResources(mut deploy) = deploy else { unreachable!() };
    deploy.tenant_id = acme.clone();
    rig.ok(1, Command::DeployResources(deploy));
    created(&mut rig, named("order_process", "order-7"));
    let of_acme = create("order_process", "", |create| {
        create.tenant_id = acme;
        create.business_id = Some("order-7".into());
    });
    created(&mut rig, of_acme.clone());
    rig.rejected(1, of_acme);
}

#[test]
fn a_called_instance_has_the_business_id_of_its_caller_and_takes_it_from_nobody() {
    let mut rig = unique();
    rig.deploy("call_activity.bpmn");
    created(&mut rig, named("call_activity", "order-7"));
    assert_eq!(rig.activate("write-bill").len(), 1);
    // Only the root counts: an instance of the called process may have the same id.
    created(&mut rig, named("billing", "order-7"));
    rig.rejected(1, named("billing", "order-7"));
    rig.rejected(1, named("call_activity", "order-7"));
    let index = rig.engine(1).indexes();
    let line = index.lines().find(|line| line.starts_with("business ids")).unwrap();
    assert_eq!(line.matches("order-7").count(), 2, "{line}");
}

#[test]
fn a_migrated_instance_takes_its_business_id_along() {
    let mut rig = unique();
    rig.deploy("service_task.bpmn");
    let target = rig.deploy("two_service_tasks.bpmn").processes[0].key;
    created(&mut rig, named("two_service_tasks", "order-7"));
    let migrated = created(&mut rig, named("order_process", "order-7"));
    let migrate = MigrateProcessInstance {
        process_instance_key: migrated.key,
        target_process_definition_key: target,
        mappings: vec![ElementMapping {
            source_element_id: "charge_card".into(),
            target_element_id: "collect_money".into(),
        }],
        operation_reference: 0,
    };
    rig.ok(1, Command::MigrateProcessInstance(Box::new(migrate)));
    created(&mut rig, named("order_process", "order-7"));
    rig.rejected(1, named("two_service_tasks", "order-7"));
}
