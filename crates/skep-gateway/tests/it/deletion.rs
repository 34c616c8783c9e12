//! Deletion of resources through both APIs.

use http::StatusCode;
use serde_json::{Value, json};
use skep_api::gateway::{DeleteResourceRequest, EvaluateDecisionRequest, deployment::Metadata};
use tonic::Code;

use crate::{
    models::{APPROVE_FORM, DISHES, SERVICE_TASK, creation},
    rig::{Rig, Steps},
};

/// A key that the engine has not given to anything.
const UNKNOWN_KEY: i64 = 2_251_799_813_999_999;

fn delete(resource_key: i64) -> DeleteResourceRequest {
    DeleteResourceRequest { resource_key, operation_reference: Some(7) }
}

#[tokio::test]
async fn what_was_deployed_is_deleted() {
    let rig = Rig::start();
    let mut client = rig.client().await;
    let deployed = client.deploy(&[SERVICE_TASK, DISHES, APPROVE_FORM]).await;
    for metadata in deployed.deployments.into_iter().filter_map(|one| one.metadata) {
        let key = match metadata {
            Metadata::Process(process) => process.process_definition_key,
            Metadata::DecisionRequirements(graph) => graph.decision_requirements_key,
            Metadata::Form(form) => form.form_key,
            Metadata::Decision(_) => continue,
        };
        client.delete_resource(delete(key)).await.unwrap();
        let status = client.delete_resource(delete(key)).await.unwrap_err();
        assert_eq!(status.code(), Code::NotFound);
        assert!(status.message().contains("no resource found with key"), "{status:?}");
    }
    let request = creation("order_process", "");
    let status = client.create_process_instance(request).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
    let request = EvaluateDecisionRequest { decision_id: "dish".into(), ..Default::default() };
    assert_eq!(client.evaluate_decision(request).await.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn a_key_of_no_partition_is_unavailable() {
    let rig = Rig::start();
    let mut client = rig.client().await;
    let status = client.delete_resource(delete(1)).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable, "{status:?}");
}

#[tokio::test]
async fn a_resource_is_deleted_over_rest() {
    let (rig, mut client) = Rig::with(&[SERVICE_TASK]).await;
    let again = client.deploy(&[SERVICE_TASK]).await;
    let Some(Metadata::Process(process)) = &again.deployments[0].metadata else { panic!() };
    let key = process.process_definition_key;
    let post = async |key: String, body: Option<Value>| {
        let url = rig.url(&format!("/v2/resources/{key}/deletion"));
        let request = reqwest::Client::new().post(url);
        let request = match body {
            Some(body) => request.json(&body),
            None => request,
        };
        let response = request.send().await.unwrap();
        (response.status(), response.json::<Value>().await.unwrap())
    };
    let no_definition = process.process_definition_key + 1_000;
    let (status, problem) =
        post(no_definition.to_string(), Some(json!({"deleteHistory": true}))).await;
    assert_eq!(status, StatusCode::NOT_IMPLEMENTED, "{problem}");
    let (status, problem) = post(key.to_string(), Some(json!({"operationReference": 0}))).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{problem}");
    let (status, problem) = post("x".to_owned(), None).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{problem}");
    let (status, problem) = post(UNKNOWN_KEY.to_string(), None).await;
    assert_eq!((status, &problem["title"]), (StatusCode::NOT_FOUND, &json!("NOT_FOUND")));
    let (status, answer) = post(key.to_string(), None).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(answer, json!({"resourceKey": key.to_string(), "batchOperation": null}));
}
