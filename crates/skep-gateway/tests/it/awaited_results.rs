//! Creators who wait for a result, and every way in which an instance ends.

use std::time::{Duration, Instant};

use reqwest::StatusCode;
use serde_json::{Value, json};
use skep_api::gateway::CreateProcessInstanceWithResultRequest;
use tokio::task::JoinHandle;
use tonic::Code;

use crate::{
    models::{CALL_ACTIVITY, SERVICE_TASK, TERMINATE_END, TWO_SERVICE_TASKS, creation},
    modification::job,
    rig::{Rig, Steps},
};

/// How long creators wait whose instance is ended before its time.
const PATIENCE_MS: u64 = 4_000;

struct Waiting {
    answer: JoinHandle<(StatusCode, Value, Duration)>,
    /// The first job of the instance, by REST.
    job: Value,
}

/// Creates an instance and waits, until it has a job.
async fn waiting(rig: &Rig, timeout_ms: u64, mut body: Value, job_type: &str) -> Waiting {
    body["awaitCompletion"] = json!(true);
    body["requestTimeout"] = json!(timeout_ms);
    let request = reqwest::Client::new().post(rig.url("/v2/process-instances")).json(&body);
    let began = Instant::now();
    let answer = tokio::spawn(async move {
        let response = request.send().await.unwrap();
        let status = response.status();
        (status, response.json().await.unwrap(), began.elapsed())
    });
    Waiting { answer, job: job(rig, job_type).await }
}

fn text<'v>(job: &'v Value, name: &str) -> &'v str {
    job[name].as_str().unwrap_or_else(|| panic!("{name} is missing in {job}"))
}

async fn done(rig: &Rig, path: &str, body: Value) {
    let (status, answer) = rig.post(path, body).await;
    assert!(status.is_success(), "{path}: {answer}");
}

async fn complete(rig: &Rig, job: &Value) {
    done(rig, &format!("/v2/jobs/{}/completion", text(job, "jobKey")), json!({})).await;
}

#[tokio::test]
async fn the_creator_of_an_instance_that_is_ended_hears_so_when_its_time_is_up() {
    let (rig, _client) = Rig::with(&[TWO_SERVICE_TASKS, CALL_ACTIVITY]).await;
    let two = json!({"processDefinitionId": "two_service_tasks"});
    let mut all = Vec::new();

    let instructed = json!({
        "processDefinitionId": "two_service_tasks",
        "runtimeInstructions": [{"afterElementId": "collect_money"}],
    });
    let instructed = waiting(&rig, PATIENCE_MS, instructed, "collect-money").await;
    complete(&rig, &instructed.job).await;
    all.push(("a runtime instruction", instructed));

    let cancelled = waiting(&rig, PATIENCE_MS, two.clone(), "collect-money").await;
    let path = format!(
        "/v2/process-instances/{}/cancellation",
        text(&cancelled.job, "processInstanceKey")
    );
    done(&rig, &path, json!({})).await;
    all.push(("cancellation", cancelled));

    let modified = waiting(&rig, PATIENCE_MS, two.clone(), "collect-money").await;
    let path =
        format!("/v2/process-instances/{}/modification", text(&modified.job, "processInstanceKey"));
    let terminate = json!([{"elementInstanceKey": modified.job["elementInstanceKey"]}]);
    done(&rig, &path, json!({"terminateInstructions": terminate})).await;
    all.push(("a modification that leaves nothing", modified));

    let selected = waiting(&rig, PATIENCE_MS, two.clone(), "collect-money").await;
    let filter = json!({"processInstanceKey": selected.job["processInstanceKey"]});
    done(&rig, "/v2/process-instances/cancellation", json!({"filter": filter})).await;
    all.push(("a batch operation", selected));

    let call = json!({"processDefinitionId": "call_activity"});
    let calling = waiting(&rig, PATIENCE_MS, call, "write-bill").await;
    let filter = json!({"processDefinitionId": "call_activity"});
    done(&rig, "/v2/process-instances/cancellation", json!({"filter": filter})).await;
    all.push(("its end while a called process runs", calling));

    for (way, waiting) in all {
        let (status, problem, waited) = waiting.answer.await.unwrap();
        assert_eq!(status, StatusCode::GATEWAY_TIMEOUT, "{way}: {problem}");
        assert_eq!(problem["title"], "DEADLINE_EXCEEDED", "{way}");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(" was terminated"), "{way}: {detail}");
        if way != "its end while a called process runs" {
            assert!(detail.contains(text(&waiting.job, "processInstanceKey")), "{way}: {detail}");
        }
        assert!(waited >= Duration::from_millis(PATIENCE_MS), "{way}: {waited:?}");
    }
}

