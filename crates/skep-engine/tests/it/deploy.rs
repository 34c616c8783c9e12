//! Deployments.

use insta::assert_snapshot;
use skep_record::{Command, DeployResources, Resource, Response, TenantId};

use crate::rig::{Rig, deploy_command, fixture};

pub fn deploy(resources: &[(&str, &str)]) -> Command {
    Command::DeployResources(DeployResources {
        resources: resources
            .iter()
            .map(|(name, content)| Resource {
                name: (*name).into(),
                content: content.as_bytes().to_vec().into(),
            })
            .collect(),
        tenant_id: TenantId::default(),
    })
}

#[test]
fn versions_count_up_and_duplicates_stay() {
    let mut rig = Rig::new();
    let text = fixture("service_task.bpmn");
    let first = rig.deploy_text("a.bpmn", &text);
    let again = rig.deploy_text("a.bpmn", &text);
    assert_eq!(first.processes[0].key, again.processes[0].key);
    assert_ne!(first.key, again.key);
    assert!(again.processes[0].duplicate);
    // Another name or other content is another version.
    let renamed = rig.deploy_text("b.bpmn", &text);
    assert_eq!((renamed.processes[0].version, renamed.processes[0].duplicate), (2, false));
    let changed = rig.deploy_text("b.bpmn", &(text.clone() + " "));
    assert_eq!(changed.processes[0].version, 3);
    // Only the latest version counts.
    let back = rig.deploy_text("a.bpmn", &text);
    assert_eq!(back.processes[0].version, 4);
}

#[test]
fn a_file_may_hold_several_processes() {
    let mut rig = Rig::new();
    let deployment = rig.deploy("collaboration.bpmn");
    assert!(deployment.processes.len() > 1);
    assert_snapshot!("collaboration", rig.take_log());
    for process in &deployment.processes {
        rig.create(&process.bpmn_process_id, "");
    }
}

#[test]
fn a_deployment_is_all_or_nothing_and_names_every_problem() {
    let mut rig = Rig::new();
    let good = fixture("service_task.bpmn");
    assert_snapshot!(rig.rejected(1, deploy(&[])), @"INVALID_ARGUMENT: Expected to deploy at least one resource, but none given");
    let text = rig.rejected(
        1,
        deploy(&[
            ("good.bpmn", &good),
            ("again.bpmn", &good),
            ("notes.rpa", "hello"),
            ("broken.bpmn", "<definitions"),
        ]),
    );
    assert_snapshot!("deploy_refused", text);
    assert!(
        rig.rejected(1, crate::rig::create_command("order_process", "")).starts_with("NOT_FOUND")
    );
}

#[test]
fn a_start_timer_that_cannot_be_computed_refuses_the_deployment() {
    let mut rig = Rig::new();
    let text = fixture("timer_start_date.bpmn")
        .replace(">2030-01-01T00:00:00Z<", ">=date and time(today(), \"x\")<");
    let refused = rig.rejected(1, deploy_command("a.bpmn", &text));
    assert!(
        refused.starts_with("PROCESSING_ERROR") || refused.starts_with("INVALID_ARGUMENT"),
        "{refused}"
    );
}

#[test]
fn every_partition_gets_a_deployment() {
    let mut rig = Rig::with_partitions(3);
    rig.deploy("message_start.bpmn");
    assert_snapshot!("deploy_partitions", rig.take_log());
    let text = fixture("service_task.bpmn");
    let Response::Deployed(deployment) = rig.ok(1, deploy_command("a.bpmn", &text)) else {
        panic!()
    };
    for partition in 1..=3 {
        let command = crate::rig::create_command("order_process", "");
        let Response::Created(created) = rig.ok(partition, command) else { panic!() };
        assert_eq!(created.process_definition_key, deployment.processes[0].key);
    }
}

#[test]
fn a_late_deployment_does_not_undo_a_newer_one() {
    let mut rig = Rig::with_partitions(2);
    let text = fixture("message_start.bpmn");
    rig.deliver = false;
    rig.ok(1, deploy_command("a.bpmn", &text));
    let first = rig.in_flight.pop_front().unwrap();
    rig.ok(1, deploy_command("a.bpmn", &(text + "\n")));
    rig.deliver = true;
    rig.settle();
    rig.take_log();
    rig.submit(first.0.0, first.1);
    let log = rig.take_log();
    assert!(!log.contains("2 E MESSAGE_START_EVENT_SUBSCRIPTION"), "{log}");
    assert!(log.contains("2 E PROCESS:CREATED"), "{log}");
}
