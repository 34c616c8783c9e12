//! `skep search` against a real server.

use std::process::Output;

use serde_json::Value;

use crate::server::{Server, printed, skep};

const ONE_TASK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../skep-client/assets/one-task.bpmn");

fn grpc(server: &Server, arguments: &[&str]) -> Value {
    let connection = ["--insecure", "--address", &server.grpc, "--output", "json"];
    json(&skep(arguments).args(connection).output().unwrap())
}

fn search(server: &Server, arguments: &[&str]) -> Output {
    let address = format!("http://{}", server.http);
    skep(&["search"]).args(arguments).args(["--rest-address", &address]).output().unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_str(&printed(output)).unwrap()
}

fn errors(output: &Output, code: i32) -> String {
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn what_was_created_is_found_listed_and_counted() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path(), &["--insecure-no-auth"]);
    let none = search(&server, &["process-instances"]);
    assert_eq!((printed(&none).as_str(), errors(&none, 0).trim_end()), ("", "nothing is found"));
    grpc(&server, &["deploy", ONE_TASK]);
    let keys: Vec<String> = (0..5)
        .map(|_| grpc(&server, &["create", "one_task"])["processInstanceKey"].to_string())
        .map(|key| key.trim_matches('"').to_owned())
        .collect();

    let listed = search(&server, &["process-instances", "--limit", "2"]);
    let text = printed(&listed);
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("processInstanceKey  processDefinitionId"), "{text}");
    assert!(lines[1].starts_with(&keys[0]) && lines[1].contains("ACTIVE"), "{text}");
    assert_eq!(lines.len(), 3);
    let said = errors(&listed, 0);
    assert!(said.contains("these are 2 of 5; --limit or --all shows more"), "{said}");

    let last = ["process-instances", "--where", "state=ACTIVE", "--sort", "startDate:desc"];
    let last = [&last[..], &["--sort", "processInstanceKey:desc", "--limit", "1", "-o", "json"]];
    let found = json(&search(&server, &last.concat()));
    assert_eq!(found["items"][0]["processInstanceKey"], keys[4].as_str());
    assert_eq!(found["page"]["totalItems"], 5);
    let one = format!("processInstanceKey={}", keys[2]);
    let arguments = ["element-instances", "--where", &one, "--where", "type~*_TASK", "-o", "json"];
    let refused = search(&server, &arguments);
    assert!(errors(&refused, 1).contains("filter.type"), "{refused:?}");
    let arguments = ["element-instances", "--where", &one, "--where", "state!=COMPLETED"];
    let text = printed(&search(&server, &arguments));
    assert!(text.contains("SERVICE_TASK") && !text.contains("START_EVENT"), "{text}");
    let filter = format!(r#"{{"processInstanceKey": {{"$in": ["{}"]}}}}"#, keys[1]);
    let found = search(&server, &["process-instances", "--filter", &filter, "--all", "-o", "json"]);
    assert_eq!(json(&found)["items"].as_array().unwrap().len(), 1);
}

#[test]
fn what_cannot_be_searched_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("skep.yaml");
    std::fs::write(&config, "skep:\n  search:\n    enabled: false\n").unwrap();
    let config = config.to_str().unwrap();
    let data = dir.path().join("data");
    let server = Server::start(&data, &["--insecure-no-auth", "--config", config]);
    let refused = errors(&search(&server, &["process-instances"]), 4);
    assert!(refused.contains("SKEP_SEARCH_ENABLED"), "{refused}");
    assert!(!data.join("history.db").exists());
    let refused = errors(&search(&server, &["incidents", "--where", "state"]), 2);
    assert!(refused.contains("a condition is NAME=VALUE"), "{refused}");
    let refused = errors(&search(&server, &["incidents", "--filter", "x"]), 2);
    assert!(refused.contains("--filter is not a JSON object"), "{refused}");
    let refused = errors(&search(&server, &["jobs", "--variable", "a=b"]), 2);
    assert!(refused.contains("--variable is for process instances"), "{refused}");
}

#[test]
fn what_is_created_is_looked_for_beside_the_load() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path(), &["--insecure-no-auth"]);
    let rest = format!("http://{}", server.http);
    let arguments = ["bench", "--find", "--rate", "20", "--duration", "1s", "--warm-up", "1s"];
    let mut command = skep(&[&arguments[..], &["--json"]].concat());
    command.args(["--insecure", "--address", &server.grpc]).env("ZEEBE_REST_ADDRESS", rest);
    let report = json(&command.output().unwrap());
    let found = &report["finding"];
    assert!(found["instances"].as_u64().unwrap() > 0, "{report}");
    assert!(found["latency_ms"]["p99"].as_f64().unwrap() > 0.0, "{report}");
}
