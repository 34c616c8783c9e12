//! Modifying running instances.

use insta::assert_snapshot;
use skep_record::{
    ActivateInstruction, AncestorScope, Command, CreateProcessInstance, ElementInstanceKey,
    ElementInstanceSelector, ModifyProcessInstance, MoveInstruction, ProcessInstanceKey,
    ScopedVariables,
};

use crate::rig::{Rig, create_command, doc};

fn modify(key: ProcessInstanceKey, change: impl FnOnce(&mut ModifyProcessInstance)) -> Command {
    let mut modify = ModifyProcessInstance {
        process_instance_key: key,
        activate: Vec::new(),
        moves: Vec::new(),
        terminate: Vec::new(),
        operation_reference: 0,
    };
    change(&mut modify);
    Command::ModifyProcessInstance(Box::new(modify))
}

fn activate(id: &str) -> ActivateInstruction {
    ActivateInstruction { element_id: id.into(), ancestor_scope_key: None, variables: Vec::new() }
}

fn activate_in(id: &str, ancestor: ElementInstanceKey) -> ActivateInstruction {
    ActivateInstruction { ancestor_scope_key: Some(ancestor), ..activate(id) }
}

fn scoped(scope: Option<&str>, variables: &str) -> ScopedVariables {
    ScopedVariables { scope_id: scope.map(Into::into), variables: doc(variables) }
}

fn by_id(id: &str) -> ElementInstanceSelector {
    ElementInstanceSelector::Element(id.into())
}

fn to_move(source: &str, target: &str, ancestor: AncestorScope) -> MoveInstruction {
    MoveInstruction {
        source: by_id(source),
        target_element_id: target.into(),
        ancestor,
        variables: Vec::new(),
    }
}

fn started(fixture: &str) -> (Rig, ProcessInstanceKey) {
    let mut rig = Rig::new();
    rig.deploy(&format!("{fixture}.bpmn"));
    let key = rig.create(fixture, "{}");
    rig.take_log();
    (rig, key)
}

/// Keys of the running instances of an element, by what the log says about it.
fn activated(log: &str, id: &str) -> Vec<ElementInstanceKey> {
    let wanted = format!(" \"{id}\" ");
    let lines = log.lines().filter(|line| {
        line.starts_with("E PROCESS_INSTANCE:ELEMENT_ACTIVATED k") && line.contains(&wanted)
    });
    let number = |line: &str| line.split(' ').nth(2).unwrap()[1..].parse::<i64>().unwrap();
    lines
        .map(|line| ElementInstanceKey(skep_record::PartitionId(1).key(0) + number(line)))
        .collect()
}

