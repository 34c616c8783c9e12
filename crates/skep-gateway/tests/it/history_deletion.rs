//! What is known of the past is deleted over REST.

use reqwest::StatusCode;
use serde_json::{Value, json};
use skep_api::gateway::{
    CancelProcessInstanceRequest, deployment::Metadata, gateway_client::GatewayClient,
};
use skep_gateway::{AuthMode, GatewayConfig};
use tonic::transport::Channel;

use crate::{
    models::SERVICE_TASK,
    rig::{Rig, Steps},
};

async fn cancel(client: &mut GatewayClient<Channel>, key: i64) {
    let process_instance_key = key;
    let cancel = CancelProcessInstanceRequest { process_instance_key, operation_reference: None };
    client.cancel_process_instance(cancel).await.unwrap();
}

/// Keys of the process instances that are known.
async fn known(rig: &Rig) -> Vec<i64> {
    let (status, answer) = rig.post("/v2/process-instances/search", json!({})).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let key = |item: &Value| item["processInstanceKey"].as_str().unwrap().parse().unwrap();
    answer["items"].as_array().unwrap().iter().map(key).collect()
}

/// Asks again until a batch operation has ended: nothing tells when it does.
async fn ended(rig: &Rig, created: &Value) -> Value {
    assert_eq!(created["batchOperationType"], "DELETE_PROCESS_INSTANCE", "{created}");
    let key = created["batchOperationKey"].as_str().unwrap();
    loop {
        let (status, answer) = rig.get(&format!("/v2/batch-operations/{key}")).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        if answer["endDate"] != Value::Null {
            return answer;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn an_instance_that_has_ended_is_deleted() {
    let (rig, mut client) = Rig::with(&[SERVICE_TASK]).await;
    let runs = client.create("order_process", "{}").await;
    let gone = client.create("order_process", "{}").await;
    cancel(&mut client, gone).await;
    let path = |key: i64| format!("/v2/process-instances/{key}/deletion");
    let (status, problem) = rig.post(&path(runs), json!({})).await;
    assert_eq!((status, &problem["title"]), (StatusCode::CONFLICT, &json!("INVALID_STATE")));
    assert!(problem["detail"].as_str().unwrap().contains("Cancel it first"), "{problem}");
    let (status, problem) = rig.post(&path(gone + 1_000), json!({})).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains("Process Instance with key"));
    let (status, problem) = rig.post(&path(gone), json!({"operationReference": 0})).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{problem}");

    let (status, problem) = rig.post(&path(gone), json!({"operationReference": 7})).await;
    assert_eq!(status, StatusCode::NO_CONTENT, "{problem}");
    assert_eq!(known(&rig).await, [runs]);
    let (status, _) = rig.get(&format!("/v2/process-instances/{gone}")).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let body = json!({"filter": {"processInstanceKey": gone.to_string()}});
    let (_, answer) = rig.post("/v2/element-instances/search", body).await;
    assert_eq!(answer["page"]["totalItems"], 0);
    let (status, _) = rig.post(&path(gone), json!({})).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "it is gone already");
}

#[tokio::test]
async fn what_a_filter_selects_is_deleted_on_all_partitions() {
    let rig = Rig::start_partitions(3, GatewayConfig::loopback(), AuthMode::Off);
    let mut client = rig.client().await;
    client.deploy(&[SERVICE_TASK]).await;
    let mut instances = Vec::new();
    for _ in 0..9 {
        instances.push(client.create("order_process", "{}").await);
    }
    for key in &instances[..6] {
        cancel(&mut client, *key).await;
    }
    let filter = json!({
        "state": {"$in": ["COMPLETED", "TERMINATED"]},
        "endDate": {"$gt": "2020-01-01T00:00:00Z"},
    });
    let body = json!({"filter": filter, "operationReference": 7});
    let (status, created) = rig.post("/v2/process-instances/deletion", body).await;
    assert_eq!(status, StatusCode::OK, "{created}");
    let answer = ended(&rig, &created).await;
    assert_eq!(answer["operationsCompletedCount"], 6, "{answer}");
    let mut left = instances[6..].to_vec();
    left.sort_unstable();
    assert_eq!(known(&rig).await, left);

    // What has not ended is not deleted, and the item says why.
    let body = json!({"filter": {"processInstanceKey": left[0].to_string()}});
    let (_, created) = rig.post("/v2/process-instances/deletion", body).await;
    let answer = ended(&rig, &created).await;
    assert_eq!(answer["operationsFailedCount"], 1, "{answer}");
    let body = json!({"filter": {"batchOperationKey": created["batchOperationKey"]}});
    let (_, answer) = rig.post("/v2/batch-operation-items/search", body).await;
    let error = answer["items"][0]["errorMessage"].as_str().unwrap();
    assert!(error.contains("has not ended"), "{error}");
    assert_eq!(known(&rig).await, left);
}

#[tokio::test]
async fn the_history_of_a_definition_goes_with_it_or_after_it() {
    let rig = Rig::start();
    let mut client = rig.client().await;
    let deployed = client.deploy(&[SERVICE_TASK]).await;
    let Some(Metadata::Process(process)) = &deployed.deployments[0].metadata else { panic!() };
    let definition = process.process_definition_key;
    let runs = client.create("order_process", "{}").await;
    for _ in 0..3 {
        let key = client.create("order_process", "{}").await;
        cancel(&mut client, key).await;
    }
    let path = format!("/v2/resources/{definition}/deletion");
    let body = json!({"deleteHistory": true});
    let (status, answer) = rig.post(&path, body.clone()).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(answer["resourceKey"], definition.to_string());
    let first = ended(&rig, &answer["batchOperation"]).await;
    assert_eq!(first["operationsCompletedCount"], 3, "{first}");
    assert_eq!(known(&rig).await, [runs], "what runs goes on");

    // Deleted already: only what is known of it is left to go.
    cancel(&mut client, runs).await;
    let (status, answer) = rig.post(&path, body).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let second = ended(&rig, &answer["batchOperation"]).await;
    assert_eq!(second["operationsCompletedCount"], 1, "{second}");
    assert_eq!(known(&rig).await, [0_i64; 0]);
}
