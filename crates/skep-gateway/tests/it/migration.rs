//! Migrating instances through both protocols.

use reqwest::StatusCode;
use serde_json::{Value, json};
use skep_api::gateway::{
    DeployResourceRequest, MigrateProcessInstanceRequest,
    deployment::Metadata,
    gateway_client::GatewayClient,
    migrate_process_instance_request::{MappingInstruction, MigrationPlan},
};
use tonic::{Code, transport::Channel};

use crate::{
    models::{SERVICE_TASK, TWO_SERVICE_TASKS, creation, deployment},
    modification::job,
    rig::Rig,
};

async fn deploy(client: &mut GatewayClient<Channel>, request: DeployResourceRequest) -> i64 {
    let mut deployed = client.deploy_resource(request).await.unwrap().into_inner();
    let metadata = deployed.deployments.remove(0).metadata;
    let Some(Metadata::Process(process)) = metadata else { panic!("{metadata:?}") };
    process.process_definition_key
}

/// An instance with one task, and the key of a definition with two.
async fn started() -> (Rig, GatewayClient<Channel>, i64, i64) {
    let (rig, mut client) = Rig::with(&[SERVICE_TASK]).await;
    let request = creation("order_process", "");
    let created = client.create_process_instance(request).await.unwrap().into_inner();
    let target = deploy(&mut client, deployment(&[TWO_SERVICE_TASKS])).await;
    (rig, client, created.process_instance_key, target)
}

/// The job is one of the target now, and the target's second task follows.
async fn assert_goes_on(rig: &Rig, target: i64) {
    let migrated = job(rig, "payment-service").await;
    assert_eq!(migrated["elementId"], "collect_money");
    assert_eq!(migrated["processDefinitionKey"], target.to_string());
    let path = format!("/v2/jobs/{}/completion", migrated["jobKey"].as_str().unwrap());
    let (status, answer) = rig.post(&path, json!({})).await;
    assert_eq!(status, StatusCode::NO_CONTENT, "{answer}");
    job(rig, "ship-parcel").await;
}

#[tokio::test]
async fn an_instance_is_migrated_through_grpc() {
    let (rig, mut client, key, target) = started().await;
    let mut migrate = MigrateProcessInstanceRequest {
        process_instance_key: key,
        migration_plan: Some(MigrationPlan {
            target_process_definition_key: target,
            mapping_instructions: Vec::new(),
        }),
        operation_reference: Some(7),
    };
    let status = client.migrate_process_instance(migrate.clone()).await.unwrap_err();
    assert_eq!(status.code(), Code::FailedPrecondition, "{status:?}");
    assert!(status.message().contains("'charge_card'"), "{status:?}");

    let mapping = |source: &str, target: &str| MappingInstruction {
        source_element_id: source.into(),
        target_element_id: target.into(),
    };
    migrate.migration_plan.as_mut().unwrap().mapping_instructions =
        vec![mapping("charge_card", "unknown")];
    let status = client.migrate_process_instance(migrate.clone()).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");

    migrate.migration_plan.as_mut().unwrap().mapping_instructions =
        vec![mapping("charge_card", "collect_money")];
    client.migrate_process_instance(migrate.clone()).await.unwrap();
    assert_goes_on(&rig, target).await;

    migrate.migration_plan = None;
    let status = client.migrate_process_instance(migrate).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound, "{status:?}");
}

#[tokio::test]
async fn an_instance_is_migrated_through_rest() {
    let (rig, _, key, target) = started().await;
    let path = format!("/v2/process-instances/{key}/migration");
    let plan = |source: &str, target_id: &str| {
        json!({
            "targetProcessDefinitionKey": target.to_string(),
            "mappingInstructions": [{"sourceElementId": source, "targetElementId": target_id}],
        })
    };
    let nothing = json!({
        "targetProcessDefinitionKey": target.to_string(), "mappingInstructions": [],
    });
    let elsewhere = json!({"targetProcessDefinitionKey": "1", "mappingInstructions": []});
    for (body, expected, words) in [
        (nothing, StatusCode::CONFLICT, "'charge_card'"),
        (plan("unknown", "collect_money"), StatusCode::BAD_REQUEST, "'unknown'"),
        (plan("charge_card", "end"), StatusCode::CONFLICT, "'END_EVENT'"),
        (elsewhere, StatusCode::NOT_FOUND, "definition found with key '1'"),
        (json!({"mappingInstructions": []}), StatusCode::BAD_REQUEST, "targetProcessDefinitionKey"),
    ] {
        let (status, problem) = rig.post(&path, body).await;
        assert_eq!(status, expected, "{problem}");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(words), "{words:?} is not in {detail:?}");
    }
    let (status, answer) = rig.post(&path, plan("charge_card", "collect_money")).await;
    assert_eq!((status, answer), (StatusCode::NO_CONTENT, Value::Null));
    assert_goes_on(&rig, target).await;
}
