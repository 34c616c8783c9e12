//! `skep bench` against the stub: every instance is created, worked and counted.

use tonic::Status;

use crate::{
    run::{has, skep, skep_at},
    stub::Stub,
};

#[test]
fn an_open_loop_offers_what_it_was_told() {
    let stub = Stub::start();
    stub.make_jobs();
    let args = [
        "bench",
        "--rate",
        "100",
        "--duration",
        "1s",
        "--warm-up",
        "0",
        "--payload",
        "200",
        "--json",
    ];
    let ran = skep_at(&stub, &args);
    let report = ran.json();
    assert_eq!(report["offered"], 100);
    assert_eq!(report["completed"], 100);
    assert_eq!(report["errors"], 0);
    assert_eq!(report["offered_per_s"], 100.0);
    assert!(report["process_instances_per_s"].as_f64().unwrap() > 80.0, "{report}");
    let latency = &report["latency_ms"];
    let [p50, p99, max] = ["p50", "p99", "max"].map(|name| latency[name].as_f64().unwrap());
    assert!(p50 > 0.0 && p50 <= p99 && p99 <= max, "{latency}");

    let deployed = &stub.deployed()[0].resources[0];
    let created = stub.created();
    assert_eq!(created.len(), 100);
    assert_eq!(format!("{}.bpmn", created[0].bpmn_process_id), deployed.name);
    assert_eq!(created[0].variables.len(), 200);
    assert_eq!(stub.done().len(), 100);
}

#[test]
fn a_closed_loop_keeps_its_window() {
    let stub = Stub::start();
    stub.make_jobs();
    let args =
        ["bench", "--rate", "max", "--in-flight", "4", "--duration", "500ms", "--warm-up", "0"];
    let ran = skep_at(&stub, &args);
    has(ran.ok(), &["process instances", "errors             0"]);
    assert!(stub.created().len() > 4);
    assert_eq!(stub.created().len(), stub.done().len());
}

#[test]
fn errors_are_counted_and_end_in_exit_code_1() {
    let stub = Stub::start();
    stub.make_jobs();
    for _ in 0..3 {
        stub.refuse("CreateProcessInstance", Status::resource_exhausted("full"));
    }
    let args = ["bench", "--rate", "50", "--duration", "500ms", "--warm-up", "0", "--json"];
    let ran = skep_at(&stub, &args);
    assert_eq!(ran.code, 1, "{ran:?}");
    has(&ran.stderr, &["3 × create: ResourceExhausted"]);
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((&report["errors"], &report["completed"]), (&3.into(), &22.into()));
}

#[test]
fn a_process_with_calls_and_decisions_ends_with_its_result() {
    let stub = Stub::start();
    let [model, decision, variables] =
        ["bpmn/fulfil_order.bpmn", "dmn/carriers.dmn", "bpmn/fulfil_order.json"]
            .map(|name| format!("{}/../../tests/{name}", env!("CARGO_MANIFEST_DIR")));
    let flags = "--await-result --rate 20 --duration 500ms --warm-up 0 --json";
    let mut args = vec!["bench", "--model", &model, "--with", &decision, "--variables", &variables];
    args.extend(flags.split(' '));
    let report = skep_at(&stub, &args).json();
    assert_eq!((&report["completed"], &report["errors"]), (&10.into(), &0.into()), "{report}");
    assert_eq!(report["jobs_per_s"], 0.0, "{report}");

    let deployed = &stub.deployed()[0];
    let names: Vec<_> = deployed.resources.iter().map(|resource| &*resource.name).collect();
    assert_eq!(names[1], "carriers.dmn");
    let xml = String::from_utf8(deployed.resources[0].content.to_vec()).unwrap();
    let called = xml.split("processId=\"").nth(1).unwrap().split('"').next().unwrap();
    assert!(called.len() > "prepare_position_process".len(), "{called}");
    assert!(xml.contains(&format!("process id=\"{called}\"")), "{xml}");
    assert_eq!(report["payload_bytes"], 10_822);
}

#[test]
fn instances_that_wait_come_before_the_load() {
    let stub = Stub::start();
    stub.make_jobs();
    let flags = "bench --waiting 300 --rate 20 --duration 500ms --warm-up 0 --json";
    let args: Vec<_> = flags.split(' ').collect();
    let report = skep_at(&stub, &args).json();
    assert_eq!(report["waiting"]["instances"], 300);
    let created = stub.created();
    let waiting: Vec<_> =
        created.iter().filter(|one| one.bpmn_process_id.starts_with("waiting-")).collect();
    assert_eq!((waiting.len(), created.len()), (300, 310));
    let mut orders: Vec<_> = waiting.iter().map(|one| &one.variables).collect();
    orders.sort();
    orders.dedup();
    assert_eq!(orders.len(), 300, "each has a message of its own");
}

#[test]
fn a_model_that_cannot_be_measured_is_refused() {
    let stub = Stub::start();
    has(skep_at(&stub, &["bench", "--model", "nope.bpmn"]).fails(2), &["nope.bpmn", "cause:"]);
    assert_eq!(stub.deployed().len(), 0);
}

#[test]
fn no_call_notices_that_tokens_end_and_keys_roll_and_the_provider_restarts() {
    let flags = "bench --soak --rate 50 --duration 20s --warm-up 1s --token-lifetime 5s --json";
    let arguments: Vec<_> = flags.split(' ').collect();
    let ran = skep(&arguments);
    let report = ran.json();
    let soak = &report["soak"];
    assert_eq!(report["errors"], 0, "{report}");
    assert_eq!(report["completed"], 1000, "{report}");
    assert_eq!(soak["calls_waited_for_a_token"], 0, "{report}");
    assert_eq!(soak["calls_failed_for_want_of_a_token"], 0, "{report}");
    assert_eq!(soak["tokens_rejected"], 0, "{report}");
    assert_eq!((&soak["key_rollovers"], &soak["provider_restarts"]), (&2.into(), &1.into()));
    assert!(soak["tokens_fetched"].as_u64().unwrap() >= 5, "{report}");
}

#[test]
fn a_soak_brings_its_own_gateway() {
    let ran = skep(&["bench", "--soak", "--address", "localhost:1"]);
    has(ran.fails(2), &["--soak", "--address"]);
    let ran = skep(&["bench", "--soak", "--token-lifetime", "1s"]);
    has(ran.fails(2), &["is not from 5s to 1d"]);
}
