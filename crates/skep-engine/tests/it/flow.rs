//! Gateways, subprocesses and what passes by itself.

use insta::assert_snapshot;
use skep_record::{CancelProcessInstance, Command};

use crate::rig::Rig;

#[test]
fn a_parallel_gateway_waits_for_all_its_flows() {
    let mut rig = Rig::new();
    rig.deploy("parallel_gateway.bpmn");
    rig.create("parallel_gateway", "");
    assert_snapshot!("parallel_gateway_split", rig.take_log());
    assert_eq!(rig.work("pack-parcel", ""), 1);
    assert_snapshot!("parallel_gateway_first", rig.take_log());
    assert_eq!(rig.work("write-invoice", ""), 1);
    assert_snapshot!("parallel_gateway_second", rig.take_log());
}

#[test]
fn an_element_with_several_outgoing_flows_takes_all() {
    let mut rig = Rig::new();
    rig.deploy("implicit_split.bpmn");
    rig.create("implicit_split", "");
    rig.work("prepare", "");
    rig.take_log();
    assert_eq!(rig.work("left", ""), 1);
    assert!(!rig.take_log().contains("\"implicit_split\" PROCESS scope=-1"));
    assert_eq!(rig.work("right", ""), 1);
    assert!(rig.take_log().contains("E PROCESS_INSTANCE:ELEMENT_COMPLETED k2 \"implicit_split\""));
}

#[test]
fn a_terminate_end_event_ends_everything_else_in_its_scope() {
    let mut rig = Rig::new();
    rig.deploy("terminate_end.bpmn");
    rig.create("terminate_end", "");
    rig.take_log();
    rig.work("fast-work", "");
    assert_snapshot!("terminate_end", rig.take_log());
    assert!(rig.activate("slow-work").is_empty());
}

#[test]
fn a_subprocess_completes_with_its_last_element() {
    let mut rig = Rig::new();
    rig.deploy("subprocess.bpmn");
    rig.create("subprocess", "");
    rig.work("pack-parcel", "");
    assert_snapshot!("subprocess", rig.take_log());
}

#[test]
fn cancelling_terminates_from_the_inside() {
    let mut rig = Rig::new();
    rig.deploy("nested_subprocess.bpmn");
    let key = rig.create("nested_subprocess", "");
    rig.take_log();
    let cancel = Command::CancelProcessInstance(CancelProcessInstance {
        process_instance_key: key,
        operation_reference: 0,
    });
    rig.ok(1, cancel.clone());
    assert_snapshot!("cancel_nested", rig.take_log());
    assert_snapshot!(rig.rejected(1, cancel), @"NOT_FOUND: Expected to cancel a process instance with key '2251799813685250', but no such process was found");
}

#[test]
fn a_boundary_timer_interrupts_a_whole_subprocess() {
    let mut rig = Rig::new();
    rig.deploy("subprocess_boundary_timer.bpmn");
    rig.create("subprocess_boundary_timer", "");
    rig.take_log();
    rig.advance(24 * 60 * 60_000);
    assert_snapshot!("subprocess_boundary_timer", rig.take_log());
}

#[test]
fn what_nobody_works_on_passes() {
    for name in ["empty_process", "manual_task", "undefined_task", "none_throw"] {
        let mut rig = Rig::new();
        rig.deploy(&format!("{name}.bpmn"));
        rig.create(name, "");
        let log = rig.take_log();
        assert!(
            log.contains(&format!("E PROCESS_INSTANCE:ELEMENT_COMPLETED k2 {name:?}")),
            "{log}"
        );
    }
}
