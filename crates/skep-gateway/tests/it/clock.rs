//! The clock that clients may control.

use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    models::SERVICE_TASK,
    modification::job,
    rig::{Rig, Steps},
};

pub(crate) async fn send(
    rig: &Rig,
    method: Method,
    path: &str,
    body: Value,
) -> (StatusCode, Value) {
    let request = Client::new().request(method, rig.url(path)).json(&body);
    let response = request.send().await.unwrap();
    let status = response.status();
    let bytes = response.bytes().await.unwrap();
    (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}

#[tokio::test]
async fn time_stands_still_where_it_is_pinned_and_goes_on_when_it_is_reset() {
    let rig = Rig::start_broker(|broker| broker.clock = skep_broker::Clock::controlled());
    let mut client = rig.client().await;
    client.deploy(&[SERVICE_TASK]).await;
    client.create("order_process", "").await;
    let first = job(&rig, "payment-service").await;
    let deadline = first["deadline"].as_i64().unwrap();
    assert!(client.jobs_now("payment-service").await.is_empty());

    // The lock ends although no time has passed here.
    let pinned = deadline + 1000;
    let (status, answer) = send(&rig, Method::PUT, "/v2/clock", json!({"timestamp": pinned})).await;
    assert_eq!(status, StatusCode::NO_CONTENT, "{answer}");
    let again = job(&rig, "payment-service").await;
    assert_eq!(again["jobKey"], first["jobKey"]);
    assert_eq!(again["deadline"], json!(pinned + 60_000));

    let (status, answer) = rig.post("/v2/clock/reset", json!({})).await;
    assert_eq!(status, StatusCode::NO_CONTENT, "{answer}");
    client.create("order_process", "").await;
    let later = job(&rig, "payment-service").await;
    assert!(later["deadline"].as_i64().unwrap() < pinned + 60_000, "{later}");

    for wrong in [json!({}), json!({"timestamp": -1})] {
        let (status, problem) = send(&rig, Method::PUT, "/v2/clock", wrong).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{problem}");
    }
}

#[tokio::test]
async fn the_system_clock_is_not_controlled() {
    let rig = Rig::start();
    for answer in [
        send(&rig, Method::PUT, "/v2/clock", json!({"timestamp": 1})).await,
        rig.post("/v2/clock/reset", json!({})).await,
    ] {
        assert_eq!(answer.0, StatusCode::FORBIDDEN);
        assert!(answer.1["detail"].as_str().unwrap().contains("zeebe.clock.controlled"));
    }
}
