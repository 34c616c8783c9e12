//! Commands about processes, jobs, messages and incidents: what they send and what they print.

use std::fs;

use serde_json::json;

use crate::{
    run::{at, has, run, skep_at},
    stub::{Done, Stub, job},
};

#[test]
fn deploy_sends_files_under_their_names() {
    let stub = Stub::start();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    for name in ["order.bpmn", "pay.bpmn"] {
        fs::write(path(name), format!("<{name}/>")).unwrap();
    }
    let ran = skep_at(&stub, &["deploy", &path("order.bpmn"), &path("pay.bpmn")]);
    has(ran.ok(), &["deployed process order version 1, key 5 (order.bpmn)", "process pay"]);
    let deployed = &stub.deployed()[0];
    assert_eq!(deployed.resources[1].name, "pay.bpmn");
    assert_eq!(&deployed.resources[1].content[..], b"<pay.bpmn/>");
}

#[test]
fn deploy_says_which_file_is_missing_and_sends_nothing() {
    let stub = Stub::start();
    has(skep_at(&stub, &["deploy", "no/such.bpmn"]).fails(2), &["no/such.bpmn", "cause:"]);
    assert_eq!(stub.asked().len(), 0);
}

#[test]
fn create_by_id_with_variables_from_stdin() {
    let stub = Stub::start();
    let create = at(&stub, &["create", "order", "--variables", "-", "--version", "3"]);
    let ran = run(create, r#"{"total": 42}"#);
    assert_eq!(ran.ok(), "created process instance 1001 of order version 1");
    let created = &stub.created()[0];
    assert_eq!((created.bpmn_process_id.as_str(), created.version), ("order", 3));
    assert_eq!(created.variables, r#"{"total":42}"#);
    assert_eq!(created.tenant_id, "<default>");
}

#[test]
fn create_by_key_as_json() {
    let stub = Stub::start();
    let json = skep_at(&stub, &["create", "2251799813685249", "-o", "json"]).json();
    assert_eq!(json["processInstanceKey"], "1001", "keys are text: they exceed what JSON holds");
    assert_eq!(stub.created()[0].process_definition_key, 2_251_799_813_685_249);
    assert_eq!(stub.created()[0].bpmn_process_id, "");
}

#[test]
fn create_with_result_prints_the_variables() {
    let stub = Stub::start();
    let args = ["create", "order", "--with-result", "--request-timeout", "5s"];
    has(skep_at(&stub, &args).ok(), &["completed process instance 1001", "\"receipt\": \"r-1\""]);
    let json = skep_at(&stub, &[&args[..], &["--output", "json"]].concat()).json();
    assert_eq!(json["variables"], json!({"receipt": "r-1"}));
}

#[test]
fn variables_must_be_an_object() {
    let stub = Stub::start();
    for (variables, told) in [("[1]", "be an array"), ("{a", "is not JSON"), ("@nope", "file nope")]
    {
        let ran = skep_at(&stub, &["create", "order", "--variables", variables]);
        has(ran.fails(2), &[told]);
    }
    assert_eq!(stub.asked().len(), 0);
}

#[test]
fn publish_and_broadcast() {
    let stub = Stub::start();
    let publish = [
        "publish",
        "paid",
        "--correlation-key",
        "order-42",
        "--message-id",
        "m-1",
        "--ttl",
        "10m",
        "--variables",
        "{\"paid\":true}",
    ];
    assert_eq!(skep_at(&stub, &publish).ok(), "published message paid with key 8");
    let published = &stub.published()[0];
    assert_eq!((published.name.as_str(), published.correlation_key.as_str()), ("paid", "order-42"));
    assert_eq!((published.message_id.as_str(), published.time_to_live), ("m-1", 600_000));

    assert_eq!(skep_at(&stub, &["signal", "closed"]).ok(), "broadcast signal closed with key 10");
    assert_eq!(stub.broadcast()[0].signal_name, "closed");
}

#[test]
fn jobs_are_activated_completed_failed_and_thrown() {
    let stub = Stub::start();
    stub.add_job(job(1));
    let json = skep_at(&stub, &["activate", "work", "--max-jobs", "2", "-o", "json"]).json();
    assert_eq!(json["jobs"][0]["key"], "1");
    assert_eq!(json["jobs"][0]["variables"], json!({"n": 1}));
    let none = skep_at(&stub, &["activate", "work", "--no-wait"]);
    assert_eq!(none.ok(), "");
    has(&none.stderr, &["no jobs of type work"]);

    skep_at(&stub, &["complete", "1", "--variables", "{\"r\":1}"]).ok();
    skep_at(&stub, &["fail", "2", "--retries", "0", "--message", "no", "--back-off", "2s"]).ok();
    skep_at(&stub, &["throw-error", "3", "declined", "--message", "limit"]).ok();
    let expected = [
        Done::Completed { key: 1, variables: r#"{"r":1}"#.to_owned() },
        Done::Failed {
            key: 2,
            retries: 0,
            message: "no".to_owned(),
            back_off_ms: 2_000,
            variables: "{}".to_owned(),
        },
        Done::Thrown { key: 3, code: "declined".to_owned(), message: "limit".to_owned() },
    ];
    assert_eq!(stub.done(), expected);
}

#[test]
fn a_job_is_completed_with_a_result() {
    let stub = Stub::start();
    skep_at(&stub, &["complete", "1", "--result", r#"{"denied":true,"deniedReason":"no"}"#]).ok();
    let result = stub.results().remove(0);
    assert_eq!((result.denied, result.denied_reason.as_deref()), (Some(true), Some("no")));
    let refused = skep_at(&stub, &["complete", "1", "--result", r#"{"deny":true}"#]);
    has(refused.fails(2), &["unknown field `deny`", "the job result cannot be sent"]);
    assert_eq!(stub.done().len(), 1, "nothing was sent");
}

#[test]
fn keys_and_numbers_arrive() {
    let stub = Stub::start();
    skep_at(&stub, &["cancel", "11"]).ok();
    skep_at(&stub, &["resolve-incident", "12"]).ok();
    assert_eq!(skep_at(&stub, &["delete", "16"]).ok(), "deleted resource 16");
    skep_at(&stub, &["update-retries", "13", "--retries", "4"]).ok();
    skep_at(&stub, &["update-timeout", "14", "--timeout", "1m"]).ok();
    let plain = stub.plain().join("\n");
    for part in [
        "process_instance_key: 11",
        "incident_key: 12",
        "resource_key: 16",
        "job_key: 13, retries: 4",
        "job_key: 14, timeout: 60000",
    ] {
        has(&plain, &[part]);
    }
    skep_at(&stub, &["set-variables", "15", "--variables", "{\"a\":1}", "--local"]).ok();
    let set = &stub.variables_set()[0];
    assert_eq!(
        (set.element_instance_key, set.variables.as_str(), set.local),
        (15, "{\"a\":1}", true)
    );
}

#[test]
fn evaluate_prints_the_result() {
    let stub = Stub::start();
    let args = ["evaluate", "dish", "--variables", "{\"season\":\"winter\"}"];
    has(skep_at(&stub, &args).ok(), &["\"season\": \"winter\""]);
    let json = skep_at(&stub, &[&args[..], &["--output", "json"]].concat()).json();
    assert_eq!(json["decisionOutput"], json!({"season": "winter"}));
    assert_eq!((&json["decisionKey"], &json["decisionId"]), (&json!("9"), &json!("dish")));
    let by_key = ["evaluate", "2251799813685253", "--tenant", "red", "--variables", "{\"a\":1}"];
    skep_at(&stub, &by_key).ok();
    let evaluated = &stub.evaluated()[2];
    assert_eq!(
        (evaluated.decision_key, evaluated.tenant_id.as_str()),
        (2_251_799_813_685_253, "red")
    );
    assert_eq!(evaluated.decision_id, "");
}

#[test]
fn evaluate_says_why_there_is_no_result() {
    let stub = Stub::start();
    let ran = skep_at(&stub, &["evaluate", "broken"]);
    has(ran.fails(1), &["decision broken has no result", "two rules match"]);
}
