//! Results of jobs, over both protocols.

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use skep_api::gateway::{
    CompleteJobRequest, JobResult, JobResultActivateElement, JobResultCorrections, StringList,
    activated_job::JobKind,
};
use tonic::Code;

use crate::{
    models::{AD_HOC_BY_JOB, SERVICE_TASK},
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

#[tokio::test]
async fn a_worker_runs_an_ad_hoc_subprocess_over_both_protocols() {
    let (rig, mut client) = Rig::with(&[AD_HOC_BY_JOB]).await;
    client.create("ad_hoc_by_job", r#"{"worker":"agent"}"#).await;
    let job = client.job("agent").await;
    assert!(job.kind() == JobKind::AdHocSubProcess, "{}", job.kind);
    let elements: Value = serde_json::from_str(&job.variables).unwrap();
    assert_eq!(elements["adHocSubProcessElements"][0]["parameters"][0]["name"], "toolCall.number");
    let key = job.key.to_string();
    for (result, status, reason) in [
        (
            json!({
                "type": "adHocSubProcess", "isCompletionConditionFulfilled": true,
                "activateElements": [{"elementId": "call"}]
            }),
            StatusCode::BAD_REQUEST,
            "Do one or the other",
        ),
        (
            json!({"type": "adHocSubProcess", "activateElements": [{"elementId": "test"}]}),
            StatusCode::NOT_FOUND,
            "no element 'test'",
        ),
        (json!({"denied": true}), StatusCode::BAD_REQUEST, "one of a user task"),
    ] {
        let (found, problem) = complete(&rig, &key, &json!({ "result": result })).await;
        assert_eq!(found, status, "{problem}");
        assert!(problem["detail"].as_str().unwrap().contains(reason), "{problem}");
    }
    let result = json!({
        "type": "adHocSubProcess",
        "activateElements": [{"elementId": "call", "variables": {"toolCall": {"number": "112"}}}]
    });
    let (status, answer) = complete(&rig, &key, &json!({ "result": result })).await;
    assert_eq!(status, StatusCode::NO_CONTENT, "{answer}");
    let call = client.job("call").await;
    let variables: Value = serde_json::from_str(&call.variables).unwrap();
    assert_eq!(variables["number"], "112");
    client.complete(call.key, r#"{"result": 1}"#).await;
    let request = CompleteJobRequest {
        job_key: client.job("agent").await.key,
        result: Some(JobResult {
            r#type: Some("adHocSubProcess".to_owned()),
            is_completion_condition_fulfilled: Some(true),
            ..Default::default()
        }),
        ..CompleteJobRequest::default()
    };
    client.complete_job(request).await.unwrap();
    assert!(client.jobs_now("agent").await.is_empty());
}
