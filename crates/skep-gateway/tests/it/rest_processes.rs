//! Processes from deployment to their end, through REST.

use reqwest::{Client, Method, Response, StatusCode, header::ACCEPT};
use serde_json::{Value, json};
use skep_api::rest::KeyFormat;

use crate::{
    models::{
        AD_HOC_SUBPROCESS, BOUNDARY_ERROR, CONDITIONAL_START, EXECUTION_LISTENERS, MESSAGE_CATCH,
        Model, SERVICE_TASK, USER_TASK_NATIVE,
    },
    rig::Rig,
};

struct Rest {
    rig: Rig,
    http: Client,
}

impl Rest {
    async fn with(models: &[Model]) -> Self {
        let rest = Self { rig: Rig::start(), http: Client::new() };
        let (status, _) = rest.deploy(models).await;
        assert_eq!(status, StatusCode::OK);
        rest
    }

    async fn deploy(&self, models: &[Model]) -> (StatusCode, Value) {
        let mut form = String::new();
        for (name, text) in models {
            form += &format!(
                "--b\r\nContent-Disposition: form-data; name=\"resources\"; \
                 filename=\"{name}\"\r\nContent-Type: application/xml\r\n\r\n{text}\r\n"
            );
        }
        form += "--b\r\nContent-Disposition: form-data; name=\"tenantId\"\r\n\r\n<default>\r\n";
        form += "--b--\r\n";
        let response = self
            .http
            .post(self.rig.url("/v2/deployments"))
            .header("content-type", "multipart/form-data; boundary=b")
            .body(form)
            .send()
            .await
            .unwrap();
        read(response).await
    }

    async fn send(&self, method: Method, path: &str, body: Value) -> (StatusCode, Value) {
        let request = self.http.request(method, self.rig.url(path)).json(&body);
        read(request.send().await.unwrap()).await
    }

    async fn post(&self, path: &str, body: Value) -> (StatusCode, Value) {
        self.send(Method::POST, path, body).await
    }

    /// Posts and expects 204.
    async fn done(&self, path: &str, body: Value) {
        let (status, answer) = self.post(path, body).await;
        assert_eq!((status, answer), (StatusCode::NO_CONTENT, Value::Null), "{path}");
    }

    /// Posts and expects a problem.
    async fn refused(&self, path: &str, body: Value, status: StatusCode, title: &str) {
        let (found, problem) = self.post(path, body).await;
        assert_eq!(found, status, "{problem}");
        assert_eq!(problem["title"], title, "{problem}");
        assert_eq!(problem["type"], "about:blank");
        assert_eq!(problem["status"], status.as_u16());
        assert_eq!(problem["instance"], path);
    }

    async fn create(&self, id: &str, variables: Value) -> String {
        let body = json!({"processDefinitionId": id, "variables": variables});
        let (status, created) = self.post("/v2/process-instances", body).await;
        assert_eq!(status, StatusCode::OK, "{created}");
        created["processInstanceKey"].as_str().unwrap().to_owned()
    }

    async fn job(&self, job_type: &str) -> Value {
        let body = json!({
            "type": job_type,
            "worker": "rest-worker",
            "timeout": 60_000,
            "maxJobsToActivate": 1,
            "requestTimeout": 60_000,
        });
        let (status, mut answer) = self.post("/v2/jobs/activation", body).await;
        assert_eq!(status, StatusCode::OK);
        answer["jobs"][0].take()
    }
}

