//! `skep batch` against a real server.

use std::process::Output;

use serde_json::Value;

use crate::server::{Server, printed, skep};

const ONE_TASK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../skep-client/assets/one-task.bpmn");
const TWO_TASKS: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/bpmn/two_service_tasks.bpmn");

/// A server without authentication that has both processes, and their keys.
fn server(dir: &tempfile::TempDir) -> (Server, [String; 2]) {
    let server = Server::start(dir.path(), &["--insecure-no-auth"]);
    let deployed = json(&grpc(&server, &["deploy", ONE_TASK, TWO_TASKS]));
    let key = |at: usize| deployed["deployments"][at]["key"].as_str().unwrap().to_owned();
    let keys = [key(0), key(1)];
    (server, keys)
}

fn grpc(server: &Server, arguments: &[&str]) -> Output {
    let connection = ["--insecure", "--address", &server.grpc, "--output", "json"];
    skep(arguments).args(connection).output().unwrap()
}

fn batch(server: &Server, arguments: &[&str]) -> Output {
    let address = format!("http://{}", server.http);
    skep(&["batch"]).args(arguments).args(["--rest-address", &address]).output().unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_str(&printed(output)).unwrap()
}

fn create(server: &Server, n: usize, process: &str) {
    for _ in 0..n {
        printed(&grpc(server, &["create", process]));
    }
}

fn n_jobs(server: &Server, job_type: &str) -> usize {
    let arguments = ["activate", job_type, "--no-wait", "--max-jobs", "100", "--timeout", "1ms"];
    json(&grpc(server, &arguments))["jobs"].as_array().unwrap().len()
}

