//! Event subprocesses.

use insta::assert_snapshot;
use skep_record::{
    BroadcastSignal, CancelProcessInstance, Command, JobKey, ProcessInstanceKey, PublishMessage,
    ResolveIncident, SetVariables, TenantId, ThrowError,
};

use crate::rig::{Rig, doc, fixture};

const ORDER: &str = r#"{"order_id":"order-1"}"#;
const HOUR_MS: i64 = 3_600_000;

fn cancel_order(variables: &str) -> Command {
    Command::PublishMessage(PublishMessage {
        name: "cancel order".into(),
        correlation_key: "order-1".into(),
        time_to_live_ms: 0,
        message_id: String::new(),
        variables: doc(variables),
        tenant_id: TenantId::default(),
    })
}

fn alarm() -> Command {
    Command::BroadcastSignal(BroadcastSignal {
        signal_name: "alarm".into(),
        variables: doc(r#"{"floor":3}"#),
        tenant_id: TenantId::default(),
    })
}

fn throw(job_key: JobKey, code: &str) -> Command {
    Command::ThrowError(ThrowError {
        job_key,
        error_code: code.into(),
        error_message: "no money".into(),
        variables: doc(r#"{"reason":"limit"}"#),
    })
}

fn cancel(rig: &mut Rig, key: ProcessInstanceKey) {
    let cancel = CancelProcessInstance { process_instance_key: key, operation_reference: 0 };
    rig.ok(1, Command::CancelProcessInstance(cancel));
}

fn is_completed(log: &str, id: &str) -> bool {
    log.contains(&format!("E PROCESS_INSTANCE:ELEMENT_COMPLETED k2 {id:?}"))
}

#[test]
fn an_interrupting_message_ends_everything_else() {
    let mut rig = Rig::new();
    rig.deploy("event_subprocess_message.bpmn");
    rig.create("event_subprocess_message", ORDER);
    assert_snapshot!("event_subprocess_message_waits", rig.take_log());
    rig.ok(1, cancel_order(r#"{"reason":"regret"}"#));
    assert_snapshot!("event_subprocess_message", rig.take_log());
    assert!(rig.activate("work").is_empty());
    let jobs = rig.activate("undo");
    assert_eq!(
        jobs[0].variables.to_json(),
        r#"{"order":"order-1","order_id":"order-1","why":"regret"}"#
    );
    rig.take_log();
    rig.complete(jobs[0].key, "");
    assert_snapshot!("event_subprocess_message_done", rig.take_log());
}

#[test]
fn a_subscription_ends_with_its_scope() {
    let mut rig = Rig::new();
    rig.deploy("event_subprocess_message.bpmn");
    rig.create("event_subprocess_message", ORDER);
    rig.work("work", "");
    let log = rig.take_log();
    assert!(log.contains("E PROCESS_MESSAGE_SUBSCRIPTION:DELETED"), "{log}");
    assert!(is_completed(&log, "event_subprocess_message"), "{log}");
}

#[test]
fn messages_that_do_not_interrupt_start_one_each() {
    let mut rig = Rig::new();
    rig.deploy("event_subprocess_message_non_interrupting.bpmn");
    rig.create("event_subprocess_message_non_interrupting", ORDER);
    rig.take_log();
    rig.ok(1, cancel_order(r#"{"n":1}"#));
    assert_snapshot!("event_subprocess_message_beside", rig.take_log());
    rig.ok(1, cancel_order(r#"{"n":2}"#));
    assert_eq!(rig.work("undo", ""), 2);
    assert!(!is_completed(&rig.take_log(), "event_subprocess_message_non_interrupting"));
    rig.work("work", "");
    assert!(is_completed(&rig.take_log(), "event_subprocess_message_non_interrupting"));
}

#[test]
fn the_scope_waits_for_event_subprocesses_beside_it() {
    let mut rig = Rig::new();
    rig.deploy("event_subprocess_message_non_interrupting.bpmn");
    rig.create("event_subprocess_message_non_interrupting", ORDER);
    rig.ok(1, cancel_order("{}"));
    rig.work("work", "");
    assert!(!is_completed(&rig.take_log(), "event_subprocess_message_non_interrupting"));
    rig.work("undo", "");
    assert!(is_completed(&rig.take_log(), "event_subprocess_message_non_interrupting"));
}

#[test]
fn an_interrupting_signal_closes_what_other_event_subprocesses_wait_for() {
    let mut rig = Rig::new();
    rig.deploy("event_subprocess_signal.bpmn");
    rig.create("event_subprocess_signal", ORDER);
    rig.ok(1, cancel_order("{}"));
    rig.take_log();
    rig.ok(1, alarm());
    assert_snapshot!("event_subprocess_signal", rig.take_log());
    assert!(rig.activate("note").is_empty());
    rig.work("undo", "");
    assert_eq!(rig.work("after", ""), 1);
    assert!(is_completed(&rig.take_log(), "event_subprocess_signal"));
}

#[test]
fn a_signal_starts_an_event_subprocess_beside_the_flow() {
    let mut rig = Rig::new();
    rig.deploy("event_subprocess_signal_non_interrupting.bpmn");
    rig.create("event_subprocess_signal_non_interrupting", "");
    rig.ok(1, alarm());
    rig.ok(1, alarm());
    assert_eq!(rig.work("undo", ""), 2);
    assert_eq!(rig.work("work", ""), 1);
    let log = rig.take_log();
    assert!(is_completed(&log, "event_subprocess_signal_non_interrupting"), "{log}");
    assert!(log.contains("E SIGNAL_SUBSCRIPTION:DELETED"), "{log}");
}

#[test]
fn an_interrupting_timer_forgets_what_waits_at_a_join() {
    let mut rig = Rig::new();
    rig.deploy("event_subprocess_timer.bpmn");
    rig.create("event_subprocess_timer", "");
    rig.work("work", "");
    rig.take_log();
    rig.advance(HOUR_MS);
    assert_snapshot!("event_subprocess_timer", rig.take_log());
    rig.work("undo", "");
    assert!(is_completed(&rig.take_log(), "event_subprocess_timer"));
}

#[test]
fn a_cycle_starts_an_event_subprocess_each_time() {
    let mut rig = Rig::new();
    rig.deploy("event_subprocess_timer_cycle.bpmn");
    rig.create("event_subprocess_timer_cycle", "");
    rig.advance(3 * HOUR_MS);
    assert_eq!(rig.work("undo", ""), 2);
    rig.work("work", "");
    assert!(is_completed(&rig.take_log(), "event_subprocess_timer_cycle"));
    assert_eq!(rig.engine(1).next_due(), None);
}

#[test]
fn an_error_starts_an_event_subprocess_once() {
    let mut rig = Rig::new();
    rig.deploy("event_subprocess_error.bpmn");
    rig.create("event_subprocess_error", "");
    let job = rig.activate("work")[0].key;
    rig.take_log();
    rig.ok(1, throw(job, "CARD_DECLINED"));
    assert_snapshot!("event_subprocess_error", rig.take_log());
    let jobs = rig.activate("undo");
    assert_eq!(jobs[0].variables.to_json(), r#"{"why":"limit"}"#);
    rig.take_log();
    // The scope was interrupted already: nothing catches an error in it any more.
    rig.complete(jobs[0].key, "");
    let log = rig.take_log();
    assert!(log.contains("E INCIDENT:CREATED") && log.contains("UNHANDLED_ERROR_EVENT"), "{log}");
}

#[test]
fn an_error_end_event_starts_an_event_subprocess_of_its_scope() {
    let mut rig = Rig::new();
    rig.deploy("event_subprocess_error_end.bpmn");
    rig.create("event_subprocess_error_end", "");
    assert_snapshot!("event_subprocess_error_end", rig.take_log());
    rig.work("undo", "");
    assert!(is_completed(&rig.take_log(), "event_subprocess_error_end"));
}

#[test]
fn a_correlation_key_that_fails_is_an_incident_of_the_start_event() {
    let mut rig = Rig::new();
    rig.deploy("event_subprocess_message.bpmn");
    let key = rig.create("event_subprocess_message", "{}");
    let log = rig.take_log();
    assert_snapshot!("event_subprocess_incident", log);
    rig.ok(
        1,
        Command::SetVariables(SetVariables {
            element_instance_key: key.into(),
            variables: doc(ORDER),
            local: false,
            operation_reference: 0,
        }),
    );
    let incident_key = rig.incidents[0];
    let resolve = ResolveIncident { incident_key, operation_reference: 0 };
    rig.ok(1, Command::ResolveIncident(resolve));
    rig.ok(1, cancel_order("{}"));
    assert_eq!(rig.activate("undo").len(), 1);
}

#[test]
fn an_input_mapping_that_fails_keeps_the_event() {
    let mut rig = Rig::new();
    let model = fixture("event_subprocess_message.bpmn")
        .replace("\"=order_id\" target=\"order\"", "\"=assert(x, x = 1)\" target=\"order\"");
    rig.deploy_text("model.bpmn", &model);
    let key = rig.create("event_subprocess_message", ORDER);
    rig.ok(1, cancel_order(r#"{"reason":"regret"}"#));
    let log = rig.take_log();
    assert!(log.contains("E INCIDENT:CREATED") && log.contains("IO_MAPPING_ERROR"), "{log}");
    rig.ok(
        1,
        Command::SetVariables(SetVariables {
            element_instance_key: key.into(),
            variables: doc(r#"{"x":1}"#),
            local: false,
            operation_reference: 0,
        }),
    );
    let incident_key = rig.incidents[0];
    let resolve = ResolveIncident { incident_key, operation_reference: 0 };
    rig.ok(1, Command::ResolveIncident(resolve));
    assert!(rig.activate("undo")[0].variables.to_json().contains(r#""why":"regret""#));
}

#[test]
fn cancelling_ends_event_subprocesses_and_their_subscriptions() {
    let mut rig = Rig::new();
    rig.deploy("event_subprocess_signal.bpmn");
    let key = rig.create("event_subprocess_signal", ORDER);
    rig.ok(1, cancel_order("{}"));
    rig.take_log();
    cancel(&mut rig, key);
    assert_snapshot!("event_subprocess_terminated", rig.take_log());
}

/// Both want the signal; the one inside is interrupted by the one outside.
#[test]
fn one_signal_starts_inner_and_outer_event_subprocesses() {
    let mut rig = Rig::new();
    rig.deploy("event_subprocesses.bpmn");
    rig.create("event_subprocesses", ORDER);
    rig.ok(1, alarm());
    let log = rig.take_log();
    assert!(log.contains("\"alarmed_outside\" START_EVENT"), "{log}");
    assert_eq!(rig.work("work", ""), 1);
    assert_eq!(rig.work("fast-work", ""), 0);
    assert!(is_completed(&rig.take_log(), "event_subprocesses"));
}

#[test]
fn start_instructions_open_the_event_subprocesses_of_their_scopes() {
    let mut rig = Rig::new();
    rig.deploy("event_subprocess_signal.bpmn");
    let Command::CreateProcessInstance(mut create) =
        crate::rig::create_command("event_subprocess_signal", ORDER)
    else {
        unreachable!()
    };
    create.start_at = vec!["work".into()];
    rig.ok(1, Command::CreateProcessInstance(create));
    rig.ok(1, alarm());
    assert_eq!(rig.activate("undo").len(), 1);
}

/// Zeebe knows a subscription by its element instance and the message's name, and confuses these.
#[test]
fn a_subprocess_can_wait_for_one_message_inside_and_outside() {
    let mut rig = Rig::with_partitions(2);
    rig.deploy("message_twice.bpmn");
    rig.create_on(2, "message_twice", ORDER);
    let log = rig.take_log();
    assert_eq!(log.matches("E PROCESS_MESSAGE_SUBSCRIPTION:CREATED").count(), 2, "{log}");
    rig.ok(1, cancel_order("{}"));
    let log = rig.take_log();
    assert_eq!(log.matches("E PROCESS_MESSAGE_SUBSCRIPTION:CORRELATED").count(), 1, "{log}");
    let job_key = rig.activate_on(2, "work")[0].key;
    rig.complete(job_key, "{}");
    let log = rig.take_log();
    assert_eq!(log.matches("E PROCESS_MESSAGE_SUBSCRIPTION:DELETED").count(), 2, "{log}");
    assert!(log.contains("2 E PROCESS_INSTANCE:ELEMENT_COMPLETED p2k0 \"message_twice\""), "{log}");
    assert_eq!((rig.engine(1).next_due(), rig.engine(2).next_due()), (None, None));
}

#[test]
fn what_interrupts_a_scope_leaves_nothing_to_the_boundary_events_in_it() {
    let mut rig = Rig::new();
    rig.deploy("signal_inside_and_around.bpmn");
    rig.create("signal_inside_and_around", "");
    rig.take_log();
    rig.ok(1, alarm());
    let log = rig.take_log();
    assert!(is_completed(&log, "signal_inside_and_around"), "{log}");
    assert!(!log.contains("\"heard\" BOUNDARY_EVENT"), "{log}");
}
