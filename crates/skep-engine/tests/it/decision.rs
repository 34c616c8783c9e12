//! Decisions: deployed, called by business rule tasks, evaluated for clients.

use insta::assert_snapshot;
use skep_record::*;

use crate::{
    deploy::deploy,
    job::{incident_key, resolve},
    rig::{Rig, deploy_command, dmn, doc, fixture, form},
    variable::set,
};

pub fn deployed(rig: &mut Rig, resources: &[(&str, &str)]) -> Deployment {
    match rig.ok(1, deploy(resources)) {
        Response::Deployed(deployment) => deployment,
        other => panic!("{other:?}"),
    }
}

fn evaluate(decision: DecisionRef, variables: &str) -> Command {
    Command::EvaluateDecision(Box::new(EvaluateDecision {
        decision,
        variables: doc(variables),
        tenant_id: TenantId::default(),
    }))
}

fn evaluated(rig: &mut Rig, partition: u16, command: Command) -> DecisionEvaluationValue {
    match rig.ok(partition, command) {
        Response::DecisionEvaluated(_, value) => *value,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_file_of_decisions_is_deployed() {
    let mut rig = Rig::new();
    deployed(&mut rig, &[("requirements.dmn", &dmn("requirements.dmn"))]);
    assert_snapshot!(rig.take_log());
}

#[test]
fn decisions_count_their_versions_one_by_one() {
    let mut rig = Rig::new();
    let text = dmn("version_tag.dmn");
    let first = deployed(&mut rig, &[("a.dmn", &text)]);
    let again = deployed(&mut rig, &[("a.dmn", &text)]);
    assert!(again.decisions.iter().all(|decision| decision.duplicate));
    assert!(again.decision_requirements[0].duplicate);
    assert_eq!(again.decisions[0].key, first.decisions[0].key);
    assert_ne!(again.key, first.key);
    // A decision may move to another graph, and its versions go on.
    let moved = text.replace("id=\"version_tag\"", "id=\"other\"");
    let moved = deployed(&mut rig, &[("b.dmn", &moved)]);
    assert_eq!(moved.decision_requirements[0].version, 1);
    assert_eq!(moved.decisions[0].version, 2);
    // The first file is a duplicate no more: its decisions are not the latest.
    let back = deployed(&mut rig, &[("a.dmn", &text)]);
    assert_eq!((back.decision_requirements[0].version, back.decisions[0].version), (2, 3));
    assert!(!back.decisions[0].duplicate);
}

#[test]
fn resources_of_a_deployment_are_versioned_together() {
    let mut rig = Rig::new();
    let (process, decisions) = (fixture("decision_task_bound.bpmn"), dmn("version_tag.dmn"));
    let form = form("approve.form");
    let files = |decisions: &str| {
        [("p.bpmn", process.clone()), ("d.dmn", decisions.to_owned()), ("f.form", form.clone())]
    };
    let mut all = |decisions: &str| {
        let files = files(decisions);
        let files: Vec<(&str, &str)> =
            files.iter().map(|(name, content)| (*name, content.as_str())).collect();
        deployed(&mut rig, &files)
    };
    let first = all(&decisions);
    let again = all(&decisions);
    assert_eq!(again.processes[0].version, first.processes[0].version);
    assert!(again.processes[0].duplicate && again.forms[0].duplicate);
    // One is new, so all are.
    let changed = all(&decisions.replace("<text>1</text>", "<text>\"new\"</text>"));
    assert_eq!((changed.processes[0].version, changed.forms[0].version), (2, 2));
    assert!(!changed.processes[0].duplicate && !changed.forms[0].duplicate);
}

#[test]
fn what_cannot_be_deployed_is_named_at_once() {
    let mut rig = Rig::new();
    let text = dmn("version_tag.dmn");
    let other = text.replace("id=\"version_tag\"", "id=\"other\"");
    let refused = rig.rejected(
        1,
        deploy(&[
            ("a.dmn", &text),
            ("b.dmn", &text),
            ("c.dmn", &other),
            ("broken.dmn", "<definitions/>"),
            ("bad.form", "{}"),
            ("good.form", &form("approve.form")),
            ("again.form", &form("approve.form")),
            ("robot.rpa", r#"{"id":"robot"}"#),
            ("again.rpa", r#"{"id":"robot"}"#),
            (" ", "no name"),
        ]),
    );
    assert_snapshot!(refused);
    assert!(!rig.take_log().contains("E DECISION"));
}

#[test]
fn every_partition_gets_decisions_and_forms() {
    let mut rig = Rig::with_partitions(3);
    let resources = [
        ("d.dmn", dmn("version_tag.dmn")),
        ("f.form", form("approve.form")),
        ("r.rpa", r#"{"id":"robot","versionTag":"v1"}"#.to_owned()),
    ];
    let resources: Vec<(&str, &str)> =
        resources.iter().map(|(name, content)| (*name, content.as_str())).collect();
    let first = deployed(&mut rig, &resources);
    assert_snapshot!(rig.take_log());
    for partition in 1..=3 {
        let value =
            evaluated(&mut rig, partition, evaluate(DecisionRef::Latest("tagged".into()), "{}"));
        assert_eq!(value.decision_key, first.decisions[0].key);
        assert_eq!(value.decision_output.to_json(), "1");
    }
}

#[test]
fn a_business_rule_task_calls_a_decision() {
    let mut rig = Rig::new();
    rig.deploy_text("requirements.dmn", &dmn("requirements.dmn"));
    rig.deploy("decision_task.bpmn");
    rig.take_log();
    rig.create("decision_task", r#"{"temperature":5,"weekend":true}"#);
    assert_snapshot!(rig.take_log());
}

#[test]
fn a_decision_that_is_not_deployed_is_an_incident() {
    let mut rig = Rig::new();
    rig.deploy("decision_task.bpmn");
    rig.create("decision_task", r#"{"temperature":5,"weekend":true}"#);
    let log = rig.take_log();
    let line = log.lines().find(|line| line.contains("INCIDENT:CREATED")).unwrap();
    assert_snapshot!(line);
    assert!(!log.contains("DECISION_EVALUATION"), "{log}");
    rig.ok(1, resolve(incident_key(&log)));
    let again = rig.take_log();
    assert!(again.contains("CALLED_DECISION_ERROR"), "{again}");
    rig.deploy_text("requirements.dmn", &dmn("requirements.dmn"));
    rig.ok(1, resolve(incident_key(&again)));
    let log = rig.take_log();
    assert!(log.contains("ELEMENT_COMPLETED k2 \"decision_task\""), "{log}");
}

#[test]
fn a_decision_without_a_result_is_an_incident() {
    let mut rig = Rig::new();
    rig.deploy_text("unique_violated.dmn", &dmn("unique_violated.dmn"));
    let text = fixture("decision_task.bpmn").replace("\"dish\"", "\"tier\"");
    rig.deploy_text("decision_task.bpmn", &text);
    rig.take_log();
    let key = rig.create("decision_task", r#"{"customer":{"points":500}}"#);
    let log = rig.take_log();
    assert_snapshot!(log);
    // A variable that lets one rule match puts it right.
    rig.ok(1, set(key.0, r#"{"customer":{"points":50}}"#, false));
    rig.ok(1, resolve(incident_key(&log)));
    let log = rig.take_log();
    assert!(log.contains("DECISION_EVALUATION:EVALUATED"), "{log}");
    assert!(log.contains("ELEMENT_COMPLETED k5 \"decision_task\""), "{log}");
}

#[test]
fn a_decision_id_that_is_no_text_is_an_incident() {
    let mut rig = Rig::new();
    rig.deploy("decision_task_bound.bpmn");
    rig.create("decision_task_bound", r#"{"rule":7}"#);
    let log = rig.take_log();
    assert!(log.contains("EXTRACT_VALUE_ERROR"), "{log}");
}

#[test]
fn a_decision_bound_to_its_deployment_stays_what_it_was() {
    let mut rig = Rig::new();
    let (process, decisions) = (fixture("decision_task_bound.bpmn"), dmn("version_tag.dmn"));
    let first = deployed(&mut rig, &[("p.bpmn", &process), ("d.dmn", &decisions)]);
    rig.deploy_text("d.dmn", &decisions.replace("<text>1</text>", "<text>\"new\"</text>"));
    rig.take_log();
    rig.create("decision_task_bound", r#"{"rule":"tagged"}"#);
    let log = rig.take_log();
    assert!(log.contains("DECISION_EVALUATION:EVALUATED"), "{log}");
    assert!(log.contains("\"tagged\" v1 "), "{log}");
    // Alone in its deployment, it finds nothing.
    rig.deploy_text("p.bpmn", &(process + "\n"));
    rig.take_log();
    rig.create("decision_task_bound", r#"{"rule":"tagged"}"#);
    let log = rig.take_log();
    let line = log.lines().find(|line| line.contains("INCIDENT:CREATED")).unwrap();
    assert_snapshot!(line);
    assert_eq!(first.decisions[0].version, 1);
}

#[test]
fn a_decision_bound_to_a_version_tag_is_the_newest_with_it() {
    let mut rig = Rig::new();
    let decisions = dmn("version_tag.dmn");
    rig.deploy("decision_task_tagged.bpmn");
    rig.create("decision_task_tagged", "{}");
    let log = rig.take_log();
    let line = log.lines().find(|line| line.contains("INCIDENT:CREATED")).unwrap();
    assert_snapshot!(line);
    rig.deploy_text("d.dmn", &decisions);
    let newer = decisions.replace("<text>1</text>", "<text>\"newer\"</text>");
    rig.deploy_text("d.dmn", &newer);
    rig.deploy_text("d.dmn", &newer.replace("v2.1", "v3"));
    rig.take_log();
    rig.create("decision_task_tagged", "{}");
    let log = rig.take_log();
    assert!(log.contains("\"tagged\" v2 "), "{log}");
}

#[test]
fn a_client_has_a_decision_evaluated() {
    let mut rig = Rig::new();
    rig.deploy_text("requirements.dmn", &dmn("requirements.dmn"));
    rig.take_log();
    let variables = r#"{"temperature":30,"weekend":false}"#;
    let value = evaluated(&mut rig, 1, evaluate(DecisionRef::Latest("menu".into()), variables));
    assert_eq!(
        value.decision_output.to_json(),
        r#"{"food":"salad","drink":"water","season":null}"#
    );
    assert_snapshot!(rig.take_log());
    let by_key = evaluate(DecisionRef::Key(value.decision_key), variables);
    assert_eq!(evaluated(&mut rig, 1, by_key).decision_output, value.decision_output);
    // Values stay out of what is printed without permission to see them.
    let printed = format!("{value:?}");
    assert!(!printed.contains("salad"), "{printed}");
}

#[test]
fn an_evaluation_that_fails_is_an_answer() {
    let mut rig = Rig::new();
    rig.deploy_text("unique_violated.dmn", &dmn("unique_violated.dmn"));
    let command = evaluate(DecisionRef::Latest("tier".into()), r#"{"customer":{"points":500}}"#);
    let value = evaluated(&mut rig, 1, command);
    let failure = value.failure.unwrap();
    assert_eq!(&*failure.failed_decision_id, "tier");
    assert_eq!(value.evaluated_decisions.len(), 1);
    assert_eq!(value.decision_output.to_json(), "null");
    assert_snapshot!(failure.message);
}

#[test]
fn an_unknown_decision_is_refused() {
    let mut rig = Rig::new();
    rig.deploy_text("version_tag.dmn", &dmn("version_tag.dmn"));
    let unknown = evaluate(DecisionRef::Latest("nobody".into()), "{}");
    assert_snapshot!(rig.rejected(1, unknown), @"NOT_FOUND: Expected to evaluate decision 'nobody', but no decision found for id 'nobody'");
    let unknown = evaluate(DecisionRef::Key(DecisionKey(PartitionId(1).key(999))), "{}");
    assert_snapshot!(rig.rejected(1, unknown), @"NOT_FOUND: Expected to evaluate decision '2251799813686247', but no decision found for key '2251799813686247'");
    assert_snapshot!(rig.rejected(1, evaluate(DecisionRef::Key(DecisionKey(0)), "{}")), @"INVALID_ARGUMENT: Expected either a decision id or a valid decision key, but none provided");
    assert_snapshot!(rig.rejected(1, evaluate(DecisionRef::Latest("".into()), "{}")), @"INVALID_ARGUMENT: Expected either a decision id or a valid decision key, but none provided");
    let foreign = Command::EvaluateDecision(Box::new(EvaluateDecision {
        decision: DecisionRef::Latest("tagged".into()),
        variables: doc("{}"),
        tenant_id: "red".into(),
    }));
    assert!(rig.rejected(1, foreign).starts_with("NOT_FOUND"));
}

#[test]
fn an_evaluation_that_is_too_large_to_keep_is_refused() {
    let mut rig = Rig::with_config(1, |config| config.batch_bytes_max = 8_000);
    rig.deploy_text("version_tag.dmn", &dmn("version_tag.dmn"));
    let text = dmn("version_tag.dmn").replace(
        "<text>1</text>",
        "<text>for i in 1..1000 return \"a long text that is repeated\"</text>",
    );
    rig.deploy_text("version_tag.dmn", &text);
    let refused = rig.rejected(1, evaluate(DecisionRef::Latest("tagged".into()), "{}"));
    assert!(refused.starts_with("EXCEEDED_BATCH_RECORD_SIZE"), "{refused}");
}

#[test]
fn a_user_task_shows_the_form_it_names() {
    let text = fixture("user_task.bpmn")
        .replace("formKey=\"camunda-forms:bpmn:approve_form\"", "formId=\"approve\"");
    let mut rig = Rig::new();
    rig.deploy_text("user_task.bpmn", &text);
    rig.create("user_task", r#"{"requester":"eve"}"#);
    let log = rig.take_log();
    assert!(log.contains("FORM_NOT_FOUND") && !log.contains("JOB:CREATED"), "{log}");
    let Response::Deployed(first) =
        rig.ok(1, deploy_command("approve.form", &form("approve.form")))
    else {
        panic!()
    };
    rig.ok(1, resolve(incident_key(&log)));
    let job = rig.activate("io.camunda.zeebe:userTask").remove(0);
    let headers = job.custom_headers.to_json();
    assert!(headers.contains(&format!("formKey\":\"{}\"", first.forms[0].key)), "{headers}");
}

#[test]
fn a_form_is_bound_like_a_decision() {
    let form_of = |binding: &str| {
        fixture("user_task.bpmn").replace(
            "formKey=\"camunda-forms:bpmn:approve_form\"",
            &format!("formId=\"approve\" {binding}"),
        )
    };
    let mut rig = Rig::new();
    let form = form("approve.form");
    let together = form_of("bindingType=\"deployment\"");
    let first = deployed(&mut rig, &[("f.form", &form), ("p.bpmn", &together)]);
    rig.deploy_text("f.form", &form.replace("v1", "v2"));
    rig.create("user_task", r#"{"requester":"eve"}"#);
    let bound = rig.activate("io.camunda.zeebe:userTask").remove(0).custom_headers.to_json();
    assert!(bound.contains(&first.forms[0].key.to_string()), "{bound}");
    rig.deploy_text("p.bpmn", &form_of("bindingType=\"versionTag\" versionTag=\"v1\""));
    rig.create("user_task", r#"{"requester":"eve"}"#);
    let bound = rig.activate("io.camunda.zeebe:userTask").remove(0).custom_headers.to_json();
    assert!(bound.contains(&first.forms[0].key.to_string()), "{bound}");
    for (binding, said) in [
        ("bindingType=\"versionTag\" versionTag=\"v9\"", "version tag 'v9'"),
        ("bindingType=\"deployment\"", "in deployment"),
    ] {
        rig.deploy_text("p.bpmn", &form_of(binding));
        rig.take_log();
        rig.create("user_task", r#"{"requester":"eve"}"#);
        let log = rig.take_log();
        assert!(log.contains("FORM_NOT_FOUND") && log.contains(said), "{log}");
    }
}
