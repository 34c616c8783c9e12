//! The server itself: addresses, limits, protocols, stopping.

use std::time::Duration;

use reqwest::{Method, Version};
use serde_json::json;
use skep_idp::{Administration, Error, Faults, IdpConfig, Limits, Provider};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::fixture::{Idp, TENANT, reply};

#[tokio::test]
async fn unknown_addresses_and_wrong_methods_say_so() {
    let idp = Idp::start().await;
    let missing = idp.get("/nowhere/at/all").await;
    assert_eq!(missing.status, 404);
    assert!(missing.description().contains("openid-configuration"), "{}", missing.body);

    let path = format!("/{TENANT}/oauth2/v2.0/token");
    let wrong = idp.get(&path).await;
    wrong.expect_refusal(405, "invalid_request", 900_561);
    assert_eq!(wrong.headers["allow"], "POST,OPTIONS");
    let keys = idp.url(&format!("/{TENANT}/discovery/v2.0/keys"));
    let deleted = idp.http.request(Method::DELETE, keys).send().await.unwrap();
    reply(deleted).await.expect_refusal(405, "invalid_request", 900_561);
}

#[tokio::test]
async fn a_large_body_is_refused() {
    let idp = Idp::start().await;
    let refused = idp.post(&[("client_secret", &"x".repeat(70_000))]).await;
    refused.expect_refusal(413, "invalid_request", 90023);
    let many: Vec<_> = (0..200).map(|_| ("a", "b")).collect();
    idp.post(&many).await.expect_refusal(400, "invalid_request", 9_002_313);
    idp.get(&format!("/{TENANT}/discovery/v2.0/keys")).await;
}

#[tokio::test]
async fn a_large_header_section_is_refused() {
    let idp = Idp::start().await;
    let request = idp.http.get(idp.url("/ca.pem")).header("x-large", "x".repeat(60_000));
    match request.send().await {
        Ok(response) => assert_eq!(response.status(), 431),
        Err(error) => assert!(!error.is_timeout(), "{error}"),
    }
}

#[tokio::test]
async fn a_request_that_does_not_end_is_given_up() {
    let limits = Limits { request_timeout_ms: 1500, ..Limits::default() };
    let idp = Idp::start_with(IdpConfig { limits, ..IdpConfig::default() }).await;
    let body =
        reqwest::Body::wrap_stream(futures_util::stream::pending::<Result<Vec<u8>, String>>());
    let request = idp
        .http
        .post(idp.token_endpoint())
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body);
    reply(request.send().await.unwrap()).await.expect_refusal(408, "invalid_request", 90023);
}

#[tokio::test]
async fn both_http_versions_are_spoken() {
    let idp = Idp::start().await;
    let response = idp.http.get(idp.url("/ca.pem")).send().await.unwrap();
    assert_eq!(response.version(), Version::HTTP_2);
    let pem = response.bytes().await.unwrap();
    assert_eq!(pem, std::fs::read(idp.provider.ca_certificate_path()).unwrap());
    let http1 = reqwest::Client::builder()
        .tls_certs_only([reqwest::Certificate::from_pem(&pem).unwrap()])
        .http1_only()
        .no_proxy()
        .build()
        .unwrap();
    let response = http1.get(idp.url("/ca.pem")).send().await.unwrap();
    assert_eq!(response.version(), Version::HTTP_11);
}

#[tokio::test]
async fn a_silent_connection_does_not_hold_others_up_beyond_the_limit() {
    let limits = Limits { connections_max: 1, request_timeout_ms: 2000, ..Limits::default() };
    let idp = Idp::start_with(IdpConfig { limits, ..IdpConfig::default() }).await;
    let mut silent = TcpStream::connect(idp.running.addr()).await.unwrap();
    // The only place is taken until the handshake has timed out.
    idp.get(&format!("/{TENANT}/discovery/v2.0/keys")).await;
    assert_eq!(silent.read(&mut [0; 16]).await.unwrap(), 0, "closed by the server");
}