/// The errors of a command that must have failed with `code`.
fn fails(output: &Output, code: i32) -> String {
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn instances_are_cancelled_and_the_end_is_waited_for() {
    let dir = tempfile::tempdir().unwrap();
    let (server, _) = server(&dir);
    create(&server, 5, "one_task");
    create(&server, 2, "two_service_tasks");
    let ran = batch(&server, &["create", "cancel", "--process", "one_task", "--wait"]);
    let text = printed(&ran);
    assert!(text.contains("(CANCEL_PROCESS_INSTANCE): COMPLETED"), "{text}");
    assert!(text.contains("5 of 5 process instances done, 0 failed"), "{text}");
    assert_eq!((n_jobs(&server, "one_task"), n_jobs(&server, "collect-money")), (0, 2));

    let created = json(&batch(&server, &["create", "cancel", "--all", "-o", "json"]));
    let key = created["batchOperationKey"].as_str().unwrap();
    let ended = json(&batch(&server, &["wait", key, "--timeout", "1m", "-o", "json"]));
    assert_eq!((&ended["state"], &ended["operationsTotalCount"]), (&"COMPLETED".into(), &2.into()));
    let shown = json(&batch(&server, &["show", key, "-o", "json"]));
    assert_eq!(shown, ended);
    // What has ended cannot be stopped any more.
    for action in ["suspend", "resume", "cancel"] {
        let errors = fails(&batch(&server, &[action, key]), 1);
        assert!(errors.contains("NOT_FOUND") && errors.contains(key), "{errors}");
    }
}

#[test]
fn instances_are_migrated_modified_and_mended() {
    let dir = tempfile::tempdir().unwrap();
    let (server, [_, target]) = server(&dir);
    create(&server, 3, "one_task");
    let migrate = ["create", "migrate", "--process", "one_task", "--to", &target];
    let ran = batch(&server, &[&migrate[..], &["--map", "task=collect_money", "--wait"]].concat());
    assert!(printed(&ran).contains("3 of 3"), "{ran:?}");
    let modify = ["create", "modify", "--process-key", &target, "--element", "collect_money"];
    let ran =
        batch(&server, &[&modify[..], &["--move", "collect_money=ship_parcel", "--wait"]].concat());
    assert!(printed(&ran).contains("3 of 3"), "{ran:?}");
    assert_eq!(n_jobs(&server, "ship-parcel"), 3);

    let jobs = json(&grpc(&server, &["activate", "ship-parcel", "--max-jobs", "2"]));
    for job in jobs["jobs"].as_array().unwrap() {
        let key = job["key"].as_str().unwrap();
        printed(&grpc(&server, &["fail", key, "--retries", "0"]));
    }
    let key = jobs["jobs"][0]["key"].as_str().unwrap();
    printed(&grpc(&server, &["update-retries", key, "--retries", "1"]));
    // One of them still has no retries: its incident comes back, which is not the operation's.
    let ran = batch(&server, &["create", "resolve-incidents", "--incident", "--wait"]);
    let text = format!("{ran:?}");
    assert!(text.contains("RESOLVE_INCIDENT"), "{text}");
    assert!(text.contains("of 2 process instances done"), "{text}");
    let key = text.split("batch operation ").nth(1).unwrap().split(' ').next().unwrap();
    let listed = printed(&batch(&server, &["items", key]));
    assert_eq!(listed.matches(", incident ").count(), 2, "{listed}");
    let failed = json(&batch(&server, &["items", key, "--state", "failed", "-o", "json"]));
    for item in failed["items"].as_array().unwrap() {
        assert!(item["errorMessage"].as_str().unwrap().contains("retries"), "{item}");
    }
}

#[test]
fn a_batch_operation_rests_goes_on_and_ends() {
    let dir = tempfile::tempdir().unwrap();
    let (server, _) = server(&dir);
    create(&server, 3, "one_task");
    // One that is over before anybody can suspend it has nothing left to suspend.
    let created = json(&batch(&server, &["create", "cancel", "--all", "-o", "json"]));
    let key = created["batchOperationKey"].as_str().unwrap();
    let suspended = batch(&server, &["suspend", key]);
    if suspended.status.success() {
        assert_eq!(printed(&suspended).trim_end(), format!("suspended batch operation {key}"));
        let shown = printed(&batch(&server, &["show", key]));
        assert!(shown.contains("SUSPENDED"), "{shown}");
        let errors = fails(&batch(&server, &["wait", key, "--timeout", "100ms"]), 1);
        assert!(
            errors.contains("has not ended in time") && errors.contains("it goes on"),
            "{errors}"
        );
        printed(&batch(&server, &["resume", key]));
    } else {
        assert!(fails(&suspended, 1).contains("NOT_FOUND"));
    }
    printed(&batch(&server, &["wait", key]));
}

#[test]
fn a_definition_is_shown_and_its_file_fetched() {
    let dir = tempfile::tempdir().unwrap();
    let (server, [key, _]) = server(&dir);
    let address = format!("http://{}", server.http);
    let definition = |arguments: &[&str]| {
        let arguments = [&["definition"], arguments, &["--rest-address", &address]].concat();
        skep(&arguments).output().unwrap()
    };
    let shown = printed(&definition(&[&key]));
    assert!(shown.contains("process one_task version 1") && shown.contains("name: One task"));
    assert_eq!(json(&definition(&[&key, "-o", "json"]))["state"], "ACTIVE");
    let xml = printed(&definition(&[&key, "--xml"]));
    assert_eq!(xml, std::fs::read_to_string(ONE_TASK).unwrap());
    let errors = fails(&definition(&["7"]), 1);
    assert!(errors.contains("Process Definition with key '7' not found"), "{errors}");
}

#[test]
fn mistakes_are_told_with_their_fix() {
    let dir = tempfile::tempdir().unwrap();
    let (server, _) = server(&dir);
    let errors = fails(&batch(&server, &["create", "cancel"]), 2);
    assert!(errors.contains("--all for all that run"), "{errors}");
    let errors = fails(&batch(&server, &["create", "migrate", "--all", "--to", "7"]), 2);
    assert!(errors.contains("--map"), "{errors}");
    let errors = fails(&batch(&server, &["create", "modify", "--all", "--move", "a"]), 2);
    assert!(errors.contains("two element ids"), "{errors}");
    let arguments = ["create", "cancel", "--filter", r#"{"startDate": "yesterday"}"#];
    let errors = fails(&batch(&server, &arguments), 1);
    assert!(errors.contains("startDate") && errors.contains("INVALID_ARGUMENT"), "{errors}");
    let errors = fails(&batch(&server, &["show", "7"]), 1);
    assert!(errors.contains("'7'") && errors.contains("NOT_FOUND"), "{errors}");

    let address = format!("http://{}", server.grpc);
    let output = skep(&["batch", "show", "7", "--rest-address", &address]).output().unwrap();
    assert!(!output.status.success(), "{output:?}");
    let address = format!("http://{}", server.http);
    drop(server);
    let output = skep(&["batch", "show", "7", "--rest-address", &address]).output().unwrap();
    let errors = fails(&output, 3);
    assert!(errors.contains("cannot reach the REST API"), "{errors}");
    assert!(errors.contains("fix: ") && errors.contains("--rest-address"), "{errors}");
}

#[test]
fn the_rest_api_is_called_with_a_token() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path(), &["--dev", "--idp-port", "0"]);
    let environment = server.environment("certificate");
    let output = skep(&["batch", "show", "7"]).envs(&environment).output().unwrap();
    assert!(fails(&output, 1).contains("NOT_FOUND"));
    let rest = &environment["ZEEBE_REST_ADDRESS"];
    let without = skep(&["batch", "show", "7", "--rest-address", rest]).output().unwrap();
    let errors = fails(&without, 4);
    assert!(errors.contains("401") && errors.contains("fix: "), "{errors}");
}
