//! What can be said when an instance is created, through both protocols.

use reqwest::StatusCode;
use serde_json::json;
use skep_api::gateway::{
    CreateProcessInstanceRequest, ProcessInstanceCreationRuntimeInstruction,
    TerminateProcessInstanceInstruction, gateway_client::GatewayClient,
    process_instance_creation_runtime_instruction::Instruction,
};
use tonic::{Code, transport::Channel};

use crate::{
    models::{TWO_SERVICE_TASKS, creation},
    modification::job,
    rig::{Rig, Steps},
};

/// A gateway whose broker lets only one active instance have a business id.
async fn unique() -> (Rig, GatewayClient<Channel>) {
    let rig = Rig::start_broker(|broker| {
        broker.unique_business_ids = true;
        broker.n_partitions = 3;
    });
    let mut client = rig.client().await;
    client.deploy(&[TWO_SERVICE_TASKS]).await;
    (rig, client)
}

fn ending_after(element_id: &str) -> CreateProcessInstanceRequest {
    let terminate = TerminateProcessInstanceInstruction { after_element_id: element_id.to_owned() };
    CreateProcessInstanceRequest {
        runtime_instructions: vec![ProcessInstanceCreationRuntimeInstruction {
            instruction: Some(Instruction::Terminate(terminate)),
        }],
        ..creation("two_service_tasks", "")
    }
}

#[tokio::test]
async fn an_instance_ends_after_an_element_through_grpc() {
    let (_rig, mut client) = Rig::with(&[TWO_SERVICE_TASKS]).await;
    client.create_process_instance(ending_after("collect_money")).await.unwrap();
    let first = client.job("collect-money").await;
    client.complete(first.key, "").await;
    assert!(client.jobs_now("ship-parcel").await.is_empty());

    let status = client.create_process_instance(ending_after("nothing")).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    assert!(status.message().contains("no element found with id 'nothing'"), "{status:?}");
    let empty = CreateProcessInstanceRequest {
        runtime_instructions: vec![ProcessInstanceCreationRuntimeInstruction::default()],
        ..creation("two_service_tasks", "")
    };
    let status = client.create_process_instance(empty).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    assert!(status.message().contains("runtimeInstructions"), "{status:?}");
}

#[tokio::test]
async fn an_instance_ends_after_an_element_through_rest() {
    let (rig, mut client) = Rig::with(&[TWO_SERVICE_TASKS]).await;
    let body = json!({
        "processDefinitionId": "two_service_tasks",
        "runtimeInstructions": [
            {"type": "TERMINATE_PROCESS_INSTANCE", "afterElementId": "collect_money"},
        ],
    });
    let (status, created) = rig.post("/v2/process-instances", body).await;
    assert_eq!(status, StatusCode::OK, "{created}");
    let first = job(&rig, "collect-money").await;
    let path = format!("/v2/jobs/{}/completion", first["jobKey"].as_str().unwrap());
    let (status, answer) = rig.post(&path, json!({})).await;
    assert_eq!(status, StatusCode::NO_CONTENT, "{answer}");
    assert!(client.jobs_now("ship-parcel").await.is_empty());

    let wrong = json!({
        "processDefinitionId": "two_service_tasks",
        "runtimeInstructions": [{"type": "PAUSE", "afterElementId": "collect_money"}],
    });
    let (status, problem) = rig.post("/v2/process-instances", wrong).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(problem["detail"].as_str().unwrap().contains("'PAUSE'"), "{problem}");
}

#[tokio::test]
async fn a_business_id_is_kept_and_answered() {
    let (rig, mut client) = Rig::with(&[TWO_SERVICE_TASKS]).await;
    let request = CreateProcessInstanceRequest {
        business_id: Some("order-7".to_owned()),
        ..creation("two_service_tasks", "")
    };
    for _ in 0..2 {
        let created = client.create_process_instance(request.clone()).await.unwrap().into_inner();
        assert_eq!(created.business_id.as_deref(), Some("order-7"));
    }
    let none = CreateProcessInstanceRequest {
        business_id: Some(String::new()),
        ..creation("two_service_tasks", "")
    };
    let created = client.create_process_instance(none).await.unwrap().into_inner();
    assert_eq!(created.business_id, None);

    let body = |id: String| json!({"processDefinitionId": "two_service_tasks", "businessId": id});
    let (status, created) = rig.post("/v2/process-instances", body("order-8".into())).await;
    assert_eq!((status, &created["businessId"]), (StatusCode::OK, &json!("order-8")));
    for bad in [String::new(), "x".repeat(257)] {
        let request = CreateProcessInstanceRequest {
            business_id: Some(bad.clone()).filter(|id| !id.is_empty()),
            ..creation("two_service_tasks", "")
        };
        if request.business_id.is_some() {
            let status = client.create_process_instance(request).await.unwrap_err();
            assert_eq!(status.code(), Code::InvalidArgument);
        }
        let (status, problem) = rig.post("/v2/process-instances", body(bad)).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(problem["detail"].as_str().unwrap().contains("1 to 256"), "{problem}");
    }
}

#[tokio::test]
async fn a_business_id_that_must_be_unique_is_taken_once_on_any_number_of_partitions() {
    let (rig, mut client) = unique().await;
    let request = CreateProcessInstanceRequest {
        business_id: Some("order-7".to_owned()),
        ..creation("two_service_tasks", "")
    };
    client.create_deployed(request.clone()).await;
    for _ in 0..3 {
        let status = client.create_process_instance(request.clone()).await.unwrap_err();
        assert_eq!(status.code(), Code::AlreadyExists);
        assert!(status.message().contains("business id 'order-7'"), "{status:?}");
        let body = json!({"processDefinitionId": "two_service_tasks", "businessId": "order-7"});
        let (status, problem) = rig.post("/v2/process-instances", body).await;
        assert_eq!((status, &problem["title"]), (StatusCode::CONFLICT, &json!("ALREADY_EXISTS")));
    }
    client.create("two_service_tasks", "").await;
}
