//! Results of jobs, over both protocols.

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use skep_api::gateway::{
    CompleteJobRequest, JobResult, JobResultActivateElement, JobResultCorrections, StringList,
};
use tonic::Code;

use crate::{
    models::SERVICE_TASK,
    rig::{Rig, Steps},
};

async fn complete(rig: &Rig, job_key: &str, body: &Value) -> (StatusCode, Value) {
    let url = rig.url(&format!("/v2/jobs/{job_key}/completion"));
    let response = Client::new().post(url).json(body).send().await.unwrap();
    let status = response.status();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::Null))
}

#[tokio::test]
async fn an_ordinary_job_ignores_its_result() {
    let (rig, mut client) = Rig::with(&[SERVICE_TASK]).await;
    for result in [
        JobResult {
            denied: Some(true),
            corrections: Some(JobResultCorrections {
                candidate_users: Some(StringList::default()),
                ..Default::default()
            }),
            ..Default::default()
        },
        JobResult {
            r#type: Some("adHocSubProcess".to_owned()),
            activate_elements: vec![JobResultActivateElement {
                element_id: "nothing".to_owned(),
                variables: r#"{"a": 1}"#.to_owned(),
            }],
            is_completion_condition_fulfilled: Some(true),
            ..Default::default()
        },
    ] {
        client.create("order_process", "").await;
        let job_key = client.job("payment-service").await.key;
        let request =
            CompleteJobRequest { job_key, result: Some(result), ..CompleteJobRequest::default() };
        client.complete_job(request).await.unwrap();
    }
    for result in [
        json!({"type": "userTask", "denied": true, "corrections": {"assignee": "eve"}}),
        json!({"type": "adHocSubProcess", "activateElements": [{"elementId": "nothing"}]}),
        json!({"denied": false}),
    ] {
        client.create("order_process", "").await;
        let job_key = client.job("payment-service").await.key;
        let (status, answer) =
            complete(&rig, &job_key.to_string(), &json!({ "result": result })).await;
        assert_eq!(status, StatusCode::NO_CONTENT, "{answer}");
    }
}

#[tokio::test]
async fn a_result_that_contradicts_itself_is_refused() {
    let (rig, mut client) = Rig::with(&[SERVICE_TASK]).await;
    client.create("order_process", "").await;
    let job_key = client.job("payment-service").await.key;
    for (result, reason) in [
        (
            JobResult { is_cancel_remaining_instances: Some(true), ..Default::default() },
            "set its type to 'adHocSubProcess'",
        ),
        (
            JobResult {
                r#type: Some("adHocSubProcess".to_owned()),
                denied_reason: Some("no".to_owned()),
                ..Default::default()
            },
            "set its type to 'userTask'",
        ),
        (
            JobResult {
                r#type: Some("adHocSubProcess".to_owned()),
                activate_elements: vec![JobResultActivateElement {
                    element_id: "call".to_owned(),
                    variables: "[1]".to_owned(),
                }],
                ..Default::default()
            },
            "object",
        ),
    ] {
        let request =
            CompleteJobRequest { job_key, result: Some(result), ..CompleteJobRequest::default() };
        let status = client.complete_job(request).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
        assert!(status.message().contains(reason), "{status:?}");
    }
    for (result, title, reason) in [
        (json!({"type": "task"}), "INVALID_ARGUMENT", "use 'userTask' or 'adHocSubProcess'"),
        (
            json!({"type": "adHocSubProcess", "activateElements": [{"variables": {}}]}),
            "INVALID_ARGUMENT",
            "No elementId provided",
        ),
        (json!({"deny": true}), "Bad Request", "result"),
        (
            json!({"corrections": {"priority": "high"}}),
            "Bad Request",
            "result.corrections.priority",
        ),
    ] {
        let (status, problem) =
            complete(&rig, &job_key.to_string(), &json!({ "result": result })).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{problem}");
        assert_eq!(problem["title"], title, "{problem}");
        assert!(problem["detail"].as_str().unwrap().contains(reason), "{problem}");
    }
    client.complete(job_key, "").await;
}
