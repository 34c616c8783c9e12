//! Creating instances.

use insta::assert_snapshot;
use skep_engine::{Answer, Effect};
use skep_record::{
    AwaitResult, CancelProcessInstance, Command, CreateProcessInstance, DefinitionRef,
    ProcessDefinitionKey, ProcessInstanceKey, Response, TenantId,
};

use crate::{
    cold::image,
    rig::{Rig, create_command},
};

fn create_with(
    id: &str,
    variables: &str,
    change: impl FnOnce(&mut CreateProcessInstance),
) -> Command {
    let Command::CreateProcessInstance(mut create) = create_command(id, variables) else {
        unreachable!()
    };
    change(&mut create);
    Command::CreateProcessInstance(create)
}

#[test]
fn what_to_create_is_looked_up_by_id_version_or_key() {
    let mut rig = Rig::new();
    let first = rig.deploy("service_task.bpmn");
    let text = crate::rig::fixture("service_task.bpmn") + "\n";
    let second = rig.deploy_text("service_task.bpmn", &text);
    let (v1, v2) = (first.processes[0].key, second.processes[0].key);
    for (definition, expected) in [
        (DefinitionRef::Latest("order_process".into()), v2),
        (DefinitionRef::Version("order_process".into(), 1), v1),
        (DefinitionRef::Key(v1), v1),
    ] {
        match rig.ok(1, create_with("", "", |create| create.definition = definition)) {
            Response::Created(created) => assert_eq!(created.process_definition_key, expected),
            other => panic!("{other:?}"),
        }
    }
    for definition in [
        DefinitionRef::Latest("unknown".into()),
        DefinitionRef::Version("order_process".into(), 3),
        DefinitionRef::Key(ProcessDefinitionKey(7)),
        DefinitionRef::Key(ProcessDefinitionKey(-1)),
    ] {
        let text = rig.rejected(1, create_with("", "", |create| create.definition = definition));
        insta::with_settings!({ snapshot_suffix => text.len().to_string() }, {
            assert_snapshot!("create_refused", text);
        });
    }
    let tenant = TenantId::from("other");
    let text =
        rig.rejected(1, create_with("order_process", "", |create| create.tenant_id = tenant));
    assert!(text.starts_with("NOT_FOUND"), "{text}");
    rig.deploy("message_start.bpmn");
    assert_snapshot!(rig.rejected(1, create_command("message_start", "")), @"INVALID_STATE: Expected to create instance of process with none start event, but there is no such event");
}

