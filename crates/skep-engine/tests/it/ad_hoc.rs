//! Ad-hoc subprocesses.

use insta::assert_snapshot;
use skep_record::{
    ActivateAdHocElements, AdHocActivation, CancelProcessInstance, Command, ElementInstanceKey,
    PartitionId, ResolveIncident,
};

use crate::{
    rig::{Rig, doc},
    variable::set,
};

/// The key of the ad-hoc subprocess in the log.
fn subprocess(log: &str) -> ElementInstanceKey {
    let line = log.lines().find(|line| line.contains("AD_HOC_SUB_PROCESS scope")).unwrap();
    let key = line.split(" k").nth(1).unwrap().split(' ').next().unwrap();
    ElementInstanceKey(PartitionId(1).key(key.parse().unwrap()))
}

fn activate(
    element_instance_key: ElementInstanceKey,
    ids: &[&str],
    variables: &str,
    cancel_remaining: bool,
) -> Command {
    let elements = ids
        .iter()
        .map(|id| AdHocActivation { element_id: (*id).into(), variables: doc(variables) })
        .collect();
    Command::ActivateAdHocElements(ActivateAdHocElements {
        element_instance_key,
        elements,
        cancel_remaining,
    })
}

#[test]
fn elements_of_the_collection_run_in_scopes_of_their_own() {
    let mut rig = Rig::new();
    rig.deploy("ad_hoc_subprocess.bpmn");
    rig.take_log();
    rig.create("ad_hoc_subprocess", r#"{"active":["call","repair"]}"#);
    let job = rig.activate("call").remove(0);
    assert_eq!(
        job.variables.to_json(),
        r#"{"adHocSubProcessElements":[{"elementId":"call","elementName":"Call the customer","documentation":"Only in office hours.","properties":{"tool":"phone"}},{"elementId":"repair","elementName":"Repair"}],"results":[],"active":["call","repair"]}"#
    );
    rig.complete(job.key, r#"{"result":"spoken"}"#);
    assert_eq!(rig.work("repair", "{}"), 1);
    assert_eq!(rig.work("test", r#"{"result":"works"}"#), 1);
    assert_snapshot!("ad_hoc", rig.take_log());
}

#[test]
fn elements_are_activated_on_demand_until_the_condition_is_fulfilled() {
    let mut rig = Rig::new();
    rig.deploy("ad_hoc_condition.bpmn");
    rig.create("ad_hoc_condition", r#"{"solved":false}"#);
    let key = subprocess(&rig.take_log());
    rig.ok(1, activate(key, &["call", "repair"], r#"{"hint":1}"#, false));
    assert_snapshot!("ad_hoc_activated", rig.take_log());
    assert_eq!(rig.work("call", "{}"), 1);
    // Nothing is left but to wait for the next instruction.
    assert_eq!(rig.work("repair", "{}"), 1);
    assert_eq!(rig.work("test", "{}"), 1);
    rig.ok(1, activate(key, &["call", "repair"], "{}", false));
    rig.take_log();
    assert_eq!(rig.work("call", r#"{"solved":true}"#), 1);
    assert_snapshot!("ad_hoc_fulfilled", rig.take_log());
    assert!(rig.activate("repair").is_empty());
    assert_eq!(rig.engine(1).next_due(), None);
}

#[test]
fn what_remains_can_be_cancelled_for_something_else() {
    let mut rig = Rig::new();
    rig.deploy("ad_hoc_subprocess.bpmn");
    rig.create("ad_hoc_subprocess", r#"{"active":["repair"]}"#);
    let key = subprocess(&rig.take_log());
    rig.ok(1, activate(key, &["call"], "{}", true));
    assert_snapshot!("ad_hoc_cancel_remaining", rig.take_log());
    assert!(rig.activate("repair").is_empty());
    assert_eq!(rig.work("call", r#"{"result":1}"#), 1);
    assert!(rig.take_log().lines().last().unwrap().contains("ELEMENT_COMPLETED"));
}

#[test]
fn wrong_instructions_are_refused() {
    let mut rig = Rig::new();
    rig.deploy("ad_hoc_condition.bpmn");
    let root = rig.create("ad_hoc_condition", r#"{"solved":false}"#);
    let key = subprocess(&rig.take_log());
    let mut refusals = String::new();
    for command in [
        activate(key, &[], "{}", false),
        activate(key, &["call", "call"], "{}", false),
        activate(key, &["test"], "{}", false),
        activate(key, &["nothing"], "{}", false),
        activate(root.into(), &["call"], "{}", false),
        activate(ElementInstanceKey(1), &["call"], "{}", false),
    ] {
        refusals += &rig.rejected(1, command);
        refusals.push('\n');
    }
    assert_snapshot!("ad_hoc_refused", refusals);
}

#[test]
fn a_collection_that_names_something_else_is_an_incident() {
    let mut rig = Rig::new();
    rig.deploy("ad_hoc_subprocess.bpmn");
    let root = rig.create("ad_hoc_subprocess", r#"{"active":["call","test"]}"#);
    let log = rig.take_log();
    assert_snapshot!("ad_hoc_wrong", log.lines().last().unwrap());
    rig.ok(1, set(root.0, r#"{"active":["call"]}"#, true));
    let incident_key = *rig.incidents.last().unwrap();
    rig.ok(1, Command::ResolveIncident(ResolveIncident { incident_key, operation_reference: 0 }));
    assert_eq!(rig.work("call", r#"{"result":1}"#), 1);
    assert!(rig.take_log().lines().last().unwrap().contains("ELEMENT_COMPLETED"));
}

#[test]
fn a_terminated_subprocess_takes_its_elements_with_it() {
    let mut rig = Rig::new();
    rig.deploy("ad_hoc_subprocess.bpmn");
    rig.create("ad_hoc_subprocess", r#"{"active":["call","repair"]}"#);
    rig.take_log();
    rig.advance(86_400_000);
    assert_snapshot!("ad_hoc_interrupted", rig.take_log());
    let process_instance_key = rig.create("ad_hoc_subprocess", r#"{"active":["call"]}"#);
    let cancel = CancelProcessInstance { process_instance_key, operation_reference: 0 };
    rig.ok(1, Command::CancelProcessInstance(cancel));
    assert!(rig.activate("call").is_empty());
    assert_eq!(rig.engine(1).next_due(), None);
}
