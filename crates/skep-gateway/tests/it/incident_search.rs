//! Incidents as they are found over REST.

use reqwest::StatusCode;
use serde_json::{Value, json};
use skep_api::gateway::{FailJobRequest, gateway_client::GatewayClient};
use tonic::transport::Channel;

use crate::{
    models::{CALL_ACTIVITY, SERVICE_TASK},
    rig::{Rig, Steps},
};

const SEARCH: &str = "/v2/incidents/search";

fn all(answer: &Value, name: &str) -> Vec<Value> {
    let items = answer["items"].as_array().unwrap();
    items.iter().map(|item| item[name].clone()).collect()
}

/// Fails a job of a type, so that it has no retries; gives its key.
async fn fail(client: &mut GatewayClient<Channel>, job_type: &str, message: &str) -> String {
    let job_key = client.job(job_type).await.key;
    let error_message = message.to_owned();
    let fail = FailJobRequest { job_key, error_message, ..FailJobRequest::default() };
    client.fail_job(fail).await.unwrap();
    job_key.to_string()
}

/// One instance that fails for `no ink`, and one whose called instance fails for `no paper`.
async fn two_incidents() -> (Rig, GatewayClient<Channel>, Vec<Value>) {
    let (rig, mut client) = Rig::with(&[SERVICE_TASK, CALL_ACTIVITY]).await;
    client.create("order_process", "{}").await;
    fail(&mut client, "payment-service", "no ink").await;
    client.create("call_activity", "{}").await;
    fail(&mut client, "write-bill", "no paper").await;
    let (status, answer) = rig.post(SEARCH, json!({})).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let items = answer["items"].as_array().unwrap().clone();
    assert_eq!(items.len(), 2);
    (rig, client, items)
}

#[tokio::test]
async fn an_incident_is_found_got_and_resolved() {
    let (rig, mut client) = Rig::with(&[SERVICE_TASK]).await;
    let instance = client.create("order_process", "{}").await.to_string();
    let job = fail(&mut client, "payment-service", "no ink").await;
    let (_, answer) = rig.post(SEARCH, json!({})).await;
    let found = answer["items"][0].clone();
    let path = format!("/v2/incidents/{}", found["incidentKey"].as_str().unwrap());
    assert_eq!(rig.get(&path).await, (StatusCode::OK, found.clone()));
    let mut shown = found;
    let element = shown["elementInstanceKey"].take();
    assert!(shown["creationTime"].take().as_str().unwrap().ends_with('Z'));
    assert!(shown["incidentKey"].take().is_string());
    assert!(shown["processDefinitionKey"].take().is_string());
    let expected = json!({
        "processDefinitionId": "order_process",
        "errorType": "JOB_NO_RETRIES",
        "errorMessage": "no ink",
        "elementId": "charge_card",
        "creationTime": null,
        "state": "ACTIVE",
        "tenantId": "<default>",
        "incidentKey": null,
        "processDefinitionKey": null,
        "processInstanceKey": instance,
        "rootProcessInstanceKey": instance,
        "elementInstanceKey": null,
        "jobKey": job,
    });
    assert_eq!(shown, expected);
    let element = format!("/v2/element-instances/{}", element.as_str().unwrap());
    let (_, element) = rig.get(&element).await;
    assert_eq!(element["hasIncident"], true);
    assert_eq!(format!("/v2/incidents/{}", element["incidentKey"].as_str().unwrap()), path);

    let retries = json!({"changeset": {"retries": 1}});
    let request = reqwest::Client::new().patch(rig.url(&format!("/v2/jobs/{job}")));
    let request = request.header("content-type", "application/json").body(retries.to_string());
    assert_eq!(request.send().await.unwrap().status(), StatusCode::NO_CONTENT);
    let (status, _) = rig.post(&format!("{path}/resolution"), json!({})).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(rig.get(&path).await.1["state"], "RESOLVED");
    let (_, instance) = rig.get(&format!("/v2/process-instances/{instance}")).await;
    assert_eq!(instance["hasIncident"], false);
}

