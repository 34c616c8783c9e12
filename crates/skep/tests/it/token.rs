//! `skep token`: claims, but no token unless asked.

use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    process::Command,
    thread,
};

use crate::run::{command, has, run, skep};

/// `{"alg":"RS256","typ":"JWT"}` and claims of an app, with a signature nobody checks.
const TOKEN: &str = "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.\
    eyJpc3MiOiJodHRwczovL2lkcC90L3YyLjAiLCJhdWQiOiJhcGkiLCJhenAiOiJvcmRlcnMiLCJleHAiOjQxMDI0NDQ4MDB9.\
    c2lnbmF0dXJl";

/// A provider that gives every request the same answer.
fn provider(status: &str, body: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/token", listener.local_addr().unwrap());
    let answer = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n{body}",
        body.len()
    );
    thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            let mut request = [0; 4_096];
            let n = connection.read(&mut request).unwrap();
            assert!(n > 0);
            connection.write_all(answer.as_bytes()).unwrap();
        }
    });
    url
}

fn token(args: &[&str], url: &str) -> Command {
    let mut command = command(&[&["token"], args].concat());
    command
        .env("ZEEBE_CLIENT_ID", "orders")
        .env("ZEEBE_CLIENT_SECRET", "s3cret")
        .env("ZEEBE_TOKEN_AUDIENCE", "api")
        .env("ZEEBE_AUTHORIZATION_SERVER_URL", url);
    command
}

fn good() -> String {
    let body = serde_json::json!({
        "access_token": TOKEN, "token_type": "Bearer", "expires_in": 3_600,
    });
    provider("200 OK", &body.to_string())
}

#[test]
fn claims_are_shown_and_the_token_is_not() {
    let url = good();
    let ran = run(token(&[], &url), "");
    has(ran.ok(), &["client    orders", "issuer    https://idp/t/v2.0", "audience  api", "ends"]);
    let decoded = run(token(&["--decode"], &url), "").json();
    assert_eq!(decoded["header"]["alg"], "RS256");
    assert_eq!(decoded["claims"]["azp"], "orders");
    for shown in [ran.stdout, ran.stderr, decoded.to_string()] {
        assert!(!shown.contains("c2lnbmF0dXJl") && !shown.contains("s3cret"), "{shown}");
    }
}

#[test]
fn the_guides_log_level_shows_the_exchange_without_secrets() {
    for name in ["ZEEBE_LOG_LEVEL", "CAMUNDA_LOG_LEVEL"] {
        let mut debug = token(&[], &good());
        debug.env(name, "debug");
        let ran = run(debug, "");
        ran.ok();
        has(&ran.stderr, &["requesting a token", "client_credentials", "got a token", "orders"]);
        assert!(!ran.stderr.contains("s3cret") && !ran.stderr.contains(TOKEN), "{}", ran.stderr);
    }
    let quiet = run(token(&[], &good()), "");
    assert!(!quiet.stderr.contains("requesting"), "{}", quiet.stderr);
}

#[test]
fn the_token_is_printed_when_asked_for() {
    assert_eq!(run(token(&["--show"], &good()), "").ok(), TOKEN);
}

#[test]
fn the_request_for_curl_leaves_the_secret_in_its_variable() {
    let ran = run(token(&["--curl"], "https://idp.example/token"), "");
    has(
        ran.ok(),
        &["curl -sS 'https://idp.example/token'", "'client_id=orders'", "$ZEEBE_CLIENT_SECRET"],
    );
    assert!(!ran.stdout.contains("s3cret"), "{}", ran.stdout);
}

#[test]
fn a_provider_that_refuses_is_exit_code_4_with_cause_and_fix() {
    let body = r#"{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided.","correlation_id":"c-1"}"#;
    let ran = run(token(&[], &provider("401 Unauthorized", body)), "");
    has(ran.fails(4), &["7000215", "invalid_client", "fix:"]);
    assert!(!ran.stderr.contains("s3cret"), "{}", ran.stderr);
}

#[test]
fn a_provider_that_is_not_there_is_exit_code_3() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{port}/token");
    has(run(token(&[], &url), "").fails(3), &[&url, "fix:"]);
}

#[test]
fn without_credentials_there_is_no_token() {
    has(skep(&["token"]).fails(4), &["no authentication is set", "ZEEBE_CLIENT_ID"]);
}

#[test]
fn a_wrong_keystore_password_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let keystore = folder.path().join("client.p12");
    std::fs::write(&keystore, b"no keystore").unwrap();
    let mut command = command(&["token", "--keystore", keystore.to_str().unwrap()]);
    command
        .env("ZEEBE_CLIENT_ID", "orders")
        .env("ZEEBE_CLIENT_ASSERTION_KEYSTORE_PASSWORD", "pa55word")
        .env("ZEEBE_TOKEN_AUDIENCE", "api")
        .env("ZEEBE_AUTHORIZATION_SERVER_URL", "https://idp.example/token");
    let ran = run(command, "");
    has(ran.fails(2), &["client.p12"]);
    assert!(!ran.stderr.contains("pa55word"), "{}", ran.stderr);
}