#[test]
fn a_later_task_is_activated_in_place_of_the_current_one() {
    let (mut rig, key) = started("two_service_tasks");
    rig.ok(
        1,
        modify(key, |modify| {
            modify.activate.push(ActivateInstruction {
                variables: vec![
                    scoped(None, r#"{"paid":true}"#),
                    scoped(Some("ship_parcel"), r#"{"carrier":"post"}"#),
                ],
                ..activate("ship_parcel")
            });
            modify.terminate.push(by_id("collect_money"));
        }),
    );
    assert_snapshot!(rig.take_log());
    assert!(rig.activate("collect-money").is_empty(), "its job is gone");
    let jobs = rig.activate("ship-parcel");
    assert_eq!(jobs[0].variables.to_json(), r#"{"carrier":"post","paid":true}"#);
    rig.complete(jobs[0].key, "{}");
    assert!(rig.take_log().contains("ELEMENT_COMPLETED k2 \"two_service_tasks\""));
}

#[test]
fn missing_scopes_are_made_and_existing_ones_used() {
    let (mut rig, key) = started("nested_subprocess");
    rig.ok(
        1,
        modify(key, |modify| {
            modify.activate.push(ActivateInstruction {
                variables: vec![scoped(Some("inner"), r#"{"n":2}"#)],
                ..activate("work")
            });
        }),
    );
    let log = rig.take_log();
    assert!(activated(&log, "inner").is_empty(), "the running scopes are used: {log}");
    let jobs = rig.activate("work");
    assert_eq!(jobs.len(), 2);
    assert_eq!(jobs[1].variables.to_json(), r#"{"n":2}"#);
    rig.take_log();

    rig.ok(1, modify(key, |modify| modify.activate.push(activate_in("work", key.into()))));
    assert_snapshot!(rig.take_log());
    for job in jobs.into_iter().chain(rig.activate("work")) {
        rig.complete(job.key, "{}");
    }
    let log = rig.take_log();
    assert_eq!(log.matches("ELEMENT_COMPLETED").count(), log.matches("ELEMENT_COMPLETING").count());
    assert!(log.lines().last().unwrap().contains("\"nested_subprocess\""), "{log}");
}

#[test]
fn a_scope_with_several_instances_must_be_named() {
    let (mut rig, key) = started("nested_subprocess");
    rig.ok(1, modify(key, |modify| modify.activate.push(activate_in("work", key.into()))));
    let outer = activated(&rig.take_log(), "outer")[0];
    let text = rig.rejected(1, modify(key, |modify| modify.activate.push(activate("work"))));
    assert_snapshot!(text);
    rig.ok(1, modify(key, |modify| modify.activate.push(activate_in("inner", outer))));
    assert_eq!(activated(&rig.take_log(), "inner").len(), 1);
}

#[test]
fn emptied_scopes_end_and_with_the_last_the_instance() {
    let (mut rig, key) = started("nested_subprocess");
    rig.ok(1, modify(key, |modify| modify.terminate.push(by_id("work"))));
    assert_snapshot!(rig.take_log());
    let text = rig.rejected(1, modify(key, |modify| modify.terminate.push(by_id("work"))));
    assert!(text.starts_with("NOT_FOUND"), "{text}");
}

#[test]
fn subscriptions_end_with_what_waits() {
    let (mut rig, key) = started("subprocess_boundary_timer");
    rig.ok(
        1,
        modify(key, |modify| {
            modify.terminate.push(by_id("shipping"));
            modify.activate.push(activate("end"));
        }),
    );
    let log = rig.take_log();
    assert!(log.contains("E TIMER:CANCELED"), "{log}");
    assert!(log.contains("E JOB:CANCELED"), "{log}");
    assert!(log.contains("ELEMENT_COMPLETED k2 "), "{log}");

    // A scope that is made waits for its events.
    let key = rig.create("subprocess_boundary_timer", "{}");
    rig.take_log();
    rig.ok(1, modify(key, |modify| modify.activate.push(activate_in("pack_parcel", key.into()))));
    assert_eq!(rig.take_log().matches("E TIMER:CREATED").count(), 1);
}

#[test]
fn a_join_is_activated_without_its_flows() {
    let (mut rig, key) = started("parallel_gateway");
    // One of two flows has arrived when the join is activated by hand.
    rig.work("pack-parcel", "{}");
    rig.take_log();
    rig.ok(1, modify(key, |modify| modify.activate.push(activate("join"))));
    let log = rig.take_log();
    assert_eq!(activated(&log, "join").len(), 1, "{log}");
    // The other path still joins what had arrived before.
    rig.work("write-invoice", "{}");
    let log = rig.take_log();
    assert_eq!(activated(&log, "join").len(), 1, "{log}");
    assert!(log.lines().last().unwrap().contains("\"parallel_gateway\""), "{log}");
}

#[test]
fn elements_started_directly_do_not_use_up_flows() {
    // The fork takes its flows before the task that is activated beside it.
    let (mut rig, _) = started("parallel_gateway");
    let Command::CreateProcessInstance(create) = create_command("parallel_gateway", "{}") else {
        unreachable!()
    };
    let start_at = vec!["fork".to_owned(), "end".to_owned()];
    rig.ok(1, Command::CreateProcessInstance(CreateProcessInstance { start_at, ..create }));
    let log = rig.take_log();
    assert_eq!(log.matches("E JOB:CREATED").count(), 2, "the end event ended the instance: {log}");
}

#[test]
fn tasks_are_exchanged_between_paths() {
    let (mut rig, key) = started("terminate_end");
    rig.ok(
        1,
        modify(key, |modify| {
            modify.activate.push(activate("slow_work"));
            modify.terminate.push(by_id("fast_work"));
        }),
    );
    assert_eq!(rig.work("slow-work", "{}"), 2);
    assert!(rig.take_log().contains("ELEMENT_COMPLETED k2 \"terminate_end\""));
}

#[test]
fn moving_takes_every_instance_of_the_source() {
    for ancestor in
        [AncestorScope::Direct(None), AncestorScope::Inferred, AncestorScope::SourceParent]
    {
        let (mut rig, key) = started("nested_subprocess");
        rig.ok(1, modify(key, |modify| modify.activate.push(activate("work"))));
        rig.take_log();
        rig.ok(1, modify(key, |modify| modify.moves.push(to_move("work", "inner_end", ancestor))));
        let log = rig.take_log();
        assert_eq!(activated(&log, "inner_end").len(), 2, "{ancestor:?}: {log}");
        assert!(log.lines().last().unwrap().contains("\"nested_subprocess\""), "{log}");
    }
    // Out of the scope of the source, into one that is made.
    let (mut rig, key) = started("nested_subprocess");
    rig.ok(
        1,
        modify(key, |modify| {
            modify.moves.push(to_move("inner", "outer_end", AncestorScope::Inferred));
        }),
    );
    let log = rig.take_log();
    assert_eq!(activated(&log, "outer_end").len(), 1, "{log}");
    assert!(activated(&log, "outer").is_empty(), "the scope of the source is used: {log}");
}

#[test]
fn what_cannot_be_done_is_refused_whole() {
    let mut rig = Rig::new();
    rig.deploy("event_based_gateway.bpmn");
    let key = rig.create("event_based_gateway", r#"{"order_id":"order-1"}"#);
    let mut texts = Vec::new();
    let mut refuse = |what: &dyn Fn(&mut ModifyProcessInstance)| {
        texts.push(rig.rejected(1, modify(key, what)));
    };
    refuse(&|modify| modify.activate.push(activate("unknown")));
    refuse(&|modify| modify.activate.push(activate("start")));
    refuse(&|modify| modify.activate.push(activate("paid")));
    refuse(&|modify| modify.terminate.push(by_id("shipped")));
    refuse(&|modify| modify.terminate.push(by_id("unknown")));
    refuse(&|modify| {
        modify.terminate.push(ElementInstanceSelector::Key(ElementInstanceKey(7)));
    });
    refuse(&|modify| modify.activate.push(activate_in("shipped", ElementInstanceKey(7))));
    refuse(&|modify| {
        modify.activate.push(ActivateInstruction {
            variables: vec![scoped(Some("wait"), r#"{"a":1}"#)],
            ..activate("shipped")
        });
    });
    refuse(&|modify| {
        modify.activate.push(activate("shipped"));
        modify.terminate.push(ElementInstanceSelector::Key(key.into()));
    });
    assert_snapshot!(texts.join("\n"));
    let unknown = ProcessInstanceKey(2_251_799_813_685_248 + 999);
    let text = rig.rejected(1, modify(unknown, |_| ()));
    assert!(text.starts_with("NOT_FOUND"), "{text}");
}

#[test]
fn a_called_process_ends_with_its_call_activity_and_not_by_itself() {
    let mut rig = Rig::new();
    rig.deploy("call_activity.bpmn");
    let caller = rig.create("call_activity", "{}");
    let called = rig.activate("write-bill")[0].process_instance_key;
    let end =
        |key| modify(key, |modify| modify.terminate.push(ElementInstanceSelector::Key(key.into())));
    let text = rig.rejected(1, end(called));
    assert!(text.contains(&format!("Modify the instance with key '{caller}'")), "{text}");
    let element = rig.activate("write-bill").first().map(|job| job.element_id.to_string());
    assert_eq!(element, None, "its job is locked, not gone");
    rig.take_log();
    rig.ok(1, end(caller));
    let log = rig.take_log();
    assert!(log.contains("E JOB:CANCELED"), "{log}");
    assert_eq!(log.matches("ELEMENT_TERMINATED").count(), 4, "{log}");
}
