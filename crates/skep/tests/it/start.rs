//! Starting, stopping and refusing to start.

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
};

use crate::server::{Server, printed, skep};

#[test]
fn a_development_server_says_where_it_is_and_stops_cleanly() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path(), &["--dev", "--idp-port", "0"]);
    let environment = server.environment("secret");
    let grpc_port = server.grpc.rsplit(':').next().unwrap();
    assert_eq!(environment["ZEEBE_ADDRESS"], format!("localhost:{grpc_port}"));
    let status = skep(&["status"]).envs(&environment).output().unwrap();
    assert!(printed(&status).contains("partition"), "{}", printed(&status));
    let (status, log) = server.stop();
    assert!(status.success(), "{status}: {log}");
    let secret = &environment["ZEEBE_CLIENT_SECRET"];
    assert!(!log.contains(secret.as_str()), "the log shows the client secret");
    // Nobody is there any more, and `skep env` says so.
    let output = skep(&["env", "--data-dir"]).arg(dir.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("no server is running"));
}

#[test]
fn the_memory_budget_is_told_at_the_start() {
    let dir = tempfile::tempdir().unwrap();
    for (flags, told) in [
        (&["--memory-budget", "512MB"][..], "budget=512MB bytes=536870912"),
        (&["--memory-budget", "unlimited"], "all process instances stay in memory"),
    ] {
        let flags = [&["--insecure-no-auth"], flags].concat();
        let server = Server::start(dir.path(), &flags);
        let (status, log) = server.stop();
        assert!(status.success() && log.contains(told), "{status}: {log}");
    }
    let wrong = skep(&["start", "--dev", "--memory-budget", "lots"]).output().unwrap();
    assert_eq!(wrong.status.code(), Some(2));
    let errors = String::from_utf8_lossy(&wrong.stderr);
    assert!(errors.contains("is not an amount of memory; write for example 512MB"), "{errors}");
}

#[test]
fn both_sample_applications_may_call() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path(), &["--dev", "--idp-port", "0"]);
    for app in ["secret", "certificate"] {
        let environment = server.environment(app);
        let status = skep(&["status"]).envs(&environment).output().unwrap();
        printed(&status);
    }
}

#[test]
fn a_call_without_a_token_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path(), &["--dev", "--idp-port", "0"]);
    let output = skep(&["status", "--insecure", "--address", &server.grpc]).output().unwrap();
    assert_eq!(output.status.code(), Some(4), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stderr).contains("SKEP-AUTH"));
}

#[test]
fn a_second_server_on_the_same_directory_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let _first = Server::start(dir.path(), &["--insecure-no-auth"]);
    let output = skep(&["start", "--insecure-no-auth", "--grpc-port", "0", "--http-port", "0"])
        .arg("--data-dir")
        .arg(dir.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.contains("in use by another process"), "{errors}");
}

#[test]
fn a_taken_port_is_named_with_the_flag_that_changes_it() {
    let dir = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = skep(&["start", "--dev", "--http-port", "0", "--idp-port", "0"])
        .args(["--grpc-port", &port, "--data-dir"])
        .arg(dir.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.contains(&port) && errors.contains("--grpc-port"), "{errors}");
}

#[test]
fn a_server_that_does_not_know_whom_to_trust_does_not_start() {
    let dir = tempfile::tempdir().unwrap();
    let output = skep(&["start", "--data-dir"]).arg(dir.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.contains("SKEP_SECURITY_ENTRATENANTID"), "{errors}");
    assert!(std::fs::read_dir(dir.path()).unwrap().next().is_none(), "it left files behind");
}

#[test]
fn a_server_without_security_says_so_loudly() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path(), &["--insecure-no-auth"]);
    let (status, log) = server.stop();
    assert!(status.success());
    assert!(log.contains("security is OFF"), "{log}");
}

#[test]
fn users_of_the_configuration_call_by_name_and_password() {
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("skep.yaml");
    let text = "camunda:\n  security:\n    authentication:\n      method: basic\n    \
                initialization:\n      users:\n        - username: demo\n          \
                password: wonder-Land-7\n          name: Demo\n";
    std::fs::write(&config, text).unwrap();
    let data_dir = dir.path().join("data");
    let server = Server::start(&data_dir, &["--config", config.to_str().unwrap()]);
    let status = |password: &str| {
        let mut command = skep(&["status"]);
        command.env("ZEEBE_ADDRESS", &server.grpc).env("ZEEBE_INSECURE_CONNECTION", "true");
        command.env("CAMUNDA_AUTH_STRATEGY", "basic").env("CAMUNDA_BASIC_AUTH_USERNAME", "demo");
        command.env("CAMUNDA_BASIC_AUTH_PASSWORD", password).output().unwrap()
    };
    assert!(printed(&status("wonder-Land-7")).contains("partition"));
    let refused = status("guess");
    assert_eq!(refused.status.code(), Some(4));
    let text = String::from_utf8_lossy(&refused.stderr);
    assert!(text.contains("SKEP-AUTH-PASSWORD") && text.contains("fix"), "{text}");
    let (_, log) = server.stop();
    assert!(!log.contains("wonder-Land-7"), "the log shows the password");
}

/// Sends a request without waiting for more than its status line.
fn send(server: &Server, method: &str, path: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(&server.http).unwrap();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.lines().next().unwrap_or_default().to_owned()
}

#[test]
fn a_pinned_clock_outlives_kill_9() {
    const MODEL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../skep-client/assets/one-task.bpmn");
    let dir = tempfile::tempdir().unwrap();
    let start = || {
        let controlled = [("ZEEBE_CLOCK_CONTROLLED", "true")];
        Server::start_with(dir.path(), &["--insecure-no-auth"], &controlled)
    };
    let at = |server: &Server, arguments: &[&str]| {
        let mut command = skep(arguments);
        command.args(["--insecure", "--address", &server.grpc, "--output", "json"]);
        serde_json::from_str::<serde_json::Value>(&printed(&command.output().unwrap())).unwrap()
    };
    let deadline = |server: &Server| {
        at(server, &["create", "one_task"]);
        at(server, &["activate", "one_task", "--timeout", "1m"])["jobs"][0]["deadline"]
            .as_i64()
            .unwrap()
    };
    let server = start();
    at(&server, &["deploy", MODEL]);
    let pin = send(&server, "PUT", "/v2/clock", r#"{"timestamp": 2000000000000}"#);
    assert_eq!(pin, "HTTP/1.1 204 No Content");
    assert_eq!(deadline(&server), 2_000_000_060_000);
    server.kill();
    let server = start();
    assert_eq!(deadline(&server), 2_000_000_060_000);
    assert_eq!(send(&server, "POST", "/v2/clock/reset", ""), "HTTP/1.1 204 No Content");
    server.kill();
    assert!(deadline(&start()) < 2_000_000_000_000);
}