#[tokio::test]
async fn incidents_are_filtered_and_sorted() {
    let (rig, _client, items) = two_incidents().await;
    let keys: Vec<&Value> = items.iter().map(|item| &item["incidentKey"]).collect();
    let of = |n: usize, name: &str| items[n][name].clone();
    for (filter, expected) in [
        (json!({"processDefinitionId": "billing"}), vec![1]),
        (json!({"errorType": "JOB_NO_RETRIES"}), vec![0, 1]),
        (json!({"errorType": {"$notIn": ["JOB_NO_RETRIES", "UNSPECIFIED"]}}), vec![]),
        (json!({"errorMessage": "no ink"}), vec![0]),
        (json!({"errorMessage": {"$like": "*paper"}}), vec![1]),
        (json!({"elementId": {"$in": ["write_bill", "bill"]}}), vec![1]),
        (json!({"creationTime": {"$gt": "2020-01-01T00:00:00Z"}}), vec![0, 1]),
        (
            json!({"creationTime": {"$lte": of(0, "creationTime")}, "jobKey": of(0, "jobKey")}),
            vec![0],
        ),
        (json!({"state": "ACTIVE"}), vec![0, 1]),
        (json!({"state": {"$in": ["RESOLVED", "MIGRATED"]}}), vec![]),
        (json!({"state": {"$notIn": ["RESOLVED"]}, "tenantId": "<default>"}), vec![0, 1]),
        (json!({"tenantId": {"$neq": "<default>"}}), vec![]),
        (json!({"incidentKey": keys[1]}), vec![1]),
        (json!({"processDefinitionKey": of(0, "processDefinitionKey")}), vec![0]),
        (json!({"processInstanceKey": of(1, "processInstanceKey")}), vec![1]),
        (json!({"elementInstanceKey": {"$neq": of(1, "elementInstanceKey")}}), vec![0]),
        (json!({"jobKey": {"$exists": false}}), vec![]),
    ] {
        let (status, answer) = rig.post(SEARCH, json!({"filter": filter})).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        let expected: Vec<_> = expected.into_iter().map(|n: usize| keys[n].clone()).collect();
        assert_eq!(all(&answer, "incidentKey"), expected, "{filter}");
    }
    for (field, expected) in [
        ("incidentKey", [1, 0]),
        ("processDefinitionKey", [1, 0]),
        ("processDefinitionId", [0, 1]),
        ("processInstanceKey", [1, 0]),
        ("errorType", [1, 0]),
        ("elementId", [1, 0]),
        ("elementInstanceKey", [1, 0]),
        ("creationTime", [1, 0]),
        ("state", [1, 0]),
        ("jobKey", [1, 0]),
        ("tenantId", [1, 0]),
    ] {
        let order = |field: &str| json!({"field": field, "order": "DESC"});
        let body = json!({"sort": [order(field), order("incidentKey")]});
        let (status, answer) = rig.post(SEARCH, body).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        let expected = expected.map(|n: usize| keys[n].clone());
        assert_eq!(all(&answer, "incidentKey"), expected, "{field}");
    }
}

#[tokio::test]
async fn incidents_are_searched_within_an_instance() {
    let (rig, _client, items) = two_incidents().await;
    let called = &items[1];
    let body = json!({"filter": {"elementId": "bill"}});
    let (_, call) = rig.post("/v2/element-instances/search", body).await;
    let call = &call["items"][0];
    let within =
        |kind: &str, key: &Value| format!("/v2/{kind}/{}/incidents/search", key.as_str().unwrap());
    for path in [
        within("process-instances", &called["rootProcessInstanceKey"]),
        within("process-instances", &called["processInstanceKey"]),
        within("element-instances", &call["elementInstanceKey"]),
        within("element-instances", &called["elementInstanceKey"]),
    ] {
        let (status, answer) = rig.post(&path, json!({"filter": {"state": "ACTIVE"}})).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        assert_eq!(answer["items"], json!([called]), "{path}");
        let (_, answer) = rig.post(&path, json!({"filter": {"state": "RESOLVED"}})).await;
        assert_eq!(answer["items"], json!([]));
    }
    let key = json!("2251799813685999");
    for (kind, name) in
        [("process-instances", "Process Instance"), ("element-instances", "Element Instance")]
    {
        let (status, answer) = rig.post(&within(kind, &key), json!({})).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        assert_eq!(answer["detail"], format!("{name} with key '2251799813685999' not found"));
    }
    let (status, answer) = rig.get("/v2/incidents/2251799813685999").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(answer["detail"], "Incident with key '2251799813685999' not found");
}

