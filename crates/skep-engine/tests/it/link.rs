//! Link events.

use insta::assert_snapshot;

use crate::rig::Rig;

#[test]
fn a_path_goes_on_at_the_link_catch_event() {
    let mut rig = Rig::new();
    rig.deploy("link_events.bpmn");
    rig.create("link_events", r#"{"city":"Rome"}"#);
    assert_snapshot!("link_events", rig.take_log());
    let jobs = rig.activate("ship");
    assert_eq!(jobs[0].variables.to_json(), r#"{"city":"Rome","label":"Rome"}"#);
    rig.complete(jobs[0].key, "");
    assert!(rig.take_log().contains("E PROCESS_INSTANCE:ELEMENT_COMPLETED k2 \"link_events\""));
}

#[test]
fn an_input_mapping_that_fails_is_an_incident() {
    let mut rig = Rig::new();
    rig.deploy_text(
        "link.bpmn",
        &crate::rig::fixture("link_events.bpmn").replace("=city", "=assert(city, city = 1)"),
    );
    rig.create("link_events", r#"{"city":"Rome"}"#);
    let log = rig.take_log();
    assert!(log.contains("E INCIDENT:CREATED") && log.contains("IO_MAPPING_ERROR"), "{log}");
}
