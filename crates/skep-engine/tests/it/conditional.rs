//! Conditional events.

use insta::assert_snapshot;
use skep_record::{
    CancelProcessInstance, Command, DeleteResource, ElementInstanceKey, EvaluateConditionals,
    EvaluatedConditionals, ProcessDefinitionKey, ProcessInstanceKey, Response, SetVariables,
    TenantId,
};

use crate::rig::{Rig, doc, fixture};

fn set(rig: &mut Rig, key: ProcessInstanceKey, variables: &str) {
    rig.ok(
        1,
        Command::SetVariables(SetVariables {
            element_instance_key: ElementInstanceKey::from(key),
            variables: doc(variables),
            local: false,
            operation_reference: 0,
        }),
    );
}

fn completed(id: &str) -> String {
    format!("E PROCESS_INSTANCE:ELEMENT_COMPLETED k2 {id:?}")
}

#[test]
fn a_catch_event_waits_until_its_condition_holds() {
    let mut rig = Rig::new();
    rig.deploy("conditional_catch.bpmn");
    let key = rig.create("conditional_catch", "");
    assert_snapshot!("conditional_catch_waits", rig.take_log());
    // What makes the condition false, or no condition at all, is no incident.
    set(&mut rig, key, r#"{"stock":0}"#);
    set(&mut rig, key, r#"{"stock":"many"}"#);
    set(&mut rig, key, r#"{"other":1}"#);
    assert!(!rig.take_log().contains("C CONDITIONAL_SUBSCRIPTION:TRIGGER"));
    set(&mut rig, key, r#"{"stock":1}"#);
    assert_snapshot!("conditional_catch", rig.take_log());
    rig.work("ship", "");
    assert!(rig.take_log().contains(&completed("conditional_catch")));
}

#[test]
fn a_condition_may_hold_at_once() {
    let mut rig = Rig::new();
    rig.deploy("conditional_catch.bpmn");
    rig.create("conditional_catch", r#"{"stock":5}"#);
    assert_eq!(rig.work("ship", ""), 1);
    assert!(rig.take_log().contains(&completed("conditional_catch")));
}

#[test]
fn a_boundary_event_interrupts_its_task() {
    let mut rig = Rig::new();
    rig.deploy("conditional_boundary.bpmn");
    let key = rig.create("conditional_boundary", "");
    rig.take_log();
    set(&mut rig, key, r#"{"total":101}"#);
    assert_snapshot!("conditional_boundary", rig.take_log());
    assert!(rig.activate("work").is_empty());
    assert_eq!(rig.work("approve", ""), 1);
    assert!(rig.take_log().contains(&completed("conditional_boundary")));
}

#[test]
fn a_boundary_event_that_holds_at_once_cancels_the_new_job() {
    let mut rig = Rig::new();
    rig.deploy("conditional_boundary.bpmn");
    rig.create("conditional_boundary", r#"{"total":101}"#);
    assert_snapshot!("conditional_boundary_at_once", rig.take_log());
}

#[test]
fn a_filter_says_which_changes_count() {
    let mut rig = Rig::new();
    rig.deploy("conditional_boundary.bpmn");
    let key = rig.create("conditional_boundary", "");
    set(&mut rig, key, r#"{"status":"late"}"#);
    assert!(rig.activate("inform").is_empty(), "created, not updated");
    set(&mut rig, key, r#"{"status":"lost"}"#);
    set(&mut rig, key, r#"{"status":"late"}"#);
    set(&mut rig, key, r#"{"status":"late"}"#);
    assert_eq!(rig.work("inform", ""), 2, "once for each change");
    assert_eq!(rig.work("work", r#"{"total":1}"#), 1);
    assert!(rig.take_log().contains(&completed("conditional_boundary")));
}

#[test]
fn what_a_task_puts_out_does_not_trigger_its_own_boundary_event() {
    let mut rig = Rig::new();
    rig.deploy("conditional_boundary.bpmn");
    rig.create("conditional_boundary", "");
    rig.work("work", r#"{"total":500}"#);
    let log = rig.take_log();
    assert!(log.contains(&completed("conditional_boundary")), "{log}");
    assert!(!log.contains("C CONDITIONAL_SUBSCRIPTION:TRIGGER"), "{log}");
}

#[test]
fn event_subprocesses_wait_for_conditions() {
    let mut rig = Rig::new();
    rig.deploy("conditional_event_subprocess.bpmn");
    let key = rig.create("conditional_event_subprocess", "");
    set(&mut rig, key, r#"{"note":"fragile"}"#);
    set(&mut rig, key, r#"{"note":"heavy"}"#);
    assert_eq!(rig.work("read", ""), 2);
    rig.take_log();
    set(&mut rig, key, r#"{"cancelled":true}"#);
    assert_snapshot!("conditional_event_subprocess", rig.take_log());
    rig.work("refund", "");
    assert!(rig.take_log().contains(&completed("conditional_event_subprocess")));
}

#[test]
fn conditions_are_evaluated_from_the_outside_in() {
    let mut rig = Rig::new();
    rig.deploy("conditional_nested.bpmn");
    let key = rig.create("conditional_nested", "");
    rig.take_log();
    set(&mut rig, key, r#"{"total":101}"#);
    let log = rig.take_log();
    assert_eq!(log.matches("C CONDITIONAL_SUBSCRIPTION:TRIGGER").count(), 1, "{log}");
    assert_eq!(rig.work("outside", ""), 1);
    assert!(rig.take_log().contains(&completed("conditional_nested")));
}

#[test]
fn cancelling_closes_conditional_subscriptions() {
    let mut rig = Rig::new();
    rig.deploy("conditional_event_subprocess.bpmn");
    let key = rig.create("conditional_event_subprocess", "");
    rig.take_log();
    let cancel = CancelProcessInstance { process_instance_key: key, operation_reference: 0 };
    rig.ok(1, Command::CancelProcessInstance(cancel));
    assert_snapshot!("conditional_terminated", rig.take_log());
}

fn evaluate(key: Option<ProcessDefinitionKey>, variables: &str) -> Command {
    Command::EvaluateConditionals(EvaluateConditionals {
        process_definition_key: key,
        variables: doc(variables),
        tenant_id: TenantId::default(),
    })
}

fn evaluated(rig: &mut Rig, command: Command) -> EvaluatedConditionals {
    match rig.ok(1, command) {
        Response::ConditionalsEvaluated(evaluated) => evaluated,
        other => panic!("{other:?}"),
    }
}

#[test]
fn conditions_start_instances_on_request() {
    let mut rig = Rig::new();
    let deployment = rig.deploy("conditional_start.bpmn");
    let definition = deployment.processes[0].key;
    rig.take_log();
    let none = evaluated(&mut rig, evaluate(None, r#"{"total":5}"#));
    assert_eq!(none.instances, []);
    let one = evaluated(&mut rig, evaluate(Some(definition), r#"{"total":500}"#));
    assert_eq!(one.instances.len(), 1);
    assert_eq!(one.instances[0].0, definition);
    assert_snapshot!("conditional_start", rig.take_log());
    assert_eq!(rig.activate("work")[0].variables.to_json(), r#"{"total":500}"#);
    let both = evaluated(&mut rig, evaluate(None, r#"{"total":500,"urgent":true}"#));
    assert_eq!(both.instances.len(), 2);
}

#[test]
fn a_new_version_s_conditions_replace_the_old_ones() {
    let mut rig = Rig::new();
    let old = rig.deploy("conditional_start.bpmn").processes[0].key;
    let model = fixture("conditional_start.bpmn").replace("total &gt; 100", "total &gt; 1000");
    let new = rig.deploy_text("conditional_start.bpmn", &model).processes[0].key;
    let log = rig.take_log();
    assert_eq!(log.matches("E CONDITIONAL_SUBSCRIPTION:DELETED").count(), 2, "{log}");
    assert_eq!(evaluated(&mut rig, evaluate(None, r#"{"total":500}"#)).instances, []);
    let started = evaluated(&mut rig, evaluate(None, r#"{"total":5000}"#)).instances;
    assert_eq!(started.iter().map(|(key, _)| *key).collect::<Vec<_>>(), [new]);
    let gone = rig.rejected(1, evaluate(Some(old), "{}"));
    assert!(gone.starts_with("NOT_FOUND: Expected to evaluate conditional start events"), "{gone}");
}

#[test]
fn deleting_the_latest_version_brings_back_the_conditions_of_the_one_before() {
    let mut rig = Rig::new();
    let old = rig.deploy("conditional_start.bpmn").processes[0].key;
    let model = fixture("conditional_start.bpmn").replace("total &gt; 100", "total &gt; 1000");
    let new = rig.deploy_text("conditional_start.bpmn", &model).processes[0].key;
    let delete = DeleteResource { resource_key: new.0, operation_reference: 0 };
    rig.ok(1, Command::DeleteResource(delete));
    let started = evaluated(&mut rig, evaluate(None, r#"{"total":500}"#)).instances;
    assert_eq!(started.iter().map(|(key, _)| *key).collect::<Vec<_>>(), [old]);
}
