//! The client commands against the real server, over OAuth.

use std::{
    collections::HashMap,
    path::Path,
    process::{Command, Stdio},
};

use serde_json::{Value, json};

use crate::{
    run::{Ran, command, has, run},
    server::Server,
};

/// Processes for every outcome of a job, and for a message.
const MODEL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/interop/models/interop.bpmn");

/// A server for development with the processes of [`MODEL`].
struct World {
    server: Server,
    environment: HashMap<String, String>,
    _dir: tempfile::TempDir,
}

impl World {
    fn start(app: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let server = Server::start(dir.path(), &["--dev", "--idp-port", "0"]);
        let environment = server.environment(app);
        let world = Self { server, environment, _dir: dir };
        world.skep(&["deploy", MODEL]).ok();
        world
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = command(args);
        command.envs(&self.environment);
        command
    }

    fn skep(&self, args: &[&str]) -> Ran {
        run(self.command(args), "")
    }

    /// Creates an instance in the background and gives its result when it has completed.
    fn create_with_result(&self, process: &str, variables: &Value) -> Waiting {
        let variables = variables.to_string();
        let args = [
            "create",
            process,
            "--variables",
            &variables,
            "--with-result",
            "--output",
            "json",
            "--request-timeout",
            "60s",
        ];
        let mut create = self.command(&args);
        Waiting(create.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
    }

    /// Works jobs of `job_type` with a shell script until it has worked `count`.
    fn work(&self, job_type: &str, count: &str, script: &str) -> Ran {
        self.skep(&["worker", job_type, "--count", count, "--", "sh", "-c", script])
    }
}

struct Waiting(std::process::Child);

impl Waiting {
    fn result(self) -> Value {
        let output = self.0.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

#[test]
fn a_job_is_worked_by_a_command_signed_in_by_secret() {
    let world = World::start("secret");
    has(world.skep(&["status"]).ok(), &["by secret", "LEADER", "issuer", "ends"]);
    let waiting = world.create_with_result("interop_work", &json!({"jobType": "t-1", "n": 20}));
    let script = r#"case "$(cat)" in *'"n":20'*) echo '{"twice": 40}';; *) exit 1;; esac"#;
    has(world.work("t-1", "1", script).ok(), &["completed in"]);
    assert_eq!(waiting.result()["variables"], json!({"jobType": "t-1", "n": 20, "twice": 40}));
}

#[test]
fn a_failed_job_is_tried_again_signed_in_by_certificate() {
    let world = World::start("certificate");
    has(world.skep(&["status"]).ok(), &["by certificate"]);
    let waiting = world.create_with_result("interop_work", &json!({"jobType": "t-2"}));
    let script = r#"if [ "$SKEP_JOB_RETRIES" = 3 ]; then echo not yet >&2; exit 1; fi
        echo "{\"retries\": $SKEP_JOB_RETRIES, \"desk\": $SKEP_JOB_HEADERS}""#;
    let ran = world.work("t-2", "2", script);
    has(ran.ok(), &["failed in", "not yet", "completed in"]);
    let variables = &waiting.result()["variables"];
    assert_eq!(variables["retries"], 2);
    assert_eq!(variables["desk"]["desk"], "north");
}

#[test]
fn a_bpmn_error_takes_the_other_way() {
    let world = World::start("secret");
    let variables = json!({"jobType": "t-3", "orderId": "order-1"});
    let waiting = world.create_with_result("interop_payment", &variables);
    world.work("t-3", "1", r#"echo '{"bpmnError": "CARD_DECLINED"}'"#).ok();
    assert_eq!(waiting.result()["variables"]["outcome"], "declined for order-1");
}

#[test]
fn a_message_reaches_the_instance_that_waits() {
    let world = World::start("secret");
    let waiting = world.create_with_result("interop_message", &json!({"orderId": "order-7"}));
    let publish = [
        "publish",
        "payment-received",
        "--correlation-key",
        "order-7",
        "--variables",
        r#"{"paid": true}"#,
    ];
    world.skep(&publish).ok();
    assert_eq!(waiting.result()["variables"], json!({"orderId": "order-7", "paid": true}));
}

#[test]
fn jobs_are_handled_by_single_commands() {
    let world = World::start("secret");
    let create = ["create", "interop_work", "--variables", r#"{"jobType": "t-4"}"#, "-o", "json"];
    let created = world.skep(&create).json();
    let instance = created["processInstanceKey"].as_str().unwrap();
    let activate = ["activate", "t-4", "--output", "json"];
    let job = world.skep(&activate).json()["jobs"][0].clone();
    assert_eq!(job["processInstanceKey"].as_str(), Some(instance));
    let key = job["key"].as_str().unwrap();
    world.skep(&["update-timeout", key, "--timeout", "2m"]).ok();
    world.skep(&["fail", key, "--retries", "1", "--message", "later"]).ok();
    let again = world.skep(&activate).json()["jobs"][0].clone();
    assert_eq!((again["key"].as_str(), &again["retries"]), (Some(key), &json!(1)));
    world.skep(&["fail", key, "--retries", "0", "--message", "no more"]).ok();
    has(world.skep(&["complete", key]).fails(1), &["state 'FAILED'", "FAILED_PRECONDITION"]);
    world.skep(&["update-retries", key, "--retries", "2"]).ok();
    world.skep(&["set-variables", instance, "--variables", r#"{"fixed": true}"#]).ok();
    world.skep(&["cancel", instance]).ok();
    has(world.skep(&["cancel", instance]).fails(1), &["NOT_FOUND"]);
}

#[test]
fn bad_input_is_refused_with_its_reason() {
    let world = World::start("secret");
    has(world.skep(&["complete", "123"]).fails(1), &["partition 0", "UNAVAILABLE"]);
    has(world.skep(&["complete", "2251799813699999"]).fails(1), &["no such job", "NOT_FOUND"]);
    has(world.skep(&["create", "no_such_process"]).fails(1), &["no_such_process", "NOT_FOUND"]);
    let broken = Path::new(MODEL).parent().unwrap().join("../../bpmn/invalid/broken_flow.bpmn");
    let ran = world.skep(&["deploy", broken.to_str().unwrap()]);
    has(ran.fails(1), &["broken_flow.bpmn", "INVALID_ARGUMENT"]);
}

#[test]
fn a_load_leaves_a_journal_that_can_be_read_and_verified() {
    let world = World::start("secret");
    let bench = ["bench", "--rate", "50", "--duration", "1s", "--warm-up", "0", "--json"];
    let report = world.skep(&bench).json();
    assert_eq!((&report["completed"], &report["errors"]), (&json!(50), &json!(0)), "{report}");
    let dir = world.server.data_dir.to_str().unwrap().to_owned();
    // While the server runs, reading is allowed.
    let printed = world.skep(&["journal", "print", "--data-dir", &dir]);
    let n_completed = printed.ok().lines().filter(|line| line.contains(" JOB:COMPLETED")).count();
    assert_eq!(n_completed, 50);
    assert!(!printed.stdout.contains("xxxx"), "a variable value is printed");
    let (status, log) = world.server.stop();
    assert!(status.success(), "{log}");
    has(
        run(command(&["journal", "verify", "--data-dir", &dir]), "").ok(),
        &["records at positions 1 to"],
    );
}
