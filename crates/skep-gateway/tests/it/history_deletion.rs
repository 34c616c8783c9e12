//! What is known of the past is deleted over REST.

use reqwest::StatusCode;
use serde_json::{Value, json};
use skep_api::gateway::{
    CancelProcessInstanceRequest, deployment::Metadata, gateway_client::GatewayClient,
};
use skep_gateway::{AuthMode, GatewayConfig};
use tonic::transport::Channel;

use crate::{
    models::{DISHES, SERVICE_TASK, TIERS},
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
async fn ended_of(rig: &Rig, created: &Value, kind: &str) -> Value {
    assert_eq!(created["batchOperationType"], kind, "{created}");
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

async fn ended(rig: &Rig, created: &Value) -> Value {
    ended_of(rig, created, "DELETE_PROCESS_INSTANCE").await
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

/// Ids of the decisions that are known to have been evaluated.
async fn evaluated(rig: &Rig) -> Vec<String> {
    let (status, answer) = rig.post("/v2/decision-instances/search", json!({})).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let id = |item: &Value| item["decisionDefinitionId"].as_str().unwrap().to_owned();
    answer["items"].as_array().unwrap().iter().map(id).collect()
}

#[tokio::test]
async fn evaluations_are_deleted_with_all_that_they_needed() {
    let (rig, _client) = Rig::with(&[DISHES, TIERS]).await;
    let evaluate = async |id: &str, variables: Value| {
        let body = json!({"decisionDefinitionId": id, "variables": variables});
        let (status, answer) = rig.post("/v2/decision-definitions/evaluation", body).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer["decisionEvaluationKey"].as_str().unwrap().to_owned()
    };
    let dish = evaluate("dish", json!({"temperature": 30, "weekend": false})).await;
    let tier = evaluate("tier", json!({"customer": {"points": 500}})).await;
    evaluate("dish", json!({"temperature": 5, "weekend": true})).await;
    let n = evaluated(&rig).await.len();
    assert!(n > 3, "a dish needs other decisions");

    let path = |key: &str| format!("/v2/decision-instances/{key}/deletion");
    let (status, problem) = rig.post(&path("2251799813999999"), json!({})).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{problem}");
    let (status, problem) = rig.post(&path(&dish), json!({"operationReference": 0})).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{problem}");
    let (status, problem) = rig.post(&path(&dish), json!({})).await;
    assert_eq!(status, StatusCode::NO_CONTENT, "{problem}");
    assert_eq!(evaluated(&rig).await.len(), n - (n - 1) / 2);
    assert_eq!(rig.post(&path(&dish), json!({})).await.0, StatusCode::NOT_FOUND);

    let what = "/v2/decision-instances/deletion";
    for (body, words) in [
        (json!({}), "No filter provided"),
        (json!({"filter": {}}), "At least one of filter criteria"),
        (json!({"filter": {"state": "DONE"}}), "'DONE' for filter.state"),
    ] {
        let (status, problem) = rig.post(what, body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{problem}");
        assert!(problem["detail"].as_str().unwrap().contains(words), "{words}: {problem}");
    }
    let body = json!({"filter": {"decisionDefinitionId": "dish"}, "operationReference": 7});
    let (status, created) = rig.post(what, body).await;
    assert_eq!(status, StatusCode::OK, "{created}");
    let answer = ended_of(&rig, &created, "DELETE_DECISION_INSTANCE").await;
    assert_eq!(answer["operationsCompletedCount"], 1, "{answer}");
    assert_eq!(evaluated(&rig).await, ["tier"]);
    let body = json!({"filter": {"batchOperationKey": created["batchOperationKey"]}});
    let (_, answer) = rig.post("/v2/batch-operation-items/search", body).await;
    let item = &answer["items"][0];
    assert_ne!(item["itemKey"], json!(tier));
    assert_eq!(item["operationType"], "DELETE_DECISION_INSTANCE");
    assert_eq!(item["processInstanceKey"], "-1", "it belongs to none");
    assert_eq!(item["rootProcessInstanceKey"], Value::Null);
}