#[tokio::test]
async fn plain_http_is_not_answered() {
    let idp = Idp::start().await;
    let mut plain = TcpStream::connect(idp.running.addr()).await.unwrap();
    plain.write_all(b"GET /ca.pem HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    // A reset is as good as an alert: what must not come is a document.
    let _ = plain.read_to_end(&mut answer).await;
    assert!(!String::from_utf8_lossy(&answer).contains("CERTIFICATE"));
}

#[tokio::test]
async fn the_port_is_free_after_the_shutdown_and_taken_before() {
    let idp = Idp::start().await;
    let addr = idp.running.addr();
    let error = idp.provider.serve(addr).await.map(|_| ()).unwrap_err();
    assert!(matches!(&error, Error::Listen { addr: taken, .. } if *taken == addr), "{error}");
    assert!(error.to_string().contains(&addr.to_string()));
    idp.get(&format!("/{TENANT}/discovery/v2.0/keys")).await;
    let stopped = tokio::time::timeout(Duration::from_secs(4), idp.running.shutdown()).await;
    assert!(stopped.is_ok(), "idle connections do not hold the stop up");
    idp.provider.serve(addr).await.unwrap();
}

#[tokio::test]
async fn faults_happen_in_the_order_that_was_asked_for() {
    let idp = Idp::start().await;
    let (app, secret) = idp.secret_app();
    idp.provider.inject(Faults {
        latency: Duration::from_millis(50),
        throttle_next: 1,
        retry_after_s: 7,
        fail_next: 1,
    });
    let started = std::time::Instant::now();
    let throttled = idp.http.post(idp.token_endpoint()).send().await.unwrap();
    assert!(started.elapsed() >= Duration::from_millis(50));
    assert_eq!(throttled.status(), 429);
    assert_eq!(throttled.headers()["retry-after"], "7");
    assert_eq!(throttled.text().await.unwrap(), "Too Many Requests");
    let failed = idp.by_secret(&app, secret.expose()).await;
    failed.expect_refusal(503, "temporarily_unavailable", 90033);
    idp.by_secret(&app, secret.expose()).await.token();
    idp.provider.inject(Faults { throttle_next: 5, ..Faults::default() });
    idp.get(&format!("/{TENANT}/discovery/v2.0/keys")).await;
    idp.provider.inject(Faults::default());
    idp.by_secret(&app, secret.expose()).await.token();
}

#[tokio::test]
async fn the_public_name_is_in_every_address() {
    let config = IdpConfig {
        public_host: "idp.example".to_owned(),
        public_port: Some(443),
        ..IdpConfig::default()
    };
    let idp = Idp::start_with(config).await;
    assert_eq!(idp.running.endpoints().origin, "https://idp.example");
    let port = idp.running.addr().port();
    let pem = std::fs::read(idp.provider.ca_certificate_path()).unwrap();
    let http = reqwest::Client::builder()
        .tls_certs_only([reqwest::Certificate::from_pem(&pem).unwrap()])
        .no_proxy()
        .resolve("idp.example", idp.running.addr())
        .build()
        .unwrap();
    let url = format!("https://idp.example:{port}/{TENANT}/v2.0/.well-known/openid-configuration");
    let document = reply(http.get(url).send().await.unwrap()).await.body;
    assert_eq!(document["issuer"], json!(format!("https://idp.example/{TENANT}/v2.0")));
}

#[tokio::test]
async fn faults_can_be_ordered_from_another_process() {
    let idp = Idp::start().await;
    let (app, secret) = idp.secret_app();
    let administration = Administration::open(idp.dir.path(), &IdpConfig::default()).unwrap();
    let status = async || {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", &app.app_id.to_string()),
            ("client_secret", secret.expose()),
            ("scope", &format!("{}/.default", app.app_id)),
        ];
        idp.http.post(idp.token_endpoint()).form(&form).send().await.unwrap().status().as_u16()
    };
    let faults = Faults { throttle_next: 1, retry_after_s: 7, fail_next: 1, ..Faults::default() };
    // The same order twice is two orders.
    for _ in 0..2 {
        administration.inject(faults).unwrap();
        assert_eq!((status().await, status().await, status().await), (429, 503, 200));
    }
    administration.inject(faults).unwrap();
    administration.inject(Faults::default()).unwrap();
    assert_eq!(status().await, 200);
    // What was ordered from another provider is not this one's business.
    administration.inject(faults).unwrap();
    let later = Provider::open(idp.dir.path(), IdpConfig::default()).unwrap();
    let later = later.serve(([127, 0, 0, 1], 0).into()).await.unwrap();
    let response = idp.http.post(later.endpoints().token_endpoint()).send().await.unwrap();
    assert_eq!(response.status(), 400);
}