#[tokio::test]
async fn the_creator_of_an_instance_that_was_migrated_gets_its_result() {
    let (rig, mut client) = Rig::with(&[SERVICE_TASK]).await;
    let order = json!({"processDefinitionId": "order_process", "variables": {"a": 1}});
    let migrated = waiting(&rig, 60_000, order, "payment-service").await;
    let target = client.deploy(&[TWO_SERVICE_TASKS]).await.deployments.remove(0).metadata;
    let Some(skep_api::gateway::deployment::Metadata::Process(target)) = target else { panic!() };
    let path =
        format!("/v2/process-instances/{}/migration", text(&migrated.job, "processInstanceKey"));
    let plan = json!({
        "targetProcessDefinitionKey": target.process_definition_key.to_string(),
        "mappingInstructions":
            [{"sourceElementId": "charge_card", "targetElementId": "collect_money"}],
    });
    done(&rig, &path, plan).await;
    complete(&rig, &migrated.job).await;
    complete(&rig, &job(&rig, "ship-parcel").await).await;
    let (status, result, _) = migrated.answer.await.unwrap();
    assert_eq!(status, StatusCode::OK, "{result}");
    assert_eq!(result["processDefinitionId"], "two_service_tasks");
    assert_eq!(result["variables"], json!({"a": 1}));
}

#[tokio::test]
async fn the_creator_of_an_instance_that_calls_another_gets_its_result() {
    let (rig, _client) = Rig::with(&[CALL_ACTIVITY]).await;
    let call = json!({"processDefinitionId": "call_activity"});
    let calling = waiting(&rig, 60_000, call, "write-bill").await;
    complete(&rig, &calling.job).await;
    let (status, result, _) = calling.answer.await.unwrap();
    assert_eq!(status, StatusCode::OK, "{result}");
    assert_eq!(result["processDefinitionId"], "call_activity");
}

#[tokio::test]
async fn the_creator_of_an_instance_with_a_terminate_end_event_gets_its_result() {
    let (rig, _client) = Rig::with(&[TERMINATE_END]).await;
    let process = json!({"processDefinitionId": "terminate_end"});
    let ending = waiting(&rig, 60_000, process, "fast-work").await;
    complete(&rig, &ending.job).await;
    let (status, result, _) = ending.answer.await.unwrap();
    assert_eq!(status, StatusCode::OK, "{result}");
}

#[tokio::test]
async fn an_instance_that_is_ended_and_one_that_waits_are_told_apart() {
    let (_rig, mut client) = Rig::with(&[SERVICE_TASK]).await;
    let request = CreateProcessInstanceWithResultRequest {
        request: Some(creation("order_process", "")),
        request_timeout: 300,
        fetch_variables: Vec::new(),
    };
    let status = client.create_process_instance_with_result(request).await.unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded);
    assert!(status.message().ends_with("within 300 ms; it goes on"), "{status:?}");
}

#[tokio::test]
async fn a_gateway_that_stops_lets_nobody_wait() {
    let (mut rig, client) = Rig::with(&[TWO_SERVICE_TASKS]).await;
    let two = json!({"processDefinitionId": "two_service_tasks"});
    let cancelled = waiting(&rig, 600_000, two, "collect-money").await;
    let path = format!(
        "/v2/process-instances/{}/cancellation",
        text(&cancelled.job, "processInstanceKey")
    );
    done(&rig, &path, json!({})).await;
    drop(client);
    rig.stop().await.unwrap();
    let (status, problem, _) = cancelled.answer.await.unwrap();
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{problem}");
}
