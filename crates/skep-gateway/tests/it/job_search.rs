//! Jobs as they are found over REST.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::{
    models::{BOUNDARY_ERROR, HEADERS},
    rig::{Rig, Steps},
};

const SEARCH: &str = "/v2/jobs/search";

fn keys(answer: &Value) -> Vec<String> {
    let items = answer["items"].as_array().unwrap();
    items.iter().map(|item| item["jobKey"].as_str().unwrap().to_owned()).collect()
}

async fn found(rig: &Rig, body: Value) -> Value {
    let (status, answer) = rig.post(SEARCH, body.clone()).await;
    assert_eq!(status, StatusCode::OK, "{body}: {answer}");
    answer
}

/// Three jobs: one with headers that has failed, one that has thrown an error, one that waits.
async fn three_jobs() -> (Rig, Vec<Value>) {
    let (rig, mut client) = Rig::with(&[HEADERS, BOUNDARY_ERROR]).await;
    client.create("headers", r#"{"provider":"mint","attempts":2}"#).await;
    for _ in 0..2 {
        client.create("boundary_error", "{}").await;
    }
    let failed = client.job("pay-mint").await.key;
    let thrown = client.job("work").await.key;
    for (path, body) in [
        (format!("{failed}/failure"), json!({"retries": 1, "errorMessage": "no line"})),
        (
            format!("{thrown}/error"),
            json!({"errorCode": "CARD_DECLINED", "errorMessage": "declined"}),
        ),
    ] {
        let (status, answer) = rig.post(&format!("/v2/jobs/{path}"), body).await;
        assert_eq!(status, StatusCode::NO_CONTENT, "{answer}");
    }
    let all = found(&rig, json!({"sort": [{"field": "jobKey"}]})).await;
    let all = all["items"].as_array().unwrap().clone();
    assert_eq!(all.len(), 3);
    (rig, all)
}

#[tokio::test]
async fn a_job_is_shown_whole() {
    let (_rig, all) = three_jobs().await;
    let mut found = all[0].clone();
    for name in ["deadline", "creationTime", "lastUpdateTime"] {
        let at = found[name].take();
        assert!(at.as_str().unwrap().ends_with('Z'), "{name} {at}");
    }
    let instance = found["processInstanceKey"].take();
    assert_eq!(found["rootProcessInstanceKey"].take(), instance);
    for name in ["jobKey", "elementInstanceKey", "processDefinitionKey"] {
        assert!(found[name].take().is_string());
    }
    assert_eq!(
        found,
        json!({
            "customHeaders": {"method": "VISA", "region": "EU"},
            "deadline": null,
            "deniedReason": null,
            "elementId": "charge_card",
            "elementInstanceKey": null,
            "endTime": null,
            "errorCode": null,
            "errorMessage": "no line",
            "hasFailedWithRetriesLeft": true,
            "isDenied": null,
            "jobKey": null,
            "kind": "BPMN_ELEMENT",
            "listenerEventType": "UNSPECIFIED",
            "processDefinitionId": "headers",
            "processDefinitionKey": null,
            "processInstanceKey": null,
            "rootProcessInstanceKey": null,
            "retries": 1,
            "state": "FAILED",
            "tenantId": "<default>",
            "type": "pay-mint",
            "worker": "test-worker",
            "creationTime": null,
            "lastUpdateTime": null,
        })
    );
    assert!(all[1]["endTime"].is_string(), "{}", all[1]);
    assert_eq!((&all[2]["worker"], &all[2]["deadline"]), (&json!(""), &Value::Null));
    assert_eq!(all[2]["customHeaders"], json!({}));
}

#[tokio::test]
async fn jobs_are_filtered_by_each_attribute() {
    let (rig, all) = three_jobs().await;
    let of = |n: usize, name: &str| all[n][name].clone();
    for (filter, expected) in [
        (json!({}), &[0, 1, 2][..]),
        (json!({"deadline": {"$exists": false}}), &[2]),
        (json!({"deadline": {"$gt": "2020-01-01T00:00:00Z"}}), &[0, 1]),
        (json!({"deniedReason": {"$exists": true}}), &[]),
        (json!({"elementId": {"$like": "charge*"}}), &[0]),
        (json!({"elementInstanceKey": of(1, "elementInstanceKey")}), &[1]),
        (json!({"elementInstanceKey": {"$neq": of(1, "elementInstanceKey")}}), &[0, 2]),
        (json!({"endTime": {"$exists": true}}), &[1]),
        (json!({"errorCode": "CARD_DECLINED"}), &[1]),
        (json!({"errorMessage": {"$like": "*line*"}}), &[0, 1]),
        (json!({"hasFailedWithRetriesLeft": true}), &[0]),
        (json!({"hasFailedWithRetriesLeft": false}), &[1, 2]),
        (json!({"isDenied": false}), &[]),
        (json!({"isDenied": null}), &[0, 1, 2]),
        (json!({"jobKey": {"$in": [of(0, "jobKey"), of(2, "jobKey")]}}), &[0, 2]),
        (json!({"kind": "BPMN_ELEMENT"}), &[0, 1, 2]),
        (json!({"kind": {"$neq": "BPMN_ELEMENT"}}), &[]),
        (json!({"listenerEventType": "UNSPECIFIED"}), &[0, 1, 2]),
        (json!({"processDefinitionId": "headers"}), &[0]),
        (json!({"processDefinitionKey": of(1, "processDefinitionKey")}), &[1, 2]),
        (json!({"processInstanceKey": of(2, "processInstanceKey")}), &[2]),
        (json!({"retries": {"$gte": 2}}), &[1, 2]),
        (json!({"state": "FAILED"}), &[0]),
        (json!({"state": {"$in": ["FAILED", "CREATED"]}}), &[0, 2]),
        (json!({"state": "CREATED", "type": "work"}), &[2]),
        (json!({"tenantId": {"$neq": "<default>"}}), &[]),
        (json!({"type": "work"}), &[1, 2]),
        (json!({"worker": "test-worker"}), &[0, 1]),
        (json!({"creationTime": {"$gte": of(1, "creationTime")}, "type": "work"}), &[1, 2]),
        (json!({"lastUpdateTime": of(0, "lastUpdateTime"), "type": "pay-mint"}), &[0]),
    ] {
        let expected: Vec<Value> = expected.iter().map(|n: &usize| of(*n, "jobKey")).collect();
        let body = json!({"filter": filter.clone(), "sort": [{"field": "jobKey"}]});
        assert_eq!(json!(keys(&found(&rig, body).await)), json!(expected), "{filter}");
    }
    for (wanted, n) in [(true, 1), (false, 2)] {
        let body = json!({"filter": {"hasRetriesLeft": wanted}});
        let (status, answer) = rig.post("/v2/process-instances/search", body).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        assert_eq!(answer["page"]["totalItems"], n, "{wanted}");
    }
}

#[tokio::test]
async fn jobs_are_sorted_by_each_field() {
    let (rig, all) = three_jobs().await;
    for (field, order, expected) in [
        ("deadline", "ASC", [0, 1, 2]),
        ("deniedReason", "ASC", [0, 1, 2]),
        ("elementId", "DESC", [1, 2, 0]),
        ("elementInstanceKey", "DESC", [2, 1, 0]),
        ("endTime", "DESC", [1, 0, 2]),
        ("errorCode", "ASC", [1, 0, 2]),
        ("errorMessage", "DESC", [0, 1, 2]),
        ("hasFailedWithRetriesLeft", "ASC", [1, 2, 0]),
        ("isDenied", "ASC", [0, 1, 2]),
        ("jobKey", "DESC", [2, 1, 0]),
        ("kind", "ASC", [0, 1, 2]),
        ("listenerEventType", "ASC", [0, 1, 2]),
        ("processDefinitionId", "ASC", [1, 2, 0]),
        ("processDefinitionKey", "ASC", [0, 1, 2]),
        ("processInstanceKey", "DESC", [2, 1, 0]),
        ("retries", "DESC", [1, 2, 0]),
        ("state", "ASC", [2, 1, 0]),
        ("tenantId", "ASC", [0, 1, 2]),
        ("type", "DESC", [1, 2, 0]),
        ("worker", "ASC", [2, 0, 1]),
    ] {
        let sort = json!([{"field": field, "order": order}, {"field": "jobKey"}]);
        let expected: Vec<Value> = expected.iter().map(|n| all[*n]["jobKey"].clone()).collect();
        // Page by page, so that every field is part of a cursor.
        let mut body = json!({"sort": sort, "page": {"limit": 1}});
        let mut sorted = Vec::new();
        for _ in 0..3 {
            let answer = found(&rig, body.clone()).await;
            sorted.extend(keys(&answer));
            body["page"]["after"] = answer["page"]["endCursor"].clone();
        }
        assert_eq!(json!(sorted), json!(expected), "{field} {order}");
    }
}

#[tokio::test]
async fn bad_filters_of_jobs_are_refused_by_name() {
    let rig = Rig::start();
    for (filter, words) in [
        (json!({"state": "ACTIVATED"}), "'ACTIVATED' for filter.state; use one of"),
        (json!({"kind": "TASK"}), "'TASK' for filter.kind; use one of"),
        (json!({"listenerEventType": "MIDDLE"}), "'MIDDLE' for filter.listenerEventType"),
        (json!({"retries": {"$like": "1"}}), "filter.retries does not take $like"),
        (json!({"jobKey": {"$gt": "1"}}), "filter.jobKey does not take $gt"),
        (json!({"deadline": "soon"}), "filter.deadline 'soon' cannot be parsed"),
        (json!({"isDenied": {"$eq": true}}), "[filter.isDenied] cannot be parsed"),
    ] {
        let (status, answer) = rig.post(SEARCH, json!({"filter": filter})).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{filter}: {answer}");
        let detail = answer["detail"].as_str().unwrap();
        assert!(detail.contains(words), "{words:?} is not in {detail:?}");
    }
}
