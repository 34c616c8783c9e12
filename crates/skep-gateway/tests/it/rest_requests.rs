//! What a REST client can send, and what it is told when it cannot; no engine needed.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use skep_gateway::{AuthMode, GATEWAY_VERSION, GatewayConfig};

use crate::rig::Rig;

async fn send(rig: &Rig, method: Method, path: &str, body: &str) -> (StatusCode, Value) {
    let response = reqwest::Client::new()
        .request(method, rig.url(path))
        .header("content-type", "application/json")
        .body(body.to_owned())
        .send()
        .await
        .unwrap();
    let status = response.status();
    if status.is_client_error() || status.is_server_error() {
        assert_eq!(response.headers()["content-type"], "application/problem+json", "{path}");
    }
    let bytes = response.bytes().await.unwrap();
    (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}

async fn post(rig: &Rig, path: &str, body: &str) -> (StatusCode, Value) {
    send(rig, Method::POST, path, body).await
}

#[tokio::test]
async fn the_topology_has_every_attribute_of_its_level() {
    let rig = Rig::start();
    let topology: Value =
        reqwest::get(rig.url("/v2/topology")).await.unwrap().json().await.unwrap();
    assert_eq!(
        topology,
        json!({
            "brokers": [{
                "nodeId": 0,
                "host": "127.0.0.1",
                "port": rig.grpc.port(),
                "partitions": [{"partitionId": 1, "role": "leader", "health": "healthy"}],
                "version": GATEWAY_VERSION,
            }],
            "clusterId": null,
            "clusterSize": 1,
            "partitionsCount": 1,
            "replicationFactor": 1,
            "gatewayVersion": GATEWAY_VERSION,
            "lastCompletedChangeId": "",
        })
    );
    let license: Value = reqwest::get(rig.url("/v2/license")).await.unwrap().json().await.unwrap();
    assert_eq!(
        license,
        json!({
            "validLicense": true,
            "licenseType": "Apache-2.0",
            "isCommercial": false,
            "expiresAt": null,
        })
    );
    let me: Value =
        reqwest::get(rig.url("/v2/authentication/me")).await.unwrap().json().await.unwrap();
    assert_eq!(me["username"], "anonymous");
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_named_by_its_attribute_and_not_quoted() {
    let rig = Rig::start();
    let cases = [
        ("/v2/process-instances", r#"{"processDefinitionKye":"secret"}"#, "processDefinitionKye"),
        ("/v2/process-instances", r#"{"startInstructions":[{"elementId":7}]}"#, "elementId"),
        ("/v2/process-instances", r#"{"variables":["secret"]}"#, "variables"),
        ("/v2/process-instances", r#"{"variables":"secret"}"#, "variables"),
        ("/v2/jobs/activation", r#"{"timeout":"secret"}"#, "timeout"),
        ("/v2/jobs/activation", r#"{"maxJobsToActivate":99999999999}"#, "maxJobsToActivate"),
        ("/v2/jobs/activation", r#"{"tenantFilter":"secret"}"#, "tenantFilter"),
        ("/v2/jobs/7/error", r#"{"errorCode":{}}"#, "errorCode"),
        ("/v2/messages/publication", r#"{"ttl":1}"#, "ttl"),
    ];
    for (path, body, attribute) in cases {
        let (status, problem) = post(&rig, path, body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{body}");
        assert_eq!(problem["title"], "Bad Request", "{problem}");
        assert_eq!(problem["instance"], path);
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.starts_with("Request property ["), "{detail}");
        assert!(detail.contains(attribute) && detail.contains("cannot be parsed"), "{detail}");
        assert!(!detail.contains("secret"), "{detail}");
    }
}

#[tokio::test]
async fn what_is_no_json_and_what_is_no_body_are_told_apart() {
    let rig = Rig::start();
    for (body, words) in [
        ("", "Required request body is missing"),
        ("{", "not valid JSON"),
        ("{\"type\":'t'}", "not valid JSON"),
        ("{} {}", "more after the JSON value"),
        ("[]", "cannot be parsed"),
    ] {
        let (status, problem) = post(&rig, "/v2/jobs/activation", body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{body}");
        assert!(problem["detail"].as_str().unwrap().contains(words), "{problem}");
    }
}

#[tokio::test]
async fn missing_attributes_are_all_named_at_once() {
    let rig = Rig::start();
    let (status, problem) = post(&rig, "/v2/jobs/activation", "{}").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(problem["title"], "INVALID_ARGUMENT");
    assert_eq!(
        problem["detail"],
        "No type provided. No timeout provided. No maxJobsToActivate provided."
    );
    for (path, body, detail) in [
        ("/v2/process-instances", "{}", "[processDefinitionId, processDefinitionKey] is required"),
        (
            "/v2/process-instances",
            r#"{"processDefinitionId":"a","processDefinitionKey":"1"}"#,
            "Only one of",
        ),
        ("/v2/jobs/activation", r#"{"type":"t","timeout":0,"maxJobsToActivate":1}"#, "timeout"),
        ("/v2/jobs/7/error", "{}", "No errorCode provided"),
        ("/v2/messages/publication", "{}", "No name provided"),
        ("/v2/signals/broadcast", r#"{"signalName":" "}"#, "No signalName provided"),
        ("/v2/element-instances/7/variables", "{}", "No variables provided"),
        ("/v2/incidents/7/resolution", r#"{"operationReference":0}"#, "must be > 0"),
    ] {
        let (status, problem) = post(&rig, path, body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{path}");
        assert_eq!(problem["title"], "INVALID_ARGUMENT", "{problem}");
        assert!(problem["detail"].as_str().unwrap().contains(detail), "{problem}");
    }
    let (status, problem) = send(&rig, Method::PATCH, "/v2/jobs/7", "{\"changeset\":{}}").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(problem["detail"].as_str().unwrap().contains("[retries, timeout]"), "{problem}");
}

#[tokio::test]
async fn paths_methods_keys_and_media_types_are_checked() {
    let rig = Rig::start();
    let (status, problem) = send(&rig, Method::GET, "/v2/nothing", "").await;
    assert_eq!((status, &problem["title"]), (StatusCode::NOT_FOUND, &json!("NOT_FOUND")));
    assert_eq!(problem["instance"], "/v2/nothing");
    let (status, _) = send(&rig, Method::DELETE, "/v2/topology", "").await;
    assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
    let (status, problem) = post(&rig, "/v2/jobs/abc/completion", "{}").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(problem["detail"].as_str().unwrap().contains("'abc'"), "{problem}");

    let response = reqwest::Client::new()
        .post(rig.url("/v2/jobs/activation"))
        .header("content-type", "text/plain")
        .body("{}")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let (status, _) = post(&rig, "/v2/deployments", "{}").await;
    assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test]
async fn only_the_default_tenant_exists() {
    let rig = Rig::start();
    for (path, body) in [
        ("/v2/process-instances", r#"{"processDefinitionId":"p","tenantId":"acme"}"#),
        (
            "/v2/jobs/activation",
            r#"{"type":"t","timeout":1,"maxJobsToActivate":1,"tenantIds":["<default>","acme"]}"#,
        ),
        ("/v2/messages/publication", r#"{"name":"m","tenantId":"acme"}"#),
        ("/v2/signals/broadcast", r#"{"signalName":"s","tenantId":"acme"}"#),
    ] {
        let (status, problem) = post(&rig, path, body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{path}");
        assert_eq!(problem["title"], "INVALID_ARGUMENT");
        assert!(problem["detail"].as_str().unwrap().contains("acme"), "{problem}");
    }
}

#[tokio::test]
async fn bodies_above_the_limit_are_refused() {
    let mut config = GatewayConfig::loopback();
    config.limits.message_bytes_max = 10_000;
    let rig = Rig::start_with(config, AuthMode::Off);
    let body = format!("{{\"type\":\"{}\"}}", "x".repeat(10_000));
    let (status, problem) = post(&rig, "/v2/jobs/activation", &body).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(problem["detail"].as_str().unwrap().contains("10000 bytes"), "{problem}");

    let file = multipart("resources", Some("big.bpmn"), &"x".repeat(10_000));
    let (status, problem) = deploy(&rig, &file).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE, "{problem}");

    let parts: String =
        (0..51).map(|i| part(&format!("f{i}"), Some(&format!("{i}.bpmn")), "x")).collect();
    let (status, problem) = deploy(&rig, &format!("{parts}--b--\r\n")).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(problem["detail"].as_str().unwrap().contains("50 parts"), "{problem}");
}

#[tokio::test]
async fn a_deployment_needs_files_and_the_default_tenant() {
    let rig = Rig::start();
    let no_file = multipart("tenantId", None, "<default>");
    let (status, problem) = deploy(&rig, &no_file).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(problem["detail"], "No resources provided");

    let stray = multipart("note", None, "hello");
    let (status, problem) = deploy(&rig, &stray).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(problem["detail"].as_str().unwrap().contains("'note'"), "{problem}");

    let foreign = format!(
        "{}{}--b--\r\n",
        part("tenantId", None, "acme"),
        part("resources", Some("a.bpmn"), "x")
    );
    let (status, problem) = deploy(&rig, &foreign).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(problem["detail"].as_str().unwrap().contains("acme"), "{problem}");

    let (status, _) = deploy(&rig, "no multipart at all").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

fn part(name: &str, file: Option<&str>, content: &str) -> String {
    let file = file.map(|file| format!("; filename=\"{file}\"")).unwrap_or_default();
    format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n{content}\r\n")
}

fn multipart(name: &str, file: Option<&str>, content: &str) -> String {
    format!("{}--b--\r\n", part(name, file, content))
}

async fn deploy(rig: &Rig, form: &str) -> (StatusCode, Value) {
    let response = reqwest::Client::new()
        .post(rig.url("/v2/deployments"))
        .header("content-type", "multipart/form-data; boundary=b")
        .body(form.to_owned())
        .send()
        .await
        .unwrap();
    let status = response.status();
    (status, response.json().await.unwrap_or(Value::Null))
}
