//! Inclusive gateways: splitting by conditions, and joining what can still arrive.

use insta::assert_snapshot;
use skep_record::{CancelProcessInstance, Command, ResolveIncident};

use crate::rig::Rig;

const DONE: &str = "E PROCESS_INSTANCE:ELEMENT_COMPLETED k2 \"inclusive";

#[test]
fn every_flow_whose_condition_holds_is_taken_and_joined() {
    let mut rig = Rig::new();
    rig.deploy("inclusive_gateway.bpmn");
    rig.create("inclusive_gateway", r#"{"wrapped":true,"total":500}"#);
    assert_snapshot!("inclusive_split", rig.take_log());
    assert!(rig.activate("plain").is_empty());
    assert_eq!(rig.work("gift-wrap", ""), 1);
    assert_snapshot!("inclusive_join_waits", rig.take_log());
    assert_eq!(rig.work("insure", ""), 1);
    assert_snapshot!("inclusive_join", rig.take_log());
}

#[test]
fn one_flow_alone_is_joined_at_once() {
    let mut rig = Rig::new();
    rig.deploy("inclusive_gateway.bpmn");
    rig.create("inclusive_gateway", r#"{"wrapped":true,"total":5}"#);
    assert_eq!(rig.work("gift-wrap", ""), 1);
    assert!(rig.take_log().contains(DONE));
}

#[test]
fn the_default_flow_is_taken_when_no_condition_holds() {
    let mut rig = Rig::new();
    rig.deploy("inclusive_gateway.bpmn");
    rig.create("inclusive_gateway", r#"{"wrapped":false,"total":5}"#);
    assert_eq!(rig.work("gift-wrap", "") + rig.work("insure", ""), 0);
    assert_eq!(rig.work("plain", ""), 1);
    assert!(rig.take_log().contains(DONE));
}

#[test]
fn no_condition_that_holds_and_no_default_is_an_incident() {
    let mut rig = Rig::new();
    rig.deploy("inclusive_gateway_without_default.bpmn");
    let key = rig.create("inclusive_gateway_without_default", r#"{"total":50}"#);
    assert_snapshot!("inclusive_no_flow", rig.take_log());
    rig.ok(
        1,
        Command::SetVariables(skep_record::SetVariables {
            element_instance_key: key.into(),
            variables: crate::rig::doc(r#"{"total":500}"#),
            local: false,
            operation_reference: 0,
        }),
    );
    let incident_key = rig.incidents[0];
    let resolve = ResolveIncident { incident_key, operation_reference: 0 };
    rig.ok(1, Command::ResolveIncident(resolve));
    assert!(rig.take_log().contains(DONE));
}

#[test]
fn a_condition_that_is_no_boolean_is_an_incident() {
    let mut rig = Rig::new();
    rig.deploy("inclusive_gateway.bpmn");
    let key = rig.create("inclusive_gateway", r#"{"total":500}"#);
    let log = rig.take_log();
    assert!(log.contains("INCIDENT:CREATED"), "{log}");
    assert!(log.contains("EXTRACT_VALUE_ERROR"), "{log}");
    let cancel = CancelProcessInstance { process_instance_key: key, operation_reference: 0 };
    rig.ok(1, Command::CancelProcessInstance(cancel));
    assert_snapshot!("inclusive_terminated", rig.take_log());
}

#[test]
fn a_join_waits_for_paths_by_boundary_events_and_links() {
    let mut rig = Rig::new();
    rig.deploy("inclusive_join_reach.bpmn");
    rig.create("inclusive_join_reach", "");
    assert_eq!(rig.work("fast", "") + rig.work("slow", ""), 2);
    // The boundary event of the third task still leads here, through a link.
    assert!(rig.activate("after").is_empty());
    rig.take_log();
    rig.advance(3_600_000);
    assert_snapshot!("inclusive_join_by_link", rig.take_log());
    assert_eq!(rig.work("after", ""), 1);
    assert!(rig.take_log().contains(DONE));
}

/// Zeebe would look at the join only when a flow arrives, and this one would wait for ever.
#[test]
fn a_join_goes_on_when_what_it_waits_for_can_no_longer_come() {
    let mut rig = Rig::new();
    rig.deploy("inclusive_join_reach.bpmn");
    rig.create("inclusive_join_reach", "");
    assert_eq!(rig.work("lazy", "") + rig.work("fast", ""), 2);
    assert!(rig.activate("after").is_empty());
    assert_eq!(rig.work("slow", ""), 1);
    assert_eq!(rig.work("after", ""), 1);
    assert!(rig.take_log().contains(DONE));
    rig.create("inclusive_join_reach", "");
    assert_eq!(rig.work("fast", "") + rig.work("slow", ""), 2);
    assert!(rig.activate("after").is_empty());
    rig.take_log();
    assert_eq!(rig.work("lazy", ""), 1);
    assert_snapshot!("inclusive_join_woken", rig.take_log());
    assert_eq!(rig.work("after", ""), 1);
    assert!(rig.take_log().contains("ELEMENT_COMPLETED k37 \"inclusive_join_reach\""));
}

#[test]
fn flows_that_arrive_together_are_joined_once() {
    let mut rig = Rig::new();
    rig.deploy("inclusive_together.bpmn");
    rig.create("inclusive_together", "");
    assert_eq!(rig.activate("after").len(), 1);
    assert_snapshot!("inclusive_together", rig.take_log());
}
