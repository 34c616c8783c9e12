//! Multi-instance activities.

use insta::assert_snapshot;
use skep_engine::Answer;
use skep_record::{
    CancelProcessInstance, Command, PartitionId, PublishMessage, ResolveIncident, Response,
    TenantId, ThrowError,
};

use crate::{
    rig::{Rig, activate_command, create_command, doc, fixture},
    variable::set,
};

fn publish(name: &str, key: &str, variables: &str) -> Command {
    Command::PublishMessage(PublishMessage {
        name: name.into(),
        correlation_key: key.into(),
        time_to_live_ms: 0,
        message_id: String::new(),
        variables: doc(variables),
        tenant_id: TenantId::default(),
    })
}

fn resolve(rig: &mut Rig) {
    let incident_key = *rig.incidents.last().unwrap();
    rig.ok(1, Command::ResolveIncident(ResolveIncident { incident_key, operation_reference: 0 }));
}

fn cancel(rig: &mut Rig) {
    let process_instance_key = rig.started[0];
    let cancel = CancelProcessInstance { process_instance_key, operation_reference: 0 };
    rig.ok(1, Command::CancelProcessInstance(cancel));
}

/// What the log says of variables and the body, and of the end.
fn gist(log: &str) -> String {
    let wanted = |line: &&str| {
        line.starts_with("E VARIABLE")
            || line.starts_with("E INCIDENT")
            || line.contains("MULTI_INSTANCE")
            || line.contains("ELEMENT_COMPLETED") && line.contains(" PROCESS ")
    };
    log.lines().filter(wanted).collect::<Vec<_>>().join("\n")
}