#[test]
fn a_tenant_s_processes_are_its_own() {
    let mut rig = Rig::new();
    rig.deploy("service_task.bpmn");
    let tenant = TenantId::from("acme");
    let Command::DeployResources(mut deploy) =
        crate::rig::deploy_command("service_task.bpmn", &crate::rig::fixture("service_task.bpmn"))
    else {
        unreachable!()
    };
    deploy.tenant_id = tenant.clone();
    match rig.ok(1, Command::DeployResources(deploy)) {
        Response::Deployed(deployment) => {
            assert_eq!(deployment.processes[0].version, 1);
            assert!(!deployment.processes[0].duplicate);
        }
        other => panic!("{other:?}"),
    }
    let acme = tenant.clone();
    rig.ok(1, create_with("order_process", "", |create| create.tenant_id = acme));
    assert!(rig.activate("payment-service").is_empty());
    let Command::ActivateJobs(mut activate) = crate::rig::activate_command("payment-service", 1)
    else {
        unreachable!()
    };
    activate.tenant_ids = vec![tenant.clone()];
    match rig.ok(1, Command::ActivateJobs(activate)) {
        Response::Activated(activated) => assert_eq!(activated.jobs[0].tenant_id, tenant),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_creator_may_wait_for_the_result() {
    let mut rig = Rig::new();
    rig.deploy("service_task.bpmn");
    let command = create_with("order_process", r#"{"a":1,"b":2}"#, |create| {
        create.await_result =
            Some(AwaitResult { fetch_variables: vec!["b".into(), "c".into(), "x".into()] });
        create.tags = vec!["t".into()];
    });
    let Answer::WhenCompleted(key) = rig.submit(1, command.clone()) else { panic!() };
    rig.effects.clear();
    rig.work("payment-service", r#"{"c":3}"#);
    let result = rig.effects.iter().find_map(|effect| match effect {
        Effect::Completed(result) => Some(result),
        _ => None,
    });
    let result = result.expect("a result");
    assert_eq!(result.instance.key, key);
    assert_eq!(result.instance.tags, ["t"]);
    assert_eq!(result.variables.to_json(), r#"{"b":2,"c":3}"#);

    let Answer::WhenCompleted(key) = rig.submit(1, command) else { panic!() };
    rig.effects.clear();
    rig.ok(
        1,
        Command::CancelProcessInstance(CancelProcessInstance {
            process_instance_key: key,
            operation_reference: 0,
        }),
    );
    assert!(rig.effects.contains(&Effect::Terminated(key)));
}

#[test]
fn an_instance_may_start_in_the_middle() {
    let mut rig = Rig::new();
    rig.deploy("nested_subprocess.bpmn");
    rig.take_log();
    rig.ok(
        1,
        create_with("nested_subprocess", r#"{"a":1}"#, |create| {
            create.start_at = vec!["work".into()];
        }),
    );
    assert_snapshot!("start_at_nested", rig.take_log());
    rig.work("work", "");
    assert!(rig.take_log().contains("ELEMENT_COMPLETED k2 \"nested_subprocess\""));
}

#[test]
fn an_instance_may_start_at_several_elements() {
    let mut rig = Rig::new();
    rig.deploy("parallel_gateway.bpmn");
    rig.ok(
        1,
        create_with("parallel_gateway", "", |create| {
            create.start_at = vec!["pack_parcel".into(), "write_invoice".into()];
        }),
    );
    rig.take_log();
    assert_eq!((rig.work("pack-parcel", ""), rig.work("write-invoice", "")), (1, 1));
    let log = rig.take_log();
    assert!(log.contains("\"parallel_gateway\" PROCESS"), "{log}");
    assert!(log.contains("E PROCESS_INSTANCE:ELEMENT_COMPLETED k2 \"parallel_gateway\""), "{log}");
}

#[test]
fn not_every_element_can_be_started_at() {
    let mut rig = Rig::new();
    rig.deploy("event_based_gateway.bpmn");
    rig.deploy("boundary_message.bpmn");
    let refused = |rig: &mut Rig, process: &str, element: &str| {
        let element = element.to_owned();
        rig.rejected(1, create_with(process, "", |create| create.start_at = vec![element]))
    };
    assert_snapshot!(refused(&mut rig, "boundary_message", "unknown"));
    assert_snapshot!(refused(&mut rig, "boundary_message", "start"));
    assert_snapshot!(refused(&mut rig, "event_based_gateway", "paid"));
    // A refused creation leaves nothing behind.
    let text = crate::rig::fixture("subprocess_boundary_timer.bpmn").replace("P1D", "=pause");
    rig.deploy_text("pause.bpmn", &text);
    let before = image(rig.engine(1));
    assert_snapshot!(refused(&mut rig, "subprocess_boundary_timer", "pack_parcel"));
    let after = image(rig.engine(1));
    assert_eq!(before.len(), after.len());
}

#[test]
fn only_running_instances_can_be_cancelled() {
    let mut rig = Rig::new();
    let cancel = Command::CancelProcessInstance(CancelProcessInstance {
        process_instance_key: ProcessInstanceKey(2_251_799_813_685_300),
        operation_reference: 0,
    });
    assert_snapshot!(rig.rejected(1, cancel), @"NOT_FOUND: Expected to cancel a process instance with key '2251799813685300', but no such process was found");
}
