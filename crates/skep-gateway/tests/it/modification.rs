//! Modifying instances through both protocols.

use reqwest::StatusCode;
use serde_json::{Value, json};
use skep_api::gateway::{
    ModifyProcessInstanceRequest,
    modify_process_instance_request::{
        ActivateInstruction, TerminateInstruction, VariableInstruction,
    },
};
use tonic::Code;

use crate::{
    models::{TWO_SERVICE_TASKS, creation},
    rig::Rig,
};

/// The one job of a type, by REST.
pub(crate) async fn job(rig: &Rig, job_type: &str) -> Value {
    let body = json!({
        "type": job_type, "timeout": 60_000, "maxJobsToActivate": 1, "requestTimeout": 60_000,
    });
    let (status, mut answer) = rig.post("/v2/jobs/activation", body).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    answer["jobs"][0].take()
}

#[tokio::test]
async fn an_instance_is_moved_on_through_grpc() {
    let (rig, mut client) = Rig::with(&[TWO_SERVICE_TASKS]).await;
    let request = creation("two_service_tasks", "");
    let created = client.create_process_instance(request).await.unwrap().into_inner();
    let current = job(&rig, "collect-money").await;
    let mut modify = ModifyProcessInstanceRequest {
        process_instance_key: created.process_instance_key,
        activate_instructions: vec![ActivateInstruction {
            element_id: "ship_parcel".into(),
            ancestor_element_instance_key: 0,
            variable_instructions: vec![VariableInstruction {
                variables: r#"{"carrier":"post"}"#.into(),
                scope_id: "ship_parcel".into(),
            }],
        }],
        terminate_instructions: vec![TerminateInstruction {
            element_instance_key: current["elementInstanceKey"].as_str().unwrap().parse().unwrap(),
        }],
        operation_reference: None,
    };
    client.modify_process_instance(modify.clone()).await.unwrap();
    let next = job(&rig, "ship-parcel").await;
    assert_eq!(next["variables"], json!({"carrier": "post"}));

    modify.activate_instructions[0].element_id = "unknown".into();
    let status = client.modify_process_instance(modify.clone()).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
    assert!(status.message().contains("'unknown'"), "{status:?}");
    modify.activate_instructions.clear();
    modify.process_instance_key += 1_000;
    let status = client.modify_process_instance(modify).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound, "{status:?}");
}

#[tokio::test]
async fn an_instance_is_moved_on_through_rest() {
    let (rig, mut client) = Rig::with(&[TWO_SERVICE_TASKS]).await;
    let request = creation("two_service_tasks", "");
    let created = client.create_process_instance(request).await.unwrap().into_inner();
    let path = format!("/v2/process-instances/{}/modification", created.process_instance_key);
    let body = json!({"moveInstructions": [{
        "sourceElementInstruction": {"sourceType": "byId", "sourceElementId": "collect_money"},
        "targetElementId": "ship_parcel",
        "ancestorScopeInstruction": {"ancestorScopeType": "inferred"},
        "variableInstructions": [{"variables": {"paid": true}}],
    }]});
    let (status, answer) = rig.post(&path, body).await;
    assert_eq!((status, answer), (StatusCode::NO_CONTENT, Value::Null));
    let next = job(&rig, "ship-parcel").await;
    assert_eq!(next["variables"], json!({"paid": true}));

    let back = json!({
        "activateInstructions": [
            {"elementId": "collect_money", "ancestorElementInstanceKey": "-1"},
        ],
        "terminateInstructions": [{"elementInstanceKey": next["elementInstanceKey"]}],
    });
    let (status, _) = rig.post(&path, back).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    job(&rig, "collect-money").await;

    for (body, words) in [
        (json!({"terminateInstructions": [{"elementId": "ship_parcel"}]}), "ship_parcel"),
        (json!({"moveInstructions": [{"targetElementId": "end"}]}), "moveInstructions[0]"),
        (json!({"terminateInstructions": [{}]}), "terminateInstructions[0]"),
    ] {
        let (status, problem) = rig.post(&path, body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{problem}");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(words), "{words:?} is not in {detail:?}");
    }
}
