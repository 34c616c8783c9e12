//! Message subscriptions, which two partitions know.

use super::*;

fn told_twice(interrupting: bool) -> String {
    sequence(&[("pay", task("pay"))]) + &boundary("told", "pay", interrupting, &message("one"))
}

#[test]
fn whether_a_message_interrupts_may_change() {
    for n_partitions in [1, 3] {
        for interrupting in [true, false] {
            let mut rig = Rig::with_partitions(n_partitions);
            let (key, target) =
                started(&mut rig, &told_twice(interrupting), &told_twice(!interrupting));
            rig.ok(1, migrate(key, target, &[("pay", "pay"), ("told", "told")]));
            if n_partitions == 1 && interrupting {
                assert_snapshot!("migrated_message_interruption", rig.take_log());
            }
            rig.take_log();
            publish(&mut rig, "one");
            publish(&mut rig, "one");
            let log = rig.take_log();
            let n = log.matches("E PROCESS_MESSAGE_SUBSCRIPTION:CORRELATED").count();
            assert_eq!(n, if interrupting { 2 } else { 1 }, "{log}");
            assert_eq!(rig.work("pay", ""), usize::from(interrupting));
        }
    }
}

#[test]
fn a_message_reaches_an_instance_of_another_process_id() {
    for n_partitions in [1, 3] {
        let mut rig = Rig::with_partitions(n_partitions);
        let told = sequence(&[("told", catch("told", &message("one")))]);
        deployed(&mut rig, &told);
        let key = rig.create("order", r#"{"order_id":"o1"}"#);
        let other = deployed_as(&mut rig, "other", &told);
        // A message is taken once by each process: there is one of each.
        rig.create("other", r#"{"order_id":"o1"}"#);
        rig.ok(1, migrate(key, other, &[("told", "told")]));
        rig.take_log();
        publish(&mut rig, "one");
        let log = rig.take_log();
        assert_eq!(log.matches("E PROCESS_MESSAGE_SUBSCRIPTION:CORRELATED").count(), 1, "{log}");
        publish(&mut rig, "one");
        let log = rig.take_log();
        assert_eq!(log.matches("E PROCESS_MESSAGE_SUBSCRIPTION:CORRELATED").count(), 1, "{log}");
    }
}

/// The partition of the messages learns of it in the end, whatever is lost or comes twice.
#[test]
fn a_migration_is_told_until_it_is_known() {
    for lost in 0..3 {
        let mut rig = Rig::with_partitions(3);
        rig.duplicate = true;
        let (key, target) = started(&mut rig, &told_twice(true), &told_twice(false));
        rig.lose = Some(rig.n_sent + lost);
        rig.ok(1, migrate(key, target, &[("pay", "pay"), ("told", "told")]));
        if lost == 0 {
            let text = rig.rejected(1, migrate(key, target, &[("pay", "pay"), ("told", "told")]));
            assert!(text.contains("is still being opened or migrated"), "{text}");
        }
        rig.advance(MINUTE);
        publish(&mut rig, "one");
        rig.advance(MINUTE);
        publish(&mut rig, "one");
        rig.advance(MINUTE);
        let log = rig.take_log();
        let n = log.matches("E PROCESS_MESSAGE_SUBSCRIPTION:CORRELATED").count();
        assert_eq!(n, 2, "lost {lost}: {log}");
        assert_eq!(rig.work("pay", ""), 1);
    }
}

/// The message is on its way while the instance is migrated: it is the last one for the partition
/// that has it, and not for the instance.
#[test]
fn a_message_that_crosses_the_migration_is_not_the_last_one() {
    let mut rig = Rig::with_partitions(3);
    let (key, target) = started(&mut rig, &told_twice(true), &told_twice(false));
    rig.deliver = false;
    publish(&mut rig, "one");
    rig.ok(1, migrate(key, target, &[("pay", "pay"), ("told", "told")]));
    // What tells of the migration comes late, or not at all.
    rig.in_flight.retain(|(_, command)| !matches!(command, Command::MigrateMessageSubscription(_)));
    rig.deliver = true;
    rig.settle();
    rig.advance(MINUTE);
    publish(&mut rig, "one");
    rig.advance(MINUTE);
    let log = rig.take_log();
    let n = log.matches("E PROCESS_MESSAGE_SUBSCRIPTION:CORRELATED").count();
    assert_eq!(n, 2, "{log}");
    assert_eq!(rig.work("pay", ""), 1);
}

#[test]
fn an_instance_that_a_message_started_holds_back_the_next_one_of_its_new_process() {
    let mut rig = Rig::new();
    let started_by = |event: &str| {
        sequence(&[("pay", task("pay"))]).replace(
            r#"<bpmn:startEvent id="start" />"#,
            &format!(r#"<bpmn:startEvent id="start">{event}</bpmn:startEvent>"#),
        )
    };
    deployed(&mut rig, &started_by(&message("one")));
    let other = deployed_as(&mut rig, "other", &started_by(&message("two")));
    publish_for(&mut rig, "one", HOUR);
    publish_for(&mut rig, "one", HOUR);
    assert_eq!(rig.started.len(), 1);
    let key = rig.started[0];
    rig.ok(1, migrate(key, other, &[("pay", "pay")]));
    assert_eq!(rig.started.len(), 2, "nothing holds back the next of the former process");
    publish_for(&mut rig, "two", HOUR);
    assert_eq!(rig.started.len(), 2, "the migrated one does here");
    let text = rig.rejected(1, migrate(rig.started[1], other, &[("pay", "pay")]));
    assert!(text.contains("has an active instance triggered by a message start event"), "{text}");
    let jobs = rig.activate("pay");
    let job = jobs.iter().find(|job| job.process_instance_key == key).unwrap();
    rig.complete(job.key, "{}");
    assert_eq!(rig.started.len(), 3);
}

fn publish_for(rig: &mut Rig, name: &str, time_to_live_ms: i64) {
    rig.ok(
        1,
        Command::PublishMessage(PublishMessage {
            name: name.into(),
            correlation_key: "o1".into(),
            time_to_live_ms,
            message_id: String::new(),
            variables: doc("{}"),
            tenant_id: TenantId::default(),
        }),
    );
}
