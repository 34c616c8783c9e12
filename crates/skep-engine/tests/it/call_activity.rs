//! Call activities.

use insta::assert_snapshot;
use skep_engine::Answer;
use skep_record::{
    CancelProcessInstance, Command, DeployResources, PartitionId, ProcessInstanceKey,
    ResolveIncident, Resource, Response, TenantId, ThrowError,
};

use crate::{
    rig::{Rig, create_command, doc, fixture},
    variable::set,
};

fn cancel(process_instance_key: ProcessInstanceKey) -> Command {
    Command::CancelProcessInstance(CancelProcessInstance {
        process_instance_key,
        operation_reference: 0,
    })
}

fn resolve(rig: &Rig) -> Command {
    let incident_key = *rig.incidents.last().unwrap();
    Command::ResolveIncident(ResolveIncident { incident_key, operation_reference: 0 })
}

/// A process that calls `called` with these attributes, and waits for nothing else.
fn caller(id: &str, attributes: &str) -> String {
    fixture("call_activity_recursive.bpmn")
        .replace("processId=\"call_activity_recursive\"", attributes)
        .replace("call_activity_recursive", id)
}

#[test]
fn a_called_process_gets_all_variables_and_gives_all_back() {
    let mut rig = Rig::new();
    rig.deploy("call_activity.bpmn");
    rig.take_log();
    let root = rig.create("call_activity", r#"{"order":7}"#);
    let log = rig.take_log();
    let job = rig.activate("write-bill").remove(0);
    assert_eq!(job.variables.to_json(), r#"{"order":7}"#);
    assert_eq!(&*job.bpmn_process_id, "billing");
    assert_ne!(job.process_instance_key, root);
    rig.complete(job.key, r#"{"bill":"b-1"}"#);
    assert_snapshot!("called", log + &rig.take_log());
}

#[test]
fn variables_are_handed_over_as_the_mappings_say() {
    let mut rig = Rig::new();
    rig.deploy("call_activity_mappings.bpmn");
    rig.take_log();
    rig.create("call_activity_mappings", r#"{"suffix":"script","order":{"total":50}}"#);
    let log = rig.take_log();
    let variables = log.lines().filter(|line| line.contains(" VARIABLE") || line.contains("EVENT"));
    assert_snapshot!("called_with_mappings", variables.collect::<Vec<_>>().join("\n"));
    assert!(log.lines().last().unwrap().contains("ELEMENT_COMPLETED"), "{log}");
}

#[test]
fn an_error_in_a_called_process_is_caught_by_the_call_activity() {
    let mut rig = Rig::new();
    rig.deploy("call_activity.bpmn");
    rig.create("call_activity", "{}");
    let job_key = rig.activate("write-bill")[0].key;
    rig.take_log();
    rig.ok(
        1,
        Command::ThrowError(ThrowError {
            job_key,
            error_code: "CARD_DECLINED".into(),
            error_message: String::new(),
            variables: doc(r#"{"reason":"limit"}"#),
        }),
    );
    assert_snapshot!("called_error", rig.take_log());
    assert_eq!(rig.engine(1).next_due(), None);
}

#[test]
fn an_interrupted_call_activity_terminates_its_process() {
    let mut rig = Rig::new();
    rig.deploy("call_activity.bpmn");
    rig.create("call_activity", "{}");
    rig.take_log();
    rig.advance(3_600_000);
    assert_snapshot!("called_interrupted", rig.take_log());
    assert!(rig.activate("write-bill").is_empty());
}

#[test]
fn only_the_root_can_be_cancelled_and_takes_the_tree_with_it() {
    let mut rig = Rig::new();
    rig.deploy("call_activity.bpmn");
    rig.deploy_text("outer.bpmn", &caller("outer", "processId=\"call_activity\""));
    let root = rig.create("outer", "{}");
    let called = rig.activate("write-bill")[0].process_instance_key;
    let refused = rig.rejected(1, cancel(called));
    assert_eq!(
        refused,
        format!(
            "INVALID_STATE: Expected to cancel a process instance with key '{called}', but it is created by a parent process instance. Cancel the root process instance '{root}' instead."
        )
    );
    rig.take_log();
    rig.ok(1, cancel(root));
    assert_snapshot!("called_cancelled", rig.take_log());
    for key in rig.started.clone() {
        assert!(rig.rejected(1, cancel(key)).starts_with("NOT_FOUND"), "{key}");
    }
}

#[test]
fn a_process_that_cannot_be_called_is_an_incident() {
    let mut rig = Rig::new();
    rig.deploy_text("outer.bpmn", &caller("outer", "processId=\"=name\""));
    let root = rig.create("outer", r#"{"name":"order_process"}"#);
    assert_snapshot!("called_unknown", rig.take_log().split_once("INCIDENT").unwrap().1);
    rig.deploy("timer_start.bpmn");
    rig.ok(1, set(root.0, r#"{"name":"timer_start"}"#, true));
    let command = resolve(&rig);
    rig.ok(1, command);
    rig.ok(1, set(root.0, r#"{"name":null}"#, true));
    let command = resolve(&rig);
    rig.ok(1, command);
    let log = rig.take_log();
    let incidents = log.lines().filter(|line| line.contains("INCIDENT:CREATED"));
    assert_snapshot!("called_wrong", incidents.collect::<Vec<_>>().join("\n"));

    rig.deploy("service_task.bpmn");
    rig.ok(1, set(root.0, r#"{"name":"order_process"}"#, true));
    let command = resolve(&rig);
    rig.ok(1, command);
    assert_eq!(rig.work("payment-service", "{}"), 1);
    assert!(rig.take_log().lines().last().unwrap().contains("\"outer\" PROCESS"));
}

#[test]
fn a_binding_chooses_the_version() {
    let mut rig = Rig::new();
    let called = |job_type: &str, tag: &str| {
        fixture("service_task.bpmn").replace("payment-service", job_type).replace(
            "<bpmn:startEvent",
            &format!(
                "<bpmn:extensionElements><zeebe:versionTag value=\"{tag}\"/></bpmn:extensionElements><bpmn:startEvent"
            ),
        )
    };
    let attributes = "processId=\"order_process\" bindingType=\"deployment\"";
    rig.deploy_text("one.bpmn", &called("one", "stable"));
    let resource = |name: &str, content: String| Resource {
        name: name.into(),
        content: content.into_bytes().into(),
    };
    rig.ok(
        1,
        Command::DeployResources(DeployResources {
            resources: vec![
                resource("together.bpmn", caller("together", attributes)),
                resource("two.bpmn", called("two", "next")),
            ],
            tenant_id: TenantId::default(),
        }),
    );
    rig.deploy_text("three.bpmn", &called("three", "next"));
    let tag = |tag: &str| {
        format!("processId=\"order_process\" bindingType=\"versionTag\" versionTag=\"{tag}\"")
    };
    rig.deploy_text("stable.bpmn", &caller("stable", &tag("stable")));
    rig.deploy_text("next.bpmn", &caller("next", &tag("next")));
    rig.deploy_text("none.bpmn", &caller("none", &tag("none")));
    rig.deploy_text("alone.bpmn", &caller("alone", attributes));
    for (id, job_type) in [("together", "two"), ("stable", "one"), ("next", "three")] {
        rig.create(id, "{}");
        assert_eq!(rig.work(job_type, "{}"), 1, "{id}");
    }
    rig.take_log();
    rig.create("none", "{}");
    rig.create("alone", "{}");
    let log = rig.take_log();
    let incidents = log.lines().filter(|line| line.contains("INCIDENT:CREATED"));
    assert_snapshot!("called_not_bound", incidents.collect::<Vec<_>>().join("\n"));
}

#[test]
fn processes_that_call_each_other_without_end_are_stopped() {
    let mut rig = Rig::new();
    rig.restore_every = 101;
    rig.deploy("call_activity_recursive.bpmn");
    let root = rig.create("call_activity_recursive", "{}");
    let log = rig.take_log();
    assert_eq!(rig.started.len(), 1000);
    assert_eq!(rig.incidents.len(), 1);
    let incident = log.lines().find(|line| line.contains("INCIDENT:CREATED")).unwrap();
    assert!(incident.contains("CALLED_ELEMENT_ERROR"), "{incident}");
    rig.ok(1, cancel(root));
    assert_eq!(rig.engine(1).next_due(), None);
    assert_eq!(rig.take_log().matches("ELEMENT_TERMINATED").count(), 2000);
}

#[test]
fn a_call_that_is_cancelled_before_it_began_leaves_nothing() {
    let mut rig = Rig::with_config(1, |config| config.batch_commands_max = 1);
    rig.deploy("call_activity.bpmn");
    for variables in ["{}", r#"{"a":1}"#] {
        rig.take_log();
        let answer = rig.step(PartitionId(1), create_command("call_activity", variables));
        let Answer::Reply(Ok(Response::Created(created))) = answer else { panic!("{answer:?}") };
        let root = created.key;
        // The call activity is reached, its process is not.
        let mut log = String::new();
        for _ in 0..10 {
            log = rig.take_log();
            if log.contains("C PROCESS_INSTANCE:ACTIVATE_ELEMENT") && log.contains("called_by") {
                break;
            }
            rig.step(PartitionId(1), Command::ResumeWork);
        }
        assert!(!log.contains("\"billing_start\""), "{log}");
        rig.step(PartitionId(1), cancel(root));
        rig.settle();
        assert!(rig.activate("write-bill").is_empty());
        assert_eq!(rig.engine(1).next_due(), None);
        assert!(rig.rejected(1, cancel(root)).starts_with("NOT_FOUND"));
    }
}