#[test]
fn all_items_at_once() {
    let mut rig = Rig::new();
    rig.deploy("multi_instance_parallel.bpmn");
    rig.take_log();
    rig.create("multi_instance_parallel", r#"{"items":["a","b"]}"#);
    let jobs = rig.activate("pack");
    assert_eq!(jobs.len(), 2);
    assert_eq!(
        jobs[1].variables.to_json(),
        r#"{"item":"b","loopCounter":2,"parcel":null,"parcels":[null,null],"items":["a","b"]}"#
    );
    rig.complete(jobs[1].key, r#"{"parcel":"B"}"#);
    rig.complete(jobs[0].key, r#"{"parcel":"A"}"#);
    assert_snapshot!("parallel", rig.take_log());
}

#[test]
fn one_item_after_the_other() {
    let mut rig = Rig::new();
    rig.deploy("multi_instance_sequential.bpmn");
    rig.take_log();
    let root = rig.create("multi_instance_sequential", r#"{"items":["a","b","c"]}"#);
    assert_eq!(rig.work("pack", r#"{"parcel":1}"#), 1);
    assert_eq!(rig.activate("pack").len(), 1);
    assert_snapshot!("sequential", rig.take_log());
    // The list is read again for each step: it may grow and shrink.
    rig.ok(1, set(root.0, r#"{"items":["a","b"]}"#, true));
    rig.now += 60_000;
    rig.advance(1);
    assert_eq!(rig.work("pack", r#"{"parcel":2}"#), 1);
    assert!(rig.activate("pack").is_empty());
    assert_snapshot!("sequential_shrunk", gist(&rig.take_log()));
}

/// A body that runs through what `list` gives, one item after the other.
fn run_through(rig: &mut Rig, list: &str) {
    let model = fixture("multi_instance_sequential.bpmn").replace("=items", list);
    rig.deploy_text("list.bpmn", &model);
}

#[test]
fn a_list_may_depend_on_the_results_of_those_before() {
    let mut rig = Rig::new();
    run_through(&mut rig, "=parcels");
    rig.create("multi_instance_sequential", r#"{"parcels":["a","b","c"]}"#);
    // The body has a list of the same name, from its beginning on.
    for parcels in [&[0x93, 0xc0, 0xc0, 0xc0][..], &[0x93, 7, 0xc0, 0xc0], &[0x93, 7, 7, 0xc0]] {
        let job = rig.activate("pack").remove(0);
        assert_eq!(job.variables.value("item"), Some(&[0xc0][..]));
        assert_eq!(job.variables.value("parcels"), Some(parcels));
        rig.complete(job.key, r#"{"parcel":7}"#);
    }
    assert!(rig.take_log().lines().last().unwrap().contains("ELEMENT_COMPLETED"));
}

#[test]
fn a_list_may_depend_on_the_time() {
    let mut rig = Rig::new();
    run_through(
        &mut rig,
        "=if now() &lt; date and time(&quot;2023-11-14T22:13:30Z&quot;) then [1,2,3] else [1]",
    );
    rig.create("multi_instance_sequential", "{}");
    let job = rig.activate("pack").remove(0);
    rig.now += 60_000;
    rig.complete(job.key, r#"{"parcel":1}"#);
    let log = rig.take_log();
    assert!(log.lines().last().unwrap().contains("ELEMENT_COMPLETED"), "{log}");
    assert_eq!(rig.engine(1).next_due(), None);
}

#[test]
fn a_list_of_results_longer_than_a_short_one_is_as_any_other() {
    let mut rig = Rig::new();
    rig.deploy("multi_instance_completion.bpmn");
    let items: Vec<String> = (0..40).map(|n| n.to_string()).collect();
    rig.create("multi_instance_completion", &format!(r#"{{"items":[{}]}}"#, items.join(",")));
    let text = "x".repeat(300);
    let parcel = format!(r#"{{"parcel":"{text}"}}"#);
    for _ in 0..5 {
        let job = rig.activate("pack").pop().unwrap();
        rig.complete(job.key, &parcel);
        rig.advance(60_000);
    }
    let job = rig.activate("pack").remove(0);
    assert_eq!(job.variables.to_json().matches(&text).count(), 5);
}

#[test]
fn an_empty_list_completes_at_once() {
    for name in ["multi_instance_parallel", "multi_instance_sequential"] {
        let mut rig = Rig::new();
        rig.deploy(&format!("{name}.bpmn"));
        rig.take_log();
        rig.create(name, r#"{"items":[]}"#);
        let log = rig.take_log();
        assert!(log.lines().last().unwrap().contains("ELEMENT_COMPLETED"), "{log}");
        assert_eq!(rig.engine(1).next_due(), None);
    }
}

#[test]
fn what_is_no_list_is_an_incident_of_the_body() {
    let mut rig = Rig::new();
    rig.deploy("multi_instance_parallel.bpmn");
    let root = rig.create("multi_instance_parallel", r#"{"items":7}"#);
    assert_snapshot!("no_list", gist(&rig.take_log()));
    rig.ok(1, set(root.0, r#"{"items":[1]}"#, true));
    resolve(&mut rig);
    assert_eq!(rig.work("pack", r#"{"parcel":1}"#), 1);
    assert!(rig.take_log().lines().last().unwrap().contains("ELEMENT_COMPLETED"));
}

#[test]
fn a_broken_output_collection_is_an_incident_of_the_instance() {
    let mut rig = Rig::new();
    rig.deploy("multi_instance_parallel.bpmn");
    rig.create("multi_instance_parallel", r#"{"items":["a","b"]}"#);
    let log = rig.take_log();
    let body = log.lines().find(|line| line.contains("MULTI_INSTANCE_BODY")).unwrap();
    let key: i64 = body.split(" k").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    let body = PartitionId(1).key(key.try_into().unwrap());
    rig.ok(1, set(body, r#"{"parcels":"none"}"#, true));
    assert_eq!(rig.work("pack", r#"{"parcel":1}"#), 2);
    assert_snapshot!("broken_output", gist(&rig.take_log()));
    rig.ok(1, set(body, r#"{"parcels":[null,null]}"#, true));
    let incidents = rig.incidents.clone();
    for incident_key in incidents {
        let resolve = ResolveIncident { incident_key, operation_reference: 0 };
        rig.ok(1, Command::ResolveIncident(resolve));
    }
    assert_snapshot!("broken_output_mended", gist(&rig.take_log()));
}

#[test]
fn a_completion_condition_ends_the_rest() {
    let mut rig = Rig::new();
    rig.deploy("multi_instance_completion.bpmn");
    rig.create("multi_instance_completion", r#"{"items":[1,2,3,4]}"#);
    let jobs = rig.activate("pack");
    rig.complete(jobs[2].key, r#"{"parcel":"C"}"#);
    rig.take_log();
    rig.complete(jobs[0].key, r#"{"parcel":"A"}"#);
    assert_snapshot!("completion_condition", rig.take_log());
    assert!(rig.activate("pack").is_empty());
}

#[test]
fn a_wrong_completion_condition_is_an_incident_of_the_instance() {
    let mut rig = Rig::new();
    let model = fixture("multi_instance_completion.bpmn")
        .replace("=numberOfCompletedInstances / numberOfInstances &gt;= 0.5", "=limit");
    rig.deploy_text("limit.bpmn", &model);
    let root = rig.create("multi_instance_completion", r#"{"items":[1,2],"limit":"one"}"#);
    let jobs = rig.activate("pack");
    rig.take_log();
    rig.complete(jobs[0].key, r#"{"parcel":"A"}"#);
    assert_snapshot!("wrong_condition", gist(&rig.take_log()));
    rig.ok(1, set(root.0, r#"{"limit":true}"#, true));
    resolve(&mut rig);
    assert_snapshot!("wrong_condition_mended", gist(&rig.take_log()));
}

#[test]
fn an_error_in_an_instance_interrupts_all() {
    let mut rig = Rig::new();
    rig.deploy("multi_instance_completion.bpmn");
    rig.create("multi_instance_completion", r#"{"items":[1,2,3,4]}"#);
    let job_key = rig.activate("pack")[1].key;
    rig.take_log();
    rig.ok(
        1,
        Command::ThrowError(ThrowError {
            job_key,
            error_code: "SOLD_OUT".into(),
            error_message: String::new(),
            variables: doc("{}"),
        }),
    );
    assert_snapshot!("multi_instance_error", rig.take_log());
}

#[test]
fn a_subprocess_and_a_call_activity_run_for_each_item() {
    let mut rig = Rig::new();
    rig.deploy("multi_instance_subprocess.bpmn");
    rig.create("multi_instance_subprocess", r#"{"numbers":[1,2,3]}"#);
    let job = rig.activate("report").remove(0);
    assert_eq!(job.variables.to_json(), r#"{"numbers":[1,2,3],"squares":[1,4,9]}"#);

    rig.deploy("multi_instance_call.bpmn");
    rig.create("multi_instance_call", r#"{"parcels":["p","q"]}"#);
    rig.ok(1, publish("arrived", "q", r#"{"tracking":"Q"}"#));
    rig.take_log();
    rig.ok(1, publish("arrived", "p", r#"{"tracking":"P"}"#));
    assert_snapshot!("multi_instance_call", gist(&rig.take_log()));
}

#[test]
fn messages_reach_instances_and_events_the_body() {
    let mut rig = Rig::new();
    rig.deploy("multi_instance_receive.bpmn");
    rig.create("multi_instance_receive", r#"{"asked":["ada","bob"]}"#);
    rig.ok(1, publish("answered", "bob", r#"{"answer":"no"}"#));
    rig.take_log();
    rig.advance(3_600_000);
    assert_snapshot!("multi_instance_interrupted", rig.take_log());
    assert_eq!(rig.engine(1).next_due(), None);

    rig.create("multi_instance_receive", r#"{"asked":["ada"]}"#);
    rig.ok(1, publish("answered", "ada", r#"{"answer":"yes"}"#));
    let log = rig.take_log();
    assert!(
        log.lines().any(|line| line.contains("ELEMENT_COMPLETED") && line.contains("\"end\"")),
        "{log}"
    );
}

#[test]
fn a_cancelled_body_takes_its_instances_with_it() {
    let mut rig = Rig::with_config(1, |config| config.batch_commands_max = 4);
    rig.deploy("multi_instance_parallel.bpmn");
    let items: Vec<String> = (0..120).map(|n| n.to_string()).collect();
    rig.create("multi_instance_parallel", &format!(r#"{{"items":[{}]}}"#, items.join(",")));
    assert_eq!(rig.activate("pack").len(), 32);
    cancel(&mut rig);
    let log = rig.take_log();
    assert_eq!(log.matches("JOB:CANCELED").count(), 120, "{log}");
    assert!(rig.activate("pack").is_empty());
    assert_eq!(rig.engine(1).next_due(), None);
}

#[test]
fn a_condition_fulfilled_early_stops_the_creation_of_instances() {
    let mut rig = Rig::with_config(1, |config| config.batch_commands_max = 1);
    let model = fixture("multi_instance_completion.bpmn").replace(
        "=numberOfCompletedInstances / numberOfInstances &gt;= 0.5",
        "=numberOfCompletedInstances = 1",
    );
    rig.deploy_text("early.bpmn", &model);
    let items: Vec<String> = (0..120).map(|n| n.to_string()).collect();
    let variables = format!(r#"{{"items":[{}]}}"#, items.join(","));
    rig.take_log();
    rig.step(PartitionId(1), create_command("multi_instance_completion", &variables));
    let mut log = String::new();
    while !log.contains("JOB:CREATED") {
        rig.step(PartitionId(1), Command::ResumeWork);
        log += &rig.take_log();
    }
    let answer = rig.step(PartitionId(1), activate_command("pack", 1));
    let Answer::Reply(Ok(Response::Activated(activated))) = answer else { panic!("{answer:?}") };
    rig.complete(activated.jobs[0].key, "{}");
    log += &rig.take_log();
    let n_created = log.matches("ELEMENT_ACTIVATING").count();
    assert!(n_created < 100, "{n_created}: {log}");
    assert!(log.contains("its completion condition is fulfilled"), "{log}");
    assert!(log.lines().last().unwrap().contains("PROCESS"), "{log}");
    assert_eq!(rig.engine(1).next_due(), None);
}

#[test]
fn long_lists_are_bounded_in_every_step() {
    let mut rig = Rig::new();
    rig.restore_every = 5_003;
    rig.check_states_every = 997;
    rig.deploy("multi_instance_subprocess.bpmn");
    let n = 2_000;
    let numbers: Vec<String> = (0..n).map(|n| n.to_string()).collect();
    rig.create("multi_instance_subprocess", &format!(r#"{{"numbers":[{}]}}"#, numbers.join(",")));
    let log = rig.take_log();
    assert_eq!(log.matches("\"compute\" SCRIPT_TASK").count() / 3 / n, 2);
    let longest = log.split("C WORK:RESUME\n").map(|batch| batch.lines().count()).max().unwrap();
    assert!(longest < 1_000, "{longest}");
    let job = rig.activate("report").remove(0);
    assert!(job.variables.to_json().ends_with(",3996001]}"));
}
