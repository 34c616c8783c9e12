//! Messages that are correlated while their sender waits.

use reqwest::StatusCode;
use serde_json::json;

use crate::{
    models::{MESSAGE_CATCH, MESSAGE_START},
    modification::job,
    rig::{Rig, Steps},
};

const PATH: &str = "/v2/messages/correlation";

#[tokio::test]
async fn the_sender_is_told_which_instance_took_the_message() {
    let rig = Rig::start_broker(|broker| broker.n_partitions = 3);
    let mut client = rig.client().await;
    client.deploy(&[MESSAGE_CATCH]).await;
    let body = |key: &str| json!({"name": "payment received", "correlationKey": key});
    // Instances go to the partitions in turn, so that some are not where their message is.
    for key in ["a", "b", "c"] {
        let (status, problem) = rig.post(PATH, body(key)).await;
        assert_eq!((status, &problem["title"]), (StatusCode::NOT_FOUND, &json!("NOT_FOUND")));
        let detail = problem["detail"].as_str().unwrap();
        assert!(
            detail.starts_with("Command 'CORRELATE' rejected with code 'NOT_FOUND': Expected to"),
            "{detail}"
        );
        let instance = client.create("message_catch", &format!(r#"{{"order_id":"{key}"}}"#)).await;
        // The subscription may still be on its way to the message's partition.
        let (status, answer) = loop {
            let (status, answer) = rig.post(PATH, body(key)).await;
            if status != StatusCode::NOT_FOUND {
                break (status, answer);
            }
            tokio::task::yield_now().await;
        };
        assert_eq!(status, StatusCode::OK, "{answer}");
        assert_eq!(answer["processInstanceKey"], json!(instance.to_string()));
        assert_eq!(answer["tenantId"], json!("<default>"));
        assert!(answer["messageKey"].is_string(), "{answer}");
    }
}

#[tokio::test]
async fn a_message_starts_an_instance_with_its_variables() {
    let (rig, _client) = Rig::with(&[MESSAGE_START]).await;
    let body = json!({"name": "order placed", "variables": {"total": 7}});
    let (status, answer) = rig.post(PATH, body).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let started = job(&rig, "charge-card").await;
    assert_eq!(started["processInstanceKey"], answer["processInstanceKey"]);
    assert_eq!(started["variables"], json!({"total": 7}));
}

#[tokio::test]
async fn a_message_needs_a_name_and_a_tenant_that_there_is() {
    let rig = Rig::start();
    for (body, words) in [
        (json!({"correlationKey": "a"}), "No name provided"),
        (json!({"name": "m", "tenantId": "acme"}), "multi-tenancy is disabled"),
        (json!({"name": "m", "timeToLive": 1}), "timeToLive"),
    ] {
        let (status, problem) = rig.post(PATH, body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(problem["detail"].as_str().unwrap().contains(words), "{problem}");
    }
}
