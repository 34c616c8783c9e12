//! Event-based and exclusive gateways.

use insta::assert_snapshot;
use skep_record::{BroadcastSignal, Command, PublishMessage, TenantId};

use crate::rig::{Rig, doc};

fn waiting() -> Rig {
    let mut rig = Rig::new();
    rig.deploy("event_based_gateway.bpmn");
    rig.create("event_based_gateway", r#"{"order_id":"a"}"#);
    rig.take_log();
    rig
}

fn paid() -> Command {
    Command::PublishMessage(PublishMessage {
        name: "payment received".into(),
        correlation_key: "a".into(),
        time_to_live_ms: 0,
        message_id: String::new(),
        variables: doc(r#"{"amount":3}"#),
        tenant_id: TenantId::default(),
    })
}

#[test]
fn the_first_event_wins() {
    let mut rig = waiting();
    rig.ok(1, paid());
    assert_snapshot!("event_gateway_message", rig.take_log());
    assert_eq!(rig.engine(1).next_due(), None);

    let mut rig = waiting();
    rig.ok(
        1,
        Command::BroadcastSignal(BroadcastSignal {
            signal_name: "recall".into(),
            variables: doc("{}"),
            tenant_id: TenantId::default(),
        }),
    );
    assert_snapshot!("event_gateway_signal", rig.take_log());

    let mut rig = waiting();
    rig.advance(2 * 24 * 3_600_000);
    assert_snapshot!("event_gateway_timer", rig.take_log());
    rig.ok(1, paid());
    assert!(!rig.take_log().contains("CORRELAT"));
}

#[test]
fn an_exclusive_gateway_takes_the_first_condition_that_holds() {
    for (total, job_type) in [("101", "express"), ("0", "free"), ("50", "standard")] {
        let mut rig = Rig::new();
        rig.deploy("exclusive_gateway.bpmn");
        rig.create("exclusive_gateway", &format!(r#"{{"total":{total}}}"#));
        if job_type == "express" {
            assert_snapshot!("exclusive_gateway", rig.take_log());
        }
        assert_eq!(rig.work(job_type, ""), 1);
        assert!(rig.take_log().contains("ELEMENT_COMPLETED k2 \"exclusive_gateway\""));
    }
}

#[test]
fn a_loop_goes_round_until_its_condition_holds() {
    let mut rig = Rig::new();
    rig.deploy("loop.bpmn");
    rig.create("loop", r#"{"done":false}"#);
    for _ in 0..3 {
        assert_eq!(rig.work("try-again", ""), 1);
    }
    assert_eq!(rig.work("try-again", r#"{"done":true}"#), 1);
    assert!(rig.take_log().contains("ELEMENT_COMPLETED k2 \"loop\""));
}
