//! Messages whose sender waits to be told who took them.

use insta::assert_snapshot;
use skep_engine::{Answer, Effect};
use skep_record::{
    CancelProcessInstance, Command, CorrelateMessage, CorrelatedMessage, ProcessInstanceKey,
    Rejection, RejectionKind, Response, TenantId, partition_for_correlation_key,
};

use crate::rig::{Rig, doc};

fn correlate(name: &str, key: &str) -> Command {
    Command::CorrelateMessage(Box::new(CorrelateMessage {
        name: name.into(),
        correlation_key: key.into(),
        variables: doc(r#"{"paid":true}"#),
        tenant_id: TenantId::default(),
    }))
}

/// Sends a message and answers what its sender is told; `None` as long as it waits.
fn sent(rig: &mut Rig, name: &str, key: &str) -> Option<Result<Response, Rejection>> {
    let partition = partition_for_correlation_key(key, rig.n_partitions()).0;
    rig.effects.clear();
    match rig.submit(partition, correlate(name, key)) {
        Answer::Reply(answer) => Some(answer),
        Answer::WhenCorrelated(message_key) => told(rig, message_key),
        other => panic!("{other:?}"),
    }
}

fn told(rig: &Rig, key: skep_record::MessageKey) -> Option<Result<Response, Rejection>> {
    let mut answers = rig.effects.iter().filter_map(|effect| match effect {
        Effect::Correlated(of, answer) if *of == key => Some(answer.clone()),
        _ => None,
    });
    let first = answers.next();
    assert_eq!(answers.next(), None, "told once");
    first
}

fn taken_by(answer: Option<Result<Response, Rejection>>) -> ProcessInstanceKey {
    match answer {
        Some(Ok(Response::Correlated(CorrelatedMessage {
            process_instance_key,
            tenant_id,
            ..
        }))) => {
            assert_eq!(tenant_id, TenantId::default());
            process_instance_key
        }
        other => panic!("{other:?}"),
    }
}

fn is_not_found(answer: Option<Result<Response, Rejection>>) {
    match answer {
        Some(Err(rejection)) => {
            assert_eq!(rejection.kind, RejectionKind::NotFound);
            assert!(rejection.reason.starts_with("Expected to find subscription for message"));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_sender_is_told_which_instance_took_the_message() {
    for n_partitions in [1, 3] {
        let mut rig = Rig::with_partitions(n_partitions);
        rig.deploy("message_catch.bpmn");
        is_not_found(sent(&mut rig, "payment received", "a"));
        let instance = rig.create_on(n_partitions, "message_catch", r#"{"order_id":"a"}"#);
        is_not_found(sent(&mut rig, "payment received", "b"));
        is_not_found(sent(&mut rig, "another", "a"));
        rig.take_log();
        assert_eq!(taken_by(sent(&mut rig, "payment received", "a")), instance);
        if n_partitions == 1 {
            assert_snapshot!("correlated", rig.take_log());
        }
        is_not_found(sent(&mut rig, "payment received", "a"));
    }
}

#[test]
fn an_instance_that_the_message_starts_takes_it() {
    let mut rig = Rig::new();
    rig.deploy("message_start.bpmn");
    rig.take_log();
    let instance = taken_by(sent(&mut rig, "order placed", "a"));
    assert_snapshot!("correlated_by_start", rig.take_log());
    let job = rig.activate("charge-card").remove(0);
    assert_eq!(job.process_instance_key, instance);
    assert_eq!(job.variables.to_json(), r#"{"paid":true}"#);
    // As long as it is active, another one is not started for the same key.
    is_not_found(sent(&mut rig, "order placed", "a"));
    rig.complete(job.key, "");
    taken_by(sent(&mut rig, "order placed", "a"));
    taken_by(sent(&mut rig, "order placed", ""));
}

#[test]
fn a_message_that_is_not_taken_in_the_end_is_not_found() {
    let mut rig = Rig::with_partitions(3);
    rig.deploy("message_catch.bpmn");
    let partition = partition_for_correlation_key("a", 3).0;
    let elsewhere = partition % 3 + 1;
    let instance = rig.create_on(elsewhere, "message_catch", r#"{"order_id":"a"}"#);
    rig.deliver = false;
    let Answer::WhenCorrelated(key) = rig.submit(partition, correlate("payment received", "a"))
    else {
        panic!("not on its way")
    };
    assert_eq!(told(&rig, key), None);
    let cancel = CancelProcessInstance { process_instance_key: instance, operation_reference: 0 };
    rig.ok(elsewhere, Command::CancelProcessInstance(cancel));
    rig.deliver = true;
    rig.settle();
    is_not_found(told(&rig, key));
    assert!(rig.take_log().contains("E MESSAGE_CORRELATION:NOT_CORRELATED"));
}
