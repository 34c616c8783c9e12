//! Tokens: bound late, replayed once, and their errors told whole.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{Json, Router, http::StatusCode, routing::post};
use serde_json::{Value, json};
use skep_auth::{ClientSettings, settings::Explicit};
use skep_client::{Builder, Client, ErrorKind};
use tokio::net::TcpListener;

use crate::stub::Stub;

/// A token endpoint that gives `token-1`, `token-2`, …, or one refusal.
struct Provider {
    url: String,
    n_given: Arc<AtomicUsize>,
}

impl Provider {
    async fn start(refusal: Option<Value>) -> Self {
        let n_given = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&n_given);
        let app = Router::new().route(
            "/token",
            post(move || async move {
                if let Some(refusal) = refusal {
                    return (StatusCode::UNAUTHORIZED, Json(refusal));
                }
                let n = counter.fetch_add(1, Ordering::SeqCst) + 1;
                let token = json!({
                    "access_token": format!("token-{n}"),
                    "token_type": "Bearer",
                    "expires_in": 3_600,
                });
                (StatusCode::OK, Json(token))
            }),
        );
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/token", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url, n_given }
    }
}

fn client(stub: &Stub, provider_url: &str) -> Client {
    let variables = HashMap::from([
        ("ZEEBE_ADDRESS", format!("http://{}", stub.address)),
        ("ZEEBE_CLIENT_ID", "orders".to_owned()),
        ("ZEEBE_CLIENT_SECRET", "s3cret".to_owned()),
        ("ZEEBE_AUTHORIZATION_SERVER_URL", provider_url.to_owned()),
        ("ZEEBE_TOKEN_AUDIENCE", "zeebe-api".to_owned()),
    ]);
    let settings =
        ClientSettings::resolve(&Explicit::default(), |name| variables.get(name).cloned()).unwrap();
    Builder::from_settings(&settings).unwrap().build().unwrap()
}

fn tokens_sent(stub: &Stub) -> Vec<Option<String>> {
    stub.asked().into_iter().map(|asked| asked.authorization).collect()
}

#[tokio::test]
async fn every_call_carries_the_token_and_one_is_fetched_for_all() {
    let (stub, provider) = (Stub::start(), Provider::start(None).await);
    let client = client(&stub, &provider.url);
    client.topology().await.unwrap();
    client.create_process_instance("order").send().await.unwrap();
    assert_eq!(
        tokens_sent(&stub),
        [const { Some("Bearer token-1") }; 2].map(|t| t.map(String::from))
    );
    assert_eq!(provider.n_given.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_token_that_is_refused_is_replaced_once() {
    let (stub, provider) = (Stub::start(), Provider::start(None).await);
    stub.accept_only("token-2");
    client(&stub, &provider.url).topology().await.unwrap();
    let sent: Vec<_> = tokens_sent(&stub).into_iter().flatten().collect();
    assert_eq!(sent, ["Bearer token-1", "Bearer token-2"]);
}

#[tokio::test]
async fn a_second_refusal_is_reported() {
    let (stub, provider) = (Stub::start(), Provider::start(None).await);
    stub.accept_only("another");
    let error = client(&stub, &provider.url).topology().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Auth);
    assert!(error.to_string().contains("UNAUTHENTICATED"), "{error}");
    assert_eq!(stub.asked().len(), 2);
    assert!(!format!("{error} {error:?}").contains("token-"), "{error:?}");
}

#[tokio::test]
async fn a_provider_that_refuses_is_quoted() {
    let refusal = json!({
        "error": "invalid_client",
        "error_description": "AADSTS7000215: Invalid client secret provided.\r\nTrace ID: t",
        "error_codes": [7_000_215],
        "correlation_id": "c-1",
    });
    let (stub, provider) = (Stub::start(), Provider::start(Some(refusal)).await);
    let error = client(&stub, &provider.url).topology().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Auth);
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.contains("7000215") && cause.contains("invalid_client"), "{cause}");
    assert!(error.fix().unwrap().contains("secret"), "{:?}", error.fix());
    assert!(!format!("{error} {cause} {error:?}").contains("s3cret"));
    assert_eq!(stub.asked().len(), 0, "no call leaves without a token");
}

#[tokio::test]
async fn a_provider_that_is_not_there_is_a_connection_problem() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/token", listener.local_addr().unwrap());
    drop(listener);
    let stub = Stub::start();
    let error = client(&stub, &url).topology().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect, "{error:?}");
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.contains(&url), "{cause}");
}

#[tokio::test]
async fn a_worker_gets_over_a_token_that_is_refused() {
    let (stub, provider) = (Stub::start(), Provider::start(None).await);
    stub.accept_only("token-2");
    stub.add_job(crate::stub::job(1));
    let worker = client(&stub, &provider.url)
        .worker("work")
        .start(|_| async { Ok::<_, skep_client::JobFailure>(()) });
    stub.until_done(1).await;
    assert_eq!(worker.stop().await.completed, 1);
}
