//! Where commands connect, as whom, and how they say that it did not work.

use std::net::TcpListener;

use tonic::Status;

use crate::{
    run::{at, command, has, run, skep, skep_at},
    stub::Stub,
};

#[test]
fn a_gateway_that_is_not_there_is_exit_code_3() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let address = format!("http://127.0.0.1:{port}");
    let ran = skep(&["status", "--address", &address]);
    has(ran.fails(3), &["error:", &address, "nothing listens", "Connection refused", "fix:"]);
}

#[test]
fn a_gateway_that_refuses_is_exit_code_4() {
    let stub = Stub::start();
    stub.refuse("Topology", Status::unauthenticated("no token"));
    has(skep_at(&stub, &["status"]).fails(4), &["no token", "UNAUTHENTICATED", "fix:"]);
    stub.refuse("CancelProcessInstance", Status::permission_denied("not yours"));
    has(skep_at(&stub, &["cancel", "1"]).fails(4), &["not yours", "PERMISSION_DENIED"]);
}

#[test]
fn a_refused_command_is_exit_code_1() {
    let stub = Stub::start();
    stub.refuse("CompleteJob", Status::not_found("no such job was found"));
    has(skep_at(&stub, &["complete", "1"]).fails(1), &["no such job was found", "NOT_FOUND"]);
}

#[test]
fn a_gateway_that_does_not_answer_is_given_up() {
    let stub = Stub::start();
    stub.hold();
    let ran = skep_at(&stub, &["status", "--request-timeout", "300ms"]);
    has(ran.fails(1), &["no answer", "within 300 ms"]);
}

#[test]
fn a_flag_beats_the_variable() {
    let stub = Stub::start();
    let mut elsewhere = command(&["status", "--address", &format!("http://{}", stub.address)]);
    elsewhere.env("ZEEBE_ADDRESS", "http://127.0.0.1:1");
    has(run(elsewhere, "").ok(), &["version 8.8.0", "partition 1: LEADER, HEALTHY", "anonymous"]);
}

#[test]
fn status_as_json() {
    let stub = Stub::start();
    let json = skep_at(&stub, &["status", "--output", "json"]).json();
    assert_eq!(json["gatewayVersion"], "8.8.0");
    assert_eq!(json["brokers"][0]["partitions"][0]["role"], "LEADER");
    assert_eq!(json["identity"]["claims"], serde_json::Value::Null);
}

#[test]
fn half_a_credential_is_refused_and_named() {
    let stub = Stub::start();
    let mut half = at(&stub, &["status"]);
    half.env("ZEEBE_CLIENT_ID", "orders");
    has(run(half, "").fails(2), &["client id is set, but no credential", "ZEEBE_CLIENT_SECRET"]);
    assert_eq!(stub.asked().len(), 0);
}

#[test]
fn settings_are_explained_with_their_origin_and_without_secrets() {
    let mut explain = command(&["auth", "explain", "--audience", "flag-audience"]);
    explain
        .env("ZEEBE_CLIENT_ID", "orders")
        .env("CAMUNDA_CLIENT_SECRET", "s3cret")
        .env("ZEEBE_CLIENT_SECRET", "other-s3cret")
        .env("ZEEBE_AUTHORIZATION_SERVER_URL", "https://idp.example/token")
        .env("ZEEBE_TOKEN_AUDIENCE", "variable-audience");
    let ran = run(explain, "");
    has(
        ran.ok(),
        &[
            "OAuth client credentials of orders by secret",
            "CAMUNDA_CLIENT_SECRET",
            "ZEEBE_CLIENT_SECRET, without effect",
            "flag-audience",
            "command line",
            "https://idp.example/token",
        ],
    );
    assert!(!ran.stdout.contains("s3cret"), "{}", ran.stdout);
}

#[test]
fn values_without_effect_are_explained() {
    let mut explain = command(&["auth", "explain"]);
    explain
        .env("CAMUNDA_AUTH_STRATEGY", "BASIC")
        .env("CAMUNDA_BASIC_AUTH_USERNAME", "demo")
        .env("CAMUNDA_BASIC_AUTH_PASSWORD", "pa55word")
        .env("ZEEBE_CLIENT_SECRET", "s3cret")
        .env("CAMUNDA_OAUTH_GRANT_TYPE", "password");
    let ran = run(explain, "");
    has(
        ran.ok(),
        &[
            "without effect with the rest as it is:",
            "ZEEBE_CLIENT_SECRET",
            "CAMUNDA_OAUTH_GRANT_TYPE has no effect: services use client_credentials",
        ],
    );
    assert!(!ran.stdout.contains("s3cret") && !ran.stdout.contains("pa55word"), "{}", ran.stdout);
}

#[test]
fn debug_logs_go_to_stderr_and_hold_no_secret() {
    let stub = Stub::start();
    stub.refuse("Topology", Status::unavailable("starting"));
    let mut status = at(&stub, &["status", "-vv"]);
    status.env("CAMUNDA_OAUTH_TOKEN", "t0ken");
    let ran = run(status, "");
    has(ran.ok(), &["version 8.8.0"]);
    has(&ran.stderr, &["DEBUG", "Topology"]);
    assert!(!ran.stderr.contains("t0ken"), "{}", ran.stderr);
}