async fn read(response: Response) -> (StatusCode, Value) {
    let status = response.status();
    let bytes = response.bytes().await.unwrap();
    (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}

const UNKNOWN_KEY: &str = "2251799813999999";

#[tokio::test]
async fn a_process_runs_from_deployment_to_its_end() {
    let rest = Rest { rig: Rig::start(), http: Client::new() };
    let (status, deployed) = rest.deploy(&[SERVICE_TASK]).await;
    assert_eq!(status, StatusCode::OK, "{deployed}");
    assert!(deployed["deploymentKey"].is_string());
    let definition_key = deployed["deployments"][0]["processDefinition"]["processDefinitionKey"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        deployed,
        json!({
            "deploymentKey": deployed["deploymentKey"],
            "tenantId": "<default>",
            "deployments": [{
                "processDefinition": {
                    "processDefinitionId": "order_process",
                    "processDefinitionVersion": 1,
                    "resourceName": "service_task.bpmn",
                    "tenantId": "<default>",
                    "processDefinitionKey": definition_key,
                },
                "decisionDefinition": null,
                "decisionRequirements": null,
                "form": null,
                "resource": null,
            }],
        })
    );

    let body = json!({
        "processDefinitionKey": definition_key,
        "variables": {"orderId": 42, "total": 10.0},
        "tenantId": "<default>",
        "tags": ["blue"],
        "operationReference": 7,
        "awaitCompletion": null,
    });
    let (status, created) = rest.post("/v2/process-instances", body).await;
    assert_eq!(status, StatusCode::OK, "{created}");
    assert_eq!(
        created,
        json!({
            "processDefinitionId": "order_process",
            "processDefinitionVersion": 1,
            "tenantId": "<default>",
            "variables": {},
            "processDefinitionKey": definition_key,
            "processInstanceKey": created["processInstanceKey"],
            "tags": ["blue"],
            "businessId": null,
        })
    );

    let job = rest.job("payment-service").await;
    let expected = json!({
        "type": "payment-service",
        "processDefinitionId": "order_process",
        "processDefinitionVersion": 1,
        "elementId": "charge_card",
        "customHeaders": {},
        "worker": "rest-worker",
        "retries": 3,
        "deadline": job["deadline"],
        "variables": {"orderId": 42, "total": 10.0},
        "tenantId": "<default>",
        "jobKey": job["jobKey"],
        "processInstanceKey": created["processInstanceKey"],
        "processDefinitionKey": definition_key,
        "elementInstanceKey": job["elementInstanceKey"],
        "kind": "BPMN_ELEMENT",
        "listenerEventType": "UNSPECIFIED",
        "userTask": null,
        "tags": ["blue"],
        "rootProcessInstanceKey": created["processInstanceKey"],
    });
    assert_eq!(job, expected);
    assert!(job["deadline"].is_u64() && job["jobKey"].is_string());
    assert!(job["elementInstanceKey"].is_string());

    let path = format!("/v2/jobs/{}/completion", job["jobKey"].as_str().unwrap());
    rest.done(&path, json!({"variables": {"paid": true}})).await;
    rest.refused(&path, json!({}), StatusCode::NOT_FOUND, "NOT_FOUND").await;
}

#[tokio::test]
async fn clients_of_8_6_get_keys_as_numbers_when_they_ask() {
    let rest = Rest::with(&[SERVICE_TASK]).await;
    let response = rest
        .http
        .post(rest.rig.url("/v2/process-instances"))
        .header(ACCEPT, KeyFormat::NUMBER_MEDIA_TYPE)
        .header("content-type", KeyFormat::NUMBER_MEDIA_TYPE)
        .body(r#"{"processDefinitionId": "order_process", "processDefinitionVersion": 1}"#)
        .send()
        .await
        .unwrap();
    assert_eq!(response.headers()["content-type"], KeyFormat::NUMBER_MEDIA_TYPE);
    let (_, created) = read(response).await;
    let key = created["processInstanceKey"].as_i64().unwrap();
    let (_, created) = rest
        .post(
            "/v2/process-instances",
            json!({"processDefinitionKey": created["processDefinitionKey"]}),
        )
        .await;
    assert!(created["processInstanceKey"].as_str().unwrap().parse::<i64>().unwrap() > key);
}

#[tokio::test]
async fn the_result_of_an_instance_can_be_awaited() {
    let rest = Rest::with(&[SERVICE_TASK]).await;
    let body = json!({
        "processDefinitionId": "order_process",
        "variables": {"a": 1, "b": 2},
        "awaitCompletion": true,
        "fetchVariables": ["a", "paid"],
        "requestTimeout": 60_000,
    });
    let work = async {
        let job = rest.job("payment-service").await;
        let path = format!("/v2/jobs/{}/completion", job["jobKey"].as_str().unwrap());
        rest.done(&path, json!({"variables": {"paid": true}, "result": null})).await;
    };
    let ((status, result), ()) = tokio::join!(rest.post("/v2/process-instances", body), work);
    assert_eq!(status, StatusCode::OK, "{result}");
    assert_eq!(result["variables"], json!({"a": 1, "paid": true}));

    let body = json!({
        "processDefinitionId": "order_process",
        "awaitCompletion": true,
        "requestTimeout": 50,
    });
    let (status, problem) = rest.post("/v2/process-instances", body).await;
    assert_eq!(status, StatusCode::GATEWAY_TIMEOUT);
    assert_eq!(problem["title"], "DEADLINE_EXCEEDED");
}

#[tokio::test]
async fn what_does_not_exist_is_404_and_what_is_wrong_is_400() {
    let rest = Rest::with(&[SERVICE_TASK]).await;
    let not_found = StatusCode::NOT_FOUND;
    let unknown = |path: &str| path.replace("KEY", UNKNOWN_KEY);
    for (path, body) in [
        ("/v2/process-instances", json!({"processDefinitionId": "no_such_process"})),
        ("/v2/process-instances", json!({"processDefinitionKey": UNKNOWN_KEY})),
        ("/v2/process-instances/KEY/cancellation", json!({})),
        ("/v2/jobs/KEY/completion", json!({})),
        ("/v2/jobs/KEY/failure", json!({"retries": 1})),
        ("/v2/jobs/KEY/error", json!({"errorCode": "E"})),
        ("/v2/incidents/KEY/resolution", json!({})),
        ("/v2/element-instances/KEY/variables", json!({"variables": {}})),
    ] {
        rest.refused(&unknown(path), body, not_found, "NOT_FOUND").await;
    }
    rest.refused(
        "/v2/jobs/7/completion",
        json!({}),
        StatusCode::SERVICE_UNAVAILABLE,
        "UNAVAILABLE",
    )
    .await;
    let (status, problem) = rest.deploy(&[("broken.bpmn", "<not xml")]).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(problem["title"], "INVALID_ARGUMENT");
    assert!(problem["detail"].as_str().unwrap().contains("broken.bpmn"), "{problem}");
}

#[tokio::test]
async fn a_body_may_be_left_out_where_nothing_is_required() {
    let rest = Rest::with(&[SERVICE_TASK]).await;
    for content_type in [None, Some("application/json")] {
        let key = rest.create("order_process", json!({})).await;
        let path = format!("/v2/process-instances/{key}/cancellation");
        let mut request = rest.http.post(rest.rig.url(&path));
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        assert_eq!(request.send().await.unwrap().status(), StatusCode::NO_CONTENT);
    }
}

#[tokio::test]
async fn a_failed_job_can_be_updated_and_its_incident_not_resolved_before() {
    let rest = Rest::with(&[SERVICE_TASK]).await;
    rest.create("order_process", json!({})).await;
    let job = rest.job("payment-service").await;
    let path = format!("/v2/jobs/{}", job["jobKey"].as_str().unwrap());

    let body = json!({"retries": 1, "errorMessage": "no", "variables": {"attempt": 1}});
    rest.done(&format!("{path}/failure"), body).await;
    let job = rest.job("payment-service").await;
    assert_eq!((&job["retries"], &job["variables"]), (&json!(1), &json!({"attempt": 1})));

    let update = json!({"changeset": {"retries": 5, "timeout": 120_000}});
    let (status, _) = rest.send(Method::PATCH, &path, update).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    let (status, problem) =
        rest.send(Method::PATCH, &path, json!({"changeset": {"retries": 0}})).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{problem}");

    // Without a body there are no retries left.
    let response = rest.http.post(rest.rig.url(&format!("{path}/failure"))).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::NO_CONTENT);
    let conflict = StatusCode::CONFLICT;
    rest.refused(&format!("{path}/failure"), json!({}), conflict, "INVALID_STATE").await;
    let (status, problem) =
        rest.send(Method::PATCH, &path, json!({"changeset": {"timeout": 1000}})).await;
    assert_eq!((status, &problem["title"]), (conflict, &json!("INVALID_STATE")));
}

#[tokio::test]
async fn an_error_a_message_a_signal_and_variables() {
    let rest = Rest::with(&[BOUNDARY_ERROR, MESSAGE_CATCH]).await;
    rest.create("boundary_error", json!({})).await;
    let job = rest.job("work").await;
    let path = format!("/v2/jobs/{}/error", job["jobKey"].as_str().unwrap());
    let body = json!({"errorCode": "CARD_DECLINED", "errorMessage": null, "variables": null});
    rest.done(&path, body).await;

    let message = json!({
        "name": "payment received",
        "correlationKey": "o-1",
        "timeToLive": 60_000,
        "messageId": "m-1",
        "variables": {"paid": true},
        "tenantId": "<default>",
    });
    let (status, published) = rest.post("/v2/messages/publication", message.clone()).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(published["tenantId"], "<default>");
    assert!(published["messageKey"].is_string());
    let conflict = StatusCode::CONFLICT;
    rest.refused("/v2/messages/publication", message, conflict, "ALREADY_EXISTS").await;

    let (status, signal) =
        rest.post("/v2/signals/broadcast", json!({"signalName": "nobody listens"})).await;
    assert_eq!(status, StatusCode::OK);
    assert!(signal["signalKey"].is_string());

    let key = rest.create("boundary_error", json!({"a": 1})).await;
    for method in [Method::PUT, Method::POST] {
        let path = format!("/v2/element-instances/{key}/variables");
        let body = json!({"variables": {"by": method.as_str()}, "local": true});
        let (status, answer) = rest.send(method, &path, body).await;
        assert_eq!(status, StatusCode::NO_CONTENT, "{answer}");
    }
    let job = rest.job("work").await;
    assert_eq!(job["variables"], json!({"a": 1, "by": "POST"}));
}

#[tokio::test]
async fn conditions_start_processes() {
    let rest = Rest::with(&[CONDITIONAL_START]).await;
    let path = "/v2/conditionals/evaluation";
    let (status, none) = rest.post(path, json!({"variables": {"total": 1}})).await;
    assert_eq!(status, StatusCode::OK, "{none}");
    assert_eq!(none["processInstances"], json!([]));
    assert!(none["conditionalEvaluationKey"].is_string());
    let (status, one) = rest.post(path, json!({"variables": {"total": 500}})).await;
    assert_eq!(status, StatusCode::OK, "{one}");
    assert_eq!(one["processInstances"].as_array().unwrap().len(), 1);
    assert!(one["processInstances"][0]["processInstanceKey"].is_string());
    assert_eq!(rest.job("work").await["variables"], json!({"total": 500}));
    let unknown = json!({"processDefinitionKey": "2251799813685999", "variables": {}});
    rest.refused(path, unknown, StatusCode::NOT_FOUND, "NOT_FOUND").await;
    rest.refused(path, json!({}), StatusCode::BAD_REQUEST, "INVALID_ARGUMENT").await;
}

#[tokio::test]
async fn jobs_of_listeners_say_so() {
    let rest = Rest::with(&[EXECUTION_LISTENERS]).await;
    rest.create("execution_listeners", json!({})).await;
    let job = rest.job("process-start").await;
    assert_eq!(job["kind"], "EXECUTION_LISTENER");
    assert_eq!(job["listenerEventType"], "START");
}

#[tokio::test]
async fn elements_of_an_ad_hoc_subprocess_are_activated_on_demand() {
    let rest = Rest::with(&[AD_HOC_SUBPROCESS]).await;
    rest.create("ad_hoc_subprocess", json!({"active": ["call"]})).await;
    let job = rest.job("call").await;
    let inside: i64 = job["elementInstanceKey"].as_str().unwrap().parse().unwrap();
    let path = |key: i64| format!("/v2/element-instances/ad-hoc-activities/{key}/activation");
    let body = json!({"elements": [{"elementId": "repair", "variables": {"part": "fan"}}]});
    rest.refused(&path(inside), body.clone(), StatusCode::NOT_FOUND, "NOT_FOUND").await;
    // The subprocess was made shortly before what is in it.
    let mut key = inside - 1;
    while rest.post(&path(key), body.clone()).await.0 != StatusCode::NO_CONTENT {
        key -= 1;
        assert!(key > inside - 20, "no subprocess was found");
    }
    let job = rest.job("repair").await;
    assert_eq!(job["variables"]["part"], "fan");
    for body in [json!({}), json!({"elements": []}), json!({"elements": [{}]})] {
        rest.refused(&path(key), body, StatusCode::BAD_REQUEST, "INVALID_ARGUMENT").await;
    }
}

#[tokio::test]
async fn a_native_user_task_is_assigned_changed_and_completed() {
    let rest = Rest::with(&[USER_TASK_NATIVE]).await;
    let variables = json!({"requester": "eve", "follow_up": null, "order": "17", "urgency": 3});
    let instance = rest.create("user_task_native", variables).await;
    let first: i64 = instance.parse().unwrap();
    let path = |key: i64, what: &str| format!("/v2/user-tasks/{key}{what}");
    let refused = async |method: Method, path: String, body: Value, status: StatusCode| {
        let (found, problem) = rest.send(method, &path, body.clone()).await;
        assert_eq!(found, status, "{path} {body}: {problem}");
    };
    let body = json!({"filter": {"processInstanceKey": instance}});
    let (_, tasks) = rest.post("/v2/user-tasks/search", body).await;
    let key: i64 = tasks["items"][0]["userTaskKey"].as_str().unwrap().parse().unwrap();
    rest.done(&path(key, "/assignment"), json!({"assignee": "ada"})).await;
    let claim = json!({"assignee": "bob", "allowOverride": false});
    refused(Method::POST, path(key, "/assignment"), claim.clone(), StatusCode::CONFLICT).await;
    for body in [json!({}), json!({"assignee": ""}), json!({"assignee": null})] {
        refused(Method::POST, path(key, "/assignment"), body, StatusCode::BAD_REQUEST).await;
    }
    let (status, _) = rest.send(Method::DELETE, &path(key, "/assignee"), json!({})).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    rest.done(&path(key, "/assignment"), claim).await;

    for body in [
        json!({}),
        json!({"changeset": {}}),
        json!({"changeset": {"priority": null}}),
        json!({"changeset": {"priority": 101}}),
        json!({"changeset": {"dueDate": "tomorrow"}}),
        json!({"changeset": {"assignee": "eve"}}),
    ] {
        refused(Method::PATCH, path(key, ""), body, StatusCode::BAD_REQUEST).await;
    }
    let changeset = json!({"candidateUsers": [], "dueDate": "2026-01-01T00:00:00Z", "priority": 9});
    for body in [json!({"changeset": changeset}), json!({"action": "escalate"})] {
        let (status, problem) = rest.send(Method::PATCH, &path(key, ""), body).await;
        assert_eq!(status, StatusCode::NO_CONTENT, "{problem}");
    }

    let result = json!({"variables": {"approved": true}, "action": "approve"});
    rest.done(&path(key, "/completion"), result.clone()).await;
    for (method, what, body) in [
        (Method::POST, "/completion", result),
        (Method::POST, "/assignment", json!({"assignee": "ada"})),
        (Method::DELETE, "/assignee", json!({})),
        (Method::PATCH, "", json!({"changeset": {"priority": 1}})),
    ] {
        refused(method, path(key, what), body, StatusCode::NOT_FOUND).await;
    }
    // The instance is at its end.
    let cancellation = format!("/v2/process-instances/{first}/cancellation");
    refused(Method::POST, cancellation, json!({}), StatusCode::NOT_FOUND).await;
}

#[tokio::test]
async fn no_jobs_is_an_empty_answer() {
    let rest = Rest::with(&[SERVICE_TASK]).await;
    for request_timeout in [-1, 50] {
        let body = json!({
            "type": "payment-service",
            "timeout": 1000,
            "maxJobsToActivate": 1,
            "requestTimeout": request_timeout,
            "tenantIds": ["<default>"],
            "tenantFilter": "PROVIDED",
        });
        let (status, answer) = rest.post("/v2/jobs/activation", body).await;
        assert_eq!((status, answer), (StatusCode::OK, json!({"jobs": []})));
    }
}
