//! Signals.

use insta::assert_snapshot;
use skep_record::{BroadcastSignal, Command, TenantId};

use crate::rig::{Rig, doc, fixture};

fn broadcast(name: &str, variables: &str) -> Command {
    Command::BroadcastSignal(BroadcastSignal {
        signal_name: name.into(),
        variables: doc(variables),
        tenant_id: TenantId::default(),
    })
}

/// The name of the only signal in a fixture.
fn signal_of(fixture_name: &str) -> String {
    let text = fixture(fixture_name);
    let signal = text.split("<bpmn:signal ").nth(1).unwrap();
    signal.split("name=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

#[test]
fn everybody_who_waits_takes_a_signal_once() {
    let mut rig = Rig::new();
    rig.deploy("signal_catch.bpmn");
    rig.create("signal_catch", "");
    rig.create("signal_catch", "");
    rig.take_log();
    let name = signal_of("signal_catch.bpmn");
    rig.ok(1, broadcast("another", "{}"));
    assert!(!rig.take_log().contains("PROCESS_EVENT"));
    rig.ok(1, broadcast(&name, r#"{"by":"tom"}"#));
    assert_snapshot!("signal_catch", rig.take_log());
    rig.ok(1, broadcast(&name, "{}"));
    assert!(!rig.take_log().contains("PROCESS_EVENT"));
}

#[test]
fn a_signal_starts_an_instance() {
    let mut rig = Rig::new();
    rig.deploy("signal_start.bpmn");
    assert_snapshot!("signal_start_deployed", rig.take_log());
    rig.ok(1, broadcast(&signal_of("signal_start.bpmn"), r#"{"floor":3}"#));
    assert_snapshot!("signal_start", rig.take_log());
    assert_eq!(rig.activate("evacuate")[0].variables.to_json(), r#"{"floor":3}"#);
}

#[test]
fn boundary_signals_interrupt_or_not() {
    let mut rig = Rig::new();
    rig.deploy("boundary_signal.bpmn");
    rig.deploy("boundary_signal_non_interrupting.bpmn");
    rig.create("boundary_signal", "");
    rig.create("boundary_signal_non_interrupting", "");
    rig.take_log();
    rig.ok(1, broadcast(&signal_of("boundary_signal.bpmn"), "{}"));
    rig.ok(1, broadcast(&signal_of("boundary_signal_non_interrupting.bpmn"), "{}"));
    assert_snapshot!("boundary_signals", rig.take_log());
    assert_eq!(rig.activate("work").len(), 1);
}

#[test]
fn a_signal_thrown_by_one_instance_wakes_another() {
    let mut rig = Rig::new();
    let name = signal_of("signal_throw.bpmn");
    let catch = fixture("signal_catch.bpmn").replace(&signal_of("signal_catch.bpmn"), &name);
    rig.deploy_text("catch.bpmn", &catch);
    rig.deploy("signal_throw.bpmn");
    rig.create("signal_catch", "");
    rig.take_log();
    rig.create("signal_throw", r#"{"secret":1}"#);
    assert_snapshot!("signal_throw", rig.take_log());
}

#[test]
fn a_signal_reaches_all_partitions_and_starts_on_one() {
    let mut rig = Rig::with_partitions(3);
    rig.deploy("signal_catch.bpmn");
    rig.deploy("signal_start.bpmn");
    let log = rig.take_log();
    assert_eq!(log.matches("COMMAND_DISTRIBUTION:FINISHED").count(), 2, "{log}");
    rig.create_on(3, "signal_catch", "");
    rig.take_log();
    rig.ok(2, broadcast(&signal_of("signal_catch.bpmn"), "{}"));
    assert_snapshot!("signal_partitions", rig.take_log());
    rig.ok(2, broadcast(&signal_of("signal_start.bpmn"), "{}"));
    assert_eq!(rig.take_log().matches("E PROCESS_EVENT:TRIGGERING").count(), 1);
}

#[test]
fn a_lost_distribution_is_sent_again_and_carried_out_once() {
    let mut rig = Rig::with_partitions(2);
    rig.deploy("signal_catch.bpmn");
    rig.create_on(2, "signal_catch", "");
    rig.create_on(2, "signal_catch", "");
    rig.take_log();
    rig.deliver = false;
    rig.ok(1, broadcast(&signal_of("signal_catch.bpmn"), "{}"));
    let lost = rig.in_flight.pop_front().expect("sent");
    rig.deliver = true;
    rig.advance(10_000);
    let log = rig.take_log();
    assert!(log.contains("COMMAND_DISTRIBUTION:FINISHED"), "{log}");
    // The first one arrives after all: it is refused, and acknowledged again.
    rig.submit(lost.0.0, lost.1);
    assert_snapshot!(rig.take_log());
    assert_eq!(rig.engine(1).next_due(), None);
}
