//! Messages: correlation, buffering, start events, and the way between partitions.

use insta::assert_snapshot;
use skep_record::{
    CancelProcessInstance, Command, MessageKey, PartitionId, ProcessInstanceKey, PublishMessage,
    Response, TenantId, partition_for_correlation_key,
};

use crate::rig::{Rig, doc, fixture};

const HOUR: i64 = 3_600_000;

fn publish_command(name: &str, key: &str, ttl_ms: i64, id: &str, variables: &str) -> Command {
    Command::PublishMessage(PublishMessage {
        name: name.into(),
        correlation_key: key.into(),
        time_to_live_ms: ttl_ms,
        message_id: id.into(),
        variables: doc(variables),
        tenant_id: TenantId::default(),
    })
}

fn publish(rig: &mut Rig, name: &str, key: &str, ttl_ms: i64, variables: &str) -> MessageKey {
    let partition = partition_for_correlation_key(key, rig.n_partitions());
    match rig.ok(partition.0, publish_command(name, key, ttl_ms, "", variables)) {
        Response::Published(key) => key,
        other => panic!("{other:?}"),
    }
}

/// The name of the only message in a fixture.
fn message_of(fixture_name: &str) -> String {
    let text = fixture(fixture_name);
    let message = text.split("<bpmn:message ").nth(1).unwrap();
    message.split("name=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

fn completed(log: &str, process: &str) -> usize {
    log.lines()
        .filter(|line| {
            line.contains("E PROCESS_INSTANCE:ELEMENT_COMPLETED")
                && line.contains(&format!("{process:?} PROCESS"))
        })
        .count()
}

fn cancel(key: ProcessInstanceKey) -> Command {
    Command::CancelProcessInstance(CancelProcessInstance {
        process_instance_key: key,
        operation_reference: 0,
    })
}

#[test]
fn a_message_reaches_the_instance_with_its_correlation_key() {
    let mut rig = Rig::new();
    let name = message_of("message_catch.bpmn");
    rig.deploy("message_catch.bpmn");
    rig.create("message_catch", r#"{"order_id":"a"}"#);
    rig.create("message_catch", r#"{"order_id":17}"#);
    assert_snapshot!("message_catch_waiting", rig.take_log());
    publish(&mut rig, &name, "b", HOUR, "{}");
    publish(&mut rig, "another", "a", HOUR, "{}");
    assert_eq!(completed(&rig.take_log(), "message_catch"), 0);
    publish(&mut rig, &name, "a", HOUR, r#"{"paid":true}"#);
    assert_snapshot!("message_catch_correlated", rig.take_log());
    // A number as correlation key is its whole part as text.
    publish(&mut rig, &name, "17", 0, "{}");
    assert_eq!(completed(&rig.take_log(), "message_catch"), 1);
    rig.advance(HOUR);
    assert_eq!(rig.engine(1).next_due(), None, "nothing waits, nothing is buffered");
}

#[test]
fn a_receive_task_waits_for_a_message() {
    let mut rig = Rig::new();
    rig.deploy("receive_task.bpmn");
    rig.create("receive_task", r#"{"order_id":"a"}"#);
    rig.take_log();
    publish(&mut rig, &message_of("receive_task.bpmn"), "a", 0, r#"{"paid":true}"#);
    assert_eq!(completed(&rig.take_log(), "receive_task"), 1);
}

#[test]
fn a_message_is_buffered_while_its_time_to_live_lasts() {
    let mut rig = Rig::new();
    let name = message_of("message_catch.bpmn");
    rig.deploy("message_catch.bpmn");
    publish(&mut rig, &name, "a", HOUR, r#"{"n":1}"#);
    publish(&mut rig, &name, "a", HOUR, r#"{"n":2}"#);
    publish(&mut rig, &name, "gone", 1_000, "{}");
    publish(&mut rig, &name, "never", 0, "{}");
    rig.advance(2_000);
    rig.take_log();
    rig.create("message_catch", r#"{"order_id":"a"}"#);
    let log = rig.take_log();
    assert_snapshot!("message_buffered", log);
    for key in ["gone", "never"] {
        rig.create("message_catch", &format!(r#"{{"order_id":"{key}"}}"#));
    }
    assert_eq!(completed(&rig.take_log(), "message_catch"), 0);
    // A process takes each buffered message once: the first is used up, the second is not.
    rig.create("message_catch", r#"{"order_id":"a"}"#);
    assert_eq!(completed(&rig.take_log(), "message_catch"), 1);
    rig.create("message_catch", r#"{"order_id":"a"}"#);
    assert_eq!(completed(&rig.take_log(), "message_catch"), 0);
}

#[test]
fn a_message_id_is_unique_among_buffered_messages() {
    let mut rig = Rig::new();
    rig.ok(1, publish_command("m", "a", 1_000, "one", "{}"));
    assert_snapshot!(
        rig.rejected(1, publish_command("m", "a", 1_000, "one", "{}")),
        @"ALREADY_EXISTS: Expected to publish a new message with id 'one', but a message with that id was already published"
    );
    rig.ok(1, publish_command("m", "b", 1_000, "one", "{}"));
    rig.ok(1, publish_command("other", "a", 1_000, "one", "{}"));
    rig.ok(1, publish_command("m", "a", 0, "two", "{}"));
    rig.ok(1, publish_command("m", "a", 0, "two", "{}"));
    rig.advance(1_000);
    rig.ok(1, publish_command("m", "a", 1_000, "one", "{}"));
}

#[test]
fn one_instance_of_each_process_takes_a_message() {
    let mut rig = Rig::new();
    let name = message_of("message_catch.bpmn");
    rig.deploy("message_catch.bpmn");
    let other = fixture("message_catch.bpmn").replace("\"message_catch\"", "\"other\"");
    rig.deploy_text("other.bpmn", &other);
    for process in ["message_catch", "message_catch", "other"] {
        rig.create(process, r#"{"order_id":"a"}"#);
    }
    rig.take_log();
    publish(&mut rig, &name, "a", HOUR, "{}");
    let log = rig.take_log();
    assert_eq!((completed(&log, "message_catch"), completed(&log, "other")), (1, 1));
    publish(&mut rig, &name, "a", HOUR, "{}");
    let log = rig.take_log();
    assert_eq!((completed(&log, "message_catch"), completed(&log, "other")), (1, 0));
}

#[test]
fn boundary_messages_interrupt_or_not() {
    let mut rig = Rig::new();
    rig.deploy("boundary_message.bpmn");
    rig.create("boundary_message", r#"{"order_id":"a"}"#);
    rig.take_log();
    publish(&mut rig, &message_of("boundary_message.bpmn"), "a", 0, r#"{"why":"late"}"#);
    assert_snapshot!("boundary_message", rig.take_log());

    rig.deploy("boundary_message_non_interrupting.bpmn");
    rig.create("boundary_message_non_interrupting", r#"{"order_id":"a"}"#);
    rig.take_log();
    let name = message_of("boundary_message_non_interrupting.bpmn");
    publish(&mut rig, &name, "a", 0, "{}");
    assert_snapshot!("boundary_message_non_interrupting", rig.take_log());
    publish(&mut rig, &name, "a", 0, "{}");
    assert!(rig.take_log().contains("BOUNDARY_EVENT"));
    assert_eq!(rig.work("work", ""), 1);
    assert_eq!(completed(&rig.take_log(), "boundary_message_non_interrupting"), 1);
    assert_eq!(rig.engine(1).next_due(), None);
}

#[test]
fn a_message_starts_one_instance_per_correlation_key_at_a_time() {
    let mut rig = Rig::new();
    let name = message_of("message_start.bpmn");
    rig.deploy("message_start.bpmn");
    assert_snapshot!("message_start_deployed", rig.take_log());
    publish(&mut rig, &name, "a", HOUR, r#"{"n":1}"#);
    assert_snapshot!("message_start", rig.take_log());
    publish(&mut rig, &name, "a", HOUR, r#"{"n":2}"#);
    publish(&mut rig, &name, "a", HOUR, r#"{"n":3}"#);
    publish(&mut rig, &name, "b", HOUR, r#"{"n":4}"#);
    let jobs = rig.activate("charge-card");
    let variables: Vec<String> = jobs.iter().map(|job| job.variables.to_json()).collect();
    assert_eq!(variables, [r#"{"n":1}"#, r#"{"n":4}"#]);
    rig.take_log();
    // The next one starts when the first has ended, by completion or by cancellation.
    rig.complete(jobs[0].key, "");
    assert_snapshot!("message_start_next", rig.take_log());
    let jobs = rig.activate("charge-card");
    assert_eq!(jobs[0].variables.to_json(), r#"{"n":2}"#);
    rig.ok(1, cancel(jobs[0].process_instance_key));
    let jobs = rig.activate("charge-card");
    assert_eq!(jobs[0].variables.to_json(), r#"{"n":3}"#);
    rig.complete(jobs[0].key, "");
    assert!(rig.activate("charge-card").is_empty());
}

#[test]
fn without_correlation_key_every_message_starts_an_instance() {
    let mut rig = Rig::new();
    rig.deploy("message_start.bpmn");
    let name = message_of("message_start.bpmn");
    publish(&mut rig, &name, "", 0, "{}");
    publish(&mut rig, &name, "", 0, "{}");
    assert_eq!(rig.activate("charge-card").len(), 2);
}

#[test]
fn a_new_version_takes_over_message_start_events() {
    let mut rig = Rig::new();
    let name = message_of("message_start.bpmn");
    rig.deploy("message_start.bpmn");
    let text = fixture("message_start.bpmn").replace(&name, "renamed");
    rig.take_log();
    rig.deploy_text("message_start.bpmn", &text);
    let log = rig.take_log();
    assert!(log.contains("E MESSAGE_START_EVENT_SUBSCRIPTION:DELETED"), "{log}");
    publish(&mut rig, &name, "", 0, "{}");
    assert!(rig.activate("charge-card").is_empty());
    publish(&mut rig, "renamed", "", 0, "{}");
    assert_eq!(rig.activate("charge-card").len(), 1);
}

/// A correlation key of another partition than the instance's.
const REMOTE_KEY: &str = "order-123";

#[test]
fn instance_and_message_may_live_on_different_partitions() {
    assert_eq!(partition_for_correlation_key(REMOTE_KEY, 2), PartitionId(2));
    let mut rig = Rig::with_partitions(2);
    rig.deploy("message_catch.bpmn");
    rig.take_log();
    rig.create_on(1, "message_catch", r#"{"order_id":"order-123"}"#);
    assert_snapshot!("message_partitions_open", rig.take_log());
    publish(&mut rig, &message_of("message_catch.bpmn"), REMOTE_KEY, HOUR, r#"{"n":1}"#);
    assert_snapshot!("message_partitions_correlate", rig.take_log());
    assert_eq!(rig.engine(1).next_due(), None);
}

#[test]
fn a_refused_message_goes_to_another_instance() {
    let mut rig = Rig::with_partitions(2);
    rig.deploy("message_catch.bpmn");
    let first = rig.create_on(1, "message_catch", r#"{"order_id":"order-123"}"#);
    rig.create_on(1, "message_catch", r#"{"order_id":"order-123"}"#);
    rig.take_log();
    // While the message is on its way to the first, that one is cancelled.
    rig.deliver = false;
    publish(&mut rig, &message_of("message_catch.bpmn"), REMOTE_KEY, HOUR, "{}");
    rig.submit(1, cancel(first));
    rig.deliver = true;
    rig.settle();
    let log = rig.take_log();
    assert_snapshot!("message_refused", log);
    assert_eq!(completed(&log, "message_catch"), 1);
    assert_eq!(rig.engine(1).next_due(), None);
}

#[test]
fn a_refused_message_stays_for_a_later_subscription() {
    let mut rig = Rig::with_partitions(2);
    rig.deploy("message_catch.bpmn");
    let first = rig.create_on(1, "message_catch", r#"{"order_id":"order-123"}"#);
    rig.deliver = false;
    publish(&mut rig, &message_of("message_catch.bpmn"), REMOTE_KEY, HOUR, "{}");
    rig.submit(1, cancel(first));
    rig.deliver = true;
    rig.settle();
    rig.take_log();
    rig.create_on(1, "message_catch", r#"{"order_id":"order-123"}"#);
    assert_eq!(completed(&rig.take_log(), "message_catch"), 1);
}

#[test]
fn a_message_whose_acknowledgement_is_lost_is_not_given_to_another_instance() {
    let mut rig = Rig::with_partitions(2);
    rig.deploy("message_catch.bpmn");
    rig.create_on(1, "message_catch", r#"{"order_id":"order-123"}"#);
    rig.create_on(1, "message_catch", r#"{"order_id":"order-123"}"#);
    rig.take_log();
    // The message arrives, its acknowledgement does not.
    rig.lose = Some(rig.n_sent + 1);
    publish(&mut rig, &message_of("message_catch.bpmn"), REMOTE_KEY, HOUR, "{}");
    rig.advance(60_000);
    let log = rig.take_log();
    assert!(log.contains("it has taken that message already"), "{log}");
    assert_eq!(completed(&log, "message_catch"), 1, "{log}");
    rig.advance(HOUR);
    assert_eq!((rig.engine(1).next_due(), rig.engine(2).next_due()), (None, None));
}

#[test]
fn a_message_that_arrives_once_more_when_its_taker_is_gone_is_not_given_to_another_instance() {
    let mut rig = Rig::with_partitions(2);
    rig.deploy("message_catch.bpmn");
    rig.create_on(1, "message_catch", r#"{"order_id":"order-123"}"#);
    rig.create_on(1, "message_catch", r#"{"order_id":"order-123"}"#);
    rig.deliver = false;
    publish(&mut rig, &message_of("message_catch.bpmn"), REMOTE_KEY, HOUR, "{}");
    let (to, correlate) = rig.in_flight.front().cloned().unwrap();
    rig.deliver = true;
    rig.settle();
    for _ in 0..2 {
        rig.step(to, correlate.clone());
        rig.settle();
    }
    let log = rig.take_log();
    assert_eq!(completed(&log, "message_catch"), 1, "{log}");
}

#[test]
fn a_message_that_arrives_once_more_after_a_newer_one_is_not_taken_again() {
    let mut rig = Rig::with_partitions(2);
    let name = message_of("boundary_message_non_interrupting.bpmn");
    rig.deploy("boundary_message_non_interrupting.bpmn");
    rig.create_on(1, "boundary_message_non_interrupting", r#"{"order_id":"order-123"}"#);
    rig.deliver = false;
    publish(&mut rig, &name, REMOTE_KEY, HOUR, "{}");
    let (to, correlate) = rig.in_flight.front().cloned().unwrap();
    rig.deliver = true;
    rig.settle();
    publish(&mut rig, &name, REMOTE_KEY, HOUR, "{}");
    rig.step(to, correlate);
    rig.settle();
    let log = rig.take_log();
    let n_taken = log.matches("E PROCESS_MESSAGE_SUBSCRIPTION:CORRELATED").count();
    assert_eq!(n_taken, 2, "{log}");
}

#[test]
fn a_refused_message_goes_to_an_instance_that_has_taken_no_newer_one() {
    let mut rig = Rig::with_partitions(2);
    let process = "boundary_message_non_interrupting";
    let name = message_of("boundary_message_non_interrupting.bpmn");
    rig.deploy("boundary_message_non_interrupting.bpmn");
    let first = rig.create_on(1, process, r#"{"order_id":"order-123"}"#);
    rig.create_on(1, process, r#"{"order_id":"order-123"}"#);
    rig.deliver = false;
    let older = publish(&mut rig, &name, REMOTE_KEY, HOUR, "{}");
    rig.in_flight.pop_front().unwrap();
    let newer = publish(&mut rig, &name, REMOTE_KEY, HOUR, "{}");
    assert!(older < newer);
    rig.deliver = true;
    rig.settle();
    // The first never gets the older message, and the second has taken the newer one.
    rig.submit(1, cancel(first));
    let log = rig.take_log();
    assert_eq!(log.matches("E PROCESS_MESSAGE_SUBSCRIPTION:CORRELATED").count(), 1, "{log}");
    rig.create_on(1, process, r#"{"order_id":"order-123"}"#);
    let log = rig.take_log();
    assert_eq!(log.matches("E PROCESS_MESSAGE_SUBSCRIPTION:CORRELATED").count(), 1, "{log}");
}

#[test]
fn a_subscription_that_is_opened_after_it_was_closed_goes_away() {
    let mut rig = Rig::with_partitions(2);
    rig.deploy("message_catch.bpmn");
    rig.deliver = false;
    let instances =
        [0; 2].map(|_| rig.create_on(1, "message_catch", r#"{"order_id":"order-123"}"#));
    let opens: Vec<_> = rig.in_flight.iter().cloned().collect();
    rig.deliver = true;
    rig.settle();
    for instance in instances {
        rig.submit(1, cancel(instance));
    }
    for (to, open) in opens {
        rig.step(to, open);
    }
    // With nobody there who could take it, the message would go to and fro for ever.
    publish(&mut rig, &message_of("message_catch.bpmn"), REMOTE_KEY, HOUR, "{}");
    rig.settle();
    let log = rig.take_log();
    assert_eq!(log.matches("E MESSAGE_SUBSCRIPTION:CREATED").count(), 4, "{log}");
    assert_eq!(log.matches("E MESSAGE_SUBSCRIPTION:DELETED").count(), 4, "{log}");
    rig.advance(HOUR);
    assert_eq!((rig.engine(1).next_due(), rig.engine(2).next_due()), (None, None));
}

#[test]
fn a_subscription_that_is_opened_after_it_took_its_only_message_goes_away() {
    let mut rig = Rig::with_partitions(2);
    let name = message_of("message_catch.bpmn");
    rig.deploy("message_catch.bpmn");
    rig.deliver = false;
    rig.create_on(1, "message_catch", r#"{"order_id":"order-123"}"#);
    let (to, open) = rig.in_flight.front().cloned().unwrap();
    rig.deliver = true;
    rig.settle();
    // The instance's partition does not hear that its acknowledgement arrived.
    rig.lose = Some(rig.n_sent + 2);
    publish(&mut rig, &name, REMOTE_KEY, 0, "{}");
    rig.step(to, open);
    rig.settle();
    rig.create_on(1, "message_catch", r#"{"order_id":"order-123"}"#);
    rig.take_log();
    publish(&mut rig, &name, REMOTE_KEY, 0, "{}");
    let log = rig.take_log();
    assert_eq!(completed(&log, "message_catch"), 1, "{log}");
}

#[test]
fn a_late_answer_that_a_subscription_is_open_does_not_give_its_message_to_another_instance() {
    let mut rig = Rig::with_partitions(2);
    rig.deploy("message_catch.bpmn");
    rig.deliver = false;
    rig.create_on(1, "message_catch", r#"{"order_id":"order-123"}"#);
    let (to, open) = rig.in_flight.pop_front().unwrap();
    rig.step(to, open);
    let (to, is_open) = rig.in_flight.front().cloned().unwrap();
    rig.deliver = true;
    rig.settle();
    rig.create_on(1, "message_catch", r#"{"order_id":"order-123"}"#);
    // The message arrives, its acknowledgement does not.
    rig.lose = Some(rig.n_sent + 1);
    publish(&mut rig, &message_of("message_catch.bpmn"), REMOTE_KEY, HOUR, "{}");
    rig.step(to, is_open);
    rig.settle();
    rig.advance(60_000);
    let log = rig.take_log();
    assert_eq!(completed(&log, "message_catch"), 1, "{log}");
}

#[test]
fn a_subscription_that_took_its_only_message_is_forgotten_whatever_is_lost() {
    let mut rig = Rig::with_partitions(2);
    rig.deploy("message_catch.bpmn");
    rig.create_on(1, "message_catch", r#"{"order_id":"order-123"}"#);
    rig.lose = Some(rig.n_sent + 2);
    publish(&mut rig, &message_of("message_catch.bpmn"), REMOTE_KEY, 0, "{}");
    let log = rig.take_log();
    assert!(!log.contains("E PROCESS_MESSAGE_SUBSCRIPTION:DELETED"), "{log}");
    rig.advance(60_000);
    let log = rig.take_log();
    assert_eq!(log.matches("E PROCESS_MESSAGE_SUBSCRIPTION:DELETED").count(), 1, "{log}");
    assert_eq!((rig.engine(1).next_due(), rig.engine(2).next_due()), (None, None));
}

#[test]
fn a_subscription_whose_close_is_lost_gives_the_next_message_to_another_instance() {
    let mut rig = Rig::with_partitions(2);
    let name = message_of("message_catch.bpmn");
    rig.deploy("message_catch.bpmn");
    rig.deliver = false;
    let first = rig.create_on(1, "message_catch", r#"{"order_id":"order-123"}"#);
    let (to, open) = rig.in_flight.pop_front().unwrap();
    rig.deliver = true;
    rig.submit(1, cancel(first));
    // It is opened after it was closed, and the request to close it again is lost.
    rig.lose = Some(rig.n_sent + 1);
    rig.step(to, open);
    rig.settle();
    let log = rig.take_log();
    assert!(!log.contains("E MESSAGE_SUBSCRIPTION:DELETED"), "{log}");
    rig.create_on(1, "message_catch", r#"{"order_id":"order-123"}"#);
    publish(&mut rig, &name, REMOTE_KEY, HOUR, "{}");
    let log = rig.take_log();
    assert_eq!(completed(&log, "message_catch"), 1, "{log}");
    assert_eq!(log.matches("E MESSAGE_SUBSCRIPTION:DELETED").count(), 1, "{log}");
    rig.advance(HOUR);
    assert_eq!((rig.engine(1).next_due(), rig.engine(2).next_due()), (None, None));
}

#[test]
fn a_message_that_finds_nobody_twice_goes_to_one_other_instance() {
    let mut rig = Rig::with_partitions(2);
    rig.deploy("message_catch.bpmn");
    let first = rig.create_on(1, "message_catch", r#"{"order_id":"order-123"}"#);
    rig.create_on(1, "message_catch", r#"{"order_id":"order-123"}"#);
    rig.create_on(1, "message_catch", r#"{"order_id":"order-123"}"#);
    rig.deliver = false;
    publish(&mut rig, &message_of("message_catch.bpmn"), REMOTE_KEY, HOUR, "{}");
    let (to, correlate) = rig.in_flight.pop_front().unwrap();
    rig.submit(1, cancel(first));
    rig.step(to, correlate.clone());
    rig.step(to, correlate);
    rig.deliver = true;
    rig.settle();
    let log = rig.take_log();
    assert_eq!(completed(&log, "message_catch"), 1, "{log}");
}

#[test]
fn a_message_taken_just_before_the_end_is_not_given_to_another_instance() {
    let mut rig = Rig::with_partitions(2);
    rig.deploy("boundary_message_non_interrupting.bpmn");
    let first =
        rig.create_on(1, "boundary_message_non_interrupting", r#"{"order_id":"order-123"}"#);
    rig.create_on(1, "boundary_message_non_interrupting", r#"{"order_id":"order-123"}"#);
    rig.deliver = false;
    let name = message_of("boundary_message_non_interrupting.bpmn");
    publish(&mut rig, &name, REMOTE_KEY, HOUR, "{}");
    let (to, correlate) = rig.in_flight.pop_front().unwrap();
    rig.step(to, correlate.clone());
    // The acknowledgement is lost, and then the subscription is closed.
    rig.in_flight.clear();
    rig.submit(1, cancel(first));
    rig.deliver = true;
    rig.settle();
    rig.step(to, correlate);
    rig.settle();
    let log = rig.take_log();
    let n_taken = log.matches("E PROCESS_MESSAGE_SUBSCRIPTION:CORRELATED").count();
    assert_eq!(n_taken, 1, "{log}");
    rig.advance(HOUR);
    assert_eq!((rig.engine(1).next_due(), rig.engine(2).next_due()), (None, None));
}

/// Opens, correlates, and closes subscriptions across partitions, non-interrupting ones too.
fn long_way(rig: &mut Rig) -> String {
    rig.deploy("message_catch.bpmn");
    rig.deploy("boundary_message_non_interrupting.bpmn");
    rig.take_log();
    rig.create_on(1, "message_catch", r#"{"order_id":"order-123"}"#);
    rig.create_on(1, "boundary_message_non_interrupting", r#"{"order_id":"order-123"}"#);
    rig.advance(60_000);
    publish(rig, &message_of("message_catch.bpmn"), REMOTE_KEY, HOUR, "{}");
    let name = message_of("boundary_message_non_interrupting.bpmn");
    publish(rig, &name, REMOTE_KEY, 10 * HOUR, "{}");
    publish(rig, &name, REMOTE_KEY, 10 * HOUR, "{}");
    rig.advance(60_000);
    for job in rig.activate_on(1, "work") {
        rig.complete(job.key, "");
    }
    rig.advance(60_000);
    rig.take_log()
}

fn check_long_way(rig: &mut Rig, log: &str) {
    assert_eq!(completed(log, "message_catch"), 1, "{log}");
    assert_eq!(completed(log, "boundary_message_non_interrupting"), 1, "{log}");
    let n_taken = log.matches("E PROCESS_MESSAGE_SUBSCRIPTION:CORRELATED").count();
    assert_eq!(n_taken, 3, "each message is taken once:\n{log}");
    rig.advance(20 * HOUR);
    assert_eq!((rig.engine(1).next_due(), rig.engine(2).next_due()), (None, None), "{log}");
}

#[test]
fn a_step_that_is_lost_between_partitions_is_sent_again() {
    let mut rig = Rig::with_partitions(2);
    let log = long_way(&mut rig);
    check_long_way(&mut rig, &log);
    let n_sent = rig.n_sent;
    assert!(n_sent > 10);
    for lost in 0..n_sent {
        let mut rig = Rig::with_partitions(2);
        rig.lose = Some(lost);
        let log = long_way(&mut rig);
        check_long_way(&mut rig, &log);
    }
}

#[test]
fn a_step_that_arrives_twice_is_carried_out_once() {
    let mut rig = Rig::with_partitions(2);
    rig.duplicate = true;
    let log = long_way(&mut rig);
    check_long_way(&mut rig, &log);
}
