//! Variables and mappings.

use insta::assert_snapshot;
use skep_record::{Command, ElementInstanceKey, SetVariables};

use crate::rig::{Rig, doc};

pub fn set(scope: i64, variables: &str, local: bool) -> Command {
    Command::SetVariables(SetVariables {
        element_instance_key: ElementInstanceKey(scope),
        variables: doc(variables),
        local,
        operation_reference: 0,
    })
}

#[test]
fn mappings_read_earlier_ones_and_build_contexts() {
    let mut rig = Rig::new();
    rig.deploy("mappings.bpmn");
    rig.create("mappings", r#"{"order":{"total":10,"items":2}}"#);
    let job = rig.activate("charge-card").remove(0);
    assert_eq!(
        job.variables.to_json(),
        r#"{"payment":{"amount":10,"currency":"EUR"},"twice":20,"order":{"total":10,"items":2}}"#
    );
    rig.take_log();
    rig.complete(job.key, r#"{"receipt":"r-1","noise":true}"#);
    let log = rig.take_log();
    assert_snapshot!("mappings_out", log);
}

#[test]
fn output_mappings_merge_into_contexts() {
    let mut rig = Rig::new();
    rig.deploy("subprocess_mappings.bpmn");
    let text = crate::rig::fixture("service_task.bpmn").replace("order_process", "after");
    rig.deploy_text("after.bpmn", &text);
    let key = rig.create("subprocess_mappings", r#"{"order":{"address":"here","n":1}}"#);
    let job = rig.activate("pack-parcel").remove(0);
    assert_eq!(job.variables.to_json(), r#"{"address":"here","order":{"address":"here","n":1}}"#);
    rig.complete(job.key, r#"{"parcel":7}"#);
    let log = rig.take_log();
    assert!(
        log.contains(&format!("ELEMENT_COMPLETED k{}", key.0 - 2_251_799_813_685_248)),
        "{log}"
    );
    assert_snapshot!(
        "subprocess_mappings",
        log.lines().filter(|line| line.contains("VARIABLE")).collect::<Vec<_>>().join("\n")
    );
}

#[test]
fn a_script_s_result_becomes_a_variable() {
    let mut rig = Rig::new();
    rig.deploy("script_task.bpmn");
    rig.create("script_task", r#"{"price":2.5,"amount":4}"#);
    let log = rig.take_log();
    assert_snapshot!("script_task", log);
}

#[test]
fn variables_are_set_locally_or_where_they_are() {
    let mut rig = Rig::new();
    rig.deploy("service_task.bpmn");
    let instance = rig.create("order_process", r#"{"a":1}"#);
    let job = rig.activate("payment-service").remove(0);
    let element = job.element_instance_key.0;
    rig.take_log();
    rig.ok(1, set(element, r#"{"a":2,"b":2}"#, false));
    rig.ok(1, set(element, r#"{"b":3}"#, true));
    rig.ok(1, set(element, r#"{"b":4,"c":4}"#, false));
    rig.ok(1, set(instance.0, r#"{"a":2}"#, true));
    assert_snapshot!(rig.take_log());
    rig.now += 60_000;
    rig.advance(1);
    let job = rig.activate("payment-service").remove(0);
    assert_eq!(job.variables.to_json(), r#"{"b":4,"a":2,"c":4}"#);
    rig.complete(job.key, "");
    assert_snapshot!(rig.rejected(1, set(element, "{}", false)), @"NOT_FOUND: Expected to update variables for element with key '2251799813685255', but no such element was found");
    assert_snapshot!(rig.rejected(1, set(instance.0, "{}", false)), @"NOT_FOUND: Expected to update variables for element with key '2251799813685250', but no such element was found");
}