#[tokio::test]
async fn instances_are_found_and_counted_by_error() {
    let (rig, mut client, items) = two_incidents().await;
    client.create("order_process", "{}").await;
    fail(&mut client, "payment-service", "no paper").await;
    let statistics = "/v2/incidents/statistics/process-instances-by-error";
    let body = json!({"sort": [{"field": "activeInstancesWithErrorCount", "order": "DESC"}]});
    let (status, answer) = rig.post(statistics, body).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    // `"no ink".hashCode()` and `"no paper".hashCode()`
    let (ink, paper) = (-1_042_192_121, -813_162_899);
    let count = |hash: i32, message: &str, n: u64| {
        json!({
            "errorHashCode": hash,
            "errorMessage": message,
            "activeInstancesWithErrorCount": n,
        })
    };
    assert_eq!(answer["items"], json!([count(paper, "no paper", 2), count(ink, "no ink", 1)]));
    let body = json!({"sort": [{"field": "errorMessage"}], "page": {"from": 1, "limit": 1}});
    let (_, answer) = rig.post(statistics, body).await;
    assert_eq!(answer["items"], json!([count(paper, "no paper", 2)]));
    assert_eq!(answer["page"]["totalItems"], 2);

    let statistics = "/v2/incidents/statistics/process-instances-by-definition";
    let body = json!({
        "filter": {"errorHashCode": paper},
        "sort": [{"field": "processDefinitionKey", "order": "DESC"}],
    });
    let (status, answer) = rig.post(statistics, body).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let of_definition = |n: usize, id: &str, name: &str| {
        json!({
            "processDefinitionId": id,
            "processDefinitionKey": items[n]["processDefinitionKey"],
            "processDefinitionName": name,
            "processDefinitionVersion": 1,
            "tenantId": "<default>",
            "activeInstancesWithErrorCount": 1,
        })
    };
    let expected = json!([
        of_definition(1, "billing", "billing"),
        of_definition(0, "order_process", "Order process"),
    ]);
    assert_eq!(answer["items"], expected);

    for (filter, expected) in [
        (json!({"errorMessage": "no ink"}), vec![0]),
        (json!({"errorMessage": {"$like": "no p*"}, "processDefinitionId": "billing"}), vec![1]),
        (json!({"incidentErrorHashCode": ink}), vec![0]),
        (
            json!({"$or": [{"incidentErrorHashCode": {"$lt": ink}}, {"errorMessage": "no ink"}]}),
            vec![0],
        ),
        (json!({"incidentErrorHashCode": paper, "hasIncident": false}), vec![]),
    ] {
        let body = json!({"filter": filter});
        let (status, answer) = rig.post("/v2/process-instances/search", body).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        let expected: Vec<_> =
            expected.into_iter().map(|n: usize| items[n]["processInstanceKey"].clone()).collect();
        assert_eq!(all(&answer, "processInstanceKey"), expected, "{filter}");
    }
}

#[tokio::test]
async fn bad_searches_are_refused_by_name() {
    let rig = Rig::start();
    let by_error = "/v2/incidents/statistics/process-instances-by-error";
    let by_definition = "/v2/incidents/statistics/process-instances-by-definition";
    let instances = "/v2/process-instances/search";
    for (path, body, words) in [
        (SEARCH, json!({"filter": {"state": "OPEN"}}), "'OPEN' for filter.state; use one of"),
        (SEARCH, json!({"filter": {"errorType": "ODD"}}), "'ODD' for filter.errorType"),
        (SEARCH, json!({"filter": {"creationTime": "now"}}), "filter.creationTime 'now' cannot be"),
        (SEARCH, json!({"filter": {"jobKey": {"$gt": "1"}}}), "filter.jobKey does not take $gt"),
        (SEARCH, json!({"sort": [{"field": "errorMessage"}]}), "'errorMessage' for sort[0].field"),
        (by_error, json!({"filter": {}}), "[filter] cannot be parsed"),
        (by_error, json!({"page": {"after": "W10="}}), "[page.after] cannot be parsed"),
        (by_error, json!({"page": {"limit": 10_001}}), "page.limit is '10001'"),
        (by_error, json!({"sort": [{"field": "errorHashCode"}]}), "'errorHashCode' for sort[0]"),
        (by_definition, json!({}), "No filter.errorHashCode provided"),
        (by_definition, json!({"filter": {"errorHashCode": "7"}}), "[filter.errorHashCode]"),
        (instances, json!({"filter": {"errorMessage": {"$gt": "a"}}}), "does not take $gt"),
        (
            instances,
            json!({"filter": {"incidentErrorHashCode": {"$notIn": [1]}}}),
            "filter.incidentErrorHashCode does not take $notIn",
        ),
    ] {
        let (status, answer) = rig.post(path, body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{answer}");
        let detail = answer["detail"].as_str().unwrap();
        assert!(detail.contains(words), "{words:?} is not in {detail:?}");
    }
    let (status, answer) = rig.post(by_definition, Value::Null).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{answer}");
}
