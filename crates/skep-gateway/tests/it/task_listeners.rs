//! Task listeners: requests that wait for them, over both protocols.

use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use skep_api::gateway::{
    CompleteJobRequest, JobResult, JobResultCorrections, SetVariablesRequest,
    activated_job::{JobKind, ListenerEventType},
};
use tonic::Code;

use crate::{
    models::TASK_LISTENERS,
    rig::{Rig, Steps},
};

/// Sends a request that may have to wait.
fn send(
    rig: &Rig,
    method: Method,
    path: &str,
    body: &Value,
) -> tokio::task::JoinHandle<(StatusCode, Value)> {
    let request = Client::new().request(method, rig.url(path)).json(body);
    tokio::spawn(async move {
        let response = request.send().await.unwrap();
        let status = response.status();
        let text = response.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    })
}

#[tokio::test]
async fn requests_wait_for_the_listeners_and_are_denied_by_them() {
    let (rig, mut client) = Rig::with(&[TASK_LISTENERS]).await;
    client.create("task_listeners", r#"{"requester":null,"second":"on-assigning-too"}"#).await;
    let job = client.job("on-creating").await;
    assert!(job.kind() == JobKind::TaskListener, "{}", job.kind);
    assert!(job.listener_event_type() == ListenerEventType::Creating);
    let task = job.user_task.clone().unwrap();
    assert_eq!(task.candidate_groups, ["sales", "support"]);
    assert_eq!((task.priority, task.assignee.as_deref()), (Some(50), None));
    let path = format!("/v2/user-tasks/{}", task.user_task_key.unwrap());
    client.complete(job.key, "").await;

    // Assigned, with a correction.
    let assigned = send(
        &rig,
        Method::POST,
        &format!("{path}/assignment"),
        &json!({"assignee": "eve", "action": "escalate"}),
    );
    let body = json!({"type": "on-assigning", "timeout": 60_000, "maxJobsToActivate": 1});
    let (_, jobs) = send(&rig, Method::POST, "/v2/jobs/activation", &body).await.unwrap();
    let job = &jobs["jobs"][0];
    assert_eq!(
        (&job["kind"], &job["listenerEventType"]),
        (&json!("TASK_LISTENER"), &json!("ASSIGNING"))
    );
    assert_eq!(job["userTask"]["changedAttributes"], json!(["assignee"]));
    assert_eq!(job["userTask"]["action"], "escalate");
    assert_eq!(job["userTask"]["assignee"], "eve");
    assert!(!assigned.is_finished());
    let completion = format!("/v2/jobs/{}/completion", job["jobKey"].as_str().unwrap());
    let (status, problem) =
        send(&rig, Method::POST, &completion, &json!({"variables": {"a": 1}})).await.unwrap();
    assert_eq!(status, StatusCode::BAD_REQUEST, "{problem}");
    let result = json!({"result": {"type": "userTask", "corrections": {"assignee": "ada"}}});
    let (status, problem) = send(&rig, Method::POST, &completion, &result).await.unwrap();
    assert_eq!(status, StatusCode::NO_CONTENT, "{problem}");
    let second = client.job("on-assigning-too").await;
    assert_eq!(second.user_task.unwrap().assignee.as_deref(), Some("ada"));
    client.complete(second.key, "").await;
    assert_eq!(assigned.await.unwrap().0, StatusCode::NO_CONTENT);

    // An update is denied over gRPC.
    let update = json!({"changeset": {"priority": 80}});
    let updated = send(&rig, Method::PATCH, &path, &update);
    let job = client.job("on-updating").await;
    let (status, problem) = send(&rig, Method::PATCH, &path, &update).await.unwrap();
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");
    let denied = |job_key| CompleteJobRequest {
        job_key,
        result: Some(JobResult {
            denied: Some(true),
            denied_reason: Some("no budget".to_owned()),
            ..Default::default()
        }),
        ..CompleteJobRequest::default()
    };
    let mut both = denied(job.key);
    both.result.as_mut().unwrap().corrections =
        Some(JobResultCorrections { priority: Some(1), ..Default::default() });
    let status = client.complete_job(both).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
    client.complete_job(denied(job.key)).await.unwrap();
    let (status, problem) = updated.await.unwrap();
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");
    assert_eq!(problem["title"], "INVALID_STATE");
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("denied by a task listener. Reason: 'no budget'"), "{detail}");

    // Variables of the task, over gRPC.
    let mut waiting = rig.client().await;
    let element_instance_key = job.element_instance_key;
    let set = tokio::spawn(async move {
        let request = SetVariablesRequest {
            element_instance_key,
            variables: r#"{"note": "a"}"#.to_owned(),
            local: true,
            ..SetVariablesRequest::default()
        };
        waiting.set_variables(request).await
    });
    let job = client.job("on-updating").await;
    assert_eq!(job.user_task.unwrap().changed_attributes, ["variables"]);
    client.complete(job.key, "").await;
    assert!(set.await.unwrap().unwrap().into_inner().key > 0);

    // Completed at last.
    let completed = send(
        &rig,
        Method::POST,
        &format!("{path}/completion"),
        &json!({"variables": {"ok": true}}),
    );
    let job = client.job("on-completing").await;
    let variables: Value = serde_json::from_str(&job.variables).unwrap();
    assert_eq!((&variables["ok"], &variables["note"]), (&json!(true), &json!("a")));
    client.complete(job.key, "").await;
    let job = client.job("on-completing-too").await;
    client.complete(job.key, "").await;
    assert_eq!(completed.await.unwrap().0, StatusCode::NO_CONTENT);
}
